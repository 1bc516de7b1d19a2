"""A target of the bench and what was found: met, missed, or not judged, because nothing was timed in earnest."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """One target; exactly one of `at_least` and `at_most` says where it lies."""

    words: str
    found: float
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""

    @property
    def is_met(self) -> bool:
        """Tell whether the target is reached."""
        if self.at_least is not None:
            return self.found >= self.at_least
        return self.at_most is not None and self.found <= self.at_most

    @property
    def wanted(self) -> str:
        """Give the target in words."""
        if self.at_least is not None:
            return f"at least {_shown(self.at_least, self.unit)}"
        return f"at most {_shown(self.at_most or 0, self.unit)}"

    @property
    def shown(self) -> str:
        """Give what was found as it stands in a table."""
        return _shown(self.found, self.unit)

    def plain(self) -> dict[str, object]:
        """Give everything for JSON."""
        found = round(self.found, 4)
        return {"words": self.words, "wanted": self.wanted, "found": found, "unit": self.unit, "met": self.is_met}


def _shown(value: float, unit: str) -> str:
    many = 100
    digits = f"{value:,.0f}" if abs(value) >= many or value == int(value) else f"{value:.2f}"
    return f"{digits}{'' if unit in {'x', '%', ''} else ' '}{unit}"
