"""What happens on site and in accounts payable, drawn from a seed: the source of truth that the books are judged by.

Everything is written as plain files under `source/` before any of it is told to the product: `lines.csv`,
`change_orders.csv`, `events.ndjson`, `ap_rows.csv`. Amounts in company currency, quantities in EA.
"""

from __future__ import annotations

import csv
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COMPANY = "AW"
ITEM, UNIT, LOCATION, CATEGORY, VENDOR = "ROD-20", "EA", "YARD", "M", "V100"
JOBS = ("24-0011", "24-0012")
COST_CODES = ("03 30 00", "05 12 00")
BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAYS = 60
"""Days over which the history spreads; records of all days come in any order."""

ORDERED = Decimal(1_000_000)
"""Units of every line: more than any history receives, so that no confirmation is held for over-receipt."""
_PRICES = ("12.3456", "0.0833", "147.905", "3.17", "59.999", "1.005", "8.75", "230.1")
_FIRST_AP_CENTS = 1_000_000_00
"""AP amounts lie above any consumption and are all different: an offset is known by its amount alone."""

_USES = ("installed",) * 5 + ("wasted", "rejected", "returned", "reversed")
_BY_FILE = 0.3
_LATE = 0.1
"""Share of events of a month that belong to days of the month before, which is signed off by then."""

_OVERDRAWN, _UNDONE = 0.05, 0.12
"""Shares of events that install more than was ever received, thus wait for ever, and that undo an installation."""

Row = dict[str, str]


@dataclass(frozen=True)
class Feed:
    """What one step adds: event documents for the live inbox, for a file, AP rows and change orders for Sage."""

    live: list[Row] = field(default_factory=list)
    bulk: list[Row] = field(default_factory=list)
    ap_rows: list[Row] = field(default_factory=list)
    change_orders: list[Row] = field(default_factory=list)


