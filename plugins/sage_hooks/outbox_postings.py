"""Cost lines: drafted from entries, AP rows and approved adjustments, judged, numbered, written; set-wise.

Every run looks at the lines that have not left yet as well: what held them may be cured, their month may be closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sage_bridge.errors import BrokenLaw, NotApproved
from sage_hooks.checkpoint import checkpoint
from sage_hooks.outbox_company import lock_lines
from sage_hooks.outbox_findings import settle_findings
from sage_hooks.prices import value_prices
from sage_hooks.warehouse import fetch_file, refresh_statistics, run_file

if TYPE_CHECKING:
    from datetime import date

    from sage_hooks.outbox_company import Company
    from sage_hooks.warehouse import Connection

_SALT_ROUNDS = 64


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one preparation did: new lines, entries they carry, lines held or freed, rejected freed, lines undone."""

    created: int
    entries: int
    changed: int
    released: int
    netted: int


def prepare_costs(connection: Connection, company: Company, through_date: date | None) -> Prepared:
    """Draft what the policy of each line posts, judge every open line; one transaction.

    Args:
        connection: warehouse.
        company: whose lines.
        through_date: entries and AP rows after this day stay for later; None takes all.
    """
    value_prices(connection, company.company_id)
    with connection.transaction():
        prepared = _prepare(connection, company, ("value_entries", "ap_rows", "cost_entries"), through_date)
        settle_findings(connection, company.company_id, "ap_rows")
        checkpoint("postings.before_commit")
    checkpoint("postings.committed")
    return prepared


def prepare_adjustments(connection: Connection, company: Company) -> Prepared:
    """Draft the approved adjustments, judge every open line; one transaction.

    Raises:
        NotApproved: RS-601 a row claims an approval that is not there; no adjustment of the company goes.
    """
    with connection.transaction():
        _require_approvals(connection, company.company_id)
        prepared = _prepare(connection, company, ("adjustments",), None)
        checkpoint("postings.before_commit")
    checkpoint("postings.committed")
    return prepared


def _prepare(connection: Connection, company: Company, drafts: tuple[str, ...], through_date: date | None) -> Prepared:
    one: dict[str, object] = {"company_id": company.company_id}
    lock_lines(connection, company.company_id, "DC")
    run_file(connection, "outbox/create_work_posting")
    run_file(connection, "outbox/insert_work_posting_from_open_lines", one)
    if "value_entries" in drafts:
        _take_marks(connection, one)
    for source in drafts:
        run_file(connection, f"outbox/insert_work_posting_from_{source}", {**one, "through_date": through_date})
    connection.execute("analyze work_posting")
    run_file(connection, "outbox/update_work_posting_numbers", one)
    _resolve_collisions(connection, company.company_id)
    run_file(connection, "outbox/create_ready_posting", one)
    changed = run_file(connection, "outbox/update_open_postings", one)
    released = run_file(connection, "outbox/update_rejected_postings", one)
    created = run_file(connection, "outbox/insert_cost_postings", one)
    refresh_statistics(connection, created, "outbox.cost_posting")
    entries = run_file(connection, "outbox/insert_posting_entries", one)
    refresh_statistics(connection, entries, "outbox.posting_entry")
    run_file(connection, "outbox/update_adopted_postings", one)
    netted = run_file(connection, "outbox/update_postings_netted", one)
    return Prepared(created, entries, changed, released, netted)


def _take_marks(connection: Connection, one: dict[str, object]) -> None:
    """Find the value entries of which something may be due: what is new, and all of PO lines whose policies changed."""
    run_file(connection, "outbox/create_work_policy", one)
    connection.execute("analyze work_policy")
    run_file(connection, "outbox/create_changed_policy", one)
    connection.execute("analyze changed_policy")
    run_file(connection, "outbox/create_work_run")
    run_file(connection, "outbox/insert_work_runs", one)
    connection.execute("analyze work_run")
    run_file(connection, "outbox/delete_posted_policies", one)
    kept = run_file(connection, "outbox/insert_posted_policies", one)
    refresh_statistics(connection, kept, "outbox.posted_policy")


def _resolve_collisions(connection: Connection, company_id: str) -> None:
    """Give new lines another reference where theirs is taken.

    Raises:
        BrokenLaw: RS-442 references still collide; with 45 bits this is no accident.
    """
    for _ in range(_SALT_ROUNDS):
        if not run_file(connection, "outbox/update_work_posting_collisions", {"company_id": company_id}):
            return
    raise BrokenLaw(
        "RS-442",
        "posting references keep colliding",
        record=company_id,
        expected=f"none after {_SALT_ROUNDS} salts",
        do="check outbox.reference_number against sage_bridge.identity",
    )


def _require_approvals(connection: Connection, company_id: str) -> None:
    missing = fetch_file(connection, "outbox/select_unapproved_adjustments", {"company_id": company_id})
    if not missing:
        return
    first = missing[0]
    raise NotApproved(
        "RS-601",
        f"{len(missing)} adjustments are marked approved without an approval of exactly this content by another person",
        record=f"{company_id} adjustment {first['adjustment_id']}",
        expected=f"decision approved, content {first['content_hash']}, decided by another than the preparer",
        found=f"{first['decision']}, content {first['approved_hash']}, {first['prepared_by']} -> {first['decided_by']}",
        do="find out who set the state, then run the reconciliation and its approval again",
    )
