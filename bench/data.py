"""Deterministic input of any size: job cost extracts, purchase orders, material events. No randomness, so runs compare.

Proportions follow a building contractor: 200 jobs with 60 cost codes, 5 events to a purchase order line.
"""

from __future__ import annotations

import csv
import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from bench.place import COMPANY
from sage_bridge.event_feed import INBOUND
from sage_bridge.transfers import FileName, Manifest, Totals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sage_hooks.warehouse import Connection

JOBS, CODES = 200, 60

SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True, slots=True)
class Shape:
    """How events lie: each order line is received once and then installed, so many times in all and on each day."""

    events_per_line: int
    installs_per_day: int

    def lines(self, events: int) -> int:
        """Give how many order lines so many events concern."""
        return max(1, events // self.events_per_line)

    def whole(self, events: int) -> int:
        """Give the number of events that belong to whole lines."""
        return self.lines(events) * self.events_per_line


WEEKS = Shape(events_per_line=5, installs_per_day=2)
"""A job site over weeks: a cost line carries two events."""
ONE_DAY = Shape(events_per_line=20, installs_per_day=19)
"""A day's work: a cost line carries nineteen events."""


def store_codes(connection: Connection) -> None:
    """Put jobs with their cost codes, categories and open months into the mirror."""
    run(connection, "insert_jobs", "insert_cost_codes", "insert_categories", "insert_periods")


def store_orders(connection: Connection, lines: int) -> None:
    """Put so many order lines into the mirror."""
    run(connection, "insert_commitments", "insert_commitment_items", lines=lines)
    connection.execute("analyze")
    connection.commit()


def store_documents(connection: Connection, shape: Shape, first_line: int, events: int) -> None:
    """Put the documents of so many events into the inbox, those of the lines from `first_line` on."""
    last_line = first_line + shape.lines(events) - 1
    known = {"events_per_line": shape.events_per_line, "installs_per_day": shape.installs_per_day}
    run(connection, "insert_documents", first_line=first_line, last_line=last_line, **known)
    connection.execute("analyze ledger.event_inbox")
    connection.commit()


@contextmanager
def first_lines(path: Path, rows: int) -> Iterator[Path]:
    """Give a file with the header and the first rows of another one; it is removed afterwards."""
    few = path.parents[2] / f"few_{path.name}"
    with path.open("rb") as whole, few.open("wb") as file:
        file.writelines(islice(whole, rows + 1))
    try:
        yield few
    finally:
        few.unlink()


def write_transactions(folder: Path, seq: int, previous: str, rows: int, changed_every: int = 0) -> Manifest:
    """Write a full extract of posted transactions with its manifest; one row in `changed_every` differs.

    Gives the manifest; the file stands in `folder` under its name.
    """
    feed, totals, digest = INBOUND["JCT"], Totals(), hashlib.sha256()
    name = FileName("JCT", COMPANY, "PROD", seq, 1, "csv")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / str(name)).open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(feed.names)
        for number in range(rows):
            row = _transaction(number, is_changed=bool(changed_every) and number % changed_every == 0)
            writer.writerow([row.get(column, "") for column in feed.names])
            totals.add([row[column] for column in feed.key], Decimal(row["Amount"]))
    with (folder / str(name)).open("rb") as written:
        while block := written.read(1 << 20):
            digest.update(block)
    manifest = Manifest(
        flow="JCT", company=COMPANY, environment="PROD", seq=seq, rev=1, previous_seq=seq - 1, previous_sha256=previous,
        sha256=digest.hexdigest(), bytes=(folder / str(name)).stat().st_size, encoding="cp1252",
        extracted_at=f"2026-02-{seq:02d}T08:00:00+00:00", zone="UTC", extent="full", **totals.fields(),  # type: ignore[arg-type]
    )  # fmt: skip
    (folder / f"{name}.ok").write_bytes(manifest.to_bytes())
    return manifest


def _transaction(number: int, *, is_changed: bool) -> dict[str, str]:
    day = f"2026-01-{number % 28 + 1:02d}"
    return {
        "Row_ID": f"{number:08X}-0000-4000-8000-000000000000",
        "Run": "1",
        "Sequence": str(number + 1),
        "Job": f"J{number % JOBS + 1:04d}",
        "Cost_Code": f"03 {number % CODES + 1:02d} 00",
        "Category": "M",
        "Transaction_Type": "AP cost",
        "Transaction_Date": day,
        "Accounting_Date": day,
        "Description": "Changed" if is_changed else "Rebar grade 60",
        "Units": f"{number % 90 + 1}.0000",
        "Unit_Cost": "1.250000",
        "Amount": f"{(number % 90 + 1) * Decimal('1.25'):.2f}",
        "Debit_Account": "5-1000",
        "Credit_Account": "2-1000",
        "Application_of_Origin": "AP",
        "Vendor": "ACME",
        "Invoice": f"I-{number // 7}",
        "Date_Stamp": day,
        "Time_Stamp": "10:00:00",
        "Row_Version": str(number + (1_000_000_000 if is_changed else 1)),
    }


def run(connection: Connection, *statements: str, **values: object) -> int:
    """Run statements of `bench/sql` and commit; gives the rows of the last one."""
    known = {"company_id": COMPANY, "jobs": JOBS, "codes": CODES, **values}
    rows = 0
    for name in statements:
        rows = connection.execute((SQL / f"{name}.sql").read_text(encoding="utf-8").encode(), known).rowcount
    connection.commit()
    return rows
