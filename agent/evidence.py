"""What an import leaves behind, and what follows from it.

Sage's import writes a print file (what it read, accepted, rejected, and why) and a file of rejected
records in the format of the import file; accepted lines stand in `JCT_NEW__TRANSACTION` until they
are posted. After a crash or a timeout nobody saw the macro end, so these three must agree on one
story. Where they do not, the lane stops: the import is never run again on a guess.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.config import PrintConfig
    from agent.layouts import Layout, Line

NO_CODE = "SAGE"
_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Message:
    """Why Sage rejected a line."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A print file: the counts of accepted and rejected lines, None while the closing lines are missing."""

    counts: tuple[int, int] | None
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known about one import.

    `exit_code` None = nobody saw the macro end; `rejects` None = no reject file; `in_sage` counts the
    rows per reference in Sage's entered and posted transactions, None = could not be looked up.
    """

    lines: tuple[Line, ...]
    exit_code: int | None = None
    rejects: frozenset[int] | None = None
    strangers: int = 0
    printed: Printed | None = None
    in_sage: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """The import ran to its end: line numbers that were rejected, all others are in Sage."""

    rejects: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class NothingHappened:
    """No line of the file is in Sage: the import may run (again)."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """The evidence is missing or contradicts itself: a person decides."""

    reason: str


Verdict = Imported | NothingHappened | Unclear


def judge(evidence: Evidence) -> Verdict:
    """Say what happened; the only function that may allow a second run of an import."""
    rejected = {line.reference for line in evidence.lines if line.number in (evidence.rejects or ())}
    if evidence.strangers:
        return Unclear(f"the reject file holds {evidence.strangers} lines that are not in the import file")
    if evidence.in_sage is not None:
        twice = sorted(reference for reference, count in evidence.in_sage.items() if count > 1)
        if twice:
            return Unclear(f"{len(twice)} references stand in Sage more than once, first {twice[0]}")
        both = sorted(rejected & set(evidence.in_sage))
        if both:
            return Unclear(f"{len(both)} rejected lines stand in Sage all the same, first {both[0]}")
    if evidence.printed is not None and evidence.printed.counts is not None:
        return _by_print(evidence, evidence.printed.counts)
    return _by_sage(evidence, rejected)


def _by_print(evidence: Evidence, counts: tuple[int, int]) -> Verdict:
    rejects = evidence.rejects or frozenset()
    expected = (len(evidence.lines) - len(rejects), len(rejects))
    if counts != expected:
        return Unclear(
            f"the print file counts {counts[0]} accepted and {counts[1]} rejected lines,"
            f" the reject file leaves {expected[0]} and {expected[1]}"
        )
    missing = _missing(evidence, rejects)
    if missing:
        return Unclear(f"{len(missing)} lines are neither rejected nor in Sage, first {missing[0]}")
    return Imported(rejects)


def _by_sage(evidence: Evidence, rejected: set[str]) -> Verdict:
    if evidence.in_sage is None:
        return Unclear("there is no complete print file and Sage's entries cannot be looked up")
    if not _missing(evidence, evidence.rejects or frozenset()) and evidence.lines:
        return Imported(evidence.rejects or frozenset())
    if evidence.in_sage:
        found, total = len(evidence.in_sage), len(evidence.lines)
        return Unclear(f"{found} of {total} lines are in Sage, {len(rejected)} are rejected, the rest is nowhere")
    if evidence.exit_code == 0:
        return Unclear("the macro ended well, but no line is in Sage and no complete print file is there")
    return NothingHappened()


def _missing(evidence: Evidence, rejects: frozenset[int]) -> list[str]:
    if evidence.in_sage is None:
        return []
    return [
        line.reference
        for line in evidence.lines
        if line.number not in rejects and line.reference not in evidence.in_sage
    ]


def read_rejects(
    path: Path, encoding: str, layout: Layout, lines: tuple[Line, ...]
) -> tuple[frozenset[int] | None, int]:
    """Match a reject file's lines with those of the import file; gives their numbers and how many are strangers.

    Lines match by reference, and by their fields where the layout has none. A file that cannot be read to its end
    counts as one stranger more, so that nothing is concluded from its beginning.
    """
    if not path.is_file():
        return None, 0
    text = path.read_bytes().decode(encoding, errors="replace")
    rows, unreadable = _reject_rows(text)
    by_reference = {line.reference: line.number for line in lines}
    by_fields: dict[tuple[str, ...], list[int]] = {}
    for line in lines:
        by_fields.setdefault(tuple(cell.strip() for cell in line.fields), []).append(line.number)
    numbers, strangers = set(), unreadable
    for row in rows:
        same = by_fields.get(row, [])
        number = by_reference.get(_reference(row, layout)) if layout.reference else same.pop(0) if same else None
        if number is None or number in numbers:
            strangers += 1
        else:
            numbers.add(number)
    return frozenset(numbers), strangers


def _reject_rows(text: str) -> tuple[list[tuple[str, ...]], int]:
    """Give the rows that can be read, and 1 where the reading had to end before the file did."""
    rows: list[tuple[str, ...]] = []
    try:
        rows.extend(tuple(cell.strip() for cell in row) for row in csv.reader(io.StringIO(text, newline="")) if row)
    except csv.Error:
        return rows, 1
    return rows, 0


def _reference(row: tuple[str, ...], layout: Layout) -> str:
    names = layout.records.get(row[0])
    return layout.reference_of(row) if names is not None and len(names) == len(row) else ""


def read_print(path: Path, config: PrintConfig) -> Printed | None:
    """Read the print file; its counts come from the last match of `print.summary`."""
    if not path.is_file():
        return None
    text = path.read_bytes().decode(config.encoding, errors="replace").replace("\r\n", "\n")
    matches = list(config.summary.finditer(text))
    accepted, rejected = [_count(matches[-1][group]) if matches else None for group in ("accepted", "rejected")]
    return Printed(None if accepted is None or rejected is None else (accepted, rejected), text)


def _count(digits: str | None) -> int | None:
    """Give a count or line number as Sage prints it; None for what no count can be."""
    return int(digits) if digits is not None and _DIGITS.fullmatch(digits) else None


def messages(printed: Printed | None, config: PrintConfig, lines: tuple[Line, ...]) -> dict[int, Message]:
    """Find the reason of rejected lines in the print file, by line number.

    `print.message` names it with the groups `message`, and `reference` or `line`, and optionally
    `code`. For lines it does not find, the first print line that holds their reference is the reason.
    """
    if printed is None:
        return {}
    numbers = {line.reference: line.number for line in lines}
    found: dict[int, Message] = {}
    for match in config.message.finditer(printed.text):
        groups = match.groupdict()
        reference, line = groups.get("reference"), groups.get("line")
        number = numbers.get(reference.strip()) if reference else _count(line)
        if number is not None:
            found.setdefault(number, Message(groups.get("code") or NO_CODE, " ".join(match["message"].split())))
    for row in printed.text.splitlines():
        for word in row.replace('"', " ").replace(",", " ").split():
            if word in numbers:
                found.setdefault(numbers[word], Message(NO_CODE, " ".join(row.split())))
    return found
