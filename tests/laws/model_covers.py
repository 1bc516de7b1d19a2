"""The oracle of what bills without units cover: one day after the other, one bill after the other (decision 12).

A bill that says an amount and no units covers what is received and not invoiced before it, at most what its amount buys
at the order's price, and keeps the most it ever covered while its amount does not shrink. A credit does the same with
what is billed beyond what was received, as far as it went away again. What a sign-off knew of the days it signed stays.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from tests.laws.model_prices import ApRow, placed
from tests.laws.model_records import ZERO

FINEST = 10**12


class Moved(NamedTuple):
    """Units that came to a layer on a day or went from it; `closes`: months signed before that was known."""

    day: str
    layer: int
    units: Fraction
    closes: int = 0


class Price(NamedTuple):
    """What a unit costs by the order, or how much more from a day on; `closes`: months signed before it was known."""

    day: str
    cost: Fraction
    closes: int = 0


class Book(NamedTuple):
    """All that is known of a line; `signed`: the last day of each month signed, in the order of the sign-offs."""

    moved: list[Moved]
    rows: list[ApRow]
    prices: list[Price]
    signed: list[str]


def covered(book: Book, day: str) -> list[ApRow]:
    """Give the rows known by a day's end, those of each bill without units as one with the units it covers."""
    cover = Clerk(book).covers(len(book.signed), day)
    rows = [row for row in placed(book.rows) if row.day <= day]
    found = [row for row in rows if row.units]
    for name in dict.fromkeys(row.name for row in rows if not row.units):
        own = [row for row in rows if row.name == name]
        found.append(own[0]._replace(units=cover[name], amount=sum((row.amount for row in own), ZERO)))
    return found


class Clerk:
    """Goes through the days as they were known when so many months were signed (`level`)."""

    def __init__(self, book: Book) -> None:
        """Number the days: every one on which anything happens, and the first after each signed month."""
        self.book, self.rows = book, placed(book.rows)
        dated = [*book.moved, *self.rows, *book.prices]
        self.days = sorted(
            {one.day for one in dated} | {str(date.fromisoformat(last) + timedelta(1)) for last in book.signed}
        )
        self.names = list(dict.fromkeys(row.name for row in sorted(self.rows, key=lambda row: (row.since, row.place))))
        self.known: dict[tuple[int, str], dict[str, Fraction]] = {}

    def covers(self, level: int, day: str) -> dict[str, Fraction]:
        """Give what each bill without units covers at a day's end: of the last day that is not after it."""
        before = [one for one in self.days if one <= day]
        return self.on(level, before[-1]) if before else {}

    def on(self, level: int, day: str) -> dict[str, Fraction]:
        """Give the same for one of the days."""
        if (level, day) not in self.known:
            self.known[level, day] = self.reckon(level, day)
        return self.known[level, day]

    def amount(self, level: int, day: str, name: str) -> Fraction:
        """Give what a bill asks by a day."""
        return sum((row.amount for row in self.rows_by(level, day) if row.name == name), ZERO)

    def rows_by(self, level: int, day: str) -> list[ApRow]:
        """Give the rows by a day."""
        return [row for row in self.rows if row.closes <= level and row.day <= day]

    def reckon(self, level: int, day: str) -> dict[str, Fraction]:
        """Ask each bill in its turn what it covers of what those before it left."""
        moved = [one for one in self.book.moved if one.closes <= level and one.day <= day]
        rows = self.rows_by(level, day)
        received = sum((one.units for one in moved), ZERO)
        net: dict[tuple[int, str], Fraction] = {}
        for one in moved:
            net[one.layer, one.day] = net.get((one.layer, one.day), ZERO) + one.units
        gone = -sum((units for units in net.values() if units < 0), ZERO)
        cost = sum((one.cost for one in self.book.prices if one.closes <= level and one.day <= day), ZERO)
        invoiced, credited = ZERO, ZERO
        found: dict[str, Fraction] = {}
        for name in self.names:
            own = [row for row in rows if row.name == name]
            units = sum((row.units for row in own), ZERO)
            if own and not own[0].units:
                units = self.cover(level, day, name, received - invoiced, gone - credited, cost)
                found[name] = units
            invoiced += units
            credited += max(-units, ZERO)
        return found

    def cover(self, level: int, day: str, name: str, still_open: Fraction, gone: Fraction, cost: Fraction) -> Fraction:
        """Give what one bill covers: as signed, else as much as it can, never less than the day before."""
        amount = self.amount(level, day, name)
        number = self.days.index(day)
        yesterday = self.days[number - 1] if number else ""
        for earlier in reversed(range(level)):
            is_signed = day <= max(self.book.signed[: earlier + 1]) and name in self.on(earlier, day)
            if is_signed and self.amount(earlier, day, name) == amount:
                new = self.on(earlier, day)[name]
                break
        else:
            bought = Fraction(int(abs(amount) / cost * FINEST), FINEST)
            room = min(still_open, bought) if amount > 0 else min(-still_open, gone, bought)
            new = max(room, ZERO) * ((amount > 0) - (amount < 0))
        asked = self.amount(level, yesterday, name) if yesterday else ZERO
        if amount * asked <= 0 or abs(amount) < abs(asked):
            return new
        return max(new, self.on(level, yesterday)[name], key=abs)
