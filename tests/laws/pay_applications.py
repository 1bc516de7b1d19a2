"""A public works contract's pay applications as a scenario: `python -m tests.laws.pay_applications SOURCE TARGET`.

SOURCE holds `contract_items.csv`, `pay_applications.csv` and `pay_periods.csv` of one contract, as San Francisco Public
Works publishes them. What becomes what:

* the contract: one commitment; a bid item: a line, a cost code and an item of its own;
* a lump sum or allowance, paid in parts: a line in dollars at 1.00, as a schedule of values is billed, so that a part
  of six decimals is its dollars to the cent;
* a change order's addition: an empty line that the change order fills at the start of the first month paying it; its
  deletion of units: a change order on the bid item it deletes; its deletion at a negative price: a line of one unit;
* a row of a pay application: received and installed at its place in the month; a deduction: uninstalled and returned,
  the latest installations of its place first;
* a month's payment of a bid item: an invoice, a credit where it is negative.

Months come from the labels of the pay periods; where a contract has none, the first period is January 2023.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.laws.make_scenario import cents, write_manifest, write_table
from tests.laws.model_totals import control_totals
from tests.laws.scenario_tools import MEASURES, read_scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Row = dict[str, str]

ZONE = ZoneInfo("America/Los_Angeles")
UNLABELLED = "January 2023"
LUMP_SUMS = ("LS", "AL")
DOLLARS = "USD"
UNITS = {"US SHORT TON": "TON"}
CHANGE = re.compile(r"(?:CO-\d+ - )?(?P<change>PCO-\d+)(?:[ _-]+(?P<item>\S+))?")
RULES = (
    "real: bid items, units, contract quantities, prices, change orders, quantities and amounts per place and period",
    "derived: lump sums and allowances are lines in dollars at 1.00, quantities are the amounts paid",
    "derived: a deletion of units is a change order on the bid item it deletes, deductions are uninstalled, returned",
    "synth: the day within the month, a receipt in the morning of each installation, one invoice a month and bid item",
)


@dataclass
class BidItem:
    """A bid item with the line it is on; `first` is the first moment anything of it was paid."""

    name: str
    change: str
    description: str
    unit: str
    quantity: Decimal
    price: Decimal
    amount: Decimal
    number: int = 0
    first: datetime | None = None

    @property
    def code(self) -> str:
        """The cost code: at most 13 characters, as Sage takes them."""
        found = CHANGE.fullmatch(self.name)
        return " ".join(part for part in found.groups() if part) if found else self.name

    @property
    def deletes(self) -> str:
        """The bid item whose units this one takes back, '' for any other."""
        found = CHANGE.fullmatch(self.name)
        return found["item"] or "" if found and self.quantity < 0 else ""


@dataclass(frozen=True)
class Payment:
    """A row of a pay application, on the line it is counted on and in that line's unit."""

    number: int
    period: str
    month: datetime
    line: BidItem
    quantity: Decimal
    amount: Decimal
    place: str
    scope: str


@dataclass
class Installation:
    """What one payment put in place, and how much of it is still there."""

    place: str
    receipt_id: str
    install_id: str
    left: Decimal


@dataclass
class Contract:
    """One contract on its way into a scenario."""

    job: str
    items: dict[str, BidItem]
    months: dict[str, datetime]
    payments: list[Payment] = field(default_factory=list)
    installed: dict[str, list[Installation]] = field(default_factory=lambda: defaultdict(list))
    events: list[Row] = field(default_factory=list)

    @property
    def po(self) -> str:
        """The commitment."""
        return f"PW-{self.job}"

    def line_of(self, name: str) -> BidItem:
        """Give the bid item on whose line a paid one stands: itself, or the one it deletes from."""
        item = self.items[name]
        return self.items[item.deletes] if item.deletes else item


def read_rows(source: Path, name: str) -> list[Row]:
    """Read one of the contract's tables; bid items without outer blanks."""
    with (source / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{column: value.strip() for column, value in row.items()} for row in csv.DictReader(file)]


