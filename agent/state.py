"""What the agent knows for certain: one SQLite file, written in full before each irreversible step.

Extracts get their number here (seq per flow from 1, chained by sha256), deliveries to Sage their
state. A state is committed before the step that it announces and after the step that it reports, so
that whatever the agent dies of, the next start knows which step's outcome is unknown.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.config import Config

_SCHEMA = """
create table if not exists owner (company text not null, environment text not null);
create table if not exists extract (
    flow text not null, seq integer not null, file_name text not null, local_name text not null,
    sha256 text not null, size integer not null, rows integer not null, manifest blob not null,
    state text not null check (state in ('sealed', 'publishing', 'done')),
    sealed_at text not null, done_at text,
    primary key (flow, seq)
);
create index if not exists extract_open on extract (flow, seq) where state <> 'done';
create table if not exists lane (
    flow text primary key, last_seq integer not null, last_sha256 text not null
);
create table if not exists delivery (
    name text primary key, flow text not null, seq integer not null, rev integer not null,
    state text not null check (state in (
        'seen', 'parked', 'guarded', 'received', 'handed_over', 'imported', 'answered', 'moved', 'refused', 'stopped'
    )),
    outcome text not null default '', reason text not null default '',
    sha256 text not null default '', size integer not null default 0, rows integer not null default 0,
    encoding text not null default '', attempts integer not null default 0,
    accepted integer, rejected integer, ack blob, result blob,
    first_seen_at text not null, handed_over_at text, moved_at text
);
create index if not exists delivery_open on delivery (flow, seq, rev) where state <> 'moved';
create index if not exists delivery_hash on delivery (sha256) where outcome = 'taken';
create table if not exists delivery_log (
    name text not null, state text not null, detail text not null, logged_at text not null
);
create table if not exists decision (
    subject text not null, outcome text not null, decided_by text not null, reason text not null,
    decided_at text not null
);
create table if not exists duty (
    kind text not null check (kind in ('post', 'extract')), subject text not null, due_at text not null,
    reason text not null default '',
    primary key (kind, subject)
);
"""


@dataclass(frozen=True, slots=True)
class Extract:
    """One sealed extract; its bytes lie in `outgoing/<local_name>` until its manifest is on the server."""

    flow: str
    seq: int
    file_name: str
    local_name: str
    sha256: str
    size: int
    rows: int
    manifest: bytes
    state: str
    sealed_at: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file for Sage on its way; times are ISO instants in UTC."""

    name: str
    flow: str
    seq: int
    rev: int
    state: str
    outcome: str
    reason: str
    sha256: str
    size: int
    rows: int
    encoding: str
    attempts: int
    accepted: int | None
    rejected: int | None
    ack: bytes | None
    result: bytes | None
    first_seen_at: str
    handed_over_at: str | None


@dataclass(frozen=True, slots=True)
class Head:
    """The last answered file of an import lane; `seq` 0 = none yet."""

    seq: int = 0
    sha256: str = ""


_EXTRACT_COLUMNS = ", ".join(field.name for field in fields(Extract))
_DELIVERY_COLUMNS = ", ".join(field.name for field in fields(Delivery))


