"""Quotes in the bytes of a CSV file: where they may stand, and how long a record may be that line ends are quoted in.

The warehouse's CSV reader takes a quote anywhere as the begin or end of quoting and drops it: `2" x 4" lumber` would
land as `2 x 4 lumber`. A quote belongs to the edge of a field or is doubled inside one (RFC 4180); anything else is
refused. And a quote that never closes would make the rest of the file one record, held in memory whole.
"""

from __future__ import annotations

import re

from sage_bridge.errors import RefusedTransfer

# From outside of quotes: whole quoted stretches, each after a field's begin (or a doubled quote's first half) and
# before a field's end (or a doubled quote's second half). Possessive: one pass and no way back.
_WELL_QUOTED = re.compile(rb'(?:[^"]*+(?<![^,\n"])"[^"]*+"(?![^",\r\n]))*+[^"]*+')
_MAY_FOLLOW = b'",\r\n'


class QuoteScan:
    """Follows the quotes of one file chunk by chunk; `open_bytes` is how long the record is that is not over yet."""

    def __init__(self, file: str) -> None:
        """Begin before the first byte of `file`, after its byte order mark."""
        self._file = file
        self._read = 0
        self._lines = 0
        self._inside = False
        self._before = b"\n"
        self.open_bytes = 0

    def look(self, chunk: bytes) -> None:
        """Take the next bytes; raises RefusedTransfer RS-206 for a quote inside a field that is not doubled."""
        if not chunk:
            return
        if self._inside or self._before == b'"' or b'"' in chunk:
            self._follow(chunk)
        elif (last := chunk.rfind(b"\n")) >= 0:
            self.open_bytes = len(chunk) - last - 1
        else:
            self.open_bytes += len(chunk)
        self._read += len(chunk)
        self._lines += chunk.count(b"\n")
        self._before = chunk[-1:]

    def _follow(self, chunk: bytes) -> None:
        data = self._before + chunk
        place = 1
        if self._inside:
            closing = data.find(b'"', 1)
            if closing < 0:
                self.open_bytes += len(chunk)
                return
            place = closing + 1
        if data[place - 1 : place] == b'"' and data[place : place + 1] not in {b"", *_bytes(_MAY_FOLLOW)}:
            raise self._refused(data, place - 1)
        end = self._end_of_good(data, place)
        self._inside = end < len(data)
        self._measure(data)

    def _end_of_good(self, data: bytes, place: int) -> int:
        """Give the length of `data`, or the place of the quote that is still open at its end."""
        match = _WELL_QUOTED.match(data, place)
        end = match.end() if match else place
        if end == len(data):
            return end
        if data[end - 1 : end] not in {b",", b"\n", b'"'}:
            raise self._refused(data, end)
        closing = data.find(b'"', end + 1)
        if closing >= 0:
            raise self._refused(data, closing)
        return end

    def _measure(self, data: bytes) -> None:
        """Find the last line end outside of quotes, from the end backwards: the record that is open begins there."""
        inside, end = self._inside, len(data)
        while end > 1:
            quote = max(data.rfind(b'"', 1, end), 0)
            last = -1 if inside else data.rfind(b"\n", quote + 1, end)
            if last > 0:
                self.open_bytes = len(data) - last - 1
                return
            inside, end = not inside, quote
        self.open_bytes += len(data) - 1

    def _refused(self, data: bytes, place: int) -> RefusedTransfer:
        line = self._lines + data.count(b"\n", 1, place) + 1
        return RefusedTransfer(
            "RS-206",
            "a quote stands inside a field and is not doubled",
            record=f"{self._file}, line {line}",
            expected='a field with quotes in it as "2"" x 4"" lumber"',
            found=f"byte {self._read + place}",
            do="have the sender quote its fields by RFC 4180",
        )


def _bytes(text: bytes) -> list[bytes]:
    return [text[at : at + 1] for at in range(len(text))]
