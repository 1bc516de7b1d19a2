"""Quantities said in another unit than their line's, as quantities of four places that add up.

Protects the rule that units are converted exactly (domain 3) where quantities have four places (domain 4): a box of
three pieces has no third of four places, yet what is taken from it piece by piece is the box in the end. So not each
event is rounded but what has been said up to it: of a receipt that is named, or an event that is undone, the share of
its own quantity; of a line, where nothing is named, all that was received, allocated, moved or consumed of it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PLACES = 10_000
"""A quantity is a number of ten-thousandths."""

_TOTALS = {
    "receipt": ("received", 1), "add": ("received", 1), "cut": ("received", -1),
    "allocate": ("allocated", 1), "deallocate": ("allocated", -1),
    "consume": ("consumed", 1), "give_back": ("consumed", -1),
    "transfer": ("moved", 1), "transfer_back": ("moved", -1),
}  # fmt: skip
"""Which total of a line an effect raises or lowers."""


class Said(NamedTuple):
    """One event of a component, in canonical order; `exact` in the line's unit, `names` the event it takes from."""

    event_id: str
    effect: str
    line_no: int
    exact: Fraction
    names: str | None = None


@dataclass(slots=True)
class _Sum:
    """What was said so far, exactly and in the quantities given for it."""

    exact: Fraction = Fraction(0)
    given: int = 0


@dataclass(slots=True)
class _Spread:
    whole: dict[str, _Sum] = field(default_factory=dict)
    taken: defaultdict[tuple[str, str], _Sum] = field(default_factory=lambda: defaultdict(_Sum))
    total: defaultdict[tuple[int, str], _Sum] = field(default_factory=lambda: defaultdict(_Sum))

    def give(self, said: Said) -> int:
        """Give an event its quantity, in ten-thousandths."""
        name, sign = _TOTALS[said.effect]
        total = self.total[said.line_no, name]
        total.exact += sign * said.exact
        whole = self.whole.get(said.names or "")
        if whole is not None and whole.exact:
            given = self._share(said, whole, self.taken[said.names or "", said.effect])
        elif is_fraction(said.exact):
            given = sign * (_rounded(total.exact) - total.given)
        else:
            given = _rounded(said.exact)
        # Where sums that were rounded apart leave less than nothing for it, an event is rounded by itself.
        given = given if given > 0 else _rounded(said.exact)
        total.given += sign * given
        self.whole[said.event_id] = _Sum(said.exact, given)
        return given

    @staticmethod
    def _share(said: Said, whole: _Sum, taken: _Sum) -> int:
        before = taken.given
        taken.exact += said.exact
        if is_fraction(said.exact) or taken.exact == whole.exact:
            taken.given = _rounded(taken.exact * whole.given / (whole.exact * PLACES))
        else:
            taken.given += _rounded(said.exact)
        return taken.given - before


def is_fraction(exact: Fraction) -> bool:
    """Tell whether four places cannot hold a quantity."""
    return (exact * PLACES).denominator != 1


def _rounded(exact: Fraction) -> int:
    """Give ten-thousandths, half away from zero."""
    return int((abs(exact) * PLACES * 2 + 1) // 2) * (1 if exact >= 0 else -1)


def quantities(events: Iterable[Said]) -> Iterator[tuple[str, Decimal]]:
    """Give the quantity of each event of one component, in the unit of its line.

    Args:
        events: In canonical order; amounts above nothing, whatever their effect.

    Returns:
        Event and quantity, in the same order. What four places hold is itself, unless it takes the last of what it
        names.
    """
    spread = _Spread()
    for said in events:
        yield said.event_id, Decimal(spread.give(said)).scaleb(-4)
