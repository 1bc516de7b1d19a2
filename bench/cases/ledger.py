"""Material events on their way to Sage: landing and valuation of new ones, and the sealing of a posting."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from bench import data
from bench.place import COMPANY
from bench.timing import require
from sage_hooks import ledger, outbox

if TYPE_CHECKING:
    from bench.place import Place
    from sage_hooks.warehouse import Connection

# What is new comes on top of a history this many times as big.
HISTORY = 5


class LedgerCase:
    """New events on an old ledger: tagged, layered, valued, chained; beside a plain INSERT of the same rows."""

    name = "ledger"
    product = f"new events on {HISTORY} times as many old ones: landed, chained, tagged, valued"
    beside = "one INSERT .. SELECT of the same event rows"
    target = "at least 0.2, and 20,000 events/s"
    history = HISTORY

    def __init__(self, place: Place, rows: int) -> None:
        """Make a ledger with its history valued and the new events waiting in the inbox."""
        self.place, self.rows = place, rows - rows % data.EVENTS_PER_LINE
        old = self.rows * self.history
        place.make("valued", "plain")
        with place.connect("valued") as connection:
            data.store_codes(connection)
            data.store_orders(connection, old + self.rows)
            if old:
                data.store_documents(connection, 0, old)
                _value(connection)
            data.store_documents(connection, old // data.EVENTS_PER_LINE, self.rows)
            connection.autocommit = True
            connection.execute("vacuum analyze")

    def prepare(self, way: str) -> None:
        """Give a copy; the plain way finds the finished rows in a table beside."""
        self.place.make("round", "valued")
        if way == "beside":
            with self.place.connect("round") as connection:
                land_all(connection)
                connection.execute(
                    "create table done as select e.* from ledger.material_event as e "
                    "order by e.landed_at desc, e.batch, e.batch_position"
                )
                connection.execute("create table bare (like ledger.material_event)")
                connection.execute("analyze done")
        gc.collect()

    def run(self, way: str) -> int:
        """Land and value, or insert."""
        with self.place.connect("round") as connection:
            if way == "beside":
                return connection.execute(f"insert into bare select * from done limit {self.rows}".encode()).rowcount
            return require(_value(connection), self.rows)


class PostingCase(LedgerCase):
    """A day's posting: value entries to sealed bytes; beside one GROUP BY over the same entries."""

    name = "posting"
    product = "value entries to cost lines to sealed files"
    beside = "one GROUP BY over the entries"
    target = "at least 0.33"
    history = 0

    def __init__(self, place: Place, rows: int) -> None:
        """Make a ledger with everything valued and nothing posted."""
        super().__init__(place, rows)
        with place.connect("valued") as connection:
            _value(connection)
            connection.autocommit = True
            connection.execute("vacuum analyze")

    def prepare(self, way: str) -> None:
        """Give a copy."""
        del way
        self.place.make("round", "valued")
        gc.collect()

    def run(self, way: str) -> int:
        """Seal, or group."""
        with self.place.connect("round") as connection:
            if way == "beside":
                connection.execute(
                    "create temporary table grouped as select entry_date, job, extra, cost_code, category, commitment, "
                    "item_number, sum(units) as units, sum(amount) as amount, count(*) as entries "
                    "from ledger.value_entry where measure in ('installed', 'wasted') "
                    "group by entry_date, job, extra, cost_code, category, commitment, item_number"
                )
            else:
                sealed = outbox.seal_costs(connection, COMPANY)
                require(sealed.lines, self.rows * (data.EVENTS_PER_LINE - 1) // data.EVENTS_PER_LINE)
        return self.rows


def land_all(connection: Connection) -> int:
    """Land everything that waits in the inbox; gives the number of events."""
    landed = 0
    while found := ledger.land_inbox(connection):
        landed += sum(one.landed for one in found.values())
    return landed


def _value(connection: Connection) -> int:
    landed = land_all(connection)
    ledger.value_events(connection)
    connection.commit()
    return landed
