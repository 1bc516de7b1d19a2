"""Single lines of a proposal are refused, each with a reason: they are not sent, stay to be read and come back.

The month is `a_month`; Sage shows the consumption of 400.00 as 395.00, and an entry of others of 25.00.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import psycopg
import pytest

from sage_bridge.errors import BrokenLaw, NotApproved
from sage_bridge.proposals import REFUSING
from sage_hooks import reconciliation, sign_off
from sage_hooks.warehouse import fetch_file
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import FIRST, change, decide, differences, in_sage, propose, rows

if TYPE_CHECKING:
    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]

WHY = "the clerk corrects it in Sage"


def proposed(books: Books) -> int:
    in_sage(books, "amount", Decimal("395.00"))
    books.sage_row("F1", "2024-11-20", "25.00")
    books.connection.commit()
    return propose(books, reverse_entries=("F1",)).run_no


def line(books: Books, kind: str, amount: str | None = None) -> str:
    """Give the name of the newest proposed line of a kind."""
    found = rows(books, "select line, kind, amount from mart.proposal_line order by run_no desc")
    return str(next(row["line"] for row in found if row["kind"] == kind and amount in (None, str(row["amount"]))))


def decided(books: Books, run_no: int) -> list[tuple[str, ...]]:
    """Give what became of each line of a run."""
    found = rows(
        books, "select run_no, kind, amount, decision, reason, decided_by from mart.proposal_line order by kind, amount"
    )
    return [tuple(str(value) for value in list(row.values())[1:]) for row in found if row["run_no"] == run_no]


def test_a_refused_line_is_not_sent_and_comes_back(books: Books) -> None:
    run_no = proposed(books)
    refused = line(books, "adjustment", "5.00")
    _, body = reconciliation.proposal(books.connection, run_no)
    assert REFUSING in body
    assert f"| {refused} | {FIRST} | 22-101 / 05 05 23 / M |" in body
    assert decided(books, run_no)[0][2:] == ("None", "None", "None")
    assert decide(books, run_no, refused=((refused, WHY),))
    assert decided(books, run_no) == [
        ("adjustment", "-25.00", "approved", "looked at", "controller"),
        ("adjustment", "5.00", "refused", WHY, "controller"),
        ("entry", "None", "approved", "looked at", "controller"),
    ]
    assert rows(books, "select state from recon.adjustment order by amount") == [
        {"state": "approved"},
        {"state": "refused"},
    ]
    assert [row[-1] for row in differences(books) if row[0] == "changed_in_sage"] == ["open"]
    books.adjust()
    assert sign_off.waiting(books.connection, run_no) == []
    with pytest.raises(BrokenLaw, match=r"RS-451.*changed_in_sage"):
        sign_off.sign_off(books.connection, run_no)
    again = propose(books).run_no
    assert [row[:2] for row in decided(books, again)] == [("adjustment", "5.00")]
    decide(books, again)
    books.adjust()
    signed = sign_off.sign_off(books.connection, again)
    head = fetch_file(books.connection, "recon/select_evidence_head", {"run_no": signed.run_no})[0]
    evidence = fetch_file(books.connection, "recon/select_evidence_decisions", head)
    assert [(row["line"], row["reason"]) for row in evidence if row["decision"] == "refused"] == [(refused, WHY)]
    assert len(evidence) == 4


@pytest.mark.parametrize("named", ["entry", "adjustment"])
def test_an_entry_of_others_and_its_reversal_are_refused_together(books: Books, named: str) -> None:
    run_no = proposed(books)
    decide(books, run_no, refused=((line(books, named, "-25.00" if named == "adjustment" else None), WHY),))
    assert decided(books, run_no) == [
        ("adjustment", "-25.00", "refused", WHY, "controller"),
        ("adjustment", "5.00", "approved", "looked at", "controller"),
        ("entry", "None", "refused", WHY, "controller"),
    ]
    assert [row[-1] for row in differences(books) if row[0] == "foreign_entry"] == ["open"]


def test_a_difference_that_shall_not_stand_is_open_again(books: Books) -> None:
    in_sage(books, "amount", Decimal("395.00"))
    propose(books, mode="preview", dag_run_id="preview")
    number = rows(books, "select max(difference_id) as number from recon.difference")[0]["number"]
    run_no = propose(books, dismiss_differences=((number, "it may stand"),)).run_no
    decide(books, run_no, refused=((line(books, "dismissal"), WHY),))
    assert [row[-1] for row in differences(books)] == ["open"]
    assert propose(books).adjustments == 1


def test_a_whole_refusal_decides_every_line(books: Books) -> None:
    run_no = proposed(books)
    assert not decide(books, run_no, is_approved=False)
    assert {row[2:] for row in decided(books, run_no)} == {("refused", "looked at", "controller")}


@pytest.mark.parametrize("unknown", ["A999", "J1"])
def test_a_line_that_is_not_proposed_cannot_be_refused(books: Books, unknown: str) -> None:
    run_no = proposed(books)
    with pytest.raises(NotApproved, match=f"RS-650.*{unknown}"):
        decide(books, run_no, refused=((unknown, WHY),))
    assert decided(books, run_no)[0][2] == "None"
    assert decide(books, run_no)


def test_the_database_keeps_every_decision(books: Books) -> None:
    run_no = proposed(books)
    number = line(books, "adjustment", "5.00")[1:]
    change_it = "update recon.adjustment set state = 'approved', approval_id = 1 where amount = 5"
    with pytest.raises(psycopg.errors.RaiseException, match=f"RS-601 line A{number}"):
        change(books, change_it.replace("approval_id = 1", "approval_id = null"))
    books.connection.rollback()
    decide(books, run_no, refused=((f"A{number}", WHY),))
    invented = (
        "select run_no, 'A999', company_id, 'approved', '', line_hash, approval_id from recon.line_decision limit 1"
    )
    for statement in (
        change_it,
        "update recon.line_decision set decision = 'approved'",
        "delete from recon.line_decision",
        f"insert into recon.line_decision {invented}",
    ):
        with pytest.raises(psycopg.Error, match="RS-"):
            change(books, statement)
        books.connection.rollback()
    # Where somebody went round the guard, the posting looks at the decisions itself.
    books.connection.execute("alter table recon.adjustment disable trigger guard_line")
    change(books, change_it.replace("approval_id = 1", "approval_id = (select max(approval_id) from audit.approval)"))
    found = fetch_file(books.connection, "outbox/select_unapproved_adjustments", {"company_id": "AW"})
    assert [row["adjustment_id"] for row in found] == [int(number)]
