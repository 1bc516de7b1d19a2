"""Send approved corrections of commitments to Sage as commitment change orders.

Moves:   `recon.proposed_event` (commitment_reduced, approved) -> `outbox.change_order` -> CMT file in
         `<company>/to_sage/`
Starts:  when `recon.proposed_event` changes, or by hand.
Grain:   one change order per commitment and approval, one line of it per PO line; one task per company.
Fails:   RS-604: a correction lacks an approval of exactly its content by another person than its preparer; nothing was
         sent. Approve it in `reconcile__period` or `reconcile__job`. RS-44x, RS-5xx as in
         `core_to_sage__material_costs`. RS-9xx: tried twice more; no clock starts this DAG, so start it by hand when
         the other side is back.
         Pages: docs/runbooks/README.md, by code.
Holds:   a change order of a commitment that is closed in Sage, or that somebody else has changed since it was proposed:
         `mart.open_exception` says which; the first goes when the commitment is opened, the second is proposed anew.
Rerun:   safe at any point.
Never:   enter the same change order in Sage by hand: the commitment would shrink twice, and Sage takes none back.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task

from dag_defaults import BATCH, DEFAULT_ARGS, PROPOSED_EVENT, Tag, show_company


@dag(
    schedule=[PROPOSED_EVENT],
    catchup=False,
    max_active_runs=1,
    tags=[Tag.TO_SAGE, Tag.FINANCE],
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    params={
        "company_id": Param(None, type=["null", "string"], pattern="^[A-Z0-9]{1,10}$", description="Only this one")
    },
)
def core_to_sage__commitment_changes() -> None:
    """Wire sealing and delivery."""

    @task
    def list_companies(params: Any = None) -> list[str]:
        """Give the companies whose profile has the flow on."""
        from sage_hooks import inbound_company

        return inbound_company.companies_of_flow("commitment_changes", params["company_id"])

    @task(outlets=[BATCH], map_index_template="{{ company }}")
    def deliver_changes(company_id: str) -> dict[str, Any]:
        """Seal what is approved and can go, and bring it to the server; gives lines, files and amount."""
        from sage_hooks import outbox
        from sage_hooks.sage_side import sage_side
        from sage_hooks.warehouse import warehouse

        show_company(company_id)
        with warehouse() as connection, sage_side(connection, company_id, "commitment_changes") as sage:
            sage.check_lane("CMT")
            sealed = outbox.seal_changes(connection, company_id)
            sage.deliver("CMT")
            return {"lines": sealed.lines, "files": sealed.files, "amount": str(sealed.amount)}

    deliver_changes.expand(company_id=list_companies())


core_to_sage__commitment_changes()
