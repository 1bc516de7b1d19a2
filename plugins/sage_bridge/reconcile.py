"""Words and rules of a month's reconciliation that need no database: terms, decision, proposal text, sign-off hash.

The figures come from `include/sql/recon`; here they become what a person reads before deciding, and one hash. The text
is Markdown, because Airflow renders it where the decision is taken.
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
    from collections.abc import Callable, Iterable, Mapping, Sequence

Mode = Literal["preview", "propose"]
APPROVE, REJECT = "Approve", "Reject"
MOST_LINES = 25
"""Lines of one table in a proposal; the rest is counted, and all of it stands in the marts."""

COMPONENTS = (
    "original", "change_orders", "not_received", "closed_short", "over_receipt", "returned", "on_hand",
    "moved_code", "rounding", "consumed", "consumption_not_costed", "invoiced", "price", "accrual", "tax_freight",
    "unmanaged", "foreign", "adjustments", "differences", "cut_off_in_flight", "cut_off_late", "job_cost",
)  # fmt: skip
"""Components of both bridges in reading order."""

_PERIOD = re.compile(r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])", re.ASCII)
_LINK = re.compile(r"(?P<row_id>.+)=(?P<commitment>[^=/]{1,12})/(?P<item>[0-9]{1,6})", re.ASCII)
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

    @property
    def period_end(self) -> date:
        """The last day of the month."""
        return period_end(self.period)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one person decided, when, and why in words."""

    decided_by: str
    is_approved: bool
    comment: str
    decided_at: datetime


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


def read_decision(answer: Mapping[str, Any] | None, prepared_by: str) -> Decision:
    """Take apart what Airflow keeps of a person's answer.

    Args:
        answer: result of the approval task: chosen_options, params_input, responded_by_user, responded_at.
        prepared_by: who started the run.

    Raises:
        NotApproved: RS-651 there is no answer of a person (the task was marked successful by hand, or timed out);
            RS-652 the preparer answered.
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
    comment = str((answer.get("params_input") or {}).get("comment") or "")
    return Decision(name, chosen == [APPROVE], comment, decided_at)


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


def money(amount: Decimal) -> str:
    """Give an amount for people: thousands separated, two decimals, minus in front."""
    return f"{amount:,.2f}"


def table(headers: Sequence[str], rows: Sequence[Sequence[object]], total: int | None = None) -> str:
    """Give a Markdown table; amounts are right-aligned, pipes defused, rows beyond `MOST_LINES` counted.

    Args:
        headers: one per column.
        rows: cells; a Decimal is shown as money.
        total: how many rows there are in all, when `rows` is only their beginning.
    """
    if not rows:
        return "none\n"
    is_amount = [all(isinstance(row[place], Decimal) for row in rows) for place in range(len(headers))]
    lines = [
        "| " + " | ".join(headers) + " |",
        "| " + " | ".join("---:" if right else "---" for right in is_amount) + " |",
    ]
    lines.extend("| " + " | ".join(_cell(value) for value in row) + " |" for row in rows[:MOST_LINES])
    left_out = (len(rows) if total is None else total) - min(len(rows), MOST_LINES)
    if left_out > 0:
        lines.append(f"\n... and {left_out} more, see the marts")
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return money(value)
    return (
        re.sub(r"\s+", " ", str(value)).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
    )


def codes(row: Mapping[str, Any]) -> str:
    """Give job, extra, cost code and category as people read them."""
    return " / ".join(str(part) for part in (row["job"], row["extra"], row["cost_code"], row["category"]) if part)


def proposal_subject(run: Mapping[str, Any]) -> str:
    """Give the headline of a decision in one line."""
    asked = f"{run['adjustments']} adjustments" if run["adjustments"] else "the sign-off, nothing to adjust"
    if run["journal_lines"]:
        asked += f", a journal of {run['journal_lines']} lines"
    by = f"run {run['run_no']}, prepared by {run['prepared_by']}"
    return f"{run['company_name']} {run['period']}: approve {asked} ({by})"


def proposal_body(
    run: Mapping[str, Any],
    bridges: Sequence[Mapping[str, Any]],
    differences: Sequence[Mapping[str, Any]],
    adjustments: Sequence[Mapping[str, Any]],
    decisions: Sequence[Mapping[str, Any]],
    events: Sequence[Mapping[str, Any]],
    *,
    journal: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Give the whole proposal in Markdown: what is approved first, then what it rests on.

    Args:
        run: the run with its tie-out and numbers.
        bridges: totals of both bridges by component.
        differences: the largest differences.
        adjustments: proposed correcting lines.
        decisions: entries of others to accept or to reverse.
        events: events proposed to RunBlu.
        journal: proposed lines of the month's journal for the general ledger, reversed on the next month's first day.
    """
    terms = f"Company **{run['company_id']}**, period **{run['period']}**, materiality {money(run['materiality'])}"
    sections = [
        f"{terms}, content `{run['content_hash']}`.\n",
        "### Adjustments to approve\n",
        _adjustments(adjustments, run["adjustments"]),
    ]
    if journal:
        sections += [
            "### Journal for the general ledger, reversed on the first day of the next month\n",
            _journal(journal, run["journal_lines"]),
        ]
    if decisions:
        sections += ["### Entries of others\n", _decisions(decisions)]
    if events:
        sections += ["### Proposed to RunBlu, and change orders proposed for Sage\n", _events(events)]
    sections += [
        "### Differences\n",
        _differences(differences, run["differences"]),
        *_bridges(bridges),
        "### Tie-out\n",
        tie_out_table(run["tie_out"]),
    ]
    return "\n".join(sections)


