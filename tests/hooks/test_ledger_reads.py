"""What a valuation, confirmations and a posting read is in proportion to the events at hand: rows, not time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import data
from bench.books import land_all
from bench.place import COMPANY
from sage_hooks import ledger
from sage_hooks.outbox_company import load_company
from sage_hooks.outbox_postings import prepare_costs
from sage_hooks.outbox_receipts import prepare_receipts

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

MANY, FEW = 2_000, 10
FEW_RECEIPTS = FEW // data.WEEKS.events_per_line
MOST_READS = 30
"""Rows of a table that may be read for each event: some twenty steps look at each once."""


READS = (
    "select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) as reads "
    "from pg_stat_xact_user_tables where relname = any(%s)"
)
CONFIRMED = (
    "material_event", "event_tag", "value_entry", "receiving_confirmation", "touched_receipt", "commitment_item",
    "commitment", "change_order_item", "batch_line",
)  # fmt: skip
"""What the making of confirmations reads."""


def start_counting(connection: Connection) -> None:
    """Put aside what was read before: counts stay with the session for a second."""
    connection.execute("select pg_stat_force_next_flush()")
    connection.commit()


def confirmed(connection: Connection) -> tuple[int, int]:
    """Make confirmations; gives how many are new and the rows that were read for them."""
    company = load_company(connection, COMPANY)
    start_counting(connection)
    with connection.transaction():
        created = prepare_receipts(connection, company)
        row = connection.execute(READS, (list(CONFIRMED),)).fetchone()
    assert row is not None
    return created, row["reads"]


def drafted(connection: Connection) -> tuple[int, int]:
    """Make cost lines; gives the entries that are on one now and the entries and links that were read for it."""
    company = load_company(connection, COMPANY)
    start_counting(connection)
    with connection.transaction():
        entries = prepare_costs(connection, company, None).entries
        row = connection.execute(READS, (["value_entry", "posting_entry"],)).fetchone()
    assert row is not None
    return entries, row["reads"]


def valued(connection: Connection, table: str) -> tuple[int, int]:
    """Value what has landed; gives the events valued and the rows of a table that were read for it."""
    start_counting(connection)
    with connection.transaction():
        events = ledger.value_events(connection).events
        row = connection.execute(READS, ([table],)).fetchone()
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
    created, _ = confirmed(warehouse)
    assert created == MANY // data.WEEKS.events_per_line
    installed = data.WEEKS.events_per_line - 1
    assert drafted(warehouse)[0] == lines * installed
    warehouse.execute("update outbox.receiving_confirmation set state = 'sent'")

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
    created, reads = confirmed(warehouse)
    assert created == FEW_RECEIPTS
    assert reads <= MOST_READS * FEW_RECEIPTS, "few receipts read all that was told"
    entries, reads = drafted(warehouse)
    assert entries == FEW_RECEIPTS * installed
    assert reads <= MOST_READS * FEW, "few entries read all that was posted"
    assert drafted(warehouse) == (0, 0), "a posting of nothing new reads what was posted"
    # What an earlier receipt gets changed comes back by its mark, and only that.
    warehouse.execute("update ledger.event_tag set units = units + 1 where event_id = 'E0-0'")
    assert confirmed(warehouse)[0] == 1
