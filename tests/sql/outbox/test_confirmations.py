"""Receiving confirmations follow the ledger: what changes after it was told is told as a difference (domain 5, 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ops.companies import default_profile
from sage_hooks.outbox_company import Company
from sage_hooks.outbox_receipts import prepare_receipts
from tests.sql.mart.conftest import mart_dsn, warehouse
from tests.sql.recon.books import Books

if TYPE_CHECKING:
    from decimal import Decimal

    from sage_hooks.warehouse import Connection

__all__ = ["mart_dsn", "warehouse"]

BY_PLACE = {"commitment": "", "item_number": None}
BARE = {"job": None, "extra": None, "cost_code": None, "category": None}


@pytest.fixture
def books(warehouse: Connection, company: str) -> Books:
    """Two lines of 100 at 10.00."""
    books = Books(warehouse, company)
    books.order("PO-1", "100", "10", "2024-10-01")
    books.order("PO-2", "100", "10", "2024-10-01")
    return books


def due(books: Books) -> dict[str, tuple[str, Decimal]]:
    """Value, prepare and give what would leave now; it counts as sent."""
    books.value()
    books.connection.execute(b"discard temp")
    prepare_receipts(books.connection, Company(default_profile("AW"), "2024-12-05T00:00:00Z"))
    rows = books.connection.execute(
        b"update outbox.receiving_confirmation set state = 'sent' where state = 'eligible' "
        b"returning reference, commitment, units"
    ).fetchall()
    return {row["reference"]: (row["commitment"], row["units"]) for row in rows}


def test_a_rejection_that_waits_later_is_taken_back_and_told_again_once_cured(books: Books) -> None:
    books.happen("received", "R1", "2024-11-02", "10", "PO-1")
    books.happen("rejected", "J1", "2024-11-05", "4", "PO-1", receipt_event_id="R1", disposition="credit")
    assert due(books) == {"R1": ("PO-1", 10), "J1": ("PO-1", -4)}
    assert due(books) == {}
    # Known late: eight were built in before the rejection, so that it takes more than is left.
    books.happen("installed", "I1", "2024-11-03", "8", "PO-1", receipt_event_id="R1")
    assert due(books) == {"J1#2": ("PO-1", 4)}
    assert due(books) == {}
    books.happen("reversed", "X1", "2024-11-04", "8", "PO-1", reverses_event_id="I1")
    assert due(books) == {"J1#3": ("PO-1", -4)}
    told = books.connection.execute(
        b"select event_id, sum(units_confirmed) as units from mart.receiving_confirmation group by event_id order by 1"
    ).fetchall()
    assert [(row["event_id"], row["units"]) for row in told] == [("J1", -4), ("R1", 10)]


def test_a_corrected_factor_is_told_as_a_difference(books: Books) -> None:
    books.connection.execute(b"update core.commitment_item set unit = 'BAG'")
    books.connection.execute(
        b"insert into core.unit_conversion values ('AW', 'REBAR', 'PLT', 'BAG', '2024-01-01', null, 40, 1, 'p')"
    )
    books.happen("received", "R1", "2024-11-02", "2", "PO-1", unit="PLT")
    assert due(books) == {"R1": ("PO-1", 80)}
    books.connection.execute(b"update core.unit_conversion set numerator = 35")
    assert due(books) == {"R1#2": ("PO-1", -10)}


def test_what_has_not_left_follows_by_itself(books: Books) -> None:
    books.happen("received", "R1", "2024-11-02", "200", "PO-1")
    assert due(books) == {}  # held: more than ordered
    books.happen("rejected", "J1", "2024-11-05", "150", "PO-1", receipt_event_id="R1", disposition="credit")
    books.happen("installed", "I1", "2024-11-03", "100", "PO-1", receipt_event_id="R1")
    assert due(books) == {}
    rows = books.connection.execute(b"select reference, state from outbox.receiving_confirmation").fetchall()
    assert [(row["reference"], row["state"]) for row in rows] == [("R1", "held")]


def test_a_return_that_names_a_transfer_by_place_is_told_against_the_lines_of_its_layers(books: Books) -> None:
    books.happen("received", "R1", "2024-11-02", "10", "PO-1", location="YARD")
    books.happen("received", "R2", "2024-11-03", "10", "PO-2", location="YARD")
    books.happen("transferred", "T1", "2024-11-04", "15", location="YARD", to_location="SITE", **BY_PLACE, **BARE)
    assert due(books) == {"R1": ("PO-1", 10), "R2": ("PO-2", 10)}
    books.happen("returned", "B1", "2024-11-05", "12", receipt_event_id="T1", disposition="credit", **BY_PLACE, **BARE)
    assert due(books) == {"B1": ("PO-1", -10), "B1#2": ("PO-2", -2)}
    books.happen("reversed", "X1", "2024-11-06", "3", reverses_event_id="B1", **BY_PLACE, **BARE)
    assert due(books) == {"X1": ("PO-1", 1), "X1#2": ("PO-2", 2)}
