"""How rows of the company folder look as documents of the hosted API; docs/sandbox.md 7 says what is inferred.

Ids are made of company, kind and key, so the same record has the same id for ever.
"""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMESPACE = uuid.UUID("0d5f3c7e-4a0b-5c38-9a51-5f1d1f6f9c01")
STATUSES = {"Unstarted": 0, "In progress": 1, "Closed": 2}
COMMITMENT_TYPES = {"Subcontract": 1, "Purchase order": 2}
Row = sqlite3.Row
Document = dict[str, object]


@dataclass(frozen=True, slots=True)
class Ids:
    """Gives the ids of a company's records."""

    company: str

    def of(self, kind: str, *key: object) -> str:
        """Give the GUID of a record."""
        return str(uuid.uuid5(_NAMESPACE, "/".join((self.company, kind, *(str(part) for part in key)))))

    def some(self, kind: str, *key: object) -> str | None:
        """Give the GUID of a record, None where the last part of the key is empty."""
        return self.of(kind, *key) if key[-1] not in {"", None} else None


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of document: where its rows come from, its id, its parent (empty where it has none), its body."""

    resource: str
    select: str
    make: Callable[[Row, Ids], tuple[str, str, Document]]


def _job(row: Row, ids: Ids) -> tuple[str, str, Document]:
    body: Document = {
        "Code": row["Job"], "Name": row["Description"], "Status": STATUSES[row["Status"]],
        "IsOnHold": bool(row["On_Hold"]), "CostAccountPrefix": row["Cost_Account_Prefix"],
    }  # fmt: skip
    return ids.of("job", row["Job"]), "", body


def _extra(row: Row, ids: Ids) -> tuple[str, str, Document]:
    body: Document = {
        "JobId": ids.of("job", row["Job"]), "Code": row["Extra"], "Name": row["Description"],
        "Status": STATUSES[row["Status"]],
    }  # fmt: skip
    return ids.of("extra", row["Job"], row["Extra"]), ids.of("job", row["Job"]), body


def _codes(row: Row, ids: Ids) -> Document:
    return {"JobId": ids.of("job", row["Job"]), "ExtraId": ids.some("extra", row["Job"], row["Extra"])}


def _cost_code(row: Row, ids: Ids) -> tuple[str, str, Document]:
    body = _codes(row, ids) | {
        "Code": row["Cost_Code"], "Name": row["Description"], "CostCodeStatus": STATUSES[row["Status"]],
        "IsGroupCode": bool(row["Group_Cost_Code"]), "StandardCostCodeId": ids.of("standard code", row["Cost_Code"]),
        "Estimate": Decimal(row["Original_Estimate"]), "AccumulationName": row["Accumulate_As"],
        "CostUnitOfMeasure": row["Cost_Unit_Description"], "CostAccountId": ids.some("account", row["Cost_Account"]),
        "RevisedCommitment": Decimal(row["Revised_Commitment"]),
        "CommitmentInvoiced": Decimal(row["Commitment_Invoiced"]), "JobToDateCost": Decimal(row["JTD_Cost"]),
    }  # fmt: skip
    return ids.of("code", row["Job"], row["Extra"], row["Cost_Code"]), ids.of("job", row["Job"]), body


def _category(row: Row, ids: Ids) -> tuple[str, str, Document]:
    body = _codes(row, ids) | {
        "CostCodeId": ids.of("code", row["Job"], row["Extra"], row["Cost_Code"]),
        "Code": row["Category"],
        "Name": row["Description"], "Status": STATUSES[row["Status"]],
        "StandardCategoryId": ids.of("standard category", row["Category"]),
        "StandardCategoryAccumulationName": row["Accumulate_As"],
        "EstimateUnitOfMeasure": row["Cost_Unit_Description"],
        "CostAccountId": ids.some("account", row["Cost_Account"]),
        "OriginalEstimate": Decimal(row["Original_Estimate"]), "JobToDateCost": Decimal(row["JTD_Cost"]),
    }  # fmt: skip
    key = (row["Job"], row["Extra"], row["Cost_Code"], row["Category"])
    return ids.of("category", *key), ids.of("job", row["Job"]), body


def _standard_code(row: Row, ids: Ids) -> tuple[str, str, Document]:
    body: Document = {
        "Code": row["Cost_Code"], "Name": row["Description"], "IsGroupCode": bool(row["Group_Cost_Code"]),
        "AccumulationName": row["Accumulate_As"], "CostUnitOfMeasure": row["Cost_Unit_Description"],
    }  # fmt: skip
    return ids.of("standard code", row["Cost_Code"]), "", body


def _standard_category(row: Row, ids: Ids) -> tuple[str, str, Document]:
    body: Document = {
        "Code": row["Category"], "Name": row["Description"], "AccumulationName": row["Accumulate_As"],
    }  # fmt: skip
    return ids.of("standard category", row["Category"]), "", body


def _vendor(row: Row, ids: Ids) -> tuple[str, str, Document]:
    body: Document = {
        "Code": row["Vendor"], "Name": row["Name"], "Address1": row["Address_1"], "City": row["City"],
        "State": row["State"], "PostalCode": row["ZIP"], "IsActive": bool(row["Is_Active"]),
    }  # fmt: skip
    return ids.of("vendor", row["Vendor"]), "", body


def _account(row: Row, ids: Ids) -> tuple[str, str, Document]:
    body: Document = {"Code": row["Account"], "Name": row["Account_Title"]}
    return ids.of("account", row["Account"]), "", body


def _item(row: Row, ids: Ids) -> tuple[str, str, Document]:
    body: Document = {
        "Code": row["Standard_Item"], "Name": row["Description"], "UnitOfMeasure": row["Stocking_Unit"],
        "MaterialClass": row["Material_Class"], "StandardCost": Decimal(row["Standard_Cost"]),
    }  # fmt: skip
    return ids.of("item", row["Standard_Item"]), "", body


def _totals(row: Row) -> Document:
    original, approved = Decimal(row["Amount"]), Decimal(row["Approved_Changes"])
    return {
        "Amount": original + approved, "AmountOriginal": original, "AmountApproved": approved,
        "AmountPending": Decimal(row["Pending"]), "AmountInvoiced": Decimal(row["Amount_Invoiced"]),
    }  # fmt: skip


def _commitment(row: Row, ids: Ids) -> tuple[str, str, Document]:
    body = _totals(row) | {
        "Code": row["Commitment"], "Name": row["Description"], "Description": row["Description"],
        "Type": COMMITMENT_TYPES[row["Commitment_Type"]], "VendorId": ids.of("vendor", row["Vendor"]),
        "JobId": ids.of("job", row["Job"]), "Date": row["Commitment_Date"], "IsClosed": bool(row["Closed"]),
        "IsCommited": True,
    }  # fmt: skip
    return ids.of("commitment", row["Commitment"]), "", body


def _commitment_item(row: Row, ids: Ids) -> tuple[str, str, Document]:
    job, extra, code = row["Job"], row["Extra"], row["Cost_Code"]
    body = _totals(row) | {
        "CommitmentId": ids.of("commitment", row["Commitment"]), "Code": str(row["Item"]),
        "Description": row["Description"], "JobId": ids.of("job", job), "CostCodeId": ids.of("code", job, extra, code),
        "CategoryId": ids.of("category", job, extra, code, row["Category"]),
        "StandardItemId": ids.some("item", row["Standard_Item"]), "Units": Decimal(row["Units"]),
        "UnitCost": Decimal(row["Unit_Cost"]), "UnitOfMeasure": row["Unit_Description"], "Tax": Decimal(row["Tax"]),
        "UnitsInvoiced": Decimal(row["Units_Invoiced"]),
    }  # fmt: skip
    key = (row["Commitment"], row["Item"])
    return ids.of("commitment item", *key), ids.of("commitment", row["Commitment"]), body


def _change_order(row: Row, ids: Ids) -> tuple[str, str, Document]:
    body: Document = {
        "CommitmentId": ids.of("commitment", row["Commitment"]), "Code": row["Commitment_CO"],
        "Description": row["Description"], "Date": row["Date"], "StatusName": row["Status"],
        "DateStamp": row["Date_Stamp"], "TimeStamp": row["Time_Stamp"],
    }  # fmt: skip
    key = (row["Commitment"], row["Commitment_CO"])
    return ids.of("change order", *key), ids.of("commitment", row["Commitment"]), body


def _change_order_item(row: Row, ids: Ids) -> tuple[str, str, Document]:
    key = (row["Commitment"], row["Commitment_CO"])
    body: Document = {
        "ChangeOrderId": ids.of("change order", *key),
        "CommitmentItemId": ids.of("commitment item", row["Commitment"], row["Item"]),
        "Description": row["Description"], "Units": Decimal(row["Units"]),
        "UnitCost": None if row["Unit_Cost"] is None else Decimal(row["Unit_Cost"]), "Amount": Decimal(row["Amount"]),
    }  # fmt: skip
    return ids.of("change order item", *key, row["Item"]), ids.of("change order", *key), body


def _transaction(row: Row, ids: Ids) -> tuple[str, str, Document]:
    job, extra, code, commitment = row["Job"], row["Extra"], row["Cost_Code"], row["Commitment"]
    body = _codes(row, ids) | {
        "CostCodeId": ids.of("code", job, extra, code),
        "CategoryId": ids.of("category", job, extra, code, row["Category"]),
        "File": row["File"], "Run": row["Run"], "Sequence": row["Sequence"],
        "TransactionTypeName": row["Transaction_Type"], "TransactionDate": row["Transaction_Date"],
        "AccountingDate": row["Accounting_Date"], "Description": row["Description"], "Units": Decimal(row["Units"]),
        "UnitCost": Decimal(row["Unit_Cost"]), "Amount": Decimal(row["Amount"]), "DebitAccount": row["Debit_Account"],
        "CreditAccount": row["Credit_Account"], "ApplicationOfOrigin": row["Application_of_Origin"],
        "Batch": row["Batch"], "VendorId": ids.some("vendor", row["Vendor"]), "Invoice": row["Invoice"],
        "DistributionSequence": row["Dist_Sequence"], "CommitmentTypeName": row["Commitment_Type"],
        "CommitmentId": ids.some("commitment", commitment), "Retainage": Decimal(row["Retainage"]),
        "CommitmentItemId": ids.some("commitment item", commitment, row["Commitment_Line_Item"]),
        "TaxId": row["Tax_ID"], "AmountTypeName": row["Amount_Type"],
        "StandardItemId": ids.some("item", row["Standard_Item"]), "Reference1": row["Ref_1"],
        "Reference2": row["Ref_2"], "OperatorStamp": row["Operator_Stamp"], "DateStamp": row["Date_Stamp"],
        "TimeStamp": row["Time_Stamp"], "RowVersion": row["Row_Version"],
    }  # fmt: skip
    return row["Row_ID"].lower(), "", body


def _period(row: Row, ids: Ids) -> tuple[str, str, Document]:
    body: Document = {
        "Period": row["Period"], "Application": row["Application"], "StatusName": row["Status"],
    }  # fmt: skip
    return ids.of("period", row["Period"], row["Application"]), "", body


_FILES = ("New", "Current", "History")
_TRANSACTIONS = " union all ".join(
    f"select *, '{file}' as File from JCT_{file.upper()}__TRANSACTION"  # noqa: S608 - own tables' names
    for file in _FILES
)
_COMMITMENTS = """
select c.*, money(coalesce((
    select sum(cents(i.Amount)) from JCM_MASTER__COMMITMENT_CO as o
    inner join JCM_MASTER__COMMITMENT_CO_ITEM as i using (Commitment, Commitment_CO)
    where o.Commitment = c.Commitment and o.Status = 'Pending'), 0)) as Pending
