"""The inbound feeds: which Sage columns arrive, in which order, with which key.

One `Feed` per flow of the exchange protocol. The exchange agent writes exactly these columns as a
CSV header, the warehouse stages exactly these columns as text. Table and column names are Sage 300
CRE's standard-mode names; those marked inferred are not documented publicly and can be renamed in
the company profile (the extract query maps them), never here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "amount", "units", "unit_cost", "date", "time", "integer", "boolean"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an extract: name in Sage, meaning, greatest length of its text (0 = no limit)."""

    name: str
    kind: Kind = "text"
    length: int = 0


@dataclass(frozen=True, slots=True)
class Feed:
    """A flow of one Sage table; `key` is unique within a company, `money` is the control-total column."""

    flow: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    money: str = ""
    is_inferred: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in file order."""
        return tuple(column.name for column in self.columns)


def _text(**lengths: int) -> tuple[Column, ...]:
    return tuple(Column(name, "text", length) for name, length in lengths.items())


def _of(kind: Kind, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name in names)


_CODES = _text(Job=12, Extra=10, Cost_Code=13, Category=3)
_STAMPS = (Column("Date_Stamp", "date"), Column("Time_Stamp", "time"))

_TRANSACTION = (
    Column("Row_ID", "text", 36),
    Column("Run", "integer"),
    Column("Sequence", "integer"),
    *_CODES,
    Column("Transaction_Type", "text", 20),
    *_of("date", "Transaction_Date", "Accounting_Date"),
    Column("Description", "text", 30),
    Column("Units", "units"),
    Column("Unit_Cost", "unit_cost"),
    Column("Amount", "amount"),
    *_text(Debit_Account=25, Credit_Account=25, Application_of_Origin=3, Batch=10, Vendor=10, Invoice=15),
    Column("Dist_Sequence", "integer"),
    *_text(Commitment_Type=20, Commitment=12),
    Column("Commitment_Line_Item", "integer"),
    Column("Retainage", "amount"),
    *_text(Tax_ID=6, Amount_Type=20, Standard_Item=10, Ref_1=10, Ref_2=10, Operator_Stamp=20),
    *_STAMPS,
    Column("Row_Version", "integer"),
)

FEEDS: dict[str, Feed] = {
    feed.flow: feed
    for feed in (
        Feed(
            "JOB",
            "JCM_MASTER__JOB",
            (*_text(Job=12, Description=30, Status=20), Column("On_Hold", "boolean"), *_text(Cost_Account_Prefix=22)),
            ("Job",),
        ),
        Feed("EXTRA", "JCM_MASTER__EXTRA", _text(Job=12, Extra=10, Description=30, Status=20), ("Job", "Extra")),
        Feed(
            "COSTCODE",
            "JCM_MASTER__COST_CODE",
            (
                *_text(Job=12, Extra=10, Cost_Code=13, Description=30),
                Column("Group_Cost_Code", "boolean"),
                *_text(Status=20, Accumulate_As=20, Cost_Unit_Description=6, Cost_Account=25),
                *_of("amount", "Original_Estimate", "JTD_Cost", "Revised_Commitment", "Commitment_Invoiced"),
            ),
            ("Job", "Extra", "Cost_Code"),
        ),
        Feed(
            "CATEGORY",
            "JCM_MASTER__CATEGORY",
            (
                *_CODES,
                *_text(Description=30, Status=20, Accumulate_As=20, Cost_Unit_Description=6, Cost_Account=25),
                *_of("amount", "Original_Estimate", "JTD_Cost"),
            ),
            ("Job", "Extra", "Cost_Code", "Category"),
        ),
        Feed(
            "STDCODE",
            "JCM_MASTER__STANDARD_COST_CODE",
            (
                *_text(Cost_Code=13, Description=30),
                Column("Group_Cost_Code", "boolean"),
                *_text(Accumulate_As=20, Cost_Unit_Description=6),
            ),
            ("Cost_Code",),
        ),
        Feed(
            "STDCAT",
            "JCM_MASTER__STANDARD_CATEGORY",
            _text(Category=3, Description=30, Accumulate_As=20),
            ("Category",),
        ),
        Feed(
            "VENDOR",
            "APM_MASTER__VENDOR",
            (*_text(Vendor=10, Name=60, Address_1=33, City=30, State=4, ZIP=10), Column("Is_Active", "boolean")),
            ("Vendor",),
        ),
        Feed(
            "ITEM",
            "STANDARD_ITEM",
            (
                *_text(Standard_Item=10, Description=60, Stocking_Unit=6, Material_Class=20),
                Column("Standard_Cost", "unit_cost"),
            ),
            ("Standard_Item",),
            is_inferred=True,
        ),
        Feed(
            "COMMIT",
            "JCM_MASTER__COMMITMENT",
            (
                *_text(Commitment=12, Description=30, Commitment_Type=20, Vendor=10, Job=12),
                Column("Commitment_Date", "date"),
                Column("Closed", "boolean"),
                *_of("amount", "Amount", "Approved_Changes", "Amount_Invoiced"),
            ),
            ("Commitment",),
            money="Amount",
        ),
        Feed(
            "COMITEM",
            "JCM_MASTER__COMMITMENT_ITEM",
            (
                Column("Commitment", "text", 12),
                Column("Item", "integer"),
                Column("Description", "text", 30),
                *_CODES,
                Column("Standard_Item", "text", 10),
                Column("Units", "units"),
                Column("Unit_Cost", "unit_cost"),
                Column("Unit_Description", "text", 6),
                *_of("amount", "Amount", "Tax", "Approved_Changes", "Amount_Invoiced"),
                Column("Units_Invoiced", "units"),
            ),
            ("Commitment", "Item"),
            money="Amount",
            is_inferred=True,
        ),
        Feed(
            "COMCO",
            "JCM_MASTER__COMMITMENT_CO",
            (
                *_text(Commitment=12, Commitment_CO=10, Description=30),
                Column("Date", "date"),
                Column("Status", "text", 20),
                *_STAMPS,
            ),
            ("Commitment", "Commitment_CO"),
        ),
        Feed(
            "COMCOITM",
            "JCM_MASTER__COMMITMENT_CO_ITEM",
            (
                *_text(Commitment=12, Commitment_CO=10),
                Column("Item", "integer"),
                Column("Description", "text", 30),
                Column("Units", "units"),
                Column("Unit_Cost", "unit_cost"),
                Column("Amount", "amount"),
            ),
            ("Commitment", "Commitment_CO", "Item"),
            money="Amount",
            is_inferred=True,
        ),
        Feed("JCT", "JCT_CURRENT__TRANSACTION", _TRANSACTION, ("Row_ID",), money="Amount"),
        Feed("JCH", "JCT_HISTORY__TRANSACTION", _TRANSACTION, ("Row_ID",), money="Amount", is_inferred=True),
        Feed("JCN", "JCT_NEW__TRANSACTION", _TRANSACTION, ("Row_ID",), money="Amount", is_inferred=True),
        Feed(
            "PERIOD",
            "PERIOD_STATUS",
            _text(Period=7, Application=3, Status=10),
            ("Period", "Application"),
            is_inferred=True,
        ),
        Feed(
            "GLT",
            "GLT_CURRENT__TRANSACTION",
            (
                Column("Row_ID", "text", 36),
                Column("Account", "text", 25),
                *_of("date", "Transaction_Date", "Accounting_Date"),
                Column("Description", "text", 30),
                *_of("amount", "Debit", "Credit"),
                *_text(Application_of_Origin=3, Batch=10),
            ),
            ("Row_ID",),
            is_inferred=True,
        ),
    )
}
