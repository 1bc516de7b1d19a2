"""Every Sage table as CSV: header, UTF-8, LF, ISO dates, plain decimals, empty = null."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.store import Connection

_OWN = "SANDBOX_"


def export(connection: Connection, out: Path) -> dict[str, int]:
    """Write one file per table as of one moment; gives the rows of each. A file appears whole or not at all."""
    counts = {}
    try:
        out.mkdir(parents=True, exist_ok=True)
        connection.execute("begin")
        try:
            for table in tables(connection):
                counts[table] = _write(connection, table, out)
        finally:
            connection.execute("rollback")
    except OSError as broken:
        raise SandboxError(
            f"the export cannot be written ({broken.strerror})",
            where=str(broken.filename or out),
            expected="a writable folder",
            do="give another --out",
        ) from None
    return counts


def tables(connection: Connection) -> list[str]:
    """Give the names of Sage's tables, without the stand-in's own."""
    rows = connection.execute("select name from sqlite_master where type = 'table' order by name").fetchall()
    return [row["name"] for row in rows if not row["name"].startswith((_OWN, "sqlite_"))]


def _write(connection: Connection, table: str, out: Path) -> int:
    part = out / f"{table}.csv.part"
    order = "order by Run, Sequence" if table.startswith("JCT_") else "order by rowid"
    # SQLite cannot bind a table's name; this one comes from the database's own list of tables.
    cursor = connection.execute(f'select * from "{table}" {order}')  # noqa: S608 - an own table's name, quoted
    count = 0
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([column[0] for column in cursor.description])
        while rows := cursor.fetchmany(5000):
            writer.writerows(rows)
            count += len(rows)
    part.replace(out / f"{table}.csv")
    return count
