"""Take Sage's answers to what we sent, and go on with the files that waited for them.

Moves:   `<company>/ack/`, or the operations of a hosted service, -> `outbox.batch`, `outbox.batch_line`, states of
         postings and confirmations; then sealed files whose lane is free again, or whose worker died, -> Sage's side
Starts:  when an answer arrives, by the rhythm of data flow `results` (every minute as a net), or by hand.
Grain:   one task per company; answers come in any order, late or twice.
Fails:   RS-5xx: an answer contradicts what was sent (hash, counts); the lane stops as `unknown` with the evidence, and
         a person decides: docs/runbooks/outcome-unknown.md. RS-9xx: database or file server away; tried twice more,
         then by the next run.
Holds:   lines that Sage rejected fail nothing; they wait in `mart.open_exception` (docs/runbooks/rejected-by-sage.md).
Rerun:   safe at any time; an answer taken before has no effect.
Never:   delete or edit files in `ack/`: they are evidence.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task

from dag_defaults import BATCH, DEFAULT_ARGS, Tag, arrival, either, rhythm, show_company

SENT = ("DC", "RCV", "ADJ", "GLJ", "CMT")


@dag(
    schedule=either(rhythm("results", 1), arrival("ack", *SENT)),
    catchup=False,
    max_active_runs=1,
    tags=[Tag.FROM_SAGE, Tag.NEAR_REAL_TIME],
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    params={
        "company_id": Param(None, type=["null", "string"], pattern="^[A-Z0-9]{1,10}$", description="Only this one")
    },
)
def sage_to_core__results() -> None:
    """Wire taking of answers."""

    @task
    def list_companies(params: Any = None, dag_run: Any = None) -> list[str]:
        """Give the companies whose profile has the flow on."""
        from sage_hooks import inbound_company

        return inbound_company.companies_of_flow("results", params["company_id"], dag_run.run_type)

    @task(outlets=[BATCH], map_index_template="{{ company }}")
    def extract_answers(company_id: str) -> dict[str, int]:
        """Take what lies in `ack/`, then send what waited for it; gives counts of answers, lines and files."""
        from dataclasses import asdict

        from sage_hooks.sage_side import sage_side
        from sage_hooks.warehouse import warehouse

        show_company(company_id)
        with warehouse() as connection, sage_side(connection, company_id, "results") as sage:
            taken = sage.take_answers()
            return {**asdict(taken), "files_sent": sage.go_on()}

    extract_answers.expand(company_id=list_companies())


sage_to_core__results()
