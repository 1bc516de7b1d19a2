"""Commitment change orders by import: in whole or back whole, at once, and twice where the same file comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.company_files import line
from tests.sandbox.test_import import run_import

if TYPE_CHECKING:
    from tests.sandbox.company_files import Sage

ORDERS = (
    'select o.Commitment_CO, o.Status, o.Description, o."Date", i.Item, i.Units, i.Amount '
    "from JCM_MASTER__COMMITMENT_CO as o left join JCM_MASTER__COMMITMENT_CO_ITEM as i "
    "using (Commitment, Commitment_CO) where o.Commitment = 'PO-1' and length(o.Commitment_CO) > 1 or "
    "cast(o.Commitment_CO as integer) > 3 order by o.rowid, i.Item"
)
LINE_1 = "select Approved_Changes from JCM_MASTER__COMMITMENT_ITEM where Commitment = 'PO-1' and Item = 1"


def head(number: str = "M0000000AB", *, commitment: str = "PO-1", day: str = "06/15/2024", status: str = "5") -> str:
    return f'"CCO","{commitment}","{number}","{number} returned",0,"{day}",,,{status}\r\n'


def item(number: str = "M0000000AB", **over: str) -> str:
    values = {
        "commitment": '"PO-1"',
        "item": "1",
        "text": '"N0000000AB PO-1/1"',
        "units": "-5",
        "amount": "-6.69",
    } | over
    order = (values["commitment"], f'"{number}"', values["item"], values["text"], values["units"], values["amount"])
    return ",".join(('"CCOI"', *order)) + "\r\n"


def test_an_approved_one_moves_its_line_at_once_and_others_wait(sage: Sage) -> None:
    before = sage.rows(LINE_1)[0]["Approved_Changes"]
    content = head() + item() + item(item="2", units="0", amount="-1.00") + line() + head("M0000000CD", status="1")
    reject, report = run_import(sage, content + item("M0000000CD"), "CMT_AW_PROD_00000001_v1.txt")
    assert reject == b""
    assert "Entries accepted: 6\r\n" in report
    assert [tuple(row.values()) for row in map(dict, sage.rows(ORDERS))] == [
        ("M0000000AB", "Approved", "M0000000AB returned", "2024-06-15", 1, "-5.0000", "-6.69"),
        ("M0000000AB", "Approved", "M0000000AB returned", "2024-06-15", 2, "0.0000", "-1.00"),
        ("M0000000CD", "Pending", "M0000000CD returned", "2024-06-15", 1, "-5.0000", "-6.69"),
    ]
    assert (before, sage.rows(LINE_1)[0]["Approved_Changes"]) == ("-133.85", "-140.54")
    sage.do("approve-change-order", "--commitment", "PO-1", "--number", "M0000000CD")
    assert sage.rows(LINE_1)[0]["Approved_Changes"] == "-147.23"


def test_the_same_file_again_goes_in_again_under_the_next_number(sage: Sage) -> None:
    content = head() + item()
    run_import(sage, content)
    reject, report = run_import(sage, content)
    assert reject == b""
    assert "WARNING: this file was imported before" in report
    assert "change order M0000000AB of commitment PO-1 is in already; entered as 4." in report
    shown = [(row["Commitment_CO"], row["Description"]) for row in sage.rows(ORDERS)]
    assert shown == [("M0000000AB", "M0000000AB returned"), ("4", "M0000000AB returned")]


BAD = {
    "unknown commitment": (head(commitment="PO-9") + item(commitment='"PO-9"'), "commitment PO-9 does not exist"),
    "unknown line": (head() + item(item="9"), "commitment PO-1 has no line 9"),
    "long description": (head() + item(text=f'"{"x" * 31}"'), "description is longer than 30 characters"),
    "long number": (head("M0000000ABC") + item("M0000000ABC"), "change order is longer than 10 characters"),
    "line twice": (head() + item() + item(), "line 1 stands twice in change order M0000000AB"),
    "nothing": (head() + item(units="0", amount="0"), "line 1 is not changed"),
    "no number": (head() + item(units="5 EA"), "units is not a number"),
    "status": (head(status="") + item(), "status (empty) is unknown"),
    "day": (head(day="2024-06-15") + item(), "date is not a date mm/dd/yyyy: 2024-06-15"),
    "no lines": (head(), "the change order has no lines"),
    "no head": (item(), "no head of change order M0000000AB of commitment PO-1 stands before it"),
    "fields": (head().replace(",,,5", ",,5") + item(), "8 fields, expected 9"),
}


def test_bad_ones_come_back_whole_with_their_reasons(sage: Sage) -> None:
    good = head("M000000GOD") + item("M000000GOD")
    # An order without a head follows something else than the change order it would be taken for.
    bad = [text for text, _ in BAD.values()]
    reject, report = run_import(sage, line().join([*bad, good]))
    assert reject == "".join(bad).encode()
    for _, reason in BAD.values():
        assert f" rejected: {reason}" in report, reason
    assert [row["Commitment_CO"] for row in sage.rows(ORDERS)] == ["M000000GOD"]


def test_a_closed_commitment_takes_none(sage: Sage) -> None:
    sage.do("close-commitment", "--commitment", "PO-1")
    reject, report = run_import(sage, head() + item())
    assert reject.decode() == head() + item()
    assert "Line 1 rejected: commitment PO-1 is closed" in report
    assert "Line 2 rejected: its change order is rejected, see line 1" in report
