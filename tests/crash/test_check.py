"""The independent check shares nothing with the product, and sees what it is there to see."""

from __future__ import annotations

import csv
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.crash.check import check, plain
from tests.crash.history import History

ROOT = Path(__file__).parents[2]
PRODUCT = ("sage_bridge", "sage_hooks", "agent", "sandbox", "ops", "psycopg")
COLUMNS = ("Job", "Cost_Code", "Category", "Transaction_Date", "Amount", "Ref_1")
Rows = list[list[str]]


def test_it_imports_nothing_of_the_product() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import sys, tests.crash.check; print(*sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert "tests.laws.model" in said
    assert [name for name in said if name.split(".")[0] in PRODUCT] == []


class Books:
    """Source records with a Sage that shows exactly what it should."""

    def __init__(self, folder: Path) -> None:
        from tests.crash.check import expect

        self.folder = folder
        History(folder / "source", 3).draw(receipts=10, uses=25, ap_rows=3, change_orders=2)
        expected = expect(folder / "source")
        self.rows: Rows = [
            [*key, str(plain(amount)), f"R{number}"]
            for number, (key, amount) in enumerate(expected.consumed.items())
            if amount
        ]
        for number, row in enumerate(expected.ap_rows):
            key = [row["job"], row["cost_code"], row["category"], row["date"]]
            self.rows.append([*key, row["amount"], ""])
            self.rows.append([*key, f"-{row['amount']}", f"O{number}"])
        self.told: Rows = [[event, str(plain(units))] for event, units in expected.confirmations.items()]

    def faults(self) -> list[str]:
        """Write both sides down and check; gives lost and doubled cents first."""
        self._write("export/JCT_CURRENT__TRANSACTION.csv", COLUMNS, self.rows)
        self._write("receipts/RCV_1.csv", ("Event_ID", "Units"), self.told)
        verdict = check(self.folder / "source", self.folder / "export", self.folder / "receipts")
        return [f"lost {verdict.lost}", f"doubled {verdict.doubled}", *verdict.faults]

    def _write(self, name: str, head: tuple[str, ...], rows: Rows) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([head, *rows])


@pytest.fixture
def right(tmp_path: Path) -> Books:
    return Books(tmp_path)


def of_kind(books: Books, mark: str) -> list[str]:
    return next(row for row in books.rows if row[-1].startswith(mark))


def test_right_books_have_no_fault(right: Books) -> None:
    assert right.faults() == ["lost 0", "doubled 0"]


@pytest.mark.parametrize("mark", ["R", "O"])
def test_a_lost_line_is_counted_in_cents(right: Books, mark: str) -> None:
    row = of_kind(right, mark)
    right.rows.remove(row)
    lost, doubled, *faults = right.faults()
    assert (lost, doubled) == (f"lost {round(abs(Decimal(row[4])) * 100)}", "doubled 0")
    assert len(faults) == 1


@pytest.mark.parametrize("mark", ["R", "O"])
def test_a_doubled_line_is_counted_in_cents_and_by_its_reference(right: Books, mark: str) -> None:
    row = of_kind(right, mark)
    right.rows.append(row)
    lost, doubled, *faults = right.faults()
    assert (lost, doubled) == ("lost 0", f"doubled {round(abs(Decimal(row[4])) * 100)}")
    assert f"reference {row[-1]} stands 2 times in Sage" in faults


def test_a_cent_on_another_day_is_seen(right: Books) -> None:
    of_kind(right, "R")[3] = "2026-12-24"
    lost, doubled, *faults = right.faults()
    assert (lost, doubled) != ("lost 0", "doubled 0")
    assert len(faults) == 2


def test_a_row_of_others_that_changed_is_seen(right: Books) -> None:
    next(row for row in right.rows if not row[-1])[4] = "1000000.01"
    assert any("row of others" in fault for fault in right.faults())


def test_confirmations_are_told_once(right: Books) -> None:
    first, second, third, *rest = right.told
    right.told = [first, first, [second[0], "77"], *rest]
    assert sum("confirmation of" in fault for fault in right.faults()) == 3
    assert any(third[0] in fault for fault in right.faults())
