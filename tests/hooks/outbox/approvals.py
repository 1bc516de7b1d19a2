"""An approved adjustment for tests of the outbox."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tests.hooks.outbox.place import CATEGORY, CODE, COMPANY, JOB

if TYPE_CHECKING:
    from tests.hooks.outbox.place import Place


def adjustment(place: Place, *, state: str = "approved", approved_hash: str = "a" * 64, **over: object) -> int:
    """Propose and approve an adjustment, or do it wrongly as `over` says; gives its number."""
    run_no = place.one(
        "insert into recon.run (company_id, scope, period, mode, materiality, prepared_by, dag_run_id, state)"
        " values ('AW', 'period', '2026-03', 'propose', 0, 'anna', 'r1', 'approved') returning run_no"
    )
    approval = place.one(
        "insert into audit.approval (company_id, subject_kind, subject_id, content_hash, prepared_by, decided_by,"
        " decision, dag_id, run_id) values ('AW', 'reconciliation', '1', %(h)s, 'anna', %(by)s, %(d)s, 'd', 'r')"
        " returning approval_id",
        h=approved_hash,
        by=over.pop("decided_by", "carl"),
        d=over.pop("decision", "approved"),
    )
    values: dict[str, object] = {
        "run_no": run_no,
        "company_id": COMPANY,
        "period": "2026-03",
        "job": JOB,
        "extra": "",
        "cost_code": CODE,
        "category": CATEGORY,
        "transaction_date": date(2026, 3, 31),
        "amount": "-12.34",
        "reason": 'wrong "code"',
        "content_hash": "a" * 64,
        "proposed_by": "anna",
        "approval_id": approval,
        "state": state,
    }
    place.insert("recon.adjustment", **{**values, **over})
    return int(place.one("select max(adjustment_id) from recon.adjustment"))
