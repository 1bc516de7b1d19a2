"""Months in which something moved behind the reconciliation's back: rows by hand, rows on their way, two at once."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest

from sage_bridge.errors import NotApproved
from sage_hooks import reconciliation, sign_off, warehouse
from tests.sql.recon.books import Books
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import change, decide, differences, in_sage, propose, rows

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
        "insert into audit.watermark (company_id, flow, environment, seq, rev, sha256, row_count, extracted_at, "  # noqa: S608
        f"landed_at) values ('AW', '{flow}', 'PROD', 1, 1, '', 0, now(), '{at}') "
        "on conflict (company_id, flow, environment) do update set landed_at = excluded.landed_at",
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
