"""What the hosted service holds of a company folder: a copy of its records as documents, each with its version.

As with the real one, a client beside Sage keeps the copy up to date; here that happens before a read whenever the
folder has changed. A record that is gone stays as an archived document, so that readers by version learn of it.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox import store
from sandbox.api import numbers
from sandbox.api.shapes import SHAPES, Document, Ids, Shape

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.store import Step

PAGE_SIZE = 500


class Cloud:
    """One company as the service knows it; one request at a time works on it."""

    def __init__(self, data: Path, page_size: int = PAGE_SIZE) -> None:
        """Open the company folder at `data`; raises SandboxError when there is none."""
        self.data = data
        self.page_size = page_size
        self._lock = threading.RLock()
        self._seen = -1
        with store.opened(data) as connection:
            for statement in store.statement("create_api_tables").split(";\n"):
                if statement.strip():
                    connection.execute(statement)
            self.ids = Ids(store.control(connection, "company", ""))
        self._connection = store.connect(data / store.DATABASE, is_shared=True)
        self._connection.execute("pragma synchronous = normal")

    def close(self) -> None:
        """Let go of the folder."""
        self._connection.close()

    @contextmanager
    def step(self) -> Iterator[Step]:
        """Change the folder in one transaction, as Sage would; what a killed service has answered stays done."""
        with self._lock, store.opened(self.data) as connection:
            connection.execute("pragma synchronous = normal")
            with store.step(connection, datetime.now(UTC)) as step:
                yield step

    def fetch(self, select: str, *parameters: object) -> list[sqlite3.Row]:
        """Give rows without changing anything."""
        with self._lock:
            return self._connection.execute(select, parameters).fetchall()

    def page(self, resource: str, page: int | None, version: int, parent: str = "") -> list[Document]:
        """Give the documents newer than `version` by rising version: one page of them, or all where `page` is None."""
        with self._lock:
            self._refresh()
            rows = self._connection.execute(
                "select Id, Version, Body, Is_Gone from SANDBOX_API_DOCUMENT "
                "where Resource = ? and Version > ? and (? = '' or Parent = ?) order by Version limit ? offset ?",
                (resource, version, parent, parent, -1 if page is None else self.page_size,
                 0 if page is None else page * self.page_size),
            ).fetchall()  # fmt: skip
        return [_served(row) for row in rows]

    def knows(self, resource: str, identity: str) -> bool:
        """Tell whether there is such a document."""
        return self.find(resource, identity) is not None

    def find(self, resource: str, identity: str) -> Document | None:
        """Give a document by its id; None when there is none."""
        with self._lock:
            self._refresh()
            row = self._connection.execute(
                "select Id, Version, Body, Is_Gone from SANDBOX_API_DOCUMENT where Resource = ? and Id = ?",
                (resource, identity),
            ).fetchone()
        return None if row is None else _served(row)

    def touch_first(self, resource: str, version: int) -> None:
        """Change the first document that a reader from `version` on has seen: what follows moves up by one place."""
        with self.step() as step:
            step.connection.execute(
                "update SANDBOX_API_DOCUMENT set Version = ? where Resource = ? and Version = ("
                "select min(Version) from SANDBOX_API_DOCUMENT where Resource = ? and Version > ?)",
                (next_version(step), resource, resource, version),
            )

    def _refresh(self) -> None:
        """Bring the documents up to the folder, unless nobody else has changed it since the last time."""
        connection = self._connection
        # The number changes with every commit of another connection, never with those of this one.
        if connection.execute("pragma data_version").fetchone()[0] == self._seen:
            return
        with store.step(connection, datetime.now(UTC)) as step:
            self._seen = connection.execute("pragma data_version").fetchone()[0]
            for shape in SHAPES:
                self._refresh_shape(step, shape)

    def _refresh_shape(self, step: Step, shape: Shape) -> None:
        connection = step.connection
        held = {
            row["Id"]: (row["Body"], row["Is_Gone"])
            for row in connection.execute(
                "select Id, Body, Is_Gone from SANDBOX_API_DOCUMENT where Resource = ?", (shape.resource,)
            )
        }
        for row in connection.execute(shape.select).fetchall():
            identity, parent, body = shape.make(row, self.ids)
            text = numbers.write(body)
            if held.pop(identity, None) != (text, 0):
                _keep(step, shape.resource, identity, parent, text)
        for identity, (_, is_gone) in held.items():
            if not is_gone:
                connection.execute(
                    "update SANDBOX_API_DOCUMENT set Is_Gone = 1, Version = ? where Resource = ? and Id = ?",
                    (next_version(step), shape.resource, identity),
                )


def next_version(step: Step) -> int:
    """Give the next version; all resources count together."""
    return step.next_number("api_version")


def _keep(step: Step, resource: str, identity: str, parent: str, body: str) -> None:
    step.connection.execute(
        "insert into SANDBOX_API_DOCUMENT (Resource, Id, Parent, Version, Body) values (?, ?, ?, ?, ?) "
        "on conflict (Resource, Id) do update set Version = excluded.Version, Body = excluded.Body, Is_Gone = 0",
        (resource, identity, parent, next_version(step), body),
    )


def _served(row: sqlite3.Row) -> Document:
    body = numbers.read(row["Body"])
    if not isinstance(body, dict):
        raise TypeError(row["Id"])
    return {
        "Id": row["Id"], "Version": row["Version"], "HasExternalId": True, "IsActive": not row["Is_Gone"],
        "IsArchived": bool(row["Is_Gone"]),
    } | {key: value for key, value in body.items() if key != "IsActive" or not row["Is_Gone"]}  # fmt: skip


def decimal(value: object) -> Decimal | None:
    """Give a JSON number as a Decimal, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    return Decimal(value)