def lines(begin: datetime = BEGIN) -> list[Row]:
    """Give the purchase order lines, ordered on that day: one for each job, code and price."""
    made = []
    for number, price in enumerate(_PRICES):
        job, code = JOBS[number % 2], COST_CODES[number // 2 % 2]
        made.append(
            {
                "commitment": f"PO-{number // 4 + 1}", "item": str(number % 4 + 1), "job": job, "cost_code": code,
                "units": str(ORDERED), "unit_cost": price,
                "amount": str((ORDERED * Decimal(price)).quantize(Decimal("0.01"))),
                "ordered_on": begin.date().isoformat(),
            }
        )  # fmt: skip
    return made


class History:
    """Draws records that fit together and keeps them in `folder`; the same seed gives the same records."""

    def __init__(self, folder: Path, seed: int, company: str = COMPANY, begin: datetime = BEGIN) -> None:
        """Begin with the lines alone; records lie in the sixty days from `begin`, until `turn_to` says otherwise."""
        self.folder, self._company = folder, company
        folder.mkdir(parents=True, exist_ok=True)
        self._chance = random.Random(seed)
        self._begin, self._days, self._closes = begin, DAYS, 0
        self._lines = lines(begin)
        self._prices = [Decimal(line["unit_cost"]) for line in self._lines]
        self._events: list[Row] = []
        self._receipts: list[tuple[Row, int, Decimal]] = []
        self._installed: list[tuple[Row, int]] = []
        self._numbers = dict.fromkeys(("event", "ap"), 0)
        _write(folder / "lines.csv", self._lines)

    def turn_to(self, begin: datetime, days: int, closes: int) -> None:
        """Go on with a month: what is drawn from now on lies in it, and becomes known after so many signed months."""
        self._begin, self._days, self._closes = begin, days, closes

    def draw(self, *, receipts: int = 6, uses: int = 6, ap_rows: int = 2, change_orders: int = 0) -> Feed:
        """Draw the next records and write them down; now and then a third of the events goes by file."""
        events = [self._receipt() for _ in range(receipts)]
        events += [self._use() for _ in range(uses)]
        self._chance.shuffle(events)
        invoices = [self._invoice() for _ in range(ap_rows)]
        orders = [self._change_order() for _ in range(change_orders)]
        self._keep(events)
        _write(self.folder / "ap_rows.csv", invoices)
        _write(self.folder / "change_orders.csv", orders)
        cut = len(events) // 3 if self._chance.random() < _BY_FILE else 0
        return Feed(events[cut:], events[:cut], invoices, orders)

    def overdrawn(self) -> Row:
        """Draw an installation of more than was ever received, which waits for ever, and write it down."""
        event = self._overdrawn()
        self._keep([event])
        return event

    def invoice_on(self, cost_code: str) -> Row:
        """Draw an AP row that accounts payable put onto another cost code than its line's, and write it down."""
        invoice = self._invoice(cost_code)
        _write(self.folder / "ap_rows.csv", [invoice])
        return invoice

    def repeat(self, count: int) -> list[Row]:
        """Give documents that were told before, to be told again: they must have no effect."""
        return self._chance.sample(self._events, min(count, len(self._events)))

    def _keep(self, events: Sequence[Row]) -> None:
        with (self.folder / "events.ndjson").open("a", encoding="utf-8") as stream:
            stream.writelines(json.dumps(event | {"closes": self._closes}) + "\n" for event in events)

    def _overdrawn(self) -> Row:
        receipt, line, _ = self._chance.choice(self._receipts)
        too_much, named = Decimal(receipt["quantity"]) + 1, receipt["event_id"]
        return self._event("installed", line, too_much, self._day_on_site(self._days), receipt_event_id=named)

    def _receipt(self) -> Row:
        line = self._chance.randrange(len(self._lines))
        quantity = Decimal(self._chance.randint(200, 40_000)).scaleb(-2)
        event = self._event("received", line, quantity, self._day_on_site(self._days // 2))
        self._receipts.append((event, line, quantity))
        return event

    def _use(self) -> Row:
        """Draw from a receipt what is left of it at most, in whatever order things become known; or much too much."""
        index = self._chance.choice([number for number, one in enumerate(self._receipts) if one[2] >= 1])
        receipt, line, left = self._receipts[index]
        at = max(self._day_on_site(self._days), datetime.fromisoformat(receipt["occurred_at"]) + timedelta(minutes=1))
        if self._chance.random() < _OVERDRAWN:
            return self._overdrawn()
        if self._installed and self._chance.random() < _UNDONE:
            done, line = self._installed.pop(self._chance.randrange(len(self._installed)))
            part = _part(Decimal(done["quantity"]), self._chance.randint(20, 100))
            at = max(at, datetime.fromisoformat(done["occurred_at"]) + timedelta(minutes=1))
            return self._event("uninstalled", line, part, at, reverses_event_id=done["event_id"])
        kind = self._chance.choice(_USES)
        quantity = _part(left, self._chance.randint(1, 60))
        self._receipts[index] = (receipt, line, left - quantity)
        named = "reverses_event_id" if kind == "reversed" else "receipt_event_id"
        event = self._event(kind, line, quantity, at, **{named: receipt["event_id"]})
        if kind == "installed":
            self._installed.append((event, line))
        return event

    def _event(self, kind: str, line: int, quantity: Decimal, at: datetime, **more: str) -> Row:
        self._numbers["event"] += 1
        known = self._lines[line]
        event: Row = {
            "event_id": f"E{self._numbers['event']:06d}", "company_id": self._company, "event_type": kind,
            "occurred_at": at.isoformat(), "recorded_at": (at + timedelta(hours=1)).isoformat(), "actor": "foreman",
            "device": "tablet", "commitment": known["commitment"], "item_number": known["item"],
            "standard_item": ITEM, "location": LOCATION, "quantity": str(quantity), "unit": UNIT, **more,
        }  # fmt: skip
        if kind in ("rejected", "returned"):
            event["disposition"] = "credit"
        self._events.append(event)
        return event

    def _invoice(self, cost_code: str = "") -> Row:
        self._numbers["ap"] += 1
        line = self._lines[self._chance.randrange(len(self._lines))]
        cents = _FIRST_AP_CENTS + self._numbers["ap"] * 1_007 + self._chance.randrange(1_000)
        return {
            "invoice": f"INV{self._numbers['ap']:06d}", "vendor": VENDOR, "commitment": line["commitment"],
            "item": line["item"], "job": line["job"], "cost_code": cost_code or line["cost_code"], "category": CATEGORY,
            "date": self._moment(self._days).date().isoformat(), "units": str(self._chance.randint(1, 50)),
            "amount": str(Decimal(cents).scaleb(-2)),
        }  # fmt: skip

    def _change_order(self) -> Row:
        """Raise or lower the price of a line, at any moment: what was received before is revalued."""
        number = self._chance.randrange(len(self._lines))
        line, old = self._lines[number], self._prices[number]
        new = (old * self._chance.randint(90, 115) / 100).quantize(Decimal("0.0001")) or old
        self._prices[number] = new
        return {
            "commitment": line["commitment"], "item": line["item"], "units": "0",
            "amount": str((ORDERED * new).quantize(Decimal("0.01")) - (ORDERED * old).quantize(Decimal("0.01"))),
            "unit_cost": str(new), "at": self._moment(self._days).isoformat(), "closes": str(self._closes),
        }  # fmt: skip

    def _moment(self, days: int) -> datetime:
        return self._begin + timedelta(minutes=self._chance.randrange(days * 24 * 60))

    def _day_on_site(self, days: int) -> datetime:
        """Give a moment of an event; now and then it lies in a month that is signed off."""
        is_late = self._closes and self._chance.random() < _LATE
        return self._moment(days) - timedelta(days=self._days if is_late else 0)


def _part(quantity: Decimal, percent: int) -> Decimal:
    return max((quantity * percent / 100).quantize(Decimal("0.0001")), Decimal("0.0001"))


def _write(path: Path, rows: Sequence[Row]) -> None:
    if not rows:
        return
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        if is_new:
            writer.writeheader()
        writer.writerows(rows)
