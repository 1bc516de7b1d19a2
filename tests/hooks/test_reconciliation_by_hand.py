"""Months in which something moved behind the reconciliation's back: rows by hand, rows on their way, two at once."""

from __future__ import annotations

from sage_hooks import sign_off
from tests.sql.recon.books import Books
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import decide, differences, propose, rows

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
