"""The independent check: what Sage must show by the source records, against what Sage's stand-in exported, to the cent.

It reads plain files only, and shares no code and no SQL with the product: records come from `source/`, their value from
the oracle (`tests.laws.model`, which restates the domain in ordinary Python), Sage's rows from the CSV export, and
confirmations from the folder where Sage's clerk finds them.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.laws.model import run
from tests.laws.model_records import ChangeOrder, Codes, Event, Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Row = dict[str, str]
Key = tuple[str, str, str, str]
"""Job, cost code, category, day."""

TABLES = ("JCT_NEW__TRANSACTION", "JCT_CURRENT__TRANSACTION", "JCT_HISTORY__TRANSACTION")
_CONSUMED = ("installed", "wasted")
_CONFIRMED = ("received", "rejected", "returned")


def plain(value: Fraction) -> Decimal:
    """Give a fraction as a decimal for a message; comparisons are made of fractions."""
    return Decimal(value.numerator) / value.denominator


@dataclass
class Verdict:
    """What the books came to: cents that are missing in Sage and cents that are there too much, each with its place."""

    lost: int = 0
    doubled: int = 0
    faults: list[str] = field(default_factory=list)
    rows: int = 0
    confirmations: int = 0
    offsets: int = 0

    @property
    def is_right(self) -> bool:
        """Tell whether nothing is lost, doubled or otherwise wrong."""
        return not (self.lost or self.doubled or self.faults)

    def compare(self, what: str, wanted: Fraction, found: Fraction) -> None:
        """Count a difference as lost when less stands there than should, as doubled when more does."""
        cents = int((found - wanted) * 100)
        if cents == 0:
            return
        if abs(found) > abs(wanted) or found * wanted < 0:
            self.doubled += abs(cents)
        else:
            self.lost += abs(cents)
        self.faults.append(f"{what}: Sage shows {plain(found):.2f}, must be {plain(wanted):.2f}")


@dataclass(frozen=True)
class Expected:
    """What follows from the source records: cost consumed by day and codes, AP rows to mirror, confirmations."""

    consumed: Mapping[Key, Fraction]
    ap_rows: list[Row]
    confirmations: Mapping[str, Fraction]


def check(source: Path, export: Path, receipts: Path) -> Verdict:
    """Compare everything; each difference is a fault of the verdict."""
    expected = expect(source)
    verdict = Verdict()
    ours = imported(export)
    verdict.rows = len(ours)
    check_references(verdict, ours)
    check_costs(verdict, expected, ours)
    check_untouched(verdict, expected, [row for row in _cost_rows(export) if not row["Ref_1"]])
    check_confirmations(verdict, expected, _confirmations(receipts))
    left = sum(1 for row in _table(export / f"{TABLES[0]}.csv") if row["Ref_1"])
    if left:
        verdict.faults.append(f"{left} lines of ours are imported and not posted")
    return verdict


def imported(export: Path) -> list[Row]:
    """Give the rows of Sage that came by a file: those with a reference."""
    return [row for row in _cost_rows(export) if row["Ref_1"]]


def expect(source: Path) -> Expected:
    """Value the source records by the oracle."""
    lines = [
        Line(
            row["commitment"], int(row["item"]), Codes(row["job"], "", row["cost_code"], "M"), "ROD-20", "EA",
            Decimal(row["units"]), Decimal(row["unit_cost"]), Decimal(row["amount"]), row["ordered_on"],
        )
        for row in _table(source / "lines.csv")
    ]  # fmt: skip
    documents = [json.loads(text) for text in _text(source / "events.ndjson").splitlines()]
    events = [_event(document) for document in documents]
    valid = dict.fromkeys((line.codes for line in lines), "")
    result = run(lines, list(_change_orders(source)), events, valid)
    consumed: defaultdict[Key, Fraction] = defaultdict(Fraction)
    for entry in result.entries:
        if entry.measure in _CONSUMED:
            consumed[entry.codes.job, entry.codes.cost_code, entry.codes.category, entry.date] += entry.amount
    by_id = {event.event_id: event for event in events}
    confirmations = {
        event.event_id: _confirmed(event, by_id)
        for event in events
        if event.event_id not in result.waiting and _confirmed(event, by_id)
    }
    return Expected(consumed, _table(source / "ap_rows.csv"), confirmations)


def check_references(verdict: Verdict, ours: Iterable[Row]) -> None:
    """Each reference once, wherever Sage keeps its rows."""
    for reference, count in Counter(row["Ref_1"] for row in ours).items():
        if count > 1:
            verdict.faults.append(f"reference {reference} stands {count} times in Sage")


def check_costs(verdict: Verdict, expected: Expected, ours: Iterable[Row]) -> None:
    """Every AP row has its mirror exactly once; what is left is consumption, by day and codes."""
    wanted = {(_key_of(row), -Fraction(row["amount"])): row for row in expected.ap_rows}
    mirrored: Counter[tuple[Key, Fraction]] = Counter()
    found: defaultdict[Key, Fraction] = defaultdict(Fraction)
    for row in ours:
        key, amount = _key_in_sage(row), Fraction(row["Amount"])
        if (key, amount) in wanted:
            mirrored[key, amount] += 1
        else:
            found[key] += amount
    for one, row in wanted.items():
        verdict.offsets += mirrored[one]
        verdict.compare(f"offset of invoice {row['invoice']}", one[1], one[1] * mirrored[one])
    for key in expected.consumed.keys() | found.keys():
        verdict.compare(
            f"consumption {' '.join(key)}", expected.consumed.get(key, Fraction(0)), found.get(key, Fraction(0))
        )


def check_untouched(verdict: Verdict, expected: Expected, others: Iterable[Row]) -> None:
    """Rows of others stand in Sage as they were entered, nothing beside them."""
    wanted = Counter((_key_of(row), Fraction(row["amount"])) for row in expected.ap_rows)
    found = Counter((_key_in_sage(row), Fraction(row["Amount"])) for row in others)
    for key, amount in (wanted - found) + (found - wanted):
        verdict.faults.append(
            f"row of others {' '.join(key)} {plain(amount):.2f}: entered {wanted[key, amount]} times,"
            f" Sage shows {found[key, amount]}"
        )


def check_confirmations(verdict: Verdict, expected: Expected, told: Iterable[Row]) -> None:
    """Every receipt, rejection, return and reversal is confirmed once with its units, and nothing else is."""
    units: defaultdict[str, list[Fraction]] = defaultdict(list)
    for row in told:
        units[row["Event_ID"]].append(Fraction(row["Units"]))
    verdict.confirmations = sum(map(len, units.values()))
    for event_id in expected.confirmations.keys() | units.keys():
        wanted = [expected.confirmations[event_id]] if event_id in expected.confirmations else []
        if units.get(event_id, []) != wanted:
            verdict.faults.append(
                f"confirmation of {event_id}: told {[str(plain(one)) for one in units.get(event_id, [])]},"
                f" must be {[str(plain(one)) for one in wanted]}"
            )


def _event(row: Mapping[str, str]) -> Event:
    named, undone = row.get("receipt_event_id", ""), row.get("reverses_event_id", "")
    if row["event_type"] == "uninstalled":
        named, undone = undone, ""
    return Event(
        row["event_id"], row["event_type"], row["occurred_at"], Decimal(row["quantity"]), row["unit"],
        row["commitment"], int(row["item_number"]), row["standard_item"], row["location"],
        receipt_event_id=named, reverses_event_id=undone, close_count=int(row["closes"]),
    )  # fmt: skip


def _confirmed(event: Event, by_id: Mapping[str, Event]) -> Fraction:
    """Give the signed units of an event's confirmation; 0 where it has none."""
    undone = by_id.get(event.reverses_event_id)
    if event.event_type in _CONFIRMED:
        return Fraction(event.quantity) * (1 if event.event_type == "received" else -1)
    if event.event_type == "reversed" and undone is not None and undone.event_type in _CONFIRMED:
        return Fraction(event.quantity) * (-1 if undone.event_type == "received" else 1)
    return Fraction(0)


def _change_orders(source: Path) -> Iterable[ChangeOrder]:
    numbers: Counter[str] = Counter()
    for row in _table(source / "change_orders.csv"):
        numbers[row["commitment"]] += 1
        yield ChangeOrder(
            row["commitment"], str(numbers[row["commitment"]]), int(row["item"]), row["at"], row["at"][:10],
            Decimal(row["units"]), Decimal(row["amount"]), Decimal(row["unit_cost"]), int(row["closes"]),
        )  # fmt: skip


def _confirmations(folder: Path) -> list[Row]:
    return [row for path in sorted(folder.glob("RCV_*.csv")) for row in _table(path)]


def _key_of(row: Mapping[str, str]) -> Key:
    return row["job"], row["cost_code"], row["category"], row["date"]


def _key_in_sage(row: Mapping[str, str]) -> Key:
    return row["Job"], row["Cost_Code"], row["Category"], row["Transaction_Date"]


def _cost_rows(export: Path) -> list[Row]:
    return [row for table in TABLES for row in _table(export / f"{table}.csv")]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _table(path: Path) -> list[Row]:
    """Read a CSV file; one that is not there is empty."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
