"""What the planner is told of tables that grew, on a real warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sage_hooks.warehouse import SMALL_CHANGE, STATISTICS_ROWS, refresh_statistics

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection


def rows_known(connection: Connection) -> float:
    row = connection.execute("select reltuples from pg_class where oid = 'probe'::regclass").fetchone()
    assert row is not None
    return row["reltuples"]


@pytest.mark.parametrize(
    ("rows_before", "changed", "is_seen"),
    [
        (0, SMALL_CHANGE, True),
        (0, SMALL_CHANGE - 1, False),
        (STATISTICS_ROWS, SMALL_CHANGE, True),
        (11 * SMALL_CHANGE, SMALL_CHANGE, False),
        (20 * STATISTICS_ROWS, STATISTICS_ROWS, True),
        (60 * STATISTICS_ROWS, STATISTICS_ROWS, False),
    ],
)
def test_the_planner_looks_at_what_changed_much(
    warehouse: Connection, rows_before: int, changed: int, is_seen: bool
) -> None:
    warehouse.execute("create temporary table probe (n integer) ")
    warehouse.execute("insert into probe select generate_series(1, %s)", (rows_before,))
    if rows_before:
        warehouse.execute("analyze probe")
    warehouse.execute("insert into probe select generate_series(1, %s)", (changed,))
    refresh_statistics(warehouse, changed, "probe")
    assert (rows_known(warehouse) == rows_before + changed) == is_seen
