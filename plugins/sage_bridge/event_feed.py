"""The feed of material events in bulk: documents of RunBlu, one JSON object a line, read as columns of text."""

from __future__ import annotations

from sage_bridge.feeds import FEEDS, Column, Feed

EVENT = Feed(
    "EVENT",
    "material_event",
    tuple(
        Column(name, "text", length)
        for name, length in (
            ("event_id", 200),
            ("company_id", 10),
            ("event_type", 20),
            ("occurred_at", 40),
            ("recorded_at", 40),
            ("actor", 200),
            ("device", 200),
            ("commitment", 12),
            ("item_number", 5),
            ("standard_item", 10),
            ("location", 200),
            ("quantity", 17),
            ("unit", 6),
            ("job", 12),
            ("extra", 10),
            ("cost_code", 13),
            ("category", 3),
            ("receipt_event_id", 200),
            ("reverses_event_id", 200),
            ("reason", 0),
            ("disposition", 10),
        )
    ),
    ("event_id",),
)

INBOUND: dict[str, Feed] = {**FEEDS, EVENT.flow: EVENT}
"""Every inbound feed by flow."""
