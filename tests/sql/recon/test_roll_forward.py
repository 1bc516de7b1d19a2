"""From the month signed last to the next: opening, movements and closing of both bridges and of the accounts, by hand.

November is `a_month`: 400.00 consumed and 40.00 tax in job cost; 350.00 on hand, of which 250.00 not billed. In
December 20 more are built in (200.00), 10 more billed at 10.00, and 8.00 of tax come.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from sage_hooks import outbox, sign_off
from sage_hooks.warehouse import fetch_file
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import change, decide, propose, rows
from tests.sql.recon.test_journal import CLAIMS, LINES, OWED, STORED, ledger_rows, posted, turn_on

if TYPE_CHECKING:
    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]

CLEARING = "2-1490"


def december(books: Books) -> None:
    books.happen("installed", "I2", "2024-12-05", "20", "PO-1", receipt_event_id="R1")
    books.value()
    books.invoice("AP2", "2024-12-10", "100.00", "PO-1", units="10")
    books.sage_row("TAX2", "2024-12-10", "8.00", type="AP cost", origin="AP", description="Tax AP2")
    books.post()
    books.connection.commit()


def signed(books: Books, period: str) -> int:
    run_no = propose(books, period=period, dag_run_id=period).run_no
    decide(books, run_no)
    return sign_off.sign_off(books.connection, run_no).run_no


def statement(books: Books, name: str, period: str = "2024-12") -> list[tuple[str, ...]]:
    found = books.connection.execute(
        "select component, units, amount from mart.roll_forward where company_id = 'AW' and period = %s"
        " and statement = %s order by place, component",
        (period, name),
    ).fetchall()
    return [(row["component"], str(row["units"].normalize()), str(row["amount"])) for row in found]


def test_a_first_month_begins_with_nothing(books: Books) -> None:
    signed(books, "2024-11")
    assert statement(books, "cost", "2024-11") == [
        ("opening", "0", "0.00"),
        ("consumed", "0", "400.00"),
        ("tax_freight", "0", "40.00"),
        ("closing", "0", "440.00"),
        ("residual", "0", "0.00"),
    ]
    assert rows(books, "select distinct opening_period from mart.roll_forward") == [{"opening_period": None}]


def test_both_bridges_go_on_from_what_was_signed(books: Books) -> None:
    signed(books, "2024-11")
    december(books)
    signed(books, "2024-12")
    assert statement(books, "cost") == [
        ("opening", "0", "440.00"),
        ("consumed", "0", "200.00"),
        ("tax_freight", "0", "8.00"),
        ("closing", "0", "648.00"),
        ("residual", "0", "0.00"),
    ]
    # What was built in was on hand: 35 units, now 15.
    assert statement(books, "quantity") == [
        ("opening", "4E+1", "400.00"),
        ("on_hand", "2E+1", "200.00"),
        ("closing", "6E+1", "600.00"),
        ("residual", "0", "0.00"),
    ]


def test_the_opening_is_what_was_signed_and_what_came_late_moves_the_month(books: Books) -> None:
    signed(books, "2024-11")
    # Of November, known in December: Sage books it there.
    books.happen("installed", "I2", "2024-11-20", "10", "PO-1", receipt_event_id="R1")
    books.value()
    books.post()
    change(books, "update core.job_cost_transaction set accounting_date = '2024-12-01' where ref_1 like 'X%3'")
    propose(books, period="2024-12", dag_run_id="december")
    assert statement(books, "cost")[:2] == [("opening", "0", "440.00"), ("consumed", "0", "100.00")]
    assert statement(books, "cost")[-2:] == [("closing", "0", "540.00"), ("residual", "0", "0.00")]
    assert statement(books, "cost", "2024-11")[-2] == ("closing", "0", "440.00"), "a signed month is read as signed"


def test_what_a_bridge_leaves_over_is_seen(books: Books) -> None:
    signed(books, "2024-11")
    december(books)
    propose(books, period="2024-12", dag_run_id="december")
    change(
        books,
        "update recon.variance set amount = amount + 1"
        " where period = '2024-12' and component = 'job_cost' and commitment = 'PO-1'",
    )
    assert statement(books, "cost")[-1] == ("residual", "0", "1.00")


def test_the_accounts_go_on_from_what_was_signed(books: Books) -> None:
    turn_on(books)
    sign_off.sign_off(books.connection, posted(books))
    december(books)
    change(books, "update core.job_cost_transaction set credit_account = '2-1000' where transaction_type = 'AP cost'")
    change(
        books,
        "insert into core.ledger_transaction select 'AW', 'C' || row_id, credit_account, transaction_date,"
        " accounting_date, '', greatest(-amount, 0), greatest(amount, 0), 'JC', '', 1 from core.job_cost_transaction"
        " where transaction_date >= '2024-12-01'",
    )
    run_no = propose(books, period="2024-12", dag_run_id="december").run_no
    decide(books, run_no)
    outbox.seal_journals(books.connection, "AW")
    change(books, "update outbox.journal_line set state = 'accepted' where state = 'sealed'")
    for number, line in enumerate(rows(books, LINES)):
        if line["state"] == "accepted":
            ledger_rows(books, line, 10 + number)
    assert outbox.confirm_journals(books.connection, "AW").lines == 2
    proof = sign_off.sign_off(books.connection, run_no).run_no
    # November's 250.00 go back on December 1st; 150.00 of 15 units are received and not billed now.
    moved = [("opening", "250.00"), ("journal", "150.00"), ("journal_reversal", "-250.00"), ("closing", "150.00")]
    assert [(name, amount) for name, _, amount in statement(books, f"account {STORED}")[:4]] == moved
    owed = [(name, str(-Decimal(amount))) for name, amount in moved]
    assert [(name, amount) for name, _, amount in statement(books, f"account {OWED}")[:4]] == owed
    # Consumption takes 200.00 out, the offset of the bill puts 100.00 in.
    clearing = [("opening", "100.00"), ("job_cost", "-100.00"), ("closing", "0.00"), ("residual", "0.00")]
    assert [(name, amount) for name, _, amount in statement(books, f"account {CLEARING}")] == clearing
    assert [amount for _, _, amount in statement(books, f"account {CLAIMS}")] == ["0.00"] * 3
    evidence = fetch_file(books.connection, "recon/select_evidence_roll_forward",
                          {"company_id": "AW", "period": "2024-12", "run_no": proof})  # fmt: skip
    assert [row["statement"] for row in evidence][::4][:2] == ["quantity", "cost"]
    assert {row["amount"] for row in evidence if row["component"] == "residual"} == {Decimal("0.00")}
