"""Reading Sage's tables: one interface over the `Timberline Data` ODBC driver and over SQLite.

Every query names its columns (never `*`: Sage's wide tables break old clients at column 255), quotes
every identifier (`Check`, `Group`, `Date` are reserved words) and is read in chunks. Nothing is ever
written: the connection is opened for reading only, although Sage's driver could write (reference, 1.1).
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import struct
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.values import Notes, converter
from sage_bridge.errors import BadConfig, BridgeError, RefusedLine, Transient
from sage_bridge.feeds import FEEDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from agent.config import SourceConfig
    from sage_bridge.feeds import Column, Feed

CHUNK_ROWS = 2000
AWAY = "RS-961"
_DRIVER = re.compile(r"(?:^|;)\s*driver\s*=\s*\{?([^;}]+)\}?", re.IGNORECASE)
_MISSING = (
    "name the table or column in source.tables or source.columns, or put the flow into source.flows_off; wrong"
    " connection parameters and a missing ODBC read permission look exactly like this, so check StandardMode=1 and the"
    " task permission"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a feed is read here: its table, and for each column the source columns it is made of."""

    feed: Feed
    table: str
    names: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, flow: str, config: SourceConfig, names: tuple[str, ...] = ()) -> Plan:
        """Plan a flow, or only some of its columns, with the overrides of the configuration."""
        feed = FEEDS[flow]
        overrides = config.columns.get(flow, {})
        names = names or feed.names
        return cls(
            feed, config.tables.get(flow, feed.table), names, tuple(overrides.get(name, (name,)) for name in names)
        )

    @property
    def selected(self) -> tuple[str, ...]:
        """Source columns to ask for, each once."""
        return tuple(dict.fromkeys(part for parts in self.parts for part in parts))

    def statement(self, *, ordered: bool) -> str:
        """Give the query; ordered by the key, because the same rows must give the same bytes."""
        words = ["select", ", ".join(map(_quoted, self.selected)), "from", _quoted(self.table)]
        key = [
            part for name, parts in zip(self.names, self.parts, strict=True) if name in self.feed.key for part in parts
        ]
        if ordered and key:
            words += ["order by", ", ".join(map(_quoted, key))]
        return " ".join(words)


@dataclass(slots=True)
class Reading:
    """The rows of one feed under way: chunks of text rows, and notes that are complete once all are read."""

    chunks: Iterator[list[list[str]]]
    notes: Notes = field(default_factory=Notes)


class Source(ABC):
    """Sage's tables through one DB-API connection, opened when first needed."""

    def __init__(self, config: SourceConfig) -> None:
        """Remember the configuration; nothing is opened."""
        self.config = config
        self._connection: Any = None

    def read(self, flow: str, names: tuple[str, ...] = (), *, ordered: bool = True) -> Reading:
        """Read a flow as rows of text in feed order.

        Raises (while the chunks are read):
            BadConfig: RS-163 the table or a column is not there, or may not be read.
            RefusedLine: RS-360 a value is not of its column's kind; the row is named by its key.
            Transient: RS-961 the source is away or busy.
        """
        plan = Plan.of(flow, self.config, names)
        notes = Notes()
        return Reading(self._chunks(plan, notes, ordered=ordered), notes)

    def probe(self, flow: str) -> None:
        """Ask for no more than one row of a flow; the errors are those of `read`.

        The table is probed by name: asking the driver for its list of tables can hang (reference, 1.1).
        """
        plan = Plan.of(flow, self.config)
        with self._explained(plan), contextlib.closing(self._execute(plan, plan.statement(ordered=False))) as cursor:
            cursor.fetchone()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read everything inside as of one moment, where the source offers it."""
        with self._explained(None):
            self._begin(self._open())
        try:
            yield
        finally:
            if self._connection is not None:
                with contextlib.suppress(self._errors()):
                    self._connection.rollback()

    def mark(self) -> int | None:
        """Give a number that differs whenever the source may have changed; None where it has none."""
        return None

    def close(self) -> None:
        """Close the connection; it is opened again when needed."""
        if self._connection is not None:
            with contextlib.suppress(self._errors()):
                self._connection.close()
            self._connection = None

    @abstractmethod
    def _connect(self) -> Any: ...

    @abstractmethod
    def _begin(self, connection: Any) -> None: ...

    @abstractmethod
    def _errors(self) -> type[Exception]: ...

    @abstractmethod
    def _is_missing(self, failure: Exception) -> bool: ...

    def _open(self) -> Any:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _execute(self, plan: Plan, statement: str) -> Any:
        cursor = self._open().cursor()
        cursor.execute(statement)
        # SQLite takes an unknown quoted name for a text: the answer's column names tell.
        for asked, found in zip(plan.selected, cursor.description, strict=True):
            if found[0] and str(found[0]).casefold() != asked.casefold():
                raise _missing(plan, f"no column {asked}")
        return cursor

    def _chunks(self, plan: Plan, notes: Notes, *, ordered: bool) -> Iterator[list[list[str]]]:
        converters = [converter(_column(plan.feed, name), notes, is_key=name in plan.feed.key) for name in plan.names]
        is_plain = all(len(parts) == 1 for parts in plan.parts) and len(plan.selected) == len(plan.parts)
        places = [tuple(plan.selected.index(part) for part in parts) for parts in plan.parts]
        with self._explained(plan), contextlib.closing(self._execute(plan, plan.statement(ordered=ordered))) as cursor:
            while rows := cursor.fetchmany(CHUNK_ROWS):
                if not is_plain:
                    rows = [_composed(row, places) for row in rows]
                yield _converted(plan, converters, rows)

    @contextlib.contextmanager
    def _explained(self, plan: Plan | None) -> Iterator[None]:
        try:
            yield
        except self._errors() as failure:
            if plan is not None and self._is_missing(failure):
                raise _missing(plan, str(failure)) from failure
            self.close()
            raise Transient(
                AWAY,
                "the Sage data source does not answer",
                record=plan.table if plan else self.config.kind,
                found=str(failure),
                do="it is tried again; if it stays away, run self-test",
            ) from failure


class SqliteSource(Source):
    """A SQLite file with Sage's table names: the sandbox, and what tests build."""

    def mark(self) -> int | None:
        """Give SQLite's data version, which moves with every commit of another connection."""
        with self._explained(None):
            return int(self._open().execute("pragma data_version").fetchone()[0])

    def _connect(self) -> sqlite3.Connection:
        path = self.config.path
        uri = f"{path.absolute().as_uri()}?mode=ro" if path else ""
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=self.config.timeout_seconds)

    def _begin(self, connection: sqlite3.Connection) -> None:
        connection.execute("begin")

    def _errors(self) -> type[Exception]:
        return sqlite3.Error

    def _is_missing(self, failure: Exception) -> bool:
        return str(failure).startswith(("no such table", "no such column"))


