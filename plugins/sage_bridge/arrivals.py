"""What to do with a file that arrived, by its manifest and by what arrived before: take, skip, park or ask.

Files of one flow form a chain: `seq` counts without a gap and each manifest names number and hash of the one before.
Time decides nothing here. The table:

| arrived                                                | verdict    |
|--------------------------------------------------------|------------|
| same seq, same hash, landed before                     | duplicate  |
| same seq, other hash, same or lower rev                | contradiction, both sides wait for a person |
| same seq, higher rev, the earlier one landed           | contradiction |
| same seq, higher rev, the earlier one never landed     | take, it replaces the earlier one |
| lower seq than what landed last                        | superseded |
| the one before is missing, or its hash is another      | park (a person may accept the gap) |
| the one before has not landed, extract of changes only | park until it has |
| full extract with too few rows                         | wait for approval |
| empty full extract of a feed that is never empty       | refuse     |
| otherwise                                              | take       |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sage_bridge.errors import RefusedTransfer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from sage_bridge.transfers import FileName, Manifest

State = Literal["arrived", "parked", "refused", "waiting_approval", "quarantined", "landed", "duplicate", "superseded"]
FINAL: frozenset[State] = frozenset({"landed", "duplicate", "superseded", "quarantined"})
"""States a file stays in: it is not read again as long as nobody replaces it on the server."""

MAY_BE_EMPTY = frozenset({"EXTRA", "COMCO", "COMCOITM", "JCH", "JCN", "GLT", "JCT"})
MAY_SHRINK = frozenset({"JCN"})
"""Entered, unposted entries leave their file when they are posted: it shrinks to nothing every day."""

# Outside of these neither Sage nor the warehouse's driver can tell every instant in every zone.
_YEARS = range(1970, 2200)

Kind = Literal["take", "duplicate", "contradiction", "park", "superseded", "wait", "refuse"]


@dataclass(frozen=True, slots=True)
class Known:
    """A file of the same flow that arrived before."""

    seq: int
    rev: int
    sha256: str
    state: State
    row_count: int


@dataclass(frozen=True, slots=True)
class Approvals:
    """What a person has allowed for exactly this content."""

    gap: bool = False
    shrink: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a file; `reason` is the sentence for a person, None where none is needed."""

    kind: Kind
    reason: RefusedTransfer | None = None


TAKE = Verdict("take")


def decide(
    name: FileName, manifest: Manifest, known: Sequence[Known], approvals: Approvals, shrink_pct: Decimal
) -> Verdict:
    """Judge one file before any of its content is read.

    Args:
        name: its name on the server.
        manifest: its control figures, checked against the name (`check_manifest`).
        known: all files of its flow, company and environment that arrived before; itself too, if it is tried again.
        approvals: what was allowed for this content.
        shrink_pct: percent of the rows of a full extract that may be gone without approval.
    """
    same = _same_number(name, manifest, known)
    if same is not None:
        return same
    landed = [one for one in known if one.state in {"landed", "duplicate"}]
    last = max(landed, key=lambda one: one.seq, default=None)
    if last is not None and manifest.seq < last.seq:
        return Verdict(
            "superseded",
            RefusedTransfer(
                "RS-216",
                "a later transfer has landed already",
                record=str(name),
                expected=f"seq above {last.seq}",
                do="nothing, unless the sender has to send its content once more under a new number",
            ),
        )
    return _order(name, manifest, known, approvals) or _size(name, manifest, last, approvals, shrink_pct) or TAKE


def check_manifest(name: FileName, manifest: Manifest, row_limit: int) -> None:
    """Compare a manifest with the name it stands beside; raises RefusedTransfer RS-204 at the first difference."""
    agree = (
        ("flow", name.flow, manifest.flow),
        ("company", name.company, manifest.company),
        ("environment", name.environment, manifest.environment),
        ("seq", name.seq, manifest.seq),
        ("rev", name.rev, manifest.rev),
    )
    faults = [(figure, str(expected), str(found)) for figure, expected, found in agree if expected != found]
    if manifest.extent not in {"full", "delta"}:
        faults.append(("extent", "full or delta", manifest.extent))
    if not 0 <= manifest.rows <= row_limit:
        faults.append(("rows", f"0 to {row_limit}", str(manifest.rows)))
    if not _is_sha256(manifest.sha256):
        faults.append(("sha256", "64 hexadecimal digits", manifest.sha256))
    for figure, expected, found in faults:
        raise RefusedTransfer(
            "RS-204",
            f"manifest speaks of another {figure} than its file",
            record=str(name),
            expected=expected,
            found=found[:80],
            do="have the sender write the manifest again",
        )


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")  # noqa: PLR2004 - hexadecimal digits of a sha256


