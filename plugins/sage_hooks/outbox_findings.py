"""Exceptions of the outbox: each check says what it finds now, the open exceptions are made equal to it.

So an exception closes by itself as soon as its cause is gone, and none is opened twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sage_bridge.lanes import ACK_OVERDUE_MINUTES
from sage_hooks.warehouse import run_file

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

Check = Literal[
    "postings",
    "ap_rows",
    "sage_evidence",
    "batches",
    "receipts",
    "journals",
    "ledger_evidence",
    "changes",
    "change_evidence",
]

# What each check looks at, and every rule it may name: those it does not name now are closed.
_CHECKS: dict[Check, tuple[str, tuple[str, ...]]] = {
    "postings": (
        "cost_posting",
        (
            "job_not_open",
            "extra_not_open",
            "group_code",
            "code_not_open",
            "unknown_code",
            "no_cost_account",
            "no_open_period",
            "unknown_period",
            "amount_over_limit",
            "unwritable_line",
            "already_in_sage",
            "sent_before_restore",
            "rejected_by_sage",
        ),
    ),
    "ap_rows": ("job_cost_transaction", ("ap_unmatched",)),
    "sage_evidence": ("cost_posting", ("posted_twice", "changed_in_sage")),
    "batches": ("batch", ("outcome_unknown", "ack_overdue", "answer_contradicts", "lane_locked")),
    "receipts": (
        "receiving_confirmation",
        ("over_receipt", "receipt_held", "unknown_line", "unwritable_line", "rejected_by_sage"),
    ),
    "journals": ("journal_line", ("ledger_month_not_open", "unwritable_line", "rejected_by_sage")),
    "ledger_evidence": ("journal_line", ("posted_twice", "changed_in_sage")),
    "changes": (
        "change_order",
        (
            "already_in_sage",
            "flow_off",
            "commitment_closed",
            "unknown_line",
            "commitment_moved",
            "unwritable_line",
            "rejected_by_sage",
        ),
    ),
    "change_evidence": ("change_order", ("posted_twice", "changed_in_sage")),
}


def settle_findings(connection: Connection, company_id: str, check: Check) -> None:
    """Make the open exceptions of `check` equal to what it finds now, inside the caller's transaction."""
    record_kind, rules = _CHECKS[check]
    run_file(connection, "outbox/create_finding")
    connection.execute("truncate finding")
    parameters: dict[str, object] = {"company_id": company_id}
    if check == "batches":
        parameters["overdue_minutes"] = ACK_OVERDUE_MINUTES
    run_file(connection, f"outbox/insert_finding_from_{check}", parameters)
    run_file(
        connection,
        "outbox/merge_finding",
        {"company_id": company_id, "record_kind": record_kind, "rules": list(rules)},
    )
