"""Sums of the oracle's entries: month-end totals per job and cost code, and where a commitment item stands."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from tests.laws.model_records import ZERO, ChangeOrder, Invoice, Line, LineKey, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: (month end, job, cost code)
TotalKey = tuple[str, str, str]


class Totals(NamedTuple):
    """The measures of `control_totals`, cumulative to a month's end, by transaction date."""

    committed: Decimal = Decimal(0)
    received: Decimal = Decimal(0)
    allocated: Decimal = Decimal(0)
    installed: Decimal = Decimal(0)
    on_hand: Decimal = Decimal(0)
    open_commitment: Decimal = Decimal(0)
    invoiced: Decimal = Decimal(0)


@dataclass(frozen=True)
class Pair:
    """Units and amount of one measure."""

    units: Fraction = ZERO
    amount: Fraction = ZERO

    def __add__(self, other: Pair) -> Pair:
        """Add both parts."""
        return Pair(self.units + other.units, self.amount + other.amount)

    def __sub__(self, other: Pair) -> Pair:
        """Subtract both parts."""
        return Pair(self.units - other.units, self.amount - other.amount)


@dataclass(frozen=True)
class Position:
    """A commitment item on a day (domain 6). All parts are positive in the ordinary case.

    accepted = received - rejected; net accepted = accepted - returned; on hand = net accepted - installed - wasted.
    `to_receive` = revised - accepted and `to_invoice` = revised - invoiced, in money (and units of the former),
    negative when more was received or invoiced than ordered.
    """

    original: Pair
    approved_changes: Pair
    received: Pair
    rejected: Pair
    returned: Pair
    allocated: Pair
    installed: Pair
    wasted: Pair
    amount_invoiced: Fraction

    @property
    def revised(self) -> Pair:
        """The current commitment."""
        return self.original + self.approved_changes

    @property
    def accepted(self) -> Pair:
        """What was received and not rejected."""
        return self.received - self.rejected

    @property
    def on_hand(self) -> Pair:
        """What is still in stock."""
        return self.accepted - self.returned - self.installed - self.wasted

    @property
    def to_receive(self) -> Pair:
        """What is still to come."""
        return self.revised - self.accepted

    @property
    def amount_to_invoice(self) -> Fraction:
        """What the commitment still expects to be billed."""
        return self.revised.amount - self.amount_invoiced

    @property
    def amount_received_not_invoiced(self) -> Fraction:
        """Value kept and not yet billed."""
        return (self.accepted - self.returned).amount - self.amount_invoiced

    @property
    def is_over_received(self) -> bool:
        """More units accepted than ordered."""
        return self.accepted.units > self.revised.units


def decimal(value: Fraction) -> Decimal:
    """Give an exact decimal; raises when the fraction has none (a sum of cents or of four-decimal units always has)."""
    result = Decimal(value.numerator) / Decimal(value.denominator)
    if Fraction(result) != value:
        message = f"{value} is not a plain decimal"
        raise ValueError(message)
    return result


def month_end(day: str) -> str:
    """Give the last day of a day's month."""
    year, month = int(day[:4]), int(day[5:7])
    return f"{day[:8]}{monthrange(year, month)[1]:02d}"


def months(first: str, last: str) -> Iterator[str]:
    """Give every month end from one to another, both included."""
    year, month = int(first[:4]), int(first[5:7])
    while (current := month_end(f"{year:04d}-{month:02d}-01")) <= last:
        yield current
        year, month = year + month // 12, month % 12 + 1


def control_totals(
    lines: Iterable[Line], change_orders: Iterable[ChangeOrder], invoices: Iterable[Invoice], result: Result
) -> dict[TotalKey, Totals]:
    """Give the totals per month end, job and cost code.

    A row per job and code from its first movement through the company's last month. Commitments and invoices
    count on the line's codes, everything else on the codes of its entries.
    """
    moved: dict[str, dict[tuple[str, str, str], Fraction]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    codes_of = {}

    def add(day: str, job: str, cost_code: str, measure: str, amount: Fraction) -> None:
        moved[month_end(day)][job, cost_code, measure] += amount

    for line in lines:
        codes_of[line.commitment, line.item_number] = line.codes
        add(line.ordered_on, line.codes.job, line.codes.cost_code, "committed", Fraction(line.amount))
    for order in change_orders:
        codes = codes_of[order.commitment, order.item_number]
        add(order.date, codes.job, codes.cost_code, "committed", Fraction(order.amount))
    for invoice in invoices:
        if invoice.line is not None:
            codes = codes_of[invoice.line]
            add(invoice.date, codes.job, codes.cost_code, "invoiced", Fraction(invoice.amount))
    for entry in result.entries:
        add(entry.date, entry.codes.job, entry.codes.cost_code, entry.measure, entry.amount)
    return dict(accumulated(moved))


def accumulated(
    moved: dict[str, dict[tuple[str, str, str], Fraction]],
) -> Iterator[tuple[TotalKey, Totals]]:
    """Turn movements per month into cumulative rows."""
    running: dict[tuple[str, str], dict[str, Fraction]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    if not moved:
        return
    for period_end in months(min(moved), max(moved)):
        for (job, cost_code, measure), amount in moved.get(period_end, {}).items():
            running[job, cost_code][measure] += amount
        for (job, cost_code), sums in sorted(running.items()):
            on_hand = sums["received"] - sums["installed"] - sums["wasted"]
            open_commitment = sums["committed"] - sums["received"]
            yield (
                (period_end, job, cost_code),
                Totals(
                    decimal(sums["committed"]), decimal(sums["received"]), decimal(sums["allocated"]),
                    decimal(sums["installed"]), decimal(on_hand), decimal(open_commitment), decimal(sums["invoiced"]),
                ),
            )  # fmt: skip


def positions(
    lines: Iterable[Line],
    change_orders: Iterable[ChangeOrder],
    invoices: Iterable[Invoice],
    result: Result,
    as_of: str = "9999-12-31",
) -> dict[LineKey, Position]:
    """Give every line's position on a day, by transaction date; lines ordered later are left out."""
    found = {
        (line.commitment, line.item_number): line for line in lines if line.ordered_on <= as_of
    }  # fmt: skip
    sums: dict[tuple[LineKey, str], Pair] = defaultdict(Pair)
    invoiced: dict[LineKey, Fraction] = defaultdict(lambda: ZERO)
    for order in change_orders:
        if order.date <= as_of:
            delta = Pair(Fraction(order.units), Fraction(order.amount))
            sums[(order.commitment, order.item_number), "approved_changes"] += delta
    for invoice in invoices:
        if invoice.line is not None and invoice.date <= as_of:
            invoiced[invoice.line] += Fraction(invoice.amount)
    for entry in result.entries:
        if entry.date <= as_of:
            pair = Pair(entry.units, entry.amount)
            side = result.sides[entry.event_id] if entry.measure == "received" else entry.measure
            is_taken_away = side in ("rejected", "returned")
            sums[entry.line, side] += Pair() - pair if is_taken_away else pair
    return {
        key: Position(
            Pair(Fraction(line.units), Fraction(line.amount)), sums[key, "approved_changes"], sums[key, "received"],
            sums[key, "rejected"], sums[key, "returned"], sums[key, "allocated"], sums[key, "installed"],
            sums[key, "wasted"], invoiced[key],
        )
        for key, line in found.items()
    }  # fmt: skip
