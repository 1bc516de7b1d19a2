"""What people do in Airflow: start twice, clear, mark as done by hand. One effect, and nothing unapproved is sent."""

from __future__ import annotations

import csv
import time
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from ops.loop import ADMINISTRATOR, APPROVER, OPERATOR, PREPARER, Loop
from ops.paths import REPOSITORY
from ops.progress import Progress
from ops.rest import FINAL, LEAST_PAUSE, Run
from ops.scenario import open_scenario
from ops.stack import Ports, Stack
from ops.state import State
from sage_hooks import warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ops.rest import RestApi

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.timeout(900)]

COSTS = "core_to_sage__material_costs"
ADJUSTMENTS = "core_to_sage__adjustments"
RECONCILE = "reconcile__period"


class Desk:
    """A running stack without a clock: nothing starts by itself, everything is done by hand."""

    def __init__(self, var: Path) -> None:
        scenario = open_scenario(REPOSITORY / "include" / "scenario")
        self.state = State(var / "demo" / scenario.name)
        self.progress = Progress()
        self.stack = Stack(self.state, scenario, Ports())
        self.loop = Loop(self.stack, scenario, self.progress)
        self.company = scenario.company_id
        self.period = scenario.months()[-2]
        self.first_window = scenario.windows()[0]

    def api(self, user: str = ADMINISTRATOR) -> RestApi:
        return self.stack.api(user)

    def start(self, dag_id: str, **conf: object) -> Run:
        return self.api(PREPARER if dag_id == RECONCILE else OPERATOR).trigger(dag_id, conf)

    def end(self, run: Run) -> str:
        """Wait for the end of a run; gives its state, whatever it is."""
        while (state := self.api().run(run).state) not in FINAL:
            self.stack.require_alive()
            time.sleep(LEAST_PAUSE)
        return state

    def mark_success(self, run: Run, task_id: str) -> None:
        self.api().call("PATCH", f"{run.path}/taskInstances/{task_id}", {"new_state": "success"})

    def clear_task(self, run: Run, *task_ids: str) -> None:
        body = {
            "dry_run": False, "dag_run_id": run.run_id, "task_ids": list(task_ids), "only_failed": False,
            "reset_dag_runs": True,
        }  # fmt: skip
        self.api().call("POST", f"/dags/{quote(run.dag_id)}/clearTaskInstances", body)

    def clear_run(self, run: Run) -> None:
        self.api().call("POST", f"{run.path}/clear", {"dry_run": False, "only_failed": False})

    def states(self, run: Run) -> dict[str, str]:
        return {task["task_id"]: task["state"] for task in self.api().tasks(run)}

    def rows(self, query: str) -> list[dict[str, Any]]:
        with warehouse.connect(self.stack.warehouse_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def sent(self, flow: str) -> list[str]:
        """Every file of a flow that ever reached the server, wherever it lies now."""
        return sorted(path.name for path in self.state.sftp_root.rglob(f"{flow}_*_v*.txt"))

    def posted(self) -> Counter[tuple[str, str]]:
        """What Sage's books hold of ours: reference and amount, with how often."""
        folder = self.state.folder / "sage"
        self.stack.sage.sandbox("export", "--out", str(folder))
        with (folder / "JCT_CURRENT__TRANSACTION.csv").open(encoding="utf-8", newline="") as file:
            return Counter((row["Ref_1"], row["Amount"]) for row in csv.DictReader(file) if row["Ref_1"])


@pytest.fixture(scope="module")
def desk(test_var: Path) -> Iterator[Desk]:
    made = Desk(test_var / "operators-var")
    try:
        made.stack.up(made.progress)
        made.loop.wait_for_dags(is_new_start=True)
        made.loop.masters()
        made.loop.feed(*made.first_window)
        yield made
    finally:
        made.stack.down(made.progress)


# The tests of this module are one story and run in this order.


def test_a_send_task_marked_done_before_it_ran_loses_nothing(desk: Desk) -> None:
    run = desk.start(COSTS)
    desk.mark_success(run, "deliver_costs")
    assert desk.end(run) == "success"
    assert desk.end(desk.start(COSTS)) == "success"
    lines = desk.rows("select state, count(*) as lines from mart.cost_posting group by state")
    assert {row["state"] for row in lines} <= {"sent", "held", "received", "accepted"}
    assert len(desk.sent("DC")) == 1


def test_two_runs_at_once_send_once(desk: Desk) -> None:
    runs = [desk.start(COSTS), desk.start(COSTS)]
    assert [desk.end(run) for run in runs] == ["success", "success"]
    assert len(desk.sent("DC")) == 1


def test_a_task_and_a_run_cleared_again_send_nothing_new(desk: Desk) -> None:
    run = desk.start(COSTS)
    assert desk.end(run) == "success"
    desk.loop.send()
    posted = desk.posted()
    assert posted
    assert set(posted.values()) == {1}
    sent = desk.sent("DC")
    desk.clear_task(run, "deliver_costs")
    assert desk.end(run) == "success"
    desk.clear_run(run)
    assert desk.end(run) == "success"
    desk.loop.send()
    assert (desk.sent("DC"), desk.posted()) == (sent, posted)


def asked(desk: Desk) -> Run:
    """Start the reconciliation of a month and wait until a person is asked."""
    entries = desk.stack.fetch("recon/select_undecided_entries", company_id=desk.company, period=desk.period)
    rows = [entry["row_id"] for entry in entries]
    run = desk.start(RECONCILE, company_id=desk.company, period=desk.period, mode="propose", reverse_entries=rows)
    while not desk.api(APPROVER).questions(run):
        time.sleep(LEAST_PAUSE)
        assert desk.api().run(run).state in ("queued", "running")
    return run


def test_an_approval_marked_done_by_hand_approves_nothing(desk: Desk) -> None:
    run = asked(desk)
    desk.mark_success(run, "approve_proposal")
    assert desk.end(run) == "failed"
    assert desk.states(run)["store_decision"] == "failed"
    said = desk.api().failure(run)
    assert said.startswith("store_decision\n")
    assert "RS-651" in said
    assert "DagBag" not in said
    # Whoever marks the next task too gets no further.
    desk.mark_success(run, "store_decision")
    desk.clear_task(run, "confirm_adjustments", "store_sign_off", "publish_evidence")
    assert desk.end(run) == "failed"
    assert desk.states(run)["store_sign_off"] != "success"
    assert desk.end(desk.start(ADJUSTMENTS)) == "success"
    assert desk.sent("ADJ") == []
    assert desk.rows("select * from ledger.period_close") == []
    assert desk.rows("select * from audit.approval where decision = 'approved'") == []


def test_a_signed_month_cleared_again_stays_as_it_is(desk: Desk) -> None:
    desk.loop.reconcile(desk.period)
    runs = desk.api().call("GET", f"/dags/{RECONCILE}/dagRuns?limit=50&order_by=-id")["dag_runs"]
    run = next(Run(RECONCILE, row["dag_run_id"], row["state"]) for row in runs if row["state"] == "success")
    books = ("select * from ledger.period_close", "select * from audit.approval", "select * from recon.adjustment")
    before = ([desk.rows(query) for query in books], desk.posted(), desk.sent("ADJ"))
    assert len(before[0][0]) == 1
    assert len(before[2]) == 1
    for tasks in (("store_decision",), ("confirm_adjustments",), ("store_sign_off",), ("publish_evidence",)):
        desk.clear_task(run, *tasks)
        assert desk.end(run) == "success", desk.api().failure(run)
    desk.clear_run(run)
    assert desk.end(run) == "success", desk.api().failure(run)
    desk.loop.send_adjustments()
    assert ([desk.rows(query) for query in books], desk.posted(), desk.sent("ADJ")) == before
