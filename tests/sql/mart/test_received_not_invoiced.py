"""`mart.received_not_invoiced`: what differs between receipts and invoices by age, reckoned by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.recon.books import Books

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("company")]


@pytest.fixture
def books(warehouse: Connection, company: str) -> Books:
    """100 @ 10.00 of 2024-01-02; 30 received on March 1st, 30 on April 15th, 20 on June 20th."""
    made = Books(warehouse, company)
    made.order("PO-1", "100", "10", "2024-01-02")
    for number, (day, units) in enumerate((("2024-03-01", "30"), ("2024-04-15", "30"), ("2024-06-20", "20")), 1):
        made.happen("received", f"R{number}", day, units, "PO-1")
    made.value()
    return made


def at(books: Books, day: str) -> dict[str, Any]:
    rows = books.connection.execute("select * from mart.received_not_invoiced_at('AW', %s)", (day,)).fetchall()
    assert len(rows) <= 1
    return rows[0] if rows else {}


def ages(row: dict[str, Any]) -> list[str]:
    """Money by age, youngest first; the ages add up to the figure of the line."""
    found = [row[f"amount_{age}_days"] for age in ("0_to_30", "31_to_60", "61_to_90", "over_90")]
    assert sum(found) == row["amount_received_not_invoiced"]
    return [str(amount) for amount in found]


def test_invoices_pay_the_first_receipts_and_the_rest_ages_from_its_own(books: Books) -> None:
    row = at(books, "2024-06-30")
    # 10, 76 and 121 days.
    assert ages(row) == ["200.00", "0.00", "300.00", "300.00"]
    assert (str(row["oldest_receipt_date"]), row["owner"], row["cause"]) == (
        "2024-03-01", "accounts payable", "received, no invoice yet",
    )  # fmt: skip
    books.invoice("AP1", "2024-06-25", "420.00", "PO-1", units=40)
    row = at(books, "2024-06-30")
    # 40 of 80 are paid: 20 of April's and 20 of June's are left, at the order's price.
    assert ages(row) == ["200.00", "0.00", "200.00", "0.00"]
    assert (str(row["oldest_receipt_date"]), row["cause"]) == ("2024-04-15", "received more than invoiced")
    # The day before the invoice it was not there.
    assert ages(at(books, "2024-06-24")) == ["200.00", "0.00", "300.00", "300.00"]


def test_what_is_paid_for_in_full_is_no_row(books: Books) -> None:
    books.invoice("AP1", "2024-06-25", "840.00", "PO-1", units=80)
    assert at(books, "2024-06-30") == {}


def test_more_invoiced_than_received_ages_from_the_latest_invoices(books: Books) -> None:
    books.invoice("AP1", "2024-03-20", "900.00", "PO-1", units=90)
    books.invoice("AP2", "2024-06-25", "52.50", "PO-1", units=5)
    row = at(books, "2024-06-30")
    # 95 less 80: 5 of AP2 at 10.50, 10 of AP1 at 10.00.
    assert row["amount_received_not_invoiced"] == Decimal("-152.50")
    assert row["oldest_receipt_date"] is None
    assert (str(row["oldest_invoice_date"]), row["owner"], row["cause"]) == (
        "2024-03-20", "site", "invoiced more than received",
    )  # fmt: skip
    assert ages(row) == ["-52.50", "0.00", "0.00", "-100.00"]


def test_a_rejected_part_of_a_receipt_does_not_age(books: Books) -> None:
    books.happen(
        "rejected", "J1", "2024-06-21", "20", "PO-1", receipt_event_id="R3", disposition="credit", reason="wet"
    )
    books.value()
    assert ages(at(books, "2024-06-30")) == ["0.00", "0.00", "300.00", "300.00"]


def test_an_invoice_without_units_covers_money_first_in_first_out(books: Books) -> None:
    books.invoice("AP1", "2024-06-25", "450.00", "PO-1")
    # 350.00 are left of 800.00: June's 200.00, half of April's 300.00.
    assert ages(at(books, "2024-06-30")) == ["200.00", "0.00", "150.00", "0.00"]


def test_a_credit_that_is_missing_belongs_to_purchasing(books: Books) -> None:
    books.invoice("AP1", "2024-06-25", "800.00", "PO-1", units=80)
    books.happen("returned", "B1", "2024-06-26", "8", "PO-1", receipt_event_id="R3", disposition="credit", reason="wet")
    books.value()
    row = at(books, "2024-06-30")
    assert (str(row["amount_received_not_invoiced"]), row["owner"], row["cause"]) == (
        "-80.00", "purchasing", "returned, no credit yet",
    )  # fmt: skip


def test_cents_fall_where_the_running_sum_rounds(warehouse: Connection, company: str) -> None:
    books = Books(warehouse, company)
    books.order("PO-1", "3", "0", "2024-01-02", amount="10.00")
    for number, day in enumerate(("2024-03-01", "2024-04-15", "2024-06-20"), 1):
        books.happen("received", f"R{number}", day, "1", "PO-1")
    books.value()
    assert ages(at(books, "2024-06-30")) == ["3.33", "0.00", "3.34", "3.33"]


def test_the_view_is_the_function_of_today(books: Books) -> None:
    (row,) = books.connection.execute("select * from mart.received_not_invoiced").fetchall()
    assert ages(row) == ["0.00", "0.00", "0.00", "800.00"]
