"""The exact bytes of files for Sage: direct-cost imports and receiving confirmations.

Nothing is repaired here: a value that does not fit is refused with its reason and its line stays
behind, because what Sage would make of it is a guess (protocol 2). Descriptions alone may be cut.
What was written can be read back without loss: `parse(write(lines)) == lines`.

Sources: direct-cost record `DC` without header, text quoted, CRLF, signed amount (reference
sage300cre 2, 2.3); batch and references after the accounts are a choice of the company profile.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from sage_bridge.errors import RefusedLine, RefusedTransfer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sage_bridge.profiles import DirectCost

LINE_END = b"\r\n"
DESCRIPTION_LENGTH = 30
RECEIPT_RECORD_ID = "RCV"
RECEIPT_HEADER = (
    "Record",
    "Event_ID",
    "Commitment",
    "Item",
    "Receipt_Date",
    "Units",
    "Unit",
    "Standard_Item",
    "Vendor",
    "Job",
)

# What a profile's date_format means, filled with year, month, day; mmddyy writes the year's last two digits.
_DATE_FORMATS = {
    "mm/dd/yyyy": "{1}/{2}/{0}",
    "dd/mm/yyyy": "{2}/{1}/{0}",
    "yyyy-mm-dd": "{0}-{1}-{2}",
    "mmddyyyy": "{1}{2}{0}",
    "mmddyy": "{1}{2}{3}",
}
# Control characters and line or paragraph separators, wherever in Unicode they stand.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FORMULA_STARTS = ("=", "+", "-", "@")
_AMOUNT = r"(?!-0\.00(?![0-9]))-?(?:0|[1-9][0-9]{0,8})\.[0-9]{2}"
_UNITS = r"(?!-0\.0000(?![0-9]))-?(?:0|[1-9][0-9]{0,7})\.[0-9]{4}"
_UNIT_COST = r"(?:(?:0|[1-9][0-9]{0,5})\.[0-9]{6})?"
ISO_DATE = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", re.ASCII)

# Least and greatest length in bytes of the target encoding.
_TEXTS = {
    "job": (1, 12),
    "extra": (0, 10),
    "cost_code": (1, 13),
    "category": (1, 3),
    "description": (0, DESCRIPTION_LENGTH),
    "debit_account": (1, 25),
    "credit_account": (1, 25),
    "batch": (1, 10),
    "ref_1": (1, 10),
    "ref_2": (1, 10),
}
_NUMBERS = {"units": _UNITS, "unit_cost": _UNIT_COST, "amount": _AMOUNT}
_RECEIPT_TEXTS = {
    "event_id": (1, 200),
    "commitment": (1, 12),
    "unit": (1, 20),
    "standard_item": (0, 10),
    "vendor": (0, 10),
    "job": (0, 12),
}
_RECEIPT_ITEM = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_RECEIPT_UNITS = re.compile(r"(?!-?0\.0000(?![0-9]))-?(?:0|[1-9][0-9]{0,13})\.[0-9]{4}", re.ASCII)


class DirectCostLine(NamedTuple):
    """One cost line as text: dates ISO, `amount` signed with 2 decimals, `units` with 4, `unit_cost` empty or 6."""

    job: str
    extra: str
    cost_code: str
    category: str
    transaction_date: str
    accounting_date: str
    description: str
    units: str
    unit_cost: str
    amount: str
    debit_account: str
    credit_account: str
    batch: str
    ref_1: str
    ref_2: str


class ReceiptLine(NamedTuple):
    """One receiving confirmation as text; receipts positive, rejections, returns and reversals negative."""

    event_id: str
    commitment: str
    item: str
    receipt_date: str
    units: str
    unit: str
    standard_item: str
    vendor: str
    job: str


@dataclass(frozen=True, slots=True)
class DirectCostLayout:
    """The direct-cost layout of one company: column order, date format and encoding of its profile."""

    direct_cost: DirectCost
    encoding: str
    _template: str = field(init=False, repr=False)
    _pick: Callable[[tuple[str, ...]], tuple[str, ...]] = field(init=False, repr=False)
    _pattern: re.Pattern[bytes] = field(init=False, repr=False)
    _groups: tuple[str, ...] = field(init=False, repr=False)
    _dates: dict[str, str] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Compile template and pattern once; a line is then one formatting and one match."""
        pieces, patterns, groups = [], [], []
        for column in self.direct_cost.columns:
            piece, pattern = self._column(column)
            pieces.append(piece)
            patterns.append(pattern)
            if column in DirectCostLine._fields:
                groups.append(column)
        indexes = [DirectCostLine._fields.index(name) for name in groups]
        # itemgetter of a single index would give no tuple; a profile has eight needed columns at least.
        object.__setattr__(self, "_pick", itemgetter(*indexes))
        object.__setattr__(self, "_template", ",".join(pieces))
        object.__setattr__(self, "_pattern", re.compile(",".join(patterns).encode("ascii"), re.DOTALL))
        object.__setattr__(self, "_groups", tuple(groups))

    def _column(self, name: str) -> tuple[str, str]:
        if name == "record_id":
            return f'"{self.direct_cost.record_id}"', f'"{self.direct_cost.record_id}"'
        if name == "transaction_type":
            return str(self.direct_cost.transaction_type), str(self.direct_cost.transaction_type)
        if name in _NUMBERS:
            return "%s", f"({_NUMBERS[name]})"
        if name in _TEXTS:
            least, most = _TEXTS[name]
            return '"%s"', rf'"((?![=+\-@])[^"\x00-\x1f\x7f]{{{least},{most}}})"'
        return '"%s"', f'"({date_pattern(self.direct_cost.date_format)})"'

    def cut(self, description: str) -> str:
        """Give the description, cut to the 30 bytes that Sage keeps (target encoding); the same object if it fits."""
        if len(description) <= DESCRIPTION_LENGTH and (self.encoding == "cp1252" or description.isascii()):
            return description
        kept = description
        while len(kept.encode(self.encoding, "replace")) > DESCRIPTION_LENGTH:
            kept = kept[:-1]
        return description if kept == description else kept.rstrip()

    def write(self, line: DirectCostLine) -> bytes:
        """Give a line's bytes with its line end.

        Raises:
            RefusedLine: RS-301..306 a value cannot be written as it is; the record names reference and column.
        """
        dated = (*line[:4], self._date(line, 4), self._date(line, 5), *line[6:])
        text = self._template % self._pick(dated)
        try:
            raw = text.encode(self.encoding)
        except UnicodeEncodeError:
            raise self._refusal(line) from None
        if self._pattern.fullmatch(raw) is None or (not text.isascii() and CONTROL.search(text)):
            raise self._refusal(line)
        return raw + LINE_END

    def _date(self, line: DirectCostLine, index: int) -> str:
        iso = line[index]
        written = self._dates.get(iso)
        if written is None:
            if not ISO_DATE.fullmatch(iso):
                raise refused("RS-306", "date is no calendar day", line.ref_1, line._fields[index], "YYYY-MM-DD", iso)
            written = self._dates[iso] = written_date(iso, self.direct_cost.date_format)
        return written

    def _refusal(self, line: DirectCostLine) -> RefusedLine:
        """Name the first value that broke the line's pattern."""
        for column in self._groups:
            value = getattr(line, column)
            if column in _TEXTS:
                refusal = text_refusal(line.ref_1, column, value, _TEXTS[column], self.encoding)
                if refusal is None and '"' in value:
                    refusal = refused("RS-302", "text holds a quote", line.ref_1, column, "no quotes", repr(value))
                if refusal is not None:
                    return refusal
            elif column in _NUMBERS and not re.fullmatch(_NUMBERS[column], value, re.ASCII):
                return refused(
                    "RS-305", "number has a form Sage does not take", line.ref_1, column, _NUMBERS[column], value
                )
        return refused("RS-305", "line does not fit its layout", line.ref_1, "line", self._template, repr(line))

    def parse(self, content: bytes) -> list[DirectCostLine]:
        """Read a file of this layout back; columns the layout lacks come out empty.

        Raises:
            RefusedTransfer: RS-231 a line does not match the layout; it names the line number.
        """
        lines = content.split(LINE_END)
        if lines.pop() != b"":
            raise unreadable(len(lines) + 1, "a line end after the last line")
        return [self._parse_line(number, raw) for number, raw in enumerate(lines, 1)]

    def _parse_line(self, number: int, raw: bytes) -> DirectCostLine:
        match = self._pattern.fullmatch(raw)
        if match is None:
            raise unreadable(number, self._template)
        values = dict.fromkeys(DirectCostLine._fields, "")
        try:
            for column, group in zip(self._groups, match.groups(), strict=True):
                values[column] = group.decode(self.encoding)
        except UnicodeDecodeError:
            raise unreadable(number, f"text in {self.encoding}") from None
        for column in ("transaction_date", "accounting_date"):
            if values[column]:
                values[column] = iso_date(values[column], self.direct_cost.date_format)
        return DirectCostLine(**values)


