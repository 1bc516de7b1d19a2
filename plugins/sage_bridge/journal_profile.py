"""The general ledger import of a company's Sage, as its profile has it: which columns, in which order, how dated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast, get_args

if TYPE_CHECKING:
    from sage_bridge.profile_reader import Reader

DateFormat = Literal["mm/dd/yyyy", "dd/mm/yyyy", "yyyy-mm-dd", "mmddyy", "mmddyyyy"]
JournalColumn = Literal[
    "record_id", "transaction_date", "accounting_date", "description", "amount", "debit_account", "credit_account",
    "batch", "reference",
]  # fmt: skip
JOURNAL_COLUMNS: tuple[str, ...] = get_args(JournalColumn)
# The description carries our reference: without it no entry could be led back to its line.
NEEDED_COLUMNS = frozenset({"record_id", "accounting_date", "description", "amount", "debit_account", "credit_account"})


@dataclass(frozen=True, slots=True)
class Journal:
    """Layout of the general ledger import: columns in file order, record id of a line, how dates are written."""

    columns: tuple[str, ...]
    record_id: str
    date_format: DateFormat


def read_journal(reader: Reader) -> Journal:
    """Check the section `journal` of a profile; raises BadConfig RS-112 to RS-118 as `read_profile`."""
    found = Journal(
        columns=reader.choices("columns", JOURNAL_COLUMNS, NEEDED_COLUMNS),
        record_id=reader.text("record_id", most=6, pattern="[A-Z]+"),
        date_format=cast("DateFormat", reader.choice("date_format", get_args(DateFormat))),
    )
    reader.finish()
    if found.columns[0] != "record_id":
        reader.refuse("columns", found.columns[0], "record_id first, as in every import of Sage")
    return found
