"""docs/schemas.md: every relation and column of the warehouse with its comment, read from a migrated catalogue."""

from __future__ import annotations

import tempfile
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.paths import var_dir
from ops.postgres import Server
from sage_hooks import warehouse
from sage_hooks.warehouse import fetch_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sage_hooks.warehouse import Connection

PAGE = "schemas.md"
_SCHEMAS = {
    "mart": "views for analysts: the contract",
    "core": "typed mirror of Sage with history, mappings, periods",
    "ledger": "material events, their tags and values; append-only",
    "outbox": "what goes to Sage and to RunBlu: lines, batches, states",
    "recon": "reconciliation: runs, bridges, differences, adjustments",
    "audit": "transfers, exceptions, watermarks, chain heads, approvals",
    "landing": "raw files as received",
}


def page(connection: Connection) -> str:
    """Give the page from the catalogue of a migrated database."""
    rows = fetch_file(connection, "mart/select_catalogue", {"schemas": list(_SCHEMAS)})
    connection.commit()
    lines = [
        "# Schemas",
        "",
        "Made by `make docs` from the comments in the catalogue of a migrated warehouse. Analysts rely on schema",
        "`mart` only; the other schemas may change with any release. Words: [glossary](glossary.md).",
    ]
    for schema, found in groupby(rows, key=lambda row: row["schema_name"]):
        lines += ["", f"## {schema}: {_SCHEMAS[schema]}"]
        for relation, columns in groupby(found, key=lambda row: row["relation_name"]):
            lines += _relation(f"{schema}.{relation}", list(columns))
    return "\n".join(lines) + "\n"


def _relation(name: str, columns: Iterable[dict[str, Any]]) -> list[str]:
    columns = list(columns)
    lines = ["", f"### {name}", "", f"{_cell(columns[0]['relation_kind'])}. {_cell(columns[0]['relation_meaning'])}."]
    if columns[0]["column_name"] is None:
        return lines
    lines += ["", "| column | type | meaning |", "|---|---|---|"]
    return lines + [
        f"| `{one['column_name']}` | {one['column_type']} | {_cell(one['column_meaning'])} |" for one in columns
    ]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def fresh_page() -> str:
    """Give the page from a database that is made for it and thrown away."""
    var_dir().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="schemas-", dir=var_dir()) as folder:
        server = Server(Path(folder), options={"fsync": "off", "synchronous_commit": "off"})
        try:
            with warehouse.connect(f"{server.start()} dbname=postgres") as connection:
                warehouse.migrate(connection)
                return page(connection)
        finally:
            server.stop()
