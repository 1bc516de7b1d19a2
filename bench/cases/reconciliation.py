"""Month-end reconciliation of a company whose cost lines stand in Sage, beside the plain query and duckdb."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import ExitStack
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from bench import data, rivals
from bench.books import books, settle
from bench.goals import Goal
from bench.place import COMPANY
from bench.timing import GROWTH_TIMES, MOST_GROWTH, PRODUCT, Case, Result, require
from sage_bridge.reconcile import Terms
from sage_hooks import outbox, reconciliation

if TYPE_CHECKING:
    from pathlib import Path

    from bench.place import Place
    from sage_hooks.warehouse import Connection

PERIOD = "2026-05"
ONE_OFF_EVERY = 50
APART = "lines whose money differs from a full rebuild out of the raw events"
SEAL = "seconds to seal"
CONFIRM = "seconds to read back"

_EXPORTS = {
    "event_row": (
        (
            "select t.commitment, t.item_number, t.effect, t.units, e.event_date from ledger.event_tag as t "
            "inner join ledger.material_event as e on e.company_id = t.company_id and e.event_id = t.event_id "
            "where t.status = 'tagged'"
        ),
        {"commitment": "varchar", "item_number": "integer", "effect": "varchar", "units": "decimal(18,4)",
         "event_date": "date"},
    ),
    "item_row": (
        "select commitment, item_number, job, cost_code, category, amount, unit_cost from core.commitment_item",
        {"commitment": "varchar", "item_number": "integer", "job": "varchar", "cost_code": "varchar",
         "category": "varchar", "amount": "decimal(14,2)", "unit_cost": "decimal(14,6)"},
    ),
    "posting_row": (
        "select posting_reference, commitment, item_number, transaction_date, amount from outbox.cost_posting",
        {"posting_reference": "varchar", "commitment": "varchar", "item_number": "integer",
         "transaction_date": "date", "amount": "decimal(14,2)"},
    ),
    "sage_row": (
        "select ref_1, amount from core.job_cost_transaction where gone_at is null and ref_1 <> ''",
        {"ref_1": "varchar", "amount": "decimal(14,2)"},
    ),
}  # fmt: skip


class ReconciliationCase(Case):
    """Differences line by line, both bridges, residuals, journal, tie-outs, hash: a run in mode preview."""

    name = "reconciliation"
    title = "month-end reconciliation, all components"
    ways: ClassVar[dict[str, str]] = {
        PRODUCT: "a preview run: differences line by line, both bridges with all components, tie-outs, hash",
        "plain": "one plain numeric query over the raw events, five sums a line",
        "duckdb": "the same query by duckdb over Parquet files of the same rows",
    }
    main_times = GROWTH_TIMES

    def __init__(self, place: Place, rows: int) -> None:
        """Make books whose cost lines are sealed and stand in Sage, one in fifty with another amount."""
        super().__init__(place, rows)
        self.books = books(place, "books", data.WEEKS, rows, spare_lines=data.WEEKS.lines(rows))
        place.make("posted", self.books.database)
        with place.connect("posted") as connection:
            self._post(connection)
            self._views(connection)
            settle(connection)
            self.folder = place.folder / "parquet"
            self._export(connection)
        self.runs = 0

    def _post(self, connection: Connection) -> None:
        began = time.monotonic()
        self.lines = outbox.seal_costs(connection, COMPANY).lines
        self.figures[SEAL] = time.monotonic() - began
        data.run(connection, "update_batches_accepted", "update_postings_accepted", "insert_sage_rows")
        settle(connection)
        began = time.monotonic()
        confirmed = outbox.confirm_posted(connection, COMPANY).lines
        self.figures[CONFIRM] = time.monotonic() - began
        self.off = self.lines - confirmed
        require(abs(self.off - self.lines // ONE_OFF_EVERY) // 2, 0)

    def _views(self, connection: Connection) -> None:
        for name, (query, _) in _EXPORTS.items():
            connection.execute(f"create view public.{name} as {query}".encode())
        connection.commit()

    def _export(self, connection: Connection) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if rivals.missing():
            return
        self.folder.mkdir()
        for name, (query, types) in _EXPORTS.items():
            _write_csv(connection, query, self.folder / f"{name}.csv")
            (self.folder / f"{name}.json").write_text(json.dumps(types), encoding="utf-8")
        with rivals.Rival("parquet", folder=str(self.folder)) as rival:
            rival.run()

    def prepare(self, way: str) -> None:
        """Give a copy to the product; nothing is left behind by the others."""
        if way == PRODUCT:
            self.place.make("round", "posted")
        self.stack = ExitStack()
        if way == "duckdb":
            statement = (data.SQL / "compare_plainly.sql").read_text(encoding="utf-8")
            self.rival = self.stack.enter_context(rivals.Rival("duckdb", folder=str(self.folder), statement=statement))

    def run(self, way: str) -> int:
        """Reconcile the month, or compare."""
        if way == PRODUCT:
            with self.place.connect("round") as connection:
                require(self._reconcile(connection), self.off)
        elif way == "plain":
            with self.place.connect("posted") as connection:
                require(data.run(connection, "compare_plainly"), self.books.lines * 2)
        else:
            with self.stack:
                require(self.rival.run(), self.books.lines * 2)
        return self.books.events

    def _reconcile(self, connection: Connection) -> int:
        self.runs += 1
        terms = Terms(COMPANY, PERIOD, "preview", Decimal("0.01"), "bench", f"bench-{self.runs}")
        return reconciliation.reconcile(connection, terms).differences

    def finish(self) -> None:
        """Compare what a run says of every line with a rebuild from the raw events."""
        self.place.make("round", "posted")
        with self.place.connect("round") as connection:
            self._reconcile(connection)
            data.run(connection, "compare_plainly")
            row = connection.execute((data.SQL / "select_lines_apart.sql").read_bytes()).fetchone()
        self.figures[APART] = row["lines"] if row else 1

    def goals(self, result: Result) -> list[Goal]:
        """Give both ratios, and that no cent is apart."""
        found = [
            Goal("faster than the plain numeric query", result.ratio("plain"), at_least=6, unit="x"),
            Goal(APART, result.figures[APART], at_most=0),
        ]
        if "duckdb" in result.runs:
            words = "time beside duckdb on Parquet"
            found.insert(0, Goal(words, 1 / result.ratio("duckdb"), at_most=1.5, unit="x"))
        return found

    def compared(self, other: Case) -> list[Goal]:
        """Give how sealing and reading back grow."""
        return [
            Goal(
                f"{name}, {GROWTH_TIMES} times the events", self.figures[name] / other.figures[name],
                at_most=MOST_GROWTH, unit="x",
            )
            for name in (SEAL, CONFIRM)
        ]  # fmt: skip


def _write_csv(connection: Connection, query: str, path: Path) -> None:
    with path.open("wb") as file, connection.cursor().copy(f"copy ({query}) to stdout (format csv, header)") as copy:
        for block in copy:
            file.write(block)
