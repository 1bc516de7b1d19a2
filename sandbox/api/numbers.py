"""JSON whose numbers are the store's decimals, digit by digit: no binary fraction on the way."""

from __future__ import annotations

import json
import re
from decimal import Decimal

_MARK = "\x00D"
_MARKED = re.compile(r'"\\u0000D([^"]*)"')


def write(document: object) -> str:
    """Give JSON text; a Decimal becomes a plain number."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, default=_marked)
    return _MARKED.sub(r"\1", text)


def read(text: str | bytes) -> object:
    """Read JSON text; numbers with a fraction become Decimals."""
    return json.loads(text, parse_float=Decimal)


def _marked(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{_MARK}{value:f}"
    raise TypeError(type(value).__name__)
