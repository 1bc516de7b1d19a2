"""From a line of COPY to the canonical bytes of an event and their hash.

`sql/copy_events.sql` gives every column of an event in text form, U+001F between fields, U+001E for null: nearly the
canonical form already. What is left to do here is to write instants in full and to undo the escapes of COPY.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import NamedTuple

FIELD, NULL = b"\x1f", b"\x1e"
LEAF_MARK = b"\x00"

_HEAD_FIELDS = 12
_BACKSLASH, _PAIR, _STAND_IN = b"\\", b"\\\\", b"\x00"
_TOKEN = re.compile(rb"((?:[^\x1f\\]|\\.)*)(?:\x1f|\Z)", re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_WHOLE_SECONDS = len("2026-03-02 14:15:00+00")
_DATE, _SECONDS = len("2026-03-02"), len("2026-03-02 14:15:00")


class Row(NamedTuple):
    """One event as it stands in the table: its place, the leaf stored beside it, the leaf its columns have."""

    batch: int
    position: bytes
    company_id: bytes
    event_id: bytes
    stored_leaf: bytes
    leaf: bytes
    landed_at: bytes
    is_clean: bool


def row_of(line: bytes) -> Row:
    """Read one line of `copy_events.sql`, its line feed taken off; `is_clean`: no value holds a mark of the form."""
    is_clean = True
    if _BACKSLASH in line:
        fields, is_clean = _unescaped_fields(line)
    else:
        fields = line.split(FIELD, _HEAD_FIELDS)
    batch, position, stored, nulls, occurred, recorded, landed, company, event_id, kind, told, day, tail = fields
    canonical = FIELD.join(
        (LEAF_MARK + company, event_id, kind, instant(occurred), told, day, instant(recorded), tail, instant(landed))
    )
    if line.count(NULL) != int(nulls):
        is_clean = False
    return Row(int(batch), position, company, event_id, stored, sha256(canonical).digest(), landed, is_clean)


def instant(text: bytes) -> bytes:
    """Write an instant as Postgres prints it in UTC (`2026-03-02 14:15:00.5+00`) with `T` and six places.

    What has another form (infinity, before our era) is no instant an event can have; it is given as it is, so that it
    never equals what was hashed.
    """
    if len(text) == _WHOLE_SECONDS and text.endswith(b"+00"):
        return text[:_DATE] + b"T" + text[_DATE + 1 : _SECONDS] + b".000000"
    day, _, clock = text.partition(b" ")
    if not clock.endswith(b"+00"):
        return text
    seconds, _, places = clock[:-3].partition(b".")
    return b"%bT%b.%b" % (day, seconds, places.ljust(6, b"0"))


def _unescaped_fields(line: bytes) -> tuple[list[bytes], bool]:
    """Split a line that holds escapes: the fields in front, the rest as one piece; and whether all keep apart."""
    plain = line.replace(_PAIR, _STAND_IN)
    if _BACKSLASH not in plain:
        return [part.replace(_STAND_IN, _BACKSLASH) for part in plain.split(FIELD, _HEAD_FIELDS)], True
    values = []
    for token in _TOKEN.finditer(line):
        values.append(_ESCAPE.sub(_unescaped, token.group(1)))
        # The one that reaches to the end is the last, also where it ends with an escaped mark.
        if token.end(1) == len(line):
            break
    is_clean = all(FIELD not in value for value in values)
    return [*values[:_HEAD_FIELDS], FIELD.join(values[_HEAD_FIELDS:])], is_clean


def _unescaped(escape: re.Match[bytes]) -> bytes:
    return _ESCAPES.get(escape.group(1), escape.group(1))
