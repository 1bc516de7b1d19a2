"""Post material cost to Sage job cost: what was consumed, its price variance, and the mirror of what AP posted.

Moves:   `ledger.value_entry`, `ledger.cost_entry` (recorded first) and AP rows of `core.job_cost_transaction` ->
         `outbox.cost_posting` -> DC files in `<company>/to_sage/`, or line by line into hosted Sage. What is
         posted depends on the policy of the line on the day (docs/accounting.md): under `receipt` the open accrual,
         under `invoice` nothing.
Starts:  by the rhythm of data flow `material_costs` (daily at 18:00 of the company's clock), or by hand with
         `through_date`. Also when a reconciliation was approved that releases accruals or links invoices: then for
         the companies whose sign-off waits for these lines, through the month's last day, whatever their rhythm.
Grain:   one line per day, codes, PO line and kind; one task per company; files of at most the profile's line limit,
         one at a time until it is acknowledged.
Fails:   RS-44x: sums do not agree; nothing was sealed, call data engineering. RS-5xx: the outcome of a send is unknown
         and the lane has stopped, other lanes go on: docs/runbooks/outcome-unknown.md; RS-502 after a restore:
         docs/runbooks/restored-database.md. RS-9xx: database or file server away; tried twice more, and what is
         sealed is sent by `sage_to_core__results` once that runs again.
Late:    a run that has not ended in two hours is told of: docs/runbooks/late-run.md.
Holds:   lines of a closed job or code, and AP rows without a line, wait in `mart.open_exception` with their remedy.
Rerun:   safe at any point: an entry is on one line only, a sealed file keeps its bytes and its name for ever.
Never:   delete rows of `outbox.*`; import a file by hand that the agent has taken.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task

from dag_defaults import BATCH, DEFAULT_ARGS, RUN, Tag, either, rhythm, show_company
from sage_hooks.alarms import ends_in_time


@dag(
    schedule=either(rhythm("material_costs"), RUN),
    catchup=False,
    max_active_runs=1,
    tags=[Tag.TO_SAGE],
    default_args=DEFAULT_ARGS,
    deadline=ends_in_time("core_to_sage__material_costs"),
    doc_md=__doc__,
    params={
        "company_id": Param(None, type=["null", "string"], pattern="^[A-Z0-9]{1,10}$", description="Only this one"),
        "through_date": Param(
            None, type=["null", "string"], format="date", description="Later entries wait; empty = everything"
        ),
    },
)
def core_to_sage__material_costs() -> None:
    """Wire sealing and delivery."""

    @task
    def list_companies(params: Any = None, dag_run: Any = None) -> list[dict[str, str | None]]:
        """Give the companies whose turn it is, or whose sign-off waits for lines, with the day through which."""
        from sage_hooks import outbox
        from sage_hooks.inbound_company import companies_of_flow
        from sage_hooks.warehouse import warehouse

        if dag_run.run_type == "asset_triggered":
            with warehouse() as connection:
                return outbox.awaited_costs(connection)
        found = companies_of_flow("material_costs", params["company_id"], dag_run.run_type)
        return [{"company_id": company, "through_date": params["through_date"]} for company in found]

    @task(outlets=[BATCH], map_index_template="{{ company }}")
    def deliver_costs(company_id: str, through_date: str | None) -> dict[str, Any]:
        """Make and seal the lines that are due and bring their files to the server; gives lines, files and amount."""
        from datetime import date

        from sage_hooks import outbox
        from sage_hooks.sage_side import sage_side
        from sage_hooks.warehouse import warehouse

        show_company(company_id)
        through = date.fromisoformat(through_date) if through_date else None
        with warehouse() as connection, sage_side(connection, company_id, "material_costs") as sage:
            sage.check_lane("DC")
            sealed = outbox.seal_costs(connection, company_id, through)
            sage.deliver("DC")
            return {"lines": sealed.lines, "files": sealed.files, "amount": str(sealed.amount)}

    deliver_costs.expand_kwargs(list_companies())


core_to_sage__material_costs()