def _adjustments(rows: Sequence[Mapping[str, Any]], total: int) -> str:
    names = ("adjustment_id", "corrects_reference", codes, "transaction_date", "amount", "reason")
    return table(["no", "corrects", "codes", "date", "amount", "reason"], _cells(rows, names), total)


def _journal(rows: Sequence[Mapping[str, Any]], total: int) -> str:
    names = (_line, "side", "debit_account", "credit_account", "amount")
    return table(["PO line", "what", "debit", "credit", "amount"], _cells(rows, names), total)


def _differences(rows: Sequence[Mapping[str, Any]], total: int) -> str:
    names = ("difference_id", "cause", "reference", codes, "amount_ours", "amount_sage", "state", "explanation")
    return table(
        ["no", "cause", "reference", "codes", "ours", "Sage", "state", "what to do"], _cells(rows, names), total
    )


def _decisions(rows: Sequence[Mapping[str, Any]]) -> str:
    names = ("row_id", "decision", codes, "transaction_date", "amount", _described)
    return table(["Sage row", "decision", "codes", "date", "amount", "what it is"], _cells(rows, names))


def _events(rows: Sequence[Mapping[str, Any]]) -> str:
    names = ("event_type", _line, "standard_item", _quantity, "reason")
    return table(["event", "line", "material", "quantity", "reason"], _cells(rows, names))


def _cells(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str | Callable[[Mapping[str, Any]], str]]
) -> list[list[object]]:
    return [[row[name] if isinstance(name, str) else name(row) for name in names] for row in rows]


def _line(row: Mapping[str, Any]) -> str:
    return f"{row['commitment']}/{row['item_number']}"


def _quantity(row: Mapping[str, Any]) -> str:
    return f"{row['quantity'].normalize():f} {row['unit']}"


def _described(row: Mapping[str, Any]) -> str:
    return f"{row['transaction_type']}: {row['description']}"


def _bridges(totals: Sequence[Mapping[str, Any]]) -> list[str]:
    titles = {
        "quantity": "### From the order to consumption, at PO cost\n",
        "cost": "### From consumption to job cost in Sage\n",
    }
    sections = []
    for bridge, title in titles.items():
        rows = [(t["component"].replace("_", " "), t["amount"]) for t in totals if t["bridge"] == bridge]
        sections += [title, table(["component", "amount"], rows)]
    return sections


def tie_out_table(tie_out: Mapping[str, Any]) -> str:
    """Give the tie-out as a table: each promise with both sides and how many records break it."""
    rows = [
        (
            promise["promise"].replace("_", " "),
            Decimal(promise["ours"]),
            Decimal(promise["other"]),
            _verdict(promise["broken"]),
        )
        for promise in tie_out.get("promises", [])
    ]
    rows += [
        (
            f"Sage's own totals ({mirror['flow'].lower()})",
            Decimal(mirror["amount_rows"]),
            Decimal(mirror["amount_sage"]),
            _verdict(mirror["codes_off"]) if mirror["is_comparable"] else "not comparable: totals older than cost rows",
        )
        for mirror in tie_out.get("mirror", [])
    ]
    return table(["promise", "one side", "other side", "holds"], rows)


def _verdict(broken: int) -> str:
    return "yes" if broken == 0 else f"NO, {broken} records"
