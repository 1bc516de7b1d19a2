"""Import of commitment change orders: a head `CCO` and its lines `CCOI`, alternating as Sage's exporters write them.

A change order goes in whole or not at all (inferred), at once (inferred: no unposted file of commitments is known).
Approved ones move the commitment; once in they are neither edited nor deleted. Their number is used once per
commitment: the same file again goes in once more, under the next number, as an import only warns (inferred).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox import masters_by_hand, values
from sandbox.layout import CHANGE_RECORDS, HEAD, LENGTHS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from sandbox.layout import Layout
    from sandbox.store import Connection, Step

APPROVED = "5"
STATUSES = frozenset("12345")
"""Only 5, approved, is documented; the others wait for a person's approval (inferred)."""


class RefusedChangeError(Exception):
    """A line that does not become part of a change order; the message is the reason in the print file."""


@dataclass(frozen=True, slots=True)
class Item:
    """What a change order does to a line of its commitment; units and amount as the store writes them, signed."""

    number: int
    description: str
    units: str
    amount: str


@dataclass(slots=True)
class Change:
    """A change order with the lines of the file it stands in: number, bytes, fields; `problems` by line number."""

    head: dict[str, str] = field(default_factory=dict)
    raw: list[tuple[int, bytes]] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)


class Reader:
    """Gathers change orders from the lines of a file, in their order."""

    def __init__(
        self, connection: Connection, layout: Layout, split: Callable[[bytes, Layout], dict[str, str]]
    ) -> None:
        """Read what change orders are checked against; `split` takes a line apart, raising with its reason."""
        self._layout = layout
        self._split = split
        self._closed = {
            row["Commitment"]: bool(row["Closed"])
            for row in connection.execute("select Commitment, Closed from JCM_MASTER__COMMITMENT")
        }
        self._lines = {
            (row["Commitment"], row["Item"]): values.exact(row["Units"], values.UNITS) == 0
            for row in connection.execute("select Commitment, Item, Units from JCM_MASTER__COMMITMENT_ITEM")
        }
        self._open: Change | None = None

    def is_mine(self, raw: bytes) -> bool:
        """Tell a line of a change order by its record id."""
        return raw.split(b",", 1)[0].strip(b' "\r\n') in CHANGE_RECORDS

    def add(self, number: int, raw: bytes) -> Change | None:
        """Take a line; gives the change order that it ends."""
        is_head = raw.split(b",", 1)[0].strip(b' "\r\n') == HEAD.encode()
        ended = self.end() if is_head else None
        if self._open is None:
            self._open = Change()
        change = self._open
        change.raw.append((number, raw))
        try:
            fields = self._split(raw, self._layout)
            if is_head:
                change.head = fields
                self._check_head(fields)
            else:
                change.items.append(self._item(fields, change))
        except RefusedChangeError as refused:
            change.problems[number] = str(refused)
        return ended

    def end(self) -> Change | None:
        """Give the change order that is open, judged as a whole."""
        change, self._open = self._open, None
        if change is not None and not change.problems and not change.items:
            change.problems[change.raw[0][0]] = "the change order has no lines"
        return change

    def _check_head(self, fields: dict[str, str]) -> None:
        for name, longest in (("commitment", 12), ("change_order", 10), ("description", LENGTHS["description"])):
            if len(fields.get(name, "")) > longest:
                raise RefusedChangeError(f"{name.replace('_', ' ')} is longer than {longest} characters")
        commitment = fields["commitment"]
        if commitment not in self._closed:
            raise RefusedChangeError(f"commitment {commitment or '(empty)'} does not exist")
        if self._closed[commitment]:
            raise RefusedChangeError(f"commitment {commitment} is closed")
        if not fields["change_order"]:
            raise RefusedChangeError("the change order has no number")
        if fields["status"] not in STATUSES:
            raise RefusedChangeError(f"status {fields['status'] or '(empty)'} is unknown")
        month, day, year = [*fields["date"].split("/"), "", ""][:3]
        if values.day(f"{year}-{month}-{day}") is None:
            raise RefusedChangeError(f"date is not a date mm/dd/yyyy: {fields['date'] or '(empty)'}")

    def _item(self, fields: dict[str, str], change: Change) -> Item:
        key = [fields[name] for name in ("commitment", "change_order")]
        if key != [change.head.get(name) for name in ("commitment", "change_order")]:
            raise RefusedChangeError(f"no head of change order {key[1]} of commitment {key[0]} stands before it")
        text = fields["item_number"]
        line = (key[0], int(text) if text.isascii() and text.isdigit() else 0)
        if line not in self._lines:
            raise RefusedChangeError(f"commitment {key[0]} has no line {text or '(empty)'}")
        if any(other.number == line[1] for other in change.items):
            raise RefusedChangeError(f"line {text} stands twice in change order {key[1]}")
        if len(fields.get("description", "")) > LENGTHS["description"]:
            raise RefusedChangeError(f"description is longer than {LENGTHS['description']} characters")
        units = _number(fields["units"], "units", values.UNITS, self._layout.units_limit)
        amount = _number(fields["amount"], "amount", values.AMOUNT, self._layout.amount_limit)
        if self._lines[line] and units:
            raise RefusedChangeError(f"line {text} of commitment {key[0]} is a lump sum: it has no units")
        if not units and not amount:
            raise RefusedChangeError(f"line {text} is not changed")
        return Item(
            line[1],
            fields.get("description", ""),
            values.fixed(units, values.UNITS),
            values.fixed(amount, values.AMOUNT),
        )


def _number(text: str, name: str, places: int, limit: Decimal) -> Decimal:
    value = values.exact(text or "0", places)
    if value is None or abs(value) > limit:
        raise RefusedChangeError(f"{name} is not a number with at most {places} decimals, up to {limit}: {text}")
    return value


def enter(step: Step, changes: Iterable[Change]) -> list[str]:
    """Enter change orders; approved ones move their commitments. Gives a warning for each that was in already."""
    return [warning for change in changes for warning in _enter(step, change)]


def _enter(step: Step, change: Change) -> list[str]:
    head = change.head
    month, day, year = head["date"].split("/")
    commitment, number = head["commitment"], head["change_order"]
    there = "select 1 from JCM_MASTER__COMMITMENT_CO where Commitment = ? and Commitment_CO = ?"
    warnings = []
    if step.connection.execute(there, (commitment, number)).fetchone():
        other = masters_by_hand.next_change_order(step, commitment)
        warnings.append(f"WARNING: change order {number} of commitment {commitment} is in already; entered as {other}.")
        number = other
    date_stamp, time_stamp = values.stamps(step.now)
    step.run(
        "insert_commitment_co",
        {"Commitment": commitment, "Commitment_CO": number, "Date": f"{year}-{month}-{day}",
         "Status": "Approved" if head["status"] == APPROVED else "Pending", "Description": head.get("description", ""),
         "Date_Stamp": date_stamp, "Time_Stamp": time_stamp},
    )  # fmt: skip
    for item in change.items:
        step.run(
            "insert_commitment_co_item",
            {"Commitment": commitment, "Commitment_CO": number, "Item": item.number, "Description": item.description,
             "Units": item.units, "Unit_Cost": None, "Amount": item.amount},
        )  # fmt: skip
    if head["status"] == APPROVED:
        masters_by_hand.move_commitment(step, commitment, number)
    return warnings
