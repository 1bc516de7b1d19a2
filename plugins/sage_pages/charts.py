"""Places of the small charts in tables, bars of a bridge and shares of a whole, in percent of the width (0 to 100)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it begins and how wide it is, in percent of the chart's width; whether the step goes down."""

    x: Decimal
    width: Decimal
    is_down: bool


def bridge(rows: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Bar]]:
    """Lay the bars of one bridge out, each step beginning where the one before ended.

    Args:
        rows: components in reading order with `role` (`start`, `step`, `end`, `residual`) and `amount`.

    Returns:
        The rows with their bars; a start or end reaches from zero, a step floats.
    """
    spans: list[tuple[Decimal, Decimal]] = []
    reached = Decimal(0)
    for row in rows:
        if row["role"] == "step":
            spans.append((reached, reached + row["amount"]))
            reached += row["amount"]
        else:
            spans.append((Decimal(0), row["amount"]))
            reached = row["amount"] if row["role"] == "start" else reached
    low = min((min(span) for span in spans), default=Decimal(0))
    high = max((max(span) for span in spans), default=Decimal(0))
    size = (high - low) or Decimal(1)
    return [
        (row, Bar(_share(min(span) - low, size), _share(abs(span[1] - span[0]), size), span[1] < span[0]))
        for row, span in zip(rows, spans, strict=True)
    ]


def share(part: Decimal | None, whole: Decimal | None) -> Decimal:
    """Give `part` as percent of `whole`, kept between 0 and 100; 0 where there is no whole."""
    if not part or not whole:
        return Decimal(0)
    return min(max(_share(part, whole), Decimal(0)), _WHOLE)


def _share(part: Decimal, whole: Decimal) -> Decimal:
    return (part / whole * _WHOLE).quantize(Decimal("0.01"))
