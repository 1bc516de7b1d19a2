"""Values as they stand in an extract: trimmed text, exact decimals, ISO dates.

Sage keeps amounts and units as floating point (reference, 1.2) and pads ids with blanks (1.1). A
float is never trusted: it is read through its shortest decimal form and rounded once to the column's
scale, half away from zero. A rounding greater than a float's noise is counted so that it can be told.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sage_bridge.feeds import Column

SCALES = {"amount": 2, "units": 4, "unit_cost": 6}
# What a double's noise can move a sum of money at most; a greater rounding is real digits lost.
NOISE = Decimal("0.0000005")
_PRECISION = 40
_CANONICAL = {
    scale: re.compile(rf"(?!-0\.0*\Z)-?(?:0|[1-9][0-9]*)\.[0-9]{{{scale}}}", re.ASCII) for scale in SCALES.values()
}
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_TIME = re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}[ T])?([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:\.[0-9]+)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_EDGES = " \t\r\n\v\f\x00"
_TRUE = frozenset({"1", "-1", "Y", "YES", "T", "TRUE"})
_FALSE = frozenset({"0", "N", "NO", "F", "FALSE"})


@dataclass(slots=True)
class Notes:
    """What an extract changed on its way: values rounded beyond float noise, control characters made blanks."""

    rounded: int = 0
    cleaned: int = 0


def converter(column: Column, notes: Notes, *, is_key: bool = False) -> Callable[[object], str]:
    """Give the function that turns a driver's value into the text of a column; it raises ValueError on nonsense."""
    if column.kind in SCALES:
        return _decimal(SCALES[column.kind], notes)
    if column.kind == "text":
        return _text(notes, is_key=is_key)
    return {"date": _date, "time": _time, "integer": _integer, "boolean": _boolean}[column.kind]


def _text(notes: Notes, *, is_key: bool) -> Callable[[object], str]:
    def convert(value: object) -> str:
        if value is None:
            return ""
        text = (value if isinstance(value, str) else str(value)).strip(_EDGES)
        if text.isprintable():
            return text
        if _CONTROL.search(text) is None:
            return text
        if is_key:
            raise ValueError("a control character in a key")
        notes.cleaned += 1
        return _CONTROL.sub(" ", text).strip()

    return convert


def _decimal(scale: int, notes: Notes) -> Callable[[object], str]:
    canonical = _CANONICAL[scale].fullmatch
    step = Decimal(1).scaleb(-scale)

    def convert(value: object) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            if canonical(value):
                return value
            value = value.strip(_EDGES)
            if not value:
                return ""
        number = _exact(value)
        with localcontext() as context:
            context.prec = _PRECISION
            rounded = number.quantize(step, ROUND_HALF_UP)
            if abs(rounded - number) > NOISE:
                notes.rounded += 1
        return f"{rounded or abs(rounded):f}"

    return convert


def _exact(value: object) -> Decimal:
    if isinstance(value, bool):
        raise ValueError("a truth value where a number is due")  # noqa: TRY004 - callers know one error
    if isinstance(value, float):
        number = Decimal(repr(value))
    elif isinstance(value, int | Decimal) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        number = Decimal(value)
    else:
        raise ValueError("no number")
    if not number.is_finite() or number.adjusted() > 15:  # noqa: PLR2004 - numeric(18, 2) holds 16 digits before the point
        raise ValueError("no number that an amount can hold")
    return number


def _date(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value).strip(_EDGES)
    match = _DATE.fullmatch(text)
    if text and match is None:
        raise ValueError("no ISO date")
    return dt.date.fromisoformat(match[1]).isoformat() if match else ""


def _time(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime | dt.time):
        return f"{value:%H:%M:%S}"
    text = str(value).strip(_EDGES)
    match = _TIME.fullmatch(text)
    if text and match is None:
        raise ValueError("no time of day")
    return dt.time.fromisoformat(match[1] + (match[2] or "")).isoformat() if match else ""


def _integer(value: object) -> str:
    if value is None:
        return ""
    if type(value) is int:
        return str(value)
    text = str(value).strip(_EDGES) if isinstance(value, str) else value
    if text == "":
        return ""
    number = _exact(text)
    if number != number.to_integral_value():
        raise ValueError("no whole number")
    return str(int(number))


def _boolean(value: object) -> str:
    if value is None:
        return ""
    text = str(int(value)) if isinstance(value, bool | int | float | Decimal) and value == int(value) else str(value)
    text = text.strip(_EDGES).upper()
    if text in _TRUE:
        return "1"
    if text in _FALSE:
        return "0"
    if not text:
        return ""
    raise ValueError("no truth value")
