"""What the oracle takes and gives: plain records, quantities in the commitment item's unit, money debit positive."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal

LineKey = tuple[str, int]
ZERO = Fraction(0)

#: Place of a record among those of one instant; a change order comes before all events.
RANK = {
    "received": 1, "rejected": 2, "returned": 2, "reversed": 2, "allocated": 3, "deallocated": 3,
    "installed": 4, "uninstalled": 4, "wasted": 4, "transferred": 4, "counted": 4,
}  # fmt: skip


class Codes(NamedTuple):
    """Where cost belongs; `extra` '' is the base of the job."""

    job: str
    extra: str
    cost_code: str
    category: str

    def __repr__(self) -> str:
        """Give the codes as one word, as a failing example shows them."""
        return "/".join(self) if any(self) else "-"


class Line(NamedTuple):
    """A commitment item as first ordered; `amount` has its tax inside, `units` 0 is a lump sum."""

    commitment: str
    item_number: int
    codes: Codes
    standard_item: str
    unit: str
    units: Decimal
    unit_cost: Decimal
    amount: Decimal
    ordered_on: str

    def __repr__(self) -> str:
        """Give the line in one short sentence."""
        what = f"{self.units} {self.unit} {self.standard_item} at {self.unit_cost} = {self.amount}"
        return f"<{self.commitment}/{self.item_number}: {what} on {self.codes}>"


class ChangeOrder(NamedTuple):
    """An approved change of one commitment item: signed deltas, and the new unit cost when that changed."""

    commitment: str
    number: str
    item_number: int
    approved_at: str
    date: str
    units: Decimal
    amount: Decimal
    unit_cost: Decimal | None = None
    close_count: int = 0

    def __repr__(self) -> str:
        """Give the change in one short sentence."""
        cost = "" if self.unit_cost is None else f", unit cost {self.unit_cost}"
        what = f"{self.units:+} units, {self.amount:+}{cost} at {self.approved_at}"
        return f"<change {self.number} of {self.commitment}/{self.item_number}: {what}>"


class Event(NamedTuple):
    """A material event as RunBlu sends it; empty text = not said. `close_count` = closes signed before it was known.

    `to` are the codes a transfer says for its receiver, of which it may say the job alone.
    """

    event_id: str
    event_type: str
    occurred_at: str
    quantity: Decimal
    unit: str = ""
    commitment: str = ""
    item_number: int = 0
    standard_item: str = ""
    location: str = ""
    codes: Codes = Codes("", "", "", "")
    receipt_event_id: str = ""
    reverses_event_id: str = ""
    close_count: int = 0
    to: Codes = Codes("", "", "", "")
    to_location: str = ""

    def __repr__(self) -> str:
        """Give the event in one short sentence: only what it says."""
        said = {
            "of": f"{self.commitment}/{self.item_number}" if self.commitment else "",
            "item": self.standard_item if not self.commitment else "",
            "from": self.receipt_event_id,
            "undoes": self.reverses_event_id,
            "on": repr(self.codes) if any(self.codes) else "",
            "to": f"{self.to} {self.to_location}" if any(self.to) or self.to_location else "",
        }
        words = " ".join(f"{word} {value}" for word, value in said.items() if value)
        return f"<{self.event_id} {self.event_type} {self.quantity} {self.unit} {words} at {self.occurred_at}>"


class CodeRule(NamedTuple):
    """A controller's rule: material class -> codes; job '' = every job, dates inclusive, '' = no end."""

    material_class: str
    job: str
    effective_from: str
    effective_to: str
    codes: Codes

    def covers(self, material_class: str | None, job: str, day: str) -> bool:
        """Tell whether the rule is in force for a class and job on a day."""
        in_force = self.effective_from <= day and (self.effective_to == "" or day <= self.effective_to)
        return in_force and self.material_class == material_class and self.job in ("", job)


class Invoice(NamedTuple):
    """An AP cost row: amount signed (a cancellation is negative), `line` None for tax and freight."""

    line: LineKey | None
    date: str
    amount: Decimal


class Entry(NamedTuple):
    """A canonical value entry: what one cause did to one event's value; `cause_id` is an event id or a CO number."""

    event_id: str
    cause_kind: str
    cause_id: str
    measure: str
    line: LineKey
    codes: Codes
    date: str
    units: Fraction
    amount: Fraction


class Draft(NamedTuple):
    """The part of an entry that its cause does not tell."""

    event_id: str
    measure: str
    codes: Codes
    units: Fraction
    amount: Fraction


class Tag(NamedTuple):
    """The codes an event counts on and where they came from; several codes only where a draw is split."""

    source: str
    codes: tuple[Codes, ...]


@dataclass
class Result:
    """Everything that follows from the records known."""

    entries: list[Entry] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    sides: dict[str, str] = field(default_factory=dict)


class Waits(Exception):  # noqa: N818 - not an error of the program: the event is an exception of the books
    """The event cannot be applied now; the argument is the rule."""


def cents(value: Fraction) -> Fraction:
    """Round to cents, half away from zero."""
    rounded = floor(abs(value) * 100 + Fraction(1, 2))
    return Fraction(-rounded if value < 0 else rounded, 100)


def cost_in_force(units: Fraction, unit_cost: Fraction, amount: Fraction, last: Fraction | None) -> Fraction | None:
    """Give the unit cost of a line as it stands; None for a lump sum, which has none.

    The stated unit cost where units x unit cost rounds to the amount, else amount / units exactly
    (so tax in the amount spreads over the units). A line changed to zero units keeps its `last`.
    """
    if units == 0:
        return last
    return unit_cost if cents(units * unit_cost) == amount else amount / units
