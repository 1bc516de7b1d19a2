"""Corrections of commitments: what is sent of them, in which bytes, what holds them, and how Sage's answer ends them.

The month is `a_month`: 90 ordered @ 10.00, 75 accepted; 5 more go back for credit here.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ops.companies import changing_profile, default_profile, store_profile
from sage_bridge.change_files import ChangeLayout, ChangeLine
from sage_bridge.errors import NotApproved, RefusedTransfer
from sage_hooks import laws, outbox, reconciliation
from sage_hooks.outbox_changes import prepare_changes
from sage_hooks.outbox_company import load_company
from sage_hooks.outbox_gate import judge_counts
from sage_hooks.warehouse import fetch_file
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import change, decide, propose, rows

if TYPE_CHECKING:
    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]

CHANGES = "select * from mart.commitment_change order by change_order, item_number"
GOLDEN = Path(__file__).parents[2] / "golden" / "outbound" / "CMT_AW_PROD_00000001_v1.txt"


def give_back(books: Books, name: str = "T1", units: str = "5") -> None:
    """Turn the flow on and return some of the receipt for credit."""
    store_profile(books.connection, changing_profile(default_profile("AW")))
    more = {"receipt_event_id": "R1", "disposition": "credit", "reason": "wrong"}
    books.happen("returned", name, "2024-11-15", units, "PO-1", **more)
    books.value()
    books.connection.commit()


def approved(books: Books, **more: Any) -> int:
    outcome = propose(books, **more)
    decide(books, outcome.run_no)
    return outcome.run_no


def in_sage(books: Books, number: str | None = None, **over: Any) -> None:
    """Show the change order in Sage as its import enters it."""
    head = rows(books, "select * from outbox.change_order order by change_id desc limit 1")[0]
    values = {"status": "Approved", "units": "-5", "amount": "-50.00"} | over
    books.connection.execute(
        "insert into core.change_order values ('AW', 'PO-1', %s, %s, %s, %s, '2024-12-02T08:00:00Z', 0, 1)",
        (number or head["reference"], head["description"], head["change_date"], values["status"]),
    )
    books.connection.execute(
        "insert into core.change_order_item values ('AW', 'PO-1', %s, 1, %s, null, %s, 1)",
        (number or head["reference"], values["units"], values["amount"]),
    )
    books.connection.commit()


def states(books: Books) -> list[str]:
    return [row["state"] for row in rows(books, CHANGES)]


def exceptions(books: Books) -> list[str]:
    found = rows(books, "select rule from mart.open_exception where record_kind = 'change_order' order by rule")
    return [row["rule"] for row in found]


def law(books: Books) -> dict[str, Any]:
    """Give what L2 says of change orders, as the laws of a company tell it."""
    figures = laws.laws(books.connection, "AW", is_revalued=False)["L2"]
    twice = {"changes_twice": figures["changes_twice"], "twice_uncured": figures["changes_twice_uncured"]}
    return {"holds": figures["holds"], **twice}


def test_an_approved_correction_goes_once_and_the_proposal_ends_by_itself(books: Books) -> None:
    give_back(books)
    run_no = approved(books)
    assert outbox.seal_changes(books.connection, "AW").lines == 2
    batch = rows(books, "select content, amount_debit, amount_credit from outbox.batch where flow = 'CMT'")[0]
    assert (batch["amount_debit"], batch["amount_credit"]) == (Decimal("0.00"), Decimal("50.00"))
    assert bytes(batch["content"]) == GOLDEN.read_bytes()
    assert outbox.seal_changes(books.connection, "AW").files == 0
    assert propose(books, dag_run_id="on its way").proposed_events == 0
    for table in ("outbox.change_order", "outbox.batch"):
        change(books, f"update {table} set state = 'accepted'")  # noqa: S608 - names of this test
    in_sage(books)
    assert outbox.confirm_changes(books.connection, "AW").lines == 1
    assert states(books) == ["posted"]
    assert rows(books, "select run_no, state from recon.proposed_event") == [{"run_no": run_no, "state": "posted"}]
    assert rows(books, "select state from outbox.batch where flow = 'CMT'") == [{"state": "posted"}]
    position = rows(books, "select * from mart.commitment_position where commitment = 'PO-1'")[0]
    assert (position["units_revised"], position["amount_revised"]) == (Decimal("85.0000"), Decimal("850.00"))
    assert propose(books, dag_run_id="done").proposed_events == 0
    assert exceptions(books) == []


def test_without_the_flow_people_enter_it(books: Books) -> None:
    give_back(books)
    store_profile(books.connection, default_profile("AW"))
    approved(books)
    assert outbox.seal_changes(books.connection, "AW").created == 0
    assert rows(books, CHANGES) == []
    assert propose(books, dag_run_id="again").proposed_events == 0


def test_nothing_goes_without_a_decision_about_exactly_this(books: Books) -> None:
    give_back(books)
    outcome = propose(books)
    assert "-50.00" in reconciliation.proposal(books.connection, outcome.run_no)[1]
    assert outbox.seal_changes(books.connection, "AW").created == 0
    change(books, "update recon.proposed_event set amount = -49")
    with pytest.raises(NotApproved, match="RS-654"):
        decide(books, outcome.run_no)
    change(books, "update recon.proposed_event set amount = -50")
    decide(books, outcome.run_no)
    for tamper in ("recon.proposed_event set amount = -49", "recon.run set content_hash = repeat('0', 64)"):
        with books.connection.transaction(force_rollback=True):
            books.connection.execute(f"update {tamper}".encode())
            assert len(fetch_file(books.connection, "outbox/select_unapproved_changes", {"company_id": "AW"})) == 1
    change(books, "update recon.proposed_event set amount = -49")
    with pytest.raises(NotApproved, match="RS-604"):
        outbox.seal_changes(books.connection, "AW")
    assert rows(books, CHANGES) == []


def test_a_refused_line_is_not_sent(books: Books) -> None:
    give_back(books)
    outcome = propose(books)
    line = rows(books, "select 'P' || proposal_id as line from recon.proposed_event")[0]["line"]
    decide(books, outcome.run_no, refused=((line, "the vendor sends more"),))
    assert outbox.seal_changes(books.connection, "AW").created == 0


def close(books: Books) -> None:
    change(books, "update core.commitment set is_closed = true")


def move(books: Books) -> None:
    books.change("PO-1", "2", "2024-12-02", "-5", "-50.00")
    books.connection.commit()


def switch_off(books: Books) -> None:
    store_profile(books.connection, default_profile("AW"))
    books.connection.commit()


def lose(books: Books) -> None:
    in_sage(books, amount="-49.00")


HOLDS = {
    "commitment_closed": (close, "update core.commitment set is_closed = false"),
    "commitment_moved": (move, ""),
    "flow_off": (
        switch_off,
        "update core.company set profile = jsonb_set(profile, '{flows,commitment_changes,is_on}', 'true')",
    ),
    "already_in_sage": (lose, ""),
}


@pytest.mark.parametrize("rule", HOLDS)
def test_what_cannot_go_is_held_with_its_reason(books: Books, rule: str) -> None:
    spoil, cure = HOLDS[rule]
    give_back(books)
    approved(books)
    # Made, and not sealed yet.
    prepare_changes(books.connection, load_company(books.connection, "AW"))
    spoil(books)
    assert outbox.seal_changes(books.connection, "AW").files == 0
    assert (states(books), exceptions(books)) == (["held"], [rule])
    if cure:
        change(books, cure)
        assert outbox.seal_changes(books.connection, "AW").files == 1
        assert exceptions(books) == []


def test_what_moved_between_proposal_and_decision_is_refused(books: Books) -> None:
    give_back(books)
    outcome = propose(books)
    move(books)
    with pytest.raises(NotApproved, match=r"RS-655 .*correction of PO-1/1"):
        decide(books, outcome.run_no)


def test_two_proposals_of_one_line_beside_each_other_are_not_both_approved(books: Books) -> None:
    from tests.sql.recon.test_job_end import run

    give_back(books)
    job, month = run(books, "propose", dag_run_id="job"), propose(books)
    decide(books, job.run_no)
    with pytest.raises(NotApproved, match=r"RS-655 .*correction of PO-1/1"):
        decide(books, month.run_no)


STANDS: dict[str, tuple[list[dict[str, Any]], list[str], list[str]]] = {
    "once": ([{}], ["posted"], []),
    "pending": ([{"status": "Pending"}], ["accepted"], []),
    "another amount": ([{"amount": "-49.00"}], ["accepted"], ["changed_in_sage"]),
    "another line": ([{"units": "-4"}], ["accepted"], ["changed_in_sage"]),
    "twice": ([{}, {"number": "7"}], ["accepted"], ["posted_twice"]),
}


@pytest.mark.parametrize(("shown", "state", "rules"), STANDS.values(), ids=STANDS)
def test_posted_is_what_stands_once_with_our_units_and_money(
    books: Books, shown: list[dict[str, Any]], state: list[str], rules: list[str]
) -> None:
    give_back(books)
    approved(books)
    outbox.seal_changes(books.connection, "AW")
    change(books, "update outbox.change_order set state = 'accepted'")
    for one in shown:
        in_sage(books, **one)
    outbox.confirm_changes(books.connection, "AW")
    assert (states(books), exceptions(books)) == (state, rules)
    assert law(books) == {"holds": len(shown) == 1, "changes_twice": len(shown) - 1, "twice_uncured": len(shown) - 1}
    assert outbox.seal_changes(books.connection, "AW").files == 0
    if rules:
        # A correction by hand that names it settles it.
        wrong = shown[-1]
        units, amount = Decimal(wrong.get("units", "-5")), Decimal(wrong.get("amount", "-50.00"))
        over = {"units": -5 - units, "amount": -50 - amount} if len(shown) == 1 else {"units": 5, "amount": 50}
        in_sage(books, number="8", **over)
        outbox.confirm_changes(books.connection, "AW")
        assert (states(books), exceptions(books)) == (["posted"], [])
        assert law(books) == {"holds": True, "changes_twice": 1, "twice_uncured": 0}


def test_what_comes_later_is_a_change_order_of_its_own(books: Books) -> None:
    give_back(books)
    approved(books)
    outbox.seal_changes(books.connection, "AW")
    give_back(books, "T2", "5")
    approved(books, dag_run_id="second")
    found = rows(books, "select quantity, amount from recon.proposed_event")
    assert found == [{"quantity": Decimal("5.0000"), "amount": Decimal("-50.00")}] * 2
    assert outbox.seal_changes(books.connection, "AW").lines == 2
    numbers = {row["change_order"] for row in rows(books, CHANGES)}
    assert len(numbers) == 2
    assert {number[0] for number in numbers} == {"M"}


def test_what_was_sent_before_a_restore_is_taken_over(books: Books) -> None:
    give_back(books)
    approved(books)
    outbox.seal_changes(books.connection, "AW")
    change(books, "update outbox.batch_line set change_id = null where change_id is not null")
    for table in ("change_order_proposal", "change_order_line", "change_order"):
        change(books, f"delete from outbox.{table}")  # noqa: S608 - names of this test
    outbox.seal_changes(books.connection, "AW")
    assert states(books) == ["received"]


SPOILT = {
    "rows_difference": "update outbox.batch set row_count = 3 where flow = 'CMT'",
    "totals_differ": "update outbox.batch set amount_debit = 1 where flow = 'CMT'",
    "line_number_gaps": "update outbox.batch_line set line_number = 9 where line_number = 2",
    "references_repeated": "update outbox.batch_line set reference = (select reference from outbox.change_order), "
    "version_no = line_number where change_id is not null",
    "references_foreign": "update outbox.batch_line set reference = 'N' where line_number = 2 and change_id > 0",
    "amounts_changed": "update outbox.change_order_line set amount = 1",
    "changes_not_sealed": "update outbox.change_order set state = 'eligible'",
    "heads_misplaced": "update outbox.batch_line set line_number = 3 where line_number = 1 and change_id is not null",
    "lines_missing": "delete from outbox.batch_line where line_number = 2 and change_id is not null",
    "lines_not_open": "update core.commitment set is_closed = true",
    "changes_in_sage": "insert into core.change_order select 'AW', 'PO-1', '9', description, now(), 'Pending', now(),"
    " 0, 1 from outbox.change_order",
    "changes_not_approved": "update recon.run set content_hash = repeat('0', 64)",
}


def test_every_promise_of_the_file_can_be_broken(books: Books) -> None:
    give_back(books)
    approved(books)
    outbox.seal_changes(books.connection, "AW")
    batch = rows(books, "select company_id, batch_id from outbox.batch where flow = 'CMT'")[0]
    clean = fetch_file(books.connection, "outbox/check_change_batch", batch)[0]
    assert {name for name, count in clean.items() if count} == {"rows_sealed"}
    assert judge_counts("CMT", clean)[0] == []
    for column, statement in SPOILT.items():
        with books.connection.transaction(force_rollback=True):
            books.connection.execute(statement.encode())
            counts = fetch_file(books.connection, "outbox/check_change_batch", batch)[0]
            assert counts[column] != 0, column
            assert any(f"({column} = " in words for words in judge_counts("CMT", counts)[0])
    assert judge_counts("CMT", {**clean, "rows_sealed": 0})[0]


def test_the_bytes_are_read_back() -> None:
    layout = ChangeLayout(default_profile("AW").commitment_change, "cp1252")
    written = layout.parse(GOLDEN.read_bytes())
    assert [(line.is_head, line.units, line.amount, line.date) for line in written] == [
        (True, "", "", "2024-12-02"),
        (False, "-5.0000", "-50.00", "2024-12-02"),
    ]
    assert b"".join(layout.write(line) for line in written) == GOLDEN.read_bytes()
    head, line = GOLDEN.read_bytes().splitlines(keepends=True)
    for broken in (line, head + head.replace(b'"CCO"', b'"CCOI"'), head + line.replace(b"PO-1", b"PO-2", 1)):
        with pytest.raises(RefusedTransfer, match="RS-231"):
            layout.parse(broken)
    assert isinstance(written[0], ChangeLine)
