"""The audit chain: the separate verifier over a whole event log, as `make verify` runs it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bench import data
from bench.cases.ledger import land_all
from bench.timing import require
from verify.statements import statement
from verify.verifier import verify

if TYPE_CHECKING:
    from bench.place import Place


class AuditChainCase:
    """Every leaf, root and head recomputed from the raw columns; beside the same lines read and hashed as they come."""

    name = "audit_chain"
    product = "separate verifier: canonical bytes, leaves, Merkle roots, heads of the whole log, two processes"
    beside = "COPY of the same columns, one sha256 over all of it, one process"
    target = "at least 0.5, and 100,000 events/s"

    def __init__(self, place: Place, rows: int) -> None:
        """Make an event log of so many events."""
        self.place, self.rows = place, rows - rows % data.EVENTS_PER_LINE
        place.make("round", "plain")
        with place.connect("round") as connection:
            data.store_documents(connection, 0, self.rows)
            land_all(connection)
            connection.autocommit = True
            connection.execute("vacuum analyze")

    def prepare(self, way: str) -> None:
        """Nothing: both ways only read."""
        del way

    def run(self, way: str) -> int:
        """Verify, or read and hash."""
        if way == "beside":
            digest, lines = hashlib.sha256(), 0
            everything = {"after": 0, "upto": 1 << 62}
            with (
                self.place.connect("round") as connection,
                connection.cursor().copy(statement("copy_events"), everything) as copy,
            ):
                for line in copy:
                    digest.update(line)
                    lines += 1
            return lines
        verdict = verify(self.place.dsn("round"))
        return require(verdict.chains["AW"].events if verdict.is_intact else 0, self.rows)
