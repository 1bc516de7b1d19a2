"""A scenario as typed records, with every reference between its tables checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox import values
from sandbox.records import Change, Invoice, Item, Job, JobCode, Line, Order, Vendor

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from sandbox.scenario import Row, Scenario

JOB_STATUS = {
    "in progress": ("In progress", False),
    "active": ("In progress", False),
    "open": ("In progress", False),
    "on hold": ("In progress", True),
    "unstarted": ("Unstarted", False),
    "not started": ("Unstarted", False),
    "planned": ("Unstarted", False),
    "closed": ("Closed", False),
    "complete": ("Closed", False),
    "completed": ("Closed", False),
}
STANDARD_CATEGORIES = {
    "M": ("Material", "Material"),
    "L": ("Labor", "Labor"),
    "S": ("Subcontract", "Subcontract"),
    "E": ("Equipment", "Equipment"),
    "O": ("Overhead", "Overhead"),
}
ACCUMULATIONS = ("Labor", "Material", "Subcontract", "Equipment", "Overhead", "Other")
CHANGE_KINDS = {
    "price_change": "Price change",
    "qty_change": "Quantity change",
    "cancel": "Cancelled",
    "reactivate": "Reactivated",
    "short_close": "Short close",
}
INVOICE_SIGN = {"invoice": 1, "tax": 1, "freight": 1, "cancel": -1, "credit": -1}
LENGTHS = {"job_id": 12, "cost_code": 13, "category": 3, "invoice_number": 15}


@dataclass(slots=True)
class Content:
    """Everything of a scenario that Sage knows; events are read apart, as a stream."""

    categories: dict[str, tuple[str, str]] = field(default_factory=lambda: dict(STANDARD_CATEGORIES))
    jobs: dict[str, Job] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    codes: dict[tuple[str, str], dict[str, JobCode]] = field(default_factory=dict)
    vendors: dict[str, Vendor] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    lines: dict[tuple[str, int], Line] = field(default_factory=dict)
    lines_of: dict[str, list[Line]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    shortened: dict[tuple[str, str], str] = field(default_factory=dict)

    def category_of(self, row: Row, job_id: str, cost_code: str) -> str | None:
        """Give the category of a coded row: its own, else the code's only one, else its only one of class Material."""
        given = row.identity("category", LENGTHS["category"], may_be_empty=True)
        if given:
            return given
        found = self.codes.get((job_id, cost_code), {})
        material = [category for category in found if self.categories[category][1] == "Material"]
        choice = list(found) if len(found) == 1 else material
        return choice[0] if len(choice) == 1 else None


def read_content(scenario: Scenario) -> Content:
    """Read all tables but the events; raises SandboxError for the first malformed row or unknown reference."""
    content = Content()
    _read_codes(scenario, content)
    _read_catalog(scenario, content)
    _read_orders(scenario, content)
    _read_changes(scenario, content)
    _read_invoices(scenario, content)
    return content


def know(row: Row, column: str, key: object, known: Container[object], table: str) -> None:
    """Refuse a row whose reference has no counterpart in `table`."""
    if key not in known:
        raise row.error(f"{column} is unknown", expected=f"a row of {table}", found=row.text(column))


def shorten(content: Content, row: Row, column: str, longest: int = values.SHORT_ID) -> str:
    """Give an id in Sage's length; two ids that would become one refuse the scenario."""
    identity = row.identity(column)
    short = values.commitment_id(identity, longest) if column == "po_id" else values.short_id(identity)
    if len(short) > longest:
        raise row.error(
            f"{column} is too long for Sage",
            expected=f"at most {longest} characters after its first prefix",
            found=identity,
        )
    other = content.shortened.setdefault((column, short), identity)
    if other != identity:
        raise row.error(
            f"{column} would be {short} in Sage, as {other} is", found=identity, expected="ids that stay apart"
        )
    return short


def short_unit(content: Content, row: Row, column: str) -> str:
    """Give a unit in Sage's 6 characters; two units that would become one refuse the scenario."""
    unit = row.identity(column, may_be_empty=True)
    short = unit[:6].rstrip()
    other = content.shortened.setdefault(("unit", short), unit)
    if other != unit:
        raise row.error(
            f"{column} would be {short} in Sage, as {other} is", found=unit, expected="units that stay apart"
        )
    return short


def _once(row: Row, column: str, key: object, known: Container[object]) -> None:
    if key in known:
        raise row.error(f"{column} appears twice", found=row.text(column), expected="one row per key")


