"""Waste stands beside what is normal for its material; what is above, and what stock-takes miss, stand apart."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.errors import IntegrityError

from tests.sql.mart.conftest import mart_dsn, warehouse
from tests.sql.recon.books import Books

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

__all__ = ["mart_dsn", "warehouse"]


@pytest.fixture
def books(warehouse: Connection, company: str) -> Books:
    """Ten units built in on the third and forty on the twelfth, five wasted, two counted less."""
    books = Books(warehouse, company)
    books.order("PO-1", "100", "10", "2024-10-01")
    books.happen("received", "R1", "2024-11-02", "60", "PO-1")
    books.happen("installed", "I1", "2024-11-03", "10", "PO-1")
    books.happen("installed", "I2", "2024-11-12", "40", "PO-1")
    books.happen("wasted", "W1", "2024-11-18", "6", "PO-1")
    books.happen("reversed", "X1", "2024-11-19", "1", "PO-1", reverses_event_id="W1")
    books.happen("counted", "N1", "2024-11-20", "-2", "PO-1")
    warehouse.execute("insert into ledger.count_decision values ('AW', 'N1', 'controller', 'counted twice')")
    books.value()
    return books


def waste(books: Books, day: str = "infinity") -> list[dict[str, Any]]:
    query = "select * from mart.waste_at('AW', %s::date)"
    return books.connection.execute(query.encode(), (day,)).fetchall()


def allow(books: Books, material_class: str, item: str, since: str, pct: str, until: str | None = None) -> None:
    books.connection.execute(
        "insert into core.waste_allowance values ('AW', %s, %s, %s, %s, %s, 'controller')",
        (material_class, item, since, until, pct),
    )


def test_a_stock_take_difference_waits_for_finance(books: Books) -> None:
    books.happen("counted", "N2", "2024-11-21", "-1", "PO-1")
    books.value()
    (waiting,) = books.connection.execute(b"select * from mart.open_exception where rule = 'count_not_approved'")
    assert (waiting["record_key"], waiting["owner"]) == ("N2", "finance")
    assert waste(books)[0]["units_count_loss"] == 2


def decide(books: Books, event_id: str, decision: str) -> None:
    books.connection.execute(
        "insert into ledger.count_decision (company_id, event_id, decided_by, reason, decision) "
        "values ('AW', %s, 'controller', 'looked again', %s)",
        (event_id, decision),
    )
    books.value()


def open_rules(books: Books) -> dict[str, str]:
    rows = books.connection.execute(b"select record_key, rule, owner, remedy from mart.open_exception").fetchall()
    assert {(row["owner"], "ledger.count_decision" in row["remedy"]) for row in rows} <= {("finance", True)}
    return {row["record_key"]: row["rule"] for row in rows}


def lost(books: Books) -> Decimal:
    (row,) = books.connection.execute(
        b"select coalesce(sum(units), 0) as units from ledger.value_entry where event_id like 'N%'"
    ).fetchall()
    return row["units"]


def test_more_than_was_missed_waits_until_a_person_settles_it(books: Books) -> None:
    books.happen("counted", "N2", "2024-11-21", "3", "PO-1")
    books.value()
    assert open_rules(books) == {"N2": "count_not_approved"}
    decide(books, "N2", "approved")
    assert (open_rules(books), lost(books)) == ({"N2": "count_gain_unexplained"}, 2)
    # The receipt that was missing is recorded; the count then says nothing new.
    books.happen("received", "R2", "2024-11-15", "3", "PO-1")
    decide(books, "N2", "refused")
    assert (open_rules(books), lost(books)) == ({}, 2)


def test_a_refused_count_moves_nothing_and_the_last_decision_counts(books: Books) -> None:
    books.happen("counted", "N2", "2024-11-21", "-1", "PO-1")
    books.value()
    decide(books, "N2", "refused")
    assert (open_rules(books), lost(books)) == ({}, 2)
    decide(books, "N2", "approved")
    assert (open_rules(books), lost(books)) == ({}, 3)
    decide(books, "N2", "refused")
    assert (open_rules(books), lost(books)) == ({}, 2)
    with pytest.raises(IntegrityError, match="decision"), books.connection.transaction():
        decide(books, "N2", "maybe")


def test_without_an_allowance_all_waste_is_excess(books: Books) -> None:
    (row,) = waste(books)
    assert (row["units_wasted"], row["units_allowed"], row["units_excess"]) == (5, 0, 5)
    assert (row["amount_wasted"], row["amount_excess"]) == (Decimal("50.00"), Decimal("50.00"))
    assert (row["units_count_loss"], row["amount_count_loss"]) == (2, Decimal("20.00"))


def test_an_allowance_counts_from_its_day_and_that_of_the_item_goes_before_its_class(books: Books) -> None:
    allow(books, "", "REBAR", "2024-01-01", "10", "2024-11-10")
    allow(books, "", "REBAR", "2024-11-11", "5")
    books.connection.execute("update core.item set material_class = 'steel' where standard_item = 'REBAR'")
    allow(books, "steel", "", "2024-01-01", "90")
    (row,) = waste(books)
    # 10 x 10 % + 40 x 5 %.
    assert (row["units_allowed"], row["units_excess"], row["amount_excess"]) == (3, 2, Decimal("20.00"))
    assert waste(books, "2024-11-17") == []


def test_the_view_shows_the_same_to_date_and_an_allowance_needs_a_material(books: Books) -> None:
    shown = books.connection.execute(b"select * from mart.waste").fetchall()
    assert [(row["company_id"], row["units_wasted"]) for row in shown] == [("AW", 5)]
    with pytest.raises(IntegrityError):
        allow(books, "", "", "2024-01-01", "5")
