"""One database, one server, one connection for thousands of malformed transfers, each looked at by itself.

`refuse` sends many files at once, all of which must be refused; `take` sends one and tells what became of it. After
both, every table of the warehouse but the audit trail and the raw bytes is compared with what was there before.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sage_bridge.transfers import FileName, Manifest
from sage_hooks import inbound
from tests.hooks.hardness.reading import assert_landed_exactly
from tests.hooks.inbound_sender import manifest_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sage_hooks.exchange import Exchange
    from sage_hooks.inbound_records import TransferOutcome
    from tests.hooks.inbound_sender import Sender

_SENTENCE = re.compile(r"RS-2\d\d .+; record: .+", re.DOTALL)
_CLEARED = (
    "core.commitment", "core.vendor", "core.row_history", "ledger.material_event", "ledger.event_tag",
    "ledger.touched_line", "audit.chain_head", "audit.transfer", "audit.watermark", "audit.exception",
    "landing.raw_file",
)  # fmt: skip


@dataclass
class Tally:
    """Figures of a run: per kind how many were tried, refused, landed exactly, and the seconds it took."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    codes: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, outcome: str, number: int = 1, seconds: float = 0) -> None:
        """Count transfers of one kind."""
        counts = self.counts.setdefault(kind, Counter())
        counts["tried"] += number
        counts[outcome] += number
        counts["milliseconds"] += round(seconds * 1000)

    def merge(self, other: Tally) -> None:
        """Add the figures of another run of tests."""
        for kind, counts in other.counts.items():
            self.counts.setdefault(kind, Counter()).update(counts)
        self.codes.update(other.codes)

    def lines(self) -> list[str]:
        """Give the figures as lines of a table, with their sum."""
        total: Counter[str] = sum(self.counts.values(), Counter())
        rows = [("kind", "tried", "refused", "landed", "parked", "seconds")]
        for kind, counts in [*sorted(self.counts.items()), ("all", total)]:
            figures = (str(counts[name]) for name in ("tried", "refused", "landed", "parked"))
            rows.append((kind, *figures, f"{counts['milliseconds'] / 1000:.1f}"))
        table = [f"{row[0]:<34}" + "".join(f"{cell:>10}" for cell in row[1:]) for row in rows]
        return [*table, "refused by: " + ", ".join(f"{code} {count}" for code, count in sorted(self.codes.items()))]


@dataclass(frozen=True)
class Malformed:
    """A data file and its manifest as they lie in the folder, and what was done to them."""

    what: str
    content: bytes
    manifest: bytes


class Stand:
    """A company's inbound folders with one connection to each side, and the state of its warehouse before."""

    def __init__(self, sender: Sender, exchange: Exchange, tally: Tally) -> None:
        self.sender, self.exchange, self.tally = sender, exchange, tally
        self._tables = [
            f"{row['table_schema']}.{row['table_name']}"
            for row in sender.rows(
                "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' "
                "and table_schema in ('core', 'ledger', 'outbox', 'recon', 'landing') "
                "and table_name <> 'raw_file' order by 1, 2"
            )
        ]
        sender.connection.execute("alter table ledger.material_event disable trigger append_only")
        self.before = self.snapshot()

    def snapshot(self) -> dict[str, tuple[int, int]]:
        """Give number of rows and a hash over all of them, for every table that a landing could touch."""
        parts = [
            f"select '{table}' as name, count(*) as n, "  # noqa: S608 - tables of our own
            f"coalesce(sum(hashtextextended(t::text, 0)), 0) as h from {table} as t"
            for table in self._tables
        ]
        return {row["name"]: (row["n"], int(row["h"])) for row in self.sender.rows(" union all ".join(parts))}

    def clear(self) -> None:
        """Empty what a case may have filled; the trigger that forbids it was taken off the database of this test."""
        connection = self.sender.connection
        for table in _CLEARED:
            connection.execute(f"delete from {table}".encode())  # noqa: S608 - tables of our own
        connection.commit()
        for folder in ("from_sage", "from_runblu", "ack"):
            for path in self.sender.folder(folder).iterdir():
                path.unlink()

    def refuse(self, kind: str, flow: str, cases: Iterable[Malformed], *, is_chained: bool = False) -> None:
        """Send files that must all be refused, under numbers of their own, in one run.

        Args:
            kind: under which they are counted.
            flow: their feed.
            cases: data and manifest of each.
            is_chained: whether the manifests can be read; then each is made to follow the one before.
        """
        started = time.monotonic()
        names, before = {}, ""
        for seq, case in enumerate(cases, 1):
            name, manifest = self._name(flow, seq), case.manifest
            if is_chained:
                told = Manifest.from_bytes(manifest, name)
                manifest = manifest_bytes(told, seq=seq, previous_seq=seq - 1, previous_sha256=before)
                before = told.sha256
            self.sender.write(name, case.content, manifest)
            names[name] = case
        outcomes = self._run(flow)
        assert len(outcomes) == len(names)
        for outcome in outcomes:
            self._assert_refused(outcome, names[outcome.file_name].what)
        assert self.snapshot() == self.before
        self.tally.add(kind, "refused", len(names), time.monotonic() - started)
        self.clear()

    def take(self, kind: str, flow: str, case: Malformed, encoding: str = "utf-8") -> str:
        """Send one file; it is refused or parked and nothing has changed, or it has landed as its bytes say."""
        started = time.monotonic()
        name = self._name(flow, 1)
        self.sender.write(name, case.content, case.manifest)
        outcomes = self._run(flow)
        (outcome,) = outcomes
        state = {"waiting_approval": "parked"}.get(outcome.state, outcome.state)
        if state == "landed":
            self._assert_recorded(outcome, case)
            assert_landed_exactly(self.sender, flow, case.content, encoding, outcome.rows_quarantined)
        elif state == "parked":
            assert outcome.reason.startswith(("RS-210", "RS-211")), (case.what, outcome)
            assert self.snapshot() == self.before, case.what
        else:
            self._assert_refused(outcome, case.what)
            assert self.snapshot() == self.before, case.what
        self.tally.add(kind, state, 1, time.monotonic() - started)
        self.clear()
        return outcome.reason[:6] or state

    def _name(self, flow: str, seq: int) -> str:
        extension = "ndjson" if flow == "EVENT" else "csv"
        return str(FileName(flow, self.sender.company, self.sender.environment, seq, 1, extension))

    def _run(self, flow: str) -> list[TransferOutcome]:
        return inbound.take_transfers(
            self.sender.connection, self.exchange, self.sender.company, [flow], self.sender.environment
        )

    def _assert_refused(self, outcome: TransferOutcome, what: str) -> None:
        assert outcome.state == "refused", (what, outcome)
        assert _SENTENCE.match(outcome.reason), (what, outcome)
        assert outcome.file_name in outcome.reason, (what, outcome)
        assert outcome.reason.isprintable(), (what, outcome)
        assert outcome.needs_person, what
        assert (outcome.rows_landed, outcome.rows_changed) == (0, 0), what
        self.tally.codes[outcome.reason[:6]] += 1

    def _assert_recorded(self, outcome: TransferOutcome, case: Malformed) -> None:
        """Watermark and raw bytes are those of this file."""
        sha256 = hashlib.sha256(case.content).hexdigest()
        assert self.sender.rows("select sha256 from audit.watermark") == [{"sha256": sha256}], case.what
        (raw,) = self.sender.rows("select content from landing.raw_file")
        assert bytes(raw["content"]) == case.content, case.what
        assert outcome.rows_landed + outcome.rows_quarantined == outcome.row_count, case.what
