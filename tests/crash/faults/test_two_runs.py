"""Two runs of one flow at once, in processes of their own that begin at the same moment: one effect."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from sage_hooks import ledger, outbox, outbox_gate
from tests.crash.faults.books import Books, work_once
from tests.crash.faults.inbound_side import (
    MASTERS,
    UNIT_COST,
    content_of,
    insert_live,
    put_everything,
    receipt,
    require_exact,
    sender_on,
    take_everything,
)
from tests.crash.faults.workers import DONE, together
from tests.hooks.outbox.place import COMPANY, Place

if TYPE_CHECKING:
    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection
    from tests.hooks.outbox.home import Home

pytestmark = pytest.mark.slow

RUNS = 2
EVENTS = 12


def test_two_runs_seal_and_send_every_line_once(place: Place) -> None:
    books = Books(place)
    books.consume(6)
    outbox_gate.load("DC")

    def run(connection: Connection, exchange: Exchange) -> None:
        until = time.monotonic() + 60
        while connection.execute("select count(*) as n from outbox.batch where state = 'accepted'").fetchall() != [
            {"n": 3}
        ]:
            assert time.monotonic() < until
            work_once(connection, exchange)
            outbox.take_answers(connection, exchange, COMPANY)

    place.connection.commit()
    with together(place.dsn, place.server, [run] * RUNS) as workers:
        until = time.monotonic() + 60
        while len(books.taken) < 3:
            assert time.monotonic() < until
            for name in place.waiting():
                place.take(name)
                place.acknowledge(name)
                place.report(name)
                books.taken.append(name)
            time.sleep(0.05)
        assert [one.end() for one in workers] == [DONE] * RUNS
    place.post()
    books.finish()


def test_two_runs_land_every_file_and_event_once(shared: Home, warehouse_template: str) -> None:
    with sender_on(shared, warehouse_template) as (sender, _):
        put_everything(sender)
        take_everything(sender)
        wanted = content_of(sender.connection)
    with sender_on(shared, warehouse_template) as (sender, dsn):
        put_everything(sender)

        def run(connection: Connection, exchange: Exchange) -> None:
            del exchange
            take_everything(replace(sender, connection=connection))

        with together(dsn, shared.server, [run] * RUNS) as workers:
            assert [one.end() for one in workers] == [DONE] * RUNS
        require_exact(sender, wanted)


def test_two_valuations_at_once_record_every_value_once(shared: Home, warehouse_template: str) -> None:
    with sender_on(shared, warehouse_template) as (sender, dsn):
        sender.land(*MASTERS)
        for number in range(1, EVENTS + 1):
            insert_live(sender.connection, receipt(number, 1))

        def run(connection: Connection, exchange: Any) -> None:
            del exchange
            while ledger.land_inbox(connection, limit=2):
                ledger.value_events(connection)

        with together(dsn, shared.server, [run] * RUNS) as workers:
            assert [one.end() for one in workers] == [DONE] * RUNS
        ledger.value_events(sender.connection)
        (found,) = sender.rows("select count(*) as n, sum(amount) as amount from ledger.value_entry")
        assert (found["n"], found["amount"]) == (EVENTS, EVENTS * UNIT_COST)
        assert sender.rows("select finding from ledger.verify_chain('AW')") == []
