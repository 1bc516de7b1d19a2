"""Change what a material class is booked on, from a day on: propose, show what would move, let another person decide.

Moves:   the parameters -> `core.mapping_proposal`; approved -> `core.mapping`, and lines of the class are valued again.
Starts:  by hand, or from the page "Mappings"; with `proposal_no` for a proposal that was made in the table.
Grain:   one run is one proposal of one company.
Asks:    `approve_mapping` shows what would move and waits for one of `approvers`, never for who proposed it.
Fails:   RS-131: the proposal names what Sage does not have, or a day that is booked or closed; the sentence says what
         is allowed. RS-154, RS-159, RS-651, RS-652: nobody may decide, or no person has. RS-632: the proposal is not
         open (any more). Page: docs/runbooks/mapping-refused.md.
Rerun:   safe; a run has one proposal, and a decision is taken once. A refused proposal is proposed anew.
Never:   mark `approve_mapping` successful by hand: without a person's answer the next task refuses. What is posted, on
         its way to Sage or in a closed month keeps its codes; a mapping never changes it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, dag, task

from dag_defaults import DEFAULT_ARGS, EVENT_TAG, RunApproval, Tag

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

NAMES: dict[str, Any] = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def question(connection: Connection, proposal_no: int) -> tuple[str, str]:
    """Give subject and body of what is proposed."""
    from sage_hooks import mapping_changes

    return mapping_changes.question(connection, proposal_no)


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=16,
    tags=[Tag.FINANCE],
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    params={
        "company_id": Param("", type=["null", "string"], pattern="^[A-Z0-9]{0,10}$", description="Company"),
        "material_class": Param(
            "", type=["null", "string"], maxLength=60, description="Class of the material in the catalog"
        ),
        "job": Param(
            "", type=["null", "string"], maxLength=10, description="Only this job; empty = every job without its own"
        ),
        "extra": Param("", type=["null", "string"], maxLength=10, description="Extra of the job; empty = base job"),
        "cost_code": Param(
            "", type=["null", "string"], maxLength=12, description="Cost code; empty = the mapping ends"
        ),
        "category": Param("", type=["null", "string"], maxLength=3, description="Category; empty = the mapping ends"),
        "effective_from": Param(
            None, type=["null", "string"], format="date", pattern=DAY, description="First day it shall hold"
        ),
        "effective_to": Param(
            None, type=["null", "string"], format="date", pattern=DAY, description="Last day; empty = until changed"
        ),
        "proposal_no": Param(
            None, type=["null", "integer"], minimum=1, description="An open proposal of the table instead of the above"
        ),
        "approvers": Param(["controller"], **NAMES, description="Who may decide; who proposed it never may"),
        "prepared_by": Param(
            None, type=["null", "string"], maxLength=60, description="Proposer, where Airflow does not know who started"
        ),
    },
)
def change__mapping() -> None:
    """Wire proposal, question, decision and valuation."""

    @task
    def store_proposal(params: Any = None, dag_run: Any = None) -> dict[str, Any]:
        """Keep what is proposed; gives its number and who may decide."""
        from sage_bridge.reconcile import approvers
        from sage_hooks import mapping_changes
        from sage_hooks.warehouse import warehouse

        started_by = dag_run.triggering_user_name or params["prepared_by"] or ""
        with warehouse() as connection:
            proposal = mapping_changes.propose(connection, params, started_by, dag_run.run_id)
        may_decide = approvers(params["approvers"], proposal.proposed_by)
        return {"run_no": proposal.proposal_no, "proposed_by": proposal.proposed_by, "approvers": may_decide}

    @task.short_circuit
    def store_decision(run: Any, answer: Any) -> bool:
        """Take the answer down; approved, the mapping holds from its first day on."""
        from sage_bridge.reconcile import read_decision
        from sage_hooks import mapping_changes
        from sage_hooks.warehouse import warehouse

        decision = read_decision(answer, run["proposed_by"])
        with warehouse() as connection:
            return mapping_changes.decide(connection, run["run_no"], decision)

    @task(outlets=[EVENT_TAG])
    def match_events() -> int:
        """Tag and value what waited for the mapping and what it moves; gives the number of entries recorded."""
        from sage_hooks import ledger
        from sage_hooks.warehouse import warehouse

        with warehouse() as connection:
            return ledger.value_events(connection).entries

    run = store_proposal()
    approval = RunApproval(
        made_by="store_proposal",
        question=question,
        task_id="approve_mapping",
        subject="Mapping",
        options=["Approve", "Reject"],
        params={"comment": Param(None, type=["null", "string"], maxLength=500, description="Why")},
        response_timeout=timedelta(days=14),
        execution_timeout=None,
    )
    run >> approval
    store_decision(run, approval.output) >> match_events()


change__mapping()
