"""Post approved reconciliation adjustments to Sage job cost.

Moves:   `recon.adjustment` (approved) -> `outbox.cost_posting` -> ADJ file in `<company>/to_sage/`
Starts:  when `recon.adjustment` changes, or by hand.
Grain:   one line per adjustment, one task per company.
Fails:   RS-601: an adjustment lacks an approval of exactly its content by another person than its preparer; nothing was
         sent. Approve it in `reconcile__period`; an approval cannot be given anywhere else. RS-44x, RS-5xx as in
         `core_to_sage__material_costs`. RS-9xx: tried twice more; no clock starts this DAG, so start it by hand when
         the other side is back. Pages: docs/runbooks/README.md, by code.
Rerun:   safe at any point.
Never:   change rows of `audit.approval` or `recon.adjustment`: the hash would not match and nothing would be sent.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task

from dag_defaults import ADJUSTMENT, BATCH, DEFAULT_ARGS, Tag, show_company


@dag(
    schedule=[ADJUSTMENT],
    catchup=False,
    max_active_runs=1,
    tags=[Tag.TO_SAGE, Tag.FINANCE],
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    params={
        "company_id": Param(None, type=["null", "string"], pattern="^[A-Z0-9]{1,10}$", description="Only this one")
    },
)
def core_to_sage__adjustments() -> None:
    """Wire sealing and delivery."""

    @task
    def list_companies(params: Any = None) -> list[str]:
        """Give the companies whose profile has the flow on."""
        from sage_hooks import inbound_company

        return inbound_company.companies_of_flow("adjustments", params["company_id"])

    @task(outlets=[BATCH], map_index_template="{{ company }}")
    def deliver_adjustments(company_id: str) -> dict[str, Any]:
        """Seal what is approved and bring it to the server; gives lines, files and amount."""
        from sage_hooks import outbox
        from sage_hooks.sage_side import sage_side
        from sage_hooks.warehouse import warehouse

        show_company(company_id)
        with warehouse() as connection, sage_side(connection, company_id, "adjustments") as sage:
            sage.check_lane("ADJ")
            sealed = outbox.seal_adjustments(connection, company_id)
            sage.deliver("ADJ")
            return {"lines": sealed.lines, "files": sealed.files, "amount": str(sealed.amount)}

    deliver_adjustments.expand(company_id=list_companies())


core_to_sage__adjustments()
