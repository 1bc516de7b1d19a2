"""SQL statements by name from `include/sql`, one statement per file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sage_bridge.errors import BadConfig

SQL_DIR = Path(__file__).resolve().parents[2] / "include" / "sql"


@cache
def statement(name: str) -> str:
    """Give the statement of `include/sql/<name>.sql`; raises BadConfig RS-101 when there is none."""
    path = SQL_DIR / f"{name}.sql"
    if not path.is_file():
        raise BadConfig(
            "RS-101", "SQL file is missing", record=name, expected=str(path), do="correct the name or add the file"
        )
    return path.read_text(encoding="utf-8")
