"""Receiving confirmations: made from tagged receipts and what takes them back, judged against what is ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sage_bridge.lanes import RECEIPT_FLOW
from sage_hooks.checkpoint import checkpoint
from sage_hooks.outbox_company import lock_lines
from sage_hooks.warehouse import refresh_statistics, run_file

if TYPE_CHECKING:
    from sage_hooks.outbox_company import Company
    from sage_hooks.warehouse import Connection


def prepare_receipts(connection: Connection, company: Company) -> int:
    """Make the confirmations of newly tagged events, hold what is over-received, free what is cured; one transaction.

    Returns:
        Number of new confirmations.
    """
    one = {"company_id": company.company_id}
    with connection.transaction():
        lock_lines(connection, company.company_id, RECEIPT_FLOW)
        created = run_file(connection, "outbox/insert_receiving_confirmations", one)
        refresh_statistics(connection, created, "outbox.receiving_confirmation")
        run_file(connection, "outbox/update_adopted_receipts", one)
        run_file(connection, "outbox/update_receipt_holds", {**one, "tolerance_pct": company.tolerance_pct})
        checkpoint("postings.before_commit")
    checkpoint("postings.committed")
    return created
