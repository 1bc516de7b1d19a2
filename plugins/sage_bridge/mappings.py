"""Mappings as files say them: material class to codes by day, and what of them changes.

Of the lines of one class and job that cover a day, the one that begins last holds; a line with an end must end before
the next one begins, so that nobody has to guess. A line of a job goes before one of every job (job ''). The warehouse
keeps what is in force in `core.mapping` and never changes a day that is over.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sage_bridge.profile_reader import Reader

COLUMNS = (
    "material_class", "job", "extra", "cost_code", "category", "effective_from", "effective_to", "owner",
    "approved_by",
)  # fmt: skip
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CodeMapping:
    """Material class -> codes from a day on; `job` '' means every job, `effective_to` None: until further notice.

    `place` says where it was read: file and line.
    """

    material_class: str
    job: str
    extra: str
    cost_code: str
    category: str
    effective_from: date
    effective_to: date | None
    owner: str
    approved_by: str
    place: str = field(default="", compare=False)

    @property
    def subject(self) -> tuple[str, str]:
        """Give the class and job it speaks of."""
        return self.material_class, self.job

    @property
    def codes(self) -> tuple[str, str, str]:
        """Give extra, cost code and category."""
        return self.extra, self.cost_code, self.category

    def covers(self, day: date) -> bool:
        """Say whether it holds on a day."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


@dataclass(frozen=True, slots=True)
class Change:
    """From a day to a day (None: without end) one class and job leads to the codes of `wanted`; None: to none."""

    effective_from: date
    effective_to: date | None
    wanted: CodeMapping | None


def read_mappings(reader: Reader) -> tuple[CodeMapping, ...]:
    """Check the list under the key `mappings`.

    Raises:
        BadConfig: RS-111 to RS-118, naming file, line, key, value and what is allowed.
    """
    found: list[CodeMapping] = []
    for part in reader.sections("mappings"):
        mapping = _mapping(part)
        for other in found:
            if other.subject == mapping.subject and _collide(other, mapping):
                part.refuse(
                    "effective_from",
                    str(mapping.effective_from),
                    f"a day that no other line of class {mapping.material_class} and job {mapping.job!r} ends on or "
                    f"after: {other.place} holds from {other.effective_from} to {other.effective_to or 'open'}",
                )
        found.append(mapping)
    return tuple(found)


def read_table(text: str, file: str) -> tuple[list[dict[str, object]], list[str]]:
    """Read a table of mappings in CSV; gives its rows as the profile holds them, and where each stands.

    Raises:
        BadConfig: RS-135 the table has other columns than `COLUMNS`, a row of another length, or a stray quote.
    """
    lines = csv.reader(text.splitlines(), strict=True)
    rows: list[dict[str, object]] = []
    places: list[str] = []
    try:
        for cells in lines:
            place = f"{file} line {lines.line_num}"
            if lines.line_num == 1:
                _require(place, tuple(cells) == COLUMNS, "the columns " + ",".join(COLUMNS), ",".join(cells))
            elif cells:
                _require(place, len(cells) == len(COLUMNS), f"{len(COLUMNS)} values", f"{len(cells)} values")
                row: dict[str, object] = dict(zip(COLUMNS, cells, strict=True))
                rows.append({**row, "effective_to": row["effective_to"] or None})
                places.append(place)
    except csv.Error as error:
        _require(f"{file} line {lines.line_num}", is_right=False, expected="CSV by RFC 4180", found=str(error))
    _require(file, lines.line_num > 0, "the columns " + ",".join(COLUMNS), "an empty file")
    return rows, places


def in_force(lines: Iterable[CodeMapping], day: date) -> CodeMapping | None:
    """Give the line of one class and job that holds on a day: of those that cover it the one that begins last."""
    return max((line for line in lines if line.covers(day)), key=lambda line: line.effective_from, default=None)


def changes(now: Sequence[CodeMapping], wanted: Sequence[CodeMapping]) -> list[Change]:
    """Give the days on which one class and job leads to other codes than it does now, as few stretches as can be."""
    found: list[Change] = []
    starts = sorted({start for line in (*now, *wanted) for start in _turns(line)})
    for number, start in enumerate(starts):
        before, after = in_force(now, start), in_force(wanted, start)
        last = starts[number + 1] - _DAY if number + 1 < len(starts) else None
        if (before and before.codes) == (after and after.codes):
            continue
        if found and found[-1].effective_to == start - _DAY and found[-1].wanted == after:
            found[-1] = replace(found[-1], effective_to=last)
        else:
            found.append(Change(start, last, after))
    return found


def _turns(line: CodeMapping) -> tuple[date, ...]:
    return (line.effective_from,) if line.effective_to is None else (line.effective_from, line.effective_to + _DAY)


def _collide(one: CodeMapping, other: CodeMapping) -> bool:
    first, second = sorted((one, other), key=lambda line: line.effective_from)
    if first.effective_from == second.effective_from:
        return True
    return first.effective_to is not None and second.effective_from <= first.effective_to


def _mapping(reader: Reader) -> CodeMapping:
    found = CodeMapping(
        material_class=reader.text("material_class", most=20),
        job=reader.text("job", most=12, least=0),
        extra=reader.text("extra", most=10, least=0),
        cost_code=reader.text("cost_code", most=13),
        category=reader.text("category", most=3),
        effective_from=reader.day("effective_from"),
        effective_to=reader.day_or_none("effective_to"),
        owner=reader.text("owner", most=60),
        approved_by=reader.text("approved_by", most=60),
        place=reader.place(),
    )
    reader.finish()
    if found.effective_to is not None and found.effective_to < found.effective_from:
        reader.refuse("effective_to", str(found.effective_to), f"{found.effective_from} or later")
    if found.approved_by == found.owner:
        reader.refuse("approved_by", found.approved_by, "another person than the owner")
    return found


def _require(place: str, is_right: bool, expected: str, found: str) -> None:  # noqa: FBT001 - the condition itself
    if not is_right:
        raise BadConfig(
            "RS-135",
            "a table of mappings cannot be read",
            record=place,
            expected=expected,
            found=found[:120],
            do="correct the file and load it again",
        )