def write_receipt(line: ReceiptLine) -> bytes:
    """Give the bytes of one receiving confirmation with its line end (UTF-8; fields quoted only where CSV needs it).

    Raises:
        RefusedLine: RS-301..306 a value cannot be written as it is; the record names event and column.
    """
    for column, bounds in _RECEIPT_TEXTS.items():
        refusal = text_refusal(line.event_id, column, getattr(line, column), bounds, "utf-8")
        if refusal is not None:
            raise refusal
    if not _RECEIPT_ITEM.fullmatch(line.item):
        raise refused(
            "RS-305", "item number has a form Sage does not take", line.event_id, "item", "1 to 99999", line.item
        )
    if not _RECEIPT_UNITS.fullmatch(line.units):
        raise refused(
            "RS-305", "units have a form Sage does not take", line.event_id, "units", "4 decimals, not 0", line.units
        )
    if not ISO_DATE.fullmatch(line.receipt_date):
        raise refused(
            "RS-306", "date is no calendar day", line.event_id, "receipt_date", "YYYY-MM-DD", line.receipt_date
        )
    return ",".join(_csv_field(value) for value in (RECEIPT_RECORD_ID, *line)).encode() + LINE_END


def receipt_header() -> bytes:
    """Give the header row of a receiving-confirmation file."""
    return ",".join(RECEIPT_HEADER).encode() + LINE_END


