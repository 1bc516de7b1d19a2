"""What holds of the oracle for any history, sensible or not."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.model import run
from tests.laws.model_totals import decimal, positions
from tests.laws.notation import NONE, PIPE, VALID, VALVES, change, event, line

if TYPE_CHECKING:
    from tests.laws.model_records import ChangeOrder, Event, Line

pytestmark = pytest.mark.slow

KINDS = (
    "received", "rejected", "returned", "allocated", "deallocated", "installed", "uninstalled", "wasted", "reversed",
)  # fmt: skip
quantities = st.integers(1, 40_000).map(lambda n: Decimal(n).scaleb(-3))
days = st.integers(1, 28)


@st.composite
def change_orders(draw: st.DrawFn, ordered: Line) -> list[ChangeOrder]:
    """Changes of price and quantity; now and then the amount is not what units and price give."""
    made = []
    units, price, amount = ordered.units, ordered.unit_cost, ordered.amount
    for number in range(draw(st.integers(0, 3))):
        new_units, price = draw(quantities), draw(st.sampled_from([price, draw(quantities)]))
        new_amount = round(new_units * price, 2) + draw(st.sampled_from([Decimal(0), Decimal("0.03")]))
        delta = (str(new_units - units), str(new_amount - amount))
        made.append(change(draw(days), *delta, str(price), number=str(number + 1)))
        units, amount = new_units, new_amount
    return made


@st.composite
def histories(draw: st.DrawFn) -> tuple[Line, list[ChangeOrder], list[Event]]:
    """A line with its changes, and movements that may or may not fit together."""
    ordered = line(str(draw(quantities)), str(draw(st.integers(1, 99_999))) + "e-4")
    made: list[Event] = []
    for number in range(draw(st.integers(1, 16))):
        kind = draw(st.sampled_from(KINDS))
        name = draw(st.sampled_from(["", *[one.event_id for one in made]])) if kind != "received" else ""
        said = {"reverses_event_id": name} if kind == "reversed" else {"on": name}
        units = draw(quantities) * (10 if kind == "received" else 1)
        codes = draw(st.sampled_from([NONE, PIPE, VALVES]))
        made.append(event(f"E{number}", kind, draw(days), str(units), codes=codes, **said))
    return ordered, draw(change_orders(ordered)), made


@settings(max_examples=300)
@given(history=histories(), data=st.data())
def test_any_order_of_the_same_records_gives_the_same_entries(
    history: tuple[Line, list[ChangeOrder], list[Event]], data: st.DataObject
) -> None:
    ordered, orders, events = history
    first = run([ordered], orders, events, VALID)
    again = run([ordered], data.draw(st.permutations(orders)), data.draw(st.permutations(events)), VALID)
    assert again == first


@settings(max_examples=300)
@given(history=histories())
def test_quantities_and_values_add_up_whatever_happened(history: tuple[Line, list[ChangeOrder], list[Event]]) -> None:
    ordered, orders, events = history
    result = run([ordered], orders, events, VALID)
    found = positions([ordered], orders, [], result)["PO1", 1]
    assert set(result.waiting) | set(result.tags) == {one.event_id for one in events}
    assert not set(result.waiting) & set(result.tags)
    assert found.on_hand.units >= 0
    assert (
        found.accepted.units - found.returned.units == found.installed.units + found.wasted.units + found.on_hand.units
    )
    assert abs(found.allocated.amount) <= abs((found.accepted - found.returned).amount)
    kept = (found.accepted - found.returned).units
    bare = run([ordered], orders, [event("R", "received", 31, str(decimal(kept)))] if kept else [], VALID)
    last = sum((entry.amount for entry in bare.entries), Fraction(0))
    # The received value is V of what is kept, at the price in force; it moves only when something is received or cut.
    assert (found.accepted - found.returned).amount == last
