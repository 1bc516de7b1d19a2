"""How pages show values: amounts with thousands, times in UTC, ages in words. Templates escape; nothing here does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta
    from decimal import Decimal

NOTHING = "–"
_STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def amount(value: Decimal | None) -> str:
    """Give an amount in company currency with two decimals; negative ones with a minus sign."""
    return NOTHING if value is None else f"{value:,.2f}".replace("-", "−")


def units(value: Decimal | None) -> str:
    """Give a quantity without the zeros behind its last digit that says something."""
    if value is None:
        return NOTHING
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def number(value: int | None) -> str:
    """Give a count with thousands."""
    return NOTHING if value is None else f"{value:,}"


def moment(value: datetime | None) -> str:
    """Give a time to the second, in UTC."""
    return NOTHING if value is None else f"{value:%Y-%m-%d %H:%M:%S}"


def day(value: date | None) -> str:
    """Give a date in ISO form."""
    return NOTHING if value is None else value.isoformat()


def age(value: timedelta | None) -> str:
    """Give a span in its greatest unit, `3 d` or `12 min`."""
    if value is None:
        return NOTHING
    seconds = max(int(value.total_seconds()), 0)
    for size, name in _STEPS:
        if seconds >= size:
            return f"{seconds // size} {name}"
    return "now"


def words(value: Any) -> str:
    """Give a stored word as people read it: `not_sent` as `not sent`; nothing as a dash."""
    return str(value).replace("_", " ") if value not in (None, "") else NOTHING


FILTERS = {f.__name__: f for f in (amount, units, number, moment, day, age, words)}
