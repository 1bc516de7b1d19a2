"""Histories that once came out wrong, with the line they happen on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.laws.histories import CODES
from tests.laws.model_records import Codes, Event, Line


def happening(name: str, event_type: str, day: int, units: str, **said: Any) -> Event:
    """An event at noon of a January day; with an item number it names that line of PO1."""
    if "item_number" in said:
        said["commitment"] = "PO1"
    return Event(name, event_type, f"2026-01-{day:02d}T12:00:00+00:00", Decimal(units), "EA", **said)


LINE = Line("PO1", 1, CODES[0], "REBAR", "EA", Decimal(10), Decimal("0.335"), Decimal("3.35"), "2026-01-01")
FOUND = {
    "a rejection of a line takes from receipts on other codes each": [
        happening("E0", "received", 1, "2", codes=CODES[1], item_number=1),
        happening("E1", "received", 2, "3", codes=CODES[2], item_number=1),
        happening("E2", "rejected", 3, "4", item_number=1),
        happening("E3", "reversed", 4, "3", reverses_event_id="E2"),
    ],
    # 0.17 of the first receipt stays; taken by the order of the ids it would be 0.18.
    "a rejection of a line changes the value of its receipts first in, first out": [
        happening("E9", "received", 1, "1", item_number=1),
        happening("E0", "received", 2, "2", item_number=1),
        happening("E1", "installed", 3, "0.5", receipt_event_id="E9"),
        happening("E2", "rejected", 4, "2", item_number=1),
    ],
    "what such a rejection took is given back last first": [
        happening("E9", "received", 1, "1", item_number=1),
        happening("E0", "received", 2, "2", item_number=1),
        happening("E1", "installed", 3, "0.5", receipt_event_id="E9"),
        happening("E2", "rejected", 4, "2", item_number=1),
        happening("E3", "reversed", 5, "1.75", reverses_event_id="E2"),
    ],
    # Thirds of 3.35 on four codes: what lies in each place and what went through it adds up to the cent.
    "units moved on twice, returned and built in where they came to": [
        happening("E0", "received", 1, "10", item_number=1),
        happening("E1", "transferred", 2, "7", receipt_event_id="E0", to=CODES[2]),
        happening("E2", "transferred", 3, "5", receipt_event_id="E1", to=CODES[3], to_location="SITE"),
        happening("E3", "installed", 4, "3", receipt_event_id="E0"),
        happening("E4", "returned", 5, "1", receipt_event_id="E1"),
        happening("E5", "installed", 6, "2", receipt_event_id="E2"),
        happening("E6", "reversed", 7, "1", reverses_event_id="E2"),
        happening("E7", "installed", 8, "2", receipt_event_id="E2"),
        happening("E8", "installed", 9, "2", receipt_event_id="E1"),
    ],
    # The last one drawn is given back first, whatever layer it came from.
    "what a line gives back is what was drawn last": [
        happening("E0", "received", 1, "1", item_number=1),
        happening("E1", "received", 2, "2", item_number=1),
        happening("E2", "installed", 3, "0.7", receipt_event_id="E1", codes=CODES[1]),
        happening("E3", "installed", 4, "0.5", receipt_event_id="E0", codes=CODES[2]),
        happening("E4", "uninstalled", 5, "0.6", item_number=1),
    ],
    "a job takes from a line what was moved to it before the rest": [
        happening("E0", "received", 1, "4", item_number=1),
        happening("E1", "transferred", 2, "1", item_number=1, to=CODES[2]),
        happening("E2", "installed", 3, "1.5", item_number=1, codes=CODES[2]),
        happening("E3", "installed", 4, "2.5", item_number=1),
    ],
    "a job that says no code takes from a line what was moved to it": [
        happening("E0", "received", 1, "4", item_number=1),
        happening("E1", "transferred", 2, "2", item_number=1, to=CODES[2]),
        happening("E2", "wasted", 3, "1.5", item_number=1, codes=Codes("J2", "", "", "")),
    ],
    "what a stock-take misses is waste until it is found again": [
        happening("E0", "received", 1, "4", item_number=1, standard_item="REBAR", location="YARD"),
        happening("E1", "counted", 2, "-1.5", standard_item="REBAR", location="YARD"),
        happening("E2", "counted", 3, "0.5", standard_item="REBAR", location="YARD"),
        happening("E4", "counted", 4, "-0.3", receipt_event_id="E0"),
        happening("E5", "reversed", 5, "0.2", reverses_event_id="E4"),
    ],
}
"""Histories that once came out wrong, in the product or in the oracle."""

JOB = CODES[0]._replace(cost_code="", category="")
MOVED_WITHIN = [
    happening("E0", "received", 1, "10", item_number=1),
    happening("E1", "transferred", 2, "4", receipt_event_id="E0", to=JOB),
    happening("E2", "installed", 3, "2", receipt_event_id="E1", codes=CODES[2]._replace(cost_code="", category="")),
]
"""An event names what was moved within the line's job, and says another one: nothing gives it codes."""

