"""`python -m tests.crash --kills N --seed S`: kill until N kills were delivered, compare after every round.

Starts its own services under `var/crash/`, writes `var/crash/report.json`, and ends with one line of figures. Exit code
1 when a cent is lost or doubled, a point was not hit, or anything else was wrong.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import time
from typing import TYPE_CHECKING

from sage_hooks.checkpoint import CHECKPOINTS
from tests.crash import campaign, servers
from tests.crash.world import home

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.crash.rounds import Tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a campaign from the command line."""
    from ops.paths import var_dir

    parser = argparse.ArgumentParser(prog="tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=3000, help="go on until so many kills were delivered")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--world", type=int, help="run this world of the seed only, to see a failure again")
    chosen = parser.parse_args(arguments)
    if chosen.world is not None and not campaign.is_world(chosen.world):
        parser.error(f"there is no world {chosen.world}; take its number from the lines of a run")
    # An ended run ends its services as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = var_dir() / "crash"
    servers.end_left_over(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:8.1f} s  {text}", flush=True)

    with (
        servers.own_postgres(folder) as (dsn, template),
        home(folder / "home", dsn, template, folder / "keys") as made,
    ):
        tally = campaign.run(made, chosen.kills, chosen.seed, say, only=chosen.world)
    if chosen.world is None:
        tally.missed += sorted(set(CHECKPOINTS) - tally.points)
    seconds = time.monotonic() - begun
    write_report(folder / "report.json", tally, chosen.seed, seconds)
    for fault in [*tally.faults[:20], *(f"not hit: {point}" for point in tally.missed[:20])]:
        print(f"FAULT {fault}")
    print(figures(tally, chosen.seed, seconds))
    return 0 if tally.is_right and tally.delivered else 1


def figures(tally: Tally, seed: int, seconds: float) -> str:
    """Give the line that a closing note quotes."""
    return (
        f"crash: seed {seed}, {tally.delivered} kills in {tally.rounds} rounds, {len(tally.points)} points hit, "
        f"{len(tally.missed)} missed, {tally.lost} cents lost, {tally.doubled} cents doubled, "
        f"{len(tally.faults)} faults, at most {tally.most_clean_runs} clean runs to the end, {seconds:.0f} s"
    )


def write_report(path: Path, tally: Tally, seed: int, seconds: float) -> None:
    """Write everything the campaign counted."""
    # Not `asdict`: before Python 3.12 it counts the pairs of a Counter.
    content = {"seed": seed, "seconds": round(seconds, 1), "points": sorted(tally.points), **vars(tally)}
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