def read_item(row: Row) -> BidItem:
    """Read a bid item in the units its line is kept in."""
    quantity, price = Decimal(row["contract_qty"]), Decimal(row["unit_price"])
    amount = Decimal(row["contract_amount"])
    unit = UNITS.get(row["unit"], row["unit"])
    if unit in LUMP_SUMS and price > 0:
        unit, quantity, price = DOLLARS, amount, Decimal("1.00")
    return BidItem(row["bid_item"], row["change_order"], row["description"], unit, quantity, price, amount)


def read_months(rows: list[Row]) -> dict[str, datetime]:
    """Give the first moment of each pay period's month."""
    months = {}
    for row in rows:
        words = (row["label"] or UNLABELLED).split()[-2:]
        month = datetime.strptime(f"{words[0][:3]} {words[1]}", "%b %Y").replace(tzinfo=ZONE)
        ahead = 0 if row["label"] else int(row["pay_period"].removeprefix("PP")) - 1
        months[row["pay_period"]] = month.replace(
            year=month.year + (month.month - 1 + ahead) // 12, month=(month.month - 1 + ahead) % 12 + 1
        )
    return months


def read_contract(source: Path) -> Contract:
    """Read one contract; bid items are numbered in its order."""
    items = {item.name: item for item in map(read_item, read_rows(source, "contract_items"))}
    rows = read_rows(source, "pay_applications")
    contract = Contract(rows[0]["job_id"], items, read_months(read_rows(source, "pay_periods")))
    for number, item in enumerate((item for item in items.values() if not item.deletes), 1):
        item.number = number
    for number, row in enumerate(rows):
        item, month = items[row["bid_item"]], contract.months[row["pay_period"]]
        item.first = min(item.first or month, month)
        contract.payments.append(read_payment(number, row, month, contract.line_of(item.name)))
    assert len({item.code for item in items.values()}) == len(items), "two bid items would share a cost code"
    return contract


def read_payment(number: int, row: Row, month: datetime, line: BidItem) -> Payment:
    """Read one row of a pay application."""
    amount = Decimal(row["period_amount"])
    quantity = amount if line.unit == DOLLARS else Decimal(row["period_qty"])
    place = " ".join(filter(None, (row["location_id"], row["location"])))
    return Payment(number, row["pay_period"], month, line, quantity, amount, place, row["scope"])


def add_events(contract: Contract) -> None:
    """Turn every payment into movements; deductions come at the end of their month."""
    for payment in sorted(contract.payments, key=lambda one: (one.month, one.quantity < 0, one.number)):
        number, quantity = payment.number, payment.quantity
        if quantity > 0:
            came = payment.month + timedelta(days=number % 20, hours=8, minutes=number % 60)
            name = f"{contract.job}-{number:05d}"
            receipt = add_event(contract, payment, f"{name}R", "receive", came, qty=quantity)
            put = came + timedelta(hours=6)
            install = add_event(contract, payment, f"{name}I", "install", put, qty=quantity, reference=receipt)
            contract.installed[payment.line.name].append(Installation(payment.place, receipt, install, quantity))
        elif quantity < 0:
            take_back(contract, payment)


def take_back(contract: Contract, payment: Payment) -> None:
    """Uninstall and return, at the place of the deduction first, then anywhere, the latest first."""
    left = -payment.quantity
    there = [one for one in reversed(contract.installed[payment.line.name]) if one.left]
    there.sort(key=lambda one: one.place != payment.place)
    out = payment.month + timedelta(days=25, hours=9, minutes=payment.number % 60)
    for part, one in enumerate(there):
        taken = min(one.left, left)
        if not taken:
            break
        one.left -= taken
        left -= taken
        name = f"{contract.job}-{payment.number:05d}-{part}"
        add_event(contract, payment, f"{name}U", "uninstall", out, qty=taken, reference=one.install_id)
        back = out + timedelta(hours=3)
        add_event(contract, payment, f"{name}B", "return", back, qty=taken, reference=one.receipt_id)
    assert not left, f"{payment}: more is deducted than was ever paid"


