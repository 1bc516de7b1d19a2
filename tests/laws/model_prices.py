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
    """One AP row on a line: `units` 0 where it carries none; credits and cancels are negative."""

    bill: str
    day: str
    units: Fraction
    amount: Fraction


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


class Piece(NamedTuple):
    """Units of one bill that lie in one layer, or beyond them all (`layer` None)."""

    bill: int
    layer: int | None
    units: Fraction


def share(amount: Fraction, units: Fraction, part: Fraction) -> Fraction:
    """Give the part's share of an amount in whole cents; nothing where there are no units."""
    return cents(amount * min(part, units) / units) if units > 0 else ZERO


def bills_of(rows: list[ApRow]) -> list[tuple[Fraction, Fraction]]:
    """Give units and amount of each bill whose rows carry units, in the order of their first day, then name."""
    names = sorted(
        {row.bill for row in rows if row.units},
        key=lambda name: (min(row.day for row in rows if row.bill == name and row.units), name.encode()),
    )
    return [
        (
            sum((row.units for row in rows if row.bill == name and row.units), ZERO),
            sum((row.amount for row in rows if row.bill == name and row.units), ZERO),
        )
        for name in names
    ]


def pieces_of(bills: list[tuple[Fraction, Fraction]], layers: list[Layer]) -> tuple[list[Piece], list[Fraction]]:
    """Lay the bills over the layers; also gives the units of each bill that credits took back, the latest first."""
    left = [max(units, ZERO) for units, _ in bills]
    credited = -sum((units for units, _ in bills if units < 0), ZERO)
    taken = [ZERO] * len(bills)
    for number in reversed(range(len(bills))):
        part = min(left[number], credited)
        left[number], taken[number], credited = left[number] - part, part, credited - part
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
    return found, taken


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
    pieces, taken = pieces_of(bills, layers)
    paid, billed = [ZERO] * len(layers), [ZERO] * len(layers)
    used = [ZERO] * len(bills)
    for piece in pieces:
        units, amount = bills[piece.bill]
        before, used[piece.bill] = used[piece.bill], used[piece.bill] + piece.units
        if piece.layer is not None:
            paid[piece.layer] += piece.units
            billed[piece.layer] += share(amount, units, used[piece.bill]) - share(amount, units, before)
    worth = [share(layer.value, layer.units, part) for layer, part in zip(layers, paid, strict=True)]
    without = sum((row.amount for row in rows if not row.units), ZERO)
    still_open = sum((layer.value for layer in layers), ZERO) - sum(worth, ZERO)
    weights = [layer.units for layer in layers]
    if without > 0:
        if any(layer.units > part for layer, part in zip(layers, paid, strict=True)):
            weights = [layer.units - part for layer, part in zip(layers, paid, strict=True)]
        without = max(without - max(still_open, ZERO), ZERO)
    extra = spread(without, weights)
    fees = spread(kept_of(bills, taken), [layer.units for layer in layers])
    return [b - w + e + f for b, w, e, f in zip(billed, worth, extra, fees, strict=True)]


def kept_of(bills: list[tuple[Fraction, Fraction]], taken: list[Fraction]) -> Fraction:
    """Give what credits gave back less than was billed, and what bills ask whose units cancel out."""
    kept = sum((amount for units, amount in bills if units == 0), ZERO)
    if sum((units for units, _ in bills), ZERO) < 0:
        return kept
    for (units, amount), part in zip(bills, taken, strict=True):
        kept += ZERO if units == 0 else amount if units < 0 else amount - share(amount, units, units - part)
    return kept


def variance_by_codes(rows: list[ApRow], layers: list[Layer]) -> dict[Codes, Fraction]:
    """Give the consumed share of the price variance by codes; zero ones are left out."""
    found: dict[Codes, Fraction] = {}
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
        pieces, _ = pieces_of(bills, layers)
        beyond = [piece for piece in pieces if piece.layer is None]
        return -sum((share(bills[one.bill][1], bills[one.bill][0], one.units) for one in beyond), ZERO)
    worth = sum((layer.value for layer in layers), ZERO) - cents(invoiced * unit_cost)
    without = sum((row.amount for row in rows if not row.units), ZERO)
    return worth if without <= 0 else max(worth - without, min(worth, ZERO))
