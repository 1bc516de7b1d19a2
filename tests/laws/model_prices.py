"""The oracle of what invoices mean: price variance by codes and open accrual, at the end of a day, unit by unit.

It lays invoices over layers as a clerk would: a list of billed pieces in the order of their bills, a list of received
layers in their order, the first billed unit pays the first received one. It shares nothing with the product's SQL but
the rules of the domain (section 5) and exact fractions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tests.laws.model_records import ZERO, cents

if TYPE_CHECKING:
    from fractions import Fraction

Codes = tuple[str, ...]


class ApRow(NamedTuple):
    """One AP row on a line: `units` 0 where it carries none; credits and cancels are negative.

    `closes`: months signed before it was known; `since`: those of its bill, with the bill's first day as then known.
    The rows without units of an invoice are a bill of their own: `is_apart`.
    """

    bill: str
    day: str
    units: Fraction
    amount: Fraction
    closes: int = 0
    since: tuple[int, str] = (0, "")
    is_apart: bool = False

    @property
    def name(self) -> str:
        """The bill it belongs to."""
        return f"{self.bill} without units" if self.is_apart else self.bill

    @property
    def place(self) -> tuple[bytes, bool]:
        """Where its bill lies among those of a day."""
        return self.bill.encode(), self.is_apart


class Draw(NamedTuple):
    """Units consumed from a layer on a day (negative: given back), by codes."""

    day: str
    codes: Codes
    units: Fraction


@dataclass
class Layer:
    """One receipt: its net units and its value at the order's price, and what was consumed of it."""

    units: Fraction
    value: Fraction
    draws: list[Draw] = field(default_factory=list)


class Bill(NamedTuple):
    """The rows of one bill, added up; `units` of one without: what it covers."""

    units: Fraction
    amount: Fraction
    closes: int


class Piece(NamedTuple):
    """Units of one bill that lie in one layer, or beyond them all (`layer` None)."""

    bill: int
    layer: int | None
    units: Fraction


def share(amount: Fraction, units: Fraction, part: Fraction) -> Fraction:
    """Give the part's share of an amount in whole cents; nothing where there are no units."""
    return cents(amount * min(part, units) / units) if units > 0 else ZERO


def placed(rows: list[ApRow]) -> list[ApRow]:
    """Say of each row since when its bill is known: a close keeps what it saw, a correction moves no bill."""
    rows = [row._replace(is_apart=not row.units) for row in rows]
    since: dict[str, tuple[int, str]] = {}
    for row in rows:
        since[row.name] = min(since.get(row.name, (row.closes, row.day)), (row.closes, row.day))
    return [row._replace(since=since[row.name]) for row in rows]


def bills_of(rows: list[ApRow]) -> list[Bill]:
    """Give each bill, in the order of the closes that knew them, first days, then names."""
    names = sorted({(row.since, row.place) for row in rows})
    of_bill = [[row for row in rows if row.place == place] for _, place in names]
    return [
        Bill(sum((row.units for row in some), ZERO), sum((row.amount for row in some), ZERO), some[0].since[0])
        for some in of_bill
    ]


def kept(bills: list[Bill]) -> list[tuple[Fraction, Fraction]]:
    """Give which units of each bill, counted from 0, no credit took back.

    What was known to one close is settled before what came later: its credits take from the top of its bills and of
    earlier ones. Credits that nothing was billed for yet take from the bottom of what comes.
    """
    found = [(ZERO, max(bill.units, ZERO)) for bill in bills]
    missing = ZERO
    for closes in sorted({bill.closes for bill in bills}):
        for number, bill in enumerate(bills):
            if bill.closes == closes and bill.units > 0:
                lost = min(missing, bill.units)
                found[number], missing = (lost, bill.units), missing - lost
        missing -= sum((bill.units for bill in bills if bill.closes == closes and bill.units < 0), ZERO)
        for number in reversed(range(len(bills))):
            if bills[number].closes <= closes:
                bottom, top = found[number]
                part = min(top - bottom, missing)
                found[number], missing = (bottom, top - part), missing - part
    return found


