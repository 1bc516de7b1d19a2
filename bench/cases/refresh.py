"""A complete extract comes again with few changes: merged by the product, or upserted whole."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING, ClassVar

from bench import data
from bench.goals import Goal
from bench.place import COMPANY
from bench.staging import context, stage
from bench.timing import GROWTH_TIMES, PRODUCT, Case, Result, require
from sage_bridge.event_feed import INBOUND
from sage_hooks import inbound, inbound_gate, inbound_staging
from sage_hooks.inbound_landing import run_landing
from sage_hooks.warehouse import run_file

if TYPE_CHECKING:
    from bench.place import Place
    from sage_hooks.warehouse import Connection

CHANGED_EVERY = 100
WHOLE = "whole path of the same extract, rows/s"


class RefreshCase(Case):
    """A mirror of Sage's transactions meets an extract with 1 % changed rows; beside an upsert of every row."""

    name = "refresh"
    title = "refresh of the mirror, 1 % changed"
    ways: ClassVar[dict[str, str]] = {
        PRODUCT: "what differs is merged, history kept, rows that are gone noted",
        "upsert": "INSERT .. ON CONFLICT DO UPDATE of every row, no history",
    }
    main_times = GROWTH_TIMES

    def __init__(self, place: Place, rows: int) -> None:
        """Land the first extract; stage the second one in a table that copies of the database have too."""
        super().__init__(place, rows)
        # A worker of Airflow has loaded Great Expectations long before.
        inbound_gate.judge(inbound_gate.suite("JCT"), {}, 0)
        place.make("mirror", "plain")
        folder = place.root / COMPANY / "from_sage"
        with place.connect("mirror") as connection, place.exchange() as exchange:
            data.store_codes(connection)
            first = data.write_transactions(folder, 1, "", rows)
            inbound.take_transfers(connection, exchange, COMPANY, ["JCT"], "PROD")
            self.manifest = data.write_transactions(folder, 2, first.sha256, rows, changed_every=CHANGED_EVERY)
            stage(connection, place, max(folder.glob("JCT_*.csv")), self.manifest)
            connection.execute("create table bench_staged as table staged")
            connection.commit()
            connection.autocommit = True
            connection.execute("vacuum analyze core.job_cost_transaction, bench_staged")

    def prepare(self, way: str) -> None:
        """Give a copy; the rival keeps no history, so its table has no trigger that would."""
        self.place.make("round", "mirror")
        if way != PRODUCT:
            with self.place.connect("round") as connection:
                connection.execute("alter table core.job_cost_transaction disable trigger user")
        gc.collect()

    def run(self, way: str) -> int:
        """Merge, or upsert."""
        with self.place.connect("round") as connection:
            if way == PRODUCT:
                connection.execute("create temporary view staged as table bench_staged")
                run_file(connection, "landing/create_staged_quarantine")
                inbound_staging.stage_views(connection, INBOUND["JCT"])
                changed, _ = run_landing(connection, "JCT", context(self.manifest))
                require(changed, -(-self.rows // CHANGED_EVERY))
            else:
                require(self._upsert(connection), self.rows)
        return self.rows

    def _upsert(self, connection: Connection) -> int:
        return data.run(connection, "upsert_transactions")

    def finish(self) -> None:
        """Time the whole path once: most of it is the file."""
        self.place.make("round", "mirror")
        began = time.monotonic()
        with self.place.connect("round") as connection, self.place.exchange() as exchange:
            inbound.take_transfers(connection, exchange, COMPANY, ["JCT"], "PROD")
        self.figures[WHOLE] = self.rows / (time.monotonic() - began)

    def goals(self, result: Result) -> list[Goal]:
        """Give rate and write-ahead log."""
        less = result.median("upsert", "wal_bytes") / max(result.median(PRODUCT, "wal_bytes"), 1)
        return [
            Goal("rows/s beside ON CONFLICT of everything", result.ratio("upsert"), at_least=3, unit="x"),
            Goal("less WAL than ON CONFLICT of everything", less, at_least=7, unit="x"),
        ]
