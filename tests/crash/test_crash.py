"""Whatever dies wherever, the books come out right: at every named point, by one worker and by two, and at random.

`make crash` goes on: second and third visits, every way of answering, thousands of kills.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from agent.loop import Agent
from sage_hooks.checkpoint import CHECKPOINTS
from tests.crash import campaign, naive, soak, steps
from tests.crash.history import COST_CODES
from tests.crash.plan import GROUPS
from tests.crash.rounds import Conditions, Stage, Tally, finish
from tests.crash.world import home

if TYPE_CHECKING:
    from pathlib import Path

    from tests.crash.world import Home, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
RANDOM_KILLS = 10
CANARY_ROUNDS, CANARY_SECONDS = 3, 0.4


@pytest.mark.parametrize(
    "conditions", [Conditions(1, 1, "now"), Conditions(1, 2, "partial")], ids=["one worker", "two workers"]
)
def test_killed_at_every_point_the_books_are_right(crash_home: Home, conditions: Conditions) -> None:
    tally = campaign.run(crash_home, 0, 7, print, conditions=[conditions])
    assert tally.points == set(CHECKPOINTS)
    assert tally.is_right, (tally.faults, tally.missed, tally.lost, tally.doubled)
    assert min(tally.rows, tally.confirmations, tally.offsets) > 0


def test_killed_at_random_moments_the_books_are_right(crash_home: Home) -> None:
    tally = campaign.run(crash_home, RANDOM_KILLS, 7, print, conditions=[])
    assert tally.delivered >= RANDOM_KILLS
    assert tally.is_right, (tally.faults, tally.lost, tally.doubled)


def test_three_companies_live_through_two_months(postgres_server: str, warehouse_template: str, tmp_path: Path) -> None:
    with home(
        tmp_path, postgres_server, warehouse_template, tmp_path / "keys", companies=soak.COMPANIES, begin=soak.BEGIN
    ) as made:
        tally = soak.live(made, 2, 1, print)
    assert tally.delivered
    assert tally.rounds == 3 * len(soak.COMPANIES)
    assert tally.is_right, (tally.faults, tally.lost, tally.doubled)


def test_an_extract_that_a_dead_agent_sealed_hides_nothing_entered_since(crash_home: Home) -> None:
    def seal_and_die(world: World) -> None:
        with Agent(world.agent_config(), at=die) as agent:
            agent.extract(["JCT"])

    def die(step: str) -> None:
        if step == "extract_sealed":
            os.kill(os.getpid(), signal.SIGKILL)

    tally = Tally()
    with crash_home.world(8) as world:
        stage = Stage(world, Conditions(), tally, 8)
        stage.feed()
        steps.enter_invoice(world, world.history.invoice_on(COST_CODES[0]))
        assert world.start(seal_and_die).wait().how == "killed"
        steps.enter_invoice(world, world.history.invoice_on(COST_CODES[0]))
        finish(stage)
    assert tally.is_right, tally.faults


def test_a_naive_worker_doubles_cost_under_the_same_kills(crash_home: Home) -> None:
    tally = Tally()
    with crash_home.world(7) as world:
        verdict = naive.run(Stage(world, Conditions(), tally, 7), CANARY_ROUNDS, CANARY_SECONDS)
    assert tally.faults == []
    # A negative entry (a revaluation) that is sent twice shows as lost.
    assert verdict.doubled > verdict.lost
    assert any("stands 2 times in Sage" in fault for fault in verdict.faults)


def test_every_named_point_belongs_to_one_group() -> None:
    points = [point for group in GROUPS for point in group.points]
    assert sorted(points) == sorted(CHECKPOINTS)