def _read_codes(scenario: Scenario, content: Content) -> None:
    for row in scenario.rows("categories"):
        accumulate_as = row.text("accumulate_as")
        if accumulate_as not in ACCUMULATIONS:
            raise row.error("accumulate_as is unknown", expected=", ".join(ACCUMULATIONS), found=accumulate_as)
        content.categories[row.identity("category", LENGTHS["category"])] = (row.text("description"), accumulate_as)
    for row in scenario.rows("jobs"):
        job_id = row.identity("job_id", LENGTHS["job_id"])
        _once(row, "job_id", job_id, content.jobs)
        status = JOB_STATUS.get(row.text("job_status").strip().lower())
        if status is None:
            raise row.error(
                "job_status is unknown", expected=", ".join(sorted(JOB_STATUS)), found=row.text("job_status")
            )
        content.jobs[job_id] = Job(job_id, row.text("job_name"), *status)
    for row in scenario.rows("cost_codes"):
        cost_code = row.identity("cost_code", LENGTHS["cost_code"])
        _once(row, "cost_code", cost_code, content.titles)
        content.titles[cost_code] = row.text("cost_code_title")
    for row in scenario.rows("job_cost_codes"):
        _read_job_code(row, content)


def _read_job_code(row: Row, content: Content) -> None:
    job_id, cost_code, category = row.text("job_id"), row.text("cost_code"), row.text("category")
    know(row, "job_id", job_id, content.jobs, "jobs")
    know(row, "cost_code", cost_code, content.titles, "cost_codes")
    know(row, "category", category, content.categories, "the standard categories")
    codes = content.codes.setdefault((job_id, cost_code), {})
    _once(row, "category", category, codes)
    status = JOB_STATUS.get((row.text("status") or "in progress").strip().lower())
    if status is None:
        raise row.error("status is unknown", expected=", ".join(sorted(JOB_STATUS)), found=row.text("status"))
    codes[category] = JobCode(job_id, cost_code, category, row.decimal("budget_amount", values.AMOUNT), status[0])


def _read_catalog(scenario: Scenario, content: Content) -> None:
    for row in scenario.rows("vendors"):
        vendor_id = row.text("vendor_id")
        _once(row, "vendor_id", vendor_id, content.vendors)
        content.vendors[vendor_id] = Vendor(
            shorten(content, row, "vendor_id"),
            row.text("vendor_name"),
            row.flag("is_active"),
            row.text("address_line_1"),
            row.text("city"),
            row.text("state"),
            row.text("postal_code"),
        )
    for row in scenario.rows("items"):
        item_id = row.text("item_id")
        _once(row, "item_id", item_id, content.items)
        if row.text("cost_code"):
            know(row, "cost_code", row.text("cost_code"), content.titles, "cost_codes")
        content.items[item_id] = Item(
            shorten(content, row, "item_id"),
            row.text("item_description"),
            short_unit(content, row, "stock_uom"),
            row.identity("material_class", 20, may_be_empty=True) or row.text("cost_code"),
            row.decimal("standard_cost", values.UNIT_COST),
        )


def _read_orders(scenario: Scenario, content: Content) -> None:
    for row in scenario.rows("purchase_orders"):
        po_id = row.text("po_id")
        _once(row, "po_id", po_id, content.orders)
        know(row, "vendor_id", row.text("vendor_id"), content.vendors, "vendors")
        know(row, "job_id", row.text("job_id"), content.jobs, "jobs")
        content.orders[po_id] = Order(
            po_id,
            shorten(content, row, "po_id", 12),
            content.vendors[row.text("vendor_id")].vendor,
            row.text("job_id"),
            row.time("order_time"),
        )
    for row in scenario.rows("po_lines"):
        line = _read_line(row, content)
        key = (row.text("po_id"), line.number)
        _once(row, "line_no", key, content.lines)
        content.lines[key] = line
        content.lines_of.setdefault(row.text("po_id"), []).append(line)
    for lines in content.lines_of.values():
        lines.sort(key=lambda line: line.number)


