"""Reads a mapping of settings key by key; every refusal names the file, the key, what was found and what is allowed."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn, cast

from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DECIMAL = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,6})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ABSENT = object()


class Reader:
    """Checked access to a mapping; `finish` refuses the keys nobody asked for, so that a misspelt one is noticed."""

    def __init__(self, values: object, file: str, key: str = "", places: Mapping[str, str] | None = None) -> None:
        """Take the mapping found under `key` of `file`; raises BadConfig RS-111 when it is none.

        `places` says of keys where they stand, as `aw.yaml line 12`; what it does not know is told by the file alone.
        """
        self._file = file
        self._key = key
        self._places = places or {}
        if not isinstance(values, dict):
            self._refuse("RS-111", "", values, "keys with values")
        self._values = cast("Mapping[object, object]", values)
        self._asked: set[str] = set()

    def text(self, key: str, *, most: int, pattern: str = "", least: int = 1) -> str:
        """Give a text of `least` to `most` characters that matches `pattern` whole."""
        value = self._take(key, "text")
        if not isinstance(value, str):
            self._refuse("RS-112", key, value, "text (put it in quotes)")
        if not least <= len(value) <= most or _CONTROL.search(value) or value != value.strip():
            self._refuse("RS-112", key, value, f"{least} to {most} printable characters without spaces around them")
        if pattern and re.fullmatch(pattern, value, re.ASCII) is None:
            self._refuse("RS-112", key, value, f"text of the form {pattern}")
        return value

    def regular_expression(self, key: str) -> str:
        """Give a regular expression that compiles; '' when it is empty."""
        value = self.text(key, most=200, least=0)
        try:
            re.compile(value)
        except re.error as error:
            self._refuse("RS-112", key, value, f"a regular expression ({error})")
        return value

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        """Give one of the allowed words."""
        value = self._take(key, f"one of {', '.join(allowed)}")
        if not isinstance(value, str) or value not in allowed:
            self._refuse("RS-113", key, value, f"one of {', '.join(allowed)}")
        return value

    def choices(self, key: str, allowed: Sequence[str], needed: frozenset[str]) -> tuple[str, ...]:
        """Give a list of allowed words, none twice, with all the needed ones in it; the order is kept."""
        values = self._take(key, f"a list of {', '.join(allowed)}")
        if not isinstance(values, list):
            self._refuse("RS-113", key, values, f"a list of {', '.join(allowed)}")
        for value in values:
            if value not in allowed or values.count(value) > 1:
                self._refuse("RS-113", key, value, f"each at most once of {', '.join(allowed)}")
        if missing := sorted(needed - set(values)):
            self._refuse("RS-113", key, ", ".join(values), f"also {', '.join(missing)}")
        return tuple(values)

    def names(self, key: str, *, most: int, pattern: str) -> tuple[str, ...]:
        """Give a list of names of up to `most` characters, none twice, each matching `pattern` whole."""
        expected = f"a list of names of the form {pattern}, each at most once"
        values = self._take(key, expected)
        if not isinstance(values, list):
            self._refuse("RS-113", key, values, expected)
        for value in values:
            is_name = isinstance(value, str) and len(value) <= most and re.fullmatch(pattern, value, re.ASCII)
            if not is_name or values.count(value) > 1:
                self._refuse("RS-113", key, value, expected)
        return tuple(values)

    def decimal(self, key: str, *, least: str, most: str, places: int) -> Decimal:
        """Give an exact number within bounds; refused when YAML has already made a float of it."""
        expected = f'a number from {least} to {most} with at most {places} decimals, in quotes ("{least}")'
        value = self._take(key, expected)
        if not isinstance(value, str) or _DECIMAL.fullmatch(value) is None:
            self._refuse("RS-114", key, value, expected)
        number = Decimal(value)
        if not Decimal(least) <= number <= Decimal(most) or number != round(number, places):
            self._refuse("RS-114", key, value, expected)
        return number

    def whole(self, key: str, *, least: int, most: int) -> int:
        """Give a whole number within bounds."""
        value = self._take(key, f"a whole number from {least} to {most}")
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self._refuse("RS-114", key, value, f"a whole number from {least} to {most}")
        return value

    def flag(self, key: str) -> bool:
        """Give a yes or no."""
        value = self._take(key, "true or false")
        if not isinstance(value, bool):
            self._refuse("RS-113", key, value, "true or false")
        return value

    def day(self, key: str) -> date:
        """Give a calendar day."""
        day = self.day_or_none(key)
        return day if day is not None else self._refuse("RS-115", key, None, "a day as yyyy-mm-dd")

    def day_or_none(self, key: str) -> date | None:
        """Give a calendar day; None when the value is empty."""
        value = self._take(key, "a day as yyyy-mm-dd, or nothing")
        if value is None:
            return None
        try:
            # A YAML reader gives a date, a JSON reader gives text; a date with a time is neither.
            return date.fromisoformat(str(value))
        except ValueError:
            self._refuse("RS-115", key, value, "a day as yyyy-mm-dd")

    def section(self, key: str) -> Reader:
        """Give the mapping under a key."""
        return Reader(self._take(key, "keys with values"), self._file, self._name(key), self._places)

    def sections(self, key: str) -> list[Reader]:
        """Give the list of mappings under a key; it may be empty."""
        values = self._take(key, "a list")
        if not isinstance(values, list):
            self._refuse("RS-111", key, values, "a list")
        return [
            Reader(value, self._file, f"{self._name(key)}[{number}]", self._places)
            for number, value in enumerate(values)
        ]

    def place(self, key: str = "") -> str:
        """Say where a key stands, or the key it is under: file and, where known, line."""
        name = self._name(key)
        while name and name not in self._places:
            name = name.rpartition(".")[0] if "." in name else name.rpartition("[")[0]
        return self._places.get(name, self._file)

    def finish(self) -> None:
        """Refuse keys that were not asked for."""
        for key in self._values:
            if key not in self._asked:
                self._refuse("RS-116", str(key), self._values[key], f"only the keys {', '.join(sorted(self._asked))}")

    def refuse(self, key: str, value: object, expected: str) -> NoReturn:
        """Refuse a value for a reason that this reader cannot see, such as a contradiction to another key."""
        self._refuse("RS-117", key, value, expected)

    def _take(self, key: str, expected: str) -> object:
        self._asked.add(key)
        value = self._values.get(key, _ABSENT)
        if value is _ABSENT:
            self._refuse("RS-118", key, "nothing", expected)
        return value

    def _name(self, key: str) -> str:
        return f"{self._key}.{key}" if self._key and key else self._key or key

    def _refuse(self, code: str, key: str, value: object, expected: str) -> NoReturn:
        name = self._name(key) or "the whole file"
        raise BadConfig(
            code,
            "a setting of the company profile is wrong",
            record=f"{self.place(key)}, key {name}",
            expected=expected,
            found=repr(value)[:120],
            do="correct the file and load it again",
        )
