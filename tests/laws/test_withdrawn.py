"""What waits and is taken back in full settles without cost, whatever it waits for and in whatever order both come."""

from __future__ import annotations

from itertools import permutations
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.sql.mart.conftest import mart_dsn, warehouse
from tests.sql.recon.books import Books

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

__all__ = ["mart_dsn", "warehouse"]


class Wrong(NamedTuple):
    """An event that waits, and for which rule."""

    event_type: str
    rule: str
    quantity: str = "4"
    more: Mapping[str, Any] = MappingProxyType({})


WRONG = [
    Wrong("installed", "over_consumed", "400"),
    Wrong("installed", "cost_code_unknown", more={"cost_code": "99 99 99"}),
    Wrong("installed", "job_unknown", more={"job": "22-999"}),
    Wrong("installed", "commitment_unknown", more={"commitment": "PO-404"}),
    Wrong("installed", "untagged", more={"commitment": "", "item_number": None, "standard_item": None}),
    Wrong("installed", "receipt_unknown", more={"receipt_event_id": "R404"}),
    Wrong("installed", "unit_unknown", more={"unit": "smidgen"}),
    Wrong("installed", "over_consumed", "400", {"commitment": "", "item_number": None}),
    Wrong("received", "cost_code_unknown", more={"cost_code": "99 99 99"}),
    Wrong("returned", "layer_too_small", "400", {"disposition": "credit", "reason": "wrong"}),
    Wrong("transferred", "over_consumed", "400", {"to_location": "YARD"}),
    Wrong("allocated", "over_allocated", "400"),
    Wrong("counted", "count_not_approved", "-4"),
]


def rules(connection: Connection) -> dict[str, str]:
    """Give what waits, and for which rule."""
    rows = connection.execute(b"select event_id, rule from ledger.event_tag where status = 'waiting'").fetchall()
    return {row["event_id"]: row["rule"] for row in rows}


def open_exceptions(connection: Connection) -> set[str]:
    """Give the events that somebody has to do something about."""
    query = b"select record_key from audit.exception where record_kind = 'material_event' and closed_at is null"
    return {row["record_key"] for row in connection.execute(query).fetchall()}


def moved(connection: Connection) -> list[tuple[str, str]]:
    """Give what was entered for anything but the receipt."""
    rows = connection.execute(b"select event_id, measure from ledger.value_entry where event_id <> 'R1'").fetchall()
    return [(row["event_id"], row["measure"]) for row in rows]


def receive(books: Books) -> None:
    """Receive less than the wrong events ask for."""
    books.happen("received", "R1", "2024-11-02", "60", "PO-1")


def go_wrong(books: Books) -> None:
    """Record all that is wrong."""
    for number, wrong in enumerate(WRONG):
        more = {"commitment": "PO-1", **wrong.more}
        books.happen(wrong.event_type, f"W{number}", "2024-11-05", wrong.quantity, **more)


def take_back(books: Books, name: str = "X", part: int = 0) -> None:
    """Take it back, a part where one is given, as the device does: in its unit, naming nothing else."""
    said = dict.fromkeys(("item_number", "job", "cost_code", "category"))
    for number, wrong in enumerate(WRONG):
        quantity = str(part or wrong.quantity.lstrip("-"))
        unit = wrong.more.get("unit", "EA")
        named = {"reverses_event_id": f"W{number}", "unit": unit, **said}
        books.happen("reversed", f"{name}{number}", "2024-11-06", quantity, "", **named)


def named(*letters: str) -> set[str]:
    """Give the ids of all events of some letters."""
    return {f"{letter}{number}" for letter in letters for number in range(len(WRONG))}


@pytest.fixture
def books(warehouse: Connection, company: str) -> Books:
    """An order of a hundred, nothing received."""
    made = Books(warehouse, company)
    made.order("PO-1", "100", "10", "2024-10-01")
    return made


@pytest.mark.parametrize("order", list(permutations((receive, go_wrong, take_back))))
def test_both_settle_in_whatever_order_they_come(
    warehouse: Connection, books: Books, order: tuple[Callable[[Books], None], ...]
) -> None:
    for happen in order:
        happen(books)
        books.value()
    assert rules(warehouse) == dict.fromkeys(named("W", "X"), "withdrawn")
    assert (moved(warehouse), open_exceptions(warehouse)) == ([], set())


def test_a_part_settles_nothing(warehouse: Connection, books: Books) -> None:
    receive(books)
    go_wrong(books)
    take_back(books, "X", 3)
    books.value()
    found = rules(warehouse)
    assert [found[f"W{number}"] for number in range(len(WRONG))] == [wrong.rule for wrong in WRONG]
    assert open_exceptions(warehouse) == named("W", "X")
    # More than is left takes nothing; the rest does.
    take_back(books, "Y", 1000)
    for number, wrong in enumerate(WRONG):
        rest = str(abs(int(wrong.quantity)) - 3)
        books.happen(
            "reversed", f"Z{number}", "2024-11-07", rest, "", unit="", reverses_event_id=f"W{number}", item_number=None
        )
    books.value()
    assert open_exceptions(warehouse) == named("Y")
    assert moved(warehouse) == []


def test_in_another_unit_nothing_is_guessed(warehouse: Connection, books: Books) -> None:
    books.happen("installed", "W", "2024-11-05", "4", "PO-1")
    books.happen("reversed", "X", "2024-11-06", "4", "PO-1", reverses_event_id="W", unit="BOX")
    books.value()
    assert open_exceptions(warehouse) == {"W", "X"}


def test_a_reversal_that_waits_is_not_withdrawn(warehouse: Connection, books: Books) -> None:
    books.happen("reversed", "W", "2024-11-05", "4", "PO-1", reverses_event_id="R404")
    books.happen("reversed", "X", "2024-11-06", "4", "PO-1", reverses_event_id="W")
    books.value()
    assert open_exceptions(warehouse) == {"W", "X"}


def test_the_reversal_of_a_count_that_was_refused_is_withdrawn(warehouse: Connection, books: Books) -> None:
    receive(books)
    books.happen("counted", "W", "2024-11-05", "-4", "PO-1")
    books.happen("reversed", "X", "2024-11-06", "4", "PO-1", reverses_event_id="W")
    books.value()
    decided = "insert into ledger.count_decision (company_id, event_id, decided_by, reason, decision) "
    warehouse.execute(decided.encode() + b"values ('AW', 'W', 'finance', 'miscounted', 'refused')")
    books.value()
    assert rules(warehouse) == {"X": "withdrawn"}
    assert (moved(warehouse), open_exceptions(warehouse)) == ([], set())
