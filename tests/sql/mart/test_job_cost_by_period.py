"""`mart.job_cost_by_period` on books small enough to reckon by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.recon.books import CODE, JOB, OTHER_CODE, Books, a_month

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("company")]


@pytest.fixture
def books(warehouse: Connection, company: str) -> Books:
    return Books(warehouse, company)


def row(books: Books, period: str, code: str = CODE) -> dict[str, Any]:
    rows = books.connection.execute(
        "select * from mart.job_cost_by_period where period = %s and job = %s and cost_code = %s", (period, JOB, code)
    ).fetchall()
    assert len(rows) == 1, rows
    return rows[0]


def amounts(found: dict[str, Any]) -> dict[str, str]:
    return {name.removeprefix("amount_"): str(value) for name, value in found.items() if name.startswith("amount_")}


def test_a_month_reckoned_by_hand(books: Books) -> None:
    a_month(books)
    found = row(books, "2024-11")
    assert (found["job_name"], found["cost_code_name"], str(found["period_end_date"])) == (
        "Taxiway",
        "Code",
        "2024-11-30",
    )
    assert amounts(found) == {
        "committed": "900.00",
        "received": "750.00",
        "allocated": "600.00",
        "installed": "400.00",
        "wasted": "0.00",
        "on_hand": "350.00",
        "open_commitment": "150.00",
        "invoiced": "500.00",
        "sage_job_cost": "440.00",
        "posted_by_runblu": "-100.00",
        "expected_in_sage": "440.00",
        "in_flight": "0.00",
        # Job cost 440 + to invoice 400 + clearing balance 100: the order of 900 and its tax of 40.
        "exposure": "940.00",
        "difference": "0.00",
        "price_variance": "0.00",
        "accrual": "0.00",
        "transferred": "0.00",
    }


def test_the_order_counts_from_its_month_and_every_month_has_a_row(books: Books) -> None:
    a_month(books)
    books.order("PO-2", "1", "5", "2025-02-01")
    periods = books.connection.execute("select period from mart.job_cost_by_period order by 1").fetchall()
    assert [found["period"] for found in periods] == ["2024-10", "2024-11", "2024-12", "2025-01", "2025-02"]
    assert amounts(row(books, "2024-10"))["committed"] == "1000.00"
    assert amounts(row(books, "2025-01")) == amounts(row(books, "2024-11"))


def test_what_is_not_posted_yet_is_in_flight(books: Books) -> None:
    books.order("PO-1", "100", "10", "2024-11-01")
    books.happen("received", "R1", "2024-11-03", "80", "PO-1")
    books.happen("installed", "I1", "2024-11-06", "40", "PO-1", receipt_event_id="R1")
    books.value()
    books.invoice("AP1", "2024-11-10", "500.00", "PO-1")
    found = amounts(row(books, "2024-11"))
    assert (found["sage_job_cost"], found["expected_in_sage"]) == ("500.00", "400.00")
    assert (found["in_flight"], found["difference"]) == ("-100.00", "0.00")


def test_a_wrong_amount_in_sage_is_a_difference_not_in_flight(books: Books) -> None:
    a_month(books)
    books.connection.execute("update core.job_cost_transaction set amount = amount - 7 where ref_1 = 'X000000001'")
    found = amounts(row(books, "2024-11"))
    assert (found["in_flight"], found["difference"]) == ("0.00", "-7.00")


@pytest.mark.parametrize(
    ("more", "difference"),
    [
        pytest.param({}, "25.00", id="a manual entry on a material code is nobody's yet"),
        pytest.param({"type": "AP cost"}, "25.00", id="an invoice that nothing explains"),
        pytest.param({"type": "AP cost", "description": "FREIGHT 7"}, "0.00", id="freight by rule"),
        pytest.param({"type": "AP cost", "description": "Taxi 7"}, "25.00", id="the rule wants the whole word"),
        pytest.param({"source": "NEW"}, "0.00", id="an unposted entry is no cost"),
    ],
)
def test_costs_of_others(books: Books, more: dict[str, Any], difference: str) -> None:
    a_month(books)
    books.sage_row("F1", "2024-11-20", "25.00", **more)
    found = amounts(row(books, "2024-11"))
    assert found["difference"] == difference
    assert found["sage_job_cost"] == ("440.00" if more == {"source": "NEW"} else "465.00")


def test_labour_is_expected_as_it_stands(books: Books) -> None:
    a_month(books)
    books.category(CODE, "L", "Labor")
    books.sage_row("P1", "2024-11-20", "99.00", type="PR cost", category="L")
    rows = books.connection.execute(
        "select amount_sage_job_cost, amount_difference from mart.job_cost_by_period "
        "where period = '2024-11' and category = 'L'"
    ).fetchall()
    assert [tuple(found.values()) for found in rows] == [(Decimal("99.00"), Decimal("0.00"))]


def test_a_row_gone_from_sage_no_longer_counts(books: Books) -> None:
    a_month(books)
    books.connection.execute("update core.job_cost_transaction set gone_at = now() where row_id = 'AP1'")
    found = amounts(row(books, "2024-11"))
    assert (found["invoiced"], found["in_flight"], found["difference"]) == ("0.00", "500.00", "0.00")


def test_a_moved_code_shows_on_both_codes(books: Books) -> None:
    books.order("PO-1", "100", "10", "2024-11-01")
    books.happen("received", "R1", "2024-11-03", "80", "PO-1")
    books.happen("installed", "I1", "2024-11-06", "40", "PO-1", receipt_event_id="R1", cost_code=OTHER_CODE)
    books.value()
    assert amounts(row(books, "2024-11"))["on_hand"] == "800.00"
    assert amounts(row(books, "2024-11", OTHER_CODE))["installed"] == "400.00"


def test_policy_invoice_expects_what_was_invoiced(books: Books) -> None:
    a_month(books)
    books.connection.execute("update core.company set policy = 'invoice'")
    books.connection.execute("update outbox.cost_posting set state = 'held', hold_rule = 'x'")
    books.connection.execute("delete from core.job_cost_transaction where ref_1 <> ''")
    found = amounts(row(books, "2024-11"))
    assert (found["expected_in_sage"], found["in_flight"], found["difference"]) == ("540.00", "0.00", "0.00")
