"""An event log made by the product to be tampered with, and the hand of a superuser who switches triggers off."""

from __future__ import annotations

import itertools
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sage_hooks import ledger
from sage_hooks.warehouse import run_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sage_hooks.warehouse import Connection

TABLES = ("ledger.material_event", "audit.chain_head")
"""The event log and its heads."""

_UNLOCK = (
    b"set session_replication_role = replica",
    b"alter table ledger.material_event disable trigger user",
    b"alter table audit.chain_head disable trigger user",
)
_LOCK = (
    b"set session_replication_role = origin",
    b"alter table ledger.material_event enable trigger user",
    b"alter table ledger.material_event enable always trigger append_only",
    b"alter table audit.chain_head enable trigger user",
)
_numbers = itertools.count(1)


def document(number: int) -> dict[str, Any]:
    """Give the document of an event; with quotes, backslashes, line feeds and letters of other tongues now and then."""
    words = ["", 'bend 3\\4"', "two\nlines\tand a tab", "Grüße, 鉄筋", "back\\slash"]
    return {
        "event_id": f"E-{number:06d}",
        "event_type": "received",
        "occurred_at": f"2026-03-{number % 28 + 1:02d}T08:15:{number % 60:02d}{'.25' if number % 3 else ''}-06:00",
        "recorded_at": "2026-03-31T08:20:00.123456-06:00",
        "actor": words[number % len(words)],
        "device": "tab-3",
        "commitment": "24-0012" if number % 4 else None,
        "item_number": 1 if number % 4 else None,
        "standard_item": None if number % 4 else "RB-08",
        "location": "YARD",
        "quantity": f"{number % 90 + 1}.{number % 10}",
        "unit": "EA",
        "reason": words[(number + 1) % len(words)],
        "evidence_hash": f"{number:064x}",
    }


def append_events(connection: Connection, count: int, company_id: str = "AW") -> None:
    """Land so many new events in one batch, as the product does."""
    with connection.transaction():
        connection.execute("drop table if exists staged_event")
        run_file(connection, "ledger/create_staged_event")
        for number in itertools.islice(_numbers, count):
            connection.execute(
                "insert into staged_event values (%s, %s, null, %s)",
                (number, company_id, json.dumps(document(number))),
            )
        landed = ledger.land_staged_events(connection, company_id).landed
    if landed != count:
        message = f"the log was not made: expected {count} events, found {landed}"
        raise RuntimeError(message)


@contextmanager
def unlocked(connection: Connection) -> Iterator[None]:
    """Switch every trigger and foreign key check off, as only an owner or superuser can; commits what is done then."""
    for statement in _UNLOCK:
        connection.execute(statement)
    connection.commit()
    yield
    connection.commit()
    for statement in _LOCK:
        connection.execute(statement)
    connection.commit()
