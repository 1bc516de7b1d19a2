"""Entries of the general ledger: imported beside direct cost, posted apart from it, and by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tests.sandbox.company_files import line
from tests.sandbox.test_import import run_import

if TYPE_CHECKING:
    from tests.sandbox.company_files import Sage

LEDGER = (
    "select Account, Accounting_Date, Description, Debit, Credit, Application_of_Origin from GLT_CURRENT__TRANSACTION "
    "where Application_of_Origin = 'GL' order by rowid"
)


def entry(**over: str) -> str:
    values = {
        "record": '"GL"', "day": '"05/31/2024"', "period_day": '"05/31/2024"', "description": '"G0000000AB PO-1/1"',
        "amount": "120.50", "debit": '"1-1480"', "credit": '"2-1480"',
    } | over  # fmt: skip
    return ",".join(values.values()) + "\r\n"


def test_an_entry_waits_unposted_and_then_stands_on_both_accounts(sage: Sage) -> None:
    reject, report = run_import(sage, line() + entry(), "GLJ_AW_PROD_00000001_v1.txt")
    assert reject == b""
    assert "Entries accepted: 2\r\n" in report
    assert sage.rows(LEDGER) == []
    said = sage.do("post-entries")
    assert "posted 1 entries of the general ledger" in said
    both = [("1-1480", "120.50", "0.00"), ("2-1480", "0.00", "120.50")]
    rows = sage.rows(LEDGER)
    assert [(row["Account"], row["Debit"], row["Credit"]) for row in rows] == both
    assert {(row["Accounting_Date"], row["Description"]) for row in rows} == {("2024-05-31", "G0000000AB PO-1/1")}
    assert "posted 0 entries" in sage.do("post-entries")
    assert len(sage.rows(LEDGER)) == 2


BAD = {
    "negative": ({"amount": "-1.00"}, "amount is not a positive number up to 9999999.99: -1.00"),
    "nothing": ({"amount": "0.00"}, "amount is not a positive number up to 9999999.99: 0.00"),
    "no account": ({"debit": '""', "credit": '""'}, "no account is named"),
    "no date": ({"period_day": '""'}, "accounting date is not a date mm/dd/yyyy: (empty)"),
    "unknown month": ({"period_day": '"12/31/2024"'}, "accounting date 12/31/2024 is not in an open month"),
    "long": ({"description": f'"{"x" * 31}"'}, f"description is longer than 30 characters: {'x' * 31}"),
}  # fmt: skip


def test_bad_entries_come_back_with_their_reasons(sage: Sage) -> None:
    bad = [entry(**over) for over, _ in BAD.values()]
    reject, report = run_import(sage, "".join(bad) + entry())
    assert reject == "".join(bad).encode()
    for number, (_, reason) in enumerate(BAD.values(), 1):
        assert f"Line {number} rejected: {reason}\r\n" in report
    assert "Entries accepted: 1\r\n" in report


def test_what_a_month_closed_in_the_ledger_has_waiting_stays(sage: Sage) -> None:
    run_import(sage, entry() + entry(period_day='"06/30/2024"'))
    for application in ("JC", "AP", "GL"):
        sage.do("close-month", "--period", "2024-05", "--application", application)
    said = sage.do("post-entries")
    assert "posted 1 entries of the general ledger" in said
    assert "left unposted: 1 entries of the general ledger, because 2024-05 is not an open month in GL" in said


def test_a_clerk_enters_by_hand_and_the_ledger_balances(sage: Sage) -> None:
    accounts = ("--debit-account", "1-1480", "--credit-account", "1-9999")
    sage.do("enter-journal", "--date", "2024-05-20", "--amount", "77.10", *accounts, "--description", "Correction")
    rows = sage.rows("select * from GLT_CURRENT__TRANSACTION")
    assert sum(Decimal(row["Debit"]) for row in rows) == sum(Decimal(row["Credit"]) for row in rows)
    assert [row["Description"] for row in rows if row["Application_of_Origin"] == "GL"] == ["Correction"] * 2
    for application in ("JC", "AP", "GL"):
        sage.do("close-month", "--period", "2024-05", "--application", application)
    assert "is not open in GL" in sage.refused("enter-journal", "--date", "2024-05-20", "--amount", "1.00", *accounts)