def _read_line(row: Row, content: Content) -> Line:
    know(row, "po_id", row.text("po_id"), content.orders, "purchase_orders")
    know(row, "item_id", row.text("item_id"), content.items, "items")
    job_id, cost_code = row.text("job_id"), row.text("cost_code")
    know(row, "job_id", job_id, content.jobs, "jobs")
    know(row, "cost_code", (job_id, cost_code), content.codes, f"job_cost_codes for job {job_id}")
    category = content.category_of(row, job_id, cost_code)
    if category is None:
        raise row.error(
            "the line's category is not clear", expected="a category column, as its code has several", found=cost_code
        )
    know(row, "category", category, content.codes[job_id, cost_code], f"job_cost_codes for job {job_id}, {cost_code}")
    return Line(
        content.orders[row.text("po_id")].commitment,
        row.whole("line_no"),
        content.items[row.text("item_id")].standard_item,
        row.text("item_description"),
        job_id,
        cost_code,
        category,
        short_unit(content, row, "uom"),
        row.decimal("original_qty", values.UNITS),
        row.decimal("original_unit_price", values.UNIT_COST),
        row.decimal("original_amount", values.AMOUNT),
    )


def _read_changes(scenario: Scenario, content: Content) -> None:
    seen: dict[str, int] = {}
    for row in scenario.rows("change_orders"):
        _once(row, "change_order_id", row.identity("change_order_id"), seen)
        seen[row.text("change_order_id")] = row.line
        line = _known_line(row, row.text("po_id"), content)
        kind = CHANGE_KINDS.get(row.text("change_kind"))
        if kind is None:
            raise row.error("change_kind is unknown", expected=", ".join(CHANGE_KINDS), found=row.text("change_kind"))
        old_price, new_price = (row.decimal(f"{which}_unit_price", values.UNIT_COST) for which in ("old", "new"))
        content.changes.append(
            Change(
                line.commitment,
                line.number,
                row.whole("change_seq"),
                row.time("change_time"),
                kind,
                row.decimal("new_qty", values.UNITS) - row.decimal("old_qty", values.UNITS),
                new_price if new_price != old_price else None,
                row.decimal("delta_amount", values.AMOUNT),
            )
        )


def _known_line(row: Row, po_id: str, content: Content) -> Line:
    key = (po_id, row.whole("line_no"))
    know(row, "line_no", key, content.lines, f"po_lines of {po_id}")
    return content.lines[key]


def _read_invoices(scenario: Scenario, content: Content) -> None:
    known: dict[str, Row] = {}
    for row in scenario.rows("invoices"):
        _once(row, "invoice_id", row.identity("invoice_id"), known)
        known[row.text("invoice_id")] = row
    for row in known.values():
        content.invoices.append(_read_invoice(row, content, known))
    content.invoices.sort(key=lambda invoice: values.moment(invoice.posted_time))


def _read_invoice(row: Row, content: Content, known: Mapping[str, Row]) -> Invoice:
    kind = row.text("invoice_kind")
    if kind not in INVOICE_SIGN:
        raise row.error("invoice_kind is unknown", expected=", ".join(INVOICE_SIGN), found=kind)
    undone = row
    if kind == "cancel":
        know(row, "ref_invoice_id", row.text("ref_invoice_id"), known, "invoices")
        undone = known[row.text("ref_invoice_id")]
        if undone.text("invoice_kind") == "cancel":
            raise row.error(
                "a cancel cannot be cancelled", expected="the id of an invoice", found=row.text("ref_invoice_id")
            )

    def own(column: str) -> Row:
        return row if row.text(column) else undone

    where = own("po_id")
    know(where, "po_id", where.text("po_id"), content.orders, "purchase_orders")
    payee = own("vendor_id")
    know(payee, "vendor_id", payee.text("vendor_id"), content.vendors, "vendors")
    numbered = own("line_no")
    line = _known_line(numbered, where.text("po_id"), content) if numbered.text("line_no") else None
    if line is None and where.text("po_id") not in content.lines_of:
        raise row.error("the invoice's purchase order has no line to take codes from", found=where.text("po_id"))
    sign = INVOICE_SIGN[kind]
    counted = own("qty")
    return Invoice(
        row.text("invoice_id"),
        where.text("po_id"),
        content.orders[where.text("po_id")].commitment,
        line.number if line else None,
        content.vendors[payee.text("vendor_id")].vendor,
        own("invoice_number").identity("invoice_number", LENGTHS["invoice_number"]),
        undone.text("invoice_kind"),
        row.time("posted_time"),
        sign * own("amount").decimal("amount", values.AMOUNT),
        sign * counted.decimal("qty", values.UNITS) if counted.text("qty") else Decimal(0),
    )
