"""Words and rules of a month's reconciliation that need no database: terms, decision, sign-off hash.

The figures come from `include/sql/recon`, the text a person reads before deciding from `sage_bridge.proposals`.
"""

from __future__ import annotations

import calendar
import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from sage_bridge.errors import BadConfig, NotApproved
from sage_bridge.transfers import UNIT_SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Mode = Literal["preview", "propose"]
APPROVE, REJECT = "Approve", "Reject"

COMPONENTS = (
    "original", "change_orders", "not_received", "closed_short", "over_receipt", "returned", "on_hand",
    "moved_code", "rounding", "consumed", "consumption_not_costed", "invoiced", "price", "accrual", "tax_freight",
    "unmanaged", "foreign", "adjustments", "differences", "cut_off_in_flight", "cut_off_late", "job_cost",
)  # fmt: skip
"""Components of both bridges in reading order."""

_PERIOD = re.compile(r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])", re.ASCII)
_LINK = re.compile(r"(?P<row_id>.+)=(?P<commitment>[^=/]{1,12})/(?P<item>[0-9]{1,6})", re.ASCII)
_DISMISSAL = re.compile(r"(?P<number>[0-9]{1,18})=(?P<reason>[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*)", re.ASCII)
_REFUSAL = re.compile(r"(?P<line>[AEPJRD][0-9]{1,18})=(?P<reason>[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*)", re.ASCII)
_MATERIALITY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Link:
    """An AP row of Sage and the PO line it belongs to."""

    row_id: str
    commitment: str
    item_number: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run is asked to do.

    Attributes:
        company_id: company to reconcile.
        period: month, `YYYY-MM`; figures are cumulative to its last day.
        mode: `preview` computes only, `propose` asks for approval too.
        materiality: least absolute difference that gets an adjustment, in company currency.
        prepared_by: user who started the run; may not decide about it.
        dag_run_id: Airflow's run, so that a repeated task replaces its own figures.
        accept_entries: Sage row ids of entries of others that shall stand.
        reverse_entries: Sage row ids of entries of others that shall be reversed.
        link_entries: AP rows without a PO line with the line they belong to.
        dismiss_differences: numbers of differences that may stand as they are, each with the reason.
        keep_accruals: PO lines (commitment/item) whose accrual is not released, or no longer.
    """

    company_id: str
    period: str
    mode: Mode
    materiality: Decimal
    prepared_by: str
    dag_run_id: str
    accept_entries: tuple[str, ...] = ()
    reverse_entries: tuple[str, ...] = ()
    link_entries: tuple[Link, ...] = ()
    dismiss_differences: tuple[tuple[int, str], ...] = ()
    keep_accruals: tuple[str, ...] = ()

    @property
    def period_end(self) -> date:
        """The last day of the month."""
        return period_end(self.period)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one person decided, when, and why in words; `refused` are single lines of what is approved with reasons."""

    decided_by: str
    is_approved: bool
    comment: str
    decided_at: datetime
    refused: tuple[tuple[str, str], ...] = ()


def period_end(period: str) -> date:
    """Give the last day of a month; raises BadConfig RS-151 when `period` is no `YYYY-MM`."""
    match = _PERIOD.fullmatch(period)
    if match is None:
        raise BadConfig(
            "RS-151",
            "period is not a month",
            record=period,
            expected="YYYY-MM, such as 2024-11",
            do="correct the parameter",
        )
    year, month = int(match["year"]), int(match["month"])
    return date(year, month, calendar.monthrange(year, month)[1])


def read_materiality(text: str) -> Decimal:
    """Give the materiality as money; raises BadConfig RS-152 when the text is no amount of at most two decimals."""
    if _MATERIALITY.fullmatch(text) is None:
        raise BadConfig(
            "RS-152",
            "materiality is not a plain amount",
            record=text,
            expected="digits with at most two decimals, such as 0.01",
            do="correct the parameter",
        )
    return Decimal(text)


