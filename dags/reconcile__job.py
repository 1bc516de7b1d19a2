"""Reconcile the end of a job: what it still lacks before it is closed in Sage, and what would cure that.

Moves:   ledger, outbox and Sage mirror -> `recon.job_demand` -> decision in `audit.approval` -> proposed events
         (told to RunBlu by `core_to_runblu__master_data`) and proposed reductions of commitments.
Starts:  by hand, for a job; `preview` computes and shows, `propose` asks for approval too.
Grain:   one run is one company and job, cumulative to today; every demand that is not met is a line of
         `mart.job_demand` with record, expected, found and next step.
Demands: under every policy: nothing to receive or closed; received and invoiced equal; no invoice without offset; no
         stock on site; no credit awaited; no open exception; nothing unposted.
Asks:    task `approve_proposal` waits for one of `approvers`, never for the user who started the run.
Fails:   RS-15x: a parameter is wrong, nothing was computed. RS-651 to RS-654: there is no valid decision about exactly
         this proposal; nothing is told. Pages: docs/runbooks/README.md, by code.
Late:    a run that has not ended in three days is told of: docs/runbooks/late-run.md.
Rerun:   safe; a new run replaces proposals of the job nobody decided about. Run it again until nothing is missing.
Never:   close the job in Sage while a line is left: what comes late would be held, because a closed job takes no cost.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, dag, task

from dag_defaults import DEFAULT_ARGS, PROPOSED_EVENT, RunApproval, Tag
from sage_hooks.alarms import ends_in_time

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

# Both fields of the answer allow null: Airflow keeps its buttons grey while a field that does not is empty.
REFUSALS: dict[str, Any] = {"type": ["null", "array"], "items": {"type": "string", "pattern": "^[AEPJRD][0-9]+=.*[^ ]"}}
NAMES: dict[str, Any] = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}

log = logging.getLogger(__name__)


def question(connection: Connection, run_no: int) -> tuple[str, str]:
    """Give subject and body of what is proposed."""
    from sage_hooks import job_end

    return job_end.proposal(connection, run_no)


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=16,
    tags=[Tag.FINANCE],
    default_args=DEFAULT_ARGS,
    deadline=ends_in_time("reconcile__job"),
    doc_md=__doc__,
    params={
        "company_id": Param(type="string", pattern="^[A-Z0-9]{1,10}$", description="Company"),
        "job": Param(type="string", minLength=1, maxLength=12, description="Job as Sage writes it"),
        "mode": Param("preview", type="string", enum=["preview", "propose"], description="Show only, or ask too"),
        "approvers": Param(["controller"], **NAMES, description="Who may decide; the preparer never may"),
        "prepared_by": Param(
            None, type=["null", "string"], maxLength=60, description="Preparer, where Airflow does not know who started"
        ),
    },
)  # fmt: skip
def reconcile__job() -> None:
    """Wire figures and decision."""

    @task
    def reconcile_figures(params: Any = None, dag_run: Any = None) -> dict[str, Any]:
        """Find what the job's end lacks; gives the run, who prepared it and who may decide."""
        from sage_hooks import job_end
        from sage_hooks.warehouse import warehouse

        prepared_by = dag_run.triggering_user_name or params["prepared_by"] or ""
        with warehouse() as connection:
            return job_end.start(connection, params, prepared_by, dag_run.run_id)

    @task
    def publish_demands(run: Any) -> list[str]:
        """Show every demand that is not met as a sentence; gives them."""
        from sage_hooks import job_end
        from sage_hooks.warehouse import warehouse

        with warehouse() as connection:
            found = job_end.lacks(connection, run["run_no"])
        for sentence in found or ["nothing is missing: the job can be closed in Sage"]:
            log.info(sentence)
        return found

    @task.short_circuit
    def check_mode(run: Any) -> bool:
        """Go on only with a proposal."""
        return bool(run["mode"] == "propose")

    @task(outlets=[PROPOSED_EVENT])
    def store_decision(run: Any, answer: Any, dag_run: Any = None) -> bool:
        """Write the answer down with the hash of what was answered; what is approved is told to RunBlu."""
        from sage_bridge.reconcile import read_decision
        from sage_hooks import reconciliation
        from sage_hooks.warehouse import warehouse

        decision = read_decision(answer, run["prepared_by"])
        with warehouse() as connection:
            return reconciliation.store_decision(connection, run["run_no"], decision, dag_run.dag_id, dag_run.run_id)

    run = reconcile_figures()
    publish_demands(run)
    approval = RunApproval(
        made_by="reconcile_figures",
        question=question,
        task_id="approve_proposal",
        subject="End of a job",
        options=["Approve", "Reject"],
        params={
            "comment": Param(None, type=["null", "string"], maxLength=500, description="Why"),
            "refuse": Param(None, **REFUSALS, description="Lines refused, one per row: A12=the clerk corrects it"),
        },
        response_timeout=timedelta(days=14),
        execution_timeout=None,
    )
    check_mode(run) >> approval
    store_decision(run, approval.output)


reconcile__job()
