"""`python -m bench [--quick] [--rows N] [--rounds N] [CASE...]` runs cases and writes `var/bench/`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

import psycopg

from bench import cases, machine, place, rivals, table, timing
from ops.paths import var_dir
from ops.progress import fail
from sage_bridge.errors import BridgeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.timing import Result

QUICK_ROWS = 10_000
ROWS = 1_000_000
ROUNDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases; exit code 0 when all have run, whatever their ratios; 1 when one could not."""
    chosen = _parser().parse_args(arguments)
    rows = chosen.rows or (QUICK_ROWS if chosen.quick else ROWS)
    rounds = chosen.rounds or (1 if chosen.quick else ROUNDS)
    folder = var_dir() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    facts = machine.facts()
    results: list[Result] = []
    failed = 0
    try:
        with place.Place(folder / "place") as ground:
            for name in chosen.cases or cases.NAMES:
                print(f"bench: {name}", flush=True)
                try:
                    results.append(_measure(name, ground, rows, rounds, is_quick=chosen.quick))
                except (RuntimeError, psycopg.Error, BridgeError) as broken:
                    # An hour of the others' figures is not thrown away for one.
                    fail(broken)
                    failed += 1
                    continue
                finally:
                    ground.clear()
                for line in table.lines(results[-1], is_quick=chosen.quick):
                    print(f"bench:   {line}", flush=True)
                _write(facts, rows, rounds, results, is_quick=chosen.quick)
    except BridgeError as error:
        fail(error)
        return 1
    if results:
        print((folder / "bench.md").read_text(encoding="utf-8"))
    return 1 if failed else 0


def _measure(name: str, ground: place.Place, rows: int, rounds: int, *, is_quick: bool) -> Result:
    """Measure one case in rounds, and the product alone once at the other size."""
    kind = cases.CASES[name]
    main_rows = rows if is_quick else rows * kind.main_times
    case = cases.make(name, ground, main_rows)
    result = timing.measure(case, main_rows, rounds, ground, rivals.missing())
    result.goals = case.goals(result)
    if kind.grows and not is_quick:
        ground.clear()
        other_rows = rows * timing.GROWTH_TIMES if kind.main_times == 1 else rows
        other = cases.make(name, ground, other_rows)
        try:
            alone = timing.timed(other, timing.PRODUCT, ground)
        finally:
            other.close()
        mine = result.runs[timing.PRODUCT]
        pair = (mine, [alone]) if kind.main_times == 1 else ([alone], mine)
        result.goals += [timing.growth_goal(timing.growth(*pair)), *case.compared(other)]
    return result


def _write(facts: dict[str, str], rows: int, rounds: int, results: list[Result], *, is_quick: bool) -> None:
    """Write what is known so far: a run that is stopped leaves what it found."""
    folder = var_dir() / "bench"
    document = {
        "machine": facts,
        "rows": rows,
        "rounds": rounds,
        "is_quick": is_quick,
        "cases": [one.plain() for one in results],
    }
    (folder / "bench.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    run = {"rows": f"{rows:,}", "rounds": str(rounds)}
    (folder / "bench.md").write_text(table.page(facts, run, results, is_quick=is_quick), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[[], *cases.NAMES], help="all, if none is named")
    parser.add_argument("--rows", type=int, help="rows or events; the mirror and the books are five times as big")
    parser.add_argument("--rounds", type=int, help="interleaved rounds; the medians count")
    parser.add_argument("--quick", action="store_true", help="few rows once: whether each case does its work")
    return parser


if __name__ == "__main__":
    sys.exit(main())
