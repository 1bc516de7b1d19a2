"""Extracts of Sage on their way into the mirror, as the DAG takes them, beside a bare COPY and what users know."""

from __future__ import annotations

import gc
import hashlib
from contextlib import ExitStack
from typing import TYPE_CHECKING, ClassVar

from psycopg import sql

from bench import data, processes, rivals
from bench.goals import Goal
from bench.place import COMPANY
from bench.staging import LIMIT
from bench.timing import PRODUCT, Case, Result, require
from sage_bridge.event_feed import INBOUND
from sage_hooks import inbound, inbound_gate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.place import Place
    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection

COLUMNS = INBOUND["JCT"].names
SCALED_ROWS = 100_000
MEMORY = "client memory, MB"
APART = "rows in which the ceiling differs"


class InboundCase(Case):
    """A first extract: SFTP file -> hashed, staged, checked, landed, audited."""

    name = "inbound"
    title = "inbound extract, SFTP to landed mirror"
    ways: ClassVar[dict[str, str]] = {
        PRODUCT: "SFTP, sha256, staged, all checks of the suite, landed with history, audited, acknowledged",
        "copy": "server-side COPY of the same file into text columns",
        "ceiling": "SFTP, sha256 and COPY into a table with the mirror's types and primary key: no check, no record",
        "to_sql": "pandas read_csv and to_sql, no checks",
        "dlt": "dlt from the file into its Postgres destination, no checks",
    }
    once = frozenset({"to_sql", "dlt"})

    def __init__(self, place: Place, rows: int) -> None:
        """Write the extract and the codes it refers to."""
        super().__init__(place, rows)
        # A worker of Airflow has loaded Great Expectations long before.
        inbound_gate.judge(inbound_gate.suite("JCT"), {}, 0)
        place.make("coded", "plain")
        with place.connect("coded") as connection:
            data.store_codes(connection)
        self.sha256 = data.write_transactions(place.root / COMPANY / "from_sage", 1, "", rows).sha256
        self.for_server = place.file_for_server(self.newest())
        self.few = ExitStack()

    def newest(self) -> Path:
        """Give the extract written last."""
        return max((self.place.root / COMPANY / "from_sage").glob("JCT_*.csv"))

    def prepare(self, way: str) -> None:
        """Give a database without any transaction."""
        self.place.make("round", "coded")
        with self.place.connect("round") as connection:
            if way == "copy":
                names = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in COLUMNS)
                connection.execute(sql.SQL("create table bare ({})").format(names))
            if way == "ceiling":
                data.run(connection, "create_typed")
        if way in rivals.WAYS:
            few = self.few.enter_context(data.first_lines(self.newest(), min(self.rows, SCALED_ROWS)))
            self.rival = self.few.enter_context(rivals.Rival(way, url=self.place.url("round"), file=str(few)))
        gc.collect()

    def run(self, way: str) -> int:
        """Take the extract, or bring it in otherwise."""
        if way == PRODUCT:
            with self.place.connect("round") as connection, self.place.exchange() as exchange:
                outcomes = inbound.take_transfers(connection, exchange, COMPANY, ["JCT"], "PROD")
            return require(sum(outcome.rows_landed for outcome in outcomes), self.rows)
        if way == "copy":
            with self.place.connect("round") as connection:
                return copy_bare(connection, self.for_server)
        if way == "ceiling":
            with self.place.connect("round") as connection, self.place.exchange() as exchange:
                return require(self._copy_typed(connection, exchange), self.rows)
        with self.few:
            return require(self.rival.run(), min(self.rows, SCALED_ROWS))

    def _copy_typed(self, connection: Connection, exchange: Exchange) -> int:
        path, digest = str(self.newest().relative_to(self.place.root)), hashlib.sha256()
        statement = sql.SQL("copy typed ({}) from stdin (format csv, header true, encoding 'win1252')").format(
            sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
        )
        with connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for chunk in exchange.chunks(path, LIMIT, LIMIT):
                    digest.update(chunk)
                    copy.write(chunk)
            require(int(digest.hexdigest() == self.sha256), 1)
            return cursor.rowcount

    def finish(self) -> None:
        """See what memory a process takes that does nothing else, and that the ceiling holds the same rows."""
        self.prepare(PRODUCT)
        self.figures[MEMORY] = processes.take_extract(self.place, "round", self.rows)
        with self.place.connect("round") as connection, self.place.exchange() as exchange:
            data.run(connection, "create_typed")
            self._copy_typed(connection, exchange)
            self.figures[APART] = data.run(connection, "select_typed_apart")

    def goals(self, result: Result) -> list[Goal]:
        """Give ratios and memory."""
        return [
            Goal("rows/s beside COPY", result.ratio("copy"), at_least=0.55, unit="x"),
            Goal("rows/s beside the ceiling", result.ratio("ceiling"), at_least=0.9, unit="x"),
            Goal(MEMORY, result.figures[MEMORY], at_most=400),
            *_ten_times(result),
        ]


def _ten_times(result: Result) -> Iterator[Goal]:
    for way, name in (("to_sql", "pandas to_sql"), ("dlt", "dlt")):
        if way in result.runs:
            yield Goal(f"rows/s beside {name} (scaled)", result.ratio(way), at_least=10, unit="x")


def copy_bare(connection: Connection, path: Path) -> int:
    """Let the server copy a file into table `bare` of text columns; gives the rows."""
    return connection.execute(
        sql.SQL("copy bare from {} (format csv, header true, encoding 'win1252')").format(str(path))
    ).rowcount