def parse_receipts(content: bytes) -> list[ReceiptLine]:
    """Read a receiving-confirmation file back.

    Raises:
        RefusedTransfer: RS-231 header or a row is not of this layout; it names the line number.
    """
    try:
        rows = list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as broken:
        raise unreadable(1, f"CSV in UTF-8 ({broken})") from broken
    if not rows or tuple(rows[0]) != RECEIPT_HEADER:
        raise unreadable(1, ",".join(RECEIPT_HEADER))
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(RECEIPT_HEADER) or row[0] != RECEIPT_RECORD_ID:
            raise unreadable(number, f"{len(RECEIPT_HEADER)} fields, the first {RECEIPT_RECORD_ID}")
    return [ReceiptLine(*row[1:]) for row in rows[1:]]


def _csv_field(value: str) -> str:
    if "," in value or '"' in value or value != value.strip():
        return '"' + value.replace('"', '""') + '"'
    return value


def text_refusal(record: str, column: str, value: str, bounds: tuple[int, int], encoding: str) -> RefusedLine | None:
    """Say why a text cannot be written as it is; None when it can. `bounds` are bytes of the encoding."""
    least, most = bounds
    try:
        length = len(value.encode(encoding))
    except UnicodeEncodeError as unfit:
        return refused(
            "RS-301",
            f"text holds a character that {encoding} lacks",
            record,
            column,
            encoding,
            repr(value[unfit.start : unfit.end]),
        )
    if CONTROL.search(value):
        return refused("RS-302", "text holds a control character or line end", record, column, "none", repr(value))
    if not least <= length <= most:
        return refused(
            "RS-303", "text has a length Sage does not take", record, column, f"{least} to {most} bytes", str(length)
        )
    if value.startswith(_FORMULA_STARTS):
        return refused("RS-304", "text begins like a formula", record, column, "none of = + - @ in front", repr(value))
    return None


def refused(code: str, what: str, record: str, column: str, expected: str, found: str) -> RefusedLine:
    """Give the refusal of one value of a line."""
    return RefusedLine(
        code,
        what,
        record=f"{record if record.isprintable() else ascii(record)} {column}",
        expected=expected,
        found=found,
        do="correct the value where it comes from; the line is written again by itself",
    )


def unreadable(number: int, expected: str) -> RefusedTransfer:
    """Give the refusal of a line of a file that is read back; lines are counted from 1."""
    return RefusedTransfer(
        "RS-231",
        "a line is not of the file's layout",
        record=f"line {number}",
        expected=expected,
        do="compare the file with the profile it was written by",
    )


def written_date(iso: str, date_format: str) -> str:
    """Give an ISO day as a profile's date format has it."""
    year, month, day = iso.split("-")
    return _DATE_FORMATS[date_format].format(year, month, day, year[2:])


def date_pattern(date_format: str) -> str:
    """Give the regular expression of a written date."""
    return _DATE_FORMATS[date_format].format("[0-9]{4}", "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])", "[0-9]{2}")


def iso_date(written: str, date_format: str) -> str:
    """Turn a date that matched the line's pattern back; two digits of a year mean 2000 to 2099."""
    places = _DATE_FORMATS[date_format].format("(?P<y>.{4})", "(?P<m>..)", "(?P<d>..)", "(?P<short>..)")
    parts = re.fullmatch(places, written)
    if parts is None:
        raise unreadable(0, date_format)
    found = parts.groupdict()
    return f"{found['y'] if 'y' in found else '20' + found['short']}-{found['m']}-{found['d']}"
