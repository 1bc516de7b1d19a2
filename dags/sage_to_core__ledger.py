"""Mirror Sage's general ledger transactions of the clearing accounts, and find our journals among them.

Moves:   `<company>/from_sage/` (GLT)
         -> `core.ledger_transaction` -> states of `outbox.journal_line`
Starts:  by the rhythm of data flow `job_cost` (hourly), when a file arrives, or by hand.
Grain:   one task per company; every file lands whole or not at all, in order of dependency and number.
Fails:   RS-2xx in `check_transfers`: a file breaks its promise; nothing of it landed, the sentence names file, row and
         rule, and the other files of the run have landed. Repair at the source (or wait for what it refers to) and
         start the DAG again. RS-211, RS-212: an extract lost rows; RS-210: a file before it is missing. If that is
         right, start the DAG with `approve_file`; the decision is kept with your name.
         RS-9xx: warehouse or file server away; tried twice more, then by the next run. Host key or login: RS-12x.
         Pages: docs/runbooks/README.md, by code.
Holds:   rows that cannot land yet wait in `mart.open_exception` with their remedy and fail nothing.
Rerun:   safe at any time; what has landed is not read again, rows in quarantine are tried again.
Never:   delete or edit files in `from_sage/`: they are evidence, and a missing number stops the lane.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from dag_defaults import DEFAULT_ARGS, LEDGER_TRANSACTIONS, Tag, arrival, either, rhythm

FLOWS = ("GLT",)


@dag(
    schedule=either(rhythm("job_cost"), arrival("from_sage", *FLOWS)),
    catchup=False,
    max_active_runs=1,
    tags=[Tag.FROM_SAGE, Tag.FINANCE],
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    params={
        "company_id": Param(
            None, type=["null", "string"], pattern="^[A-Z0-9]{1,10}$", description="Only this company; empty = all"
        ),
        "approve_file": Param(
            None,
            type=["null", "string"],
            maxLength=80,
            description="Take this waiting file although rows or a file before it are missing; kept with your name",
        ),
        "comment": Param("", type=["null", "string"], maxLength=500, description="Why it is right to take the file"),
    },
)
def sage_to_core__ledger() -> None:
    """Wire taking, judging and reporting."""

    @task
    def list_companies() -> list[str]:
        """Give the companies whose profile has the flow on; keeps an approval given with the run."""
        from sage_hooks import inbound_company

        context = get_current_context()
        params, run = context["params"], context["dag_run"]
        if params["approve_file"]:
            inbound_company.approve_file(
                params["approve_file"],
                decided_by=run.triggering_user_name,
                comment=params["comment"] or "",
                dag_id=run.dag_id,
                run_id=run.run_id,
            )
        return inbound_company.companies_of_flow("job_cost", params["company_id"], run.run_type, "ledger")

    @task(outlets=[LEDGER_TRANSACTIONS], map_index_template="{{ task.op_kwargs['company_id'] }}")
    def extract_transfers(company_id: str) -> list[dict[str, Any]]:
        """Land what waits in the company's folder; gives what became of every file."""
        from sage_hooks import inbound_company

        outcomes = inbound_company.take_company(company_id, FLOWS)
        event = get_current_context()["outlet_events"][LEDGER_TRANSACTIONS]
        event.extra = {"company_id": company_id, **inbound_company.counts(outcomes)}
        return outcomes

    @task(map_index_template="{{ task.op_kwargs['company_id'] }}")
    def confirm_journals(company_id: str) -> dict[str, int]:
        """Find out which lines of our journals the general ledger shows; gives how many came to be posted."""
        from sage_hooks import outbox
        from sage_hooks.warehouse import warehouse

        with warehouse() as connection:
            confirmed = outbox.confirm_journals(connection, company_id)
        return {"lines": confirmed.lines, "files": confirmed.files}

    @task
    def check_transfers(outcomes: list[dict[str, Any]]) -> None:
        """Fail with the sentence of every file that needs a person."""
        from sage_hooks import inbound_company

        inbound_company.require_landed(outcomes)

    companies = list_companies()
    taken = extract_transfers.expand(company_id=companies)
    taken >> confirm_journals.expand(company_id=companies)
    check_transfers.expand(outcomes=taken)


sage_to_core__ledger()
