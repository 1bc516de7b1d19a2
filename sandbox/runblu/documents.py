"""Event documents: what a field device has recorded, as JSON, one per event."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox import values
from sandbox.content import read_content
from sandbox.material_events import EVENT_TYPES, default_disposition, read_events

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.material_events import Event
    from sandbox.scenario import Scenario

ACTOR, DEVICE = "runblu", "scenario"
Document = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Window:
    """Which events by the time they reached the books: from `start` on and before `stop`; None = no bound.

    A bound is an instant, or a date that is compared with the local date of the event's own offset.
    """

    start: datetime | str | None = None
    stop: datetime | str | None = None

    def holds(self, recorded_at: str) -> bool:
        """Tell whether a time (ISO with offset) lies in the window."""
        return not (
            (self.start is not None and _is_before(recorded_at, self.start))
            or (self.stop is not None and not _is_before(recorded_at, self.stop))
        )


def _is_before(recorded_at: str, bound: datetime | str) -> bool:
    if isinstance(bound, str):
        return values.local_date(recorded_at) < bound
    return values.moment(recorded_at) < bound


def documents(scenario: Scenario, company: str, window: Window | None = None) -> Iterator[Document]:
    """Give the documents of a scenario's events in file order, as a stream; raises SandboxError for a bad row."""
    content = read_content(scenario)
    for event in read_events(scenario, content):
        if window is None or window.holds(event.recorded_at):
            yield document(event, company)


def document(event: Event, company: str) -> Document:
    """Make the document of one event; what is empty is left out, except the base extra ''."""
    undoes = event.kind in ("reverse_receipt", "uninstall")
    to_job = event.extras.get("to_job_id", "")
    made: dict[str, str | int | None] = {
        "event_id": event.event_id,
        "company_id": company,
        "event_type": EVENT_TYPES[event.kind],
        "occurred_at": event.occurred_at,
        "recorded_at": event.recorded_at,
        "actor": event.extras.get("actor", ACTOR),
        "device": event.extras.get("device", DEVICE),
        "commitment": event.commitment,
        "item_number": event.item_number,
        "standard_item": event.standard_item,
        "location": event.location,
        "quantity": event.quantity,
        "unit": event.unit,
        "job": event.job,
        "cost_code": event.cost_code,
        "category": event.category,
        "receipt_event_id": "" if undoes else event.reference,
        "reverses_event_id": event.reference if undoes else "",
        "reason": event.extras.get("reason"),
        "disposition": event.extras.get("disposition", default_disposition(event.kind)),
        "to_job": to_job,
        "to_cost_code": event.extras.get("to_cost_code"),
        "to_location": event.extras.get("to_location", to_job),
        "evidence_hash": event.extras.get("evidence_hash"),
    }
    filled: Document = {name: value for name, value in made.items() if value is not None and value != ""}
    if event.job:
        filled["extra"] = ""
    if to_job:
        filled["to_extra"] = ""
    return filled


def as_line(made: Document) -> bytes:
    """Write a document as one line of UTF-8 JSON."""
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
