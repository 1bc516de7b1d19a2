"""Lines of the period-end journal: made from approved proposals, entry and reversal, held while a month is shut.

The table of approvals is asked here as well: what a task instance claims is a hint (protocol 3.6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sage_bridge.errors import NotApproved
from sage_bridge.lanes import JOURNAL_FLOW
from sage_hooks.checkpoint import checkpoint
from sage_hooks.outbox_company import lock_lines
from sage_hooks.warehouse import fetch_file, refresh_statistics, run_file

if TYPE_CHECKING:
    from sage_hooks.outbox_company import Company
    from sage_hooks.warehouse import Connection


def prepare_journals(connection: Connection, company: Company) -> int:
    """Make the lines of what was approved, hold those of a month the ledger has not open, free the others.

    Returns:
        Number of new lines.

    Raises:
        NotApproved: RS-603 a row claims an approval that is not there; no journal of the company goes.
    """
    one = {"company_id": company.company_id}
    with connection.transaction():
        lock_lines(connection, company.company_id, JOURNAL_FLOW)
        _require_approvals(connection, company.company_id)
        values = {**one, "amount_limit": company.profile.limits.amount_line}
        created = run_file(connection, "outbox/insert_journal_lines", values)
        refresh_statistics(connection, created, "outbox.journal_line")
        run_file(connection, "outbox/update_adopted_journals", one)
        run_file(connection, "outbox/update_journal_holds", one)
        checkpoint("postings.before_commit")
    checkpoint("postings.committed")
    return created


def _require_approvals(connection: Connection, company_id: str) -> None:
    missing = fetch_file(connection, "outbox/select_unapproved_journals", {"company_id": company_id})
    if not missing:
        return
    first = missing[0]
    raise NotApproved(
        "RS-603",
        f"{len(missing)} journal lines are marked approved without an approval of this content by another person",
        record=f"{company_id} journal proposal {first['proposal_id']}",
        expected=f"decision approved, content {first['content_hash']}, decided by another than the preparer",
        found=f"{first['decision']}, content {first['approved_hash']}, {first['prepared_by']} -> {first['decided_by']}",
        do="find out who set the state, then run the reconciliation and its approval again",
    )
