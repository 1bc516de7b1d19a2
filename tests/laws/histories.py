"""Strategies: purchase order lines, their changes and what happens to the material, sensible or not.

Quantities and prices are drawn so that roundings matter; instants collide often, so that the canonical order decides.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.laws.model_records import ChangeOrder, Codes, Event, Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COMMITMENT = "PO1"
CODES = [Codes(job, "", code, "M") for job in ("J1", "J2") for code in ("03 30 00", "05 12 00")]
CLOSED = Codes("J1", "", "09 00 00", "M")
NO_CODES = Codes("", "", "", "")
JOBS = [Codes("J1", "", "", ""), Codes("J2", "", "", "")]
VALID = {**dict.fromkeys(CODES, ""), CLOSED: "not_in_progress"}
ITEMS = ("REBAR", "PIPE")
CENT = Decimal("0.01")
KINDS = (
    "received", "received", "rejected", "returned", "allocated", "allocated", "deallocated", "installed", "installed",
    "wasted", "uninstalled", "reversed", "counted", "transferred", "transferred", "transferred",
)  # fmt: skip
RECEIVERS: list[dict[str, object]] = [
    {"to": Codes("J1", "", "", "")},
    {"to": Codes("J2", "", "", "")},
    *({"to": codes} for codes in CODES),
    {"to": CODES[3], "to_location": "SITE"},
    {"to_location": "SITE"},
    {"to_location": "SITE"},
]
"""Where a transfer may go: another job, codes there, another location."""

quantities = st.one_of(st.integers(1, 40).map(Decimal), st.integers(1, 400_000).map(lambda n: Decimal(n).scaleb(-4)))
unit_costs = st.one_of(
    st.integers(1, 5_000).map(lambda n: Decimal(n).scaleb(-2)),
    st.integers(1, 90_000_000).map(lambda n: Decimal(n).scaleb(-6)),
)


def instant(number: int) -> str:
    """Give one of sixty instants from January to the third of March, some of them equal moments in two offsets."""
    day = f"2026-0{1 + number // 28}-{1 + number % 28:02d}"
    return f"{day}T{number % 24:02d}:30:00{'+02:00' if number % 3 else '+00:00'}"


instants = st.integers(0, 59).map(instant)


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    """One to three PO lines of one or two items; an amount may hold tax, so that no unit cost gives it."""
    made = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        units, cost = draw(quantities), draw(unit_costs)
        tax = draw(st.sampled_from([Decimal(0)] * 3 + [Decimal("0.07")]))
        amount = (units * cost).quantize(CENT, ROUND_HALF_UP) + tax
        codes, item = draw(st.sampled_from(CODES)), draw(st.sampled_from(ITEMS))
        made.append(Line(COMMITMENT, number, codes, item, "EA", units, cost, amount, "2026-01-01"))
    return made


def standing(line: Line, orders: Sequence[ChangeOrder]) -> tuple[Decimal, Decimal, Decimal]:
    """Give a line's units, unit cost and amount after its changes, in the order of their numbers."""
    units, cost, amount = line.units, line.unit_cost, line.amount
    for order in orders:
        if order.item_number == line.item_number:
            units, amount = units + order.units, amount + order.amount
            cost = order.unit_cost if order.unit_cost is not None else cost
    return units, cost, amount


@st.composite
def change_order(draw: st.DrawFn, known: Sequence[Line], before: Sequence[ChangeOrder]) -> ChangeOrder:
    """The next change of quantity, price or both; the amount follows from them."""
    line = draw(st.sampled_from(known))
    units, cost, amount = standing(line, before)
    new_units = draw(st.one_of(st.just(units), quantities))
    new_cost = draw(st.one_of(st.just(cost), unit_costs))
    new_amount = (new_units * new_cost).quantize(CENT, ROUND_HALF_UP)
    at = draw(instants)
    return ChangeOrder(
        line.commitment, str(len(before) + 1), line.item_number, at, at[:10], new_units - units, new_amount - amount,
        new_cost if new_cost != cost else None,
    )  # fmt: skip


@st.composite
def change_orders(draw: st.DrawFn, known: Sequence[Line]) -> list[ChangeOrder]:
    """Up to four changes."""
    made: list[ChangeOrder] = []
    for _ in range(draw(st.integers(0, 4))):
        made.append(draw(change_order(known, made)))
    return made


def taken_back(order: ChangeOrder, number: int, at: str, cost_before: Decimal) -> ChangeOrder:
    """Give the change order that reverses another: never an edit, a new one with its signs turned."""
    cost = None if order.unit_cost is None else cost_before
    return ChangeOrder(order.commitment, str(number), order.item_number, at, at[:10], -order.units, -order.amount, cost)


