"""A worker that freezes at any point of a delivery is overtaken; when it wakes up it changes nothing any more.

A lock is no fence: the frozen one keeps its session and its locks. Its lease runs out, its token no longer counts.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sage_hooks import outbox
from sage_hooks.checkpoint import CHECKPOINTS
from sage_hooks.warehouse import idle_limit
from tests.crash.faults.books import Books
from tests.crash.faults.inbound_side import content_of, put_everything, require_exact, sender_on, take_everything
from tests.crash.faults.workers import DONE, worker
from tests.hooks.outbox.place import COMPANY, Place

if TYPE_CHECKING:
    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection
    from tests.hooks.outbox.home import Home

pytestmark = pytest.mark.slow

POINTS = [name for name in CHECKPOINTS if name.startswith("deliver.")]
LEASE_SECONDS = 1
# A landing is silent while its rows are judged, on a busy machine longer than a second.
SILENT_SECONDS = 3
# In the one transaction that lands a file, an inbox, or records a valuation.
INBOUND_POINTS = (
    "inbound.before_commit", "ledger.inbox_taken", "ledger.landing_before_commit", "ledger.valuation_before_commit",
)  # fmt: skip


def send(connection: Connection, exchange: Exchange) -> object:
    return outbox.deliver(connection, exchange, COMPANY, "DC", ack_wait_seconds=0, lease_seconds=LEASE_SECONDS)


def overtake(place: Place) -> None:
    """Send what the frozen one had taken, as soon as its lease has run out."""
    until = time.monotonic() + 30
    while outbox.deliver(place.connection, place.exchange, COMPANY, "DC", ack_wait_seconds=0).is_busy:
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.parametrize("is_taken", [False, True], ids=["still there", "taken by sage"])
@pytest.mark.parametrize("point", POINTS)
def test_a_frozen_worker_that_wakes_up_has_no_effect(place: Place, point: str, *, is_taken: bool) -> None:
    books = Books(place)
    books.consume(2)
    outbox.seal_costs(place.connection, COMPANY)
    # In a transaction its lease is not enough: the server ends a session that stays silent in one.
    with worker(place.dsn, place.server, send, pause_at=point, options=idle_limit(LEASE_SECONDS)) as frozen:
        frozen.wait_until_paused()
        overtake(place)
        if is_taken:
            books.sage_side()
        frozen.wake()
        said = frozen.end()
    assert said == DONE or said.startswith(("RS-941 ", "RS-902 ")), said
    assert said.startswith("RS-902 ") is (point == "deliver.sent_before_commit")
    books.finish()


@pytest.mark.parametrize("point", INBOUND_POINTS)
def test_a_worker_frozen_in_a_landing_loses_it_to_the_next(shared: Home, warehouse_template: str, point: str) -> None:
    with sender_on(shared, warehouse_template) as (sender, _):
        put_everything(sender)
        take_everything(sender)
        wanted = content_of(sender.connection)
    with sender_on(shared, warehouse_template) as (sender, dsn):
        put_everything(sender)

        def run(connection: Connection, exchange: Exchange) -> None:
            del exchange
            take_everything(replace(sender, connection=connection))

        with worker(dsn, shared.server, run, pause_at=point, options=idle_limit(SILENT_SECONDS)) as frozen:
            frozen.wait_until_paused()
            until = time.monotonic() + 30
            # What of the inbox the frozen one has locked is passed over, until the server ends its session.
            while content_of(sender.connection) != wanted:
                assert time.monotonic() < until
                take_everything(sender)
                time.sleep(0.1)
            frozen.wake()
            assert frozen.end().startswith("RS-902 ")
        require_exact(sender, wanted)
