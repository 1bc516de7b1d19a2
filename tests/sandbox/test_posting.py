"""Post Entries and Close Month: two steps, each with its own rules."""

from __future__ import annotations

import csv
import os
import random
import signal
import sqlite3
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.books import assert_ties
from tests.sandbox.company_files import Sage, line
from tests.sandbox.test_import import BAD, GOOD, run_import

pytestmark = pytest.mark.slow

OURS = "select * from JCT_CURRENT__TRANSACTION where Batch <> '' order by Run, Sequence"


def test_posting_moves_entries_with_a_new_run_and_the_same_row_id(sage: Sage) -> None:
    run_import(sage, line(ref_1='"R1"') + line(ref_1='"R2"', amount="-6.73", units="-1.0000"))
    entered = sage.rows("select * from JCT_NEW__TRANSACTION order by Sequence")
    assert "posted 2 entries, 10.00, run 5" in sage.do("post-entries")
    posted = sage.rows(OURS)
    for before, after in zip(entered, posted, strict=True):
        changed = {name for name in before if before[name] != after[name]}
        assert changed <= {"Run", "Sequence", "Row_Version"}
        assert after["Row_Version"] > before["Row_Version"]
    assert [(row["Run"], row["Sequence"]) for row in posted] == [(5, 1), (5, 2)]
    assert sage.rows("select * from JCT_NEW__TRANSACTION") == []
    assert (
        sage.value("select JTD_Cost from JCM_MASTER__CATEGORY where Job = '24-101' and Cost_Code = '05 12 00'")
        == "786.50"
    )
    assert_ties(sage)


def test_our_cost_never_relieves_a_commitment(sage: Sage) -> None:
    before = sage.rows("select * from JCM_MASTER__COMMITMENT_ITEM")
    run_import(sage, line())
    sage.do("post-entries")
    assert sage.rows("select * from JCM_MASTER__COMMITMENT_ITEM") == before


def test_one_batch_can_be_posted_alone(sage: Sage) -> None:
    run_import(sage, line(batch='"A"') + line(batch='"B"'))
    assert "posted 1 entries" in sage.do("post-entries", "--batch", "B")
    assert [row["Batch"] for row in sage.rows("select Batch from JCT_NEW__TRANSACTION")] == ["A"]
    assert "the batch has no unposted entries" in sage.refused("post-entries", "--batch", "B")
    assert "posted 1 entries" in sage.do("post-entries")
    assert sage.do("post-entries") == "posted 0 entries, 0.00\n"


def test_entries_of_a_month_closed_meanwhile_stay_unposted(sage: Sage) -> None:
    run_import(sage, line(period_day='"05/14/2024"') + line(period_day='"06/01/2024"'))
    _close_behind(sage, "2024-05")
    said = sage.do("post-entries")
    assert "posted 1 entries, 16.73" in said
    assert "left unposted: 1 entries, because 2024-05 is not an open month in JC" in said
    assert [row["Accounting_Date"] for row in sage.rows(OURS)] == ["2024-06-01"]
    assert len(sage.rows("select * from JCT_NEW__TRANSACTION")) == 1


def test_a_month_with_unposted_entries_does_not_close(sage: Sage) -> None:
    run_import(sage, line(period_day='"05/14/2024"'))
    said = sage.refused("close-month", "--period", "2024-06")
    assert "1 unposted entries have accounting dates in 2024-06 or before, the first of batch DC00000001" in said
    assert "closed 2024-03, 2024-04 in JC" in sage.do("close-month", "--period", "2024-04")
    sage.do("post-entries")
    assert "closed 2024-05, 2024-06 in JC" in sage.do("close-month", "--period", "2024-06")
    assert "closed in JC already" in sage.do("close-month", "--period", "2024-05")


def test_closing_is_per_application_and_the_ledger_comes_last(sage: Sage) -> None:
    said = sage.refused("close-month", "--period", "2024-04", "--application", "GL")
    assert "JC still has 2024-04 open" in said
    sage.do("close-month", "--period", "2024-04")
    assert "AP still has 2024-04 open" in sage.refused("close-month", "--period", "2024-04", "--application", "GL")
    sage.do("close-month", "--period", "2024-04", "--application", "AP")
    sage.do("close-month", "--period", "2024-04", "--application", "GL")
    closed = sage.rows(
        "select distinct Application, max(Period) as P from PERIOD_STATUS where Status = 'Closed' group by 1"
    )
    assert closed == [{"Application": name, "P": "2024-04"} for name in ("AP", "GL", "JC")]


