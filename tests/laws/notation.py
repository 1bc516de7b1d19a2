"""A short notation for cases of the oracle: everything happens on PO1 in March 2026."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from tests.laws.model import run
from tests.laws.model_records import ChangeOrder, Codes, Event, Line, Result

PIPE = Codes("J1", "", "33 14 13", "M")
VALVES = Codes("J1", "", "33 14 19", "M")
OTHER_JOB = Codes("J2", "", "33 14 13", "M")
CLOSED = Codes("J9", "", "33 14 13", "M")
NONE = Codes("", "", "", "")
VALID = {PIPE: "", VALVES: "", OTHER_JOB: "", CLOSED: "job_not_in_progress"}


def line(units: str, unit_cost: str, amount: str = "", *, number: int = 1, codes: Codes = PIPE) -> Line:
    """A line of PO1 for pipe; the amount is units x unit cost where it is not given."""
    worth = Decimal(amount) if amount else round(Decimal(units) * Decimal(unit_cost), 2)
    return Line("PO1", number, codes, "DIP-8", "FT", Decimal(units), Decimal(unit_cost), worth, "2026-03-01")


def change(day: int, units: str, amount: str, unit_cost: str = "", *, number: str = "1") -> ChangeOrder:
    """A change of PO1 line 1 at the start of a March day: signed deltas, and the new unit cost if there is one."""
    cost = Decimal(unit_cost) if unit_cost else None
    date = f"2026-03-{day:02d}"
    return ChangeOrder("PO1", number, 1, f"{date}T00:00:00+00:00", date, Decimal(units), Decimal(amount), cost)


def event(name: str, event_type: str, day: int, units: str, **said: object) -> Event:
    """An event at noon of a March day on PO1 line 1; `on` names the receipt (or install) it concerns."""
    fields = {"unit": "FT", "commitment": "PO1", "item_number": 1, "location": "J1"} | said
    if "on" in fields:
        fields["receipt_event_id"] = fields.pop("on")
    return Event(name, event_type, f"2026-03-{day:02d}T12:00:00+00:00", Decimal(units), **fields)  # type: ignore[arg-type]


def worth(result: Result, *parts: str) -> dict[str, Decimal]:
    """Amounts per name of the wanted parts of an entry (event_id, cause_id, measure, ...), joined by a blank."""
    sums: dict[str, Fraction] = {}
    for entry in result.entries:
        name = " ".join(str(getattr(entry, part)) for part in parts)
        sums[name] = sums.get(name, Fraction(0)) + entry.amount
    return {name: Decimal(amount.numerator) / Decimal(amount.denominator) for name, amount in sums.items()}


def by_event(result: Result) -> dict[str, Decimal]:
    """Amounts per event."""
    return worth(result, "event_id")


def valued(events: list[Event], *orders: ChangeOrder, ordered: Line | None = None) -> Result:
    """Run the oracle on one line, 9 FT of pipe at 2.00 where no other is given."""
    return run([ordered or line("9", "2.00")], orders, events, VALID)