def read_entries(accept: Sequence[str], reverse: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the rows to accept and to reverse, each once, in order; raises BadConfig RS-153 for a row in both lists."""
    both = sorted(set(accept) & set(reverse))
    if both:
        raise BadConfig(
            "RS-153",
            "an entry of others cannot be accepted and reversed",
            record=", ".join(both),
            do="leave it in one list",
        )
    return tuple(sorted(set(accept))), tuple(sorted(set(reverse)))


def read_links(texts: Sequence[str]) -> tuple[Link, ...]:
    """Give the rows to link; raises BadConfig RS-156 for a text of another form, or a row with two lines."""
    matches = [_LINK.fullmatch(text) for text in sorted(set(texts))]
    found = tuple(Link(one["row_id"], one["commitment"], int(one["item"])) for one in matches if one is not None)
    if len(found) < len(matches) or len({link.row_id for link in found}) < len(found):
        raise BadConfig(
            "RS-156",
            "an entry to link names no PO line, or two",
            record=", ".join(sorted(set(texts))),
            expected="each row once, as row=commitment/item, such as T-1042=PO-26-0104/2",
            do="correct the parameter; the exception ap_unmatched lists candidate lines",
        )
    return found


def read_dismissals(texts: Sequence[str]) -> tuple[tuple[int, str], ...]:
    """Give number and reason of the differences to dismiss; raises BadConfig RS-157 for another form or a repeat."""
    matches = [_DISMISSAL.fullmatch(text) for text in sorted(set(texts))]
    found = {int(one["number"]): one["reason"].strip() for one in matches if one is not None}
    if len(found) < len(matches):
        raise BadConfig(
            "RS-157",
            "a difference to dismiss has no number or no reason, or stands twice",
            record=", ".join(sorted(set(texts))),
            expected="each once, as number=reason, such as 4711=the vendor pays it back",
            do="take the numbers from mart.sage_difference",
        )
    return tuple(sorted(found.items()))


def read_refusals(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Give line and reason of what is refused; raises NotApproved RS-650 for another form or a repeated line."""
    matches = [_REFUSAL.fullmatch(text) for text in sorted(set(texts))]
    found = {one["line"]: one["reason"].strip() for one in matches if one is not None}
    if len(found) < len(matches):
        raise NotApproved(
            "RS-650",
            "a line to refuse has no number or no reason, or stands twice",
            record=", ".join(sorted(set(texts))),
            expected="each once, as line=reason, such as A12=the clerk corrects it in Sage",
            do="clear the approval task and answer it with the lines as the question shows them",
        )
    return tuple(sorted(found.items()))


def read_decision(answer: Mapping[str, Any] | None, prepared_by: str) -> Decision:
    """Take apart what Airflow keeps of a person's answer.

    Args:
        answer: result of the approval task: chosen_options, params_input (comment, refuse), responded_by_user,
            responded_at.
        prepared_by: who started the run.

    Raises:
        NotApproved: RS-651 there is no answer of a person (the task was marked successful by hand, or timed out);
            RS-652 the preparer answered; RS-650 a line to refuse has another form.
    """
    user = (answer or {}).get("responded_by_user") or {}
    name = str(user.get("name") or user.get("id") or "")
    chosen = list((answer or {}).get("chosen_options") or [])
    if answer is None or not name or chosen not in ([APPROVE], [REJECT]):
        raise NotApproved(
            "RS-651",
            "no person has decided",
            expected=f"an answer {APPROVE} or {REJECT} in Airflow",
            found=repr(answer),
            do="clear the approval task and answer it",
        )
    if name == prepared_by:
        raise NotApproved(
            "RS-652",
            "the preparer may not decide",
            record=name,
            expected="another person",
            do="clear the approval task and let somebody else answer it",
        )
    at = answer["responded_at"]
    decided_at = at if isinstance(at, datetime) else datetime.fromisoformat(str(at))
    said = answer.get("params_input") or {}
    refused = read_refusals([str(text) for text in said.get("refuse") or []])
    return Decision(name, chosen == [APPROVE], str(said.get("comment") or ""), decided_at, refused)


def require_preparer(prepared_by: str, dag_run_id: str) -> None:
    """Raise BadConfig RS-159 when nobody knows who started a run."""
    if not prepared_by:
        raise BadConfig(
            "RS-159",
            "preparer is unknown",
            record=dag_run_id,
            do="start the run in the UI or over the API, or name the preparer in prepared_by",
        )


def approvers(wanted: Sequence[str], prepared_by: str) -> list[str]:
    """Give who may answer: everybody wanted but the preparer; raises BadConfig RS-154 when nobody is left."""
    left = sorted(set(wanted) - {prepared_by, ""})
    if not left:
        raise BadConfig(
            "RS-154",
            "nobody is left to approve",
            record=prepared_by,
            expected="an approver who is not the preparer",
            do="name one in the parameter approvers, or let another user start the run",
        )
    return left


def sign_off_hash(parts: Iterable[Mapping[str, Any]]) -> str:
    """Give one hash over the parts a sign-off rests on (name, lines, sha256), in the order given."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(
            UNIT_SEPARATOR.join((str(part["part"]), str(part["lines"]), str(part["sha256"]))).encode() + b"\n"
        )
    return digest.hexdigest()
