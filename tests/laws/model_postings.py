"""The oracle of what goes to Sage: per key the amount that all our lines must add up to, and the month each may be in.

It shares nothing with the product: targets follow from the oracle's entries and from the AP rows as Sage shows them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tests.laws.model_records import ZERO, Codes, Entry, LineKey

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from decimal import Decimal
    from fractions import Fraction

CURRENT, HISTORY = "CURRENT", "HISTORY"
COST_ACCOUNT, CLEARING_ACCOUNT = "5-1000", "2-1490"


class ApRow(NamedTuple):
    """An AP cost row as it stands in Sage; dates are `YYYY-MM-DD`."""

    row_id: str
    line: LineKey | None
    codes: Codes
    invoice: str
    transaction_date: str
    accounting_date: str
    units: Decimal
    amount: Decimal
    account: str = COST_ACCOUNT
    sequence: int = 0

    def __repr__(self) -> str:
        """Give the row in one short sentence."""
        line = f"{self.line[0]}/{self.line[1]}" if self.line else "no line"
        days = f"{self.transaction_date} booked {self.accounting_date}"
        return f"<{self.row_id} {self.amount} of {line} on {self.codes}, {self.invoice}, {days}, {self.account}>"


class Key(NamedTuple):
    """What must add up on its own: consumption by day, codes and line, an offset by its AP row with dates and account.

    `source` names the AP row: invoice and how manieth among those alike; '' for consumption.
    """

    kind: str
    transaction_date: str
    wanted_date: str
    codes: Codes
    line: LineKey
    source: str = ""
    account: str = ""


@dataclass
class Mirror:
    """What the bridge has been shown of Sage's AP rows; `clock` counts extracts."""

    clock: int = 0
    rows: dict[str, tuple[ApRow, str]] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)

    def show(self, place: str, extract: Iterable[ApRow]) -> None:
        """Take a complete extract; a row moves from current to history and not back, unless it was gone meanwhile."""
        self.clock += 1
        self.shown[place] = self.clock
        rows = {row.row_id: row for row in extract}
        for row_id, row in rows.items():
            held = self.rows.get(row_id)
            if held is None or place == HISTORY or held[1] == CURRENT or row_id in self.gone:
                self.rows[row_id] = (row, place)
                self.gone.pop(row_id, None)
        if place == CURRENT:
            for row_id, (_, where) in self.rows.items():
                if where == CURRENT and row_id not in rows:
                    self.gone.setdefault(row_id, self.clock)

    def counting(self) -> list[ApRow]:
        """Give the rows that count: those gone do until both extracts have come once more."""
        return sorted(
            (row for row_id, (row, _) in self.rows.items() if not self.is_surely_gone(row_id)),
            key=lambda row: (row.sequence, row.row_id),
        )

    def is_surely_gone(self, row_id: str) -> bool:
        """Tell whether a row is gone and both extracts came after that."""
        return row_id in self.gone and all(shown > self.gone[row_id] for shown in self.shown.values())


def targets(entries: Iterable[Entry], rows: Iterable[ApRow], managed: Container[LineKey]) -> dict[Key, Fraction]:
    """Give what all postings of each key must add up to; keys that add up to zero are left out."""
    sums: dict[Key, Fraction] = defaultdict(lambda: ZERO)
    for entry in entries:
        if entry.measure in ("installed", "wasted"):
            sums[Key("consumption", entry.date, entry.date, entry.codes, entry.line)] += entry.amount
    alike: dict[object, int] = defaultdict(int)
    for row in rows:
        if row.line is None or row.line not in managed:
            continue
        one = (row.invoice, row.line, row.transaction_date, row.accounting_date)
        alike[one] += 1
        source = f"{row.invoice} {row.transaction_date} {row.accounting_date} {alike[one]}"
        key = Key("invoice_offset", row.transaction_date, row.accounting_date, row.codes, row.line, source, row.account)
        sums[key] -= row.amount.as_integer_ratio()[0] * (ZERO + 1) / row.amount.as_integer_ratio()[1]
    return {key: amount for key, amount in sums.items() if amount}


def sealed_through(
    due: Mapping[Key, Fraction], before: Mapping[Key, Fraction], through: str | None
) -> dict[Key, Fraction]:
    """Give what is on lines after a sealing: what is due through its day, what was there before for later days."""
    if through is None:
        return dict(due)
    now = {key: amount for key, amount in before.items() if not is_through(key, through)}
    return now | {key: amount for key, amount in due.items() if is_through(key, through)}


def is_through(key: Key, day: str) -> bool:
    """Tell whether a key is due by a day."""
    return min(key.transaction_date, key.wanted_date) <= day


@dataclass
class Months:
    """Which months cost can be booked in: Sage's status for Job Cost where it lists any, and those we signed off."""

    listed: dict[str, str] = field(default_factory=dict)
    signed: set[str] = field(default_factory=set)

    def booked_on(self, wanted: str) -> str | None:
        """Give the accounting date of a cost wanted on a day; None while no month takes it."""
        month = wanted[:7]
        if not self.listed:
            while month in self.signed:
                month = following(month)
        elif month not in self.listed:
            return None
        else:
            open_ones = [
                one
                for one, status in self.listed.items()
                if one >= month and status == "Open" and one not in self.signed
            ]
            if not open_ones:
                return None
            month = min(open_ones)
        return wanted if month == wanted[:7] else f"{month}-01"


def following(month: str) -> str:
    """Give the month after a month."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"
