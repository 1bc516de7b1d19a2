"""The line to the database is cut around a COMMIT: nobody knows whether it counted, so what is there decides.

Every commit of every outbound step is tried both ways: the request never arrives, or only the answer is lost. Meanwhile
the other side goes on with whatever it finds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import conninfo_to_dict

from sage_bridge.errors import Transient
from sage_hooks import outbox
from sage_hooks.warehouse import connect
from tests.crash.faults.books import Books
from tests.crash.faults.wire import Cut, Plan, wire
from tests.hooks.outbox.place import COMPANY

if TYPE_CHECKING:
    from collections.abc import Callable

    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection
    from tests.hooks.outbox.home import Home

    Work = Callable[[Connection, Exchange], object]

pytestmark = pytest.mark.slow


def send(connection: Connection, exchange: Exchange) -> object:
    return outbox.deliver(connection, exchange, COMPANY, "DC", ack_wait_seconds=0)


STEPS: dict[str, Work] = {
    "seal": lambda connection, _: outbox.seal_costs(connection, COMPANY),
    "send": send,
    "answers": lambda connection, exchange: outbox.take_answers(connection, exchange, COMPANY),
    "confirm": lambda connection, _: outbox.confirm_posted(connection, COMPANY),
}
# Commits that a step must make at least: else the test would cut nothing of what it is about.
LEAST = {"seal": 4, "send": 6, "answers": 3, "confirm": 1}


def until(home: Home, step: str) -> Books:
    """Give books on which everything before `step` is done."""
    books = Books(home.place())
    books.consume()
    for name, work in STEPS.items():
        if name == step:
            return books
        work(books.place.connection, books.place.exchange)
        books.sage_side()
    raise AssertionError(step)


def over_a_wire(books: Books, step: str, plan: Plan) -> None:
    """Run a step over a wire that follows the plan."""
    place = books.place
    where = conninfo_to_dict(place.dsn)
    with wire(str(where["host"]), int(where["port"]), plan.relay) as line:
        dsn = f"{place.dsn} host=127.0.0.1 port={line.own_port} sslmode=disable gssencmode=disable"
        connection = connect(dsn)
        try:
            STEPS[step](connection, place.exchange)
        finally:
            connection.close()


@pytest.mark.parametrize("cut", ["request lost", "reply lost"])
@pytest.mark.parametrize("step", STEPS)
def test_a_commit_without_an_answer_is_neither_repeated_nor_lost(shared: Home, step: str, cut: Cut) -> None:
    counting = Plan()
    over_a_wire(until(shared, step), step, counting)
    assert counting.seen >= LEAST[step]
    for number in range(1, counting.seen + 1):
        books = until(shared, step)
        plan = Plan(at=number, cut=cut)
        with pytest.raises(Transient, match=r"RS-902 warehouse went away"):
            over_a_wire(books, step, plan)
        assert plan.is_done
        books.sage_side()
        books.finish()
