"""Values as Sage keeps them: fixed-scale decimals as text, ISO dates, short ids, text of one code page.

Nothing here rounds silently: a value that does not fit its scale is an error of whoever wrote it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, date, datetime
from decimal import Decimal

AMOUNT, UNITS, UNIT_COST = 2, 4, 6
CODE_PAGE = "cp1252"
_PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]+)?", re.ASCII)
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_YEARS = range(1980, 2100)
SHORT_ID = 10
_KEPT, _HASHED = 3, 7
MONTHS_A_YEAR = 12


def exact(text: str, places: int) -> Decimal | None:
    """Read a plain decimal that fits `places` decimals without rounding; None when it is not one."""
    if _PLAIN.fullmatch(text) is None:
        return None
    value = Decimal(text)
    return value if value == round(value, places) else None


def fixed(value: Decimal, places: int) -> str:
    """Write a decimal with a fixed number of decimals; minus zero becomes zero."""
    return f"{value:.{places}f}" if value else f"{Decimal(0):.{places}f}"


def cents(text: str) -> int:
    """Read a fixed-scale amount of the store as a whole number of cents."""
    return int(text.replace(".", ""))


def money(value: int) -> str:
    """Write a whole number of cents as a fixed-scale amount."""
    whole, part = divmod(abs(value), 100)
    return f"{'-' if value < 0 else ''}{whole}.{part:02d}"


def parts(text: str) -> int:
    """Read fixed-scale units of the store as a whole number of ten-thousandths."""
    return int(text.replace(".", ""))


def units(value: int) -> str:
    """Write a whole number of ten-thousandths as fixed-scale units."""
    whole, part = divmod(abs(value), 10_000)
    return f"{'-' if value < 0 else ''}{whole}.{part:04d}"


def day(text: str) -> date | None:
    """Read an ISO date of a believable year; None when it is not one."""
    if _DAY.fullmatch(text) is None:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def instant(text: str) -> datetime | None:
    """Read an ISO date and time with offset; None when it is not one."""
    if _INSTANT.fullmatch(text) is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in _YEARS else None


def moment(text: str) -> datetime:
    """Read an ISO time that was checked before."""
    return datetime.fromisoformat(text)


def local_date(text: str) -> str:
    """Give the date of an ISO time in the offset it carries."""
    return text[:10]


def stamps(moment: datetime) -> tuple[str, str]:
    """Give Date_Stamp and Time_Stamp of an instant on the server's clock (UTC)."""
    there = moment.astimezone(UTC)
    return there.strftime("%Y-%m-%d"), there.strftime("%H:%M:%S")


def month_after(period: str, count: int = 1) -> str:
    """Give the month `count` months after `period` (both YYYY-MM)."""
    year, month = int(period[:4]), int(period[5:7])
    index = year * MONTHS_A_YEAR + month - 1 + count
    return f"{index // MONTHS_A_YEAR:04d}-{index % MONTHS_A_YEAR + 1:02d}"


def is_period(text: str) -> bool:
    """Tell whether a text is a month written YYYY-MM."""
    return day(f"{text}-01") is not None


def short_id(identity: str) -> str:
    """Give an id of at most 10 characters: itself, or its first 3 and 7 of base32(sha256), lower case."""
    if len(identity) <= SHORT_ID:
        return identity
    digest = base64.b32encode(hashlib.sha256(identity.encode()).digest()).decode().lower()
    return identity[:_KEPT] + digest[:_HASHED]


def commitment_id(po_id: str, longest: int = 12) -> str:
    """Give the commitment of a purchase order: its id, or where that is longer than 12, without its first prefix."""
    if len(po_id) <= longest:
        return po_id
    _prefix, dash, rest = po_id.partition("-")
    return rest if dash else po_id


def descriptive(text: str, length: int) -> str:
    """Cut a text for people to what a Sage field holds: one line, the code page's characters, `length` of them."""
    line = " ".join(text.split())
    shown = line.encode(CODE_PAGE, errors="replace").decode(CODE_PAGE)
    return "".join(sign if sign.isprintable() else " " for sign in shown)[:length].rstrip()


def is_identity(text: str) -> bool:
    """Tell whether a text can be an id in Sage: printable, of the code page, no blanks around it."""
    try:
        text.encode(CODE_PAGE)
    except UnicodeEncodeError:
        return False
    return text.isprintable() and text == text.strip()
