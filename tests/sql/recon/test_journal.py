"""The period-end journal: what it proposes per PO line, what is sent of it, and the accounts against the ledger.

The month is `a_month`: 75 accepted @ 10.00 = 750.00, 500.00 billed, so 250.00 are received and not billed.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ops.companies import default_profile, journaling_profile, store_profile
from sage_bridge.errors import BrokenLaw, NotApproved
from sage_bridge.journal_files import JournalLayout, JournalLine
from sage_hooks import outbox, reconciliation, sign_off
from sage_hooks.outbox_gate import judge_counts
from sage_hooks.warehouse import fetch_file
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import change, decide, differences, propose, rows

if TYPE_CHECKING:
    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]

LINES = "select * from mart.journal_line order by accounting_date, commitment, side"
GOLDEN = Path(__file__).parents[2] / "golden" / "outbound" / "GLJ_AW_PROD_00000001_v1.txt"
STORED, OWED, CLAIMS = "1-1480", "2-1480", "1-1490"


def turn_on(books: Books) -> None:
    store_profile(books.connection, journaling_profile(default_profile("AW")))
    # Accounts payable has an account of its own; what job cost posts on clearing stands in the ledger as well.
    payable = "update core.job_cost_transaction set credit_account = '2-1000' where transaction_type = 'AP cost'"
    books.connection.execute(payable.encode())
    books.connection.execute(
        "insert into core.ledger_transaction select 'AW', 'C' || row_id, credit_account, transaction_date,"
        " accounting_date, '', greatest(-amount, 0), greatest(amount, 0), 'JC', '', 1 from core.job_cost_transaction"
    )
    books.connection.commit()


def ledger_rows(books: Books, entry: dict[str, Any], number: int, **over: Any) -> None:
    """Show a journal line in the general ledger as Sage does: a row for each account."""
    values = {
        "description": f"{entry['reference']} PO",
        "amount": entry["amount"],
        "day": entry["accounting_date"],
    } | over
    for place, account, debit in (("d", entry["debit_account"], True), ("c", entry["credit_account"], False)):
        amounts = (values["amount"], Decimal(0)) if debit else (Decimal(0), values["amount"])
        books.connection.execute(
            "insert into core.ledger_transaction values ('AW', %s, %s, %s, %s, %s, %s, %s, 'GL', 'IMP1', 1)",
            (f"G{number}{place}", account, values["day"], values["day"], values["description"], *amounts),
        )
    books.connection.commit()


def by_hand(books: Books, row_id: str, account: str, amount: str) -> None:
    books.connection.execute(
        "insert into core.ledger_transaction values ('AW', %s, %s, '2024-11-20', '2024-11-20', 'Correction', %s, 0,"
        " 'GL', '', 1)",
        (row_id, account, amount),
    )
    books.connection.commit()


def approved(books: Books) -> int:
    outcome = propose(books)
    decide(books, outcome.run_no)
    outbox.seal_journals(books.connection, "AW")
    return outcome.run_no


def posted(books: Books) -> int:
    run_no = approved(books)
    books.connection.execute("update outbox.journal_line set state = 'accepted'")
    for number, line in enumerate(rows(books, LINES)):
        ledger_rows(books, line, number)
    assert outbox.confirm_journals(books.connection, "AW").lines == 2
    return run_no


def test_without_the_flow_there_is_no_journal(books: Books) -> None:
    outcome = propose(books)
    assert rows(books, "select from recon.journal") == []
    tie_out = rows(books, "select tie_out from recon.run")[0]["tie_out"]
    assert not [one for one in tie_out["promises"] if one["promise"].startswith(("account", "received"))]
    decide(books, outcome.run_no)
    assert outbox.seal_journals(books.connection, "AW").created == 0


def test_what_is_owed_goes_to_the_ledger_and_comes_back_on_the_first(books: Books) -> None:
    turn_on(books)
    approved(books)
    found = [
        (row["kind"], row["accounting_date"], row["amount"], row["debit_account"], row["credit_account"], row["state"])
        for row in rows(books, LINES)
    ]
    assert found == [
        ("journal", date(2024, 11, 30), Decimal("250.00"), STORED, OWED, "sealed"),
        ("journal_reversal", date(2024, 12, 1), Decimal("250.00"), OWED, STORED, "sealed"),
    ]
    batch = rows(books, "select content, amount_debit, amount_credit from outbox.batch where flow = 'GLJ'")[0]
    assert (batch["amount_debit"], batch["amount_credit"]) == (Decimal("500.00"), Decimal("0.00"))
    assert bytes(batch["content"]) == GOLDEN.read_bytes()
    profile = default_profile("AW")
    written = JournalLayout(profile.journal, profile.file_encoding).parse(bytes(batch["content"]))
    assert [(line.amount, line.accounting_date, line.description[10:]) for line in written] == [
        ("250.00", "2024-11-30", " PO-1/1"),
        ("250.00", "2024-12-01", " PO-1/1"),
    ]
    assert outbox.seal_journals(books.connection, "AW").files == 0


def test_what_is_billed_and_not_received_is_a_claim(books: Books) -> None:
    turn_on(books)
    books.invoice("AP2", "2024-11-20", "400.00", "PO-1", units="100")
    books.connection.commit()
    propose(books)
    found = rows(books, "select side, amount, debit_account, credit_account from recon.journal")
    # AP1 covers 50 of the 75 units received: 75 of AP2's 100 units at 4.00 have not come.
    assert found == [{"side": "claim", "amount": Decimal("300.00"), "debit_account": CLAIMS, "credit_account": STORED}]


def test_a_month_is_signed_when_the_accounts_tie(books: Books) -> None:
    turn_on(books)
    run_no = posted(books)
    sign_off.sign_off(books.connection, run_no)
    accounts = {
        row["account"]: (row["amount_ledger"], row["amount_difference"])
        for row in rows(books, "select * from mart.ledger_account_at('AW', '2024-11-30')")
    }
    assert accounts[STORED] == (Decimal("250.00"), Decimal("0.00"))
    assert accounts[OWED] == (Decimal("-250.00"), Decimal("0.00"))
    # Clearing holds what is billed and not consumed: 500.00 - 400.00; with the journal, 350.00 lie on hand.
    assert accounts["2-1490"] == (Decimal("100.00"), Decimal("0.00"))
    after = rows(books, "select account, amount_ledger from mart.ledger_account_at('AW', '2024-12-01')")
    assert {row["amount_ledger"] for row in after if row["account"] != "2-1490"} == {Decimal("0.00")}
    assert rows(books, "select distinct state from recon.journal") == [{"state": "posted"}]


def test_the_same_month_again_proposes_only_what_moved(books: Books) -> None:
    turn_on(books)
    posted(books)
    books.invoice("AP2", "2024-11-20", "100.00", "PO-1")
    books.connection.commit()
    propose(books, dag_run_id="second")
    found = rows(books, "select amount, debit_account, credit_account from recon.journal where state = 'proposed'")
    assert found == [{"amount": Decimal("-100.00"), "debit_account": OWED, "credit_account": STORED}]


def test_a_proposal_that_grew_old_is_refused(books: Books) -> None:
    turn_on(books)
    outcome = propose(books)
    books.invoice("AP2", "2024-11-20", "100.00", "PO-1")
    books.connection.commit()
    with pytest.raises(NotApproved, match=r"RS-655 .*journal of PO-1/1"):
        decide(books, outcome.run_no)


def test_nothing_goes_without_a_decision_about_exactly_this(books: Books) -> None:
    turn_on(books)
    outcome = propose(books)
    assert outbox.seal_journals(books.connection, "AW").created == 0
    change(books, "update recon.journal set amount = 999")
    with pytest.raises(NotApproved, match="RS-654"):
        decide(books, outcome.run_no)
    change(books, "update recon.journal set amount = 250")
    decide(books, outcome.run_no)
    change(books, "update recon.journal set content_hash = repeat('0', 64)")
    with pytest.raises(NotApproved, match="RS-603"):
        outbox.seal_journals(books.connection, "AW")
    assert rows(books, "select from outbox.journal_line") == []


STANDS = {
    "not posted": (None, "journal lines not posted in the general ledger"),
    "another amount": ({"amount": Decimal("249.00")}, "journal lines not posted in the general ledger"),
    "another month": ({"day": date(2024, 10, 31)}, "journal lines not posted in the general ledger"),
}


@pytest.mark.parametrize(("over", "reason"), STANDS.values(), ids=STANDS)
def test_a_month_waits_for_its_journal(books: Books, over: dict[str, Any] | None, reason: str) -> None:
    turn_on(books)
    run_no = approved(books)
    if over is not None:
        ledger_rows(books, rows(books, LINES)[0], 0, **over)
        outbox.confirm_journals(books.connection, "AW")
        assert rows(books, "select rule from mart.open_exception where rule = 'changed_in_sage'")
    assert reason in sign_off.waiting(books.connection, run_no)[0]
    with pytest.raises(BrokenLaw, match=reason):
        sign_off.sign_off(books.connection, run_no)


def test_a_line_that_stands_twice_blocks_the_month(books: Books) -> None:
    turn_on(books)
    run_no = posted(books)
    ledger_rows(books, rows(books, LINES)[0], 7)
    outbox.confirm_journals(books.connection, "AW")
    assert len(rows(books, "select from mart.open_exception where rule = 'posted_twice'")) == 1
    with pytest.raises(BrokenLaw, match=f"posted_twice.*account_{STORED}_to_ledger is broken"):
        sign_off.sign_off(books.connection, run_no)


def test_an_entry_by_hand_is_a_difference_until_somebody_lets_it_stand(books: Books) -> None:
    turn_on(books)
    by_hand(books, "HAND", STORED, "12.00")
    run_no = posted(books)
    assert ("ledger_entry", "", "0.00", "12.00", "open") in differences(books)
    with pytest.raises(BrokenLaw, match=f"ledger_entry.*account_{STORED}_to_ledger is broken"):
        sign_off.sign_off(books.connection, run_no)
    again = propose(books, dag_run_id="second", accept_entries=("HAND",))
    assert again.decisions == 1
    assert "General ledger: Correction" in reconciliation.proposal(books.connection, again.run_no)[1]
    decide(books, again.run_no)
    sign_off.sign_off(books.connection, again.run_no)
    change(books, "update core.ledger_transaction set amount_debit = 13 where row_id = 'HAND'")
    assert rows(books, "select is_accepted from recon.ledger_row where row_id = 'HAND'") == [{"is_accepted": False}]


def test_a_month_the_ledger_has_shut_holds_its_lines(books: Books) -> None:
    turn_on(books)
    change(books, "insert into core.fiscal_period values ('AW', '2024-11', 'GL', 'Open', 1)")
    approved(books)
    assert [row["state"] for row in rows(books, LINES)] == ["sealed", "held"]
    change(books, "insert into core.fiscal_period values ('AW', '2024-12', 'GL', 'Open', 1)")
    assert outbox.seal_journals(books.connection, "AW").lines == 1


def test_an_amount_beyond_one_line_goes_in_parts(books: Books) -> None:
    turn_on(books)
    change(books, "update core.company set profile = jsonb_set(profile, '{limits,amount_line}', '\"100.00\"')")
    approved(books)
    found = rows(books, "select amount, part_no from outbox.journal_line where kind = 'journal' order by part_no")
    assert [(row["part_no"], str(row["amount"])) for row in found] == [(1, "100.00"), (2, "100.00"), (3, "50.00")]
    assert len({row["reference"] for row in rows(books, LINES)}) == 6


def test_lines_that_were_sent_before_a_restore_are_taken_over(books: Books) -> None:
    turn_on(books)
    approved(books)
    change(books, "update outbox.batch_line set journal_line_id = null where journal_line_id is not null")
    change(books, "delete from outbox.journal_line")
    outbox.seal_journals(books.connection, "AW")
    assert [row["state"] for row in rows(books, LINES)] == ["received", "received"]


def test_the_policy_invoice_has_no_journal(books: Books) -> None:
    turn_on(books)
    change(books, "insert into core.cost_policy values ('AW', '', '2024-11-15', 'invoice', 'controller')")
    propose(books)
    assert rows(books, "select from recon.journal") == []


SPOILT = {
    "rows_difference": "update outbox.batch set row_count = 3 where flow = 'GLJ'",
    "totals_differ": "update outbox.batch set amount_debit = 1 where flow = 'GLJ'",
    "line_number_gaps": "update outbox.batch_line set line_number = 9 where line_number = 2",
    "references_repeated": "update outbox.batch_line set reference = 'G' where journal_line_id is not null",
    "references_foreign": "update outbox.journal_line set description = 'else' where kind = 'journal'",
    "amounts_changed": "update outbox.journal_line set amount = 1",
    "lines_not_sealed": "update outbox.journal_line set state = 'eligible'",
    "accounts_missing": "update outbox.journal_line set debit_account = credit_account",
    "months_not_open": "insert into core.fiscal_period values ('AW', '2024-11', 'GL', 'Closed', 1)",
    "references_in_sage": "insert into core.ledger_transaction select 'AW', 'R', '1-1480', '2024-11-30', '2024-11-30',"
    " description, 1, 0, 'GL', '', 1 from outbox.journal_line where kind = 'journal'",
    "journals_not_approved": "update recon.journal set content_hash = repeat('0', 64)",
}


def test_every_promise_of_the_file_can_be_broken(books: Books) -> None:
    turn_on(books)
    approved(books)
    batch = rows(books, "select company_id, batch_id from outbox.batch where flow = 'GLJ'")[0]
    clean = fetch_file(books.connection, "outbox/check_journal_batch", batch)[0]
    assert {name for name, count in clean.items() if count} == {"rows_sealed"}
    assert judge_counts("GLJ", clean)[0] == []
    for column, statement in SPOILT.items():
        with books.connection.transaction(force_rollback=True):
            books.connection.execute(statement.encode())
            counts = fetch_file(books.connection, "outbox/check_journal_batch", batch)[0]
            assert counts[column] != 0, column
            assert any(f"({column} = " in words for words in judge_counts("GLJ", counts)[0])
    assert judge_counts("GLJ", {**clean, "rows_sealed": 0})[0]


def test_the_bytes_of_a_line() -> None:
    profile = default_profile("AW")
    layout = JournalLayout(profile.journal, "cp1252")
    line = JournalLine(
        "2024-11-30", "2024-11-30", "G0123456AB PO-1/1", "250.00", STORED, OWED, "RBG0000001", "G0123456AB"
    )
    raw = b'"GL","11/30/2024","11/30/2024","G0123456AB PO-1/1",250.00,"1-1480","2-1480"\r\n'
    assert layout.write(line) == raw
    assert layout.parse(raw) == [line._replace(batch="")]
