"""The evidence pack in other people's software: LibreOffice computes the workbook anew, poppler draws the report."""

from __future__ import annotations

import csv
import shutil
import subprocess
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from sage_hooks import evidence
from tests.hooks.test_evidence import signed_run
from tests.sql.recon.month import books, month_template

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]

NAME = "reconciliation_AW_2024-11"
# Every sheet as a file of its own, values as they are shown.
ALL_SHEETS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
# Formulas are computed on load, whatever values stand beside them.
ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode"><value>0</value></prop>
</item>
</oor:items>
"""


def program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; next step: apt-get install {package}")
    return found


@pytest.fixture
def unpacked(books: Books, tmp_path: Path) -> Path:
    with zipfile.ZipFile(evidence.write_evidence(books.connection, signed_run(books), tmp_path).path) as pack:
        pack.extractall(tmp_path)
    return tmp_path


def sheets(workbook: Path) -> dict[str, list[list[str]]]:
    """Give every sheet of a workbook as LibreOffice shows it after computing it anew."""
    office = program("soffice", "libreoffice-calc-nogui")
    home = workbook.parent / "office"
    (home / "user").mkdir(parents=True)
    (home / "user" / "registrymodifications.xcu").write_text(ALWAYS_RECALCULATE, encoding="utf-8")
    subprocess.run(
        [office, f"-env:UserInstallation={home.as_uri()}", "--headless", "--convert-to", ALL_SHEETS, str(workbook)],
        cwd=workbook.parent,
        check=True,
        capture_output=True,
        timeout=180,
    )
    return {
        file.stem.removeprefix(f"{workbook.stem}-"): list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
        for file in workbook.parent.glob(f"{workbook.stem}-*.csv")
    }


def amount(shown: str) -> Decimal:
    return Decimal(shown.replace(",", "").replace("$", "") or "0")


def test_libreoffice_computes_the_same_and_it_ties(unpacked: Path) -> None:
    shown = sheets(unpacked / f"{NAME}.xlsx")
    assert "Variance bridge" in shown
    assert not [cell for rows in shown.values() for row in rows for cell in row if cell.startswith(("#", "Err:"))]
    summary = {row[0]: row[1] for row in shown["Summary"] if len(row) > 1}
    assert amount(summary["job cost"]) == Decimal("440.00")
    assert amount(summary["Sage job cost + in flight - expected"]) == 0
    assert amount(summary["consumed at the end of one bridge and the start of the other"]) == 0
    changes = shown["Change orders"]
    place = changes[0].index("amount approved")
    assert amount(changes[-1][place]) == Decimal("-100.00")
    assert amount(summary["approved change orders, one by one and per commitment"]) == 0
    header, *lines, total = [row for row in shown["Per job and code"] if any(row)]
    place = next(number for number, name in enumerate(header) if "sage" in name.lower() and "cost" in name.lower())
    assert amount(total[place]) == sum(amount(row[place]) for row in lines) == Decimal("440.00")


def test_the_report_is_drawn_on_every_page(unpacked: Path) -> None:
    painter = program("pdftoppm", "poppler-utils")
    subprocess.run([painter, "-gray", "-r", "50", f"{NAME}.pdf", "page"], cwd=unpacked, check=True, timeout=60)
    pages = sorted(unpacked.glob("page-*.pgm"))
    assert len(pages) == 4
    for page in pages:
        pixels = page.read_bytes().split(b"\n", 3)[-1]
        ink = sum(pixel < 200 for pixel in pixels) / len(pixels)
        assert 0.005 < ink < 0.5, page.name