from JCM_MASTER__COMMITMENT as c
"""
_ITEMS = """
select c.*, money(coalesce((
    select sum(cents(i.Amount)) from JCM_MASTER__COMMITMENT_CO as o
    inner join JCM_MASTER__COMMITMENT_CO_ITEM as i using (Commitment, Commitment_CO)
    where o.Commitment = c.Commitment and i.Item = c.Item and o.Status = 'Pending'), 0)) as Pending
from JCM_MASTER__COMMITMENT_ITEM as c
"""
SHAPES: tuple[Shape, ...] = (
    Shape("jobs", "select * from JCM_MASTER__JOB", _job),
    Shape("jobs/extras", "select * from JCM_MASTER__EXTRA", _extra),
    Shape("jobs/costcodes", "select * from JCM_MASTER__COST_CODE", _cost_code),
    Shape("jobs/categories", "select * from JCM_MASTER__CATEGORY", _category),
    Shape("costcodes", "select * from JCM_MASTER__STANDARD_COST_CODE", _standard_code),
    Shape("categories", "select * from JCM_MASTER__STANDARD_CATEGORY", _standard_category),
    Shape("vendors", "select * from APM_MASTER__VENDOR", _vendor),
    Shape("accounts", "select * from GLM_MASTER__ACCOUNT", _account),
    Shape("items", "select * from STANDARD_ITEM", _item),
    Shape("commitments", _COMMITMENTS, _commitment),
    Shape("commitments/items", _ITEMS, _commitment_item),
    Shape("commitments/changeorders", "select * from JCM_MASTER__COMMITMENT_CO", _change_order),
    Shape("commitments/changeorders/items", "select * from JCM_MASTER__COMMITMENT_CO_ITEM", _change_order_item),
    Shape("transactions", _TRANSACTIONS, _transaction),
    Shape("periods", "select * from PERIOD_STATUS", _period),
)
