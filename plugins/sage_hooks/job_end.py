"""The end of a job: what it still lacks, what would cure it, and the decision about it (domain 7.8).

Cumulative to today, under whichever policy the job is; one run is one job. What is approved goes the way of every
proposal: events to RunBlu, reductions of commitments to Sage's people. A run never closes anything in Sage.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sage_bridge import reconcile as words
from sage_bridge.errors import BadConfig
from sage_bridge.job_end import DEMANDS, job_body, job_subject
from sage_hooks.checkpoint import checkpoint
from sage_hooks.reconciliation import company_materiality, read_run, snapshot
from sage_hooks.warehouse import fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sage_hooks.warehouse import Connection


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What one run found: demands that are not met, and what it proposes."""

    run_no: int
    company_id: str
    job: str
    mode: str
    demands: int
    proposed_events: int


def start(connection: Connection, params: Mapping[str, Any], prepared_by: str, dag_run_id: str) -> dict[str, Any]:
    """Reconcile a job as a DAG run asks for; gives the outcome with `prepared_by` and `approvers`, ready for XCom.

    Args:
        connection: warehouse.
        params: company_id, job, mode (preview or propose), approvers.
        prepared_by: user who started the run.
        dag_run_id: Airflow's run.

    Raises:
        BadConfig: RS-150 there is no such job; RS-154 nobody is left to approve; RS-155 there is no such company;
            RS-159 nobody knows who started the run.
    """
    words.require_preparer(prepared_by, dag_run_id)
    company_materiality(connection, params["company_id"])
    may_decide = words.approvers(params["approvers"], prepared_by) if params["mode"] == "propose" else []
    values = {name: params[name] for name in ("company_id", "job", "mode")}
    outcome = reconcile_job(connection, {**values, "prepared_by": prepared_by, "dag_run_id": dag_run_id})
    return {**asdict(outcome), "prepared_by": prepared_by, "approvers": may_decide}


def reconcile_job(connection: Connection, terms: Mapping[str, Any]) -> JobOutcome:
    """Find what a job's end lacks, and in mode `propose` what would cure it.

    Args:
        connection: warehouse; what the caller left open on it is committed.
        terms: company_id, job, mode, prepared_by, dag_run_id.

    Raises:
        BadConfig: RS-150 Sage has no such job.
    """
    connection.commit()
    with snapshot(connection):
        jobs = fetch_file(connection, "recon/select_job", terms)
        if not jobs:
            raise BadConfig(
                "RS-150",
                "job is unknown",
                record=f"{terms['company_id']} {terms['job']}",
                expected="a job of Sage's mirror",
                do="correct the parameter, or let sage_to_core__jobs run",
            )
        values = {**terms, "as_of": jobs[0]["today"]}
        values["run_no"] = fetch_file(connection, "recon/insert_job_run", values)[0]["run_no"]
        run_file(connection, "recon/insert_job_demands", values)
        if terms["mode"] == "propose":
            run_file(connection, "recon/insert_job_events", values)
            run_file(connection, "recon/update_reduction_amounts", values)
        demands = fetch_file(connection, "recon/select_job_demands", values)
        counts = {name: sum(row["demand"] == name for row in demands) for name in DEMANDS}
        tie_out = {"as_of": values["as_of"], "demands": demands, "counts": counts}
        text = json.dumps(tie_out, default=str, sort_keys=True)
        run_file(connection, "recon/update_run_proposed", {**values, "tie_out": text})
        run_file(connection, "recon/update_run_hash", values)
        run = read_run(connection, values["run_no"])
        checkpoint("reconcile.before_commit")
    checkpoint("reconcile.committed")
    return JobOutcome(run["run_no"], run["company_id"], terms["job"], run["mode"], len(demands), run["proposed_events"])


def proposal(connection: Connection, run_no: int) -> tuple[str, str]:
    """Give headline and Markdown text of a job's end, for the person who decides."""
    run = read_run(connection, run_no)
    values = {"company_id": run["company_id"], "run_no": run_no}
    demands = fetch_file(connection, "recon/select_job_demands", values)
    body = job_body(run, demands, fetch_file(connection, "recon/select_proposed_events", values))
    connection.commit()
    return job_subject(run, demands), body


def lacks(connection: Connection, run_no: int) -> list[str]:
    """Give what a run found missing as sentences, [] when the job can be closed in Sage."""
    values = {"company_id": read_run(connection, run_no)["company_id"], "run_no": run_no}
    rows = fetch_file(connection, "recon/select_job_demands", values)
    connection.commit()
    return [
        f"{DEMANDS[row['demand']]}; record: {row['record_key']}; expected: {row['expected']}; found: {row['found']}; "
        f"next step: {row['next_step']}"
        for row in rows
    ]
