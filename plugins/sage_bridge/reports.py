"""Cells of files that people open: text that a spreadsheet would run as a formula is defused.

Files for Sage are never changed this way; there such text is refused (exchange protocol, bytes).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


def defused(text: str) -> str:
    """Give a text that no spreadsheet takes for a formula: a leading apostrophe where its first character would."""
    bare = text.replace("\0", "")
    return f"'{bare}" if text.startswith(_STARTS_FORMULA) or bare.startswith(_STARTS_FORMULA) else bare


def cell_text(value: object) -> str:
    """Give a value as it stands in a CSV report: plain decimals, ISO dates, empty for nothing, texts defused."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    return defused(str(value))
