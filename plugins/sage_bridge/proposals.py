"""What a person reads before deciding about a reconciliation, as Markdown: Airflow renders it where they decide."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MOST_LINES = 25
"""Lines of one table in a proposal; the rest is counted, and all of it stands in the marts."""


REFUSING = (
    "Approve takes every line below but those named in `refuse`, one per row with the reason, such as "
    "`A12=the clerk corrects it in Sage`. A refused line is not sent and comes back with the next reconciliation.\n"
)
"""How single lines are refused, for whoever decides."""


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
    asked = "the sign-off, nothing to adjust"
    if run["adjustments"]:
        asked = f"{run['adjustments']} adjustments of {money(run['amount_adjustments'])} in all"
    if run["journal_lines"]:
        asked += f", a journal of {run['journal_lines']} lines"
    if run["releases"]:
        asked += f", decisions about {run['releases']} old accruals"
    if run["dismissals"]:
        asked += f", {run['dismissals']} differences that may stand"
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
    releases: Sequence[Mapping[str, Any]] = (),
    dismissals: Sequence[Mapping[str, Any]] = (),
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
        releases: accruals that leave job cost or journal, or come back, until the line moves.
        dismissals: differences that may stand as they are, until they move.
    """
    terms = f"Company **{run['company_id']}**, period **{run['period']}**, materiality {money(run['materiality'])}"
    sections = [
        f"{terms}, content `{run['content_hash']}`.\n",
        REFUSING,
        "### Adjustments to approve\n",
        _adjustments(adjustments, run["adjustments"]),
    ]
    if decisions:
        sections += ["### Entries of others\n", _decisions(decisions)]
    if journal:
        sections += [
            "### Journal for the general ledger, reversed on the first day of the next month\n",
            _journal(journal, run["journal_lines"]),
        ]
    if releases:
        sections += ["### Old accruals, until the line moves\n", _releases(releases, run["releases"])]
    if dismissals:
        sections += ["### Differences that may stand, until they move\n", _dismissals(dismissals, run["dismissals"])]
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
    names = ("line", "corrects", codes, "transaction_date", "amount", "reason")
    return table(["line", "corrects", "codes", "date", "amount", "reason"], _cells(rows, names), total)


def _journal(rows: Sequence[Mapping[str, Any]], total: int) -> str:
    names = ("line", _line, "side", "debit_account", "credit_account", "amount")
    return table(["line", "PO line", "what", "debit", "credit", "amount"], _cells(rows, names), total)


def _releases(rows: Sequence[Mapping[str, Any]], total: int) -> str:
    names = ("line", _line, "decision", codes, "amount", "reason")
    return table(["line", "PO line", "decision", "codes", "amount", "reason"], _cells(rows, names), total)


def _dismissals(rows: Sequence[Mapping[str, Any]], total: int) -> str:
    names = ("line", "cause", "reference", codes, "amount_ours", "amount_sage", "reason")
    return table(["line", "cause", "reference", "codes", "ours", "Sage", "why"], _cells(rows, names), total)


def _differences(rows: Sequence[Mapping[str, Any]], total: int) -> str:
    names = ("difference_id", "cause", "reference", codes, "amount_ours", "amount_sage", "state", "explanation")
    return table(
        ["no", "cause", "reference", "codes", "ours", "Sage", "state", "what to do"], _cells(rows, names), total
    )


def _decisions(rows: Sequence[Mapping[str, Any]]) -> str:
    names = ("line", "row_id", "decision", codes, "transaction_date", "amount", _described)
    return table(["line", "Sage row", "decision", "codes", "date", "amount", "what it is"], _cells(rows, names))


def _events(rows: Sequence[Mapping[str, Any]]) -> str:
    names = ("line", "event_type", _line, "standard_item", _quantity, _amount_if_any, "reason")
    return table(["line", "event", "PO line", "material", "quantity", "amount", "reason"], _cells(rows, names))


def _cells(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str | Callable[[Mapping[str, Any]], str]]
) -> list[list[object]]:
    return [[row[name] if isinstance(name, str) else name(row) for name in names] for row in rows]


def _line(row: Mapping[str, Any]) -> str:
    return f"{row['commitment']}/{row['item_number']}"


def _quantity(row: Mapping[str, Any]) -> str:
    return f"{row['quantity'].normalize():f} {row['unit']}"


def _amount_if_any(row: Mapping[str, Any]) -> str:
    return "" if row["amount"] is None else money(row["amount"])


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
    return "yes" if broken == 0 else f"NO, {broken} record{'s' * (broken > 1)}"
