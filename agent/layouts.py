"""Layouts of the files that go into Sage, and the strict reading of one.

Sage's own formats have a record id in the first field and no header; which columns follow is a
matter of the company's profile (reference, 2.3: the official field table of `DC` is not public), so
every layout can be replaced in the configuration. `RCV` is a layout of our own with a header.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sage_bridge.errors import RefusedTransfer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent.sections import Section

OUTBOUND = ("DC", "ADJ", "RCV", "GLJ", "CMT")
AMOUNT = re.compile(r"-?(0|[1-9][0-9]{0,11})\.[0-9]{2}", re.ASCII)
REFERENCE_LENGTH = 10
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ASK = "have the sender write the file again under a new seq"


@dataclass(frozen=True, slots=True)
class Line:
    """One data line: its number from 1, its fields as text, its reference, its signed amount."""

    number: int
    fields: tuple[str, ...]
    reference: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of each record id, in order.

    `reference` is the column that names a line on both sides ('' = the line's number does), or with
    `reference_length` its first characters; `amount` is the signed money column ('' = no money; a
    record without it has none). With `header` the first line holds the column names.
    """

    records: Mapping[str, tuple[str, ...]]
    reference: str = ""
    amount: str = ""
    header: bool = False
    reference_length: int = 0

    @classmethod
    def of(cls, value: object, section: Section, flow: str) -> Layout:
        """Build a layout from the configuration: a list of `DC` columns, or an object for anything else.

        Raises:
            BadConfig: RS-160 it is neither, or the column that names a line is not among the columns.
        """
        if isinstance(value, list):
            value = {"records": {"DC": value}, "reference": "ref_1", "amount": "amount"}
        if not isinstance(value, dict) or not isinstance(value.get("records"), dict) or not value["records"]:
            raise section.refusal(
                flow, "a list of columns, or an object with records, reference, amount", type(value).__name__
            )
        records = {str(record): tuple(str(name) for name in names) for record, names in value["records"].items()}
        length = value.get("reference_length", 0)
        if not isinstance(length, int) or isinstance(length, bool) or not 0 <= length <= REFERENCE_LENGTH:
            raise section.refusal(flow, f"reference_length from 0 to {REFERENCE_LENGTH}", repr(length))
        layout = cls(records, str(value.get("reference", "")), str(value.get("amount", "")), reference_length=length)
        for column in (layout.reference, layout.amount):
            # Money stands on the lines of a change order, not on its head.
            needed = any if column == layout.amount else all
            if column and not needed(column in names for names in records.values()):
                raise section.refusal(flow, f"column {column} in every record", f"records {', '.join(records)}")
        if flow in ("DC", "ADJ") and not (layout.reference and layout.amount):
            raise section.refusal(flow, "columns ref_1 and amount, without which no line can be proven", "none")
        return layout

    def column(self, fields: tuple[str, ...], name: str) -> str:
        """Give a column of a line by its name; '' where the record has no such column."""
        names = self.records[fields[0]]
        return fields[names.index(name)].strip() if name in names else ""

    def reference_of(self, fields: tuple[str, ...]) -> str:
        """Give what names a line: its reference column, or the first characters of it."""
        text = self.column(fields, self.reference)
        return text[: self.reference_length] if self.reference_length else text

    def lines(self, text: str, name: str) -> Iterator[Line]:
        """Take a whole file apart, checking every line.

        Raises:
            RefusedTransfer: RS-266 the file is not laid out as agreed; RS-267 an amount or a reference is not.
        """
        rows = self._rows(text, name)
        if self.header:
            expected = next(iter(self.records.values()))
            found = next(rows, [])
            if tuple(found) != expected:
                raise RefusedTransfer(
                    "RS-266",
                    "the header is another",
                    record=name,
                    expected=",".join(expected),
                    found=",".join(found),
                    do=_ASK,
                )
        for number, row in enumerate(rows, 1):
            yield self._line(number, tuple(row), name)

    def _rows(self, text: str, name: str) -> Iterator[list[str]]:
        try:
            yield from csv.reader(io.StringIO(text, newline=""), strict=True)
        except csv.Error as broken:
            raise RefusedTransfer(
                "RS-266", "the file is no valid CSV", record=name, found=str(broken), do=_ASK
            ) from broken

    def _line(self, number: int, fields: tuple[str, ...], name: str) -> Line:
        where = f"{name} line {number}"
        names = self.records.get(fields[0] if fields else "")
        if names is None:
            expected = ", ".join(self.records)
            raise RefusedTransfer(
                "RS-266",
                "unknown record id",
                record=where,
                expected=expected,
                found=fields[0] if fields else "an empty line",
                do=_ASK,
            )
        if len(fields) != len(names):
            raise RefusedTransfer(
                "RS-266",
                "wrong number of fields",
                record=where,
                expected=str(len(names)),
                found=str(len(fields)),
                do=_ASK,
            )
        if any(_CONTROL.search(field) for field in fields):
            raise RefusedTransfer("RS-266", "a control character in a field", record=where, do=_ASK)
        reference = self.reference_of(fields) if self.reference else str(number)
        if not reference or (not self.header and len(reference) > REFERENCE_LENGTH):
            raise RefusedTransfer(
                "RS-267",
                "the line has no usable reference",
                record=where,
                expected="1 to 10 characters",
                found=reference,
                do=_ASK,
            )
        return Line(number, fields, reference, self._amount(fields, where))

    def _amount(self, fields: tuple[str, ...], where: str) -> Decimal:
        if not self.amount or self.amount not in self.records[fields[0]]:
            return Decimal(0)
        text = self.column(fields, self.amount)
        if not AMOUNT.fullmatch(text):
            raise RefusedTransfer(
                "RS-267",
                "the amount is no plain decimal",
                record=where,
                expected="digits with 2 decimals",
                found=text,
                do=_ASK,
            )
        return Decimal(text)


DIRECT_COST = Layout(
    {
        "DC": (
            *("record_id", "job", "extra", "cost_code", "category", "transaction_type", "transaction_date"),
            *("accounting_date", "description", "units", "unit_cost", "amount", "debit_account", "credit_account"),
            *("batch", "ref_1", "ref_2"),
        )
    },
    "ref_1",
    "amount",
)
RECEIPTS = Layout(
    {
        "RCV": (
            *("Record", "Event_ID", "Commitment", "Item", "Receipt_Date"),
            *("Units", "Unit", "Standard_Item", "Vendor", "Job"),
        )
    },
    "Event_ID",
    header=True,
)
LAYOUTS: dict[str, Layout] = {"DC": DIRECT_COST, "ADJ": DIRECT_COST, "RCV": RECEIPTS}
