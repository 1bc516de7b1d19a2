"""The two bridges, every component reckoned by hand, and a residual that shows when books do not agree."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from ops.companies import default_profile, store_profile
from sage_bridge.reconcile import COMPONENTS, period_end
from sage_hooks.prices import value_prices
from sage_hooks.reconciliation import gather
from sage_hooks.warehouse import fetch_file, run_file
from tests.sql.recon.books import CODE, OTHER_CODE, Books, a_month

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("company")]


@pytest.fixture
def books(warehouse: Connection, company: str) -> Books:
    return Books(warehouse, company)


def bridge(books: Books, name: str, period: str = "2024-11", code: str = CODE) -> dict[str, tuple[str, str]]:
    """Compute the bridges of a month; gives units and amount of each component of one of them on one code."""
    values = {
        "company_id": "AW", "period": period, "period_end": period_end(period), "mode": "preview", "materiality": 0,
        "prepared_by": "finance", "dag_run_id": "x", "proves_run_no": None, "approval_id": None,
    }  # fmt: skip
    values["run_no"] = fetch_file(books.connection, "recon/insert_run", values)[0]["run_no"]
    gather(books.connection, values)
    for statement in ("insert_quantity_bridge", "insert_cost_bridge", "insert_residuals"):
        run_file(books.connection, f"recon/{statement}", values)
    rows = books.connection.execute(
        "select component, sum(units) as units, sum(amount) as amount from recon.variance "
        "where run_no = %s and bridge = %s and cost_code = %s group by component",
        (values["run_no"], name, code),
    ).fetchall()
    return {row["component"]: (f"{row['units'].normalize():f}", str(row["amount"])) for row in rows}


def costs(found: dict[str, tuple[str, str]]) -> dict[str, str]:
    return {component: amount for component, (_, amount) in found.items()}


def test_quantity_of_a_month(books: Books) -> None:
    a_month(books)
    assert bridge(books, "quantity") == {
        "original": ("100", "1000.00"),
        "change_orders": ("-10", "-100.00"),
        "not_received": ("-15", "-150.00"),
        "on_hand": ("-35", "-350.00"),
        "consumed": ("40", "400.00"),
        "residual": ("0", "0.00"),
    }


def test_it_is_cumulative_to_the_months_end(books: Books) -> None:
    a_month(books)
    assert bridge(books, "quantity", "2024-10") == {
        "original": ("100", "1000.00"),
        "not_received": ("-100", "-1000.00"),
        "consumed": ("0", "0.00"),
        "residual": ("0", "0.00"),
    }


def test_returns_waste_and_a_closed_commitment(books: Books) -> None:
    books.order("PO-1", "100", "10", "2024-11-01", is_closed=True)
    books.happen("received", "R1", "2024-11-03", "80", "PO-1")
    books.happen("returned", "B1", "2024-11-04", "5", "PO-1", receipt_event_id="R1", disposition="credit", reason="x")
    books.happen("reversed", "U1", "2024-11-05", "2", "PO-1", reverses_event_id="B1")
    books.happen("wasted", "W1", "2024-11-06", "1", "PO-1", receipt_event_id="R1", reason="cut")
    books.value()
    assert bridge(books, "quantity") == {
        "original": ("100", "1000.00"),
        "closed_short": ("-20", "-200.00"),
        "returned": ("-3", "-30.00"),
        "on_hand": ("-76", "-760.00"),
        "consumed": ("1", "10.00"),
        "residual": ("0", "0.00"),
    }


def test_what_went_back_before_a_change_of_price_leaves_no_residual(books: Books) -> None:
    books.order("PO-1", "100", "10", "2024-11-01")
    books.happen("received", "R1", "2024-11-03", "80", "PO-1")
    books.happen("returned", "B1", "2024-11-04", "30", "PO-1", receipt_event_id="R1", disposition="credit", reason="x")
    books.happen("installed", "I1", "2024-11-05", "20", "PO-1", receipt_event_id="R1")
    books.change("PO-1", "1", "2024-11-10", "0", "150")
    books.value()
    assert bridge(books, "quantity") == {
        "original": ("100", "1000.00"),
        "change_orders": ("0", "150.00"),
        "not_received": ("-20", "-230.00"),
        "returned": ("-30", "-345.00"),
        "on_hand": ("-30", "-345.00"),
        "consumed": ("20", "230.00"),
        "residual": ("0", "0.00"),
    }


def test_over_receipt(books: Books) -> None:
    books.order("PO-1", "10", "10", "2024-11-01")
    books.happen("received", "R1", "2024-11-03", "12", "PO-1")
    books.value()
    found = bridge(books, "quantity")
    assert (found["over_receipt"], found["on_hand"], found["residual"]) == (
        ("2", "20.00"),
        ("-12", "-120.00"),
        ("0", "0.00"),
    )


def test_a_lump_sum_stands_open_whole(books: Books) -> None:
    """No units are ordered, so what is received of it waits; its money is not received."""
    books.order("PO-1", "0", "0", "2024-11-01", amount="500.00")
    books.happen("received", "R1", "2024-11-03", "1", "PO-1")
    books.value()
    assert bridge(books, "quantity") == {
        "original": ("0", "500.00"),
        "not_received": ("0", "-500.00"),
        "consumed": ("0", "0.00"),
        "residual": ("0", "0.00"),
    }


def test_a_closed_lump_sum_is_closed_short(books: Books) -> None:
    books.order("PO-1", "0", "0", "2024-11-01", amount="500.00", is_closed=True)
    assert costs(bridge(books, "quantity")) == {
        "original": "500.00",
        "closed_short": "-500.00",
        "consumed": "0.00",
        "residual": "0.00",
    }


def test_units_taken_off_a_line_while_some_money_stays(books: Books) -> None:
    books.order("PO-1", "10", "10", "2024-11-01")
    books.happen("received", "R1", "2024-11-03", "4", "PO-1")
    books.happen("installed", "I1", "2024-11-04", "1", "PO-1", receipt_event_id="R1")
    books.change("PO-1", "1", "2024-11-05", "-10", "-70.00")
    books.value()
    assert bridge(books, "quantity") == {
        "original": ("10", "100.00"),
        "change_orders": ("-10", "-70.00"),
        "not_received": ("0", "-30.00"),
        "over_receipt": ("4", "40.00"),
        "on_hand": ("-3", "-30.00"),
        "consumed": ("1", "10.00"),
        "residual": ("0", "0.00"),
    }


def test_a_credit_line_stands_open_whole(books: Books) -> None:
    books.order("PO-1", "-2", "10", "2024-11-01")
    assert bridge(books, "quantity") == {
        "original": ("-2", "-20.00"),
        "not_received": ("2", "20.00"),
        "consumed": ("0", "0.00"),
        "residual": ("0", "0.00"),
    }


def test_material_consumed_on_another_code_moves_and_sums_to_zero(books: Books) -> None:
    books.order("PO-1", "10", "10", "2024-11-01")
    books.happen("received", "R1", "2024-11-03", "10", "PO-1")
    books.happen("installed", "I1", "2024-11-04", "4", "PO-1", receipt_event_id="R1", cost_code=OTHER_CODE)
    books.happen("installed", "I2", "2024-11-05", "1", "PO-1", receipt_event_id="R1")
    books.value()
    own, other = bridge(books, "quantity"), bridge(books, "quantity", code=OTHER_CODE)
    assert (own["moved_code"], other["moved_code"]) == (("-4", "-40.00"), ("4", "40.00"))
    assert (own["consumed"], other["consumed"]) == (("1", "10.00"), ("4", "40.00"))
    assert own["residual"] == other["residual"] == ("0", "0.00")


def test_rounding_is_told_apart_and_bounded(books: Books) -> None:
    books.order("PO-1", "3", "0.335", "2024-11-01")
    for number in (1, 2, 3):
        books.happen("received", f"R{number}", f"2024-11-0{number + 1}", "1", "PO-1")
    books.happen("installed", "I1", "2024-11-08", "1", "PO-1", receipt_event_id="R1")
    books.value()
    # 3 x 0.335 = 1.01; the first unit is worth 0.34, two on hand 0.67: nothing to round until one is rejected.
    assert bridge(books, "quantity")["residual"] == ("0", "0.00")
    books.happen("rejected", "J1", "2024-11-09", "1", "PO-1", receipt_event_id="R2", disposition="credit", reason="x")
    books.value()
    found = bridge(books, "quantity")
    assert abs(Decimal(found.get("rounding", ("0", "0.00"))[1])) <= Decimal("0.01")
    assert found["residual"] == ("0", "0.00")


@pytest.mark.parametrize("amount", ["0.50", "-0.50"])
def test_money_the_units_do_not_explain_stays_as_residual(books: Books, amount: str) -> None:
    a_month(books)
    books.connection.execute(
        "insert into ledger.value_entry (company_id, event_id, cause_kind, cause_id, measure, commitment, item_number, "
        "job, extra, cost_code, category, entry_date, units, amount, valuation_id) select company_id, event_id, "
        "cause_kind, cause_id, measure, commitment, item_number, job, extra, cost_code, category, entry_date, 0, %s, "
        "valuation_id from ledger.value_entry where event_id = 'I1'",
        (amount,),
    )
    assert bridge(books, "quantity")["residual"] == ("0", amount)


def test_units_that_events_and_entries_do_not_share_stay_as_residual(books: Books) -> None:
    a_month(books)
    books.connection.execute("update ledger.event_tag set units = units - 1 where event_id = 'I1'")
    assert bridge(books, "quantity")["residual"] == ("1", "10.00")


def test_cost_of_a_month(books: Books) -> None:
    a_month(books)
    assert costs(bridge(books, "cost")) == {
        "consumed": "400.00",
        "tax_freight": "40.00",
        "job_cost": "440.00",
        "residual": "0.00",
    }


def test_every_step_of_the_cost_bridge(books: Books) -> None:
    a_month(books)
    books.happen("installed", "I2", "2024-11-20", "2", "PO-1", receipt_event_id="R1")
    books.value()
    books.invoice("AP2", "2024-11-21", "33.00", "PO-1")
    books.sage_row("F1", "2024-11-22", "7.00")
    books.sage_row("U1", "2024-11-23", "9.00", type="AP cost", description="Unmanaged sand")
    books.connection.execute(
        "insert into core.ap_rule values ('AW', 9, 'unmanaged', null, null, null, '^unmanaged', 'controller')"
    )
    books.connection.execute("update core.job_cost_transaction set amount = amount + 1 where ref_1 = 'X000000001'")
    books.connection.execute(
        "update core.job_cost_transaction set accounting_date = '2024-12-02' where row_id = 'TAX1'"
    )
    books.sage_row("F2", "2024-12-01", "5.00", booked="2024-11-30")
    assert costs(bridge(books, "cost")) == {
        "consumed": "420.00",
        "tax_freight": "40.00",
        "unmanaged": "9.00",
        "foreign": "7.00",
        "differences": "1.00",
        # 20 of consumption not posted, 33 of an invoice not offset.
        "cut_off_in_flight": "13.00",
        # Tax of 40 booked in December, 5 of December booked in November.
        "cut_off_late": "-35.00",
        "job_cost": "455.00",
        "residual": "0.00",
    }


# 40 of 80 received are consumed at 10.00; 50 of them are billed at 10.50, so 300.00 are received and not billed. Of the
# 25.00 that the bill is dearer, the half that is consumed bears 12.50. Nothing is posted, so all of ours is in flight.
BY_POLICY = {
    "installation": {"price": "12.50", "cut_off_in_flight": "112.50"},
    "receipt": {
        "consumption_not_costed": "-400.00", "invoiced": "525.00", "accrual": "300.00", "cut_off_in_flight": "-300.00",
    },
    "invoice": {"consumption_not_costed": "-400.00", "invoiced": "525.00"},
}  # fmt: skip


@pytest.mark.parametrize("policy", BY_POLICY)
def test_the_steps_that_a_policy_makes(books: Books, policy: str) -> None:
    profile = replace(default_profile("AW"), policy=policy, price_variance="posted")
    store_profile(books.connection, profile)
    books.order("PO-1", "100", "10", "2024-11-01")
    books.happen("received", "R1", "2024-11-03", "80", "PO-1")
    books.happen("installed", "I1", "2024-11-06", "40", "PO-1", receipt_event_id="R1")
    books.value()
    books.invoice("AP1", "2024-11-10", "525.00", "PO-1", units=50)
    value_prices(books.connection, "AW")
    same = {"consumed": "400.00", "job_cost": "525.00", "residual": "0.00"}
    assert costs(bridge(books, "cost")) == {**same, **BY_POLICY[policy]}


def test_a_posting_that_does_not_carry_its_entries_stays_as_residual(books: Books) -> None:
    a_month(books)
    books.connection.execute("update outbox.cost_posting set amount = 399 where posting_reference = 'X000000001'")
    books.connection.execute("update core.job_cost_transaction set amount = 399 where ref_1 = 'X000000001'")
    assert costs(bridge(books, "cost"))["residual"] == "-1.00"


def test_components_are_the_ones_that_are_named(books: Books) -> None:
    a_month(books)
    found = {*bridge(books, "quantity"), *bridge(books, "cost")}
    assert found - {"residual"} <= set(COMPONENTS)