class State:
    """The agent's memory. One process writes at a time; commands may read and ask beside it."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; every commit reaches the disk before it returns."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = full")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all that is inside, or nothing."""
        self._connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")

    def claim(self, config: Config) -> None:
        """Tie the state to one company and environment; raises BadConfig RS-161 when it belongs to another."""
        with self.transaction():
            row = self._one("select company, environment from owner")
            if row is None:
                self._run("insert into owner values (?, ?)", config.company, config.environment)
            elif tuple(row) != (config.company, config.environment):
                raise BadConfig(
                    "RS-161",
                    "the state folder belongs to another company or environment",
                    record=str(config.state_dir),
                    expected=f"{config.company} {config.environment}",
                    found=" ".join(row),
                    do="give every company and environment a state_dir of its own",
                )

    def last_extract(self, flow: str) -> Extract | None:
        """Give the newest extract of a flow."""
        return self._extract("where flow = ? order by seq desc limit 1", flow)

    def open_extracts(self) -> list[Extract]:
        """Give extracts whose manifest is not known to be on the server, in order."""
        rows = self._all(_select(_EXTRACT_COLUMNS, "extract", "where state <> 'done' order by flow, seq"))
        return [Extract(*row) for row in rows]

    def seal_extract(self, extract: Extract) -> None:
        """Store a new extract; its seq is taken from now on."""
        self._run(
            "insert into extract (flow, seq, file_name, local_name, sha256, size, rows, manifest, state, sealed_at)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(getattr(extract, field.name) for field in fields(Extract)),
        )

    def publishing(self, extract: Extract) -> None:
        """Note that from here on the server may hold the file."""
        self._run("update extract set state = 'publishing' where flow = ? and seq = ?", extract.flow, extract.seq)

    def published(self, extract: Extract, now: str) -> None:
        """Note that data and manifest are on the server."""
        self._run(
            "update extract set state = 'done', done_at = ? where flow = ? and seq = ?", now, extract.flow, extract.seq
        )

    def delivery(self, name: str) -> Delivery | None:
        """Give one delivery by its file name."""
        row = self._one(_select(_DELIVERY_COLUMNS, "delivery", "where name = ?"), name)
        return Delivery(*row) if row else None

    def open_deliveries(self, flow: str) -> list[Delivery]:
        """Give the deliveries of a lane that are under way, in order of their numbers."""
        rows = self._all(
            _select(_DELIVERY_COLUMNS, "delivery", "where flow = ? and state <> 'moved' order by seq, rev, name"), flow
        )
        return [Delivery(*row) for row in rows]

    def deliveries(self) -> list[Delivery]:
        """Give all deliveries, newest first."""
        return [
            Delivery(*row) for row in self._all(_select(_DELIVERY_COLUMNS, "delivery", "order by first_seen_at desc"))
        ]

    def see(self, name: str, flow: str, seq: int, rev: int, now: str) -> bool:
        """Note a new file; False when it is known already."""
        cursor = self._run(
            "insert into delivery (name, flow, seq, rev, state, first_seen_at) values (?, ?, ?, ?, 'seen', ?)"
            " on conflict (name) do nothing",
            name, flow, seq, rev, now,
        )  # fmt: skip
        return bool(cursor.rowcount)

    def advance(self, name: str, state: str, now: str, detail: str = "", **values: object) -> None:
        """Move a delivery to a state, with the columns that change with it, and log it; call inside a transaction."""
        changes = {"state": state, **values}
        assignments = ", ".join([f"{column} = ?" for column in changes])
        statement = f"update delivery set {assignments} where name = ?"  # noqa: S608 - column names of our own
        self._run(statement, *changes.values(), name)
        self._run("insert into delivery_log values (?, ?, ?, ?)", name, state, detail, now)

    def head(self, flow: str) -> Head:
        """Give the last answered file of an import lane."""
        row = self._one("select last_seq, last_sha256 from lane where flow = ?", flow)
        return Head(*row) if row else Head()

    def set_head(self, flow: str, head: Head) -> None:
        """Advance an import lane."""
        self._run(
            "insert into lane values (?, ?, ?) on conflict (flow) do update"
            " set last_seq = excluded.last_seq, last_sha256 = excluded.last_sha256",
            flow, head.seq, head.sha256,
        )  # fmt: skip

    def taken_as(self, sha256: str, besides: str) -> str | None:
        """Give the name under which this content was taken before; None when it is new."""
        row = self._one(
            "select name from delivery where sha256 = ? and outcome = 'taken' and name <> ? limit 1", sha256, besides
        )
        return str(row[0]) if row else None

    def decide(self, subject: str, outcome: str, by: str, reason: str, now: str) -> None:
        """Keep a person's decision."""
        self._run("insert into decision values (?, ?, ?, ?, ?)", subject, outcome, by, reason, now)

    def add_duty(self, kind: str, subject: str, now: str) -> None:
        """Note work to be done now; asked again while under way, it is done again."""
        self._run(
            "insert into duty (kind, subject, due_at) values (?, ?, ?) on conflict (kind, subject) do update"
            " set due_at = excluded.due_at, reason = ''",
            kind, subject, now,
        )  # fmt: skip

    def put_off(self, kind: str, subject: str, due_at: str, reason: str) -> None:
        """Move a duty that failed to a later time, with the reason."""
        self._run(
            "update duty set due_at = ?, reason = ? where kind = ? and subject = ?", due_at, reason, kind, subject
        )

    def duties(self, kind: str, now: str | None = None) -> list[str]:
        """Give the subjects of a kind of duty, only those due where a time is given."""
        rows = self._all(
            "select subject from duty where kind = ? and (? is null or due_at <= ?) order by subject", kind, now, now
        )
        return [str(row[0]) for row in rows]

    def duty_failure(self, kind: str, subject: str) -> str | None:
        """Give the reason of a duty's last failure; '' when it has none, None when the duty is done."""
        row = self._one("select reason from duty where kind = ? and subject = ?", kind, subject)
        return str(row[0]) if row else None

    def end_duty(self, kind: str, subject: str, started_at: str) -> None:
        """Note that work begun at a time is done; a request made later than that stays."""
        self._run("delete from duty where kind = ? and subject = ? and due_at <= ?", kind, subject, started_at)

    def _extract(self, rest: str, *values: object) -> Extract | None:
        row = self._one(_select(_EXTRACT_COLUMNS, "extract", rest), *values)
        return Extract(*row) if row else None

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)

    def _one(self, statement: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._run(statement, *values).fetchone()
        return row

    def _all(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return self._run(statement, *values).fetchall()


def _select(columns: str, table: str, rest: str) -> str:
    return f"select {columns} from {table} {rest}"  # noqa: S608 - words of our own


class InstanceLock:
    """Held as long as an agent runs on a state folder; the operating system lets go of it when the process ends."""

    def __init__(self, state_dir: Path) -> None:
        """Take the lock; raises BadConfig RS-162 when another agent holds it."""
        state_dir.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(state_dir / "instance.lock", isolation_level=None, timeout=0)
        try:
            self._connection.execute("begin exclusive")
        except sqlite3.OperationalError as held:
            self._connection.close()
            raise BadConfig(
                "RS-162",
                "another agent runs on this state folder",
                record=str(state_dir),
                do="stop the other one, or ask it: `extract` hands its request to a running agent",
            ) from held

    def release(self) -> None:
        """Let go."""
        self._connection.close()
