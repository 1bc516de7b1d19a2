"""Positions and month-end totals summed from the oracle's entries."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from tests.laws.model import run
from tests.laws.model_records import Invoice
from tests.laws.model_totals import Pair, control_totals, positions
from tests.laws.notation import VALID, VALVES, change, event, line


def test_a_position_says_what_was_ordered_kept_used_and_what_is_still_to_come() -> None:
    ordered, orders = line("10", "2.00"), [change(5, "2", "4.00")]
    events = [
        event("R", "received", 1, "6"),
        event("X", "rejected", 2, "1", on="R"),
        event("A", "allocated", 3, "4", on="R"),
        event("I", "installed", 4, "2", on="R"),
        event("W", "wasted", 5, "1", on="R"),
        event("B", "returned", 6, "0.5", on="R"),
    ]
    bills = [Invoice(("PO1", 1), "2026-03-07", Decimal("12.00")), Invoice(None, "2026-03-07", Decimal("99.00"))]
    result = run([ordered], orders, events, VALID)
    found = positions([ordered], orders, bills, result)["PO1", 1]
    assert (found.original, found.revised) == (Pair(Fraction(10), Fraction(20)), Pair(Fraction(12), Fraction(24)))
    assert (found.accepted, found.returned) == (Pair(Fraction(5), Fraction(10)), Pair(Fraction(1, 2), Fraction(1)))
    assert (found.allocated, found.installed) == (Pair(Fraction(4), Fraction(8)), Pair(Fraction(2), Fraction(4)))
    assert (found.wasted, found.on_hand) == (Pair(Fraction(1), Fraction(2)), Pair(Fraction(3, 2), Fraction(3)))
    assert (found.to_receive, found.is_over_received) == (Pair(Fraction(7), Fraction(14)), False)
    assert (found.amount_to_invoice, found.amount_received_not_invoiced) == (Fraction(12), Fraction(-3))
    earlier = positions([ordered], orders, bills, result, as_of="2026-03-04")["PO1", 1]
    assert (earlier.original, earlier.revised) == (found.original, found.original)
    assert (earlier.installed, earlier.wasted, earlier.amount_invoiced) == (found.installed, Pair(), Fraction(0))
    assert positions([ordered], orders, bills, result, as_of="2026-02-28") == {}


def test_control_totals_are_cumulative_and_go_on_through_the_companys_last_month() -> None:
    quiet = line("1", "5.00", number=2, codes=VALVES)
    events = [
        event("R", "received", 30, "4"),
        event("I", "installed", 31, "2", on="R"),
        event("W", "wasted", 31, "1", on="R")._replace(occurred_at="2026-05-01T00:10:00+02:00"),
    ]
    bills = [Invoice(("PO1", 1), "2026-04-02", Decimal("6.50"))]
    lines = [line("9", "2.00"), quiet]
    totals = control_totals(lines, [], bills, run(lines, [], events, VALID))
    assert sorted(totals) == [
        (f"2026-{end}", "J1", code) for end in ("03-31", "04-30", "05-31") for code in ("33 14 13", "33 14 19")
    ]
    moved = {end: totals[f"2026-{end}", "J1", "33 14 13"] for end in ("03-31", "04-30", "05-31")}
    assert [[str(amount) for amount in row] for row in moved.values()] == [
        ["18", "8", "0", "4", "4", "10", "0"],
        ["18", "8", "0", "4", "4", "10", "6.5"],
        ["18", "8", "0", "4", "2", "10", "6.5"],
    ]
