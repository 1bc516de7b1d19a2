"""Material events on their way into the books: landed, chained, tagged, valued; the chain verified."""

from __future__ import annotations

import gc
import hashlib
from typing import TYPE_CHECKING, ClassVar

from bench import data
from bench.books import books, land_all, land_and_value, settle
from bench.goals import Goal
from bench.place import COMPANY
from bench.timing import GROWTH_TIMES, MOST_GROWTH, PRODUCT, Case, Result, require
from sage_hooks import ledger
from verify.statements import statement
from verify.verifier import verify

if TYPE_CHECKING:
    from bench.place import Place

ON_EMPTY = "seconds on an empty log"
NUMBERS_AWAY = 1_000_000_000
"""How far the batches of the bare statements lie behind those that were landed."""

# What must be in the books after the new events, under ids of its own: made before the clock runs.
_WRITTEN = (
    "create table done_event as select d.* from done as d",
    "create table done_head as select h.* from audit.chain_head as h where h.batch in (select d.batch from done as d)",
    "create table done_tag as select t.* from ledger.event_tag as t inner join done using (company_id, event_id)",
    "create table done_entry as select v.* from ledger.value_entry as v inner join done using (company_id, event_id)",
    (
        "create table done_movement as select m.* from ledger.layer_movement as m "
        "inner join done as d on d.company_id = m.company_id and d.event_id = m.layer_event_id"
    ),
    f"update done_event set event_id = 'bare-' || event_id, batch = batch + {NUMBERS_AWAY}",
    f"update done_head set batch = batch + {NUMBERS_AWAY}",
    "update done_tag set event_id = 'bare-' || event_id",
    "update done_entry set event_id = 'bare-' || event_id",
)
_BARE = (
    "insert into audit.chain_head overriding system value select h.* from done_head as h",
    "insert into ledger.material_event select e.* from done_event as e",
    "insert into ledger.event_tag select t.* from done_tag as t",
    "insert into ledger.value_entry overriding user value select v.* from done_entry as v",
    "insert into ledger.layer_movement select m.* from done_movement as m",
)

FIVE_ON_EMPTY = f"seconds for {GROWTH_TIMES} times the events on an empty log"


class LedgerCase(Case):
    """New events on an old ledger; beside a plain INSERT of the same rows."""

    name = "ledger"
    title = "event ledger"
    ways: ClassVar[dict[str, str]] = {
        PRODUCT: f"new events on {GROWTH_TIMES} times the old ones: landed, chained, tagged, layered, valued",
        "insert": "one INSERT .. SELECT of the same event rows",
        "ceiling": "the finished rows into the books' own tables: leaves, keys, indexes; nothing judged, computed",
    }
    grows = False

    def __init__(self, place: Place, rows: int) -> None:
        """Make a ledger with its history valued and the new events waiting in the inbox."""
        super().__init__(place, rows)
        shape = data.WEEKS
        self.rows = shape.whole(rows)
        one = books(place, "books", shape, rows, spare_lines=shape.lines(rows))
        old = books(place, "books", shape, rows * GROWTH_TIMES, spare_lines=shape.lines(rows))
        self.figures |= {ON_EMPTY: one.seconds, FIVE_ON_EMPTY: old.seconds}
        place.make("valued", old.database)
        with place.connect("valued") as connection:
            data.store_documents(connection, shape, old.lines, rows)
            settle(connection)
        place.make("finished", "valued")
        with place.connect("finished") as connection:
            land_all(connection)
            connection.execute(
                "create table done as select e.* from ledger.material_event as e "
                "order by e.landed_at desc, e.batch, e.batch_position limit %s",
                (self.rows,),
            )
            connection.execute("create table bare (like ledger.material_event)")
            ledger.value_events(connection)
            for text in _WRITTEN:
                connection.execute(text.encode())
            settle(connection)

    def prepare(self, way: str) -> None:
        """Give a copy; the plain ways find the finished rows in tables beside."""
        if way == PRODUCT:
            self.place.make("round", "valued")
        elif way == "ceiling":
            self.place.make("round", "finished")
        else:
            with self.place.connect("finished") as connection:
                connection.execute("truncate bare")
        gc.collect()

    def run(self, way: str) -> int:
        """Land and value, or insert."""
        if way == PRODUCT:
            with self.place.connect("round") as connection:
                return require(land_and_value(connection), self.rows)
        if way == "ceiling":
            with self.place.connect("round") as connection:
                written = [connection.execute(one.encode()).rowcount for one in _BARE]
                return require(written[1], self.rows)
        with self.place.connect("finished") as connection:
            return connection.execute("insert into bare select * from done").rowcount

    def goals(self, result: Result) -> list[Goal]:
        """Give rate, growth with new events and independence of history."""
        on_empty = result.figures[ON_EMPTY]
        return [
            Goal("rows/s beside INSERT .. SELECT", result.ratio("insert"), at_least=0.2, unit="x"),
            Goal("events/s", result.rate(), at_least=20_000),
            Goal("rows/s beside the bare writing of the same rows", result.ratio("ceiling"), at_least=0.9, unit="x"),
            Goal(
                f"time for {GROWTH_TIMES} times the rows", result.figures[FIVE_ON_EMPTY] / on_empty,
                at_most=MOST_GROWTH, unit="x",
            ),
            Goal(
                f"time on {GROWTH_TIMES} times the history beside none",
                result.median(PRODUCT, "wall_seconds") / on_empty, at_most=1.3, unit="x",
            ),
        ]  # fmt: skip


class AuditChainCase(Case):
    """Every leaf, root and head recomputed from the raw columns; beside the same lines read and hashed as they come."""

    name = "audit_chain"
    title = "audit chain verified"
    ways: ClassVar[dict[str, str]] = {
        PRODUCT: "separate verifier: canonical bytes, leaves, Merkle roots, heads of the whole log, two processes",
        "read": "COPY of the same columns, one sha256 over all of it, one process",
    }

    def __init__(self, place: Place, rows: int) -> None:
        """Take an event log of so many events."""
        super().__init__(place, rows)
        self.books = books(place, "books", data.WEEKS, rows, spare_lines=data.WEEKS.lines(rows))

    def run(self, way: str) -> int:
        """Verify, or read and hash."""
        if way == PRODUCT:
            verdict = verify(self.place.dsn(self.books.database))
            return require(verdict.chains[COMPANY].events if verdict.is_intact else 0, self.books.events)
        digest, lines = hashlib.sha256(), 0
        everything = {"company_id": COMPANY, "after": 0, "upto": 1 << 62}
        with (
            self.place.connect(self.books.database) as connection,
            connection.cursor().copy(statement("copy_events"), everything) as copy,
        ):
            for line in copy:
                digest.update(line)
                lines += 1
        return lines

    def goals(self, result: Result) -> list[Goal]:
        """Give the rate."""
        return [Goal("events/s", result.rate(), at_least=100_000)]
