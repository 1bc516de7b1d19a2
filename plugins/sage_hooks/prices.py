"""What invoices mean for job cost besides their own rows: price variance and open accrual (domain 5).

The rules are in `include/sql/ledger/create_price_*.sql` and `insert_*_entries.sql`. As of every day on which a line
moves, its invoices are laid over its layers, first in first out; the price variance of a layer is consumed as the layer
is. An entry is what that differs by from what is recorded, so that running it again adds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sage_hooks.ledger import create_index, lock_valuation
from sage_hooks.warehouse import refresh_statistics, run_file

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

_TABLES = ("price_row", "price_cover", "price_day", "price_stack", "price_layer", "price_share")


def value_prices(connection: Connection, company_id: str) -> int:
    """Record what price variance and accrual of a company's lines have moved by since last time; gives the entries.

    One transaction, never beside a valuation: layers and invoices are read as of one moment.
    """
    one = {"company_id": company_id}
    with connection.transaction():
        lock_valuation(connection)
        # Within a caller's longer transaction the tables of an earlier call are still there.
        connection.execute(("drop table if exists " + ", ".join(_TABLES)).encode())
        for table in _TABLES:
            run_file(connection, f"ledger/create_{table}", one)
            create_index(connection, table, ("commitment", "item_number", "day"))
            connection.execute(f"analyze {table}".encode())
        entries = run_file(connection, "ledger/insert_price_entries", one)
        entries += run_file(connection, "ledger/insert_accrual_entries", one)
        run_file(connection, "ledger/delete_opening_prices", one)
        run_file(connection, "ledger/insert_opening_prices", one)
        refresh_statistics(connection, entries, "ledger.cost_entry")
    return entries
