"""The events of a scenario, checked row by row and given as a stream: RunBlu's facts, of which Sage knows nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox import values
from sandbox.content import LENGTHS, know
from sandbox.scenario import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.content import Content
    from sandbox.scenario import Scenario

EVENT_TYPES = {
    "receive": "received",
    "reject": "rejected",
    "reverse_receipt": "reversed",
    "allocate": "allocated",
    "install": "installed",
    "return": "returned",
    "uninstall": "uninstalled",
    "waste": "wasted",
    "transfer": "transferred",
    "count": "counted",
}
NEEDS_REFERENCE = {"reject": "receive", "reverse_receipt": "receive", "uninstall": "install"}


@dataclass(frozen=True, slots=True)
class Event:
    """One movement; ids are Sage's where Sage has one, quantity and times stand as the device wrote them.

    `reference` is the receipt it concerns, of an uninstall the install it undoes. `extras` are the
    optional columns (reason, disposition, actor, device, ...), only those filled.
    """

    event_id: str
    kind: str
    commitment: str
    item_number: int | None
    standard_item: str
    job: str
    cost_code: str
    category: str
    location: str
    occurred_at: str
    recorded_at: str
    quantity: str
    unit: str
    reference: str
    extras: dict[str, str]


EXTRAS = (
    "actor", "device", "reason", "disposition", "evidence_hash", "to_job_id", "to_cost_code", "to_location",
)  # fmt: skip
DISPOSITIONS = ("", "replace", "credit", "pay")


def read_events(scenario: Scenario, content: Content) -> Iterator[Event]:
    """Give the events in file order; raises SandboxError for a malformed row or an unknown reference.

    A cost code that no job has is let through: RunBlu's devices do send them, and catching them is
    the integration's duty. So are empty codes. References to other events are checked at the end.
    """
    kinds: dict[str, str] = {}
    references: list[tuple[int, str, str]] = []
    file = ""
    for row in scenario.rows("material_events"):
        event = _read_event(row, content)
        if event.event_id in kinds:
            raise row.error("event_id appears twice", expected="one row per event", found=event.event_id)
        kinds[event.event_id] = event.kind
        if event.reference:
            file = row.file
            references.append((row.line, event.reference, NEEDS_REFERENCE.get(event.kind, "receive")))
        yield event
    for line, reference, wanted in references:
        if kinds.get(reference) != wanted:
            raise Row(file, line, [], {}).error(
                "ref_event_id is unknown" if reference not in kinds else f"ref_event_id is no {wanted} event",
                expected=f"the event_id of a {wanted} event",
                found=reference,
            )


def _read_event(row: Row, content: Content) -> Event:
    kind = row.text("event_kind")
    if kind not in EVENT_TYPES:
        raise row.error("event_kind is unknown", expected=", ".join(EVENT_TYPES), found=kind)
    po_id, number, item_id = row.text("po_id"), None, row.text("item_id")
    commitment, unit, location = "", row.text("uom"), row.text("job_id")
    standard_item = ""
    if po_id:
        know(row, "po_id", po_id, content.orders, "purchase_orders")
        commitment = content.orders[po_id].commitment
        number = row.whole("line_no")
        know(row, "line_no", (po_id, number), content.lines, f"po_lines of {po_id}")
        line = content.lines[po_id, number]
        standard_item, unit, location = line.standard_item, unit or line.unit, location or line.job_id
    if item_id:
        know(row, "item_id", item_id, content.items, "items")
        standard_item = content.items[item_id].standard_item
    if not standard_item:
        raise row.error("the event names no material", expected="po_id and line_no, or item_id")
    job, cost_code, category = _codes(row, content)
    return Event(
        event_id=row.identity("event_id"), kind=kind, commitment=commitment, item_number=number,
        standard_item=standard_item, job=job, cost_code=cost_code, category=category,
        location=row.text("location") or location, occurred_at=row.time("event_time"),
        recorded_at=row.time("posted_time"), quantity=_quantity(row, kind), unit=unit[:6].rstrip(),
        reference=_reference(row, kind), extras=_extras(row, kind, content),
    )  # fmt: skip


def _codes(row: Row, content: Content) -> tuple[str, str, str]:
    job = row.text("job_id")
    cost_code = row.identity("cost_code", LENGTHS["cost_code"], may_be_empty=True)
    if job:
        know(row, "job_id", job, content.jobs, "jobs")
    category = content.category_of(row, job, cost_code) if cost_code else row.text("category")
    return job, cost_code, category or ""


def _quantity(row: Row, kind: str) -> str:
    quantity = row.decimal("qty", values.UNITS)
    if quantity < 0 and kind != "count":
        raise row.error("qty is negative", expected="the quantity moved, without sign", found=row.text("qty"))
    return row.text("qty")


def _reference(row: Row, kind: str) -> str:
    reference = row.text("ref_event_id")
    if not reference and kind in NEEDS_REFERENCE:
        raise row.error("ref_event_id is empty", expected=f"the {NEEDS_REFERENCE[kind]} event a {kind} concerns")
    return reference


def _extras(row: Row, kind: str, content: Content) -> dict[str, str]:
    found = {name: row.text(name) for name in EXTRAS if row.text(name)}
    if found.get("disposition", "") not in DISPOSITIONS:
        raise row.error("disposition is unknown", expected="replace, credit or pay", found=found["disposition"])
    if "to_job_id" in found:
        know(row, "to_job_id", found["to_job_id"], content.jobs, "jobs")
    if kind == "transfer" and not ("to_job_id" in found or "to_location" in found):
        raise row.error("the transfer names no receiver", expected="to_job_id or to_location")
    return found


def default_disposition(kind: str) -> str:
    """Give the disposition of a rejection or return that names none: credit."""
    return "credit" if kind in ("reject", "return") else ""


def event_months(event: Event) -> tuple[str, str]:
    """Give the months an event touches: when it happened and when it reached the books."""
    return values.local_date(event.occurred_at)[:7], values.local_date(event.recorded_at)[:7]
