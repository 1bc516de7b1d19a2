"""The evidence pack of a signed month: whole, equal when made again, readable by other software, and it ties."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pypdf
import pytest

from sage_bridge.errors import BadConfig, BrokenLaw
from sage_bridge.reconcile import Decision, Terms
from sage_hooks import evidence, reconciliation, sign_off
from tests.sql.recon.month import books, month_template

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]


def signed_run(made: Books) -> int:
    made.connection.commit()
    terms = Terms("AW", "2024-11", "propose", Decimal("0.01"), "finance", "manual")
    run_no = reconciliation.reconcile(made.connection, terms).run_no
    decision = Decision("controller", True, "=cmd|' /C calc'!A0", datetime(2024, 12, 2, tzinfo=UTC))
    reconciliation.store_decision(made.connection, run_no, decision, "reconcile__period", "manual")
    return sign_off.sign_off(made.connection, run_no).run_no


@pytest.fixture
def pack(books: Books, tmp_path: Path) -> zipfile.ZipFile:
    books.sage_row("TAX2", "2024-11-20", "8.00", type="AP cost", origin="AP", description="Tax =1+1")
    written = evidence.write_evidence(books.connection, signed_run(books), tmp_path)
    assert written.path.name == "evidence_AW_2024-11.zip"
    assert written.sha256 == hashlib.sha256(written.path.read_bytes()).hexdigest()
    return zipfile.ZipFile(written.path)


def table(pack: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(pack.read(name).decode())))


def test_the_manifest_names_every_member_with_its_hash(pack: zipfile.ZipFile) -> None:
    manifest = json.loads(pack.read("manifest.json"))
    assert set(manifest["members"]) | {"manifest.json"} == set(pack.namelist())
    for name, facts in manifest["members"].items():
        content = pack.read(name)
        assert (facts["sha256"], facts["bytes"]) == (hashlib.sha256(content).hexdigest(), len(content)), name
    assert manifest["sign_off"]["signed_by"] == "controller"
    assert [part["part"] for part in manifest["sign_off"]["parts"]][:2] == ["approval", "bridges"]
    assert len(manifest["event_chain"]["head"]) == len(manifest["code"]["sha256"]) == 64
    assert {name.rsplit(".", 1)[1] for name in pack.namelist()} == {"csv", "json", "xlsx", "pdf"}


def test_the_data_behind_it_is_there(pack: zipfile.ZipFile) -> None:
    job_cost = table(pack, "data/job_cost.csv")
    assert [row["amount_sage_job_cost"] for row in job_cost] == ["448.00"]
    assert {row["amount"] for row in table(pack, "data/variance.csv") if row["component"] == "residual"} == {"0.00"}
    assert len(table(pack, "data/postings.csv")) == 2
    assert [row["decided_by"] for row in table(pack, "approvals.csv")] == ["controller"]
    assert pack.read("data/differences.csv").count(b"\n") == 1, "a header even when nothing differs"


def test_nothing_in_it_runs(pack: zipfile.ZipFile) -> None:
    assert table(pack, "approvals.csv")[0]["comment"] == "'=cmd|' /C calc'!A0"
    workbook = openpyxl.load_workbook(io.BytesIO(pack.read("reconciliation_AW_2024-11.xlsx")))
    texts = [
        cell.value for sheet in workbook for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)
    ]
    formulas = [text for text in texts if text.startswith("=")]
    assert formulas
    assert all(text.startswith(("=SUM(", "=ROUND(", "='Variance bridge'!")) for text in formulas)
    assert "'=cmd|' /C calc'!A0" in texts


def test_the_workbook_ties(pack: zipfile.ZipFile) -> None:
    content = io.BytesIO(pack.read("reconciliation_AW_2024-11.xlsx"))
    workbook, values = openpyxl.load_workbook(content), openpyxl.load_workbook(content, data_only=True)
    assert workbook.sheetnames == [
        "Summary", "Variance bridge", "Roll-forward", "Per job and code", "Per commitment", "Change orders",
        "Received not invoiced", "Differences", "Adjustments", "Exceptions", "Approvals",
    ]  # fmt: skip
    assert workbook["Per job and code"].freeze_panes == "A2"
    # On paper figures stand beside their names: every sheet is as wide as a page.
    assert [sheet.title for sheet in workbook if not sheet.sheet_properties.pageSetUpPr.fitToPage] == []
    assert {(sheet.page_setup.orientation, sheet.page_setup.fitToWidth or 1) for sheet in workbook} == {
        ("landscape", 1)
    }
    # The lists are read from the database once for all members.
    for name, data in (
        ("Per job and code", "job_cost"),
        ("Per commitment", "commitments"),
        ("Change orders", "change_orders"),
        ("Received not invoiced", "received_not_invoiced"),
    ):
        assert values[name].max_row == len(table(pack, f"data/{data}.csv")) + 2, "header, rows, total"
    sheet = values["Variance bridge"]
    rows = list(sheet.iter_rows(values_only=True))
    for place, row in enumerate(rows):
        if row[0] == "job":
            names = list(row)
            for cells in rows[place + 1 :]:
                if cells[0] in (None, "Total"):
                    break
                found = dict(zip(names, (_money(cell) for cell in cells), strict=True))
                steps = sum(amount for name, amount in found.items() if name not in _NOT_STEPS and amount is not None)
                end = found.get("job cost", found.get("consumed"))
                start = found["original"] if "original" in found else found["consumed"]
                assert end == start + steps, found
                assert found["residual"] == 0
    summary = {row[0]: row[1] for row in values["Summary"].iter_rows(values_only=True)}
    assert _money(summary["consumed at the end of one bridge and the start of the other"]) == 0
    assert _money(summary["Sage job cost + in flight - expected"]) == 0
    assert _money(summary["closing of the roll-forward and end of the quantity bridge"]) == 0
    assert _money(summary["closing of the roll-forward and end of the cost bridge"]) == 0
    assert summary["closing of the roll-forward and end of the cost bridge"] is not None
    moved = {(row[0], row[2]): row[4] for row in values["Roll-forward"].iter_rows(values_only=True)}
    assert {_money(moved["cost", name]) for name in ("opening", "residual")} == {Decimal("0.00")}
    assert (_money(moved["cost", "closing"]), _money(moved["cost", "tax_freight"])) == (448, 48)
    assert workbook["Roll-forward"]["E13"].value == "=ROUND(E12-SUM(E9:E11),2)"
    assert _money(summary["job cost"]) == Decimal("448.00")
    for tied in ("one by one and per commitment", "and their step of the quantity bridge"):
        (name,) = (name for name in summary if name and name.endswith(tied))
        assert summary[name] == 0
    names, *orders, _ = [row for row in values["Change orders"].iter_rows(values_only=True) if any(row)]
    orders = [dict(zip(names, row, strict=True)) for row in orders]
    assert [(_money(row["amount approved"]), row["status"], row["is ours"]) for row in orders] == [
        (Decimal("-100.00"), "Approved", False)
    ]


_NOT_STEPS = {"job", "extra", "cost code", "category", "original", "consumed", "job cost", "residual", None}


def _money(cell: Any) -> Decimal:
    return Decimal(str(cell)).quantize(Decimal("0.01")) if isinstance(cell, int | float) else Decimal(0)


def test_the_report_has_four_pages_a_person_can_read(pack: zipfile.ZipFile) -> None:
    report = pypdf.PdfReader(io.BytesIO(pack.read("reconciliation_AW_2024-11.pdf")))
    assert len(report.pages) == 4
    first, second, third, fourth = (page.extract_text() for page in report.pages)
    assert "Company AW: reconciliation of 2024-11" in first
    assert "controller" in first
    assert "From consumption to job cost in Sage" in second
    assert "448.00" in second
    # 90 ordered, 75 kept, 500.00 billed; 35 on site.
    assert "900.00 / 750.00 / 500.00" in third
    assert "350.00" in third
    assert "PO-1/1, change order 1" in third
    assert "-100.00" in third
    # The 25 that no bill covers came on the 3rd.
    assert fourth.count("250.00") == 3
    assert "2024-11-03  2024-12-03  accounts payable" in fourth
    assert "page 4 of 4" in fourth


def test_made_again_it_is_the_same_to_the_byte(books: Books, tmp_path: Path) -> None:
    run_no = signed_run(books)
    first = evidence.write_evidence(books.connection, run_no, tmp_path / "a")
    second = evidence.write_evidence(books.connection, run_no, tmp_path / "b")
    assert first.sha256 == second.sha256
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["evidence_AW_2024-11.zip"]


def test_there_is_none_of_a_month_that_is_not_signed(books: Books, tmp_path: Path) -> None:
    with pytest.raises(BrokenLaw, match="RS-453"):
        evidence.write_evidence(books.connection, 1, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(evidence.FOLDER_VARIABLE, str(tmp_path))
    assert evidence.evidence_folder() == tmp_path
    monkeypatch.delenv(evidence.FOLDER_VARIABLE)
    with pytest.raises(BadConfig, match="RS-158"):
        evidence.evidence_folder()
