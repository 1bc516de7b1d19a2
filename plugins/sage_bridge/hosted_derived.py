"""Rows that no document of a hosted link shows but the totals of its commitment items do: change orders and invoices.

A total that moved between two readings is one record, dated the day it was seen; what the first reading found is dated
the day of the commitment. The records are kept by `landing/insert_hosted_changes`; here they become rows of the feeds,
each marked `derived`. A later move is another row, so rows never change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sage_bridge.hosted_documents import Held, Row, number, text, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MARK = "derived"
INVOICE = "DERIVED"
DESCRIPTION = "derived from totals"
_INVOICED = "invoiced"
_STATUSES = {"approved": "Approved", "pending": "Pending"}


def derived_change_orders(held: Held) -> Iterator[Row]:
    """Give a change order for every move of an approved or pending total."""
    for one in held.derived:
        if one["kind"] != _INVOICED:
            yield {
                "Commitment": _commitment(held, one),
                "Commitment_CO": one["record"],
                "Description": DESCRIPTION,
                "Date": one["dated_on"],
                "Status": _STATUSES[one["kind"]],
                "Date_Stamp": one["date_stamp"],
                "Time_Stamp": one["time_stamp"],
            }


def derived_change_order_items(held: Held) -> Iterator[Row]:
    """Give the one item of each derived change order."""
    for one in held.derived:
        if one["kind"] != _INVOICED:
            yield {
                "Commitment": _commitment(held, one),
                "Commitment_CO": one["record"],
                "Item": text(held.of("commitment_items", one["document_id"])["Code"]),
                "Description": DESCRIPTION,
                "Units": number(one["units"], 4),
                "Unit_Cost": "",
                "Amount": number(one["amount"], 2),
            }


def derived_transactions(held: Held, columns: tuple[str, ...]) -> Iterator[Row]:
    """Give a posted AP cost for every move of an invoiced total; columns that totals do not tell are empty."""
    for one in held.derived:
        if one["kind"] == _INVOICED:
            yield dict.fromkeys(columns, "") | _ap_cost(held, one)


def _ap_cost(held: Held, move: Mapping[str, Any]) -> Row:
    item = held.of("commitment_items", move["document_id"])
    commitment = held.of("commitments", item["CommitmentId"])
    code = held.of("cost_codes", item["CostCodeId"])
    category = held.of("categories", item["CategoryId"])
    account = held.code("accounts", category.get("CostAccountId")) or held.code("accounts", code.get("CostAccountId"))
    return {
        "Row_ID": move["record"],
        "Job": held.code("jobs", item["JobId"]),
        "Extra": held.code("extras", code.get("ExtraId")),
        "Cost_Code": text(code["Code"]),
        "Category": text(category["Code"]),
        "Transaction_Type": "AP cost",
        "Transaction_Date": move["dated_on"],
        "Accounting_Date": move["dated_on"],
        "Description": DESCRIPTION,
        "Units": number(move["units"], 4),
        "Unit_Cost": number(0, 6),
        "Amount": number(move["amount"], 2),
        "Debit_Account": account or held.cost_account,
        "Application_of_Origin": "AP",
        "Vendor": held.code("vendors", commitment["VendorId"]),
        "Invoice": INVOICE,
        "Dist_Sequence": str(move["number"]),
        "Commitment_Type": word(
            held.hosted.commitment_types, commitment.get("Type"), f"commitment {commitment['Code']}"
        ),
        "Commitment": text(commitment["Code"]),
        "Commitment_Line_Item": text(item["Code"]),
        "Retainage": number(0, 2),
        "Standard_Item": held.code("items", item.get("StandardItemId")),
        "Operator_Stamp": MARK,
    }


def _commitment(held: Held, move: Mapping[str, Any]) -> str:
    return held.code("commitments", held.of("commitment_items", move["document_id"])["CommitmentId"])
