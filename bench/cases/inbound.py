"""Extracts of Sage on their way into the mirror, as the DAG takes them: new rows, and a refresh with few changes."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from psycopg import sql

from bench import data
from bench.place import COMPANY
from bench.timing import require
from sage_bridge.event_feed import INBOUND
from sage_hooks import inbound, inbound_gate

if TYPE_CHECKING:
    from pathlib import Path

    from bench.place import Place

COLUMNS = INBOUND["JCT"].names


class InboundCase:
    """A first extract: SFTP file -> hashed, staged, checked, landed, audited; beside a bare COPY of the same file."""

    name = "inbound"
    product = "SFTP extract to landed mirror, all checks"
    beside = "server-side COPY of the file into text columns"
    target = "at least 0.55"

    def __init__(self, place: Place, rows: int) -> None:
        """Write the extract and the codes it refers to."""
        self.place, self.rows = place, rows
        inbound_gate.warm_up()  # A worker of Airflow has imported Great Expectations long before.
        place.make("coded", "plain")
        with place.connect("coded") as connection:
            data.store_codes(connection)
        manifest = data.write_transactions(place.root / COMPANY / "from_sage", 1, "", rows)
        self.file = self._newest()
        self.for_server = place.file_for_server(self.file)
        self.sha256 = manifest.sha256

    def _newest(self) -> Path:
        return max((self.place.root / COMPANY / "from_sage").glob("JCT_*.csv"))

    def prepare(self, way: str) -> None:
        """Give a database without any transaction."""
        self.place.make("round", "coded")
        if way == "beside":
            with self.place.connect("round") as connection:
                names = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in COLUMNS)
                connection.execute(sql.SQL("create table bare ({})").format(names))
        gc.collect()

    def run(self, way: str) -> int:
        """Take the extract, or copy it."""
        with self.place.connect("round") as connection:
            if way == "beside":
                copied = connection.execute(
                    sql.SQL("copy bare from {} (format csv, header true, encoding 'win1252')").format(
                        str(self.for_server)
                    )
                )
                return copied.rowcount
            with self.place.exchange() as exchange:
                outcomes = inbound.take_transfers(connection, exchange, COMPANY, ["JCT"], "PROD")
            landed = sum(outcome.rows_landed for outcome in outcomes)
        return require(landed, self.rows)


class RefreshCase(InboundCase):
    """A second full extract with 1 % changed rows; beside an upsert of every row from the same staged text."""

    name = "refresh"
    product = "full extract again, 1 % of the rows changed"
    beside = "COPY to text, then INSERT .. ON CONFLICT DO UPDATE of all rows"
    target = "at least 3"

    def __init__(self, place: Place, rows: int) -> None:
        """Land the first extract and write the second."""
        super().__init__(place, rows)
        with place.connect("coded") as connection, place.exchange() as exchange:
            inbound.take_transfers(connection, exchange, COMPANY, ["JCT"], "PROD")
            # The rival keeps no history, so its table has no trigger that would.
            connection.execute("create table plain (like core.job_cost_transaction including all)")
            connection.execute("insert into plain select * from core.job_cost_transaction")
            connection.execute("analyze")
        data.write_transactions(place.root / COMPANY / "from_sage", 2, self.sha256, rows, changed_every=100)
        self.for_server = place.file_for_server(self._newest())

    def run(self, way: str) -> int:
        """Take the second extract, or upsert it whole."""
        if way == "product":
            return super().run(way)
        copied = super().run(way)
        with self.place.connect("round") as connection:
            return require(data.run(connection, "upsert_transactions"), copied)
