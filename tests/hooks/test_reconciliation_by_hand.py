"""Months in which something moved behind the reconciliation's back: rows by hand, rows on their way, two at once."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from psycopg.types.json import Jsonb

from ops.companies import default_profile, store_profile
from sage_bridge.errors import BrokenLaw, NotApproved
from sage_hooks import reconciliation, sign_off, warehouse
from tests.sql.recon.books import Books
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import change, decide, differences, in_sage, propose, rows

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]


def undone(books: Books) -> str:
    """Two lines that undid each other before they left, the first of which a clerk entered by hand; its reference."""
    _, reference = books.posting("price_variance", "2024-11-06", "100.00", "PO-1")
    _, other = books.posting("price_variance", "2024-11-06", "-100.00", "PO-1")
    for one in (reference, other):
        books.state(one, "reversed")
    books.sage_row("BY-HAND", "2024-11-06", "100.00", ref=reference)
    books.connection.commit()
    return reference


def test_what_was_undone_and_stands_in_sage_is_taken_out(books: Books) -> None:
    undone(books)
    outcome = propose(books)
    assert differences(books) == [("wrong_amount", "05 05 23", "0.00", "100.00", "proposed")]
    decide(books, outcome.run_no)
    books.adjust()
    sign_off.sign_off(books.connection, outcome.run_no)
    assert [str(row["amount"]) for row in rows(books, "select amount from mart.adjustment")] == ["-100.00"]
    assert propose(books, period="2024-12").differences == 0


def landed(books: Books, flow: str, at: str) -> None:
    change(
        books,
        "insert into audit.watermark (company_id, flow, environment, seq, rev, sha256, row_count, extracted_at, "
        "landed_at) values ('AW', %s, 'PROD', 1, 1, '', 0, now(), %s) "
        "on conflict (company_id, flow, environment) do update set landed_at = excluded.landed_at",
        flow,
        at,
    )


def test_a_row_on_its_way_to_the_history_is_not_posted_again(books: Books) -> None:
    in_sage(books, "gone_at", "2024-12-05 10:00+00")
    landed(books, "JCT", "2024-12-05 10:00+00")
    landed(books, "JCH", "2024-12-04 10:00+00")
    assert propose(books).adjustments == 0
    assert differences(books) == [("changed_in_sage", "05 05 23", "400.00", "0.00", "open")]
    for flow in ("JCT", "JCH"):
        landed(books, flow, "2024-12-06 10:00+00")
    assert propose(books, dag_run_id="again").adjustments == 1


def test_of_two_decisions_at_once_the_second_sees_the_first(
    books: Books, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_sage(books, "amount", 395)
    first, second = propose(books, dag_run_id="first"), propose(books, dag_run_id="second")
    # Begun at the same moment, neither gave the other up.
    change(books, "update recon.run set state = 'proposed' where mode = 'propose'")
    found: list[BaseException] = []

    def decide_beside() -> None:
        with warehouse.connect(f"{postgres_server} dbname={books.connection.info.dbname}") as connection:
            try:
                decide(Books(connection, is_new=False), second.run_no)
            except NotApproved as refused:
                found.append(refused)

    beside = threading.Thread(target=decide_beside)

    def start_the_other(name: str) -> None:
        if name == "decision.before_commit" and threading.current_thread() is not beside:
            beside.start()
            beside.join(0.5)

    monkeypatch.setattr(reconciliation, "checkpoint", start_the_other)
    decide(books, first.run_no)
    beside.join()
    assert [str(refused).split(" ", 1)[0] for refused in found] == ["RS-655"]
    assert rows(books, "select sum(amount) as due from recon.adjustment where state = 'approved'") == [
        {"due": Decimal("5.00")}
    ]


def accrue(books: Books) -> None:
    """A receipt of the month becomes known after its costs were posted."""
    books.happen("received", "LATE", "2024-11-28", "10", "PO-1")
    books.value()
    books.connection.commit()


def test_a_month_is_not_signed_without_the_accrual_of_a_late_receipt(books: Books) -> None:
    change(books, "delete from outbox.posting_entry")
    change(books, "delete from outbox.cost_posting")
    change(books, "delete from core.job_cost_transaction where ref_1 <> ''")
    store_profile(books.connection, replace(default_profile("AW"), policy="receipt"))
    books.connection.commit()
    accrued(books)
    first = propose(books)
    assert differences(books) == []
    decide(books, first.run_no)
    accrue(books)
    with pytest.raises(BrokenLaw, match=r"RS-451.*not_sent of 100.00"):
        sign_off.sign_off(books.connection, first.run_no)


def test_a_late_receipt_is_shown_to_who_prepares_the_month(books: Books) -> None:
    store_profile(books.connection, replace(default_profile("AW"), policy="receipt"))
    accrue(books)
    propose(books, mode="preview")
    assert ("not_sent", "05 05 23", "350.00", "0.00", "open") in differences(books)


def accrued(books: Books) -> None:
    """Post the accrual as it stands."""
    from sage_hooks.prices import value_prices

    value_prices(books.connection, "AW")
    for row in rows(books, "select entry_date, amount from ledger.cost_entry where kind = 'accrual' order by 1"):
        kind = "accrual" if row["amount"] > 0 else "accrual_reversal"
        _, reference = books.posting(kind, row["entry_date"], row["amount"], "PO-1")
        books.confirm(reference)
    books.connection.commit()


def quarantined(books: Books, day: str) -> None:
    change(
        books,
        "insert into audit.exception (company_id, record_kind, record_key, rule, reason, remedy, owner, payload) "
        "values ('AW', 'JCT', 'T9', 'JCT.job_known', 'its job has not landed', 'wait', 'job cost accounting', "
        "%s)",
        Jsonb({"Row_ID": "T9", "Transaction_Date": day, "Accounting_Date": day}),
    )


def refused(books: Books, day: str) -> None:
    change(
        books,
        "insert into audit.transfer (company_id, flow, direction, environment, seq, rev, file_name, state, sha256) "
        "values ('AW', 'JCT', 'in', 'PROD', 7, 1, %s, 'refused', '')",
        f"JCT_AW_PROD_00000007_v1.csv {day}",
    )


@pytest.mark.parametrize(
    ("keep_out", "said"),
    [(quarantined, "1 cost rows of Sage in quarantine.*such as T9"), (refused, "1 extracts of Sage's cost rows")],
)
def test_a_month_is_not_signed_while_cost_of_it_has_not_landed(
    books: Books, keep_out: Callable[[Books, str], None], said: str
) -> None:
    run_no = propose(books).run_no
    decide(books, run_no)
    keep_out(books, "2024-11-30")
    with pytest.raises(BrokenLaw, match=f"RS-451.*{said}"):
        sign_off.sign_off(books.connection, run_no)


def test_cost_of_the_next_month_in_quarantine_is_not_waited_for(books: Books) -> None:
    run_no = propose(books).run_no
    decide(books, run_no)
    quarantined(books, "2024-12-01")
    sign_off.sign_off(books.connection, run_no)


def test_a_month_is_not_signed_while_sage_has_changed_an_order_by_more_than_we_know(books: Books) -> None:
    run_no = propose(books).run_no
    decide(books, run_no)
    # Sage has approved 100.00 more than the change order of -100.00 that has landed.
    change(books, "update core.commitment_item set amount_approved_changes = 100")
    landed(books, "COMITEM", "2024-12-05 10:00+00")
    with pytest.raises(BrokenLaw, match=r"RS-451.*Sage's own totals \(COMITEM\) differ from its rows on 1 codes"):
        sign_off.sign_off(books.connection, run_no)
    change(books, "update core.commitment_item set amount_approved_changes = -100")
    sign_off.sign_off(books.connection, run_no)
