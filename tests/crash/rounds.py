"""Rounds of kills in one world: attempts that die at a point, a convergence without kills, the independent check."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

from tests.crash import runblu_side, steps
from tests.crash.check import Verdict, check
from tests.crash.history import JOBS
from tests.crash.processes import Kill

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.crash.history import Feed, Row
    from tests.crash.processes import Ended, Worker
    from tests.crash.world import World

    Step = Callable[[World], object]

Acks = Literal["now", "late", "lost", "partial"]
ACKS: tuple[Acks, ...] = ("now", "late", "lost", "partial")
CLEAN_RUNS = 3
"""Runs without a kill after which everything must have come to its end."""
RANDOM = "random"
"""What kills at random moments are counted under."""

TRIES = 3
"""Attempts to reach a point, each with fresh work."""


@dataclass(frozen=True)
class Conditions:
    """Under what a round runs: at which visit of a point to die, how many workers, how Sage's side answers."""

    visit: int = 1
    workers: int = 1
    acks: Acks = "now"

    def __str__(self) -> str:
        return f"visit {self.visit}, {self.workers} workers, acks {self.acks}"


@dataclass
class Tally:
    """What a campaign has done so far."""

    kills: Counter[str] = field(default_factory=Counter)
    died_after: Counter[str] = field(default_factory=Counter)
    overtaken: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    attempts: int = 0
    rounds: int = 0
    lost: int = 0
    doubled: int = 0
    most_clean_runs: int = 0
    rows: int = 0
    confirmations: int = 0
    offsets: int = 0

    @property
    def points(self) -> set[str]:
        """Give the named points at which a worker died because it came there."""
        return {point.rsplit(" ", 1)[0] for point in self.kills} - {RANDOM}

    @property
    def is_right(self) -> bool:
        """Tell whether nothing is lost or doubled, every point was hit and nothing else was wrong."""
        return not (self.lost or self.doubled or self.missed or self.faults)

    @property
    def delivered(self) -> int:
        """Give the number of workers killed."""
        return self.kills.total()