@st.composite
def movement(draw: st.DrawFn, known: Sequence[Line], made: Sequence[Event]) -> Event:
    """One movement that mostly fits those made before: it may name a receipt, another event, a line or an item."""
    kind = draw(st.sampled_from(KINDS)) if made else "received"
    if kind in UNDONE and not any(one.event_type == UNDONE[kind] for one in made):
        kind = UNDONE[kind]
    receipts = [one for one in made if one.event_type in ("received", "transferred")]
    line = draw(st.sampled_from(known))
    on_line = {"commitment": line.commitment, "item_number": line.item_number}
    event = Event(
        event_id=f"E{len(made):02d}",
        event_type=kind,
        occurred_at=draw(instants),
        quantity=draw(quantities),
        unit=draw(st.sampled_from(["EA", "EA", ""])),
        codes=draw(st.sampled_from([NO_CODES, NO_CODES, NO_CODES, *CODES, CLOSED, *JOBS])),
    )
    if kind == "received" or not receipts:
        return event._replace(event_type="received", standard_item=line.standard_item, location="YARD", **on_line)
    named = draw(st.sampled_from(receipts))
    by_name = {"receipt_event_id": named.event_id}
    place = {"standard_item": line.standard_item, "location": draw(st.sampled_from(["YARD", "YARD", "SITE", "J2"]))}
    if kind == "transferred":
        event = event._replace(**draw(st.sampled_from(RECEIVERS)))  # type: ignore[arg-type]
    if kind == "reversed":
        named = draw(st.sampled_from([one for one in made if not is_undoer(one)]))
        names: list[dict[str, object]] = [{"reverses_event_id": named.event_id}]
    elif kind in UNDONE:
        named = draw(st.sampled_from([*(one for one in made if one.event_type == UNDONE[kind]), named, named]))
        names = [{"receipt_event_id": named.event_id}, {"receipt_event_id": named.event_id}, on_line, {**place}]
    elif kind in ("rejected", "returned"):
        names = [by_name, on_line]
    elif kind == "allocated":
        names = [by_name, by_name, on_line, place]
    else:
        names = [by_name, by_name, on_line, place]
    quantity = draw(st.sampled_from([event.quantity, *parts(abs(named.quantity))]))
    return event._replace(
        quantity=quantity * draw(st.sampled_from([-1, -1, 1])) if kind == "counted" else quantity,
        occurred_at=draw(st.sampled_from([event.occurred_at, *later(named), *later(max(made, key=place_in_time))])),
        **draw(st.sampled_from(names)),
    )


def parts(quantity: Decimal) -> list[Decimal]:
    """Give a quantity, and parts of it that do not divide evenly."""
    some = [(quantity / number).quantize(Decimal("0.0001"), ROUND_HALF_UP) for number in (2, 3, 7)]
    return [quantity, *(part for part in some if part)]


def place_in_time(event: Event) -> int:
    """Give the number of an event's instant."""
    return next(number for number in range(60) if instant(number) == event.occurred_at)


def later(event: Event) -> list[str]:
    """Give an event's instant and some days after it."""
    return [instant(min(place_in_time(event) + days, 59)) for days in (0, 1, 5, 20)]


UNDONE = {"uninstalled": "installed", "deallocated": "allocated"}
UNDOERS = ("reversed", "uninstalled", "deallocated")
"""Types that a reversal cannot name (`reversal_not_possible`): what was taken back is recorded again instead."""


def is_undoer(event: Event) -> bool:
    """Tell whether a reversal cannot name an event; a count that found more takes back what an earlier one lost."""
    return event.event_type in UNDOERS or (event.event_type == "counted" and event.quantity > 0)


def approved_counts(events: Iterable[Event]) -> set[str]:
    """Give the stock-take differences that finance approves: two of three."""
    return {one.event_id for one in events if one.event_type == "counted" and int(one.event_id[1:]) % 3}


@st.composite
def events(draw: st.DrawFn, known: Sequence[Line], most: int = 14) -> list[Event]:
    """A history of movements, some of them mistakes that are taken back."""
    made: list[Event] = []
    for _ in range(draw(st.integers(most // 2, most))):
        made.append(draw(movement(known, made)))
    return [*made, *draw(mistake(known, made))]


@st.composite
def mistake(draw: st.DrawFn, known: Sequence[Line], made: Sequence[Event]) -> list[Event]:
    """Often more is built in than ever came, or on a code that is closed; it is taken back at once or in two parts."""
    if not draw(st.booleans()):
        return []
    line, number = draw(st.sampled_from(known)), len(made)
    quantity = draw(st.sampled_from([Decimal(2), Decimal(100_000)]))
    at = draw(instants)
    wrong = Event(
        event_id=f"E{number:02d}", event_type="installed", occurred_at=at, quantity=quantity, unit="EA",
        codes=draw(st.sampled_from([NO_CODES, CLOSED])), commitment=line.commitment, item_number=line.item_number,
    )  # fmt: skip
    rest = draw(st.sampled_from([(quantity,), (quantity / 2, quantity / 2), (quantity, quantity), (quantity / 2,)]))
    return [
        wrong,
        *(
            wrong._replace(
                event_id=f"E{number + place:02d}", event_type="reversed", occurred_at=draw(instants), quantity=part,
                codes=NO_CODES, commitment="", item_number=0, reverses_event_id=wrong.event_id,
            )
            for place, part in enumerate(rest, start=1)
        ),
    ]  # fmt: skip
