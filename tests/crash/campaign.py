"""A campaign: every point under every condition, then kills at random moments, until as many kills were delivered."""

from __future__ import annotations

import itertools
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.crash.plan import GROUPS
from tests.crash.rounds import ACKS, RANDOM, TRIES, Conditions, Stage, Tally, finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.crash.check import Verdict
    from tests.crash.plan import Group
    from tests.crash.world import Home

FIRST_RANDOM_WORLD = 1_000
ATTEMPTS_OF_A_ROUND = 12
ROUNDS_OF_A_WORLD = 6
"""Rounds of random kills in one world, before a fresh one: what a history holds stays short."""
_MOST_SECONDS, _FIRST_SECONDS = 5.0, 1.0


@dataclass(frozen=True)
class Place:
    """A world of a campaign: its number, which with the campaign's seed gives all it draws."""

    seed: int
    number: int

    @property
    def world_seed(self) -> int:
        """Give the world's own seed."""
        return self.seed * 1_000_003 + self.number


def every_condition() -> list[Conditions]:
    """Give all conditions of the exhaustive part, the plainest first."""
    return [Conditions(visit, workers, acks) for visit in (1, 2, 3) for workers in (1, 2) for acks in ACKS]


def is_world(number: int) -> bool:
    """Tell whether a campaign has a world of that number."""
    return 0 <= number < len(every_condition()) or number >= FIRST_RANDOM_WORLD


def kill_at_every_point(
    home: Home, place: Place, conditions: Conditions, tally: Tally, say: Callable[[str], None]
) -> None:
    """Kill at each named point once under the given conditions, in one world, and check it."""
    with home.world(place.world_seed) as world:
        stage = Stage(world, conditions, tally, place.world_seed)
        stage.feed(receipts=8, uses=4)
        for group in GROUPS:
            begun, before = time.monotonic(), tally.delivered
            for number, point in enumerate(group.points):
                _kill_at(stage, group, point, is_first=number == 0)
            say(f"{group.name}: {tally.delivered - before} kills in {time.monotonic() - begun:.1f} s")
            if group.name in _CHECKED_AFTER:
                _checked(stage, say)
        verdict = _checked(stage, say)
        tally.rows += verdict.rows
        tally.confirmations += verdict.confirmations
        tally.offsets += verdict.offsets
        signed = world.rows("select period, count(*) as closes from ledger.period_close group by period")
        tally.faults += [
            f"month {row['period']} is signed off {row['closes']} times" for row in signed if row["closes"] != 1
        ]


def _checked(stage: Stage, say: Callable[[str], None]) -> Verdict:
    """End a round, and tell at once what came up since the one before."""
    verdict = finish(stage)
    for fault in stage.new_faults():
        say(f"FAULT {fault}")
    return verdict


_CHECKED_AFTER = ("send", "confirm")


def _kill_at(stage: Stage, group: Group, point: str, *, is_first: bool) -> None:
    """Kill at a point; what the kill before left is worked on first, fresh work comes where that does not get there."""
    conditions = stage.conditions
    is_beside = group.needs_agent and conditions.acks == "now"
    for number in range(TRIES):
        if is_first or number > 0:
            group.stock(stage, conditions.visit)
        first, second = group.work(stage, conditions.visit)
        stage.agent_at_work(yes=is_beside)
        ended = stage.attempt([first, second][: conditions.workers], point, conditions.visit)
        stage.agent_at_work(yes=False)
        killed = sum(one.how == "killed" for one in ended)
        if killed:
            stage.tally.kills[f"{point} {conditions.visit}"] += killed
            return
    stage.tally.missed.append(f"{point} ({conditions})")


def kill_at_random(
    home: Home, place: Place, tally: Tally, rounds: int, is_enough: Callable[[], bool], say: Callable[[str], None]
) -> None:
    """Kill workers at random moments of every kind of work, in one world; each round ends with the check."""
    with home.world(place.world_seed) as world:
        chance = random.Random(place.world_seed)
        stage = Stage(world, Conditions(), tally, place.world_seed)
        stage.feed(receipts=8, uses=4)
        for _ in range(rounds):
            stage.conditions = Conditions(1, chance.choice((1, 2)), chance.choice(ACKS))
            attack(stage, ATTEMPTS_OF_A_ROUND, chance)
            _checked(stage, say)
            say(f"{stage.conditions}: {tally.delivered} kills so far")
            if is_enough():
                break


def attack(stage: Stage, attempts: int, chance: random.Random) -> None:
    """Kill so many times at random moments of every kind of daily work; what is left lies for the next one."""
    for group in chance.choices(_DAILY, _WEIGHTS, k=attempts):
        _kill_within(stage, group, chance)


_DAILY = [group for group in GROUPS if group.name not in ("decision", "sign-off")]
_STOCKED = 0.6
"""Share of random attempts that get fresh work; the others go on with what lies there."""

_WEIGHTS = (2, 1, 3, 6, 4, 2, 1, 1)
_seconds: dict[str, float] = {}
"""How long the work of a group takes undisturbed, learnt from what was not killed in time."""


def _kill_within(stage: Stage, group: Group, chance: random.Random) -> None:
    visit = chance.choice((1, 1, 2))
    if chance.random() < _STOCKED:
        group.stock(stage, visit)
    first, second = group.work(stage, visit)
    is_beside = group.needs_agent and stage.conditions.acks == "now"
    stage.agent_at_work(yes=is_beside)
    seconds = _seconds.get(group.name, _FIRST_SECONDS)
    ended = stage.attempt_at_random([first, second][: stage.conditions.workers], seconds)
    stage.agent_at_work(yes=False)
    whole = [one.seconds for one in ended if one.how == "done"]
    if whole:
        _seconds[group.name] = min(_MOST_SECONDS, (seconds + min(whole)) / 2)
    stage.tally.kills[f"{RANDOM} moment"] += sum(one.how == "killed" for one in ended)


def run(
    home: Home,
    kills: int,
    seed: int,
    say: Callable[[str], None],
    *,
    conditions: list[Conditions] | None = None,
    only: int | None = None,
) -> Tally:
    """Run every condition, then random kills until `kills` were delivered; gives what came of it.

    Args:
        home: where worlds come from.
        kills: when to end; the exhaustive part is run in any case.
        seed: of everything drawn.
        say: takes a line of progress.
        conditions: other conditions than all.
        only: run this world alone, to see a failure again.
    """
    tally = Tally()
    for number, one in enumerate(every_condition() if conditions is None else conditions):
        if only not in (None, number):
            continue
        say(f"world {number}: every point, {one}")
        kill_at_every_point(home, Place(seed, number), one, tally, say)
        say(f"world {number}: {_figures(tally)}")

    def is_enough() -> bool:
        return only is None and tally.delivered >= kills

    for number in itertools.count(FIRST_RANDOM_WORLD) if only is None else range(only, only + 1):
        if is_enough() or number < FIRST_RANDOM_WORLD:
            break
        kill_at_random(home, Place(seed, number), tally, ROUNDS_OF_A_WORLD, is_enough, say)
        say(f"world {number}: {_figures(tally)}")
    return tally


def _figures(tally: Tally) -> str:
    return (
        f"{tally.delivered} kills, {tally.rounds} rounds, lost {tally.lost}, doubled {tally.doubled}, "
        f"missed {len(tally.missed)}, faults {len(tally.faults)}"
    )
