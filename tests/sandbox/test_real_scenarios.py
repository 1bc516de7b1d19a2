"""The foreign scenarios, where they are at hand: they load, and what Sage holds is what the tables say."""

from __future__ import annotations

import csv
import gzip
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.books import assert_ties
from tests.sandbox.company_files import Sage
from tests.sandbox.test_runblu import documents, runblu

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = ROOT.parent / "shared" / "data" / "scenarios"


def scenario_folder(name: str) -> Path:
    """Give a foreign scenario; says loudly when it is not there."""
    folder = FOREIGN / name
    if not folder.is_dir():
        pytest.skip(f"the foreign scenario {name} is not at {folder}: loading it was NOT tested")
    return folder


def rows(folder: Path, table: str) -> Iterator[dict[str, str]]:
    """Give a table's rows, read without the sandbox."""
    path = next(folder.glob(f"{table}.csv*"))
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as stream:
        yield from csv.DictReader(stream)


@pytest.mark.parametrize(("name", "seconds"), [("aw_open", 20), ("bpi_open", 60)])
def test_a_foreign_scenario_loads_and_ties_with_its_tables(tmp_path: Path, name: str, seconds: float) -> None:
    folder = scenario_folder(name)
    sage = Sage(tmp_path / "sage")
    started = time.monotonic()
    sage.do("create", "--company", "AW", "--scenario", folder)
    assert time.monotonic() - started < seconds
    for table, sage_table in (
        ("jobs", "JCM_MASTER__JOB"), ("job_cost_codes", "JCM_MASTER__CATEGORY"), ("vendors", "APM_MASTER__VENDOR"),
        ("items", "STANDARD_ITEM"), ("purchase_orders", "JCM_MASTER__COMMITMENT"),
        ("invoices", "JCT_CURRENT__TRANSACTION"),
        ("po_lines", "JCM_MASTER__COMMITMENT_ITEM"), ("change_orders", "JCM_MASTER__COMMITMENT_CO_ITEM"),
    ):  # fmt: skip
        assert len(sage.table(sage_table)) == sum(1 for _row in rows(folder, table)), table
    for measure, table, column in (
        ("Amount", "po_lines", "original_amount"), ("Approved_Changes", "change_orders", "delta_amount"),
    ):  # fmt: skip
        held = sum(Decimal(row[measure]) for row in sage.rows("select * from JCM_MASTER__COMMITMENT"))
        assert held == sum(Decimal(row[column]) for row in rows(folder, table))
    signed = Counter[tuple[str, str]]()
    for invoice in rows(folder, "invoices"):
        amount = Decimal(invoice["amount"]) * (-1 if invoice["invoice_kind"] == "cancel" else 1)
        signed[invoice["posted_time"][:10], "line" if invoice["line_no"] else "other"] += amount  # type: ignore[assignment]
    posted = Counter[tuple[str, str]]()
    for row in sage.rows("select * from JCT_CURRENT__TRANSACTION"):
        kind = "other" if row["Commitment_Line_Item"] is None else "line"
        posted[row["Transaction_Date"], kind] += Decimal(row["Amount"])  # type: ignore[assignment]
    assert posted == signed
    assert_ties(sage)


def test_ap_cost_of_lines_is_the_oracles_invoiced_value(tmp_path: Path) -> None:
    folder = scenario_folder("aw_open")
    sage = Sage(tmp_path / "sage")
    sage.do("create", "--company", "AW", "--scenario", folder)
    costs: dict[tuple[str, str], list[tuple[str, Decimal]]] = {}
    for row in sage.rows("select * from JCT_CURRENT__TRANSACTION where Commitment_Line_Item is not null"):
        costs.setdefault((row["Job"], row["Cost_Code"]), []).append((row["Transaction_Date"], Decimal(row["Amount"])))
    checked = 0
    for total in rows(folder, "control_totals"):
        own = costs.get((total["job_id"], total["cost_code"]), [])
        assert sum(amount for day, amount in own if day <= total["period_end"]) == Decimal(total["invoiced_value"])
        checked += 1
    assert checked > 3000


def test_the_events_of_a_foreign_scenario_are_all_there(tmp_path: Path) -> None:
    folder = scenario_folder("aw_open")
    out = tmp_path / "events.ndjson"
    assert runblu("events", "--scenario", folder, "--company", "AW", "--out", out).out.startswith("wrote 16712 events")


def test_our_own_scenario_loads(tmp_path: Path) -> None:
    folder = ROOT / "include" / "scenario"
    sage = Sage(tmp_path / "sage")
    sage.do("create", "--company", "DEMO", "--scenario", folder)
    assert_ties(sage)
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    assert len(documents(copy)) == sum(1 for _row in rows(folder, "material_events"))
