"""How this company folder reads direct-cost files: column order, code page, number widths.

The official field table of the `DC` record is not public, so the order is a setting of the folder:
`import_layout.json` beside the database, any of its keys; what it leaves out has the default below.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox import values
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from pathlib import Path

LAYOUT_FILE = "import_layout.json"
DEFAULT_COLUMNS = (
    "record", "job", "extra", "cost_code", "category", "transaction_type", "transaction_date", "accounting_date",
    "description", "units", "unit_cost", "amount", "debit_account", "credit_account", "batch", "ref_1", "ref_2",
)  # fmt: skip
JOURNAL_COLUMNS = (
    "record", "transaction_date", "accounting_date", "description", "amount", "debit_account", "credit_account",
)  # fmt: skip
HEAD, ITEM = "CCO", "CCOI"
CHANGE_RECORDS = frozenset((HEAD.encode(), ITEM.encode()))
CHANGE_COLUMNS = (
    "record", "commitment", "change_order", "description", "printed", "date", "type", "scope", "status",
)  # fmt: skip
CHANGE_ITEM_COLUMNS = ("record", "commitment", "change_order", "item_number", "description", "units", "amount")
IGNORED = "ignore"
_NEEDED = ("record", "job", "cost_code", "category", "transaction_date", "amount")
_JOURNAL_NEEDED = ("record", "accounting_date", "amount", "debit_account", "credit_account")
_CHANGE_NEEDED = ("record", "commitment", "change_order", "date", "status")
_CHANGE_ITEM_NEEDED = ("record", "commitment", "change_order", "item_number", "units", "amount")
LENGTHS = {
    "job": 12, "extra": 10, "cost_code": 13, "category": 3, "description": 30, "debit_account": 25,
    "credit_account": 25, "batch": 10, "ref_1": 10, "ref_2": 10,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """The settings; limits are the greatest absolute values, `account_pattern` None takes any account."""

    columns: tuple[str, ...] = DEFAULT_COLUMNS
    journal_columns: tuple[str, ...] = JOURNAL_COLUMNS
    change_columns: tuple[str, ...] = CHANGE_COLUMNS
    change_item_columns: tuple[str, ...] = CHANGE_ITEM_COLUMNS
    encoding: str = values.CODE_PAGE
    amount_limit: Decimal = Decimal("9999999.99")
    units_limit: Decimal = Decimal("99999999.9999")
    unit_cost_limit: Decimal = Decimal("999999.99")
    account_pattern: re.Pattern[str] | None = None

    def columns_of(self, record: str) -> tuple[str, ...]:
        """Give the columns of a record; those of direct cost for one that is unknown."""
        own = {"GL": self.journal_columns, HEAD: self.change_columns, ITEM: self.change_item_columns}
        return own.get(record, self.columns)


def read_layout(data: Path) -> Layout:
    """Give the folder's layout; raises SandboxError for one that cannot be."""
    path = data / LAYOUT_FILE
    if not path.is_file():
        return Layout()
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as broken:
        raise _error(path, f"the layout is not JSON ({broken})") from None
    if not isinstance(document, dict):
        raise _error(path, "the layout is no JSON object")
    default = Layout()
    known = {
        "columns",
        "journal_columns",
        "change_columns",
        "change_item_columns",
        "encoding",
        "amount_limit",
        "units_limit",
        "unit_cost_limit",
        "account_pattern",
    }
    unknown = set(document) - known
    if unknown:
        raise _error(
            path, "the layout has unknown keys", found=", ".join(sorted(unknown)), expected=", ".join(sorted(known))
        )
    pattern = document.get("account_pattern")
    try:
        compiled = re.compile(pattern, re.ASCII) if isinstance(pattern, str) else None
    except re.error as broken:
        raise _error(path, f"account_pattern is no pattern ({broken})", found=str(pattern)) from None
    return Layout(
        _columns(path, document.get("columns", list(DEFAULT_COLUMNS)), DEFAULT_COLUMNS, _NEEDED),
        _columns(path, document.get("journal_columns", list(JOURNAL_COLUMNS)), JOURNAL_COLUMNS, _JOURNAL_NEEDED),
        _columns(path, document.get("change_columns", list(CHANGE_COLUMNS)), CHANGE_COLUMNS, _CHANGE_NEEDED),
        _columns(
            path,
            document.get("change_item_columns", list(CHANGE_ITEM_COLUMNS)),
            CHANGE_ITEM_COLUMNS,
            _CHANGE_ITEM_NEEDED,
        ),
        _encoding(path, document.get("encoding", default.encoding)),
        _limit(path, document, "amount_limit", default.amount_limit),
        _limit(path, document, "units_limit", default.units_limit),
        _limit(path, document, "unit_cost_limit", default.unit_cost_limit),
        compiled,
    )


def _columns(path: Path, columns: object, known: tuple[str, ...], needed: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        raise _error(path, "columns is no list of names", found=repr(columns), expected="a list of column names")
    named = [name for name in columns if name != IGNORED]
    if set(named) - set(known) or len(named) != len(set(named)):
        raise _error(
            path,
            "columns has an unknown or repeated name",
            found=", ".join(columns),
            expected=", ".join((*known, IGNORED)),
        )
    if set(needed) - set(named) or columns[0] != "record":
        raise _error(
            path,
            "columns lacks what an entry needs",
            found=", ".join(columns),
            expected=f"{', '.join(needed)}, the record id first",
        )
    return tuple(columns)


def _encoding(path: Path, encoding: object) -> str:
    if encoding not in (values.CODE_PAGE, "utf-8"):
        raise _error(path, "encoding is unknown", found=str(encoding), expected="cp1252 or utf-8")
    return str(encoding)


def _limit(path: Path, document: dict[str, object], name: str, default: Decimal) -> Decimal:
    if name not in document:
        return default
    limit = values.exact(str(document[name]), values.UNIT_COST)
    if limit is None or limit <= 0:
        raise _error(
            path,
            f"{name} is no limit",
            found=str(document[name]),
            expected='a positive decimal as text, as "9999999.99"',
        )
    return limit


def _error(path: Path, what: str, *, found: str | None = None, expected: str = "") -> SandboxError:
    return SandboxError(
        what, where=str(path), found=found, expected=expected, do="correct the layout or remove it for the default"
    )
