"""Writes `include/scenario` from the story beside this file: `python -m tests.laws.make_scenario`.

Nothing is drawn at random, so the same story always gives the same bytes. The control totals are the
oracle's (`tests.laws.model`), computed from quantities and prices.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from tests.laws import demo_orders as orders
from tests.laws.model_totals import control_totals, decimal
from tests.laws.scenario_tools import MEASURES, read_scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.laws.model_records import Result

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "include" / "scenario"
KINDS = {"reverse": "reverse_receipt"}
HEAD = {
    "scenario": "demo_small", "source": orders.SOURCE, "rules": orders.RULES, "closes": orders.CLOSES,
    "reversed_entries": orders.REVERSED_ENTRIES,
}  # fmt: skip
Row = dict[str, str]


@dataclass
class Step:
    """One movement of the story with what it says about itself; `name` is how other steps refer to it."""

    section: str
    kind: str
    time: datetime
    quantity: str
    options: dict[str, str]
    receipt: Step | None = None
    named: dict[str, Step] = field(default_factory=dict, repr=False)
    event_id: str = ""

    @property
    def reference(self) -> str:
        """The event it draws from, undoes or concerns."""
        wanted = self.options.get("ref", "")
        if wanted == "-" or self.receipt is None:
            return ""
        return self.named[wanted].event_id if wanted else self.receipt.event_id


def cents(amount: Decimal) -> Decimal:
    """Round to cents, half away from zero."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def moment(day: str, time: str) -> datetime:
    """Give a time of the story's year in its zone (daylight time, as the whole story is)."""
    return datetime.fromisoformat(f"{orders.YEAR}-{day}T{time}:00{orders.OFFSET}")


def read_story(text: str) -> Iterator[Step]:
    """Read the notation that the story explains in its head."""
    section = ""
    named: dict[str, Step] = {}
    for line in text.splitlines():
        if line.startswith("["):
            section, named = line.strip("[]"), {}
        elif line and not line.startswith("#"):
            receipt: Step | None = None
            day = ""
            for part in line.split(" | "):
                step = read_step(part.split(), section, day, receipt)
                day, receipt = step.time.strftime("%m-%d"), receipt or step
                step.named = named
                named[step.options.pop("name", "")] = step
                yield step


def read_step(words: list[str], section: str, day: str, receipt: Step | None) -> Step:
    """Read one step of a row."""
    options = dict(word.split("=", 1) for word in words if "=" in word)
    words = [word for word in words if "=" not in word]
    if words[0].endswith(":"):
        options["name"] = words.pop(0)[:-1]
    kind = words.pop(0)
    if "-" in words[0]:
        day = words.pop(0)
    time = moment(day, words.pop(0))
    quantity = words[0] if words else receipt.quantity if receipt else ""
    return Step(section, KINDS.get(kind, kind), time, quantity, options, receipt)


def event_rows(text: str) -> list[Row]:
    """Give the material events, numbered in the order they happened."""
    steps = sorted(read_story(text), key=lambda step: step.time)
    for number, step in enumerate(steps, 1):
        step.event_id = f"EV-{number:05d}"
    rows = []
    for number, step in enumerate(steps, 1):
        named, _, number_or_job = step.section.partition("/" if "/" in step.section else " ")
        line = orders.LINES.get((named, number_or_job))
        item = line.item if line else named
        job = step.options.get("job", line.job if line else number_or_job)
        code = step.options.get("code", line.cost_code if line else "-")
        lag = timedelta(minutes=4 + number * 37 % 86)
        posted = step.options.get("posted", "")
        rows.append(
            {
                "event_id": step.event_id, "event_kind": step.kind, "po_id": named if line else "",
                "line_no": number_or_job if line else "", "item_id": item, "job_id": job,
                "cost_code": "" if code == "-" else code.replace("_", " "), "event_time": step.time.isoformat(),
                "posted_time": (moment(*posted.split("T")) if posted else step.time + lag).isoformat(),
                "qty": step.quantity, "uom": orders.ITEMS[item].unit, "amount": "", "ref_event_id": step.reference,
                "qty_origin": "written", "time_origin": "written", "reason": step.options.get("reason", ""),
                "disposition": step.options.get("disposition", ""), "actor": orders.CREWS[job, step.kind == "receive"],
                "device": orders.TABLETS[job],
            }
        )  # fmt: skip
    return rows


