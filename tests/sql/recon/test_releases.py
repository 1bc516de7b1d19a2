"""Old accruals: proposed by age, released with approval from journal and job cost, and back as soon as the line moves.

The month is `a_month`: 75 accepted @ 10.00 = 750.00 of 2024-11-03, 500.00 billed without units (50 covered), so
250.00 are received and not billed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ops.companies import default_profile, journaling_profile, store_profile
from sage_bridge.accrual_profile import Accruals
from sage_bridge.errors import NotApproved
from sage_hooks import outbox, reconciliation, sign_off
from sage_hooks.prices import value_prices
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import change, decide, propose, rows

if TYPE_CHECKING:
    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]

JANUARY = {"period": "2025-01", "dag_run_id": "january"}
STANDS = "select amount_released, amount_to_release from mart.received_not_invoiced_at('AW', '{}')"
MOVED = "select entry_date::text, amount from ledger.cost_entry where kind = 'accrual' order by entry_date, recorded_at"
JOURNAL = "select amount, side from recon.journal where state = 'proposed'"


def agree(books: Books, *, policy: str = "installation", release_days: int = 60, has_journals: bool = True) -> None:
    """Load the profile of a company that releases after so many days."""
    profile = replace(default_profile("AW"), policy=policy, accruals=Accruals(30, 21, 45, release_days))
    store_profile(books.connection, journaling_profile(profile) if has_journals else profile)
    if policy == "receipt":
        value_prices(books.connection, "AW")
    books.connection.commit()


def released(books: Books, day: str) -> list[str]:
    return [str(value) for row in rows(books, STANDS.format(day)) for value in row.values()]


def moved(books: Books) -> list[tuple[str, ...]]:
    value_prices(books.connection, "AW")
    return [(row["entry_date"], str(row["amount"])) for row in rows(books, MOVED)]


def release(books: Books, **over: Any) -> int:
    run_no = propose(books, **{**JANUARY, **over}).run_no
    decide(books, run_no)
    return run_no


def test_expected_is_what_the_profile_says_after_the_oldest(books: Books) -> None:
    agree(books)
    query = "select expected_date::text, is_overdue from mart.received_not_invoiced_at('AW', '{}')"
    # Received on November 3rd, the invoice is expected 30 days later.
    assert rows(books, query.format("2024-12-03")) == [{"expected_date": "2024-12-03", "is_overdue": False}]
    assert rows(books, query.format("2024-12-04")) == [{"expected_date": "2024-12-03", "is_overdue": True}]
    # 40 units of AP2 have not come: expected 21 days after its day.
    books.invoice("AP2", "2024-12-10", "650.00", "PO-1", units="65")
    assert rows(books, query.format("2024-12-31")) == [{"expected_date": "2024-12-31", "is_overdue": False}]
    books.happen("returned", "B1", "2024-12-12", "5", "PO-1", receipt_event_id="R1", disposition="credit", reason="wet")
    books.value()
    # What went back is expected as a credit, 45 days after the invoice.
    assert rows(books, query.format("2024-12-31")) == [{"expected_date": "2025-01-24", "is_overdue": False}]


def test_only_what_is_old_as_a_whole_is_proposed(books: Books) -> None:
    agree(books)
    # 60 days after November 3rd.
    assert (released(books, "2025-01-02"), released(books, "2025-01-03")) == (["0.00", "0.00"], ["0.00", "250.00"])
    books.happen("received", "R2", "2025-01-01", "1", "PO-1")
    books.value()
    assert released(books, "2025-01-03") == ["0.00", "0.00"], "the line still receives: its invoice is still to come"
    assert released(books, "2025-03-31") == ["0.00", "260.00"]


@pytest.mark.parametrize(
    "terms",
    [{"release_days": 0}, {"policy": "invoice"}, {"has_journals": False}],
    ids=["never", "policy invoice", "no journal"],
)
def test_what_stands_nowhere_is_not_released(books: Books, terms: dict[str, Any]) -> None:
    agree(books, **terms)
    assert released(books, "2025-01-31") == ["0.00", "0.00"]
    propose(books, **JANUARY)
    assert rows(books, "select from recon.accrual_release") == []


def test_a_released_line_is_left_out_of_the_journal_until_it_moves(books: Books) -> None:
    agree(books)
    run_no = propose(books, **JANUARY).run_no
    subject, body = reconciliation.proposal(books.connection, run_no)
    assert "decisions about 1 old accruals" in subject
    assert "| PO-1/1 | release | 22-101 / 05 05 23 / M | 250.00 | no invoice since 2024-11-03 |" in body
    assert rows(books, JOURNAL) == []
    assert decide(books, run_no)
    assert released(books, "2025-01-31") == ["250.00", "0.00"]
    # The month before is what it was; a month later the line still stands as it was decided.
    assert released(books, "2024-12-31") == ["0.00", "0.00"]
    assert not propose(books, period="2025-02", dag_run_id="february").adjustments
    assert rows(books, JOURNAL) == []
    # 100.00 of it are billed after all: 150.00 are owed again.
    books.invoice("AP2", "2025-02-20", "100.00", "PO-1", units="10")
    books.connection.commit()
    propose(books, period="2025-02", dag_run_id="february again", keep_accruals=("PO-1/1",))
    assert rows(books, JOURNAL) == [{"amount": Decimal("150.00"), "side": "owed"}]


def test_a_later_release_takes_the_line_out_of_a_journal_that_is_approved(books: Books) -> None:
    agree(books, release_days=3650)
    decide(books, propose(books, **JANUARY).run_no)
    agree(books)
    propose(books, **(JANUARY | {"dag_run_id": "again"}))
    assert rows(books, JOURNAL) == [{"amount": Decimal("-250.00"), "side": "owed"}]


def test_an_equal_load_is_no_released_one(books: Books) -> None:
    agree(books, policy="receipt")
    release(books)
    books.invoice("AP2", "2025-02-10", "250.00", "PO-1", units="25")
    books.happen("received", "R2", "2025-02-20", "25", "PO-1")
    books.value()
    # 250.00 again, of other receipts: in job cost, in the journal, not released.
    assert released(books, "2025-02-28") == ["0.00", "0.00"]
    assert moved(books)[-2:] == [("2025-01-31", "-250.00"), ("2025-02-20", "250.00")]
    propose(books, period="2025-02", dag_run_id="february")
    assert rows(books, JOURNAL) == [{"amount": Decimal("250.00"), "side": "owed"}]


def test_job_cost_is_relieved_by_an_accrual_line_and_bears_again_when_the_invoice_comes(books: Books) -> None:
    agree(books, policy="receipt")
    # 800.00 received, 50.00 rejected, 500.00 billed.
    before = [("2024-11-03", "800.00"), ("2024-11-04", "-50.00"), ("2024-11-10", "-500.00")]
    assert moved(books) == before
    release(books)
    assert moved(books) == [*before, ("2025-01-31", "-250.00")]
    assert value_prices(books.connection, "AW") == 0, "the next valuation does not post it back"
    # 100.00 of it are billed after all: A is 150.00, of which nothing stands; with the bill job cost is 750.00.
    books.invoice("AP2", "2025-03-20", "100.00", "PO-1", units="10")
    assert moved(books) == [*before, ("2025-01-31", "-250.00"), ("2025-03-20", "150.00")]
    # The bill is voided: the line is what was decided about.
    books.invoice("AP2V", "2025-04-02", "-100.00", "PO-1", units="-10", invoice="AP2")
    assert moved(books)[-1] == ("2025-04-02", "-150.00")


def test_a_late_fact_of_the_day_lets_the_release_go_as_if_it_had_never_been(books: Books) -> None:
    agree(books, policy="receipt")
    release(books)
    moved(books)
    books.happen("received", "R2", "2025-01-20", "3", "PO-1")
    books.value()
    found = moved(books)
    assert ("2025-01-20", "30.00") in found
    assert sum(Decimal(amount) for day, amount in found if day == "2025-01-31") == 0


def test_what_was_moved_to_other_codes_is_not_released(books: Books) -> None:
    agree(books, policy="receipt")
    release(books)
    books.happen("transferred", "T1", "2025-02-05", "5", "PO-1", receipt_event_id="R1", to_cost_code="03 30 00")
    books.value()
    # 5 of the 25 open units are borne by another code now: all of it stands again, and 50.00 of it there.
    moved(books)
    query = (
        "select entry_date::text, cost_code, sum(amount) as amount from ledger.cost_entry"
        " where kind = 'accrual' and entry_date >= '2025-01-01' group by 1, 2 order by 1, 2"
    )
    found = rows(books, query)
    assert [(row["entry_date"], row["cost_code"], str(row["amount"])) for row in found] == [
        ("2025-01-31", "05 05 23", "-250.00"), ("2025-02-05", "03 30 00", "50.00"), ("2025-02-05", "05 05 23", "200.00")
    ]  # fmt: skip
    assert (released(books, "2025-02-04"), released(books, "2025-02-28")) == (["250.00", "0.00"], ["0.00", "0.00"])


def test_a_release_is_taken_back_by_a_person(books: Books) -> None:
    agree(books, policy="receipt")
    release(books)
    release(books, period="2025-02", dag_run_id="february", keep_accruals=("PO-1/1",))
    assert rows(books, "select decision, reason from recon.accrual_release where period = '2025-02'") == [
        {"decision": "keep", "reason": "kept after all"}
    ]
    assert moved(books)[-1] == ("2025-02-28", "250.00")
    assert released(books, "2025-02-28") == ["0.00", "250.00"]
    assert released(books, "2025-02-27") == ["250.00", "0.00"]


def test_the_month_waits_for_its_release_in_job_cost(books: Books) -> None:
    agree(books, policy="receipt", has_journals=False)
    run_no = release(books)
    assert "1 accruals of released PO lines" in sign_off.waiting(books.connection, run_no)[0]
    # Whoever sends cost lines is told by the approval, and takes nothing beyond the month.
    assert outbox.awaited_costs(books.connection) == [{"company_id": "AW", "through_date": "2025-01-31"}]
    outbox.seal_costs(books.connection, "AW", date(2025, 1, 31))
    books.connection.execute("update outbox.cost_posting set state = 'posted'")
    assert sign_off.waiting(books.connection, run_no) == []


def test_a_proposal_that_grew_old_is_refused(books: Books) -> None:
    agree(books, policy="receipt", has_journals=False)
    run_no = propose(books, **JANUARY).run_no
    books.invoice("AP2", "2025-01-20", "100.00", "PO-1", units="10")
    books.connection.commit()
    with pytest.raises(NotApproved, match=r"RS-655 .*accrual of PO-1/1"):
        decide(books, run_no)


SPOILT = {
    "changed": "update recon.accrual_release set amount = 1",
    "deleted": "delete from recon.accrual_release",
    "emptied": "truncate recon.accrual_release",
}


@pytest.mark.parametrize("statement", SPOILT.values(), ids=SPOILT)
def test_the_table_holds_what_was_decided(books: Books, statement: str) -> None:
    agree(books)
    run_no = propose(books, **JANUARY).run_no
    with pytest.raises(psycopg.errors.RaiseException, match="RS-450"):
        change(books, statement)
    books.connection.rollback()
    decide(books, run_no)
    with pytest.raises(psycopg.errors.RaiseException, match="RS-450"):
        change(books, "update recon.accrual_release set state = 'refused'")
    books.connection.rollback()


@pytest.mark.parametrize(
    "over",
    [
        {"subject_id": "999"},
        {"content_hash": "0" * 64},
        {"decided_by": "finance"},
        {"decision": "refused"},
        {"company_id": "OTHER"},
    ],
    ids=str,
)
def test_approved_is_only_what_another_person_approved(books: Books, over: dict[str, str]) -> None:
    agree(books)
    run_no = propose(books, **JANUARY).run_no
    content_hash = rows(books, "select content_hash from recon.accrual_release")[0]["content_hash"]
    approval = {
        "company_id": "AW", "subject_kind": "recon.run", "subject_id": str(run_no), "content_hash": content_hash,
        "prepared_by": "somebody", "decided_by": "controller", "decision": "approved", "dag_id": "", "run_id": "",
    } | over  # fmt: skip
    books.connection.execute(
        "insert into audit.approval (company_id, subject_kind, subject_id, content_hash, prepared_by, decided_by, "
        "decision, dag_id, run_id) values (%(company_id)s, %(subject_kind)s, %(subject_id)s, %(content_hash)s, "
        "%(prepared_by)s, %(decided_by)s, %(decision)s, %(dag_id)s, %(run_id)s)",
        approval,
    )
    with pytest.raises(psycopg.errors.RaiseException, match="RS-601"):
        change(
            books,
            "update recon.accrual_release set state = 'approved',"
            " approval_id = (select max(approval_id) from audit.approval)",
        )
    books.connection.rollback()


def test_a_job_can_end_with_what_is_released(books: Books) -> None:
    agree(books)
    release(books)
    from sage_hooks.warehouse import fetch_file, run_file

    run_no = rows(books, "select max(run_no) as n from recon.run")[0]["n"]
    values = {"company_id": "AW", "job": "22-101", "as_of": "2025-01-31", "run_no": run_no}
    run_file(books.connection, "recon/insert_job_demands", values)
    demands = {row["demand"] for row in fetch_file(books.connection, "recon/select_job_demands", values)}
    assert "nothing_owed" not in demands
    assert "no_stock_on_site" in demands
