"""`python -m bench [--rows N] [--rounds N] [CASE...]` runs cases and writes `var/bench/`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from bench import cases, machine, place, table, timing
from ops.paths import var_dir
from ops.progress import fail
from sage_bridge.errors import BridgeError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases; exit code 0 when all have run, whatever their ratios."""
    chosen = _parser().parse_args(arguments)
    folder = var_dir() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    results = []
    try:
        with place.Place(folder / "place") as ground:
            for name in chosen.cases or cases.NAMES:
                print(f"bench: {name}, {chosen.rows:,} rows, {chosen.rounds} rounds", flush=True)
                case = cases.make(name, ground, chosen.rows)
                results.append(timing.measure(case, chosen.rounds, ground.processes))
                ground.clear()
                print(f"bench:   {table.line(results[-1])}", flush=True)
    except BridgeError as error:
        fail(error)
        return 1
    facts = machine.facts()
    document = {
        "machine": facts,
        "rows": chosen.rows,
        "rounds": chosen.rounds,
        "cases": [one.plain() for one in results],
    }
    (folder / "bench.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    text = table.page(facts, chosen.rows, chosen.rounds, results)
    (folder / "bench.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[[], *cases.NAMES], help="all, if none is named")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows or events of the larger side")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds; the medians count")
    return parser


if __name__ == "__main__":
    sys.exit(main())