def change_rows() -> list[Row]:
    """Give the change orders with the line as it stood before and after each."""
    standing = {key: (line.quantity, line.price, line.amount) for key, line in orders.LINES.items()}
    sequence: dict[tuple[str, str], count[int]] = {}
    rows = []
    for change in orders.CHANGES:
        key = (change.po, change.line)
        number = next(sequence.setdefault(key, count(1)))
        quantity, price, amount = standing[key]
        new = (quantity if change.quantity is None else change.quantity, change.price or price)
        standing[key] = (*new, cents(new[0] * new[1]))
        rows.append(
            {
                "change_order_id": f"CO-{change.po}-{change.line}-{number}", "po_id": change.po, "line_no": change.line,
                "change_seq": str(number), "change_time": moment(*change.time.split("T")).isoformat(),
                "change_kind": change.kind, "old_qty": str(quantity), "new_qty": str(new[0]),
                "old_unit_price": str(price), "new_unit_price": str(new[1]),
                "delta_amount": str(standing[key][2] - amount), "kind_origin": "written", "amount_origin": "written",
            }
        )  # fmt: skip
    return rows


def line_rows(changes: list[Row]) -> list[Row]:
    """Give the PO lines, before and after all change orders."""
    rows = []
    for (po, number), line in orders.LINES.items():
        mine = [row for row in changes if (row["po_id"], row["line_no"]) == (po, number)]
        amount = line.amount + sum((Decimal(row["delta_amount"]) for row in mine), Decimal(0))
        item = orders.ITEMS[line.item]
        rows.append(
            {
                "po_id": po, "line_no": number, "item_id": line.item, "item_description": item.description,
                "job_id": line.job, "cost_code": line.cost_code, "uom": item.unit, "source_uom": item.unit,
                "original_qty": str(line.quantity), "original_unit_price": str(line.price),
                "original_amount": str(line.amount), "final_qty": mine[-1]["new_qty"] if mine else str(line.quantity),
                "final_unit_price": mine[-1]["new_unit_price"] if mine else str(line.price),
                "final_amount": str(amount), "need_by_date": f"{orders.YEAR}-{orders.ORDERS[po].need_by}",
                "item_category": "material", "item_type": "Standard", "source_line_total": "",
            }
        )  # fmt: skip
    return rows


def invoice_rows() -> list[Row]:
    """Give the AP rows; a line's amount is its quantity at the price billed."""
    rows: list[Row] = []
    for number, bill in enumerate(orders.BILLS, 1):
        amount = bill.amount if bill.amount is not None else cents(Decimal(bill.quantity) * Decimal(bill.price))
        rows.append(
            {
                "invoice_id": f"I{number:04d}", "po_id": bill.po, "line_no": bill.line,
                "vendor_id": orders.ORDERS[bill.po].vendor, "invoice_number": bill.number, "invoice_kind": bill.kind,
                "invoice_date": f"{orders.YEAR}-{bill.issued}", "posted_time": moment(bill.posted, "16:00").isoformat(),
                "qty": bill.quantity, "amount": str(amount), "cleared_time": "",
                "ref_invoice_id": f"I{bill.undoes:04d}" if bill.undoes else "", "amount_origin": "written",
                "time_origin": "written",
            }
        )  # fmt: skip
    return rows


def order_rows(invoices: list[Row]) -> list[Row]:
    """Give the PO headers with the sums of their lines and of the tax and freight billed on them."""
    rows = []
    for po, order in orders.ORDERS.items():
        lines = [line for (name, _), line in orders.LINES.items() if name == po]
        extra = {
            kind: sum((Decimal(row["amount"]) for row in invoices if (row["po_id"], row["invoice_kind"]) == (po, kind)),
                      Decimal("0.00"))
            for kind in ("tax", "freight")
        }  # fmt: skip
        subtotal = sum((line.amount for line in lines), Decimal(0))
        rows.append(
            {
                "po_id": po, "vendor_id": order.vendor, "job_id": lines[0].job,
                "order_time": moment(*order.ordered.split("T")).isoformat(), "po_status": order.status,
                "revision_number": "1", "currency": "USD", "subtotal_amount": str(subtotal),
                "tax_amount": str(extra["tax"]), "freight_amount": str(extra["freight"]),
                "total_amount": str(subtotal + extra["tax"] + extra["freight"]),
            }
        )  # fmt: skip
    return rows