def pieces_of(bills: list[Bill], layers: list[Layer]) -> list[Piece]:
    """Lay the bills over the layers."""
    left = [top - bottom for bottom, top in kept(bills)]
    room = [layer.units for layer in layers]
    found = []
    for number in range(len(bills)):
        for place in range(len(layers)):
            part = min(left[number], room[place])
            if part > 0:
                found.append(Piece(number, place, part))
                left[number], room[place] = left[number] - part, room[place] - part
        if left[number] > 0:
            found.append(Piece(number, None, left[number]))
    return found


def spread(amount: Fraction, weights: list[Fraction]) -> list[Fraction]:
    """Spread an amount over weights, cumulatively in whole cents."""
    found, reached, total = [], ZERO, sum(weights, ZERO)
    for weight in weights:
        found.append(share(amount, total, reached + weight) - share(amount, total, reached))
        reached += weight
    return found


def layer_variances(rows: list[ApRow], layers: list[Layer]) -> list[Fraction]:
    """Give the price variance of each layer."""
    bills = bills_of(rows)
    paid, billed = [ZERO] * len(layers), [ZERO] * len(layers)
    used = [bottom for bottom, _ in kept(bills)]
    for piece in pieces_of(bills, layers):
        units, amount, _ = bills[piece.bill]
        before, used[piece.bill] = used[piece.bill], used[piece.bill] + piece.units
        if piece.layer is not None:
            paid[piece.layer] += piece.units
            billed[piece.layer] += share(amount, units, used[piece.bill]) - share(amount, units, before)
    worth = [share(layer.value, layer.units, part) for layer, part in zip(layers, paid, strict=True)]
    fees = spread(kept_of(bills), [layer.units for layer in layers])
    return [b - w + f for b, w, f in zip(billed, worth, fees, strict=True)]


def kept_of(bills: list[Bill]) -> Fraction:
    """Give what credits gave back less than was billed, and what bills ask whose units cancel out."""
    amount_kept = sum((bill.amount for bill in bills if bill.units == 0), ZERO)
    if sum((bill.units for bill in bills), ZERO) < 0:
        return amount_kept
    for (units, amount, _), (bottom, top) in zip(bills, kept(bills), strict=True):
        if units < 0:
            amount_kept += amount
        elif units > 0:
            amount_kept += amount - share(amount, units, top) + share(amount, units, bottom)
    return amount_kept


def variance_by_codes(rows: list[ApRow], layers: list[Layer], line_codes: Codes) -> dict[Codes, Fraction]:
    """Give the consumed share of the price variance by codes; zero ones are left out.

    Where all that came went back, what the vendor keeps is cost of the line's own codes.
    """
    found: dict[Codes, Fraction] = {}
    if layers and not any(layer.units for layer in layers):
        found[line_codes] = kept_of(bills_of(rows))
    for layer, amount in zip(layers, layer_variances(rows, layers), strict=True):
        reached = ZERO
        for draw in sorted(layer.draws, key=lambda one: (one.day, one.codes)):
            part = share(amount, layer.units, reached + draw.units) - share(amount, layer.units, reached)
            found[draw.codes] = found.get(draw.codes, ZERO) + part
            reached += draw.units
    return {codes: amount for codes, amount in found.items() if amount}


def open_accrual(rows: list[ApRow], layers: list[Layer], unit_cost: Fraction) -> Fraction:
    """Give A: value received less invoiced, or minus the price of what is invoiced beyond, latest first."""
    received = sum((layer.units for layer in layers), ZERO)
    invoiced = sum((row.units for row in rows), ZERO)
    if invoiced > received:
        bills = bills_of(rows)
        beyond = [piece for piece in pieces_of(bills, layers) if piece.layer is None]
        return -sum((share(bills[one.bill].amount, bills[one.bill].units, one.units) for one in beyond), ZERO)
    return sum((layer.value for layer in layers), ZERO) - cents(invoiced * unit_cost)
