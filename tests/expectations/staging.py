"""Rows put straight into the staging tables, without files: what the suites see."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from psycopg import sql

from sage_bridge import rule_sql
from sage_bridge.event_feed import INBOUND
from sage_hooks import inbound_gate, inbound_landing, inbound_staging
from sage_hooks.warehouse import run_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sage_hooks.warehouse import Connection


def stage(connection: Connection, flow: str, rows: Iterable[Mapping[str, Any] | str]) -> None:
    """Stage rows as a file of them would be; columns that a row lacks are empty. An event row may be text: a line."""
    feed = INBOUND[flow]
    inbound_staging.create_stage(connection, feed)
    if flow == "EVENT":
        with connection.cursor() as cursor:
            lines = [(row if isinstance(row, str) else json.dumps(row),) for row in rows]
            cursor.executemany("insert into staged_line (line) values (%s)", lines)
        run_file(connection, "landing/create_staged_events")
    else:
        names = sql.SQL(", ").join(map(sql.Identifier, feed.names))
        with (
            connection.cursor() as cursor,
            cursor.copy(sql.SQL("copy staged ({}) from stdin").format(names)) as copy,
        ):
            for row in rows:
                fields = {} if isinstance(row, str) else row
                copy.write_row([fields.get(name) or None for name in feed.names])
    inbound_staging.stage_views(connection, feed)


def violations(
    connection: Connection, flow: str, rows: Iterable[Mapping[str, Any] | str], masks: Mapping[str, str] | None = None
) -> set[tuple[int, str]]:
    """Give the number of every row and the name of the rule it breaks."""
    stage(connection, flow, rows)
    compiled = rule_sql.row_rules(inbound_gate.suite(flow), masks or {}, may_hold_controls=True)
    connection.execute(compiled.text.encode(), {**compiled.parameters, "company_id": "AW"})
    found = connection.execute("select row_no, rule from staged_violation").fetchall()
    return {(row["row_no"], row["rule"]) for row in found}


def merge(connection: Connection, flow: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Stage rows and land them unjudged."""
    stage(connection, flow, rows)
    context = inbound_landing.Context("AW", "UTC", {}, 1, "test", "UTC", is_complete=False)
    inbound_landing.run_landing(connection, flow, context)
