"""Reads a scenario directory into the oracle's records, by the names and rules of the contracts (section 2)."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.laws.model import run
from tests.laws.model_records import ChangeOrder, Codes, Event, Invoice, Line, LineKey, Result
from tests.laws.model_totals import TotalKey, Totals

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Row = dict[str, str]

EVENT_TYPES = {
    "receive": "received", "reject": "rejected", "reverse_receipt": "reversed", "allocate": "allocated",
    "install": "installed", "return": "returned", "uninstall": "uninstalled", "waste": "wasted",
    "transfer": "transferred", "count": "counted",
}  # fmt: skip
#: Columns of control_totals in the order of Totals.
MEASURES = (
    "committed_value", "received_value", "allocated_value", "installed_value", "on_hand_value", "open_commitment",
    "invoiced_value",
)  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """A scenario as the oracle reads it."""

    lines: list[Line]
    change_orders: list[ChangeOrder]
    events: list[Event]
    invoices: list[Invoice]
    valid_codes: dict[Codes, str]
    control_totals: dict[TotalKey, Totals]

    def valued(self) -> Result:
        """Run the oracle over everything."""
        return run(self.lines, self.change_orders, self.events, self.valid_codes)


def commitment_id(po_id: str) -> str:
    """Give a purchase order's commitment: its id, without the prefix where it is longer than Sage's 12."""
    return po_id if len(po_id) <= 12 else po_id.split("-", 1)[1]


def short_id(name: str) -> str:
    """Give an id of Sage's 10 characters: three of the name and seven of its hash."""
    if len(name) <= 10:
        return name
    return name[:3] + base64.b32encode(hashlib.sha256(name.encode()).digest()).decode().lower()[:7]


def table(folder: Path, name: str) -> list[Row]:
    """Read a table, plain or packed; an absent one is empty."""
    for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz"):
        if path.is_file():
            return list(csv.DictReader(io.StringIO(content_of(path).decode(), newline="")))
    return []


def content_of(path: Path) -> bytes:
    """Give a file's bytes, unpacked."""
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def manifest_of(folder: Path) -> dict[str, Any]:
    """Read the manifest."""
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def hash_differences(folder: Path) -> list[str]:
    """Name the tables whose content or row count is not what the manifest says."""
    return [
        name
        for name, facts in manifest_of(folder)["files"].items()
        if hashlib.sha256(content_of(folder / name)).hexdigest() != facts["sha256_of_csv"]
        or len(table(folder, name.split(".")[0])) != facts["rows"]
    ]


def read_scenario(folder: Path) -> Scenario:
    """Read a scenario directory; events posted from a month's close on (manifest `closes`) are known after it."""
    valid_codes = read_valid_codes(folder)
    categories = only_categories(valid_codes)
    ordered = {row["po_id"]: row["order_time"][:10] for row in table(folder, "purchase_orders")}
    lines = {
        line_key(row): Line(
            *line_key(row), codes_of(row, categories), short_id(row["item_id"]), row["uom"][:6].rstrip(),
            Decimal(row["original_qty"]), Decimal(row["original_unit_price"]), Decimal(row["original_amount"]),
            ordered[row["po_id"]],
        )
        for row in table(folder, "po_lines")
    }  # fmt: skip
    closes = [datetime.fromisoformat(time) for time in manifest_of(folder).get("closes", {}).values()]
    events = []
    for row in table(folder, "material_events"):
        posted = datetime.fromisoformat(row["posted_time"])
        events.append(read_event(row, lines, categories, sum(close <= posted for close in closes)))
    return Scenario(
        list(lines.values()), read_change_orders(folder), events, read_invoices(folder), valid_codes,
        read_totals(folder),
    )  # fmt: skip


def read_valid_codes(folder: Path) -> dict[Codes, str]:
    """Give the codes of the Sage company with the rule that cost onto them breaks, '' for none."""
    jobs = {row["job_id"]: row["job_status"].strip().lower() for row in table(folder, "jobs")}
    return {
        Codes(row["job_id"], "", row["cost_code"], row["category"]): (
            "" if jobs[row["job_id"]] == "in progress" else "job_not_in_progress"
        )
        for row in table(folder, "job_cost_codes")
    }


