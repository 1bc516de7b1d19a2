"""`python -m tests.crash.soak --months 30 --seed S`: three companies live through years, and somebody always dies.

They share a warehouse, a file server and the workers' code, as in one deployment, and their orders and events have the
same names. Every month of each: deliveries, uses, invoices, price changes, some of it late for a month that is signed;
workers, agents and the file server are killed at random moments; Sage answers at once, late, in part or not at all.
Then everything comes to its end, Sage's books are compared with the source records to the cent (`check`), the month is
reconciled, approved, signed off, a worker dying in the middle of that too, and closed in Sage. Writes
`var/soak/report.json`, ends with one line of figures; exit code 1 when a cent is lost or doubled, or anything else was
wrong.
"""

from __future__ import annotations

import argparse
import calendar
import random
import shutil
import signal
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.crash import campaign, servers, steps
from tests.crash.__main__ import write_report
from tests.crash.rounds import ACKS, Conditions, Stage, Tally, finish
from tests.crash.world import home

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.crash.world import Home, World

COMPANIES = ("AW", "BW", "CW")
BEGIN = datetime(2024, 3, 1, tzinfo=UTC)
ATTEMPTS_OF_A_MONTH = 4
"""Workers under attack in each company and month, beside the one that closes it."""

SERVER_DEATHS = 0.3
CLOSING_SECONDS = 3.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a soak from the command line."""
    from ops.paths import var_dir

    parser = argparse.ArgumentParser(prog="tests.crash.soak", description=__doc__)
    parser.add_argument("--months", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = var_dir() / "soak"
    servers.end_left_over(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:8.1f} s  {text}", flush=True)

    with (
        servers.own_postgres(folder) as (dsn, template),
        home(folder / "home", dsn, template, folder / "keys", companies=COMPANIES, begin=BEGIN) as made,
    ):
        tally = live(made, chosen.months, chosen.seed, say)
    seconds = time.monotonic() - begun
    write_report(folder / "report.json", tally, chosen.seed, seconds)
    for fault in tally.faults[:20]:
        print(f"FAULT {fault}")
    print(figures(tally, chosen.months, chosen.seed, seconds))
    return 0 if tally.is_right and tally.delivered else 1


def figures(tally: Tally, months: int, seed: int, seconds: float) -> str:
    """Give the line that a closing note quotes."""
    return (
        f"soak: seed {seed}, {len(COMPANIES)} companies, {months} months each, {tally.delivered} kills, "
        f"{tally.rounds} comparisons, {tally.rows} lines in Sage, {tally.offsets} offsets, "
        f"{tally.confirmations} confirmations, {tally.lost} cents lost, {tally.doubled} cents doubled, "
        f"{len(tally.faults)} faults, {seconds:.0f} s"
    )


def live(made: Home, months: int, seed: int, say: Callable[[str], None]) -> Tally:
    """Let all companies live through so many months; gives what came of it."""
    tally, chance = Tally(), random.Random(seed)
    with made.worlds(seed) as worlds:
        stages = [Stage(world, Conditions(), tally, seed + number) for number, world in enumerate(worlds)]
        for closes in range(months):
            year, month = divmod(BEGIN.month - 1 + closes, 12)
            first = BEGIN.replace(year=BEGIN.year + year, month=month + 1)
            for stage in chance.sample(stages, len(stages)):
                told = len(tally.faults)
                live_a_month(stage, first, closes, chance)
                for fault in tally.faults[told:]:
                    say(f"FAULT {stage.world.company} {first:%Y-%m} {fault}")
            say(f"{first:%Y-%m}: {tally.delivered} kills so far, lost {tally.lost}, doubled {tally.doubled}")
        for stage in stages:
            verdict = stage.compare()
            tally.rows += verdict.rows
            tally.confirmations += verdict.confirmations
            tally.offsets += verdict.offsets
    return tally


def live_a_month(stage: Stage, first: datetime, closes: int, chance: random.Random) -> None:
    """Let a company work through a month under attack, compare its books, and close it."""
    world = stage.world
    world.history.turn_to(first, calendar.monthrange(first.year, first.month)[1], closes)
    stage.conditions = Conditions(1, chance.choice((1, 2)), chance.choice(ACKS))
    stage.feed(receipts=6, uses=6, ap_rows=2, change_orders=int(chance.random() < 0.3))
    campaign.attack(stage, ATTEMPTS_OF_A_MONTH, chance)
    if chance.random() < SERVER_DEATHS:
        file_server_dies(stage, chance)
    finish(stage)

    def closing(world: World) -> None:
        close(world, f"{first:%Y-%m}")

    stage.tally.kills["closing a month"] += sum(
        one.how == "killed" for one in stage.attempt_at_random([closing], CLOSING_SECONDS)
    )
    stage.do(closing, steps.extract_job_cost, steps.land_job_cost)


def file_server_dies(stage: Stage, chance: random.Random) -> None:
    """Kill the file server under workers that send and land; they are refused or done, and it comes back."""
    files = stage.world.files
    workers = [stage.world.start(step) for step in (steps.send_receipts, steps.send_costs, steps.land_moved)]
    time.sleep(chance.uniform(0, 1.0))
    files.kill()
    stage.ended(workers)
    files.start()


def close(world: World, period: str) -> None:
    """Reconcile, approve and sign a month off, then close it in Sage; what is done already is left as it is."""
    run_no = steps.reconcile(world, period)
    if run_no:
        steps.decide(world, run_no)
        steps.sign_off(world, run_no)
    steps.sandbox(world, "close-month", "--period", period)


if __name__ == "__main__":
    raise SystemExit(main())
