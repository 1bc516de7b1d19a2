"""Lines of a CSV file that surely keep the promises of single values, seen while they stream by.

One expression says what a line looks like whose every field is in good form: it reads a hundred thousand lines of an
extract in 0.15 seconds, while the warehouse is busy with the lines before, and asking about each value there takes
three times that. What it says no to is only suspect: the warehouse judges those rows by the rules themselves, as it
does whole files of which nothing is known.

A line counts as a row, so a quote that is still open at the end of a suspect line ends the proof: rows could not be
numbered any more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sage_bridge.rule_sql import CLOCK, COUNTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sage_bridge.suites import Rule, Suite

MOST_SUSPECTS = 5_000
"""With more suspect rows than this the whole file is judged in the warehouse."""

_DAY = (
    rb"(?!0000)[0-9]{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)"
    rb"|(?:0[13578]|1[02])-31)"
)
_TIME = rb"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6}+)?+"
_PLAIN = "!#$&'()*+-./:;=?@_"


@dataclass(frozen=True, slots=True)
class Shape:
    """What lines of a feed look like that break none of `rules`, and need no trimming."""

    lines: re.Pattern[bytes]
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Proof:
    """Rules that no row breaks but, perhaps, the suspect ones (row numbers from 1)."""

    rules: frozenset[str]
    suspects: tuple[int, ...] = ()


def shape(suite: Suite) -> Shape:
    """Give the shape of a suite's good lines; rules it cannot speak of are not in its `rules`."""
    proven = {rule.name for rule in suite.rules if rule.kind == "no_control_characters"}
    fields = []
    for column in suite.feed.columns:
        field, names = _field([rule for rule in suite.rules if rule.columns == (column.name,)])
        fields.append(field)
        proven |= names
    return Shape(re.compile(rb"(?:" + b",".join(fields) + rb"\r?+\n)*+"), frozenset(proven))


class LineProof:
    """Follows one file chunk by chunk, from behind its byte order mark."""

    def __init__(self, wanted: Shape) -> None:
        """Begin before the header."""
        self._shape = wanted
        self._rest = b""
        self._rows = -1
        self._suspects: list[int] = []
        self._is_lost = False

    def look(self, chunk: bytes | memoryview) -> None:
        """Take the next bytes."""
        if self._is_lost:
            return
        data = self._rest + chunk
        end = data.rfind(b"\n") + 1
        self._rest = data[end:]
        place = 0
        if self._rows < 0 and end:
            place, self._rows = data.index(b"\n") + 1, 0
        while place < end:
            good = self._shape.lines.match(data, place, end)
            stop = good.end() if good else place
            self._rows += data.count(b"\n", place, stop)
            place = self._suspect(data, stop) if stop < end else stop
            if self._is_lost:
                self._rest = b""
                return

    def _suspect(self, data: bytes, place: int) -> int:
        end = data.index(b"\n", place) + 1
        self._rows += 1
        self._suspects.append(self._rows)
        is_open = data.count(b'"', place, end) % 2 == 1
        self._is_lost = is_open or len(self._suspects) > MOST_SUSPECTS
        return end

    def finish(self, rows: int) -> Proof | None:
        """Give what is proven of a file that was read as so many rows; None when nothing is."""
        if self._rest:
            self.look(b"\n")
        if self._is_lost or self._rows != rows:
            return None
        return Proof(self._shape.rules, tuple(self._suspects))


def _field(rules: Sequence[Rule]) -> tuple[bytes, set[str]]:
    """Give the expression of a column's good values and the names of the rules that it holds to."""
    by_kind = {rule.kind.removeprefix("expect_column_value"): rule for rule in rules}
    forms = [(rule, form) for rule in rules if (form := _form(rule))]
    length = by_kind.get("_lengths_to_be_between")
    if forms:
        value, proven = forms[0][1], {forms[0][0].name}
    else:
        value, proven = _text(length.arguments["max_value"] if length else 0), {length.name} if length else set()
    closed = by_kind.get("s_to_not_be_in_set")
    if closed is not None and (words := _words(closed.arguments["value_set"], is_whole=True)):
        value = rb'(?!"?' + words + rb'"?[,\r\n])' + value
        proven.add(closed.name)
    given = by_kind.get("s_to_not_be_null")
    if given is not None:
        return b"(?>" + value + b")", {*proven, given.name}
    return b"(?:" + value + b")?+", proven


def _form(rule: Rule) -> bytes:
    """Give the expression of the values that a rule about form allows; b'' for other rules and unknown forms."""
    given = rule.arguments
    if rule.kind == "expect_column_values_to_match_strftime_format":
        return _DAY
    if rule.kind == "expect_column_values_to_be_in_set":
        return _words(given["value_set"], is_whole=False)
    if rule.kind != "expect_column_values_to_match_regex":
        return b""
    if given["regex"] == CLOCK:
        return _TIME
    counted = COUNTED.fullmatch(given["regex"])
    if counted is None:
        return b""
    sign, digits, places = counted.groups()
    whole = (b"-?" if sign else b"") + b"[0-9]{1,%d}+" % int(digits)
    return whole + (rb"(?:\.[0-9]{1,%d}+)?+" % int(places) if places else b"")


def _words(words: Sequence[str], *, is_whole: bool) -> bytes:
    """Give the expression of some words; those that a line may hold in two ways are left out, or nothing is said."""
    plain = [word for word in words if word and word == word.strip() and all(map(_is_plain, word))]
    if is_whole and len(plain) < len(words):
        return b""
    longest_first = sorted(plain, key=lambda word: -len(word))
    return b"(?:" + b"|".join(re.escape(word).encode() for word in longest_first) + b")" if plain else b""


def _is_plain(letter: str) -> bool:
    return letter.isascii() and (letter.isalnum() or letter in _PLAIN or letter == " ")


def _text(length: int) -> bytes:
    """Give the expression of text without blanks around it; a byte is a letter at least, so bytes may be counted."""
    more = b"{0,%d}+" % (length - 1) if length else b"*+"
    bare = rb'[^\x00-\x20",\x7f][^\x00-\x1f",\x7f]' + more + rb"(?<! )"
    quoted = rb'"[^\x00-\x20"\x7f][^\x00-\x1f"\x7f]' + more + rb'(?<! )"'
    return b"(?:" + bare + b"|" + quoted + b")"
