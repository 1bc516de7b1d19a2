"""`mart.commitment_position` and its past days, reckoned by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sql.recon.books import Books, a_month

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("company")]


@pytest.fixture
def books(warehouse: Connection, company: str) -> Books:
    return Books(warehouse, company)


def position(books: Books, day: str = "infinity", commitment: str = "PO-1") -> dict[str, Any]:
    rows = books.connection.execute(
        "select * from mart.commitment_position_at('AW', %s) where commitment = %s", (day, commitment)
    ).fetchall()
    assert len(rows) == 1, rows
    return rows[0]


def pair(found: dict[str, Any], name: str) -> tuple[str, str]:
    return f"{found[f'units_{name}'].normalize():f}", str(found[f"amount_{name}"])


def test_a_line_reckoned_by_hand(books: Books) -> None:
    a_month(books)
    books.change("PO-1", "2", "2024-11-20", "7", "70.00", status="Pending")
    books.happen(
        "returned", "B1", "2024-11-21", "3", "PO-1", receipt_event_id="R1", disposition="credit", reason="wrong"
    )
    books.happen("wasted", "W1", "2024-11-22", "2", "PO-1", receipt_event_id="R1", reason="cut")
    books.value()
    found = books.connection.execute("select * from mart.commitment_position").fetchone()
    assert found is not None
    assert {
        name.removeprefix("units_"): pair(found, name.removeprefix("units_"))
        for name in found
        if name.startswith("units_")
    } == {
        "original": ("100", "1000.00"),
        "approved_changes": ("-10", "-100.00"),
        "pending_changes": ("7", "70.00"),
        "revised": ("90", "900.00"),
        "received": ("80", "800.00"),
        "rejected": ("5", "50.00"),
        "accepted": ("75", "750.00"),
        "returned": ("3", "30.00"),
        "allocated": ("60", "600.00"),
        "installed": ("40", "400.00"),
        "wasted": ("2", "20.00"),
        "on_hand": ("30", "300.00"),
        "invoiced": ("0", "500.00"),
        "to_receive": ("15", "150.00"),
        "closed_short": ("0", "0.00"),
        "to_invoice": ("90", "400.00"),
        # 72 units received net, worth 720; the invoice of 500 names no units and covers 50 of them.
        "received_not_invoiced": ("22", "220.00"),
    }
    assert (found["vendor_name"], found["item_name"], found["is_over_received"]) == ("Vendor", "Rebar", False)


@pytest.mark.parametrize(
    ("day", "name", "expected"),
    [
        ("2024-10-15", "revised", ("100", "1000.00")),
        ("2024-11-02", "revised", ("90", "900.00")),
        ("2024-11-03", "accepted", ("80", "800.00")),
        ("2024-11-04", "accepted", ("75", "750.00")),
        ("2024-11-05", "installed", ("0", "0.00")),
        ("2024-11-09", "received_not_invoiced", ("75", "750.00")),
        ("2024-11-10", "received_not_invoiced", ("25", "250.00")),
    ],
)
def test_any_past_day_can_be_asked(books: Books, day: str, name: str, expected: tuple[str, str]) -> None:
    a_month(books)
    assert pair(position(books, day), name) == expected


def test_a_line_is_there_from_the_day_of_its_order(books: Books) -> None:
    a_month(books)
    assert books.connection.execute("select * from mart.commitment_position_at('AW', '2024-09-30')").fetchall() == []


def test_a_reversed_receipt_is_not_received(books: Books) -> None:
    books.order("PO-1", "100", "10", "2024-11-01")
    books.happen("received", "R1", "2024-11-03", "80", "PO-1")
    books.happen("reversed", "U1", "2024-11-04", "30", "PO-1", reverses_event_id="R1")
    books.value()
    assert pair(position(books), "received") == ("50", "500.00")


def test_a_reversed_rejection_is_accepted_again(books: Books) -> None:
    books.order("PO-1", "100", "10", "2024-11-01")
    books.happen("received", "R1", "2024-11-03", "80", "PO-1")
    books.happen("rejected", "J1", "2024-11-04", "8", "PO-1", receipt_event_id="R1", disposition="credit", reason="x")
    books.happen("reversed", "U1", "2024-11-05", "3", "PO-1", reverses_event_id="J1")
    books.value()
    assert (pair(position(books), "rejected"), pair(position(books), "accepted")) == (("5", "50.00"), ("75", "750.00"))


def test_over_receipt_shows(books: Books) -> None:
    books.order("PO-1", "10", "10", "2024-11-01")
    books.happen("received", "R1", "2024-11-03", "12", "PO-1")
    books.value()
    found = position(books)
    assert found["is_over_received"]
    assert pair(found, "to_receive") == ("-2", "-20.00")


def test_a_closed_commitment_waits_for_nothing(books: Books) -> None:
    books.order("PO-1", "10", "10", "2024-11-01", is_closed=True)
    books.happen("received", "R1", "2024-11-03", "7", "PO-1")
    books.value()
    found = position(books)
    assert (pair(found, "to_receive"), pair(found, "closed_short")) == (("0", "0.00"), ("3", "30.00"))


def test_returns_for_replacement_are_to_receive_again(books: Books) -> None:
    books.order("PO-1", "10", "10", "2024-11-01")
    books.happen("received", "R1", "2024-11-03", "10", "PO-1")
    books.happen("returned", "B1", "2024-11-04", "2", "PO-1", receipt_event_id="R1", disposition="replace", reason="x")
    books.value()
    assert pair(position(books), "to_receive") == ("2", "20.00")
    books.happen("received", "R2", "2024-11-05", "2", "PO-1")
    books.value()
    found = position(books)
    assert (pair(found, "to_receive"), found["is_over_received"]) == (("0", "0.00"), False)


def test_returns_for_credit_are_not_to_receive_again(books: Books) -> None:
    books.order("PO-1", "10", "10", "2024-11-01")
    books.happen("received", "R1", "2024-11-03", "10", "PO-1")
    books.happen("returned", "B1", "2024-11-04", "2", "PO-1", receipt_event_id="R1", disposition="credit", reason="x")
    books.happen("received", "R2", "2024-11-05", "2", "PO-1")
    books.value()
    found = position(books)
    assert (pair(found, "to_receive"), found["is_over_received"]) == (("-2", "-20.00"), True)


def test_what_was_not_replaced_when_the_commitment_closed_is_short(books: Books) -> None:
    books.order("PO-1", "10", "10", "2024-11-01", is_closed=True)
    books.happen("received", "R1", "2024-11-03", "10", "PO-1")
    books.happen("returned", "B1", "2024-11-04", "2", "PO-1", receipt_event_id="R1", disposition="replace", reason="x")
    books.value()
    found = position(books)
    assert (pair(found, "to_receive"), pair(found, "closed_short")) == (("0", "0.00"), ("2", "20.00"))


@pytest.mark.parametrize(
    ("invoices", "expected"),
    [
        pytest.param([], ("60", "600.00"), id="nothing invoiced"),
        pytest.param([("60", "630.00")], ("0", "0.00"), id="all of it, at another price"),
        pytest.param([("40", "420.00")], ("20", "200.00"), id="a part, by units"),
        pytest.param([("70", "735.00")], ("-10", "-105.00"), id="more than received, at the invoice's price"),
        pytest.param([("50", "500.00"), ("20", "240.00")], ("-10", "-120.00"), id="the latest invoice gives first"),
        pytest.param([("0", "200.00")], ("40", "400.00"), id="without units, by money"),
        pytest.param([("0", "700.00")], ("0", "0.00"), id="without units, more money is price"),
        pytest.param([("40", "420.00"), ("0", "100.00")], ("10", "100.00"), id="with and without units"),
    ],
)
def test_received_not_invoiced(books: Books, invoices: list[tuple[str, str]], expected: tuple[str, str]) -> None:
    books.order("PO-1", "100", "10", "2024-11-01")
    books.happen("received", "R1", "2024-11-03", "60", "PO-1")
    books.value()
    for number, (units, amount) in enumerate(invoices, start=10):
        books.invoice(f"AP{number}", f"2024-11-{number}", amount, "PO-1", units=units)
    assert pair(position(books), "received_not_invoiced") == expected


def test_amounts_have_two_decimals_and_units_four(warehouse: Connection) -> None:
    rows = warehouse.execute(
        "select table_name, column_name, numeric_precision || ',' || numeric_scale as kind "
        "from information_schema.columns where table_schema = 'mart' and data_type = 'numeric'"
    ).fetchall()
    assert len(rows) > 50
    wrong = [
        row
        for row in rows
        if row["kind"] != ("18,4" if row["column_name"].startswith("units") else "14,2")
        and row["column_name"] != "seconds_event_to_sent"
    ]
    assert wrong == []


@pytest.mark.parametrize("day", ["2024-11-10", "infinity"])
def test_one_commitment_alone_is_what_it_is_among_all(books: Books, day: str) -> None:
    a_month(books)
    books.order("PO-2", "50", "10", "2024-11-01")
    books.happen("received", "R2", "2024-11-03", "30", "PO-2")
    books.invoice("AP-BARE", "2024-11-06", "120.00", "PO-2")
    books.value()
    query = "select * from mart.commitment_lines_at('AW', %s, %s) order by commitment, item_number"
    alone = [
        row for commitment in ("PO-1", "PO-2") for row in books.connection.execute(query, (day, commitment)).fetchall()
    ]
    assert alone == books.connection.execute(query, (day, None)).fetchall()
    assert len(alone) == 2
    assert books.connection.execute(query, (day, "PO-3")).fetchall() == []
