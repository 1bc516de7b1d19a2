"""A day's posting: value entries to sealed bytes, and sealed bytes to rows that Sage shows as posted."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING, ClassVar

from bench import data, sage
from bench.books import books, land_and_value, settle
from bench.goals import Goal
from bench.place import COMPANY
from bench.timing import PRODUCT, Case, Result, require
from sage_hooks import inbound, outbox

if TYPE_CHECKING:
    from bench.place import Place

MOST_SECONDS = 300
SECONDS_WITHOUT_WORK = 120
SECONDS_BETWEEN_LOOKS = 0.2


class PostingCase(Case):
    """A day's events of many order lines into sealed files; beside one GROUP BY over the same entries."""

    name = "posting"
    title = "daily posting, entries to sealed files"
    ways: ClassVar[dict[str, str]] = {
        PRODUCT: "price variance, cost lines, references, holds, files, manifests, suite of every file",
        "group_by": "one GROUP BY over the same entries into a temporary table",
    }
    # The reconciliation seals a million events and five: it tells how that grows.
    grows = False

    def __init__(self, place: Place, rows: int) -> None:
        """Take books with everything valued and nothing posted."""
        super().__init__(place, rows)
        self.books = books(place, "day", data.ONE_DAY, rows)

    def prepare(self, way: str) -> None:
        """Give a copy."""
        del way
        self.place.make("round", self.books.database)
        gc.collect()

    def run(self, way: str) -> int:
        """Seal, or group."""
        with self.place.connect("round") as connection:
            if way == PRODUCT:
                require(outbox.seal_costs(connection, COMPANY).lines, self.books.lines)
            else:
                require(data.run(connection, "group_entries"), self.books.lines)
        return self.books.events

    def goals(self, result: Result) -> list[Goal]:
        """Give the ratio as times."""
        return [Goal("time beside one GROUP BY", 1 / result.ratio("group_by"), at_most=3, unit="x")]


class RoundTripCase(Case):
    """The lines of a day sealed, sent over SFTP, imported and posted by the sandbox, read back; nothing beside it."""

    name = "round_trip"
    title = "lines sealed, sent, acknowledged, posted, read back"
    ways: ClassVar[dict[str, str]] = {PRODUCT: "seal, SFTP, agent, import macro, answers, posting, extract, read-back"}
    once = frozenset({PRODUCT})
    grows = False

    def __init__(self, place: Place, rows: int) -> None:
        """Load a company into the sandbox, take its masters over SFTP, land and value a day's events."""
        super().__init__(place, rows)
        shape = data.ONE_DAY
        self.lines = shape.lines(rows)
        self.side = sage.start(place, self.lines)
        place.make("round", "plain")
        with place.connect("round") as connection:
            self._take(sage.MASTERS)
            data.store_documents(connection, shape, 0, rows)
            require(land_and_value(connection), shape.whole(rows))
            settle(connection)

    def run(self, way: str) -> int:
        """Bring every line to Sage and back."""
        del way
        with self.place.connect("round") as connection, self.place.exchange() as exchange:
            require(outbox.seal_costs(connection, COMPANY).lines, self.lines)
            until = time.monotonic() + SECONDS_WITHOUT_WORK
            while outbox.deliver(connection, exchange, COMPANY, "DC").is_waiting or self._unanswered():
                if outbox.take_answers(connection, exchange, COMPANY) != outbox.Answered():
                    until = time.monotonic() + SECONDS_WITHOUT_WORK
                require(int(time.monotonic() < until), 1)
                time.sleep(SECONDS_BETWEEN_LOOKS)
            self.side.sandbox("post-entries")
            self._take(("JCT", "JCN"))
            return require(outbox.confirm_posted(connection, COMPANY).lines, self.lines)

    def _unanswered(self) -> bool:
        with self.place.connect("round") as connection:
            row = connection.execute(
                "select count(*) as n from outbox.batch where state not in ('accepted', 'part', 'rejected', 'posted')"
            ).fetchone()
        return bool(row and row["n"])

    def _take(self, flows: tuple[str, ...]) -> None:
        self.side.agent("extract", "--flows", ",".join(flows))
        with self.place.connect("round") as connection, self.place.exchange() as exchange:
            inbound.require_landed(inbound.take_transfers(connection, exchange, COMPANY, flows, "PROD"))

    def close(self) -> None:
        """Stop the agent."""
        self.side.stop_agent()

    def goals(self, result: Result) -> list[Goal]:
        """Give the minutes, by lines."""
        seconds = result.median(PRODUCT, "wall_seconds")
        words = f"seconds for {self.lines:,} lines"
        return [Goal(words, seconds, at_most=MOST_SECONDS * self.lines / 50_000)]
