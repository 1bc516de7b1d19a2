"""What mappings do: what a file would move before it is stored, and why an event or a class has its codes.

`python -m ops.mappings preview PROFILE.yaml` shows what the mappings of a profile would move; nothing is written.
`python -m ops.mappings explain COMPANY EVENT_ID` says why an event has its codes;
`python -m ops.mappings explain COMPANY CLASS JOB DAY` which mapping holds for a class and job on a day.
All take `--dsn`, default from PGHOST, PGDATABASE and their like.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.profile_files import load_profile
from ops.progress import fail
from sage_bridge.errors import BridgeError
from sage_hooks import mappings, warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sage_hooks.warehouse import Connection

WORDS_OF_AN_EVENT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    parser = argparse.ArgumentParser(prog="ops.mappings", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    shown = commands.add_parser("preview", help="what the mappings of a profile would move")
    shown.add_argument("file", type=Path)
    explained = commands.add_parser("explain", help="why an event, or a class on a day, has its codes")
    explained.add_argument("words", nargs="+", metavar="COMPANY EVENT_ID | COMPANY CLASS JOB DAY")
    for command in (shown, explained):
        command.add_argument("--dsn", default="")
    chosen = parser.parse_args(arguments)
    if chosen.command == "explain" and len(chosen.words) not in {WORDS_OF_AN_EVENT, 4}:
        parser.error("explain takes COMPANY EVENT_ID, or COMPANY CLASS JOB DAY ('' = every job)")
    try:
        with warehouse.connect(chosen.dsn) as connection:
            lines = (
                preview(connection, chosen.file) if chosen.command == "preview" else explain(connection, chosen.words)
            )
            for line in lines:
                print(line)
    except BridgeError as error:
        fail(error)
        return 1
    return 0


def preview(connection: Connection, file: Path) -> Iterator[str]:
    """Give a line per change of the file and one per job and codes it would move."""
    profile = load_profile(file)
    stored = mappings.stored_mappings(connection, profile.company_id)
    is_changed = False
    for subject, change, moved in mappings.preview(connection, profile.company_id, stored, profile.mappings):
        is_changed = True
        codes = " / ".join(change.wanted.codes).strip(" /") if change.wanted else "nothing"
        yield (
            f"{profile.company_id} class {subject[0]}, {'job ' + subject[1] if subject[1] else 'every job'}, "
            f"{change.effective_from} to {change.effective_to or 'further notice'}: {codes}"
        )
        for row in moved:
            yield f"  {_moved(row)}"
        if not moved:
            yield "  moves nothing that is recorded"
    if not is_changed:
        yield f"{profile.company_id}: the file changes no mapping"


def explain(connection: Connection, words: Sequence[str]) -> Iterator[str]:
    """Give the sources of an event's codes in the order they are asked, or the mappings that could hold on a day."""
    if len(words) == WORDS_OF_AN_EVENT:
        values: dict[str, Any] = dict(zip(("company_id", "event_id"), words, strict=True))
        for row in warehouse.fetch_file(connection, "pages/select_event_codes", values):
            yield f"{row['step']} {row['source']}: {row['verdict']}{_codes(row)}; {row['reason']}"
        return
    company_id, material_class, job, day = words
    key = {"company_id": company_id, "material_class": material_class, "job": job, "day": date.fromisoformat(day)}
    rows = warehouse.fetch_file(connection, "pages/select_mappings_of_day", key)
    for row in rows:
        yield f"{'in force' if row['is_in_force'] else 'not in force'}{_codes(row)}; {row['reason']}"
    if not rows:
        yield f"no mapping of class {material_class} was ever approved for {'job ' + job if job else 'every job'}"


def _moved(row: dict[str, Any]) -> str:
    first, last = row["first_day"], row["last_day"]
    what = f"{row['events']} events of {first} to {last}, job {row['job']}, {row['units']} units"
    if row["measure"] is None:
        return f"{what}: wait now, then {row['codes_then'] or 'still wait'}"
    then = row["codes_then"] or "waiting"
    return f"{what}, {row['measure']} {row['amount']}: {row['codes_now']} -> {then}"


def _codes(row: dict[str, Any]) -> str:
    codes = [row[name] for name in ("job", "extra", "cost_code", "category") if row.get(name)]
    return f" ({' / '.join(codes)})" if codes else ""


if __name__ == "__main__":
    raise SystemExit(main())
