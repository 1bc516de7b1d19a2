"""Commitment change orders: made from approved proposals, one per commitment and approval, held while they cannot go.

The table of approvals is asked here as well: what a task instance claims is a hint (protocol 3.6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sage_bridge.errors import NotApproved
from sage_bridge.lanes import CHANGE_FLOW
from sage_hooks.checkpoint import checkpoint
from sage_hooks.outbox_company import lock_lines
from sage_hooks.warehouse import fetch_file, run_file

if TYPE_CHECKING:
    from sage_hooks.outbox_company import Company
    from sage_hooks.warehouse import Connection


def prepare_changes(connection: Connection, company: Company) -> int:
    """Make the change orders of what was approved, hold those that cannot go with their reason, free the others.

    Where the flow is off nothing is made: people enter it in Sage.

    Returns:
        Number of proposals taken.

    Raises:
        NotApproved: RS-604 a row claims an approval that is not there; no change order of the company goes.
    """
    one = {"company_id": company.company_id}
    created = 0
    with connection.transaction():
        lock_lines(connection, company.company_id, CHANGE_FLOW)
        _require_approvals(connection, company.company_id)
        if company.profile.flow("commitment_changes").is_on:
            created = run_file(connection, "outbox/insert_change_orders", one)
        run_file(connection, "outbox/update_adopted_changes", one)
        run_file(connection, "outbox/update_change_holds", one)
        checkpoint("postings.before_commit")
    checkpoint("postings.committed")
    return created


def _require_approvals(connection: Connection, company_id: str) -> None:
    missing = fetch_file(connection, "outbox/select_unapproved_changes", {"company_id": company_id})
    if not missing:
        return
    first = missing[0]
    raise NotApproved(
        "RS-604",
        f"{len(missing)} corrections of commitments are marked approved without an approval of this content by "
        "another person",
        record=f"{company_id} proposal P{first['proposal_id']}",
        expected=f"decision approved, content {first['content_hash']}, decided by another than the preparer",
        found=f"{first['decision']}, content {first['approved_hash']}, {first['prepared_by']} -> {first['decided_by']}",
        do="find out who set the state, then run the reconciliation and its approval again",
    )
