"""Receiving confirmations: made from tagged receipts and what takes them back, as differences to what was told."""

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
    """Make confirmations of what events move beyond what was told, hold over-receipts, free the cured; one transaction.

    Only events that something touched since they were last compared are compared.

    Returns:
        Number of new confirmations.
    """
    one = {"company_id": company.company_id}
    with connection.transaction():
        lock_lines(connection, company.company_id, RECEIPT_FLOW)
        connection.execute("drop table if exists work_receipt, work_confirmation")
        # The marks go before anything is read of what they stand for; if the run dies, they are back.
        run_file(connection, "outbox/create_work_receipt")
        run_file(connection, "outbox/insert_work_receipt", one)
        connection.execute("analyze work_receipt")
        run_file(connection, "outbox/create_work_confirmation", one)
        run_file(connection, "outbox/delete_open_receipts", one)
        run_file(connection, "outbox/update_open_receipts", one)
        created = run_file(connection, "outbox/insert_receiving_confirmations", one)
        refresh_statistics(connection, created, "outbox.receiving_confirmation")
        run_file(connection, "outbox/update_adopted_receipts", one)
        run_file(connection, "outbox/update_receipt_holds", {**one, "tolerance_pct": company.tolerance_pct})
        checkpoint("postings.before_commit")
    checkpoint("postings.committed")
    return created
