"""The records of a scenario under Sage's ids; amounts in company currency, quantities in the line's unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Job:
    """A job; `status` is Sage's word."""

    job_id: str
    name: str
    status: str
    is_on_hold: bool


@dataclass(frozen=True, slots=True)
class JobCode:
    """A cost code and category on a job with its budget in company currency."""

    job_id: str
    cost_code: str
    category: str
    budget: Decimal
    status: str


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor; `vendor` is its id in Sage."""

    vendor: str
    name: str
    is_active: bool
    address: str
    city: str
    state: str
    postal_code: str


@dataclass(frozen=True, slots=True)
class Item:
    """A catalog item; `standard_item` is its id in Sage."""

    standard_item: str
    description: str
    unit: str
    material_class: str
    standard_cost: Decimal


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase order header; `commitment` is its id in Sage, `vendor` its vendor's."""

    po_id: str
    commitment: str
    vendor: str
    job_id: str
    order_time: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a purchase order as ordered, before any change order."""

    commitment: str
    number: int
    standard_item: str
    description: str
    job_id: str
    cost_code: str
    category: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """One change to one line; `unit_price` is None where the price stays."""

    commitment: str
    number: int
    sequence: int
    time: str
    kind: str
    quantity: Decimal
    unit_price: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Invoice:
    """One AP row; amount and quantity are signed, a cancel is negative and has the `nature` of what it undoes."""

    invoice_id: str
    po_id: str
    commitment: str
    line_number: int | None
    vendor: str
    number: str
    nature: str
    posted_time: str
    amount: Decimal
    quantity: Decimal
