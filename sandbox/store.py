"""The company folder: one SQLite file that other programs may read while Sage works on it.

Every step is one transaction taken at its start, so a step that dies leaves nothing. Readers see the
state before or after it (write-ahead log), never between.
"""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import values
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

DATABASE = "sage.db"
BUSY_SECONDS = 60.0
COMPANY_LENGTH = 10
Connection = sqlite3.Connection
_SQL = Path(__file__).resolve().parent / "sql"
_ROWS = uuid.UUID("6a9d1e52-7c1b-5c0e-9d0e-0f4b8f6f3a11")


@cache
def statement(name: str) -> str:
    """Give the statement of `sql/<name>.sql`."""
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def connect(path: Path, *, is_shared: bool = False) -> sqlite3.Connection:
    """Open a database file with the rules of the store: explicit transactions, foreign keys, patience with others.

    A shared connection may be used by several threads, one after the other.
    """
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=not is_shared)
    connection.row_factory = sqlite3.Row
    connection.execute("pragma foreign_keys = on")
    for name, function in (
        ("cents", values.cents),
        ("money", values.money),
        ("parts", values.parts),
        ("units", values.units),
    ):
        connection.create_function(name, 1, function, deterministic=True)
    return connection


@contextmanager
def opened(data: Path) -> Iterator[sqlite3.Connection]:
    """Open the company folder at `data` and close it again; raises SandboxError when there is none."""
    path = data / DATABASE
    if not path.is_file():
        raise SandboxError(
            "there is no Sage company here",
            where=str(path),
            expected="a folder made by `create`",
            do="run `python -m sandbox --data DIR create` first",
        )
    connection = connect(path)
    try:
        yield connection
    finally:
        connection.close()


@dataclass(slots=True)
class Step:
    """One transaction that changes the company; it hands out row ids and versions that are never used again."""

    connection: sqlite3.Connection
    now: datetime
    company: str
    row_number: int
    row_version: int

    def next_row_id(self) -> str:
        """Give a new stable row id, a UUID in capitals."""
        self.row_number += 1
        return str(uuid.uuid5(_ROWS, f"{self.company}/{self.row_number}")).upper()

    def next_version(self) -> int:
        """Give the next version of the database; every changed row takes one."""
        self.row_version += 1
        return self.row_version

    def next_number(self, name: str) -> int:
        """Give the next number of a running count, from 1."""
        number = int(control(self.connection, name, "0")) + 1
        set_control(self.connection, name, str(number))
        return number

    def run(self, name: str, parameters: Mapping[str, object] | None = None) -> int:
        """Run `sql/<name>.sql`; gives the number of rows it touched."""
        return max(self.connection.execute(statement(name), parameters or {}).rowcount, 0)

    def run_many(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Run `sql/<name>.sql` for each row."""
        self.connection.executemany(statement(name), rows)

    def fetch(self, name: str, parameters: Mapping[str, object] | None = None) -> list[sqlite3.Row]:
        """Run `sql/<name>.sql` and give its rows."""
        return self.connection.execute(statement(name), parameters or {}).fetchall()


@contextmanager
def step(connection: sqlite3.Connection, now: datetime, *, is_first: bool = False) -> Iterator[Step]:
    """Do one step whole or not at all; the write lock is taken before anything is read. The first makes the tables."""
    connection.execute("begin immediate")
    try:
        if is_first:
            _create_tables(connection)
        current = Step(
            connection,
            now,
            control(connection, "company", ""),
            int(control(connection, "row_number", "0")),
            int(control(connection, "row_version", "0")),
        )
        connection.create_function("next_row_id", 0, current.next_row_id)
        connection.create_function("next_version", 0, current.next_version)
        yield current
        set_control(connection, "row_number", str(current.row_number))
        set_control(connection, "row_version", str(current.row_version))
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise


def _create_tables(connection: sqlite3.Connection) -> None:
    for sql in statement("create_tables").split(";\n"):
        if sql.strip():
            connection.execute(sql)


def control(connection: sqlite3.Connection, name: str, default: str) -> str:
    """Give a remembered value."""
    row = connection.execute("select Value from SANDBOX_CONTROL where Name = ?", (name,)).fetchone()
    return default if row is None else str(row["Value"])


def set_control(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Remember a value."""
    connection.execute(
        "insert into SANDBOX_CONTROL (Name, Value) values (?, ?) "
        "on conflict (Name) do update set Value = excluded.Value",
        (name, value),
    )