def budget_rows() -> list[Row]:
    """Give a budget per job and cost code: what was first ordered, up to the next thousand; others as they stand."""
    sums: dict[tuple[str, str], Decimal] = {(job, code): Decimal(0) for job, code in orders.OTHER_CODES}
    for line in orders.LINES.values():
        sums[line.job, line.cost_code] = sums.get((line.job, line.cost_code), Decimal(0)) + line.amount
    return [
        {"job_id": job, "cost_code": code, "category": "M", "budget_amount": f"{(total // 1000 + 1) * 1000:.2f}",
         "origin": "written"}
        for (job, code), total in sorted(sums.items())
    ]  # fmt: skip


def tables() -> dict[str, list[Row]]:
    """Give every table but the control totals."""
    changes, invoices = change_rows(), invoice_rows()
    return {
        "jobs": orders.JOBS,
        "cost_codes": [
            {"cost_code": code, "cost_code_title": title, "division": code[:2], "origin": "MasterFormat 2016"}
            for code, title in orders.COST_CODES.items()
        ],
        "job_cost_codes": budget_rows(),
        "vendors": orders.VENDORS,
        "items": [
            {"item_id": name, "item_number": name, "item_description": item.description, "stock_uom": item.unit,
             "standard_cost": item.cost, "cost_code": item.cost_code, "material_class": item.material_class,
             "origin": "written"}
            for name, item in sorted(orders.ITEMS.items())
        ],
        "purchase_orders": order_rows(invoices),
        "po_lines": line_rows(changes),
        "change_orders": changes,
        "material_events": event_rows((HERE / "demo_story.txt").read_text(encoding="utf-8")),
        "invoices": invoices,
        "anomalies": orders.ANOMALIES,
        "sage_entries": orders.SAGE_ENTRIES,
    }  # fmt: skip


def write(folder: Path) -> None:
    """Write the scenario: tables, then the oracle's control totals over them, then the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = tables()
    facts = {f"{name}.csv": write_table(folder, name, rows) for name, rows in plain.items()}
    write_manifest(folder, HEAD, facts)
    scenario = read_scenario(folder)
    result = scenario.valued()
    facts["material_events.csv"] = write_table(folder, "material_events", valued(plain["material_events"], result))
    totals = control_totals(scenario.lines, scenario.change_orders, scenario.invoices, result)
    rows = [
        {"period_end": end, "job_id": job, "cost_code": code}
        | {name: f"{amount:.2f}" for name, amount in zip(MEASURES, sums, strict=True)}
        for (end, job, code), sums in totals.items()
    ]
    facts["control_totals.csv"] = write_table(folder, "control_totals", rows)
    write_manifest(folder, HEAD, facts)


def valued(rows: list[Row], result: Result) -> list[Row]:
    """Give the events with what each was worth when it happened, without sign; 0.00 while it waits."""
    worth: dict[str, Decimal] = {}
    for entry in result.entries:
        if entry.event_id == entry.cause_id:
            worth[entry.event_id] = worth.get(entry.event_id, Decimal(0)) + decimal(entry.amount)
    return [row | {"amount": f"{abs(worth.get(row['event_id'], Decimal(0))):.2f}"} for row in rows]


def facts_of(content: bytes) -> dict[str, int | str]:
    """Give the row count and hash that the manifest states of a table."""
    rows = sum(1 for _ in csv.reader(io.StringIO(content.decode(), newline=""))) - 1
    return {"rows": rows, "sha256_of_csv": hashlib.sha256(content).hexdigest()}


def write_table(folder: Path, name: str, rows: list[Row]) -> dict[str, int | str]:
    """Write one table; gives its facts."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    (folder / f"{name}.csv").write_bytes(content)
    return facts_of(content)


def write_manifest(folder: Path, head: Mapping[str, object], facts: dict[str, dict[str, int | str]]) -> None:
    """Write the manifest."""
    manifest = {**head, "files": facts}
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
