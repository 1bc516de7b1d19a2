"""How each feed is made of documents; names left are Sage's columns, names right the service's."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sage_bridge.feeds import FEEDS
from sage_bridge.hosted_derived import derived_change_order_items, derived_change_orders, derived_transactions
from sage_bridge.hosted_documents import Document, Held, Row, flag, number, text, word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def feed_rows(flow: str, held: Held) -> list[Row]:
    """Give the rows of a feed, in key order; raises RefusedTransfer RS-218, RS-219."""
    make: Callable[[Held], Iterable[Row]] = MAKERS[flow]
    return sorted(make(held), key=lambda row: [_order(row[name]) for name in FEEDS[flow].key])


def _order(value: str) -> tuple[int, str]:
    """Let numbers come by size, other texts by their letters."""
    return (len(value), value) if value.isdecimal() else (0, value)


def _jobs(held: Held) -> Iterator[Row]:
    for one in held.live("jobs"):
        yield {
            "Job": text(one["Code"]),
            "Description": text(one.get("Name")),
            "Status": word(held.hosted.statuses, one.get("Status"), f"job {one['Code']}"),
            "On_Hold": flag(one.get("IsOnHold")),
            "Cost_Account_Prefix": text(one.get("CostAccountPrefix")),
        }


def _extras(held: Held) -> Iterator[Row]:
    for one in held.live("extras"):
        yield {
            "Job": held.code("jobs", one["JobId"]),
            "Extra": text(one["Code"]),
            "Description": text(one.get("Name")),
            "Status": word(held.hosted.statuses, one.get("Status"), f"extra {one['Code']}"),
        }


def _codes(held: Held, one: Document) -> Row:
    return {"Job": held.code("jobs", one["JobId"]), "Extra": held.code("extras", one.get("ExtraId"))}


def _cost_codes(held: Held) -> Iterator[Row]:
    sums: dict[object, list[Document]] = {}
    for category in held.live("categories"):
        sums.setdefault(category["CostCodeId"], []).append(category)
    for one in held.live("cost_codes"):
        below = sums.get(one["Id"], [])
        yield {
            **_codes(held, one),
            "Cost_Code": text(one["Code"]),
            "Description": text(one.get("Name")),
            "Group_Cost_Code": flag(one.get("IsGroupCode")),
            "Status": word(held.hosted.statuses, one.get("CostCodeStatus"), f"cost code {one['Code']}"),
            "Accumulate_As": text(one.get("AccumulationName")),
            "Cost_Unit_Description": text(one.get("CostUnitOfMeasure")),
            "Cost_Account": held.code("accounts", one.get("CostAccountId")),
            "Original_Estimate": number(one.get("Estimate", 0), 2),
            "JTD_Cost": _total(one, below, "JobToDateCost"),
            "Revised_Commitment": _total(one, below, "RevisedCommitment"),
            "Commitment_Invoiced": _total(one, below, "CommitmentInvoiced"),
        }


def _total(one: Document, below: list[Document], name: str) -> str:
    """Give a total of a cost code; where the service has none, the sum over its categories."""
    if name in one:
        return number(one[name], 2)
    return number(sum((Decimal(str(category.get(name, 0))) for category in below), Decimal(0)), 2)


def _categories(held: Held) -> Iterator[Row]:
    for one in held.live("categories"):
        # The documented category has no status of its own: it is as open as its cost code.
        status = one["Status"] if "Status" in one else held.of("cost_codes", one["CostCodeId"]).get("CostCodeStatus")
        yield {
            **_codes(held, one),
            "Cost_Code": held.code("cost_codes", one["CostCodeId"]),
            "Category": text(one["Code"]),
            "Description": text(one.get("Name")),
            "Status": word(held.hosted.statuses, status, f"category {one['Code']}"),
            "Accumulate_As": text(one.get("StandardCategoryAccumulationName")),
            "Cost_Unit_Description": text(one.get("EstimateUnitOfMeasure")),
            "Cost_Account": held.code("accounts", one.get("CostAccountId")),
            "Original_Estimate": number(one.get("OriginalEstimate", 0), 2),
            "JTD_Cost": number(one.get("JobToDateCost", 0), 2),
        }


def _standard_codes(held: Held) -> Iterator[Row]:
    for one in held.live("standard_cost_codes"):
        yield {
            "Cost_Code": text(one["Code"]),
            "Description": text(one.get("Name")),
            "Group_Cost_Code": flag(one.get("IsGroupCode")),
            "Accumulate_As": text(one.get("AccumulationName")),
            "Cost_Unit_Description": text(one.get("CostUnitOfMeasure")),
        }


def _standard_categories(held: Held) -> Iterator[Row]:
    for one in held.live("standard_categories"):
        yield {
            "Category": text(one["Code"]),
            "Description": text(one.get("Name")),
            "Accumulate_As": text(one.get("AccumulationName")),
        }


def _vendors(held: Held) -> Iterator[Row]:
    for one in held.live("vendors"):
        yield {
            "Vendor": text(one["Code"]),
            "Name": text(one.get("Name")),
            "Address_1": text(one.get("Address1")),
            "City": text(one.get("City")),
            "State": text(one.get("State")),
            "ZIP": text(one.get("PostalCode")),
            "Is_Active": flag(one.get("IsActive", True)),
        }


def _items(held: Held) -> Iterator[Row]:
    for one in held.live("items"):
        yield {
            "Standard_Item": text(one["Code"]),
            "Description": text(one.get("Name")),
            "Stocking_Unit": text(one.get("UnitOfMeasure")),
            "Material_Class": text(one.get("MaterialClass")),
            "Standard_Cost": number(one.get("StandardCost"), 6),
        }


def _commitments(held: Held) -> Iterator[Row]:
    for one in held.live("commitments"):
        yield {
            "Commitment": text(one["Code"]),
            "Description": text(one.get("Description")),
            "Commitment_Type": word(held.hosted.commitment_types, one.get("Type"), f"commitment {one['Code']}"),
            "Vendor": held.code("vendors", one["VendorId"]),
            "Job": held.code("jobs", one["JobId"]),
            "Commitment_Date": text(one["Date"])[:10],
            "Closed": flag(one.get("IsClosed")),
            "Amount": number(one["AmountOriginal"], 2),
            "Approved_Changes": number(one["AmountApproved"], 2),
            "Amount_Invoiced": number(one["AmountInvoiced"], 2),
        }


def _commitment_items(held: Held) -> Iterator[Row]:
    for one in held.live("commitment_items"):
        code = held.of("cost_codes", one["CostCodeId"])
        yield {
            "Commitment": held.code("commitments", one["CommitmentId"]),
            "Item": text(one["Code"]),
            "Description": text(one.get("Description")),
            "Job": held.code("jobs", one["JobId"]),
            "Extra": held.code("extras", code.get("ExtraId")),
            "Cost_Code": text(code["Code"]),
            "Category": held.code("categories", one["CategoryId"]),
            "Standard_Item": held.code("items", one.get("StandardItemId")),
            "Units": number(one["Units"], 4),
            "Unit_Cost": number(one["UnitCost"], 6),
            "Unit_Description": text(one.get("UnitOfMeasure")),
            "Amount": number(one["AmountOriginal"], 2),
            "Tax": number(one.get("Tax", 0), 2),
            "Approved_Changes": number(one["AmountApproved"], 2),
            "Amount_Invoiced": number(one["AmountInvoiced"], 2),
            "Units_Invoiced": number(one.get("UnitsInvoiced", 0), 4),
        }


def _change_orders(held: Held) -> Iterator[Row]:
    for one in held.live("change_orders"):
        yield {
            "Commitment": held.code("commitments", one["CommitmentId"]),
            "Commitment_CO": text(one["Code"]),
            "Description": text(one.get("Description")),
            "Date": text(one["Date"])[:10],
            "Status": text(one["StatusName"]),
            "Date_Stamp": text(one.get("DateStamp")),
            "Time_Stamp": text(one.get("TimeStamp")),
        }
    yield from derived_change_orders(held)


def _change_order_items(held: Held) -> Iterator[Row]:
    for one in held.live("change_order_items"):
        order = held.of("change_orders", one["ChangeOrderId"])
        yield {
            "Commitment": held.code("commitments", order["CommitmentId"]),
            "Commitment_CO": text(order["Code"]),
            "Item": held.code("commitment_items", one["CommitmentItemId"]),
            "Description": text(one.get("Description")),
            "Units": number(one["Units"], 4),
            "Unit_Cost": number(one.get("UnitCost"), 6),
            "Amount": number(one["Amount"], 2),
        }
    yield from derived_change_order_items(held)


def _current(held: Held) -> Iterator[Row]:
    yield from _transactions("Current")(held)
    yield from derived_transactions(held, FEEDS["JCT"].names)


def _transactions(file: str) -> Callable[[Held], Iterator[Row]]:
    def make(held: Held) -> Iterator[Row]:
        return (_transaction(held, one) for one in held.live("transactions") if one.get("File") == file)

    return make


def _transaction(held: Held, one: Document) -> Row:
    row = {
        "Row_ID": text(one["Id"]),
        **_codes(held, one),
        "Cost_Code": held.code("cost_codes", one["CostCodeId"]),
        "Category": held.code("categories", one["CategoryId"]),
        "Transaction_Date": text(one["TransactionDate"])[:10],
        "Accounting_Date": text(one["AccountingDate"])[:10],
        "Units": number(one.get("Units", 0), 4),
        "Unit_Cost": number(one.get("UnitCost", 0), 6),
        "Amount": number(one["Amount"], 2),
        "Retainage": number(one.get("Retainage", 0), 2),
        "Vendor": held.code("vendors", one.get("VendorId")),
        "Commitment": held.code("commitments", one.get("CommitmentId")),
        "Commitment_Line_Item": held.code("commitment_items", one.get("CommitmentItemId")),
        "Standard_Item": held.code("items", one.get("StandardItemId")),
    }
    return row | {column: text(one.get(name)) for column, name in _AS_THEY_ARE.items()}


_AS_THEY_ARE = {
    "Run": "Run", "Sequence": "Sequence", "Transaction_Type": "TransactionTypeName", "Description": "Description",
    "Debit_Account": "DebitAccount", "Credit_Account": "CreditAccount", "Application_of_Origin": "ApplicationOfOrigin",
    "Batch": "Batch", "Invoice": "Invoice", "Dist_Sequence": "DistributionSequence",
    "Commitment_Type": "CommitmentTypeName", "Tax_ID": "TaxId", "Amount_Type": "AmountTypeName", "Ref_1": "Reference1",
    "Ref_2": "Reference2", "Operator_Stamp": "OperatorStamp", "Date_Stamp": "DateStamp", "Time_Stamp": "TimeStamp",
    "Row_Version": "RowVersion",
}  # fmt: skip


def _periods(held: Held) -> Iterator[Row]:
    for one in held.live("periods"):
        yield {
            "Period": text(one["Period"]),
            "Application": text(one["Application"]),
            "Status": text(one["StatusName"]),
        }


MAKERS: dict[str, Callable[[Held], Iterator[Row]]] = {
    "JOB": _jobs, "EXTRA": _extras, "COSTCODE": _cost_codes, "CATEGORY": _categories, "STDCODE": _standard_codes,
    "STDCAT": _standard_categories, "VENDOR": _vendors, "ITEM": _items, "COMMIT": _commitments,
    "COMITEM": _commitment_items, "COMCO": _change_orders, "COMCOITM": _change_order_items, "PERIOD": _periods,
    "JCH": _transactions("History"), "JCT": _current, "JCN": _transactions("New"),
}  # fmt: skip