class OdbcSource(Source):
    """The `Timberline Data` driver, or any other ODBC driver over tables of the same names."""

    def _connect(self) -> Any:
        pyodbc = _pyodbc()

        # The driver manager's pooling would hand out connections of another thread and hide a broken one.
        pyodbc.pooling = False
        connection = pyodbc.connect(
            self.config.connection_string, autocommit=False, readonly=True, timeout=int(self.config.timeout_seconds)
        )
        connection.setdecoding(pyodbc.SQL_CHAR, encoding=self.config.char_encoding)
        return connection

    def _begin(self, connection: Any) -> None:
        # With autocommit off the first query opens the transaction; an older one would show old rows.
        connection.rollback()

    def _errors(self) -> type[Exception]:
        errors: type[Exception] = _pyodbc().Error
        return errors

    def _is_missing(self, failure: Exception) -> bool:
        state = str(failure.args[0]) if failure.args else ""
        text = str(failure).casefold()
        # 42S02/42S22/S0002/S0022: table or column not found; 42000 and HY000 carry it as text in some drivers.
        return state in {"42S02", "42S22", "S0002", "S0022"} or any(
            words in text for words in ("no such table", "no such column", "view not found", "column not found")
        )


def open_source(config: SourceConfig) -> Source:
    """Give the source that the configuration names; it connects when first read."""
    return OdbcSource(config) if config.kind == "odbc" else SqliteSource(config)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _column(feed: Feed, name: str) -> Column:
    return next(column for column in feed.columns if column.name == name)


def _composed(row: Sequence[object], places: list[tuple[int, ...]]) -> list[object]:
    return [
        row[place[0]] if len(place) == 1 else "-".join(str(row[index]).strip() for index in place) or None
        for place in places
    ]


def _converted(
    plan: Plan, converters: list[Callable[[object], str]], rows: Sequence[Sequence[object]]
) -> list[list[str]]:
    converted = []
    for row in rows:
        try:
            converted.append([convert(value) for convert, value in zip(converters, row, strict=True)])
        except ValueError as nonsense:
            raise _unreadable(plan, converters, row, nonsense) from nonsense
    return converted


def _unreadable(
    plan: Plan, converters: list[Callable[[object], str]], row: Sequence[object], nonsense: ValueError
) -> BridgeError:
    key = "/".join(str(value) for name, value in zip(plan.names, row, strict=True) if name in plan.feed.key)
    for name, convert, value in zip(plan.names, converters, row, strict=True):
        try:
            convert(value)
        except ValueError:
            kind = _column(plan.feed, name).kind
            return RefusedLine(
                "RS-360",
                f"column {name} cannot be read: {nonsense}",
                record=f"{plan.table} {key}",
                expected=kind,
                found=repr(value),
                do="correct the record in Sage, or name another column in source.columns",
            )
    return RefusedLine("RS-360", f"a row cannot be read: {nonsense}", record=f"{plan.table} {key}")


def _pyodbc() -> Any:
    try:
        import pyodbc  # noqa: PLC0415 - only hosts with kind odbc have the driver manager
    except ImportError as missing:
        raise BadConfig(
            "RS-164",
            "source.kind odbc needs the package pyodbc and an ODBC driver manager",
            found=str(missing),
            do="install pyodbc into the Python that runs the agent (docs/agent.md, Installation)",
        ) from missing
    return pyodbc


def bits() -> int:
    """Give the width of this Python, which is the width of the drivers it can load."""
    return struct.calcsize("P") * 8


def find_driver(config: SourceConfig) -> None:
    """Look for the driver of the connection string by name; one that is given by its file is left to the connection.

    A driver of the other width is not seen at all, and connecting says no more than IM002.

    Raises:
        BadConfig: RS-164 no pyodbc, RS-179 no such driver.
    """
    named = _DRIVER.search(config.connection_string)
    drivers = _pyodbc().drivers()
    if named is None or "/" in named[1] or named[1].strip() in drivers:
        return
    raise BadConfig(
        "RS-179",
        "the ODBC driver of the connection string is not there for this Python",
        record=named[1].strip(),
        expected=f"a {bits()}-bit driver of this name",
        found=", ".join(drivers) or "no driver",
        do="start the agent with 32-bit Python, because Sage's driver is 32-bit; else install Sage's client here",
    )


def _missing(plan: Plan, found: str) -> BadConfig:
    return BadConfig(
        "RS-163",
        f"flow {plan.feed.flow} cannot be read",
        record=plan.table,
        expected="table and columns",
        found=found,
        do=_MISSING,
    )
