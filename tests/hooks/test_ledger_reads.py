"""What a valuation reads is in proportion to the events at hand: counted in rows, not in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import data
from bench.books import land_all
from sage_hooks import ledger

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

MANY, FEW = 2_000, 10
MOST_READS = 30
"""Rows of a table that may be read for each event: some twenty steps look at each once."""


def valued(connection: Connection, table: str) -> tuple[int, int]:
    """Value what has landed; gives the events valued and the rows of a table that were read for it."""
    with connection.transaction():
        events = ledger.value_events(connection).events
        row = connection.execute(
            "select seq_tup_read + coalesce(idx_tup_fetch, 0) as reads "
            "from pg_stat_xact_user_tables where relname = %s",
            (table,),
        ).fetchone()
    assert row is not None
    return events, row["reads"]


@pytest.mark.usefixtures("company")
def test_a_valuation_reads_in_proportion_to_its_events(warehouse: Connection) -> None:
    lines = data.WEEKS.lines(MANY)
    data.store_codes(warehouse)
    data.store_orders(warehouse, lines + data.WEEKS.lines(FEW))
    data.store_documents(warehouse, data.WEEKS, 0, MANY)
    land_all(warehouse)
    events, reads = valued(warehouse, "work_candidate")
    assert events == MANY
    assert reads <= MOST_READS * MANY, "each event looks at all others at work"

    # A log this small is read whole by choice; a large one must not be by need.
    warehouse.execute("analyze")
    for way in ("seqscan", "hashjoin", "mergejoin"):
        warehouse.execute(f"set enable_{way} = off")
    warehouse.commit()
    data.store_documents(warehouse, data.WEEKS, lines, FEW)
    land_all(warehouse)
    events, reads = valued(warehouse, "material_event")
    assert events == FEW
    assert reads <= MOST_READS * FEW, "few events read the whole log"