def add_event(
    contract: Contract, payment: Payment, name: str, kind: str, moment: datetime, *, qty: Decimal, reference: str = ""
) -> str:
    """Add one movement of a payment; gives its id."""
    line = payment.line
    contract.events.append(
        {
            "event_id": name, "event_kind": kind, "po_id": contract.po, "line_no": str(line.number),
            "item_id": line.code, "job_id": contract.job, "cost_code": line.code, "event_time": moment.isoformat(),
            "posted_time": (moment + timedelta(minutes=20)).isoformat(), "qty": f"{qty:f}", "uom": line.unit,
            "amount": "", "ref_event_id": reference, "qty_origin": "real", "time_origin": "synth",
            "location": payment.place, "reason": payment.scope, "disposition": "credit" if kind == "return" else "",
        }
    )  # fmt: skip
    return name


def change_rows(contract: Contract) -> Iterator[Row]:
    """Give the change orders: additions fill their line, deletions shorten the line they name."""
    standing: dict[int, Decimal] = {}
    counts: dict[int, int] = defaultdict(int)
    start = min(contract.months.values())
    for item in contract.items.values():
        if not item.change:
            continue
        line = contract.line_of(item.name)
        old = standing.get(line.number, Decimal(0) if line is item else line.quantity)
        standing[line.number] = old + item.quantity
        counts[line.number] += 1
        yield {
            "change_order_id": f"CO-{contract.po}-{line.number}-{counts[line.number]}", "po_id": contract.po,
            "line_no": str(line.number), "change_seq": str(counts[line.number]),
            "change_time": ((item.first or start) + timedelta(hours=1)).isoformat(), "change_kind": "qty_change",
            "old_qty": f"{old:f}", "new_qty": f"{standing[line.number]:f}", "old_unit_price": str(line.price),
            "new_unit_price": str(line.price), "delta_amount": str(item.amount), "kind_origin": "real",
            "amount_origin": "real",
        }  # fmt: skip


def line_rows(contract: Contract, changes: Iterable[Row]) -> Iterator[Row]:
    """Give the lines, as first ordered and as they stand after all change orders."""
    deltas: dict[str, Decimal] = defaultdict(Decimal)
    final = {}
    for row in changes:
        deltas[row["line_no"]] += Decimal(row["delta_amount"])
        final[row["line_no"]] = row["new_qty"]
    for item in contract.items.values():
        if item.deletes:
            continue
        number = str(item.number)
        quantity, amount = (Decimal(0), Decimal("0.00")) if item.change else (item.quantity, item.amount)
        yield {
            "po_id": contract.po, "line_no": number, "item_id": item.code, "item_description": item.description,
            "job_id": contract.job, "cost_code": item.code, "uom": item.unit, "source_uom": item.unit,
            "original_qty": f"{quantity:f}", "original_unit_price": str(item.price), "original_amount": str(amount),
            "final_qty": final.get(number, f"{quantity:f}"), "final_unit_price": str(item.price),
            "final_amount": str(amount + deltas[number]), "need_by_date": "", "item_category": "material",
            "item_type": "Standard", "source_line_total": "",
        }  # fmt: skip


def invoice_rows(contract: Contract) -> Iterator[Row]:
    """Give one invoice per month and line, billed on the fifth of the month after."""
    sums: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for payment in contract.payments:
        sums[payment.period, payment.line.number] += payment.amount
    for count, ((period, number), amount) in enumerate(sorted(sums.items()), 1):
        if not amount:
            continue
        month = contract.months[period]
        posted = (month + timedelta(days=35)).replace(day=5, hour=16)
        yield {
            "invoice_id": f"{contract.job}-{count:05d}", "po_id": contract.po, "line_no": str(number),
            "vendor_id": f"V-{contract.job}", "invoice_number": f"{contract.job}-{period}",
            "invoice_kind": "invoice" if amount > 0 else "credit", "invoice_date": posted.date().isoformat(),
            "posted_time": posted.isoformat(), "amount": f"{abs(amount):.2f}", "cleared_time": "",
            "ref_invoice_id": "", "amount_origin": "real", "time_origin": "synth",
        }  # fmt: skip


