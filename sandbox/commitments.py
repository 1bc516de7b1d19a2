"""Commitments as ordered, their change orders as approved: what Purchasing hands to Job Cost."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox import values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.content import Content
    from sandbox.records import Change
    from sandbox.store import Step


def write_commitments(step: Step, content: Content) -> None:
    """Enter every purchase order, whatever its status, as first ordered, and its change orders, all approved."""
    ordered: dict[str, Decimal] = {}
    changed: dict[str, Decimal] = {}
    line_changed: dict[tuple[str, int], Decimal] = {}
    for line in content.lines.values():
        ordered[line.commitment] = ordered.get(line.commitment, Decimal(0)) + line.amount
    for change in content.changes:
        changed[change.commitment] = changed.get(change.commitment, Decimal(0)) + change.amount
        key = (change.commitment, change.number)
        line_changed[key] = line_changed.get(key, Decimal(0)) + change.amount
    step.run_many(
        "insert_commitment",
        (
            {"Commitment": order.commitment, "Description": values.descriptive(f"Purchase order {order.po_id}", 30),
             "Vendor": order.vendor, "Job": order.job_id, "Commitment_Date": values.local_date(order.order_time),
             "Amount": _amount(ordered.get(order.commitment)),
             "Approved_Changes": _amount(changed.get(order.commitment))}
            for order in content.orders.values()
        ),
    )  # fmt: skip
    step.run_many(
        "insert_commitment_item",
        (
            {"Commitment": line.commitment, "Item": line.number, "Job": line.job_id, "Cost_Code": line.cost_code,
             "Description": values.descriptive(line.description, 30), "Category": line.category,
             "Standard_Item": line.standard_item, "Units": values.fixed(line.quantity, values.UNITS),
             "Unit_Cost": values.fixed(line.unit_price, values.UNIT_COST), "Unit_Description": line.unit,
             "Amount": _amount(line.amount),
             "Approved_Changes": _amount(line_changed.get((line.commitment, line.number)))}
            for line in content.lines.values()
        ),
    )  # fmt: skip
    _write_change_orders(step, content)


def _write_change_orders(step: Step, content: Content) -> None:
    described = {(line.commitment, line.number): line.description for line in content.lines.values()}
    numbered = list(_numbered(content.changes))
    step.run_many(
        "insert_commitment_co",
        (
            {"Commitment": change.commitment, "Commitment_CO": number, "Description": change.kind,
             "Date": values.local_date(change.time), "Status": "Approved",
             **dict(zip(("Date_Stamp", "Time_Stamp"), values.stamps(values.moment(change.time)), strict=True))}
            for number, change in numbered
        ),
    )  # fmt: skip
    step.run_many(
        "insert_commitment_co_item",
        (
            {"Commitment": change.commitment, "Commitment_CO": number, "Item": change.number,
             "Description": values.descriptive(described[change.commitment, change.number], 30),
             "Units": values.fixed(change.quantity, values.UNITS), "Amount": _amount(change.amount),
             "Unit_Cost": None if change.unit_price is None else values.fixed(change.unit_price, values.UNIT_COST)}
            for number, change in numbered
        ),
    )  # fmt: skip


def _numbered(changes: Iterable[Change]) -> Iterable[tuple[str, Change]]:
    """Number the change orders of each commitment from 1 by time, then sequence, then line."""
    last: dict[str, int] = {}
    for change in sorted(changes, key=lambda one: (values.moment(one.time), one.sequence, one.number)):
        last[change.commitment] = last.get(change.commitment, 0) + 1
        yield str(last[change.commitment]), change


def _amount(value: Decimal | None) -> str:
    return values.fixed(value or Decimal(0), values.AMOUNT)
