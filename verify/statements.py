"""The verifier's own statements, and connections that print values in one form whatever the server's settings."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[tuple[Any, ...]]

_FOLDER = Path(__file__).parent / "sql"
# Forms of output the canonical bytes rest on; events are read along their index, so that nothing is sorted.
_SETTINGS = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "client_encoding": "UTF8",
    "search_path": "pg_catalog",
    "row_security": "off",
    "enable_sort": "off",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
}


@cache
def statement(name: str) -> bytes:
    """Give the statement of `verify/sql/<name>.sql`."""
    return (_FOLDER / f"{name}.sql").read_bytes()


def connect(dsn: str, snapshot: str = "") -> Connection:
    """Open a connection that only reads, in one snapshot for as long as it is open.

    Args:
        dsn: a libpq connection string.
        snapshot: of another connection, to see exactly what it sees.
    """
    connection: Connection = psycopg.connect(dsn, application_name="verify", autocommit=True)
    connection.execute("begin isolation level repeatable read read only")
    if snapshot:
        connection.execute(sql.SQL("set transaction snapshot {}").format(sql.Literal(snapshot)))
    configure(connection)
    return connection


def configure(connection: Connection) -> None:
    """Set the forms of output of a connection."""
    for name, value in _SETTINGS.items():
        connection.execute("select set_config(%s, %s, false)", (name, value))
