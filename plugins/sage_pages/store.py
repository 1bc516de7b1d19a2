"""What pages read: statements of `include/sql/pages`, in read-only transactions with a time limit."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from sage_hooks.warehouse import fetch_file
from sage_hooks.warehouse_pool import kept_warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sage_hooks.warehouse import Connection

PAGE_ROWS = 50
SECONDS_PER_PAGE = 10


@dataclass(frozen=True, slots=True)
class Page:
    """One screen of a list: its rows, the number of all rows, and where it stands."""

    rows: list[dict[str, Any]]
    total: int
    number: int

    @property
    def first(self) -> int:
        """Give the place of the first row shown, from 1; 0 when there is none."""
        return (self.number - 1) * PAGE_ROWS + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Give the place of the last row shown."""
        return (self.number - 1) * PAGE_ROWS + len(self.rows)

    @property
    def pages(self) -> int:
        """Give the number of screens."""
        return max(1, -(-self.total // PAGE_ROWS))


def rows(**wanted: tuple[str, Mapping[str, object]]) -> dict[str, list[dict[str, Any]]]:
    """Run statements of `include/sql/pages` in one snapshot.

    Args:
        wanted: by the name the page uses: the statement's name and its parameters.

    Returns:
        The rows by the same names.

    Raises:
        psycopg.Error: the warehouse is away, or a statement took longer than `SECONDS_PER_PAGE`.
    """
    with reading() as connection:
        return {
            name: fetch_file(connection, f"pages/{statement}", parameters)
            for name, (statement, parameters) in wanted.items()
        }


@contextmanager
def reading() -> Iterator[Connection]:
    """Give a connection that sees one snapshot, cannot write, and is ended after `SECONDS_PER_PAGE` of a statement."""
    with kept_warehouse() as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute("select set_config('statement_timeout', %s, true)", [f"{SECONDS_PER_PAGE}s"])
        yield connection


def page(statement: str, number: int, **parameters: object) -> Page:
    """Give one screen of a list; its statement gives `total` with every row and takes `page_rows` and `rows_before`."""
    place = {"page_rows": PAGE_ROWS, "rows_before": (max(number, 1) - 1) * PAGE_ROWS}
    found = rows(found=(statement, {**parameters, **place}))["found"]
    return Page(found, found[0]["total"] if found else 0, max(number, 1))
