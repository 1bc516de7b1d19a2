"""What the bytes of a transfer say, read by Python's own csv and json: the measure of what may have landed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.hooks.inbound_sender import Sender

Row = dict[str, str]
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]{1,2})?", re.ASCII)


def _text(value: str) -> str:
    # The one liberty the mirror takes with a text: blanks around it.
    return value.strip(" ")


def _amount(value: str) -> Decimal:
    assert value == "" or _PLAIN.fullmatch(value), f"{value!r} is no plain decimal"
    return Decimal(value or "0")


def _day(value: str) -> date:
    found = date.fromisoformat(value)
    assert found.isoformat() == value
    return found


def _flag(default: bool) -> Callable[[str], bool]:
    return lambda value: {
        "": default,
        "0": False,
        "1": True,
        "true": True,
        "True": True,
        "false": False,
        "False": False,
    }[value]


COLUMNS: dict[str, tuple[str, dict[str, tuple[str, Callable[[str], Any]]]]] = {
    "COMMIT": (
        "core.commitment",
        {
            "Commitment": ("commitment", _text),
            "Description": ("description", _text),
            "Commitment_Type": ("commitment_type", _text),
            "Vendor": ("vendor", _text),
            "Job": ("job", _text),
            "Commitment_Date": ("commitment_date", _day),
            "Closed": ("is_closed", _flag(False)),
            "Amount": ("amount_original", _amount),
            "Approved_Changes": ("amount_approved_changes", _amount),
            "Amount_Invoiced": ("amount_invoiced", _amount),
        },
    ),
    "VENDOR": (
        "core.vendor",
        {
            "Vendor": ("vendor", _text),
            "Name": ("vendor_name", _text),
            "Address_1": ("address", _text),
            "City": ("city", _text),
            "State": ("state", _text),
            "ZIP": ("zip", _text),
            "Is_Active": ("is_active", _flag(True)),
        },
    ),
    "JOB": (
        "core.job",
        {
            "Job": ("job", _text),
            "Description": ("description", _text),
            "Status": ("status", _text),
            "On_Hold": ("is_on_hold", _flag(False)),
            "Cost_Account_Prefix": ("cost_account_prefix", _text),
        },
    ),
}
"""Table of a feed, and for each column of the file the column it lands in and what its text means."""


def csv_rows(content: bytes, encoding: str) -> list[Row]:
    """Give the data rows of a CSV file; raises what Python raises where it cannot be read."""
    codec = {"cp1252": "cp1252", "utf-8": "utf-8-sig"}[encoding]
    rows = list(csv.reader(io.StringIO(content.decode(codec), newline=""), strict=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def documents(content: bytes) -> list[Any]:
    """Give the documents of an ndjson file, numbers exact."""
    text = content.decode("utf-8-sig")
    return [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in text.splitlines()]


def key_hash_total(keys: Sequence[Sequence[str]]) -> str:
    """Give the sum of the first four bytes of the sha256 of every key."""
    return str(sum(int.from_bytes(hashlib.sha256("\x1f".join(key).encode()).digest()[:4], "big") for key in keys))


def assert_landed_exactly(sender: Sender, flow: str, content: bytes, encoding: str, quarantined: int) -> None:
    """Every row of the file stands in the mirror as its bytes say, or is an open exception; no others do."""
    if flow == "EVENT":
        assert_events_landed(sender, content, quarantined)
        return
    table, columns = COLUMNS[flow]
    file_rows = csv_rows(content, encoding)
    landed = sender.rows(f"select * from {table}")  # noqa: S608 - tables of our own
    said = {_key(row, flow): row for row in file_rows}
    assert len(landed) + quarantined == len(file_rows), (landed, file_rows)
    key = next(iter(columns.values()))[0]
    for row in landed:
        source = said[row[key]]
        expected = {column: meaning(source[name]) for name, (column, meaning) in columns.items()}
        assert {column: row[column] for column in expected} == expected
    _assert_kept(sender, flow, quarantined)


def _key(row: Mapping[str, str], flow: str) -> str:
    return _text(row[next(iter(COLUMNS[flow][1]))])


def assert_events_landed(sender: Sender, content: bytes, quarantined: int) -> None:
    """Every line of the file is a document of the event log, equal as JSON, or an open exception."""
    landed = sender.rows("select event_id, document::text as document from ledger.material_event")
    said = documents_by_id(content)
    assert len(landed) + quarantined == len(content.splitlines())
    for row in landed:
        document = json.loads(row["document"], parse_float=Decimal, parse_int=Decimal)
        assert document == said[row["event_id"]]
        assert len(document) == len(said[row["event_id"]])
    _assert_kept(sender, "event_document", quarantined)


def documents_by_id(content: bytes) -> dict[str, Any]:
    """Give the documents that can be read, by their event id as the log trims it."""
    found = {}
    for line in content.removeprefix(b"\xef\xbb\xbf").splitlines():
        try:
            document = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        except ValueError:
            continue
        if isinstance(document, dict):
            found[str(document.get("event_id")).strip(" ")] = document
    return found


def _assert_kept(sender: Sender, kind: str, quarantined: int) -> None:
    kept = sender.rows(
        "select record_key, rule, reason, payload from audit.exception where closed_at is null and record_kind = %s",
        kind,
    )
    assert bool(kept) == bool(quarantined), kept
    for row in kept:
        assert row["rule"]
        assert row["reason"]
        assert row["payload"]
