"""Words of a job's end: what must be true before a job is closed (domain 7.8), as a person reads it before deciding.

The figures come from `include/sql/recon`; the demands hold under every policy.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sage_bridge.proposals import MOST_LINES, REFUSING, money, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ZERO = Decimal("0.00")
DEMANDS = {
    "nothing_to_receive": "nothing to receive, or the commitment closed",
    "nothing_owed": "received and invoiced equal on every line",
    "every_invoice_offset": "every invoice of a line mirrored, none unmatched",
    "no_stock_on_site": "no stock on site: returned, transferred or written off",
    "no_pending_credit": "no credit awaited",
    "no_open_exception": "no open exception",
    "everything_posted": "nothing on its way to Sage or unposted there",
}
"""What a job's end demands, in reading order."""


def job_subject(run: Mapping[str, Any], demands: Sequence[Mapping[str, Any]]) -> str:
    """Give the headline of a decision about a job's end in one line."""
    lacks = f"{len(demands)} demands not met" if demands else "every demand met"
    asked = f"approve {run['proposed_events']} proposals" if run["proposed_events"] else "approve that it ends"
    by = f"run {run['run_no']}, prepared by {run['prepared_by']}"
    return f"{run['company_name']} job {run['job']}: {asked}, {lacks} ({by})"


def job_body(run: Mapping[str, Any], demands: Sequence[Mapping[str, Any]], events: Sequence[Mapping[str, Any]]) -> str:
    """Give what a job's end still lacks and what is proposed, in Markdown.

    Args:
        run: the run with its numbers.
        demands: what is not met: demand, record_key, expected, found, next_step, owner.
        events: events proposed to RunBlu, and reductions proposed for Sage.
    """
    missing = {row["demand"] for row in demands}
    met = [(words, "NO" if name in missing else "yes") for name, words in DEMANDS.items()]
    names = ("demand", "record_key", "expected", "found", "next_step", "owner")
    lines = [[str(row[name]).replace("_", " ") if name == "demand" else row[name] for name in names] for row in demands]
    proposed = [
        (
            row["line"],
            row["event_type"].replace("_", " "),
            f"{row['commitment']}/{row['item_number']}",
            row["quantity"],
            "" if row["amount"] is None else money(row["amount"]),
            row["reason"],
        )
        for row in events
    ]
    return "\n".join(
        [
            f"Company **{run['company_id']}**, job **{run['job']}**, content `{run['content_hash']}`.\n",
            REFUSING,
            "### What must be true\n",
            table(["demand", "holds"], met),
            "### What is missing\n",
            table(["demand", "record", "expected", "found", "next step", "who"], lines[:MOST_LINES], len(lines)),
            "### Proposed to RunBlu, and change orders proposed for Sage\n",
            table(["line", "event", "PO line", "quantity", "amount", "reason"], proposed),
            f"Money of what is missing: {money(sum((abs(row['amount']) for row in demands), start=ZERO))}.\n",
        ]
    )
