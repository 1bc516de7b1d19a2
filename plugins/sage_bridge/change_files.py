"""The exact bytes of commitment change orders for Sage's commitment import: a head, then its lines, then the next head.

Number and references of ours stand first in the descriptions, so that a change order is recognised in Sage under
whatever number it stands (law L2), and every line of an answer leads back to its own.

Sources: records `CCO` and `CCOI` without header, parent and child alternating, CRLF, amount with tax (reference
sage300cre 2.1); columns and record ids are a choice of the company profile.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sage_bridge.identity import REFERENCE_LENGTH
from sage_bridge.sage_files import (
    DESCRIPTION_LENGTH,
    ISO_DATE,
    LINE_END,
    iso_date,
    refused,
    text_refusal,
    unreadable,
    written_date,
)

if TYPE_CHECKING:
    from sage_bridge.change_profile import CommitmentChange
    from sage_bridge.errors import RefusedLine

# Least and greatest length in bytes of the target encoding.
_TEXTS = {
    "commitment": (1, 12),
    "change_order": (REFERENCE_LENGTH, REFERENCE_LENGTH),
    "description": (REFERENCE_LENGTH, DESCRIPTION_LENGTH),
}
# What a field of a line must be; a change order of nothing is none.
_NUMBERS = {
    "item_number": re.compile(r"[1-9][0-9]{0,4}", re.ASCII),
    "units": re.compile(r"(?!-0\.0000$)-?(?:0|[1-9][0-9]{0,7})\.[0-9]{4}", re.ASCII),
    "amount": re.compile(r"(?!-0\.00$)-?(?:0|[1-9][0-9]{0,8})\.[0-9]{2}", re.ASCII),
}
_TEXT_COLUMNS = frozenset({"record_id", "commitment", "change_order", "description", "date"})


class ChangeLine(NamedTuple):
    """A head (no item number, units, amount) or a line; `date` ISO, `units` with 4, `amount` with 2 decimals, signed.

    `description` begins with `reference`; that of a head is the number of the change order.
    """

    commitment: str
    change_order: str
    date: str
    item_number: str
    description: str
    units: str
    amount: str
    reference: str

    @property
    def is_head(self) -> bool:
        """Tell a head from a line."""
        return not self.item_number


@dataclass(frozen=True, slots=True)
class ChangeLayout:
    """The layout of one company: columns of head and lines, date format and encoding of its profile."""

    change: CommitmentChange
    encoding: str

    def write(self, line: ChangeLine) -> bytes:
        """Give the bytes of a head or a line with its line end.

        Raises:
            RefusedLine: RS-301..306 a value cannot be written as it is; the record names reference and column.
        """
        refusal = self._refusal(line)
        if refusal is not None:
            raise refusal
        change = self.change
        values = {
            **line._asdict(),
            "record_id": change.record_id if line.is_head else change.line_record_id,
            "date": written_date(line.date, change.date_format),
            **{name: getattr(change, name) for name in ("printed", "type", "scope", "status")},
        }
        columns = change.columns if line.is_head else change.line_columns
        return ",".join(_field(name, values[name]) for name in columns).encode(self.encoding) + LINE_END

    def _refusal(self, line: ChangeLine) -> RefusedLine | None:
        for name, bounds in _TEXTS.items():
            value = getattr(line, name)
            found = text_refusal(line.reference, name, value, bounds, self.encoding)
            if found is None and '"' in value:
                found = refused("RS-302", "text holds a quote", line.reference, name, "no quotes", repr(value))
            if found is not None:
                return found
        if not line.description.startswith(line.reference):
            expected = f"{line.reference} in front"
            return refused(
                "RS-305", "description lacks the reference", line.reference, "description", expected, line.description
            )
        for name, pattern in {} if line.is_head else _NUMBERS.items():
            if pattern.fullmatch(getattr(line, name)) is None:
                return refused(
                    "RS-305",
                    "number has a form Sage does not take",
                    line.reference,
                    name,
                    pattern.pattern,
                    getattr(line, name),
                )
        if ISO_DATE.fullmatch(line.date) is None:
            return refused("RS-306", "date is no calendar day", line.reference, "date", "YYYY-MM-DD", line.date)
        return None

    def parse(self, content: bytes) -> list[ChangeLine]:
        """Read a file of this layout back; a line has the date of its head.

        Raises:
            RefusedTransfer: RS-231 a line does not match the layout, or has no head; it names the line number.
        """
        try:
            rows = list(csv.reader(io.StringIO(content.decode(self.encoding), newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error) as broken:
            raise unreadable(1, f"CSV in {self.encoding} ({broken})") from broken
        lines: list[ChangeLine] = []
        for number, row in enumerate(rows, 1):
            lines.append(self._parsed(number, row, lines[-1] if lines else None))
        return lines

    def _parsed(self, number: int, row: list[str], before: ChangeLine | None) -> ChangeLine:
        change = self.change
        is_head = bool(row) and row[0] == change.record_id
        columns = change.columns if is_head else change.line_columns
        if len(row) != len(columns) or row[0] not in (change.record_id, change.line_record_id):
            raise unreadable(number, f"{len(columns)} fields, the first {change.record_id} or {change.line_record_id}")
        found = dict.fromkeys(ChangeLine._fields, "") | dict(zip(columns, row, strict=True))
        key = (found["commitment"], found["change_order"])
        if not is_head and (before is None or (before.commitment, before.change_order) != key):
            raise unreadable(number, "the head of the change order before its lines")
        day = iso_date(found["date"], change.date_format) if is_head else before.date if before else ""
        values = {name: found[name] for name in ChangeLine._fields}
        line = ChangeLine(**{**values, "date": day, "reference": found["description"][:REFERENCE_LENGTH]})
        if line.is_head is not is_head or self._refusal(line) is not None:
            raise unreadable(
                number, "a head, or a line with item number, units and amount, with our reference in front"
            )
        return line


def _field(name: str, value: str) -> str:
    """Give a field as it is written: numbers plain, texts quoted, nothing for what is empty."""
    is_plain = name not in _TEXT_COLUMNS and (name in _NUMBERS or value.isdigit())
    return value if is_plain or not value else f'"{value}"'
