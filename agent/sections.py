"""Strict reading of a JSON configuration: every value has a kind, every key is known."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_document(path: Path) -> Mapping[str, object]:
    """Read a JSON object; raises BadConfig RS-160 when the file is missing, not UTF-8 or not an object."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as broken:
        raise BadConfig(
            "RS-160",
            "configuration cannot be read",
            record=str(path),
            found=str(broken),
            do="see docs/agent.md, Configuration",
        ) from broken
    if not isinstance(document, dict):
        raise BadConfig(
            "RS-160", "configuration is not a JSON object", record=str(path), do="see docs/agent.md, Configuration"
        )
    return document


class Section:
    """One JSON object of the configuration; `finish` refuses keys that nobody asked for."""

    def __init__(self, values: Mapping[str, object], where: str, file: Path) -> None:
        """Remember values, their place (`import.print`) and the file they come from."""
        self._values = values
        self._where = where
        self._file = file
        self._asked: set[str] = set()

    def refusal(self, name: str, expected: str, found: object) -> BadConfig:
        """Compose the error for one key."""
        return BadConfig(
            "RS-160",
            f"configuration key {self._place(name)} is wrong",
            record=str(self._file),
            expected=expected,
            found=str(found),
            do="correct the file, then run self-test",
        )

    def finish(self) -> None:
        """Refuse unknown keys; raises BadConfig RS-160."""
        unknown = sorted(set(self._values) - self._asked)
        if unknown:
            raise self.refusal(unknown[0], f"one of {', '.join(sorted(self._asked))}", "an unknown key")

    def names(self, allowed: tuple[str, ...]) -> list[str]:
        """Give the keys that are set; each must be allowed."""
        for name in self._values:
            if name not in allowed:
                raise self.refusal(name, f"one of {', '.join(allowed)}", "an unknown key")
        return list(self._values)

    def raw(self, name: str) -> object:
        """Give a value as it stands; None when it is not set."""
        self._asked.add(name)
        return self._values.get(name)

    def section(self, name: str, *, optional: bool = False) -> Section:
        """Give an inner object; an absent optional one is empty."""
        value = self.raw(name)
        if value is None and optional:
            value = {}
        if not isinstance(value, dict):
            raise self.refusal(name, "an object", self._shown(value))
        return Section(value, self._place(name), self._file)

    def text(self, name: str, default: str | None = None, pattern: str = r".+") -> str:
        """Give a text that matches a pattern as a whole."""
        value = self.raw(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.refusal(name, "a text" if pattern == ".+" else f"a text like {pattern}", self._shown(value))
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """Give one of a few words."""
        value = self.text(name, default)
        if value not in allowed:
            raise self.refusal(name, f"one of {', '.join(allowed)}", value)
        return value

    def whole(self, name: str, default: int) -> int:
        """Give a positive whole number."""
        value = self.raw(name)
        if value is None:
            return default
        if type(value) is not int or value <= 0:
            raise self.refusal(name, "a positive whole number", self._shown(value))
        return value

    def seconds(self, name: str, default: float) -> float:
        """Give a time span in seconds, zero or more."""
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise self.refusal(name, "seconds, zero or more", self._shown(value))
        return float(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """Give true or false."""
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refusal(name, "true or false", self._shown(value))
        return value

    def words(self, name: str, default: tuple[str, ...], allowed: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Give a list of texts, each one of the allowed words where such are given."""
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, list):
            raise self.refusal(name, "a list of texts", self._shown(value))
        words = tuple(word for word in value if isinstance(word, str))
        if len(words) != len(value):
            raise self.refusal(name, "a list of texts", self._shown(value))
        for word in words:
            if allowed and word not in allowed:
                raise self.refusal(name, f"words out of {', '.join(allowed)}", word)
        return words

    def path(self, name: str, *, optional: bool = False) -> Path:
        """Give a path; a relative one counts from the configuration file's folder (absent optional: that folder)."""
        folder = self._file.resolve().parent
        return folder if optional and self.raw(name) is None else folder / Path(self.text(name))

    def regex(self, name: str, default: str, groups: tuple[str, ...]) -> re.Pattern[str]:
        """Give a compiled pattern (multi-line) that has the named groups."""
        try:
            pattern = re.compile(self.text(name, default), re.MULTILINE)
        except re.error as broken:
            raise self.refusal(name, "a regular expression", str(broken)) from broken
        missing = [group for group in groups if group not in pattern.groupindex]
        if missing:
            raise self.refusal(name, f"a regular expression with group {missing[0]}", pattern.pattern)
        return pattern

    def _place(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    @staticmethod
    def _shown(value: object) -> str:
        return "nothing" if value is None else json.dumps(value)
