"""What people do in Sage besides the integration: entering, editing, deleting, voiding, changing masters."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.books import assert_ties
from tests.sandbox.company_files import Sage, tables, write

if TYPE_CHECKING:
    from pathlib import Path

CODES = ("--job", "24-101", "--cost-code", "05 12 00", "--category", "M")


def enter(sage: Sage, *words: str) -> str:
    """Enter a cost; gives its row id."""
    return sage.do("enter-cost", *CODES, "--date", "2024-05-20", *words).split()[-1]


def row_of(sage: Sage, row_id: str, table: str = "JCT_CURRENT__TRANSACTION") -> dict[str, Any]:
    """Give a transaction."""
    return sage.table(table, row_id)[0]


def test_a_cost_entered_by_hand_is_posted_with_retrieved_accounts(sage: Sage) -> None:
    row = row_of(sage, enter(sage, "--amount", "75.00", "--description", "Crane hire", "--units", "2"))
    assert (row["Transaction_Type"], row["Amount"], row["Units"], row["Batch"], row["Operator_Stamp"]) == (
        "JC cost", "75.00", "2.0000", "", "CLERK",
    )  # fmt: skip
    assert (row["Debit_Account"], row["Credit_Account"]) == ("1-5-0002.01", "1-2-0200.00")
    assert_ties(sage)


def test_an_invoice_entered_by_hand_relieves_its_line(sage: Sage) -> None:
    words = ("--type", "AP cost", "--vendor", "V-1", "--invoice", "A-1", "--commitment", "PO-1", "--item", "1")
    row = row_of(sage, enter(sage, "--amount", "10.00", *words, "--units", "3"))
    assert (row["Application_of_Origin"], row["Dist_Sequence"], row["Credit_Account"]) == ("AP", 4, "1-2-0100.00")
    item = sage.rows("select * from JCM_MASTER__COMMITMENT_ITEM where Commitment = 'PO-1' and Item = 1")[0]
    assert (item["Amount_Invoiced"], item["Units_Invoiced"]) == ("710.00", "3.0000")
    assert_ties(sage)


def test_only_ap_cost_relieves_even_where_another_quotes_the_line(sage: Sage) -> None:
    for kind in ("JC cost", "IV cost"):
        enter(sage, "--amount", "10.00", "--type", kind, "--commitment", "PO-1", "--item", "1")
    assert sage.value("select Amount_Invoiced from JCM_MASTER__COMMITMENT where Commitment = 'PO-1'") == "700.00"
    assert_ties(sage)


def test_entries_can_wait_unposted(sage: Sage) -> None:
    row_id = enter(sage, "--amount", "75.00", "--unposted", "--batch", "HAND")
    assert row_of(sage, row_id, "JCT_NEW__TRANSACTION")["Batch"] == "HAND"
    sage.do("edit-transaction", "--row-id", row_id, "--set", "Amount=80.00")
    assert row_of(sage, row_id, "JCT_NEW__TRANSACTION")["Amount"] == "80.00"
    sage.do("delete-transaction", "--row-id", row_id)
    assert sage.rows("select * from JCT_NEW__TRANSACTION") == []
    assert_ties(sage)


def test_an_entry_of_a_closed_month_goes_to_the_first_open_one(sage: Sage) -> None:
    sage.do("close-month", "--period", "2024-05", "--application", "AP")
    assert row_of(sage, enter(sage, "--amount", "1.00"))["Accounting_Date"] == "2024-05-20"
    words = ("--type", "AP cost", "--vendor", "V-1", "--invoice", "A-9")
    row = row_of(sage, enter(sage, "--amount", "1.00", *words))
    assert (row["Transaction_Date"], row["Accounting_Date"]) == ("2024-05-20", "2024-06-01")
    said = sage.refused(
        "enter-cost", *CODES, "--date", "2024-05-20", "--amount", "1.00", *words, "--accounting-date", "2024-05-31"
    )
    assert "the month 2024-05 is not open in AP" in said
    assert "no month is open" in sage.refused("enter-cost", *CODES, "--date", "2031-01-01", "--amount", "1.00")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--job", "24-101", "--cost-code", "99", "--category", "M"), "the category does not exist"),
        ((*CODES, "--commitment", "PO-1", "--item", "9"), "the commitment line does not exist"),
        ((*CODES, "--commitment", "PO-7"), "the commitment line does not exist"),
        ((*CODES, "--vendor", "V-7"), "the vendor does not exist"),
    ],
)
def test_what_sage_does_not_know_is_not_entered(sage: Sage, words: tuple[str, ...], expected: str) -> None:
    assert expected in sage.refused("enter-cost", *words, "--date", "2024-05-20", "--amount", "1.00")


def test_an_edited_row_keeps_its_id_and_everything_follows(sage: Sage) -> None:
    row_id = sage.value("select Row_ID from JCT_CURRENT__TRANSACTION where Amount = '700.00'")
    version = row_of(sage, row_id)["Row_Version"]
    sage.do("edit-transaction", "--row-id", row_id, "--set", "Amount=650.25", "--set", "Cost_Code=03 20 00")
    row = row_of(sage, row_id)
    assert (row["Amount"], row["Cost_Code"]) == ("650.25", "03 20 00")
    assert row["Row_Version"] > max(version, 6)
    assert sage.value("select Amount_Invoiced from JCM_MASTER__COMMITMENT where Commitment = 'PO-1'") == "650.25"
    assert_ties(sage)
    sage.do("edit-transaction", "--row-id", row_id, "--set", "Commitment=", "--set", "Commitment_Line_Item=")
    assert sage.value("select Amount_Invoiced from JCM_MASTER__COMMITMENT where Commitment = 'PO-1'") == "0.00"
    assert_ties(sage)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("Amount=1e5", "Amount cannot be this, found '1e5', expected a plain number with at most 2 decimals"),
        ("Accounting_Date=05/01/2024", "Accounting_Date cannot be this"),
        ("Row_ID=x", "the column cannot be edited"),
        ("Ref_1=12345678901", "expected at most 10 printable characters"),
        ("Commitment_Line_Item=x", "expected a whole number or nothing"),
        ("Commitment_Line_Item=77", "the commitment line does not exist"),
        ("Cost_Code=99", "the category does not exist"),
        ("Accounting_Date=2019-01-01", "the month 2019-01 is not open in JC"),
    ],
)
def test_an_edit_that_cannot_be_is_refused(sage: Sage, setting: str, expected: str) -> None:
    row_id = sage.value("select Row_ID from JCT_CURRENT__TRANSACTION where Amount = '700.00'")
    assert expected in sage.refused("edit-transaction", "--row-id", row_id, "--set", setting)


def test_a_closed_month_is_touched_only_when_told(sage: Sage) -> None:
    sage.do("close-month", "--period", "2024-05")
    row_id = sage.value("select Row_ID from JCT_CURRENT__TRANSACTION where Amount = '700.00'")
    for words in (("edit-transaction", "--set", "Amount=1.00"), ("delete-transaction",)):
        assert "the month 2024-04 is not open in JC" in sage.refused(words[0], "--row-id", row_id, *words[1:])
        sage.do(words[0], "--row-id", row_id, *words[1:], "--even-closed")
        assert_ties(sage)
    assert "no current or unposted transaction" in sage.refused("delete-transaction", "--row-id", row_id)


def test_voiding_an_invoice_mirrors_its_rows_once(sage: Sage) -> None:
    sage.do("void-invoice", "--vendor", "V-1", "--invoice", "A-1", "--date", "2024-06-03")
    rows = sage.rows(
        "select Amount, Transaction_Date as T, Dist_Sequence as Q, Commitment_Line_Item as L, Tax_ID as X"
        " from JCT_CURRENT__TRANSACTION where Invoice = 'A-1' order by Q"
    )
    assert [tuple(row.values()) for row in rows[3:]] == [
        ("-700.00", "2024-06-03", 4, 1, ""),
        ("-56.00", "2024-06-03", 5, None, "TAX"),
        ("-20.50", "2024-06-03", 6, None, ""),
    ]
    assert sage.value("select Amount_Invoiced from JCM_MASTER__COMMITMENT where Commitment = 'PO-1'") == "0.00"
    assert_ties(sage)
    assert "is void already" in sage.refused(
        "void-invoice", "--vendor", "V-1", "--invoice", "A-1", "--date", "2024-06-03"
    )
    assert "no AP cost of this invoice" in sage.refused(
        "void-invoice", "--vendor", "V-1", "--invoice", "Z", "--date", "2024-06-03"
    )


def test_posted_rows_of_closed_months_can_move_to_history(sage: Sage) -> None:
    before = {row["Row_ID"]: row["Row_Version"] for row in sage.rows("select * from JCT_CURRENT__TRANSACTION")}
    assert "the month is not closed" in sage.refused("move-to-history", "--through", "2024-04")
    sage.do("close-month", "--period", "2024-04")
    assert "moved 3 rows" in sage.do("move-to-history", "--through", "2024-04")
    moved = sage.rows("select * from JCT_HISTORY__TRANSACTION")
    assert all(row["Row_Version"] > before[row["Row_ID"]] for row in moved)
    assert len(sage.rows("select * from JCT_CURRENT__TRANSACTION")) == 3
    assert_ties(sage)


def test_commitment_change_orders_move_the_commitment_once_approved(sage: Sage) -> None:
    words = ("--commitment", "PO-1", "--item", "1", "--units", "10", "--amount", "13.39", "--date", "2024-06-01")
    assert "change order 4" in sage.do("enter-change-order", *words, "--status", "Pending")
    assert sage.value("select Approved_Changes from JCM_MASTER__COMMITMENT where Commitment = 'PO-1'") == "568.65"
    sage.do("approve-change-order", "--commitment", "PO-1", "--number", "4")
    assert sage.value("select Approved_Changes from JCM_MASTER__COMMITMENT where Commitment = 'PO-1'") == "582.04"
    items = sage.rows(
        "select Approved_Changes as A from JCM_MASTER__COMMITMENT_ITEM where Commitment = 'PO-1' order by Item"
    )
    assert [row["A"] for row in items] == ["-120.46", "702.50"]
    revised = "select Revised_Commitment from JCM_MASTER__COST_CODE where Job = '24-101' and Cost_Code = '05 12 00'"
    assert sage.value(revised) == "5745928.78"
    assert "a pending change order of this name" in sage.refused(
        "approve-change-order", "--commitment", "PO-1", "--number", "4"
    )
    assert "change order 5" in sage.do("enter-change-order", *words, "--unit-cost", "1.5")
    future = ("--commitment", "PO-1", "--item", "1", "--amount", "1.00", "--date", "2024-07-02")
    assert "cannot be dated in the future" in sage.refused("enter-change-order", *future)
    unknown = ("--commitment", "PO-1", "--item", "8", "--amount", "1.00", "--date", "2024-06-02")
    assert "a commitment line of this name does not exist" in sage.refused("enter-change-order", *unknown)


def test_order_lines_are_entered_with_their_order(sage: Sage) -> None:
    revised = "select Revised_Commitment from JCM_MASTER__COST_CODE where Job = '24-101' and Cost_Code = '05 12 00'"
    before = Decimal(str(sage.value(revised)))
    vendor = str(sage.value("select min(Vendor) from APM_MASTER__VENDOR"))
    words = (
        "--commitment", "PO-NEW", "--vendor", vendor, "--job", "24-101", "--cost-code", "05 12 00", "--category", "M",
        "--units", "3", "--unit-cost", "1.115", "--unit", "EA", "--date", "2024-06-01",
    )  # fmt: skip
    sage.do("enter-order-line", *words, "--item", "1")
    sage.do("enter-order-line", *words, "--item", "2")
    assert sage.value("select Amount from JCM_MASTER__COMMITMENT where Commitment = 'PO-NEW'") == "6.70"
    assert Decimal(str(sage.value(revised))) - before == Decimal("6.70")
    assert "the line exists already" in sage.refused("enter-order-line", *words, "--item", "1")
    stranger = ("nobody" if word == vendor else word for word in words)
    assert "a vendor of this name does not exist" in sage.refused("enter-order-line", *stranger, "--item", "3")


def test_codes_can_be_added_and_then_take_cost(sage: Sage) -> None:
    sage.do("add-cost-code", "--job", "24-102", "--cost-code", "03 20 00", "--category", "M", "--description", "Rebar")
    row = sage.rows("select * from JCM_MASTER__CATEGORY where Job = '24-102' and Cost_Code = '03 20 00'")[0]
    assert (row["Status"], row["Accumulate_As"], row["Cost_Account"]) == ("In progress", "Material", "1-5-0001.02")
    sage.do(
        "enter-cost",
        "--job",
        "24-102",
        "--cost-code",
        "03 20 00",
        "--category",
        "M",
        "--date",
        "2024-05-02",
        "--amount",
        "1",
    )
    assert_ties(sage)
    for words, expected in (
        (("24-102", "03 20 00", "M"), "the category exists already"),
        (("24-102", "05 00 00", "M"), "the cost code is a group"),
        (("24-777", "05 12 00", "M"), "a job of this name does not exist"),
        (("24-102", "05 12 00", "Z"), "a standard category of this name does not exist"),
        (("24-102", "05 12 00 99 99 9", "M"), "the cost code does not fit"),
    ):
        names = ("--job", "--cost-code", "--category")
        command = [part for pair in zip(names, words, strict=True) for part in pair]
        assert expected in sage.refused("add-cost-code", *command)


def test_masters_that_do_not_exist_cannot_be_set(sage: Sage) -> None:
    for words in (
        ("set-status", "--job", "x", "--status", "Closed"),
        ("set-status", "--job", "24-101", "--cost-code", "x", "--status", "Closed"),
        ("set-status", "--job", "x", "--on-hold", "no"),
        ("close-commitment", "--commitment", "x"),
    ):
        assert "does not exist" in sage.refused(*words)
    sage.do("close-commitment", "--commitment", "PO-1")
    assert sage.value("select Closed from JCM_MASTER__COMMITMENT where Commitment = 'PO-1'") == 1
    sage.do("close-commitment", "--commitment", "PO-1", "--reopen")
    assert sage.value("select Closed from JCM_MASTER__COMMITMENT where Commitment = 'PO-1'") == 0


ENTRIES = """
S1,,enter-cost,24-101,05 12 00,M,2024-04-12,250.00,Crane hire,,,,
S2,,enter-unposted-cost,24-101,05 12 00,M,2024-04-13,30.00,Typed twice,,,,
S3,,delete,,,,,,,S2,,,
S4,2024-04,enter-invoice,24-101,03 20 00,M,2024-04-30,44.00,Late bill,,V-1,A-77,PO-1
S5,2024-04,edit-amount,,,,,690.00,,I1,,,
S6,2024-04,unlink,,,,,,,I2,,,
S7,2024-05,void-invoice,,,,2024-06-02,,,,V-1,A-77,
S8,2024-05,set-status,24-102,,,,,,,,,
S9,2024-05,close-commitment,,,,,,,,,,BPI-2000000010
"""


def entries() -> list[dict[str, str]]:
    """Give what the clerk of the small scenario does."""
    names = (
        "entry_id", "after_period", "action", "job_id", "cost_code", "category", "transaction_date", "amount",
        "description", "target", "vendor_id", "invoice_number", "po_id",
    )  # fmt: skip
    rows = [dict(zip(names, text.split(","), strict=True)) for text in ENTRIES.strip().splitlines()]
    rows[3]["line_no"] = "2"
    rows[7]["value"], rows[8]["value"] = "Closed", "1"
    return rows


def clerks(tmp_path: Path, **changes: dict[str, str]) -> Sage:
    """Make a company whose clerk has entries, bent by entry id."""
    content = {**tables(), "sage_entries": entries()}
    for row in content["sage_entries"]:
        row.update(changes.get(row["entry_id"], {}))
    sage = Sage(tmp_path / "clerked")
    sage.do("create", "--company", "AW", "--scenario", write(tmp_path / "aw_clerk", content))
    return sage


def test_the_clerk_works_month_by_month_and_does_everything_once(tmp_path: Path) -> None:
    sage = clerks(tmp_path)
    assert sage.do("clerk") == "did 3 clerk entries: S1, S2, S3\n"
    assert sage.do("clerk") == "no clerk entry is due\n"
    assert sage.rows("select * from JCT_NEW__TRANSACTION") == []
    for application in ("JC", "AP"):
        sage.do("close-month", "--period", "2024-04", "--application", application)
    assert sage.do("clerk", "--after", "2024-04") == "did 3 clerk entries: S4, S5, S6\n"
    late = sage.rows(
        "select Transaction_Date as T, Accounting_Date as A from JCT_CURRENT__TRANSACTION where Invoice = 'A-77'"
    )
    assert late == [{"T": "2024-04-30", "A": "2024-05-01"}]
    assert sage.value("select Amount from JCT_CURRENT__TRANSACTION where Description = 'Beam W12x26'") == "690.00"
    assert sage.value("select Commitment from JCT_CURRENT__TRANSACTION where Tax_ID = 'TAX'") == ""
    assert_ties(sage)
    assert sage.do("clerk", "--after", "2024-06") == "did 3 clerk entries: S7, S8, S9\n"
    assert sage.value("select Status from JCM_MASTER__JOB where Job = '24-102'") == "Closed"
    assert_ties(sage)


def test_a_clerks_entry_carries_the_time_it_says(tmp_path: Path) -> None:
    sage = clerks(tmp_path, S1={"entered_at": "2024-04-12T17:30:00-07:00"})
    sage.do("clerk")
    row = sage.rows("select Date_Stamp as D, Time_Stamp as T from JCT_CURRENT__TRANSACTION where Amount = '250.00'")
    assert row == [{"D": "2024-04-13", "T": "00:30:00"}]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"S1": {"action": "steal"}}, "sage_entries.csv line 2: action is unknown"),
        ({"S1": {"amount": ""}}, "a row with action enter-cost lacks amount"),
        ({"S1": {"amount": "1.234"}}, "amount is no plain number"),
        ({"S3": {"target": "S9"}}, "sage_entries.csv line 4: target is unknown"),
        ({"S4": {"vendor_id": "V-8"}}, "vendor_id is unknown"),
        ({"S4": {"after_period": "April"}}, "after_period is no month"),
        ({"S2": {"entry_id": "I1"}}, "entry_id appears twice"),
    ],
)
def test_a_clerks_table_is_checked_at_load(tmp_path: Path, changes: dict[str, dict[str, str]], expected: str) -> None:
    content = {**tables(), "sage_entries": entries()}
    for row in content["sage_entries"]:
        row.update(changes.get(row["entry_id"], {}))
    folder = write(tmp_path / "aw_clerk", content)
    assert expected in Sage(tmp_path / "clerked").refused("create", "--company", "AW", "--scenario", folder)


def test_a_clerks_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    sage = clerks(tmp_path, S3={"action": "edit-code", "cost_code": "77"})
    said = sage.refused("clerk")
    assert said.startswith("sandbox: clerk entry S3: the category does not exist")
    assert "Nothing of this run was entered" in said
    assert sage.rows("select * from JCT_NEW__TRANSACTION") == []
    assert "--after" in sage.run("clerk", "--after", "2024-04").error or sage.refused("clerk", "--after", "2024-04")
