"""Try records again that were refused, after a repair; or give one up for good, with a reason and a name.

Moves:   open rows of `audit.exception` (rows of the mirror's feeds, event documents) -> `core.*`,
         `ledger.material_event`; then everything is valued, so that waiting events are looked at again too.
Starts:  by hand, by on-call or finance.
Grain:   one task per company; what is good now lands and its exception closes, the others count one more attempt.
Fails:   RS-611, RS-613, RS-614: the dismissal lacks a person or a reason, or the record cannot be given up.
         RS-125: the company is unknown. RS-9xx: warehouse away; tried twice more. Pages: docs/runbooks/README.md.
Also:    `dismiss_exceptions` closes these exceptions, all or none; each decision stands in `audit.approval` with your
         name, and the same content does not open it again. Files are tried by their own DAGs, postings by
         `core_to_sage__*`.
Rerun:   safe at any time; what landed is not landed again.
Never:   dismiss what can be repaired: the record is then missing in job cost for good.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from dag_defaults import DEFAULT_ARGS, EVENT_TAG, Tag


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=[Tag.CHECK],
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    params={
        "company_id": Param(
            None, type=["null", "string"], pattern="^[A-Z0-9]{1,10}$", description="Only this company; empty = all"
        ),
        "dismiss_exceptions": Param(
            [],
            type="array",
            items={"type": "integer", "minimum": 1},
            uniqueItems=True,
            maxItems=1000,
            description="Give these up (exception_id of mart.open_exception); kept with your name",
        ),
        "dismiss_reason": Param(
            "", type=["null", "string"], maxLength=500, description="Why the records will never land"
        ),
    },
)
def replay__exceptions() -> None:
    """Wire companies, replay and valuation."""

    @task
    def list_companies() -> list[str]:
        """Give all companies, or the one asked for; keeps dismissals given with the run."""
        from sage_hooks import exceptions
        from sage_hooks.warehouse import fetch_file, warehouse

        context = get_current_context()
        params, run = context["params"], context["dag_run"]
        with warehouse() as connection:
            if params["dismiss_exceptions"]:
                exceptions.dismiss(
                    connection,
                    params["dismiss_exceptions"],
                    decided_by=run.triggering_user_name,
                    reason=params["dismiss_reason"] or "",
                    dag_id=run.dag_id,
                    run_id=run.run_id,
                )
            rows = fetch_file(connection, "laws/select_companies", {"company_id": params["company_id"]})
            return [row["company_id"] for row in rows]

    @task(map_index_template="{{ task.op_kwargs['company_id'] }}")
    def replay_records(company_id: str) -> dict[str, int]:
        """Try a company's rows and documents again; gives the counts."""
        from dataclasses import asdict

        from sage_hooks import exceptions
        from sage_hooks.warehouse import warehouse

        with warehouse() as connection:
            return asdict(exceptions.replay(connection, company_id))

    @task(outlets=[EVENT_TAG])
    def match_events(replayed: Any) -> int:
        """Tag and value what landed and what waited; gives the number of entries recorded."""
        from sage_hooks import ledger
        from sage_hooks.warehouse import warehouse

        del replayed
        with warehouse() as connection:
            return ledger.value_events(connection).entries

    match_events(replay_records.expand(company_id=list_companies()))


replay__exceptions()
