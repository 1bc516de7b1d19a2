"""The exact bytes of the period-end journal for Sage's general ledger import.

One line is one entry: a positive amount, the account it debits and the account it credits. Sage's import has no field
for a reference of ours, so it stands first in the description and comes back with it (law L2).

Sources: record `GL` without header, text quoted, CRLF, positive amount with both accounts filled (reference
sage300cre 2.3); which columns there are is a choice of the company profile, because the official table is not public.
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
    from sage_bridge.errors import RefusedLine
    from sage_bridge.journal_profile import Journal

_AMOUNT = re.compile(r"(?!0\.00$)(?:0|[1-9][0-9]{0,8})\.[0-9]{2}", re.ASCII)
# Least and greatest length in bytes of the target encoding.
_TEXTS = {
    "description": (REFERENCE_LENGTH, DESCRIPTION_LENGTH),
    "debit_account": (1, 25),
    "credit_account": (1, 25),
    "batch": (1, 10),
    "reference": (REFERENCE_LENGTH, REFERENCE_LENGTH),
}
_DATES = ("transaction_date", "accounting_date")


class JournalLine(NamedTuple):
    """One entry as text: dates ISO, `amount` positive with 2 decimals, `description` begins with `reference`."""

    transaction_date: str
    accounting_date: str
    description: str
    amount: str
    debit_account: str
    credit_account: str
    batch: str
    reference: str


@dataclass(frozen=True, slots=True)
class JournalLayout:
    """The general ledger layout of one company: column order, date format and encoding of its profile."""

    journal: Journal
    encoding: str

    def write(self, line: JournalLine) -> bytes:
        """Give a line's bytes with its line end.

        Raises:
            RefusedLine: RS-301..306 a value cannot be written as it is; the record names reference and column.
        """
        refusal = self._refusal(line)
        if refusal is not None:
            raise refusal
        values = {**line._asdict(), "record_id": self.journal.record_id}
        for name in _DATES:
            values[name] = written_date(values[name], self.journal.date_format)
        fields = [values[name] if name == "amount" else f'"{values[name]}"' for name in self.journal.columns]
        return ",".join(fields).encode(self.encoding) + LINE_END

    def _refusal(self, line: JournalLine) -> RefusedLine | None:
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
        if _AMOUNT.fullmatch(line.amount) is None:
            return refused(
                "RS-305", "number has a form Sage does not take", line.reference, "amount", _AMOUNT.pattern, line.amount
            )
        for name in _DATES:
            if ISO_DATE.fullmatch(getattr(line, name)) is None:
                return refused(
                    "RS-306", "date is no calendar day", line.reference, name, "YYYY-MM-DD", getattr(line, name)
                )
        return None

    def parse(self, content: bytes) -> list[JournalLine]:
        """Read a file of this layout back; columns the layout lacks come out empty, the reference is always there.

        Raises:
            RefusedTransfer: RS-231 a line does not match the layout; it names the line number.
        """
        try:
            rows = list(csv.reader(io.StringIO(content.decode(self.encoding), newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error) as broken:
            raise unreadable(1, f"CSV in {self.encoding} ({broken})") from broken
        return [self._parsed(number, row) for number, row in enumerate(rows, 1)]

    def _parsed(self, number: int, row: list[str]) -> JournalLine:
        if len(row) != len(self.journal.columns) or row[0] != self.journal.record_id:
            raise unreadable(number, f"{len(self.journal.columns)} fields, the first {self.journal.record_id}")
        found = dict.fromkeys(JournalLine._fields, "") | dict(zip(self.journal.columns, row, strict=True))
        del found["record_id"]
        for name in _DATES:
            if found[name]:
                found[name] = iso_date(found[name], self.journal.date_format)
        line = JournalLine(**{**found, "reference": found["description"][:REFERENCE_LENGTH]})
        if _AMOUNT.fullmatch(line.amount) is None or len(line.reference) < REFERENCE_LENGTH:
            raise unreadable(number, "an amount, and a description that begins with our reference")
        return line