def test_three_months_are_always_open_ahead(sage: Sage) -> None:
    sage.do("close-month", "--period", "2024-09")
    periods = sage.rows("select Period from PERIOD_STATUS where Application = 'JC' and Status = 'Open' order by 1")
    assert [row["Period"] for row in periods] == ["2024-10", "2024-11", "2024-12"]


@pytest.mark.parametrize("period", ["2023-01", "2026-01"])
def test_an_unknown_month_does_not_close(sage: Sage, period: str) -> None:
    assert f"the month is unknown, found '{period}'" in sage.refused("close-month", "--period", period)


def _close_behind(sage: Sage, period: str) -> None:
    """Close a month as another workstation could while entries wait: the rule of closing does not see them."""
    connection = sqlite3.connect(sage.data / "sage.db")
    connection.execute("update PERIOD_STATUS set Status = 'Closed' where Application = 'JC' and Period <= ?", (period,))
    connection.commit()
    connection.close()


def test_a_killed_posting_posted_nothing(sage: Sage) -> None:
    run_import(sage, line() + line())
    held = sage.table("JCT_NEW__TRANSACTION")
    program = (
        "import os, signal, sys\nfrom sandbox import posting\n"
        "kill = lambda: os.kill(os.getpid(), signal.SIGKILL)\n"
        "posting.apply_effects = lambda step: (step.run('update_category_cost'), kill())\n"
        "from sandbox.cli import main\nmain(sys.argv[1:])\n"
    )
    command = [sys.executable, "-c", program, "--data", str(sage.data), "post-entries"]
    done = subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": "."})
    assert done.returncode == -signal.SIGKILL
    assert sage.table("JCT_NEW__TRANSACTION") == held
    assert_ties(sage)
    assert "posted 2 entries" in sage.do("post-entries")


CASES = [line(**changes) for changes in GOOD.values()] + [line(**changes) for changes, _reason in BAD.values()]
AMOUNTS = st.decimals(min_value="-9999999.99", max_value="9999999.99", places=2, allow_nan=False)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    picked=st.lists(st.sampled_from(CASES), max_size=15),
    amounts=st.lists(AMOUNTS, max_size=15),
    junk=st.lists(st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b"")), max_size=4),
    seed=st.integers(0, 1000),
)
def test_every_line_and_cent_is_somewhere(
    sage: Sage, picked: list[str], amounts: list[Decimal], junk: list[bytes], seed: int
) -> None:
    lines = [text.encode("cp1252") for text in picked]
    lines += [line(amount=f"{amount:f}").encode() for amount in amounts]
    lines += [raw + b"\r\n" for raw in junk]
    random.Random(seed).shuffle(lines)
    before = _total(sage)
    accepted_before = len(sage.rows("select Row_ID from JCT_CURRENT__TRANSACTION"))
    reject, report = run_import(sage, b"".join(lines), name=f"f{seed}.txt")
    returned = reject.splitlines(keepends=True) if reject else []
    entries = sage.rows("select * from JCT_NEW__TRANSACTION order by Sequence")
    kept = [lines[row["Sequence"] - 1] for row in entries]
    assert sorted(kept + [raw + b"\n" for raw in reject.split(b"\n")[:-1]]) == sorted(lines)
    assert len(entries) + reject.count(b"\n") == len(lines)
    assert len(returned) >= reject.count(b"\n")
    added = sum((Decimal(row["Amount"]) for row in entries), Decimal(0))
    assert f"Amount accepted: {added:.2f}\r\n" in report
    for row, raw in zip(entries, kept, strict=True):
        assert Decimal(row["Amount"]) == Decimal(_amount_of(raw))
    sage.do("post-entries")
    assert sage.rows("select * from JCT_NEW__TRANSACTION") == []
    assert len(sage.rows("select Row_ID from JCT_CURRENT__TRANSACTION")) == accepted_before + len(entries)
    assert _total(sage) == before + added
    assert_ties(sage)


def _total(sage: Sage) -> Decimal:
    return sum((Decimal(row["Amount"]) for row in sage.rows("select Amount from JCT_CURRENT__TRANSACTION")), Decimal(0))


def _amount_of(raw: bytes) -> str:
    return next(csv.reader([raw.decode("cp1252").rstrip("\r\n")]))[11]
