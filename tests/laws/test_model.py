"""The oracle on cases small enough to do in the head: values, draws, layers, order."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from tests.laws.model import canonical_key, run
from tests.laws.model_records import ChangeOrder, Event, cents
from tests.laws.notation import OTHER_JOB, PIPE, VALID, VALVES, by_event, change, event, line, valued, worth

# ---------------------------------------------------------------- received value


def test_receipts_of_any_size_sum_to_the_amount_of_the_line() -> None:
    parts = [event(f"R{n}", "received", n, "1") for n in (1, 2, 3)]
    result = run([line("3", "0.335", "1.01")], [], parts, VALID)
    # V(1) = 0.34, V(2) = 0.67, V(3) = 1.01, half away from zero.
    assert by_event(result) == {"R1": Decimal("0.34"), "R2": Decimal("0.33"), "R3": Decimal("0.34")}


def test_halves_round_away_from_zero_on_both_sides() -> None:
    assert [cents(Fraction(n, 1000)) for n in (5, 15, -5, -15, 4)] == [Fraction(n, 100) for n in (1, 2, -1, -2, 0)]


def test_a_rejection_is_worth_the_difference_it_makes() -> None:
    result = run(
        [line("3", "0.335", "1.01")],
        [],
        [event("R", "received", 1, "3"), event("X", "rejected", 2, "1", on="R")],
        VALID,
    )
    assert by_event(result) == {"R": Decimal("1.01"), "X": Decimal("-0.34")}


def test_an_amount_that_the_unit_cost_does_not_give_is_spread_exactly() -> None:
    result = run(
        [line("30", "28.67", "860.00")], [], [event("R", "received", 1, "13"), event("S", "received", 2, "17")], VALID
    )
    assert by_event(result) == {"R": Decimal("372.67"), "S": Decimal("487.33")}


def test_a_line_changed_to_nothing_keeps_its_last_unit_cost() -> None:
    result = run([line("10", "5.00", "54.00")], [change(2, "-10", "-54.00")], [event("R", "received", 3, "2")], VALID)
    assert by_event(result) == {"R": Decimal("10.80")}


def test_a_lump_sum_line_has_no_unit_cost() -> None:
    result = run([line("0", "0", "500.00")], [], [event("R", "received", 1, "1")], VALID)
    assert (result.entries, result.waiting) == ([], {"R": "lump_sum_without_quantity"})


def test_a_new_price_revalues_what_was_received_before_dated_at_the_change() -> None:
    events = [event("R1", "received", 1, "1"), event("R2", "received", 2, "1"), event("R3", "received", 9, "1")]
    result = run([line("3", "1.00")], [change(5, "0", "0.02", "1.005")], events, VALID)
    dated = worth(result, "event_id", "date")
    assert dated == {
        "R1 2026-03-01": Decimal("1.00"),
        "R2 2026-03-02": Decimal("1.00"),
        # V(1) = 1.01 of 1.005, V(2) = 2.01: the first layer gains a cent, the second none.
        "R1 2026-03-05": Decimal("0.01"),
        "R3 2026-03-09": Decimal("1.01"),
    }


def test_a_change_of_quantity_at_the_same_price_revalues_nothing() -> None:
    result = run([line("3", "2.50")], [change(5, "2", "5.00")], [event("R", "received", 1, "3")], VALID)
    assert worth(result, "cause_kind") == {"event": Decimal("7.50")}


def test_change_orders_of_one_instant_follow_their_numbers_not_their_text() -> None:
    # Number 9 raises the price to 9.00, number 10 then takes the unit away: the last price stays.
    orders = [change(5, "-1", "-9.00", number="10"), change(5, "0", "8.00", "9.00", number="9")]
    result = run([line("1", "1.00")], orders, [event("R", "received", 9, "1")], VALID)
    assert by_event(result) == {"R": Decimal("9.00")}


# ---------------------------------------------------------------- draws


def test_a_layer_fully_consumed_leaves_nothing() -> None:
    events = [event("R", "received", 1, "3")] + [event(f"I{n}", "installed", n, "1", on="R") for n in (2, 3, 4)]
    result = run([line("3", "3.3333", "10.00")], [], events, VALID)
    assert by_event(result) == {
        "R": Decimal("10.00"),
        "I2": Decimal("3.33"),
        "I3": Decimal("3.34"),
        "I4": Decimal("3.33"),
    }


def test_a_rejection_revalues_what_was_drawn_before() -> None:
    events = [
        event("R", "received", 1, "3"),
        event("I", "installed", 2, "1", on="R"),
        event("J", "installed", 3, "1", on="R"),
        event("X", "rejected", 4, "1", on="R"),
    ]
    result = run([line("3", "0.335", "1.01")], [], events, VALID)
    # Layer 1.01 of 3: 0.34, 0.33. Layer 0.67 of 2: 0.34, 0.33. Nothing changes but the layer.
    assert by_event(result) == {
        "R": Decimal("1.01"),
        "I": Decimal("0.34"),
        "J": Decimal("0.33"),
        "X": Decimal("-0.34"),
    }
    cheaper = run([line("3", "0.335", "1.01")], [change(5, "0", "-0.50", "0.17")], events, VALID)
    # 2 of 0.17 = 0.34 in the layer: 0.17 each.
    assert worth(cheaper, "event_id", "cause_id") == {
        "R R": Decimal("1.01"),
        "I I": Decimal("0.34"),
        "J J": Decimal("0.33"),
        "X X": Decimal("-0.34"),
        "R 1": Decimal("-0.33"),
        "I 1": Decimal("-0.17"),
        "J 1": Decimal("-0.16"),
    }


def test_an_uninstall_gives_back_what_the_install_it_names_took() -> None:
    events = [
        event("R", "received", 1, "4"),
        event("I", "installed", 2, "2", on="R"),
        event("J", "installed", 3, "2", on="R", codes=VALVES),
        event("U", "uninstalled", 4, "1", on="I"),
    ]
    result = run([line("4", "2.00")], [], events, VALID)
    assert worth(result, "event_id", "measure", "codes") == {
        f"R received {PIPE}": Decimal("8.00"),
        f"I installed {PIPE}": Decimal("4.00"),
        f"J installed {VALVES}": Decimal("4.00"),
        f"U installed {PIPE}": Decimal("-2.00"),
    }


def test_an_uninstall_that_names_a_receipt_takes_the_last_installs_first_but_no_waste() -> None:
    events = [
        event("R", "received", 1, "6"),
        event("I", "installed", 2, "2", on="R"),
        event("J", "installed", 3, "2", on="R", codes=VALVES),
        event("W", "wasted", 4, "1", on="R"),
        event("U", "uninstalled", 5, "3", on="R"),
    ]
    result = run([line("6", "2.00")], [], events, VALID)
    assert worth(result, "event_id", "measure", "codes") == {
        f"R received {PIPE}": Decimal("12.00"),
        f"I installed {PIPE}": Decimal("4.00"),
        f"J installed {VALVES}": Decimal("4.00"),
        f"W wasted {PIPE}": Decimal("2.00"),
        f"U installed {VALVES}": Decimal("-4.00"),
        f"U installed {PIPE}": Decimal("-2.00"),
    }


@pytest.mark.parametrize(
    ("undone", "units", "measure", "left"),
    [
        ("R", "1", "received", "6.00"),
        ("X", "1", "received", "8.00"),
        ("A", "1", "allocated", "2.00"),
        ("I", "1", "installed", "0.00"),
        ("W", "0.5", "wasted", "1.00"),
    ],
)
def test_a_reversal_undoes_part_of_whatever_it_names(undone: str, units: str, measure: str, left: str) -> None:
    events = [
        event("R", "received", 1, "5"),
        event("X", "rejected", 2, "1", on="R"),
        event("A", "allocated", 3, "2", on="R"),
        event("I", "installed", 4, "1", on="R"),
        event("W", "wasted", 5, "1", on="R"),
        event("V", "reversed", 6, units, reverses_event_id=undone),
    ]
    before = {"received": "8.00", "allocated": "4.00", "installed": "2.00", "wasted": "2.00"}
    assert worth(valued(events[:-1]), "measure") == {m: Decimal(a) for m, a in before.items()}
    after = {**before, measure: left}
    # Reversing the rejection brings the fifth unit back: 8.00 + 2.00.
    after["received"] = "10.00" if undone == "X" else after["received"]
    assert worth(valued(events), "measure") == {m: Decimal(a) for m, a in after.items()}


def test_a_reversal_can_be_reversed_and_then_undone_again() -> None:
    events = [
        event("R", "received", 1, "5"),
        event("V1", "reversed", 2, "5", reverses_event_id="R"),
        event("V2", "reversed", 3, "3", reverses_event_id="V1"),
        event("V3", "reversed", 4, "3", reverses_event_id="R"),
        event("V4", "reversed", 5, "1", reverses_event_id="R"),
    ]
    result = valued(events)
    assert by_event(result) == {
        "R": Decimal("10.00"),
        "V1": Decimal("-10.00"),
        "V2": Decimal("6.00"),
        "V3": Decimal("-6.00"),
    }
    assert result.waiting == {"V4": "more_than_was_drawn"}


def test_a_reversal_that_would_draw_more_than_there_is_waits() -> None:
    events = [
        event("R", "received", 1, "5"),
        event("I", "installed", 2, "5", on="R"),
        event("U", "uninstalled", 3, "2", on="I"),
        event("J", "installed", 4, "1", on="R"),
        event("V", "reversed", 5, "2", reverses_event_id="U"),
    ]
    assert valued(events).waiting == {"V": "over_consumed"}
    small = [*events[:-1], events[-1]._replace(quantity=Decimal(1))]
    assert worth(valued(small), "measure")["installed"] == Decimal("10.00")


def test_no_more_is_allocated_than_the_layer_holds() -> None:
    events = [
        event("R", "received", 1, "5"),
        event("A", "allocated", 2, "5", on="R"),
        event("B", "returned", 3, "2", on="R"),
    ]
    assert worth(run([line("5", "2.00")], [], events, VALID), "measure") == {
        "received": Decimal("6.00"),
        "allocated": Decimal("6.00"),
    }


# ---------------------------------------------------------------- which layer


def test_a_draw_without_receipt_takes_the_oldest_layers_of_its_line() -> None:
    events = [
        event("R2", "received", 2, "5"),
        event("R1", "received", 1, "2"),
        event("I", "installed", 3, "4"),
        event("J", "installed", 4, "4"),
    ]
    result = valued(events)
    assert by_event(result)["I"] == Decimal("8.00")
    assert result.waiting == {"J": "over_consumed"}
    assert [entry.event_id for entry in result.entries if entry.measure == "installed"] == ["I"]


def test_a_draw_by_item_takes_layers_of_its_own_job_at_its_location() -> None:
    lines = [line("5", "2.00"), line("5", "3.00", number=2, codes=OTHER_JOB), line("5", "4.00", number=3)]
    nowhere = {"commitment": "", "item_number": 0, "standard_item": "DIP-8"}
    events = [
        event("R2", "received", 1, "5", item_number=2),
        event("R1", "received", 2, "2"),
        event("R3", "received", 3, "5", item_number=3),
        event("R4", "received", 3, "1", location="YARD"),
        event("I", "installed", 4, "4", codes=PIPE, **nowhere),
    ]
    assert by_event(run(lines, [], events, VALID))["I"] == Decimal("12.00")
    too_much = events[-1]._replace(quantity=Decimal(8))
    assert run(lines, [], [*events[:-1], too_much], VALID).waiting == {"I": "over_consumed"}
    shared = [*events[:-1], event("A", "allocated", 3, "1", on="R2", codes=PIPE), too_much]
    assert run(lines, [], shared, VALID).waiting == {}


def test_over_consumption_draws_nothing_until_an_earlier_receipt_is_known() -> None:
    events = [event("R", "received", 2, "2"), event("I", "installed", 3, "3"), event("J", "installed", 4, "2")]
    result = valued(events)
    assert result.waiting == {"I": "over_consumed"}
    assert by_event(result) == {"R": Decimal("4.00"), "J": Decimal("4.00")}
    cured = valued([*events, event("L", "received", 1, "3")])
    assert cured.waiting == {}
    assert by_event(cured)["I"] == Decimal("6.00")


def test_a_cut_of_a_line_counts_on_the_codes_of_each_receipt_it_takes_from() -> None:
    events = [
        event("R1", "received", 1, "2", codes=PIPE),
        event("R2", "received", 2, "3", codes=VALVES),
        event("X", "rejected", 3, "4"),
        event("V", "reversed", 4, "3", reverses_event_id="X"),
    ]
    assert worth(valued(events), "event_id", "codes") == {
        f"R1 {PIPE}": Decimal("4.00"),
        f"R2 {VALVES}": Decimal("6.00"),
        f"X {PIPE}": Decimal("-4.00"),
        f"X {VALVES}": Decimal("-4.00"),
        f"V {VALVES}": Decimal("4.00"),
        f"V {PIPE}": Decimal("2.00"),
    }
    # Codes that the cut itself carries win.
    own = [*events[:2], events[2]._replace(codes=VALVES)]
    assert worth(valued(own), "codes") == {f"{PIPE}": Decimal("4.00"), f"{VALVES}": Decimal("-2.00")}


@pytest.mark.parametrize("cut", ["rejected", "returned", "reversed"])
def test_what_would_cut_a_layer_below_its_consumption_is_itself_the_exception(cut: str) -> None:
    said = {"reverses_event_id": "R"} if cut == "reversed" else {"on": "R"}
    events = [event("R", "received", 1, "3"), event("I", "installed", 2, "2", on="R"), event("X", cut, 3, "2", **said)]
    assert valued(events).waiting == {"X": "layer_too_small"}
    small = [*events[:-1], events[-1]._replace(quantity=Decimal(1))]
    assert valued(small).waiting == {}


# ---------------------------------------------------------------- order


def test_at_one_instant_change_orders_come_first_then_receipts_cuts_allocations_consumption() -> None:
    wanted = ["change", "received", "rejected", "allocated", "installed"]
    same = "2026-03-01T00:00:00+00:00"
    records = [event(f"{9 - n}", kind, 1, "1")._replace(occurred_at=same) for n, kind in enumerate(wanted[1:])]
    mixed: list[Event | ChangeOrder] = [*records[::-1], change(1, "0", "0")]
    ordered = sorted(mixed, key=canonical_key)
    assert [one.event_type if isinstance(one, Event) else "change" for one in ordered] == wanted


def test_what_is_known_after_a_close_is_valued_after_it() -> None:
    events = [
        event("R", "received", 1, "2"),
        event("I", "installed", 2, "2"),
        event("L", "installed", 1, "1", close_count=1),
    ]
    assert valued(events).waiting == {"L": "over_consumed"}
    assert valued([one._replace(close_count=0) for one in events]).waiting == {"I": "over_consumed"}


def test_the_day_of_an_event_is_the_one_at_its_site() -> None:
    late = event("R", "received", 1, "1")._replace(occurred_at="2026-03-31T23:40:00-07:00")
    assert [entry.date for entry in valued([late]).entries] == ["2026-03-31"]


def test_an_event_given_twice_counts_once_and_two_contents_of_one_id_are_refused() -> None:
    receipt = event("R", "received", 1, "1")
    assert by_event(valued([receipt, receipt])) == {"R": Decimal("2.00")}
    with pytest.raises(ValueError, match="R came with two contents"):
        valued([receipt, receipt._replace(quantity=Decimal(2))])
