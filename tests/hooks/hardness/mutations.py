"""Two small transfers and every way of cutting and changing them byte by byte."""

from __future__ import annotations

import csv
import hashlib
import json
import random
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from sage_bridge.transfers import Manifest
from tests.hooks.hardness.reading import csv_rows, documents_by_id, key_hash_total
from tests.hooks.inbound_sender import COMMITMENT, csv_bytes, event_bytes, manifest_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hooks.inbound_sender import Sender

SMALL = {
    "COMMIT": csv_bytes(
        "COMMIT", [{**COMMITMENT, "Description": 'É "a", b'}, {**COMMITMENT, "Commitment": "PO-2", "Amount": "-1.50"}]
    ),
    "EVENT": event_bytes(
        [
            {
                "event_id": "0a1b",
                "event_type": "received",
                "occurred_at": "2026-01-15T08:00:00-08:00",
                "recorded_at": "2026-01-15T08:00:05Z",
                "commitment": "PO-1",
                "item_number": "1",
                "quantity": 10.5,
                "unit": "EA",
                "reason": 'É "a"',
            },
            {
                "event_id": "0c",
                "event_type": "reversed",
                "reverses_event_id": "0a1b",
                "occurred_at": "2026-01-16T08:00:00Z",
                "recorded_at": "2026-01-16T08:00:05Z",
                "quantity": "2",
            },
        ]
    ),
}
"""A feed's small transfer: quotes, commas, a letter beyond ASCII, money of both signs; events of two kinds."""

ENCODING = {"COMMIT": "cp1252", "EVENT": "utf-8"}
_IDENTITY = ("flow", "company", "environment", "seq", "rev")


def cuts(content: bytes, step: int = 1) -> Iterator[tuple[str, bytes]]:
    """Give a content cut at every byte, or at every `step`th."""
    for length in range(0, len(content), step):
        yield f"cut to {length} bytes", content[:length]


def changes(content: bytes, seed: int, step: int = 1) -> Iterator[tuple[str, bytes]]:
    """Give a content with every byte, or every `step`th, changed into one of the 255 others drawn from the seed."""
    draw = random.Random(seed)
    for place, byte in list(enumerate(content))[::step]:
        value = draw.choice([value for value in range(256) if value != byte])
        yield f"byte {place} {byte:#x} -> {value:#x}", content[:place] + bytes([value]) + content[place + 1 :]


def manifest_of(sender: Sender, flow: str, content: bytes, **more: Any) -> Manifest:
    """Give the manifest of a sender that reads its own file by other means than the bridge: all figures fit."""
    try:
        keys, amounts = _figures(flow, content)
    except (ValueError, KeyError, IndexError, csv.Error):
        keys, amounts = [], []
    debit = sum((amount for amount in amounts if amount > 0), Decimal("0.00"))
    credit = sum((-amount for amount in amounts if amount < 0), Decimal("0.00"))
    figures = {
        "rows": len(keys),
        "debit": f"{debit:f}",
        "credit": f"{credit:f}",
        "net": f"{debit - credit:f}",
        "key_hash_total": key_hash_total(keys),
    }
    return sender.manifest(flow, [], content, encoding=ENCODING[flow], extent="full", **{**figures, **more})


def _figures(flow: str, content: bytes) -> tuple[list[list[str]], list[Decimal]]:
    if flow == "EVENT":
        known = documents_by_id(content)
        lines = content.splitlines()
        ids = [[key for key in known if key != "None"]] if len(known) == len(lines) else []
        return [[key] for group in ids for key in group] or [[""]] * len(lines), []
    rows = csv_rows(content, ENCODING[flow])
    return [[row["Commitment"].strip(" ")] for row in rows], [_money(row["Amount"]) for row in rows]


def _money(text: str) -> Decimal:
    try:
        amount = Decimal(text or "0")
    except InvalidOperation:
        return Decimal(0)
    return amount if amount.is_finite() and abs(amount) < 10**12 else Decimal(0)


def forged(told: Manifest, content: bytes) -> bytes:
    """Give a manifest in which only size and sha256 were made to fit a content."""
    return manifest_bytes(told, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def is_surely_unreadable(manifest: bytes, good: Manifest) -> bool:
    """Tell by Python's json whether a manifest cannot be one of the file: no object, a field gone, another file's."""
    try:
        document = json.loads(manifest.decode("utf-8-sig"))
    except ValueError:
        return True
    names = {field.name for field in fields(Manifest)}
    if not isinstance(document, dict) or not names <= set(document):
        return True
    return any(document[name] != getattr(good, name) for name in (*_IDENTITY, "format"))