OTHERS = [LINE._replace(codes=CODES[2]), LINE._replace(item_number=2, codes=CODES[0])]
STOCK = {"standard_item": "REBAR", "location": "YARD"}
WHOSE: dict[str, tuple[list[Event], dict[object, str]]] = {
    "consumption goes over the codes of all allocations, also where the last one is on the line's own": (
        [
            happening("E0", "received", 1, "10", item_number=1),
            happening("E1", "allocated", 2, "3", receipt_event_id="E0", codes=CODES[1]),
            happening("E2", "allocated", 3, "4", receipt_event_id="E0", codes=CODES[2]),
            happening("E3", "installed", 4, "5", receipt_event_id="E0"),
        ],
        {("E3", CODES[1]): "3", ("E3", CODES[2]): "2"},
    ),
    "an allocation to another job does not speak for an event that says its own": (
        [
            happening("E0", "received", 1, "10", item_number=2, **STOCK),
            happening("E1", "allocated", 2, "3", receipt_event_id="E0", codes=CODES[2]),
            happening("E2", "installed", 3, "2", receipt_event_id="E0", codes=JOB),
            happening("E3", "installed", 4, "2", codes=JOB, **STOCK),
        ],
        {("E2", CODES[0]): "2", ("E3", CODES[0]): "2"},
    ),
    "of another job's layer a job takes what is allocated to it, the rest from its own": (
        [
            happening("E0", "received", 1, "10", item_number=1, **STOCK),
            happening("E1", "received", 2, "10", item_number=2, **STOCK),
            happening("E2", "allocated", 3, "4", receipt_event_id="E0", codes=CODES[0]),
            happening("E3", "installed", 4, "12", codes=JOB, **STOCK),
        ],
        {("E3", CODES[0]): "12"},
    ),
    "an allocation may name an item and a location": (
        [
            happening("E0", "received", 1, "10", item_number=2, **STOCK),
            happening("E1", "allocated", 2, "3", codes=CODES[1], **STOCK),
            happening("E2", "installed", 3, "5", **STOCK),
            happening("E3", "deallocated", 4, "1", **STOCK),
        ],
        {("E2", CODES[0]): "2", ("E2", CODES[1]): "3"},
    ),
    "what a transfer by item and location brought is known by the transfer, however many steps on": (
        [
            happening("E0", "received", 1, "10", item_number=2, **STOCK),
            happening("E1", "transferred", 2, "5", to_location="SITE", **STOCK),
            happening("E2", "transferred", 3, "4", receipt_event_id="E1", to=CODES[1]),
            happening("E3", "installed", 4, "3", receipt_event_id="E2"),
        ],
        {("E3", CODES[1]): "3"},
    ),
    "what was moved to another job is on the line's codes for an event that says the line's job": (
        [
            happening("E0", "received", 1, "10", item_number=2),
            happening("E1", "transferred", 2, "4", receipt_event_id="E0", to=CODES[2]),
            happening("E2", "installed", 3, "2", receipt_event_id="E1", codes=JOB),
            happening("E3", "installed", 4, "1", receipt_event_id="E1"),
        ],
        {("E2", CODES[0]): "2", ("E3", CODES[2]): "1"},
    ),
}
"""Draws that name a place or say only their job, and the units each puts on which codes, by hand."""
