"""Validate that a company can go live: connections, feeds, codes, rules, and a golden transaction through both systems.

Moves:   nothing of its own. Checks go to `recon.go_live_check` (`mart.go_live_check`), the report to the folder of
         evidence packs. The golden transaction is four material events on the test line of the profile (`go_live`),
         put into `ledger.event_inbox`; the company's own DAGs carry them to Sage and back, as they carry everybody's.
Starts:  by hand, for one company, before it goes live; again after every repair.
Grain:   one run is one validation of one company.
Waits:   `confirm_golden` looks every 30 seconds, without holding a worker, until cost and reversal are read back from
         Sage's job cost and ledger. What a person has to do meanwhile (enter the order, post a batch) stands in its log
         and in `mart.go_live_check`. After `wait_minutes` without a finish it fails with RS-461 and what it waits for.
Asks:    with `mode` sign, `approve_go_live` asks one of `approvers`, never the user who started the run. Red checks can
         only be signed by name in `exceptions` with a reason.
Fails:   a red check fails nothing: it is the result, with its next step. RS-461: see Waits; clear `confirm_golden`.
         RS-657, RS-659: the signature does not fit what was shown. RS-144, RS-159: company or starter is unknown.
         RS-651, RS-652: no valid answer of a person. Pages: docs/runbooks/go-live-red.md.
Rerun:   safe at any time: the ids of the four events follow from the test line, nothing is sent twice. For another
         golden transaction name another order line in the profile.
Never:   enter the test line on a job that is billed; mark `approve_go_live` successful by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator, Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from dag_defaults import DEFAULT_ARGS, RunApproval, Tag

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

LOOK_SECONDS = 30
NAMES: dict[str, Any] = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}


class GoldenTransaction(BaseSensorOperator):
    """Looks whether the golden transaction is finished, and puts its next events in; holds no worker between looks."""

    def poke(self, context: Any) -> bool:
        """Look once; fails when the transaction waits too long, counted from the first look of this try."""
        from sage_hooks import go_live
        from sage_hooks.warehouse import warehouse

        run, params = context["ti"].xcom_pull(task_ids="check_connections"), context["params"]
        with warehouse() as connection:
            waits_for = go_live.advance(connection, run["run_no"])
        if waits_for:
            self.log.info("waits for %s", waits_for)
            now = datetime.now(UTC)
            began = context["ti"].get_first_reschedule_date(context) or now
            waited = (now - began).total_seconds()
            go_live.require_in_time(params["company_id"], waits_for, waited, params["wait_minutes"] * 60)
        return not waits_for


def question(connection: Connection, run_no: int) -> tuple[str, str]:
    """Give subject and body of what is to be signed."""
    from sage_hooks import go_live_sign

    return go_live_sign.question(connection, run_no)


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=16,
    tags=[Tag.CHECK, Tag.FINANCE],
    default_args=DEFAULT_ARGS,
    doc_md=__doc__,
    params={
        "company_id": Param(type="string", pattern="^[A-Z0-9]{1,10}$", description="Company"),
        "mode": Param("preview", type="string", enum=["preview", "sign"], description="Report only, or ask too"),
        "approvers": Param(["controller"], **NAMES, description="Who may sign; who started the run never may"),
        "wait_minutes": Param(120, type="integer", minimum=0, maximum=10080, description="How long to wait for Sage"),
        "prepared_by": Param(
            None, type=["null", "string"], maxLength=60, description="Starter, where Airflow does not know who started"
        ),
    },
)
def check__go_live() -> None:
    """Wire checks, golden transaction, report and signature."""

    @task
    def check_connections(params: Any = None, dag_run: Any = None) -> dict[str, Any]:
        """Make every check but the golden transaction; gives the run, who may sign, and the names of the red ones."""
        from sage_bridge.reconcile import approvers
        from sage_hooks import go_live
        from sage_hooks.company_files import exchange_of
        from sage_hooks.hosted_connection import SageApiHook
        from sage_hooks.warehouse import warehouse

        company_id, started_by = params["company_id"], dag_run.triggering_user_name or params["prepared_by"] or ""
        with warehouse() as connection, exchange_of(company_id) as exchange:
            run_no = go_live.start(connection, company_id, started_by, dag_run.run_id)
            red = go_live.check_company(connection, run_no, exchange, lambda name: SageApiHook(name).get_conn())
        may_sign = approvers(params["approvers"], started_by)
        return {"run_no": run_no, "started_by": started_by, "approvers": may_sign, "red": red}

    @task(trigger_rule="all_done")
    def publish_report(run: Any) -> str:
        """Write the report, also of a transaction that was given up; gives its path."""
        from sage_hooks import evidence, go_live_sign
        from sage_hooks.warehouse import warehouse

        if run is None:
            raise AirflowSkipException("there are no checks to report: check_connections says why")
        with warehouse() as connection:
            return str(go_live_sign.publish_report(connection, run["run_no"], evidence.evidence_folder()))

    @task.short_circuit
    def check_mode(params: Any = None) -> bool:
        """Go on only where a signature is wanted."""
        return bool(params["mode"] == "sign")

    @task
    def store_signature(run: Any, answer: Any, dag_run: Any = None) -> bool:
        """Write the answer down with the hash of what was answered, and into the report; gives whether it is signed."""
        from sage_bridge.reconcile import read_decision
        from sage_hooks import evidence, go_live_sign
        from sage_hooks.warehouse import warehouse

        decision = read_decision(answer, run["started_by"])
        names = list((answer.get("params_input") or {}).get("exceptions") or [])
        where = (dag_run.dag_id, dag_run.run_id)
        with warehouse() as connection:
            is_signed = go_live_sign.store_signature(connection, run["run_no"], decision, names, *where)
            go_live_sign.publish_report(connection, run["run_no"], evidence.evidence_folder())
        return is_signed

    run = check_connections()
    golden = GoldenTransaction(
        task_id="confirm_golden",
        mode="reschedule",
        poke_interval=LOOK_SECONDS,
        timeout=timedelta(days=8).total_seconds(),
    )
    approval = RunApproval(
        made_by="check_connections",
        question=question,
        task_id="approve_go_live",
        subject="Go-live",
        options=["Approve", "Reject"],
        params={
            "comment": Param(None, type=["null", "string"], maxLength=500, description="Why"),
            "exceptions": Param([], **NAMES, description="Red checks that shall stand, by name"),
        },
        response_timeout=timedelta(days=14),
        execution_timeout=None,
    )
    run >> golden >> publish_report(run) >> check_mode() >> approval
    store_signature(run, approval.output)


check__go_live()
