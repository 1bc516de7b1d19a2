"""The files the house's rules are held on."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[2]
ROOMS = ("plugins", "dags", "agent", "sandbox", "ops", "bench", "verify", "tests")
NOT_OURS = {"var", ".venv", ".git", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}


def python_files(*rooms: str) -> list[Path]:
    """Give the Python files of rooms, by path."""
    found = (path for room in rooms or ROOMS for path in (REPOSITORY / room).rglob("*.py"))
    return sorted(path for path in found if not NOT_OURS & set(path.parts))


def sql_files() -> list[Path]:
    """Give every SQL file, by path."""
    found = (path for room in ("include", *ROOMS) for path in (REPOSITORY / room).rglob("*.sql"))
    return sorted(path for path in found if not NOT_OURS & set(path.parts))


def text_files() -> Iterator[Path]:
    """Give every file of the repository that holds text."""
    for path in sorted(REPOSITORY.rglob("*")):
        if path.is_file() and not NOT_OURS & set(path.relative_to(REPOSITORY).parts):
            yield path


@cache
def tree(path: Path) -> ast.Module:
    """Parse a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path, node: ast.AST) -> str:
    """Name a place for the message of a failure."""
    return f"{path.relative_to(REPOSITORY)}:{getattr(node, 'lineno', 1)}"
