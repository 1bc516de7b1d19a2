"""Differences that may stand: named with a reason, approved by another person, open again as soon as they move.

The month is `a_month`; Sage shows the consumption of 400.00 as 388.00.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import psycopg
import pytest

from sage_bridge import reconcile
from sage_bridge.errors import BadConfig, BrokenLaw
from sage_hooks import reconciliation, sign_off
from sage_hooks.warehouse import fetch_file
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import FIRST, change, decide, differences, in_sage, propose, rows

if TYPE_CHECKING:
    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]

WHY = "the clerk keeps it so"
OPEN = ("changed_in_sage", "05 05 23", "400.00", "388.00", "open")
STANDS = (*OPEN[:4], "dismissed")


def name(books: Books) -> tuple[int, str]:
    """Give the difference as a preview shows it, with the reason to dismiss it."""
    propose(books, mode="preview", dag_run_id="preview")
    found = rows(books, "select difference_id from recon.difference order by difference_id desc limit 1")
    return found[0]["difference_id"], WHY


def dismissed(books: Books) -> int:
    in_sage(books, "amount", Decimal("388.00"))
    run_no = propose(books, dismiss_differences=(name(books),)).run_no
    decide(books, run_no)
    return run_no


def test_what_may_stand_is_not_adjusted_and_the_month_is_signed(books: Books) -> None:
    in_sage(books, "amount", Decimal("388.00"))
    outcome = propose(books, dismiss_differences=(name(books),))
    assert (outcome.differences, outcome.adjustments, differences(books)) == (1, 0, [STANDS])
    subject, body = reconciliation.proposal(books.connection, outcome.run_no)
    assert "1 differences that may stand" in subject
    assert f"| changed_in_sage | {FIRST} | 22-101 / 05 05 23 / M | 400.00 | 388.00 | {WHY} |" in body
    decide(books, outcome.run_no)
    signed = sign_off.sign_off(books.connection, outcome.run_no)
    assert differences(books) == [STANDS]
    head = fetch_file(books.connection, "recon/select_evidence_head", {"run_no": signed.run_no})[0]
    evidence = fetch_file(books.connection, "recon/select_evidence_differences", head)
    assert [
        (row["state"], row["dismissal_reason"], row["dismissed_by"], row["dismissal_approved_by"]) for row in evidence
    ] == [("dismissed", WHY, "finance", "controller")] * 2
    assert all(row["dismissed_at"] is not None for row in evidence[1:])


def test_without_the_decision_the_month_stays_open(books: Books) -> None:
    in_sage(books, "amount", Decimal("388.00"))
    run_no = propose(books, dismiss_differences=(name(books),)).run_no
    decide(books, run_no, is_approved=False)
    propose(books, dag_run_id="again")
    assert differences(books) == [(*OPEN[:4], "proposed")], "a refused dismissal dismisses nothing"


MOVED = {
    "amount": ("amount", Decimal("387.00"), (*OPEN[:3], "387.00", "open")),
    "day": ("transaction_date", "2024-11-07", OPEN),
    "account": ("debit_account", "5-9999", OPEN),
}


@pytest.mark.parametrize(("column", "value", "shown"), MOVED.values(), ids=MOVED)
def test_what_moves_is_open_again(books: Books, column: str, value: object, shown: tuple[str, ...]) -> None:
    dismissed(books)
    propose(books, mode="preview", dag_run_id="unmoved")
    assert differences(books) == [STANDS]
    in_sage(books, column, value)
    propose(books, mode="preview", dag_run_id="moved")
    assert differences(books) == [shown]
    said = rows(books, "select explanation from mart.sage_difference")[0]["explanation"]
    assert said.endswith(f"dismissed it on 2024-12-02 at 388.00 in Sage, 400.00 here ({WHY})")


def test_what_moves_before_the_proof_blocks_it(books: Books) -> None:
    run_no = dismissed(books)
    in_sage(books, "amount", Decimal("387.00"))
    with pytest.raises(BrokenLaw, match="1 changed_in_sage of 13"):
        sign_off.sign_off(books.connection, run_no)


def test_a_row_that_moves_to_the_history_moves_nothing(books: Books) -> None:
    dismissed(books)
    change(
        books,
        "update core.job_cost_transaction set source = 'HISTORY', row_id = 'H1', run = 2 where ref_1 = 'X000000001'",
    )
    propose(books, mode="preview", dag_run_id="history")
    assert differences(books) == [STANDS]


def test_a_refused_line_may_stay_away(books: Books) -> None:
    change(books, "delete from core.job_cost_transaction where ref_1 = 'X000000001'")
    books.state(FIRST, "rejected")
    run_no = propose(books, dismiss_differences=(name(books),)).run_no
    decide(books, run_no)
    sign_off.sign_off(books.connection, run_no)
    assert differences(books) == [("rejected", "05 05 23", "400.00", "0.00", "dismissed")]


def test_entries_of_others_are_decided_otherwise(books: Books) -> None:
    books.sage_row("HAND", "2024-11-20", "77.00")
    with pytest.raises(BadConfig, match=r"RS-157 .*accept or reverse entries of others"):
        propose(books, dismiss_differences=(name(books),))


def test_what_changed_since_it_was_named_is_not_dismissed(books: Books) -> None:
    in_sage(books, "amount", Decimal("388.00"))
    named = name(books)
    in_sage(books, "amount", Decimal("380.00"))
    with pytest.raises(BadConfig, match="RS-157"):
        propose(books, dismiss_differences=(named,))


@pytest.mark.parametrize("texts", [["7"], ["7="], ["7= "], ["x=why"], ["7=why", "7=because"], ["7=a\nb"]])
def test_a_dismissal_has_a_number_and_a_reason(texts: list[str]) -> None:
    with pytest.raises(BadConfig, match="RS-157"):
        reconcile.read_dismissals(texts)


def test_a_dismissal_is_read_exactly() -> None:
    assert reconcile.read_dismissals(["12=a = b", "7=why "]) == ((7, "why"), (12, "a = b"))


def test_nobody_dismisses_alone(books: Books) -> None:
    in_sage(books, "amount", Decimal("388.00"))
    run_no = propose(books, dismiss_differences=(name(books),)).run_no
    with pytest.raises(psycopg.errors.CheckViolation):
        decide(books, run_no, by="finance")
    books.connection.rollback()
    # Neither with an approval that is there, of another run.
    change(
        books,
        "insert into audit.approval (company_id, subject_kind, subject_id, content_hash, prepared_by, decided_by,"
        " decision, dag_id, run_id) values ('AW', 'recon.run', '999', repeat('0', 64), 'a', 'b', 'approved', '', '')",
    )
    with pytest.raises(psycopg.errors.RaiseException, match="RS-601"):
        change(
            books,
            "update recon.dismissal set state = 'approved',"
            " approval_id = (select max(approval_id) from audit.approval)",
        )
    books.connection.rollback()
    for statement in ("update recon.dismissal set reason = 'else'", "delete from recon.dismissal"):
        with pytest.raises(psycopg.errors.RaiseException, match="RS-450"):
            change(books, statement)
        books.connection.rollback()
    propose(books, mode="preview", dag_run_id="other")
    assert differences(books) == [OPEN]
