"""The questions of `docs/queries.md` with the answers printed there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.paths import REPOSITORY

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

PAGE = REPOSITORY / "docs" / "queries.md"
_QUESTION = re.compile(
    r"^## (?P<title>[^\n]+)\n.*?```sql\n(?P<query>.*?)```\n\n(?P<table>(?:\|[^\n]*\n)+)", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Question:
    """A heading of the page, its query and the rows printed below it, the names of the columns first."""

    title: str
    query: str
    answer: list[list[str]]


def questions() -> list[Question]:
    """Give the questions in the order of the page."""
    return [
        Question(
            found["title"], found["query"], [_cells(line) for line in found["table"].splitlines() if "---" not in line]
        )
        for found in _QUESTION.finditer(PAGE.read_text(encoding="utf-8"))
    ]


def ask(connection: Connection, query: str) -> list[list[str]]:
    """Give what a query answers an analyst, as the page prints it; what the role was stays for others."""
    with connection.transaction(force_rollback=True):
        connection.execute("set local role analyst")
        found = connection.execute(query.encode())
        names = [column.name for column in found.description or ()]
        return [names, *[["" if value is None else str(value) for value in row.values()] for row in found.fetchall()]]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
