"""Records of the oracle as rows of Sage's extracts, and events as RunBlu's documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.laws.histories import CLOSED, CODES, COMMITMENT, ITEMS
from tests.laws.model_postings import COST_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from sage_bridge.sage_files import DirectCostLine
    from tests.laws.model_postings import ApRow
    from tests.laws.model_records import ChangeOrder, Codes, Event, Line

Row = dict[str, str]
VENDOR = "V1"


def plain(number: Decimal) -> str:
    """Give a number without exponent."""
    return f"{number:f}"


def jobs(closed: Iterable[str] = ()) -> list[Row]:
    """Give the jobs, some of them closed."""
    return [
        {"Job": job, "Description": job, "Status": "Closed" if job in closed else "In progress", "On_Hold": "0"}
        for job in ("J1", "J2")
    ]


def cost_codes() -> list[Row]:
    """Give every cost code of the histories."""
    return [
        {
            "Job": codes.job,
            "Cost_Code": codes.cost_code,
            "Group_Cost_Code": "0",
            "Status": "In progress",
            "Accumulate_As": "Material",
            "Cost_Unit_Description": "EA",
            "Cost_Account": COST_ACCOUNT,
        }
        for codes in (*CODES, CLOSED)
    ]


def categories(*, is_opened: bool = False) -> list[Row]:
    """Give their categories; the one that takes no cost is closed until it `is_opened`."""
    return [
        {
            "Job": codes.job,
            "Cost_Code": codes.cost_code,
            "Category": codes.category,
            "Status": "Closed" if codes is CLOSED and not is_opened else "In progress",
            "Accumulate_As": "Material",
            "Cost_Unit_Description": "EA",
        }
        for codes in (*CODES, CLOSED)
    ]


def vendors() -> list[Row]:
    """Give the vendor."""
    return [{"Vendor": VENDOR, "Name": "Vendor", "Is_Active": "1"}]


def items() -> list[Row]:
    """Give the catalog."""
    return [{"Standard_Item": item, "Description": item, "Stocking_Unit": "EA"} for item in ITEMS]


def commitments() -> list[Row]:
    """Give the purchase order that all lines stand on."""
    return [
        {
            "Commitment": COMMITMENT,
            "Commitment_Type": "Purchase order",
            "Vendor": VENDOR,
            "Job": "J1",
            "Commitment_Date": "2026-01-01",
            "Closed": "0",
            "Amount": "0.00",
        }
    ]


def line_row(line: Line) -> Row:
    """Give a PO line."""
    return {
        "Commitment": line.commitment,
        "Item": str(line.item_number),
        **on_codes(line.codes),
        "Standard_Item": line.standard_item,
        "Units": plain(line.units),
        "Unit_Cost": plain(line.unit_cost),
        "Unit_Description": line.unit,
        "Amount": plain(line.amount),
        "Tax": "0.00",
    }


def on_codes(codes: Codes) -> Row:
    """Give the columns that say where cost belongs."""
    return {"Job": codes.job, "Extra": codes.extra, "Cost_Code": codes.cost_code, "Category": codes.category}


def change_order_row(order: ChangeOrder, status: str) -> Row:
    """Give the head of a change order, stamped when it was approved."""
    stamp = datetime.fromisoformat(order.approved_at).astimezone(UTC)
    return {
        "Commitment": order.commitment,
        "Commitment_CO": order.number,
        "Date": order.date,
        "Status": status,
        "Date_Stamp": f"{stamp:%Y-%m-%d}",
        "Time_Stamp": f"{stamp:%H:%M:%S}",
    }


def change_item_row(order: ChangeOrder) -> Row:
    """Give what a change order changes."""
    return {
        "Commitment": order.commitment,
        "Commitment_CO": order.number,
        "Item": str(order.item_number),
        "Units": plain(order.units),
        "Unit_Cost": "" if order.unit_cost is None else plain(order.unit_cost),
        "Amount": plain(order.amount),
    }


def ap_row(row: ApRow) -> Row:
    """Give an AP cost row of job cost."""
    line = {"Commitment": row.line[0], "Commitment_Line_Item": str(row.line[1])} if row.line else {}
    return {
        **on_codes(row.codes),
        **line,
        "Row_ID": row.row_id,
        "Run": "1",
        "Sequence": str(row.sequence),
        "Transaction_Type": "AP cost",
        "Transaction_Date": row.transaction_date,
        "Accounting_Date": row.accounting_date,
        "Description": "Invoice",
        "Units": plain(row.units),
        "Amount": plain(row.amount),
        "Debit_Account": row.account,
        "Credit_Account": "2-1000",
        "Application_of_Origin": "AP",
        "Vendor": VENDOR,
        "Invoice": row.invoice,
        "Dist_Sequence": "1",
    }


def own_row(line: DirectCostLine) -> Row:
    """Give a line of ours as Sage shows it once it is posted."""
    return {
        "Row_ID": f"T-{line.ref_1}",
        "Run": "2",
        "Sequence": "1",
        "Job": line.job,
        "Extra": line.extra,
        "Cost_Code": line.cost_code,
        "Category": line.category,
        "Transaction_Type": "JC cost",
        "Transaction_Date": line.transaction_date,
        "Accounting_Date": line.accounting_date,
        "Description": line.description,
        "Units": line.units,
        "Amount": line.amount,
        "Debit_Account": line.debit_account,
        "Credit_Account": line.credit_account,
        "Application_of_Origin": "JC",
        "Batch": line.batch,
        "Ref_1": line.ref_1,
        "Ref_2": line.ref_2,
    }


def document(event: Event) -> dict[str, str]:
    """Give an event as RunBlu sends it; what it does not say is left out."""
    said = {
        "event_id": event.event_id,
        "event_type": event.event_type,
        "occurred_at": event.occurred_at,
        "recorded_at": event.occurred_at,
        "quantity": plain(event.quantity),
        "unit": event.unit,
        "commitment": event.commitment,
        "item_number": str(event.item_number or ""),
        "standard_item": event.standard_item,
        "location": event.location,
        "job": event.codes.job,
        "cost_code": event.codes.cost_code,
        "category": event.codes.category,
        "to_job": event.to.job,
        "to_cost_code": event.to.cost_code,
        "to_category": event.to.category,
        "to_location": event.to_location,
        "receipt_event_id": event.receipt_event_id,
        "reverses_event_id": event.reverses_event_id,
    }
    return {name: value for name, value in said.items() if value}
