"""AP invoices become AP cost, relieve commitments, and tie with the masters and the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.books import assert_ties
from tests.sandbox.company_files import Sage, tables, write

if TYPE_CHECKING:
    from pathlib import Path

SHOWN = (
    "select Job, Cost_Code as Code, Transaction_Date as T, Accounting_Date as A, Amount, Description as D, Vendor as V,"
    " Invoice as I, Dist_Sequence as Q, Commitment as C, Commitment_Line_Item as L, Tax_ID as X"
    " from JCT_CURRENT__TRANSACTION order by Run, Sequence"
)


def test_rows_post_on_the_days_and_codes_the_contract_names(sage: Sage) -> None:
    assert [tuple(row.values()) for row in sage.rows(SHOWN)] == [
        ("24-101", "05 12 00", "2024-04-30", "2024-04-30", "700.00", "Beam W12x26", "V-1", "A-1", 1, "PO-1", 1, ""),
        ("24-101", "05 12 00", "2024-04-30", "2024-04-30", "56.00", "Tax A-1", "V-1", "A-1", 2, "PO-1", None, "TAX"),
        ("24-101", "05 12 00", "2024-04-30", "2024-04-30", "20.50", "Freight A-1", "V-1", "A-1", 3, "PO-1", None, ""),
        ("24-102", "05 12 00", "2024-05-02", "2024-05-02", "9.99", "Freight B-7", "venymmvc5e", "B-7", 1, "2000000010",
         None, ""),
        ("24-101", "03 20 00", "2024-05-06", "2024-05-06", "300.00", "Rebar", "V-1", "A-2", 1, "PO-1", 2, ""),
        ("24-101", "03 20 00", "2024-05-09", "2024-05-09", "-300.00", "Rebar", "V-1", "A-2", 2, "PO-1", 2, ""),
    ]  # fmt: skip


def test_every_row_is_ap_cost_with_its_accounts_and_stamps(sage: Sage) -> None:
    row = sage.rows("select * from JCT_CURRENT__TRANSACTION where Amount = '700.00'")[0]
    assert (row["Transaction_Type"], row["Application_of_Origin"], row["Commitment_Type"]) == (
        "AP cost", "AP", "Purchase order",
    )  # fmt: skip
    assert (row["Debit_Account"], row["Credit_Account"]) == ("1-5-0002.01", "1-2-0100.00")
    assert (row["Date_Stamp"], row["Time_Stamp"]) == ("2024-05-01", "06:45:00")
    assert (row["Units"], row["Unit_Cost"], row["Retainage"], row["Standard_Item"]) == (
        "0.0000", "0.000000", "0.00", "BEAM",
    )  # fmt: skip
    assert sage.value("select count(distinct Row_ID) from JCT_CURRENT__TRANSACTION") == 6
    assert sage.value("select count(distinct Row_Version) from JCT_CURRENT__TRANSACTION") == 6


def test_only_rows_with_a_line_relieve_the_commitment(sage: Sage) -> None:
    assert sage.rows(
        "select Item, Amount_Invoiced as A from JCM_MASTER__COMMITMENT_ITEM where Commitment = 'PO-1' order by Item"
    ) == [{"Item": 1, "A": "700.00"}, {"Item": 2, "A": "0.00"}]
    codes = sage.rows(
        "select Job, Cost_Code as C, Commitment_Invoiced as I from JCM_MASTER__COST_CODE where I <> '0.00'"
    )
    assert codes == [{"Job": "24-101", "C": "05 12 00", "I": "700.00"}]


def test_quantities_of_the_optional_column_are_posted_and_relieve_units(tmp_path: Path) -> None:
    content = tables()
    for invoice, quantity in zip(content["invoices"], ("520", "", "", "", "0.25", "0.25"), strict=True):
        invoice["qty"] = quantity
    sage = Sage(tmp_path / "sage")
    sage.do("create", "--company", "AW", "--scenario", write(tmp_path / "aw_units", content))
    rows = sage.rows(
        "select Units, Unit_Cost from JCT_CURRENT__TRANSACTION where Commitment_Line_Item > 0 order by Run"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("520.0000", "1.346154"), ("0.2500", "1200.000000"), ("-0.2500", "1200.000000"),
    ]  # fmt: skip
    items = sage.rows("select Units_Invoiced from JCM_MASTER__COMMITMENT_ITEM where Commitment = 'PO-1' order by Item")
    assert [row["Units_Invoiced"] for row in items] == ["520.0000", "0.0000"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"invoice_number": "", "vendor_id": "", "po_id": "", "line_no": "", "amount": ""}, ("-300.00", "A-2", 2, "")),
        ({"amount": "120.00"}, ("-120.00", "A-2", 2, "")),
        ({"invoice_number": "CM-9"}, ("-300.00", "CM-9", 2, "")),
        ({"ref_invoice_id": "I2", "line_no": "", "amount": "56.00"}, ("-56.00", "A-2", None, "TAX")),
    ],
)
def test_a_cancel_takes_from_the_cancelled_row_what_it_does_not_say(
    tmp_path: Path, changes: dict[str, str], expected: tuple[object, ...]
) -> None:
    content = tables()
    content["invoices"][5].update(changes)
    sage = Sage(tmp_path / "sage")
    sage.do("create", "--company", "AW", "--scenario", write(tmp_path / "aw_cancel", content))
    row = sage.rows(
        "select Amount, Invoice, Commitment_Line_Item, Tax_ID from JCT_CURRENT__TRANSACTION where Amount like '-%'"
    )
    assert tuple(row[0].values()) == expected


def test_a_code_no_job_of_the_header_has_falls_back_to_the_first_line(tmp_path: Path) -> None:
    content = tables()
    content["purchase_orders"][1]["job_id"] = "24-900"
    content["job_cost_codes"] = [row for row in content["job_cost_codes"] if row["job_id"] != "24-900"]
    sage = Sage(tmp_path / "sage")
    sage.do("create", "--company", "AW", "--scenario", write(tmp_path / "aw_else", content))
    row = sage.rows("select Job, Cost_Code from JCT_CURRENT__TRANSACTION where Invoice = 'B-7'")[0]
    assert row == {"Job": "24-101", "Cost_Code": "05 12 00"}


def test_masters_and_double_entry_tie_with_the_transactions(sage: Sage) -> None:
    assert_ties(sage)
    assert sage.value("select count(*) from GLT_CURRENT__TRANSACTION") == 12
