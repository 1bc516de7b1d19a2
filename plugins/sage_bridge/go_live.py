"""Checks of a company before it goes live: what each found, what was expected, what to do; who may sign what.

A check is a fact with a name that stays the same from run to run, so that a person can name it. `report_hash` binds a
signature to exactly the checks that were shown.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Literal

from sage_bridge.errors import NotApproved
from sage_bridge.transfers import UNIT_SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sage_bridge.errors import BridgeError

State = Literal["passed", "failed", "not applicable"]
CLOCK_SECONDS = 60
"""How far the server's clock may stand from ours: stamps of files decide whether one is still being written."""
SELF_TEST_SECONDS = 7 * 86_400
FEED_SLACK = 2
FEED_LEAST_SECONDS = 3_600
_MARKS = {"9": "[0-9]", "A": "[A-Za-z]", "X": "[0-9A-Za-z]"}


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `found`, `expected` and `next_step` are words for a person."""

    name: str
    state: State
    found: str
    expected: str = ""
    next_step: str = ""


def judged(name: str, found: str, expected: str, next_step: str, *, is_good: bool) -> Check:
    """Give a check that passed, or one that failed with what to do."""
    return Check(name, "passed", found, expected) if is_good else Check(name, "failed", found, expected, next_step)


def failed(name: str, error: BridgeError) -> Check:
    """Give the check that an error answers."""
    found = f"{error.code} {error.what}" + (f": {error.found}" if error.found else "")
    return Check(name, "failed", found, error.expected, error.do)


def not_applicable(name: str, why: str) -> Check:
    """Give a check that does not concern this company, or could not be made for the reason given."""
    return Check(name, "not applicable", why)


def clock(ahead: int) -> Check:
    """Judge the server's clock by the whole seconds it is ahead of ours."""
    words = "as ours" if ahead == 0 else f"{abs(ahead)} s {'ahead of' if ahead > 0 else 'behind'} ours"
    return judged(
        "server.clock",
        words,
        f"at most {CLOCK_SECONDS} s from ours",
        "let the server and the Airflow workers keep time by the same source (NTP)",
        is_good=abs(ahead) <= CLOCK_SECONDS,
    )


def feed_seconds(every_seconds: int | None) -> int | None:
    """Give how old the newest extract of a feed may be: two turns of its flow, an hour at least; None = any age."""
    return None if every_seconds is None else max(every_seconds * FEED_SLACK, FEED_LEAST_SECONDS)


def mask_pattern(mask: str) -> str:
    """Give the regular expression of a mask; '' of none."""
    return "^" + "".join(_MARKS.get(mark, re.escape(mark)) for mark in mask) + "$" if mask else ""


def reds(checks: Iterable[Check]) -> list[str]:
    """Give the names of the checks that failed."""
    return [check.name for check in checks if check.state == "failed"]


def report_hash(company_id: str, checks: Iterable[Check]) -> str:
    """Give the sha256 of a report's content, in the order of its names."""
    lines = sorted(UNIT_SEPARATOR.join(astuple(check)) for check in checks)
    return hashlib.sha256("\n".join([company_id, *lines]).encode()).hexdigest()


def require_signable(run_no: int, red: Collection[str], exceptions: Collection[str], reason: str) -> None:
    """Refuse a signature under red checks that nobody named as an exception with a reason.

    Raises:
        NotApproved: RS-657.
    """
    left = sorted(set(red) - set(exceptions))
    unknown = sorted(set(exceptions) - set(red))
    if left or unknown or (exceptions and not reason.strip()):
        found = [f"red without exception: {', '.join(left)}"] if left else []
        found += [f"named, but not red: {', '.join(unknown)}"] if unknown else []
        found += [] if reason.strip() or not exceptions else ["exceptions without a reason"]
        raise NotApproved(
            "RS-657",
            "go-live cannot be signed",
            record=f"run {run_no}",
            expected="every check green, or each red one named with a reason",
            found="; ".join(found),
            do="cure the red checks and start check__go_live anew, or sign with their names and a reason",
        )


def report(head: Mapping[str, object], checks: Sequence[Check], remains: Sequence[Mapping[str, object]]) -> str:
    """Write the report in Markdown.

    Args:
        head: company_id, company_name, run_no, started_by, started_at, state, content_hash, signed_by, comment.
        checks: as shown.
        remains: what the golden transaction leaves in Sage: kind, record, batch, amount.
    """
    red = reds(checks)
    counts = ", ".join(
        f"{sum(check.state == state for check in checks)} {state}" for state in ("passed", "failed", "not applicable")
    )
    lines = [
        f"# Go-live of {head['company_id']} ({_cell(head['company_name'])})",
        "",
        f"Run {head['run_no']}, started by {_cell(head['started_by'])} at {head['started_at']}; {counts}.",
        f"**{'RED: ' + ', '.join(map(_cell, red)) if red else 'GREEN'}**",
        f"Signature: {head['state']}, {_cell(head['signed_by']) or 'nobody yet'}; {_cell(head['comment'])}",
        f"Content: sha256 {head['content_hash']}",
        "",
        "| check | state | found | expected | next step |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {_cell(check.name)} | {'RED' if check.state == 'failed' else check.state} | {_cell(check.found)} "
        f"| {_cell(check.expected)} | {_cell(check.next_step)} |"
        for check in sorted(checks, key=lambda one: (one.state != "failed", one.name))
    ]
    lines += ["", "## What stays in Sage", ""]
    if remains:
        lines += ["| what | record | batch | amount |", "|---|---|---|---|"]
        lines += [
            f"| {' | '.join(_cell(row[key]) for key in ('kind', 'record', 'batch', 'amount'))} |" for row in remains
        ]
        lines += ["", "In accounts payable: nothing. The rows of job cost and ledger add up to zero."]
    else:
        lines += ["Nothing: the golden transaction has sent nothing."]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    """Write a value so that it cannot leave its cell."""
    return re.sub(r"\s+", " ", str(value)).replace("|", "\\|")