def _same_number(name: FileName, manifest: Manifest, known: Sequence[Known]) -> Verdict | None:
    same = [one for one in known if one.seq == manifest.seq]
    others = [one for one in same if (one.rev, one.sha256) != (manifest.rev, manifest.sha256)]
    landed = [one for one in same if one.state in {"landed", "duplicate"}]
    if any(one.sha256 == manifest.sha256 for one in landed):
        return Verdict("duplicate")
    if landed or any(one.sha256 != manifest.sha256 and one.rev == manifest.rev for one in others):
        first = (landed or others)[0]
        return Verdict(
            "contradiction",
            RefusedTransfer(
                "RS-209",
                "two files with one number have different content",
                record=str(name),
                expected=f"sha256 {first.sha256[:12]} of v{first.rev}",
                found=f"sha256 {manifest.sha256[:12]}",
                do="ask the sender which one is right; what is right comes again under the next number",
            ),
        )
    if any(one.rev > manifest.rev for one in others):
        return Verdict(
            "superseded", RefusedTransfer("RS-216", "a higher version of this file has arrived", record=str(name))
        )
    return None


def _order(name: FileName, manifest: Manifest, known: Sequence[Known], approvals: Approvals) -> Verdict | None:
    before = [one for one in known if one.seq < manifest.seq]
    if approvals.gap:
        return None
    if not before:
        if manifest.previous_seq == 0 and not manifest.previous_sha256:
            return None
        return _parked(name, expected=f"seq {manifest.previous_seq} first", found="no transfer of this flow yet")
    last_seq = max(one.seq for one in before)
    last = [one for one in before if one.seq == last_seq]
    chained = [one for one in last if one.sha256 == manifest.previous_sha256]
    if manifest.seq != last_seq + 1 or manifest.previous_seq != last_seq or not chained:
        return _parked(
            name,
            expected=f"seq {last_seq + 1} after {last_seq} with sha256 {last[-1].sha256[:12]}",
            found=f"seq {manifest.seq} after {manifest.previous_seq} with {manifest.previous_sha256[:12] or 'none'}",
        )
    is_open = all(one.state not in FINAL for one in last)
    if any(one.state == "parked" for one in chained) or (is_open and manifest.extent == "delta"):
        return _parked(name, expected=f"seq {last_seq} landed", found=f"it is {chained[0].state}")
    return None


def _parked(name: FileName, *, expected: str, found: str) -> Verdict:
    return Verdict(
        "park",
        RefusedTransfer(
            "RS-210",
            "the transfer before this one is missing",
            record=str(name),
            expected=expected,
            found=found,
            do="have the sender put the missing file, or approve the gap",
        ),
    )


def _size(
    name: FileName, manifest: Manifest, last: Known | None, approvals: Approvals, shrink_pct: Decimal
) -> Verdict | None:
    rows_before = last.row_count if last is not None else 0
    if manifest.extent != "full" or approvals.shrink or manifest.flow in MAY_SHRINK:
        return None
    if manifest.rows == 0 and (rows_before > 0 or manifest.flow not in MAY_BE_EMPTY):
        return Verdict(
            "refuse",
            RefusedTransfer(
                "RS-212",
                "full extract is empty",
                record=str(name),
                expected=f"about {rows_before} rows",
                found="0 rows",
                do="check the extract in Sage; if it is really empty now, approve it",
            ),
        )
    if manifest.rows * 100 < rows_before * (100 - shrink_pct):
        return Verdict(
            "wait",
            RefusedTransfer(
                "RS-211",
                "full extract has far fewer rows than the one before",
                record=str(name),
                expected=f"at least {100 - shrink_pct} % of {rows_before}",
                found=str(manifest.rows),
                do="check the extract in Sage; if rows are really gone, approve it",
            ),
        )
    return None


def extraction_time(name: FileName, manifest: Manifest) -> datetime:
    """Give the instant of an extract; raises RefusedTransfer RS-204 for a time or zone that cannot be read."""
    try:
        zone = ZoneInfo(manifest.zone)
        told = _instant(manifest.extracted_at)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise RefusedTransfer(
            "RS-204",
            "manifest's time of extraction cannot be read",
            record=str(name),
            expected="ISO 8601 and the name of a time zone",
            found=f"{manifest.extracted_at} {manifest.zone}",
            do="have the sender write the manifest again",
        ) from error
    return told if told.tzinfo is not None else told.replace(tzinfo=zone)


def _instant(text: str) -> datetime:
    told = datetime.fromisoformat(text)
    if told.year not in _YEARS:
        raise ValueError(text)
    return told
