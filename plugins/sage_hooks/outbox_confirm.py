"""Read-back: a cost line is posted when Sage shows its reference exactly once with the same amount, codes and month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sage_bridge.lanes import CHANGE_FLOW, JOURNAL_FLOW, State
from sage_hooks import outbox_lane
from sage_hooks.checkpoint import checkpoint
from sage_hooks.outbox_company import lock_lines, settle
from sage_hooks.outbox_findings import settle_findings
from sage_hooks.warehouse import away_is_transient, fetch_file, refresh_statistics, run_file

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What one read-back proved: cost lines newly posted (or moved to another Sage row), files wholly posted."""

    lines: int
    files: int


@away_is_transient
def confirm_journals(connection: Connection, company_id: str) -> Confirmed:
    """Compare our journal lines with the mirror of the general ledger; call it after that mirror was refreshed.

    A line is posted when the ledger shows its debit and its credit once each, with its reference, in its month.
    """
    settle(connection)
    one = {"company_id": company_id}
    with connection.transaction():
        lock_lines(connection, company_id, JOURNAL_FLOW)
        run_file(connection, "outbox/create_ledger_evidence", one)
        connection.execute("analyze ledger_evidence")
        lines = run_file(connection, "outbox/update_journals_posted", one)
        run_file(connection, "outbox/update_journal_proposals_posted", one)
        files = _files_posted(connection, company_id)
        for check in ("ledger_evidence", "journals", "batches"):
            settle_findings(connection, company_id, check)
        checkpoint("confirm.before_commit")
    checkpoint("confirm.committed")
    return Confirmed(lines, files)


@away_is_transient
def confirm_changes(connection: Connection, company_id: str) -> Confirmed:
    """Compare our change orders with the mirror of Sage's; call it after that mirror was refreshed.

    One is posted when Sage shows it approved, and what it shows under its number is exactly our lines, once.
    """
    settle(connection)
    one = {"company_id": company_id}
    with connection.transaction():
        lock_lines(connection, company_id, CHANGE_FLOW)
        run_file(connection, "outbox/create_change_evidence", one)
        lines = run_file(connection, "outbox/update_changes_posted", one)
        run_file(connection, "outbox/update_change_proposals_posted", one)
        files = _files_posted(connection, company_id)
        for check in ("change_evidence", "changes", "batches"):
            settle_findings(connection, company_id, check)
        checkpoint("confirm.before_commit")
    checkpoint("confirm.committed")
    return Confirmed(lines, files)


@away_is_transient
def confirm_posted(connection: Connection, company_id: str) -> Confirmed:
    """Compare our cost lines with the mirror of Sage's posted rows; call it after that mirror was refreshed.

    A reference that stands twice or with other content stays where it is and becomes an exception. A file whose
    outcome was unknown is settled when Sage shows all its lines.

    Args:
        connection: warehouse; what the caller left open on it is committed.
        company_id: whose lines.
    """
    settle(connection)
    one = {"company_id": company_id}
    with connection.transaction():
        lock_lines(connection, company_id, "DC")
        run_file(connection, "outbox/create_sage_evidence", one)
        connection.execute("analyze sage_evidence")
        lines = run_file(connection, "outbox/update_postings_posted", one)
        refresh_statistics(connection, lines, "outbox.cost_posting")
        run_file(connection, "outbox/update_adjustments_posted", one)
        files = _files_posted(connection, company_id)
        settle_findings(connection, company_id, "sage_evidence")
        settle_findings(connection, company_id, "postings")
        settle_findings(connection, company_id, "batches")
        checkpoint("confirm.before_commit")
    checkpoint("confirm.committed")
    return Confirmed(lines, files)


def _files_posted(connection: Connection, company_id: str) -> int:
    """Move the files all of whose lines Sage shows; gives their number."""
    return sum(
        outbox_lane.step(
            connection,
            company_id,
            batch["batch_id"],
            batch["file_name"],
            start=(batch["state"],),
            to=State.POSTED,
            evidence={"seen": "every line stands in Sage once with equal content"},
        )
        for batch in fetch_file(connection, "outbox/select_posted_batches", {"company_id": company_id})
    )
