"""How often a data flow runs, in words people write, and the tick of a DAG that serves flows of many companies."""

from __future__ import annotations

import re
from math import gcd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ALLOWED = "continuous, every <n> minutes, hourly, daily, daily at <hh:mm>, or on demand"
SLOWEST_TICK = 15
"""Minutes: what a controller changes in the tables counts from the next tick on, also where no file tells the DAG."""
_HOUR, _DAY = 3_600, 86_400
_RHYTHM = re.compile(
    r"(continuous|hourly|on demand|daily)|every ([1-9][0-9]{0,3}) minutes|daily at ([01][0-9]|2[0-3]):([0-5][0-9])",
    re.ASCII,
)


def is_rhythm(words: str) -> bool:
    """Say whether words are a rhythm."""
    return _RHYTHM.fullmatch(words) is not None


def seconds_between(rhythm: str) -> int | None:
    """Give the seconds between two runs; 0 = continuous, None = on demand. ValueError for words that are no rhythm."""
    found = _RHYTHM.fullmatch(rhythm)
    if found is None:
        raise ValueError(rhythm)
    named, minutes, hour, _ = found.groups()
    if minutes:
        return int(minutes) * 60
    return _DAY if hour else {"continuous": 0, "hourly": _HOUR, "daily": _DAY, "on demand": None}[named]


def tick(rhythms: Iterable[str], net: int) -> str:
    """Give the cron expression (minutes) at which a DAG looks which companies are due.

    Every moment at which one of the rhythms is due is a tick, at whole quarters of an hour in any time zone.

    Args:
        rhythms: what the companies have agreed; words that are no rhythm are left out, the profile's check names them.
        net: minutes between two looks of a continuous flow, a divisor of 60: what arrived is taken at once anyway.
    """
    minutes = SLOWEST_TICK
    for rhythm in rhythms:
        found = _RHYTHM.fullmatch(rhythm)
        if found is not None:
            named, every, _, minute = found.groups()
            minutes = gcd(minutes, int(every or minute or (net if named == "continuous" else 0)))
    return "* * * * *" if minutes == 1 else f"*/{minutes} * * * *"
