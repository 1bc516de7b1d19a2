"""What the bytes of an inbound file may look like, checked while they stream by.

The warehouse's own CSV reader is strict about ragged rows, unclosed quotes and mixed line ends, so only what it would
let pass (or word badly) is looked at here: byte order marks, UTF-16, NUL, line ends of CR alone, endless lines and
records, quotes inside a field and the header. All looks are memory scans, a small part of a second for a gigabyte.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import TYPE_CHECKING

from sage_bridge.csv_quotes import QuoteScan
from sage_bridge.errors import RefusedTransfer

if TYPE_CHECKING:
    from collections.abc import Sequence

LINE_LIMIT = 256 * 1024
ENCODINGS = {"utf-8": "UTF8", "utf8": "UTF8", "utf-8-sig": "UTF8", "cp1252": "WIN1252", "windows-1252": "WIN1252"}
"""Encodings a manifest may name, with the warehouse's word for each."""

_BOM_UTF8 = b"\xef\xbb\xbf"
_BOMS_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NOT_CONTROL = bytes(byte for byte in range(256) if byte in b"\r\n" or (byte >= ord(" ") and byte != ord("\x7f")))
_CONTROL = re.compile(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")
_LINE_END = re.compile(rb"\r\n|\n|\r")


def warehouse_encoding(encoding: str, file: str) -> str:
    """Give the warehouse's name of a manifest's encoding; raises RefusedTransfer RS-204 for others."""
    found = ENCODINGS.get(encoding.lower())
    if found is None:
        raise RefusedTransfer(
            "RS-204",
            "manifest names an encoding that is not agreed",
            record=file,
            expected="cp1252 or utf-8",
            found=repr(encoding),
            do="set the encoding in the sender's configuration",
        )
    return found


def content_start(head: bytes, encoding: str, file: str) -> int:
    """Give the number of bytes of a byte order mark at the start of a file (0 or 3).

    Args:
        head: the first bytes of the file.
        encoding: as the manifest names it.
        file: name of the file, for the sentence of an error.

    Raises:
        RefusedTransfer: RS-206 for UTF-16, and for a UTF-8 mark in a file declared as cp1252.
    """
    if head.startswith(_BOMS_UTF16):
        raise _refused(file, "file is UTF-16", expected=encoding, do="have the sender write the declared encoding")
    if not head.startswith(_BOM_UTF8):
        return 0
    if ENCODINGS[encoding.lower()] != "UTF8":
        raise _refused(
            file, "file starts with a UTF-8 byte order mark", expected=encoding, do="have the sender declare utf-8"
        )
    return len(_BOM_UTF8)


def check_header(head: bytes, encoding: str, names: Sequence[str], file: str) -> None:
    """Compare the header line with the feed's columns.

    Args:
        head: the start of the file after its byte order mark, at least one whole line.
        encoding: as the manifest names it.
        names: the feed's columns in file order.
        file: name of the file, for the sentence of an error.

    Raises:
        RefusedTransfer: RS-205 a column is unknown, missing, named twice or out of order; RS-206 the first line
            does not end in LF or CR LF, or cannot be read.
    """
    end = _LINE_END.search(head)
    if end is None or end.group() == b"\r":
        found = "CR alone" if end else "no line end" if head else "an empty file"
        raise _refused(file, "first line does not end as agreed", expected="CR LF or LF", found=found)
    try:
        line = head[: end.start()].decode(encoding)
        columns = next(csv.reader(io.StringIO(line), strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refused(file, "header line cannot be read", found=str(error)) from error
    if tuple(columns) != tuple(names):
        raise RefusedTransfer(
            "RS-205",
            _header_fault(columns, names),
            record=f"{file}, row 1",
            expected=f"{len(names)} columns",
            found=f"{len(columns)} columns",
            do="bring sender and bridge to the same feed layout",
        )


def _header_fault(columns: Sequence[str], names: Sequence[str]) -> str:
    # Counted, not looked for: a header may have a hundred thousand columns.
    counts = Counter(columns)
    twice = sorted(name for name, count in counts.items() if count > 1)
    unknown = [name for name in counts if name not in names]
    missing = [name for name in names if name not in counts]
    for what, found in (("named twice", twice), ("unknown", unknown), ("missing", missing)):
        if found:
            shown = (name if name.isascii() and name.isidentifier() else ascii(name) for name in found)
            return f"header has columns {what}: {', '.join(shown)[:200]}"
    place = next(place for place, (one, other) in enumerate(zip(columns, names, strict=True), 1) if one != other)
    return f"header column {place} is {columns[place - 1]} where {names[place - 1]} belongs"


class ByteScan:
    """Looks at every chunk of a file once; afterwards `may_hold_controls` tells whether a field can hold one.

    Control characters are looked for in the bytes, since that costs a hundredth of looking into every field: no other
    control character in the file and one line end per row mean that no field holds any. `is_endless` is True once a
    line or record is longer than allowed: such a file is not read on.
    """

    def __init__(self, file: str, *, holds_documents: bool = False) -> None:
        """Begin before the first byte of `file`: a CSV, or one JSON document a line."""
        self._file = file
        self._quotes = None if holds_documents else QuoteScan(file)
        self._read = 0
        self._line = 0
        self._line_feeds = 0
        self._returns = 0
        self._pairs = 0
        self._has_controls = False
        self._last = b""
        self.is_endless = False

    def look(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            RefusedTransfer: RS-206 for NUL, a line or record longer than 256 KiB, a quote inside a field; in a file of
                documents for every control character but line ends.
        """
        nul = chunk.find(b"\0")
        if nul >= 0:
            raise self._refused("file holds a NUL byte", chunk, nul)
        self._measure(chunk)
        if self._quotes is not None:
            self._quotes.look(chunk.removeprefix(_BOM_UTF8) if self._read == 0 else chunk)
            self._limit(self._quotes.open_bytes, "a quoted record")
        self._line_feeds += chunk.count(b"\n")
        returns = chunk.count(b"\r")
        self._returns += returns
        if returns or self._last == b"\r":
            self._pairs += chunk.count(b"\r\n") + (self._last == b"\r" and chunk.startswith(b"\n"))
        self._has_controls = self._has_controls or bool(chunk.translate(None, _NOT_CONTROL))
        self._read += len(chunk)
        self._last = chunk[-1:] or self._last

    def _measure(self, chunk: bytes) -> None:
        first, last = chunk.find(b"\n"), chunk.rfind(b"\n")
        longest = self._line + (first if first >= 0 else len(chunk))
        self._line = len(chunk) - last - 1 if last >= 0 else longest
        self._limit(max(longest, self._line), "a line")
        control = _CONTROL.search(chunk) if self._quotes is None else None
        if control is not None:
            raise self._refused("file holds control characters", chunk, control.start(), "text and line ends")

    def _limit(self, length: int, what: str) -> None:
        if length > LINE_LIMIT:
            self.is_endless = True
            raise _refused(
                self._file,
                f"{what} is longer than allowed",
                expected=f"at most {LINE_LIMIT} bytes",
                found=f"more, at byte {self._read + 1}",
            )

    def _refused(self, what: str, chunk: bytes, place: int, expected: str = "") -> RefusedTransfer:
        line = self._line_feeds + chunk.count(b"\n", 0, place) + 1
        return _refused(f"{self._file}, line {line}", what, expected=expected, found=f"byte {self._read + place + 1}")

    def may_hold_controls(self, lines: int) -> bool:
        """Tell whether a field may hold a control character, given the number of lines (rows and header)."""
        ends = self._line_feeds + (0 if self._last in {b"\n", b""} else 1)
        is_clean = self._returns == 0 or self._returns == self._pairs == self._line_feeds
        return self._has_controls or ends != lines or not is_clean


def _refused(
    file: str, what: str, *, expected: str = "", found: str = "", do: str = "have the sender write the file again"
) -> RefusedTransfer:
    return RefusedTransfer("RS-206", what, record=file, expected=expected, found=found, do=do)
