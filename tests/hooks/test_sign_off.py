"""The end of a month: proven against what Sage shows, signed off or refused with reasons, and lapsing when it moves."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from sage_bridge.errors import BrokenLaw
from sage_hooks import sign_off
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import change, decide, in_sage, propose, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]


def test_a_clean_month_is_signed_off_once_approved(books: Books) -> None:
    outcome = propose(books)
    assert (outcome.differences, outcome.adjustments) == (0, 0)
    assert decide(books, outcome.run_no)
    signed = sign_off.sign_off(books.connection, outcome.run_no)
    assert (signed.version_no, signed.close_no) == (1, 1)
    closes = rows(books, "select period, close_no, sign_off_hash, signed_by from ledger.period_close")
    assert closes == [
        {"period": "2024-11", "close_no": 1, "sign_off_hash": signed.sign_off_hash, "signed_by": "controller"}
    ]
    residuals = rows(books, "select bridge, amount from mart.period_variance where component = 'residual'")
    assert {row["bridge"] for row in residuals} == {"quantity", "cost"}
    assert {row["amount"] for row in residuals} == {Decimal("0.00")}


def test_doing_it_again_finds_it_done(books: Books) -> None:
    outcome = propose(books)
    decide(books, outcome.run_no)
    assert decide(books, outcome.run_no)
    signed = sign_off.sign_off(books.connection, outcome.run_no)
    assert sign_off.sign_off(books.connection, outcome.run_no) == signed
    assert decide(books, outcome.run_no)
    assert propose(books, dag_run_id="second").is_signed
    assert len(rows(books, "select from audit.approval")) == len(rows(books, "select from ledger.period_close")) == 1


STANDS = {
    "not sent": (lambda books: books.state(_unsent(books), "sealed"), "not_sent of 7.00"),
    "rejected": (lambda books: books.state(_unsent(books), "rejected"), "rejected of 7.00"),
    "accepted, not posted": (lambda books: books.state(_unsent(books), "accepted"), "imported_not_posted of 7.00"),
    "invoice without offset": (
        lambda books: books.invoice("AP2", "2024-11-20", "30.00", "PO-1"),
        "ap_without_offset of -30.00",
    ),
    "offset without its invoice": (
        lambda books: change(books, "update core.job_cost_transaction set gone_at = now() where row_id = 'AP1'"),
        "ap_without_offset of 500.00",
    ),
    "an entry of others": (lambda books: books.sage_row("F1", "2024-11-20", "25.00"), "foreign_entry of -25.00"),
    "an invoice nothing explains": (
        lambda books: books.sage_row("U1", "2024-11-20", "25.00", type="AP cost"),
        "ap_unmatched of -25.00",
    ),
    "an unposted entry of anybody": (
        lambda books: books.sage_row("N1", "2024-11-20", "25.00", source="NEW"),
        "1 entries in Sage not posted, such as N1",
    ),
    "an event not valued": (
        lambda books: change(books, "insert into ledger.touched_line values ('AW', 'PO-1', 1)"),
        "1 events or lines not valued yet",
    ),
    "consumption on no line": (
        lambda books: change(
            books, "delete from outbox.posting_entry; delete from outbox.cost_posting where kind = 'consumption'"
        ),
        "not_sent of 400.00",
    ),
    "a chain that was cut": (
        lambda books: change(books, "update audit.chain_head set event_count = 9"),
        "audit chain batch 1: number of events differs",
    ),
}  # fmt: skip


def _unsent(books: Books) -> str:
    _, reference = books.posting("consumption", "2024-11-25", "7.00", "PO-1")
    return reference


@pytest.mark.parametrize(("spoil", "said"), STANDS.values(), ids=STANDS)
def test_what_stands_in_the_way_of_a_sign_off(books: Books, spoil: Callable[[Books], None], said: str) -> None:
    spoil(books)
    books.connection.commit()
    outcome = propose(books)
    assert outcome.adjustments == 0
    decide(books, outcome.run_no)
    with pytest.raises(BrokenLaw, match=r"RS-451.*AW 2024-11") as refused:
        sign_off.sign_off(books.connection, outcome.run_no)
    assert said in str(refused.value)
    assert rows(books, "select from ledger.period_close") == []


def test_the_mirror_must_tie_to_sages_own_totals_when_they_are_as_new(books: Books) -> None:
    change(books, "update core.category set amount_job_to_date_cost = 440 where cost_code = '05 05 23'")
    change(
        books,
        "insert into audit.watermark values ('AW', 'CATEGORY', 'PROD', 1, 1, 's', 1, now() + interval '1 minute')",
    )
    first = propose(books)
    decide(books, first.run_no)
    change(books, "update core.category set amount_job_to_date_cost = 441 where cost_code = '05 05 23'")
    with pytest.raises(BrokenLaw, match="totals \\(CATEGORY\\) differ from its rows on 1 codes"):
        sign_off.sign_off(books.connection, first.run_no)
    change(books, "update audit.watermark set extracted_at = '2020-01-01'")
    sign_off.sign_off(books.connection, first.run_no)


def test_waiting_ends_with_what_is_missing(books: Books) -> None:
    books.sage_row("N1", "2024-11-20", "25.00", source="NEW")
    books.connection.commit()
    outcome = propose(books)
    decide(books, outcome.run_no)
    with pytest.raises(BrokenLaw, match=r"RS-454.*N1.*clear this task"):
        sign_off.wait_until_posted(books.connection, outcome.run_no, seconds=0, pause=0)


def test_a_sign_off_lapses_when_something_under_it_moves(books: Books) -> None:
    outcome = propose(books)
    decide(books, outcome.run_no)
    sign_off.sign_off(books.connection, outcome.run_no)
    assert sign_off.lapse_sign_offs(books.connection, "AW") == []
    change(books, "update core.job_cost_transaction set amount = 501 where row_id = 'AP1'")
    assert sign_off.lapse_sign_offs(books.connection, "AW") == ["sign-off of 2024-11 lapsed: Sage row AP1 moved"]
    assert sign_off.lapse_sign_offs(books.connection, "AW") == []
    change(books, "update core.job_cost_transaction set amount = 500 where row_id = 'AP1'")
    again = propose(books, dag_run_id="again")
    decide(books, again.run_no)
    signed = sign_off.sign_off(books.connection, again.run_no)
    assert (signed.version_no, signed.close_no) == (2, 2)


def test_what_comes_late_goes_to_the_next_month(books: Books) -> None:
    outcome = propose(books)
    decide(books, outcome.run_no)
    sign_off.sign_off(books.connection, outcome.run_no)
    books.happen("installed", "LATE", "2024-11-30", "1", "PO-1", receipt_event_id="R1")
    books.value()
    assert rows(books, "select close_count from ledger.material_event where event_id = 'LATE'") == [{"close_count": 1}]
    for reference in books.post():
        in_sage(books, "accounting_date", "2024-12-01", reference)
        books.connection.execute(
            "update outbox.cost_posting set accounting_date = '2024-12-01', is_late = true "
            "where posting_reference = %s",
            (reference,),
        )
    assert sign_off.lapse_sign_offs(books.connection, "AW") == []
    december = propose(books, period="2024-12")
    decide(books, december.run_no)
    assert sign_off.sign_off(books.connection, december.run_no).close_no == 2
