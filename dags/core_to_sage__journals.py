"""Post the approved period-end journal to Sage's general ledger, and its reversal.

Moves:   `recon.journal` (approved) -> `outbox.journal_line` -> GLJ file in `<company>/to_sage/`
Starts:  when `recon.journal` changes, or by hand.
Grain:   one line per PO line and side, and its reversal on the first day of the next month; one task per company.
Fails:   RS-603: a line lacks an approval of exactly its content by another person than its preparer; nothing was sent.
         Approve it in `reconcile__period`. RS-44x, RS-5xx as in `core_to_sage__material_costs`. RS-9xx: tried twice
         more; no clock starts this DAG, so start it by hand when the other side is back.
         Pages: docs/runbooks/README.md, by code.
Holds:   lines of a month the general ledger has not open, usually the reversal; they go with a run after it is opened.
Rerun:   safe at any point.
Never:   enter the journal in Sage by hand as well: it would stand twice, and the month could not be signed off.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task

from dag_defaults import BATCH, DEFAULT_ARGS, JOURNAL, Tag, show_company


@dag(
    schedule=[JOURNAL],
    catchup=False,
    max_active_runs=1,
    tags=[Tag.TO_SAGE, Tag.FINANCE],
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    params={
        "company_id": Param(None, type=["null", "string"], pattern="^[A-Z0-9]{1,10}$", description="Only this one")
    },
)
def core_to_sage__journals() -> None:
    """Wire sealing and delivery."""

    @task
    def list_companies(params: Any = None) -> list[str]:
        """Give the companies whose profile has the flow on."""
        from sage_hooks import inbound_company

        return inbound_company.companies_of_flow("journals", params["company_id"])

    @task(outlets=[BATCH], map_index_template="{{ company }}")
    def deliver_journals(company_id: str) -> dict[str, Any]:
        """Seal what is approved and bring it to the server; gives lines, files and amount."""
        from sage_hooks import outbox
        from sage_hooks.sage_side import sage_side
        from sage_hooks.warehouse import warehouse

        show_company(company_id)
        with warehouse() as connection, sage_side(connection, company_id, "journals") as sage:
            sage.check_lane("GLJ")
            sealed = outbox.seal_journals(connection, company_id)
            sage.deliver("GLJ")
            return {"lines": sealed.lines, "files": sealed.files, "amount": str(sealed.amount)}

    deliver_journals.expand(company_id=list_companies())


core_to_sage__journals()
