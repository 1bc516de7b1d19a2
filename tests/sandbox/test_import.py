"""Import Direct Cost: what goes in, what comes back, and that nothing is lost on the way."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.company_files import Sage, line

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

NEW = "select * from JCT_NEW__TRANSACTION order by Run, Sequence"


def run_import(sage: Sage, content: bytes | str, name: str = "DC_AW_PROD_00000001_v1.txt") -> tuple[bytes, str]:
    """Import a file; gives the reject file and the print file."""
    file = sage.data.parent / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode("cp1252"))
    reject, report = file.with_suffix(".rej"), file.with_suffix(".prn")
    sage.do("import", "--file", file, "--reject", reject, "--print", report)
    return reject.read_bytes(), report.read_bytes().decode()


def test_the_golden_import(sage: Sage) -> None:
    good = line(ref_1='"R1"')
    bad = line(ref_1='"R2"', cost_code='"77 77 77"')
    reject, report = run_import(sage, good + bad + line(ref_1='"R3"', amount="-0.73", units="-1.0000"))
    assert reject == bad.encode()
    assert report == (
        "Job Cost - Import Direct Cost\r\n"
        "Company: AW\r\n"
        f"File: {sage.data.parent}/DC_AW_PROD_00000001_v1.txt\r\n"
        "SHA-256: 9fdf77a5809f68a1f5ffb941ab0321782e9ad424f8021c683f68d488287736f2\r\n"
        "Time: 2024-07-01 12:00:00 UTC\r\n"
        "Import number: 1\r\n"
        "\r\n"
        "Line 2 rejected: cost code 77 77 77 does not exist on job 24-101\r\n"
        "\r\n"
        "Lines read: 3\r\n"
        "Entries accepted: 2\r\n"
        "Amount accepted: 16.00\r\n"
        "Lines rejected: 1\r\n"
        "Batches: DC00000001\r\n"
        "The entries are not posted; run Post Entries.\r\n"
    )


def test_an_accepted_line_is_an_unposted_entry_with_everything_as_given(sage: Sage) -> None:
    before = sage.rows("select * from JCT_CURRENT__TRANSACTION")
    run_import(sage, line(description='"Beam ""W12"", 2 pcs"'))
    (row,) = sage.rows(NEW)
    wanted = {
        "Run": 5, "Sequence": 1, "Job": "24-101", "Extra": "", "Cost_Code": "05 12 00", "Category": "M",
        "Transaction_Type": "JC cost", "Transaction_Date": "2024-05-14", "Accounting_Date": "2024-05-14",
        "Description": 'Beam "W12", 2 pcs', "Units": "12.5000", "Unit_Cost": "1.338500", "Amount": "16.73",
        "Debit_Account": "1-5-0002.01", "Credit_Account": "1-5-9999.00", "Application_of_Origin": "JC",
        "Batch": "DC00000001", "Vendor": "", "Invoice": "", "Dist_Sequence": None, "Commitment_Type": "",
        "Commitment": "", "Commitment_Line_Item": None, "Retainage": "0.00", "Tax_ID": "", "Amount_Type": "",
        "Standard_Item": "", "Ref_1": "R000000001", "Ref_2": "DC00000001", "Operator_Stamp": "IMPORT",
        "Date_Stamp": "2024-07-01", "Time_Stamp": "12:00:00",
    }  # fmt: skip
    assert {name: value for name, value in row.items() if name not in ("Row_ID", "Row_Version")} == wanted
    assert sage.rows("select * from JCT_CURRENT__TRANSACTION") == before


GOOD = {
    "negative": {"amount": "-16.73", "units": "-12.5000"},
    "empty numbers": {"units": "", "unit_cost": ""},
    "unquoted texts": {"job": "24-101", "category": "M", "day": "05/14/2024"},
    "quoted numbers": {"amount": '"16.73"'},
    "blanks around": {"job": '" 24-101 "', "cost_code": '" 05 12 00"'},
    "no references": {"batch": '""', "ref_1": '""', "ref_2": '""'},
    "type as text": {"type": '"JC cost"'},
    "greatest amount": {"amount": "9999999.99"},
    "greatest unit cost": {"unit_cost": "999999.990000"},
    "greatest units": {"units": "99999999.9999"},
    "longest texts": {"description": f'"{"x" * 30}"', "debit": f'"{"1" * 25}"', "ref_1": '"1234567890"'},
    "code page": {"description": '"Träger € 2 Stück"'},
    "zero": {"amount": "0.00"},
    "other month": {"day": '"12/31/1999"', "period_day": '"09/30/2024"'},
}

BAD = {
    "other record": ({"record": '"XX"'}, "record id XX is not DC or GL"),
    "too few fields": ({}, None),
    "unclosed quote": ({"description": '"Beam'}, "the quotes do not match"),
    "quote inside": ({"description": '"Be"am"'}, "the quotes do not match"),
    "control character": ({"description": '"Be\x07am"'}, "the line holds a control character"),
    "job": ({"job": '"24-199"'}, "job 24-199 does not exist"),
    "no job": ({"job": '""'}, "job (empty) does not exist"),
    "closed job": ({"job": '"24-900"'}, "job 24-900 is not In progress (Closed)"),
    "extra": ({"extra": '"X1"'}, "extra X1 does not exist on job 24-101"),
    "cost code": ({"cost_code": '"99"'}, "cost code 99 does not exist on job 24-101"),
    "group code": ({"cost_code": '"05 00 00"'}, "cost code 05 00 00 is a group cost code"),
    "category": ({"category": '"L"'}, "category L does not exist on job 24-101, cost code 05 12 00"),
    "lower case": ({"category": '"m"'}, "category m does not exist on job 24-101, cost code 05 12 00"),
    "type": ({"type": "1"}, "transaction type 1 is not a job cost (2)"),
    "iso date": ({"day": '"2024-05-14"'}, "transaction date is not a date mm/dd/yyyy: 2024-05-14"),
    "no such day": ({"day": '"02/30/2024"'}, "transaction date is not a date mm/dd/yyyy: 02/30/2024"),
    "no accounting date": ({"period_day": '""'}, "accounting date is not a date mm/dd/yyyy: (empty)"),
    "unknown month": ({"period_day": '"12/01/2024"'}, "accounting date 12/01/2024 is not in an open month"),
    "amount too large": ({"amount": "10000000.00"}, "amount is larger than 9999999.99: 10000000.00"),
    "amount far too large": ({"amount": "-99999999999999999999.00"}, None),
    "three decimals": ({"amount": "1.005"}, "amount is not a number with at most 2 decimals: 1.005"),
    "thousands": ({"amount": '"1,000.00"'}, "amount is not a number with at most 2 decimals: 1,000.00"),
    "exponent": ({"amount": "1e5"}, "amount is not a number with at most 2 decimals: 1e5"),
    "not a number": ({"amount": "NaN"}, "amount is not a number with at most 2 decimals: NaN"),
    "no amount": ({"amount": ""}, "amount is not a number with at most 2 decimals: (empty)"),
    "units": ({"units": "1.00001"}, "units is not a number with at most 4 decimals: 1.00001"),
    "unit cost too large": ({"unit_cost": "1000000.00"}, "unit cost is larger than 999999.99: 1000000.00"),
    "long description": (
        {"description": f'"{"x" * 31}"'},
        f"description is longer than 30 characters: {'x' * 31}",
    ),
    "long reference": ({"ref_1": '"12345678901"'}, "ref 1 is longer than 10 characters: 12345678901"),
    "long batch": ({"batch": '"12345678901"'}, "batch is longer than 10 characters: 12345678901"),
    "long account": ({"credit": f'"{"1" * 26}"'}, f"credit account is longer than 25 characters: {'1' * 26}"),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_good_lines_are_accepted(sage: Sage, case: str) -> None:
    reject, report = run_import(sage, line(**GOOD[case]))
    assert reject == b""
    assert "Entries accepted: 1\r\n" in report
    assert len(sage.rows(NEW)) == 1


@pytest.mark.parametrize("case", BAD)
def test_bad_lines_come_back_byte_by_byte_with_their_reason(sage: Sage, case: str) -> None:
    changes, reason = BAD[case]
    content = line() + line(**changes) + line()
    if case == "too few fields":
        content, reason = line() + '"DC","24-101"\r\n' + line(), "2 fields, expected 17"
    reject, report = run_import(sage, content)
    assert reject.decode("cp1252") == content[len(line()) : -len(line())]
    assert f"Line 2 rejected: {reason or ''}" in report
    assert "Entries accepted: 2\r\n" in report
    assert "Lines rejected: 1\r\n" in report
    assert len(sage.rows(NEW)) == 2


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'"DC","24-101",\x81\r\n', "byte 15 is no cp1252 text"),
        (b"\r\n", "the line is empty"),
        (b"\n", "the line is empty"),
        (b'"DC"\r"DC"\r\n', "the line holds a control character"),
        (b"\x00\x00\r\n", "the line holds a control character"),
    ],
)
def test_lines_that_are_no_text_come_back_too(sage: Sage, raw: bytes, reason: str) -> None:
    reject, report = run_import(sage, line().encode() + raw + line().encode().removesuffix(b"\r\n"))
    assert reject == raw
    assert f"Line 2 rejected: {reason}\r\n" in report
    assert "Entries accepted: 2\r\n" in report


def test_an_empty_file_is_an_import_of_nothing(sage: Sage) -> None:
    reject, report = run_import(sage, b"")
    assert reject == b""
    assert report.endswith("Lines rejected: 0\r\nBatches: none\r\nNothing was entered.\r\n")


def test_the_same_file_again_is_taken_with_a_warning_and_doubles(sage: Sage) -> None:
    run_import(sage, line())
    _reject, report = run_import(sage, line(), name="renamed.txt")
    assert "WARNING: this file was imported before (import 1, 2024-07-01 12:00:00 UTC)" in report
    assert [row["Ref_1"] for row in sage.rows(NEW)] == ["R000000001", "R000000001"]
    assert len({row["Row_ID"] for row in sage.rows(NEW)}) == 2
    _reject, report = run_import(sage, line(amount="16.74"))
    assert "WARNING" not in report


def test_codes_and_jobs_that_are_not_in_progress_take_nothing(sage: Sage) -> None:
    for words, reason in (
        (("--cost-code", "05 12 00", "--category", "M", "--status", "Unstarted"), "category M of cost code 05 12 00"),
        (
            ("--cost-code", "05 12 00", "--status", "Closed"),
            "cost code 05 12 00 on job 24-101 is not In progress (Closed)",
        ),
        (("--on-hold", "yes"), "job 24-101 is on hold"),
        (("--status", "Unstarted"), "job 24-101 is not In progress (Unstarted)"),
    ):
        sage.do("set-status", "--job", "24-101", *words)
        assert reason in run_import(sage, line())[1]
    assert sage.rows(NEW) == []


def test_a_closed_month_takes_nothing_whatever_the_transaction_date(sage: Sage) -> None:
    sage.do("close-month", "--period", "2024-05")
    _reject, report = run_import(sage, line() + line(day='"05/14/2024"', period_day='"06/01/2024"'))
    assert "Line 1 rejected: accounting date 05/14/2024 is not in an open month" in report
    assert [row["Transaction_Date"] for row in sage.rows(NEW)] == ["2024-05-14"]


def test_empty_accounts_are_retrieved_and_an_empty_batch_gets_a_name(sage: Sage) -> None:
    run_import(sage, line(debit='""', credit='""', batch='""'))
    (row,) = sage.rows(NEW)
    assert (row["Debit_Account"], row["Credit_Account"], row["Batch"]) == ("1-5-0002.01", "1-2-0200.00", "IMP0000001")


def test_the_layout_is_the_folders_own(sage: Sage) -> None:
    columns = ["record", "job", "cost_code", "category", "transaction_date", "ignore", "amount", "ref_1"]
    settings = {"columns": columns, "encoding": "utf-8", "account_pattern": "1-[0-9]-[0-9]{4}[.][0-9]{2}"}
    (sage.data / "import_layout.json").write_text(json.dumps({**settings, "amount_limit": "100.00"}))
    good = '"DC","24-101","05 12 00","M","05/14/2024","Łódź",99.99,"R1"\r\n'
    reject, report = run_import(sage, (good + good.replace("99.99", "100.01") + line()).encode())
    assert reject.decode() == good.replace("99.99", "100.01") + line()
    assert "Line 2 rejected: amount is larger than 100.00: 100.01" in report
    assert "Line 3 rejected: 17 fields, expected 8" in report
    (sage.data / "import_layout.json").write_text(json.dumps({"account_pattern": "1-[0-9]-[0-9]{4}[.][0-9]{2}"}))
    _reject, report = run_import(sage, line(credit='"CLEARING"') + line())
    assert "Line 1 rejected: account CLEARING does not fit the format of the general ledger" in report


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[]", "the layout is no JSON object"),
        ("{", "the layout is not JSON"),
        ('{"colums": []}', "the layout has unknown keys, found 'colums'"),
        ('{"columns": ["record", "job"]}', "columns lacks what an entry needs"),
        ('{"columns": ["record", "job", "job"]}', "columns has an unknown or repeated name"),
        ('{"columns": "record"}', "columns is no list of names"),
        ('{"encoding": "utf-16"}', "encoding is unknown"),
        ('{"amount_limit": "1e9"}', "amount_limit is no limit"),
        ('{"account_pattern": "("}', "account_pattern is no pattern"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(sage: Sage, tmp_path: Path, content: str, expected: str) -> None:
    (sage.data / "import_layout.json").write_text(content)
    (tmp_path / "f").write_text(line())
    said = sage.refused("import", "--file", tmp_path / "f", "--reject", tmp_path / "r", "--print", tmp_path / "p")
    assert expected in said
    assert not (tmp_path / "r").exists()


def test_a_file_that_cannot_be_read_or_a_result_that_cannot_be_written_is_refused(sage: Sage, tmp_path: Path) -> None:
    ends = ("--reject", tmp_path / "r", "--print", tmp_path / "p")
    assert "No such file" in sage.refused("import", "--file", tmp_path / "gone", *ends)
    assert "Is a directory" in sage.refused("import", "--file", tmp_path, *ends)
    (tmp_path / "f").write_text(line())
    said = sage.refused(
        "import", "--file", tmp_path / "f", "--reject", tmp_path / "r", "--print", tmp_path / "no" / "p"
    )
    assert "No such file" in said
    same = sage.refused("import", "--file", tmp_path / "f", "--reject", tmp_path / "f", "--print", tmp_path / "p")
    assert "name one file twice" in same
    assert sage.rows(NEW) == []
    assert sage.value("select count(*) from SANDBOX_IMPORT") == 0
    assert not list(tmp_path.glob("*.pending.*"))


def test_readers_see_the_state_before_while_an_import_runs(sage: Sage, tmp_path: Path) -> None:
    other = sqlite3.connect(sage.data / "sage.db", timeout=1, isolation_level=None)
    other.execute("begin immediate")
    (tmp_path / "f").write_text(line())
    words = ("import", "--file", tmp_path / "f", "--reject", tmp_path / "r", "--print", tmp_path / "p")
    runner = threading.Thread(target=sage.run, args=words)
    runner.start()
    runner.join(0.3)
    assert runner.is_alive()
    assert sage.rows(NEW) == []
    other.execute("rollback")
    other.close()
    runner.join(20)
    assert len(sage.rows(NEW)) == 1


KILLERS = {
    "in the middle": "from sandbox import direct_cost as m\nm.read_line = kill_at(m.read_line, 3)",
    "before the commit": "from sandbox import importing as m\nm._report = kill_at(m._report, 1)",
    "before the names": "from pathlib import Path\nPath.replace = kill_at(Path.replace, 1)",
    "between the names": "from pathlib import Path\nPath.replace = kill_at(Path.replace, 2)",
}


@pytest.mark.parametrize("moment", KILLERS)
def test_a_killed_import_did_all_or_nothing(sage: Sage, tmp_path: Path, moment: str) -> None:
    program = (
        "import os, signal, sys\n"
        "def kill_at(function, count):\n"
        "    left = [count]\n"
        "    def wrapped(*a, **k):\n"
        "        left[0] -= 1\n"
        "        if not left[0]: os.kill(os.getpid(), signal.SIGKILL)\n"
        "        return function(*a, **k)\n"
        "    return wrapped\n"
        f"{KILLERS[moment]}\nfrom sandbox.cli import main\nmain(sys.argv[1:])\n"
    )
    bad = line(job='"none"')
    (tmp_path / "f").write_text(line() + bad + line() + line())
    words = ["--file", str(tmp_path / "f"), "--reject", str(tmp_path / "r"), "--print", str(tmp_path / "p")]
    done = subprocess.run(
        [sys.executable, "-c", program, "--data", str(sage.data), "import", *words],
        check=False, env={**os.environ, "PYTHONPATH": "."},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    sage.do("recover")
    if moment in ("in the middle", "before the commit"):
        assert sage.rows(NEW) == []
        assert not (tmp_path / "r").exists()
        assert sage.do("import", *words)
    assert len(sage.rows(NEW)) == 3
    assert (tmp_path / "r").read_text() == bad.replace("\r\n", "\n")
    assert "Entries accepted: 3" in (tmp_path / "p").read_text()
    assert "WARNING" not in (tmp_path / "p").read_text()
    assert not list(tmp_path.glob("*.pending.*"))


def test_a_large_file_goes_in_and_ties(sage: Sage) -> None:
    content = "".join(
        line(
            ref_1=f'"R{number:09d}"',
            amount=f"{number % 997}.{number % 100:02d}",
            job='"24-101"' if number % 50 else '"no"',
        )
        for number in range(1, 20_001)
    )
    reject, report = run_import(sage, content)
    assert "Entries accepted: 19600\r\n" in report
    assert reject.count(b"\n") == 400
    total = sum(Decimal(row["Amount"]) for row in sage.rows(NEW))
    assert f"Amount accepted: {total}\r\n" in report
    assert "posted 19600 entries" in sage.do("post-entries")
