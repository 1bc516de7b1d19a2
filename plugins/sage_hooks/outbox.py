"""The outbox: what goes to Sage, how it gets there exactly once, and what Sage said of it.

Order of a run: `check_lane` -> `seal_costs` / `seal_adjustments` / `seal_journals` / `seal_changes` /
`seal_receipts` -> `deliver` -> `take_answers` -> `confirm_posted`, for journals `confirm_journals`, for change orders
`confirm_changes`.
Each can run at any time, again, and beside the others; truth is in the tables of schema `outbox` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sage_bridge.lanes import CHANGE_FLOW, JOURNAL_FLOW, RECEIPT_FLOW, lines_of
from sage_hooks.outbox_answers import Answered, release_rejected, take_answers
from sage_hooks.outbox_changes import prepare_changes
from sage_hooks.outbox_company import load_company, settle
from sage_hooks.outbox_confirm import Confirmed, confirm_changes, confirm_journals, confirm_posted
from sage_hooks.outbox_deliver import Delivered, continue_lanes, deliver, require_known_numbers
from sage_hooks.outbox_findings import settle_findings
from sage_hooks.outbox_journals import prepare_journals
from sage_hooks.outbox_lane import require_open
from sage_hooks.outbox_postings import prepare_adjustments, prepare_costs
from sage_hooks.outbox_receipts import prepare_receipts
from sage_hooks.outbox_repair import Decision, readopt_lane, resolve_unknown
from sage_hooks.outbox_seal import Lane, seal_lane
from sage_hooks.warehouse import away_is_transient, fetch_file

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from sage_hooks.exchange import Exchange
    from sage_hooks.outbox_company import Company
    from sage_hooks.warehouse import Connection

__all__ = [
    "Answered",
    "Confirmed",
    "Decision",
    "Delivered",
    "SealCounts",
    "awaited_costs",
    "check_lane",
    "confirm_changes",
    "confirm_journals",
    "confirm_posted",
    "continue_lanes",
    "deliver",
    "readopt_lane",
    "release_rejected",
    "resolve_unknown",
    "seal_adjustments",
    "seal_changes",
    "seal_costs",
    "seal_journals",
    "seal_receipts",
    "take_answers",
]


@dataclass(frozen=True, slots=True)
class SealCounts:
    """What one sealing did: lines created, files and lines sealed, their net amount, lines kept back as unwritable."""

    created: int
    files: int
    lines: int
    amount: Decimal
    unwritable: int


@away_is_transient
def check_lane(connection: Connection, exchange: Exchange | None, company_id: str, flow: str) -> None:
    """Lock a lane of which server or Sage know a later file than we do; call it before anything is sealed.

    A file sealed by a database that was restored would take a number that is taken (protocol 3.7). Without a server
    (`exchange` None, hosted Sage) Sage alone is asked.

    Raises:
        LaneStopped: RS-502 the lane is locked.
        Transient: RS-901 the server is away.
    """
    settle(connection)
    lane = Lane(load_company(connection, company_id), flow)
    require_known_numbers(connection, exchange, lane)
    with connection.transaction():
        require_open(connection, lane)


@away_is_transient
def seal_costs(connection: Connection, company_id: str, through_date: date | None = None) -> SealCounts:
    """Make cost lines of what was consumed and invoiced and seal all that can leave, flow DC.

    Args:
        connection: warehouse; what the caller left open on it is committed.
        company_id: whose costs; its policy decides what is posted.
        through_date: later entries and AP rows wait; None takes all.

    Raises:
        BrokenLaw: RS-442 references collide, RS-443 a file breaks a promise, RS-444 a seal does not add up.
        LaneStopped: RS-502 the lane is locked.
    """
    settle(connection)
    company = load_company(connection, company_id)
    created = prepare_costs(connection, company, through_date).created
    return _sealed(connection, company, "DC", created)


@away_is_transient
def awaited_costs(connection: Connection) -> list[dict[str, str | None]]:
    """Give the companies of which an approved month waits for cost lines, with the day through which (ISO)."""
    settle(connection)
    rows = fetch_file(connection, "outbox/select_awaited_costs")
    connection.commit()
    return [{"company_id": row["company_id"], "through_date": row["through_date"].isoformat()} for row in rows]


@away_is_transient
def seal_adjustments(connection: Connection, company_id: str) -> SealCounts:
    """Make cost lines of the approved adjustments and seal them, flow ADJ.

    Raises:
        NotApproved: RS-601 an adjustment lacks an approval of its content by another person; none goes.
        BrokenLaw: as `seal_costs`.
    """
    settle(connection)
    company = load_company(connection, company_id)
    created = prepare_adjustments(connection, company).created
    return _sealed(connection, company, "ADJ", created)


@away_is_transient
def seal_journals(connection: Connection, company_id: str) -> SealCounts:
    """Make the lines of the approved journals, entries and reversals, and seal those whose month is open, flow GLJ.

    Raises:
        NotApproved: RS-603 a journal lacks an approval of its content by another person; none goes.
        BrokenLaw: as `seal_costs`.
    """
    settle(connection)
    company = load_company(connection, company_id)
    created = prepare_journals(connection, company)
    return _sealed(connection, company, JOURNAL_FLOW, created)


@away_is_transient
def seal_changes(connection: Connection, company_id: str) -> SealCounts:
    """Make commitment change orders of the approved corrections and seal those that can go, flow CMT.

    Raises:
        NotApproved: RS-604 a correction lacks an approval of its content by another person; none goes.
        BrokenLaw: as `seal_costs`.
    """
    settle(connection)
    company = load_company(connection, company_id)
    created = prepare_changes(connection, company)
    return _sealed(connection, company, CHANGE_FLOW, created)


@away_is_transient
def seal_receipts(connection: Connection, company_id: str) -> SealCounts:
    """Make confirmations of tagged receipts, rejections, returns and reversals and seal what is not held, flow RCV."""
    settle(connection)
    company = load_company(connection, company_id)
    created = prepare_receipts(connection, company)
    return _sealed(connection, company, RECEIPT_FLOW, created)


def _sealed(connection: Connection, company: Company, flow: str, created: int) -> SealCounts:
    sealed = seal_lane(connection, Lane(company, flow))
    with connection.transaction():
        settle_findings(connection, company.company_id, lines_of(flow))
    return SealCounts(created, sealed.files, sealed.lines, sealed.amount, sealed.refused)
