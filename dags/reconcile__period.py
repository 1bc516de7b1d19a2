"""Reconcile a month of one company with Sage: figures, approval, adjustments, journal, proof, sign-off, evidence.

Moves:   ledger, outbox and Sage mirror -> `recon.*` -> decision in `audit.approval` -> adjustments (sent by
         `core_to_sage__adjustments`), journal (`core_to_sage__journals`), releases and links put into job cost
         (`core_to_sage__material_costs`) -> `ledger.period_close` and the evidence pack.
Starts:  by hand, for a month; `preview` computes and shows, `propose` asks for approval too.
Grain:   one run is one company and month, cumulative to the month's last day.
Asks:    task `approve_proposal` waits for one of `approvers`, never for the user who started the run. What is named
         in `refuse` (line=reason) is left out of what is approved and comes back with the next run.
Waits:   `confirm_adjustments` waits until Sage shows what was approved as posted; after `wait_minutes` it fails with
         what is missing. Post the batches in Sage, let them be read back, then clear that task.
Fails:   RS-451: something stands in the way of the sign-off, each thing is named. Settle it, clear `store_sign_off`:
         docs/runbooks/sign-off-refused.md. RS-454: Sage has not posted yet (see Waits).
         RS-15x: a parameter is wrong, nothing was computed. RS-650 to RS-656: there is no valid decision about exactly
         this proposal; nothing is sent. A run that has not ended in three days is told of: docs/runbooks/late-run.md.
Rerun:   safe; a new run replaces proposals nobody decided about. A month that is signed off is not proposed again.
Never:   mark `approve_proposal` successful by hand: without a person's answer the next task refuses.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, dag, task

from dag_defaults import ADJUSTMENT, DEFAULT_ARGS, JOURNAL, PROPOSED_EVENT, RUN, RunApproval, Tag
from sage_hooks.alarms import ends_in_time

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

ANSWER_WITHIN = timedelta(days=14)
# Both fields of the answer allow null: Airflow keeps its buttons grey while a field that does not is empty.
REFUSALS: dict[str, Any] = {"type": ["null", "array"], "items": {"type": "string", "pattern": "^[AEPJRD][0-9]+=.*[^ ]"}}
ROW_IDS: dict[str, Any] = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}


def question(connection: Connection, run_no: int) -> tuple[str, str]:
    """Give subject and body of what is proposed."""
    from sage_hooks import reconciliation

    return reconciliation.proposal(connection, run_no)


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=16,
    tags=[Tag.FINANCE],
    default_args=DEFAULT_ARGS,
    deadline=ends_in_time("reconcile__period"),
    doc_md=__doc__,
    params={
        "company_id": Param(type="string", pattern="^[A-Z0-9]{1,10}$", description="Company"),
        "period": Param(type="string", pattern="^[0-9]{4}-(0[1-9]|1[0-2])$", description="Month, YYYY-MM"),
        "mode": Param("preview", type="string", enum=["preview", "propose"], description="Show only, or ask too"),
        "materiality": Param(
            None, type=["null", "string"], pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$",
            description="Least difference that is adjusted; empty = as agreed in the company's profile",
        ),
        "accept_entries": Param([], **ROW_IDS, description="Sage row ids of entries of others that shall stand"),
        "reverse_entries": Param([], **ROW_IDS, description="Sage row ids of entries of others to be reversed"),
        "link_entries": Param([], **ROW_IDS, description="AP rows that belong to a PO line: row=commitment/item"),
        "dismiss_differences": Param(
            [], type="array", items={"type": "string", "pattern": "^[0-9]+=.*[^ ]"}, uniqueItems=True,
            description="Differences that may stand as they are: number=reason",
        ),
        "keep_accruals": Param(
            [], type="array", items={"type": "string", "pattern": "^[^=/]{1,12}/[0-9]{1,6}$"}, uniqueItems=True,
            description="PO lines (commitment/item) whose old accrual is not released, or no longer",
        ),
        "approvers": Param(["controller"], **ROW_IDS, description="Who may decide; the preparer never may"),
        "wait_minutes": Param(20, type="integer", minimum=0, maximum=1440, description="How long to wait for Sage"),
        "prepared_by": Param(
            None, type=["null", "string"], maxLength=60, description="Preparer, where Airflow does not know who started"
        ),
    },
)  # fmt: skip
def reconcile__period() -> None:
    """Wire figures, decision, proof and sign-off."""

    @task
    def reconcile_figures(params: Any = None, dag_run: Any = None) -> dict[str, Any]:
        """Compute the month; gives the run, who prepared it and who may decide."""
        from sage_hooks import reconciliation
        from sage_hooks.warehouse import warehouse

        prepared_by = dag_run.triggering_user_name or params["prepared_by"] or ""
        with warehouse() as connection:
            return reconciliation.start(connection, params, prepared_by, dag_run.run_id)

    @task.short_circuit
    def check_mode(run: Any) -> bool:
        """Go on only with a proposal of a month that is not signed off yet."""
        return bool(run["mode"] == "propose" and not run["is_signed"])

    @task.short_circuit(outlets=[ADJUSTMENT, JOURNAL, PROPOSED_EVENT, RUN])
    def store_decision(run: Any, answer: Any, dag_run: Any = None) -> bool:
        """Write the answer down with the hash of what was answered; go on only where it was an approval."""
        from sage_bridge.reconcile import read_decision
        from sage_hooks import reconciliation
        from sage_hooks.warehouse import warehouse

        decision = read_decision(answer, run["prepared_by"])
        with warehouse() as connection:
            return reconciliation.store_decision(connection, run["run_no"], decision, dag_run.dag_id, dag_run.run_id)

    @task(execution_timeout=timedelta(days=2))
    def confirm_adjustments(run: Any, params: Any = None) -> None:
        """Wait until Sage shows adjustments and journal as posted and holds no unposted entry."""
        from sage_hooks import sign_off
        from sage_hooks.warehouse import warehouse

        with warehouse() as connection:
            sign_off.wait_until_posted(connection, run["run_no"], params["wait_minutes"] * 60)

    @task
    def store_sign_off(run: Any) -> int:
        """Prove the figures anew and sign the month off; gives the run of the proof."""
        from sage_hooks import sign_off
        from sage_hooks.warehouse import warehouse

        with warehouse() as connection:
            return sign_off.sign_off(connection, run["run_no"]).run_no

    @task
    def publish_evidence(proof_run_no: Any) -> str:
        """Write the evidence pack; gives its path."""
        from sage_hooks import evidence
        from sage_hooks.warehouse import warehouse

        with warehouse() as connection:
            return str(evidence.write_evidence(connection, proof_run_no, evidence.evidence_folder()).path)

    run = reconcile_figures()
    approval = RunApproval(
        made_by="reconcile_figures",
        question=question,
        task_id="approve_proposal",
        subject="Reconciliation",
        options=["Approve", "Reject"],
        params={
            "comment": Param(None, type=["null", "string"], maxLength=500, description="Why"),
            "refuse": Param(None, **REFUSALS, description="Lines refused, one per row: A12=the clerk corrects it"),
        },
        response_timeout=ANSWER_WITHIN,
        execution_timeout=None,
        # The default retries stay: an answer given within seconds of the question can be lost (apache/airflow 71580),
        # and then the question is put again.
    )
    decided = store_decision(run, approval.output)
    confirmed = confirm_adjustments(run)
    signed = store_sign_off(run)
    check_mode(run) >> approval
    decided >> confirmed >> signed
    publish_evidence(signed)


reconcile__period()