def only_categories(valid_codes: Iterable[Codes]) -> dict[tuple[str, str], str]:
    """Give the category of each job's cost code: the only one it has, else M where it has that."""
    found: dict[tuple[str, str], set[str]] = {}
    for codes in valid_codes:
        found.setdefault((codes.job, codes.cost_code), set()).add(codes.category)
    clear = {key: names if len(names) == 1 else names & {"M"} for key, names in found.items()}
    return {key: next(iter(names)) for key, names in clear.items() if names}


def codes_of(row: Row, categories: dict[tuple[str, str], str]) -> Codes:
    """Give a row's codes; a category not said follows from the cost code where that leaves no choice."""
    category = row.get("category", "") or categories.get((row["job_id"], row["cost_code"]), "")
    return Codes(row["job_id"], "", row["cost_code"], category)


def line_key(row: Row) -> LineKey:
    """Give the commitment item a row concerns."""
    return commitment_id(row["po_id"]), int(row["line_no"])


def read_change_orders(folder: Path) -> list[ChangeOrder]:
    """Number the change orders of each commitment by time, sequence and line, as Sage got them."""
    rows = sorted(
        table(folder, "change_orders"),
        key=lambda row: (datetime.fromisoformat(row["change_time"]), int(row["change_seq"]), int(row["line_no"])),
    )
    numbers: dict[str, int] = {}
    found = []
    for row in rows:
        commitment, item_number = line_key(row)
        numbers[commitment] = numbers.get(commitment, 0) + 1
        is_price = Decimal(row["new_unit_price"]) != Decimal(row["old_unit_price"])
        order = ChangeOrder(
            commitment, str(numbers[commitment]), item_number, row["change_time"], row["change_time"][:10],
            Decimal(row["new_qty"]) - Decimal(row["old_qty"]), Decimal(row["delta_amount"]),
            Decimal(row["new_unit_price"]) if is_price else None,
        )  # fmt: skip
        found.append(order)
    return found


def read_event(row: Row, lines: dict[LineKey, Line], categories: dict[tuple[str, str], str], close_count: int) -> Event:
    """Read one movement: what `ref_event_id` names is undone by a reversal, drawn from or concerned by others."""
    event_type = EVENT_TYPES[row["event_kind"]]
    key = line_key(row) if row["po_id"] else ("", 0)
    line = lines.get(key)
    item = short_id(row["item_id"]) if row["item_id"] or line is None else line.standard_item
    unit = row["uom"] or (line.unit if line else "")
    location = row.get("location", "") or row["job_id"] or (line.codes.job if line else "")
    named, undone = ("", row["ref_event_id"]) if event_type == "reversed" else (row["ref_event_id"], "")
    return Event(
        row["event_id"], event_type, row["event_time"], Decimal(row["qty"]), unit[:6].rstrip(), *key, item, location,
        codes_of(row, categories), named, undone, close_count,
    )  # fmt: skip


def read_invoices(folder: Path) -> list[Invoice]:
    """Read the AP rows; a cancellation takes back the row it names and fills what it leaves empty from it."""
    rows = {row["invoice_id"]: row for row in table(folder, "invoices")}
    found = []
    for row in rows.values():
        named = rows.get(row["ref_invoice_id"], row)
        full = {column: value or named[column] for column, value in row.items()}
        sign = -1 if row["invoice_kind"] in ("cancel", "credit") else 1
        line = line_key(full) if full["line_no"] else None
        found.append(Invoice(line, row["posted_time"][:10], sign * Decimal(full["amount"])))
    return found


def read_totals(folder: Path) -> dict[TotalKey, Totals]:
    """Read the control totals that came with the scenario."""
    return {
        (row["period_end"], row["job_id"], row["cost_code"]): Totals(*(Decimal(row[name]) for name in MEASURES))
        for row in table(folder, "control_totals")
    }
