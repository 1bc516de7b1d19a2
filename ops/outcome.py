"""What a demo leaves behind: the marts as CSV, Sage's own tables, evidence, and the verdict on every law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from ops import sage_export
from sage_hooks import laws, warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from ops.scenario import Scenario
    from sage_hooks.warehouse import Connection

KEY_COLUMNS = 3


def export_marts(connection: Connection, folder: Path) -> dict[str, int]:
    """Write every view of schema `mart` as `<view>.csv`, ordered by its first three columns; gives rows by view."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for row in warehouse.fetch_file(connection, "mart/select_views"):
        columns = sql.SQL(", ").join(sql.Literal(number) for number in range(1, min(KEY_COLUMNS, row["columns"]) + 1))
        view = sql.Identifier("mart", row["view"])
        query = sql.SQL("copy (select * from {} order by {}) to stdout with (format csv, header)").format(view, columns)
        part = folder / f"{row['view']}.csv.part"
        with part.open("wb") as file, connection.cursor() as cursor:
            with cursor.copy(query) as copy:
                for block in copy:
                    file.write(block)
            counts[row["view"]] = cursor.rowcount
        part.replace(folder / f"{row['view']}.csv")
    return counts


def tie_out(connection: Connection, scenario: Scenario, sage: Path) -> dict[str, Any]:
    """Check every law, and the books against what only the other sides know; gives `laws` and `totals`.

    Besides the statements of the laws: RunBlu recorded as many events as the ledger holds or has refused and kept (L1),
    and Sage's own export in `sage` has each of our references once (L2) and the same cost by job and codes as our mart
    (L3).
    """
    company_id = scenario.company_id
    verdict = laws.laws(connection, company_id)
    events = warehouse.fetch_file(connection, "ledger/select_event_count", {"company_id": company_id})[0]
    recorded = sum(1 for _ in scenario.rows("material_events"))
    is_whole = recorded == events["held"] + events["refused"]
    _add(verdict, "L1", events_recorded_by_runblu=recorded, events_held=events["held"], holds=is_whole)
    costs = warehouse.fetch_file(connection, "mart/select_sage_job_cost", {"company_id": company_id})
    found = sage_export.compare(sage, {tuple(row["codes"]): row["amount"] for row in costs})
    _add(verdict, "L2", references_in_sage_export=found.references, holds=found.repeated == 0)
    _add(verdict, "L3", amount_in_sage_export=str(found.amount), codes_off_sage_export=found.off, holds=found.off == 0)
    totals = warehouse.fetch_file(connection, "mart/select_totals", {"company_id": company_id})
    return {"laws": verdict, "totals": {key: _plain(value) for key, value in totals[0].items()} if totals else {}}


def _add(verdict: dict[str, dict[str, Any]], law: str, *, holds: bool, **figures: object) -> None:
    verdict[law] = {**verdict[law], "holds": verdict[law]["holds"] and holds, **figures}


def _plain(value: object) -> object:
    return value if isinstance(value, (int, str, bool, type(None))) else str(value)


def lines(verdict: dict[str, Any]) -> list[str]:
    """Give the verdict as lines for a person: totals, then each law with its figures."""
    shown = [f"{name:<26} {value:>18}" for name, value in verdict["totals"].items()]
    for name, law in sorted(verdict["laws"].items()):
        told = {key: value for key, value in law.items() if key != "holds" and value is not None}
        figures = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in told.items())
        shown.append(f"{name} {'holds' if law['holds'] else 'DOES NOT HOLD'}: {figures}")
    return shown
