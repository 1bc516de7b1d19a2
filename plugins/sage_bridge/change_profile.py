"""The import of commitment change orders of a company's Sage, as its profile has it: columns of head and lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast, get_args

from sage_bridge.journal_profile import DateFormat

if TYPE_CHECKING:
    from sage_bridge.profile_reader import Reader

HeadColumn = Literal[
    "record_id", "commitment", "change_order", "description", "printed", "date", "type", "scope", "status"
]
LineColumn = Literal["record_id", "commitment", "change_order", "item_number", "description", "units", "amount"]
HEAD_COLUMNS: tuple[str, ...] = get_args(HeadColumn)
LINE_COLUMNS: tuple[str, ...] = get_args(LineColumn)
# Descriptions carry our references: without them no line of an answer could be led back to ours.
NEEDED_IN_HEAD = frozenset({"record_id", "commitment", "change_order", "description", "date", "status"})
NEEDED_IN_LINE = frozenset(LINE_COLUMNS)


@dataclass(frozen=True, slots=True)
class CommitmentChange:
    """Layout of the import: columns in file order, record ids of head and line, and what every head says."""

    columns: tuple[str, ...]
    line_columns: tuple[str, ...]
    record_id: str
    line_record_id: str
    date_format: DateFormat
    printed: str
    type: str
    scope: str
    status: str


def read_commitment_change(reader: Reader) -> CommitmentChange:
    """Check the section `commitment_change` of a profile; raises BadConfig RS-112 to RS-118 as `read_profile`."""
    found = CommitmentChange(
        columns=reader.choices("columns", HEAD_COLUMNS, NEEDED_IN_HEAD),
        line_columns=reader.choices("line_columns", LINE_COLUMNS, NEEDED_IN_LINE),
        record_id=reader.text("record_id", most=6, pattern="[A-Z]+"),
        line_record_id=reader.text("line_record_id", most=6, pattern="[A-Z]+"),
        date_format=cast("DateFormat", reader.choice("date_format", get_args(DateFormat))),
        printed=reader.text("printed", least=0, most=10, pattern="[A-Za-z0-9 ]*"),
        type=reader.text("type", least=0, most=10, pattern="[A-Za-z0-9 ]*"),
        scope=reader.text("scope", least=0, most=30, pattern="[A-Za-z0-9 ]*"),
        status=reader.text("status", most=10, pattern="[A-Za-z0-9 ]+"),
    )
    reader.finish()
    for key, columns in (("columns", found.columns), ("line_columns", found.line_columns)):
        if columns[0] != "record_id":
            reader.refuse(key, columns[0], "record_id first, as in every import of Sage")
    if found.record_id == found.line_record_id:
        reader.refuse("line_record_id", found.line_record_id, "another than record_id")
    return found
