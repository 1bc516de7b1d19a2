"""What comes in: extracts of Sage, bulk files and live events of RunBlu, and what the warehouse holds afterwards."""

from __future__ import annotations

import itertools
import json
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from sage_hooks import ledger
from sage_hooks.warehouse import connect
from tests.hooks.inbound_sender import CATEGORY, COMMITMENT, COMMITMENT_ITEM, COST_CODE, EVENT, JOB, VENDOR, Sender

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sage_hooks.warehouse import Connection
    from tests.hooks.outbox.home import Home

MASTERS = ("JOB", "COSTCODE", "CATEGORY", "VENDOR", "COMMIT", "COMITEM")
_ROWS = {
    "JOB": JOB, "COSTCODE": COST_CODE, "CATEGORY": CATEGORY, "VENDOR": VENDOR, "COMMIT": COMMITMENT,
    "COMITEM": COMMITMENT_ITEM,
}  # fmt: skip
UNITS = (10, 7, 3)
UNIT_COST = Decimal("1.25")
_numbers = itertools.count(1)

# Content by which two warehouses are compared; ids and times of a run are no content.
_CONTENT = {
    "jobs": "select company_id, job, description, status from core.job order by 1, 2",
    "codes": "select job, cost_code, status, cost_account from core.cost_code order by 1, 2",
    "categories": "select job, cost_code, category, status from core.category order by 1, 2, 3",
    "vendors": "select vendor, vendor_name from core.vendor order by 1",
    "commitments": "select commitment, vendor, amount_original from core.commitment order by 1",
    "lines": "select commitment, item_number, units, unit_cost, amount from core.commitment_item order by 1, 2",
    "events": "select event_id, event_type, quantity, document from ledger.material_event order by 1",
    "tags": "select event_id, job, cost_code, category from ledger.event_tag order by 1",
    "values": "select event_id, measure, cause_id, units, amount from ledger.value_entry order by 1, 2, 3, 4, 5",
    "transfers": "select file_name, state, row_count, rows_landed from audit.transfer order by 1",
    "marks": "select flow, seq, sha256 from audit.watermark order by 1",
    "kept": "select sha256, byte_count from landing.raw_file order by 1",
    "exceptions": "select record_kind, record_key, rule from audit.exception where closed_at is null order by 1, 2, 3",
    "inbox": "select event_id, taken_at is not null as is_taken from ledger.event_inbox order by inbox_id",
}


def receipt(number: int, units: int, **over: object) -> dict[str, Any]:
    """Give a receipt on the one line there is."""
    return {**EVENT, "event_id": f"R-{number}", "quantity": f"{units}.0000", **over}


@contextmanager
def sender_on(home: Home, template: str) -> Iterator[tuple[Sender, str]]:
    """Give a sender with a database of its own and an emptied company folder, and the database's DSN."""
    from ops.companies import default_profile, store_profile

    empty(home.server.root)
    server_dsn, _, _ = home.dsn.rpartition(" dbname=")
    name = f"fault_{next(_numbers)}"
    with psycopg.connect(f"{server_dsn} dbname=postgres", autocommit=True) as admin:
        admin.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    dsn = f"{server_dsn} dbname={name}"
    connection = connect(dsn)
    try:
        store_profile(connection, default_profile("AW"))
        connection.commit()
        yield Sender(connection, home.server), dsn
    finally:
        connection.close()
        # A new session: the server may have been stopped meanwhile.
        with psycopg.connect(f"{server_dsn} dbname=postgres", autocommit=True) as admin:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def empty(root: Path) -> None:
    """Remove what lies in the server's folders."""
    for path in sorted(root.glob("**/*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def put_everything(sender: Sender) -> None:
    """Put one file of each master feed, a bulk file of events, and live events into the inbox."""
    for flow in MASTERS:
        sender.put(flow, [_ROWS[flow]])
    sender.put("EVENT", [receipt(1, UNITS[0])])
    for number, units in enumerate(UNITS[1:], 2):
        insert_live(sender.connection, receipt(number, units))


def insert_live(connection: Connection, document: dict[str, Any]) -> None:
    """Do as RunBlu's live stream does."""
    connection.execute(
        "insert into ledger.event_inbox (company_id, event_id, document) values ('AW', %s, %s)",
        (document["event_id"], json.dumps(document)),
    )
    connection.commit()


def take_everything(sender: Sender, connection: Connection | None = None) -> None:
    """Land files and inbox and value what came, once."""
    one = replace(sender, connection=connection or sender.connection)
    one.take(*MASTERS, "EVENT")
    ledger.land_inbox(one.connection)
    ledger.value_events(one.connection)


def content_of(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Give what the warehouse holds, by content."""
    found = {name: connection.execute(statement.encode()).fetchall() for name, statement in _CONTENT.items()}
    connection.commit()
    return found


def require_exact(sender: Sender, wanted: dict[str, list[dict[str, Any]]]) -> None:
    """Compare with a warehouse nothing happened to, and the money with arithmetic done here."""
    found = content_of(sender.connection)
    for name, rows in wanted.items():
        assert found[name] == rows, name
    worth = sum(row["amount"] for row in found["values"] if row["measure"] == "received")
    assert worth == sum(UNITS) * UNIT_COST
    assert sender.rows("select finding from ledger.verify_chain('AW')") == []
    for flow in (*MASTERS, "EVENT"):
        extension = "ndjson" if flow == "EVENT" else "csv"
        answer = sender.answer(f"{flow}_AW_PROD_00000001_v1.{extension}")
        assert (answer["status"], answer["rows_landed"]) == ("received", 1)
