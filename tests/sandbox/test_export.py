"""What leaves the stand-in, and that it shares nothing with what it tests."""

from __future__ import annotations

import ast
import csv
import sqlite3
from pathlib import Path

from sage_bridge.feeds import FEEDS
from tests.sandbox.company_files import Sage, line
from tests.sandbox.test_import import run_import

ROOT = Path(__file__).resolve().parents[2]


def test_every_feed_finds_its_table_with_exactly_its_columns(sage: Sage) -> None:
    for feed in FEEDS.values():
        columns = [row["name"] for row in sage.rows("select name from pragma_table_info(?)", feed.table)]
        assert columns == list(feed.names), feed.flow
        keys = [tuple(row[name] for name in feed.key) for row in sage.table(feed.table)]
        assert len(set(keys)) == len(keys)


def test_no_value_is_longer_than_its_feed_allows(sage: Sage) -> None:
    run_import(sage, line(description=f'"{"x" * 30}"'))
    for feed in FEEDS.values():
        for row in sage.table(feed.table):
            for column in feed.columns:
                assert not column.length or len(row[column.name] or "") <= column.length


def test_the_export_is_plain_csv_of_every_sage_table(sage: Sage, tmp_path: Path) -> None:
    run_import(sage, line(description='"Beam ""A"", long"'))
    sage.do("post-entries")
    said = sage.do("export", "--out", tmp_path / "out" / "sage")
    files = sorted(path.name for path in (tmp_path / "out" / "sage").iterdir())
    assert files == sorted([f"{feed.table}.csv" for feed in FEEDS.values()] + ["GLM_MASTER__ACCOUNT.csv"])
    assert "JCT_CURRENT__TRANSACTION.csv: 7 rows" in said
    raw = (tmp_path / "out" / "sage" / "JCT_CURRENT__TRANSACTION.csv").read_bytes()
    assert b"\r" not in raw
    with (tmp_path / "out" / "sage" / "JCT_CURRENT__TRANSACTION.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert set(rows[0]) >= {
        "Job", "Extra", "Cost_Code", "Category", "Transaction_Type", "Transaction_Date", "Accounting_Date",
        "Description", "Units", "Unit_Cost", "Amount", "Debit_Account", "Credit_Account", "Batch", "Vendor", "Invoice",
        "Commitment", "Commitment_Line_Item", "Ref_1", "Ref_2",
    }  # fmt: skip
    assert rows[-1]["Description"] == 'Beam "A", long'
    assert (rows[-1]["Commitment_Line_Item"], rows[-1]["Units"], rows[-1]["Amount"]) == ("", "12.5000", "16.73")
    assert [row["Amount"] for row in rows] == [row["Amount"] for row in sage.rows(
        "select Amount from JCT_CURRENT__TRANSACTION order by Run, Sequence")]  # fmt: skip


def test_an_export_that_cannot_be_written_is_one_sentence(sage: Sage, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "the export cannot be written" in sage.refused("export", "--out", tmp_path / "file")


def test_commands_without_a_company_or_with_a_broken_one_are_one_sentence(tmp_path: Path) -> None:
    sage = Sage(tmp_path / "none")
    assert "there is no Sage company here" in sage.refused("post-entries")
    sage.data.mkdir()
    (sage.data / "sage.db").write_bytes(b"not a database at all, but long enough to be looked at")
    assert "the company folder cannot be used (file is not a database)" in sage.run("post-entries").error
    sqlite3.connect(tmp_path / "empty.db").close()


def test_the_sandbox_imports_nothing_of_ours_and_its_sage_side_only_the_standard_library() -> None:
    import sys

    for path in (ROOT / "sandbox").rglob("*.py"):
        found = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                found.add(str(node.module).split(".")[0])
        foreign = found - set(sys.stdlib_module_names) - {"sandbox"}
        allowed = {"runblu": {"asyncssh", "psycopg"}, "api": {"fastapi", "uvicorn"}}
        assert foreign <= allowed.get(path.parent.name, set()), path