class Stage:
    """A world under attack: starts workers, kills them, lets everything come to its end, compares."""

    def __init__(self, world: World, conditions: Conditions, tally: Tally, seed: int) -> None:
        """Take a fresh world."""
        self.world, self.conditions, self.tally = world, conditions, tally
        self.chance = random.Random(seed)
        self._doubtful: list[Row] = []
        self._invoices: list[Row] = []
        self._agent: Worker | None = None
        self._marks = world.folder / "marks"
        self._marks.mkdir()
        self._number = 0
        self.codes = 0
        self.is_closed = False
        self.signed: list[str] = []
        self._told = len(tally.faults)

    def new_faults(self) -> list[str]:
        """Give the faults found since this was asked last."""
        found = self.tally.faults[self._told :]
        self._told = len(self.tally.faults)
        return found

    # Preparing work, undisturbed.

    def do(self, *work: Step, name: str = "") -> None:
        """Do steps in one process, undisturbed; an error there is a fault of the round."""

        def all_of_it(world: World) -> None:
            for step in work:
                step(world)

        all_of_it.__name__ = name or " ".join(getattr(step, "__name__", "step") for step in work)
        ended = self.world.start(all_of_it).wait()
        if ended.how != "done":
            self.tally.faults.append(f"undisturbed {all_of_it.__name__}: {ended.words}")

    def feed(self, *, receipts: int = 6, uses: int = 6, ap_rows: int = 1, change_orders: int = 0) -> None:
        """Tell fresh records to everybody and bring them into the ledger."""
        drawn = self.world.history.draw(receipts=receipts, uses=uses, ap_rows=ap_rows, change_orders=change_orders)
        bring: list[Step] = [partial(steps.tell, feed=drawn)]
        if change_orders:
            bring += [steps.extract_commitments, steps.land_commitments]
        bring += [steps.land_events, steps.value_events]
        if ap_rows:
            bring += [steps.extract_job_cost, steps.land_job_cost]
        self.do(*bring, name="feed")

    def doubtful(self, events: Sequence[Row]) -> None:
        """Note events whose teller may die: they are told again before the check."""
        self._doubtful += events

    def doubtful_invoice(self, row: Row) -> None:
        """Note an invoice whose clerk may die: it is entered before the check if it was not."""
        self._invoices.append(row)

    def draw(self) -> Feed:
        """Draw events that a worker tells by itself."""
        drawn = self.world.history.draw(receipts=3, uses=2, ap_rows=0)
        self.doubtful([*drawn.live, *drawn.bulk])
        return drawn

    def agent_at_work(self, *, yes: bool) -> None:
        """Have the agent work beside the product, or kill it where it stands."""
        if self._agent is not None:
            self._agent.kill()
            ended = self._agent.wait()
            self._agent = None
            if ended.how != "killed":
                self.tally.faults.append(f"agent: {ended.words}")
        if yes:
            self._agent = self.world.start(steps.agent_stays)

    def reject_some(self, *, yes: bool) -> None:
        """Close a cost code in Sage so that lines onto it are rejected, or open it again."""
        if yes != self.is_closed:
            status = "Closed" if yes else "In progress"
            self.do(partial(steps.set_status, job=JOBS[0], cost_code="03 30 00", status=status), name="set status")
            self.is_closed = yes

    # Attempts.

    def attempt(self, work: Sequence[Step], point: str, visit: int) -> list[Ended]:
        """Let workers run beside each other; the one that comes to the point at that visit, counted jointly, dies."""
        self._number += 1
        kill = Kill(point, visit, self._marks / str(self._number))
        return self.ended([self.world.start(step, kill) for step in work])

    def attempt_at_random(self, work: Sequence[Step], seconds: float) -> list[Ended]:
        """Let workers run beside each other and kill one, or all of them, within `seconds`."""
        workers = [self.world.start(step) for step in work]
        victims = workers if self.chance.random() < 0.3 else [self.chance.choice(workers)]
        until = time.monotonic() + self.chance.uniform(0, seconds)
        while (left := until - time.monotonic()) > 0 and any(worker.is_at_work(0) for worker in victims):
            time.sleep(min(left, 0.005))
        for worker in victims:
            worker.kill()
        return self.ended(workers)

    def ended(self, workers: Sequence[Worker]) -> list[Ended]:
        """Wait for workers and count how they ended; one that ended as none may is a fault."""
        found = [worker.wait() for worker in workers]
        self.tally.attempts += 1
        for worker, ended in zip(workers, found, strict=True):
            if ended.how == "killed":
                self.tally.died_after[ended.passed[-1] if ended.passed else "start"] += 1
            if ended.how == "refused":
                self.tally.overtaken[" ".join(ended.words.split()[:2])] += 1
            if ended.how == "broken":
                self.tally.faults.append(f"{worker.name}: {ended.words}")
        return found

    # The end of a round.

    def converge(self) -> None:
        """Run everything without a kill until nothing is under way; more than three runs are a fault."""
        self.agent_at_work(yes=False)
        self.reject_some(yes=False)
        steps.bring_back_answers(self.world)
        again = [*self._doubtful, *self.world.history.repeat(3)]
        invoices, self._doubtful, self._invoices = self._invoices, [], []
        for number in range(1, CLEAN_RUNS + 1):
            self.do(partial(_clean_run, events=again if number == 1 else [], invoices=invoices), name="clean run")
            left = steps.is_quiet(self.world)
            if not left:
                break
        else:
            self.tally.faults.append(f"not at its end after {CLEAN_RUNS} clean runs: {left}")
        self.tally.most_clean_runs = max(self.tally.most_clean_runs, number)

    def compare(self) -> Verdict:
        """Make the independent check of everything this world has seen."""
        self.do(steps.export)
        folder = self.world.folder
        verdict = check(folder / "source", folder / "export", folder / "agent" / "receipts")
        self.tally.lost += verdict.lost
        self.tally.doubled += verdict.doubled
        self.tally.faults += verdict.faults
        self.tally.rounds += 1
        return verdict


def _clean_run(world: World, events: Sequence[Row], invoices: Sequence[Row]) -> None:
    """Run the loop once from end to end."""
    runblu_side.push(world, events)
    for row in invoices:
        steps.enter_late_invoice(world, row)
    for step in (
        steps.agent_takes, steps.take_answers, steps.release_rejected, steps.post_entries, steps.extract_moved,
        steps.land_moved, steps.land_events, steps.value_events, steps.confirm, steps.send_receipts, steps.send_costs,
        steps.drain, steps.post_entries, steps.extract_job_cost, steps.read_back, steps.tell_runblu,
        runblu_side.take_files, steps.tell_runblu,
    ):  # fmt: skip
        step(world)


def finish(stage: Stage) -> Verdict:
    """Converge and compare."""
    stage.converge()
    return stage.compare()
