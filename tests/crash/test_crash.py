"""Whatever dies wherever, the books come out right: at every named point, by one worker and by two, and at random.

`make crash` goes on: second and third visits, every way of answering, thousands of kills.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sage_hooks.checkpoint import CHECKPOINTS
from tests.crash import campaign, naive
from tests.crash.plan import GROUPS
from tests.crash.rounds import Conditions, Stage, Tally

if TYPE_CHECKING:
    from tests.crash.world import Home

pytestmark = pytest.mark.slow
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


def test_a_naive_worker_doubles_cost_under_the_same_kills(crash_home: Home) -> None:
    tally = Tally()
    with crash_home.world(7) as world:
        verdict = naive.run(Stage(world, Conditions(), tally, 7), CANARY_ROUNDS, CANARY_SECONDS)
    assert tally.faults == []
    assert verdict.doubled > 0
    assert verdict.lost == 0
    assert any("stands 2 times in Sage" in fault for fault in verdict.faults)


def test_every_named_point_belongs_to_one_group() -> None:
    points = [point for group in GROUPS for point in group.points]
    assert sorted(points) == sorted(CHECKPOINTS)