def tables(contract: Contract) -> dict[str, list[Row]]:
    """Give every table but the control totals."""
    add_events(contract)
    on_lines = [item for item in contract.items.values() if not item.deletes]
    start = min(contract.months.values())
    changes = list(change_rows(contract))
    subtotal = sum((item.amount for item in on_lines if not item.change), Decimal(0))
    return {
        "jobs": [
            {"job_id": contract.job, "job_name": f"Public Works contract {contract.job}", "job_status": "In progress",
             "start_date": start.date().isoformat(), "end_date": "", "origin": "real"}
        ],
        "cost_codes": [
            {"cost_code": item.code, "cost_code_title": item.description, "division": "", "origin": "real"}
            for item in on_lines
        ],
        "job_cost_codes": [
            {"job_id": contract.job, "cost_code": item.code, "category": "M",
             "budget_amount": str(cents(max(item.amount, Decimal(0)))), "origin": "real"}
            for item in on_lines
        ],
        "vendors": [
            {"vendor_id": f"V-{contract.job}", "vendor_name": f"Contractor of {contract.job}", "is_active": "1",
             "address_line_1": "", "city": "San Francisco", "state": "CA", "postal_code": "", "country": "US",
             "origin": "synth"}
        ],
        "items": [
            {"item_id": item.code, "item_number": item.code, "item_description": item.description,
             "stock_uom": item.unit, "standard_cost": str(max(item.price, Decimal(0))), "cost_code": item.code,
             "origin": "real"}
            for item in on_lines
        ],
        "purchase_orders": [
            {"po_id": contract.po, "vendor_id": f"V-{contract.job}", "job_id": contract.job,
             "order_time": start.isoformat(), "po_status": "approved", "revision_number": "1", "currency": "USD",
             "subtotal_amount": str(subtotal), "tax_amount": "0.00", "freight_amount": "0.00",
             "total_amount": str(subtotal)}
        ],
        "po_lines": list(line_rows(contract, changes)),
        "change_orders": changes,
        "material_events": sorted(contract.events, key=lambda row: datetime.fromisoformat(row["event_time"])),
        "invoices": list(invoice_rows(contract)),
        "anomalies": [
            {"anomaly_kind": "deletion", "table_name": "po_lines", "row_key": item.name,
             "detail": f"counted on bid item {item.deletes}"}
            for item in contract.items.values() if item.deletes
        ] or [{"anomaly_kind": "none", "table_name": "", "row_key": "", "detail": ""}],
    }  # fmt: skip


def write(source: Path, folder: Path) -> Contract:
    """Write the scenario with the oracle's control totals; gives the contract it was made of."""
    folder.mkdir(parents=True, exist_ok=True)
    contract = read_contract(source)
    head = {
        "scenario": folder.name,
        "source": {"set": f"San Francisco Public Works, contract {contract.job}"},
        "rules": RULES,
    }
    facts = {f"{name}.csv": write_table(folder, name, rows) for name, rows in tables(contract).items()}
    write_manifest(folder, head, facts)
    scenario = read_scenario(folder)
    totals = control_totals(scenario.lines, scenario.change_orders, scenario.invoices, scenario.valued())
    rows = [
        {"period_end": end, "job_id": job, "cost_code": code}
        | {name: f"{amount:.2f}" for name, amount in zip(MEASURES, sums, strict=True)}
        for (end, job, code), sums in totals.items()
    ]
    facts["control_totals.csv"] = write_table(folder, "control_totals", rows)
    write_manifest(folder, head, facts)
    return contract


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
