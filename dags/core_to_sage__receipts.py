"""Tell Sage's side what was received, seconds after it was.

Moves:   tagged receipts, rejections, returns and reversals -> `outbox.receiving_confirmation` -> RCV file in
         `<company>/to_sage/`, or a document in hosted Sage
Starts:  when `ledger.event_tag` changes, where data flow `receipts` is continuous; else by its rhythm; or by hand.
Grain:   one task per company; everything that waits goes in files of at most the profile's line limit.
Fails:   RS-5xx: the outcome of a send is unknown and the lane has stopped: docs/runbooks/outcome-unknown.md; never send
         by hand. RS-9xx: database or file server away; tried twice more, then by the next run.
Holds:   a receipt above the tolerance of its line is kept as a fact and held from confirmation; `mart.open_exception`
         names it with its remedy.
Rerun:   safe at any point; a file already on the server is recognised by its hash and not written again.
Never:   copy, rename or delete files in `to_sage/`, `processed/` or `ack/`.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task

from dag_defaults import BATCH, DEFAULT_ARGS, EVENT_TAG, Tag, either, rhythm, show_company


@dag(
    schedule=either(rhythm("receipts", 10), EVENT_TAG),
    catchup=False,
    max_active_runs=1,
    tags=[Tag.TO_SAGE, Tag.NEAR_REAL_TIME],
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    params={
        "company_id": Param(None, type=["null", "string"], pattern="^[A-Z0-9]{1,10}$", description="Only this one")
    },
)
def core_to_sage__receipts() -> None:
    """Wire sealing and delivery."""

    @task
    def list_companies(params: Any = None, dag_run: Any = None) -> list[str]:
        """Give the companies whose profile has the flow on."""
        from sage_hooks import inbound_company

        return inbound_company.companies_of_flow("receipts", params["company_id"], dag_run.run_type)

    @task(outlets=[BATCH], map_index_template="{{ company }}")
    def deliver_receipts(company_id: str) -> dict[str, int]:
        """Seal what may leave and bring it to the server; gives lines sealed and files delivered."""
        from sage_hooks import outbox
        from sage_hooks.sage_side import sage_side
        from sage_hooks.warehouse import warehouse

        show_company(company_id)
        with warehouse() as connection, sage_side(connection, company_id, "receipts") as sage:
            sage.check_lane("RCV")
            sealed = outbox.seal_receipts(connection, company_id)
            sage.deliver("RCV")
            return {"lines": sealed.lines, "files": sealed.files}

    deliver_receipts.expand(company_id=list_companies())


core_to_sage__receipts()
