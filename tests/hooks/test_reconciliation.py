"""Reconciliation of a month on a real warehouse: what differs, what is proposed, and who may decide."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from sage_bridge.errors import BadConfig, NotApproved
from sage_bridge.reconcile import Link
from sage_hooks import reconciliation, sign_off
from tests.sql.recon.books import OTHER_CODE, Books
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import FIRST, change, decide, differences, in_sage, propose, rows

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]


def _wrong_code(books: Books) -> None:
    in_sage(books, "cost_code", OTHER_CODE)
    books.state(FIRST, "accepted")


def _twice(books: Books) -> None:
    books.connection.execute(
        """
        insert into core.job_cost_transaction
        select (jsonb_populate_record(t, '{"row_id": "TWICE"}')).* from core.job_cost_transaction as t where ref_1 = %s
        """,
        (FIRST,),
    )
    books.connection.commit()


def _wrong_amount(books: Books) -> None:
    in_sage(books, "amount", 390)
    books.state(FIRST, "accepted")


CURED = {
    "changed after it was posted": (
        lambda books: in_sage(books, "amount", 395),
        [("changed_in_sage", "05 05 23", "400.00", "395.00", "proposed")],
        ["5.00"],
    ),
    "deleted in Sage": (
        lambda books: in_sage(books, "gone_at", "2024-12-01"),
        [("changed_in_sage", "05 05 23", "400.00", "0.00", "proposed")],
        ["400.00"],
    ),
    "posted with another amount": (
        _wrong_amount,
        [("wrong_amount", "05 05 23", "400.00", "390.00", "proposed")],
        ["10.00"],
    ),
    "posted on another code": (
        _wrong_code,
        [
            ("wrong_code", "03 30 00", "0.00", "400.00", "proposed"),
            ("wrong_code", "05 05 23", "400.00", "0.00", "proposed"),
        ],
        ["-400.00", "400.00"],
    ),
    "imported twice": (_twice, [("posted_twice", "05 05 23", "400.00", "800.00", "proposed")], ["-400.00"]),
}


@pytest.mark.parametrize(("spoil", "expected", "adjusted"), CURED.values(), ids=CURED)
def test_what_an_adjustment_cures(
    books: Books, spoil: Callable[[Books], None], expected: list[tuple[str, ...]], adjusted: list[str]
) -> None:
    spoil(books)
    outcome = propose(books)
    assert differences(books) == expected
    proposed = rows(books, "select amount, posting_reference, approved_by from mart.adjustment order by amount")
    assert [str(row["amount"]) for row in proposed] == adjusted
    assert decide(books, outcome.run_no)
    assert sign_off.waiting(books.connection, outcome.run_no) == [
        f"{len(adjusted)} adjustments of the run not posted in Sage, such as adjustment 1"
    ]
    books.adjust()
    assert sign_off.waiting(books.connection, outcome.run_no) == []
    sign_off.sign_off(books.connection, outcome.run_no)
    assert {row[-1] for row in differences(books)} == {"resolved"}
    month = rows(books, "select amount_difference from mart.job_cost_by_period where period = '2024-11'")
    assert {row["amount_difference"] for row in month} == {Decimal("0.00")}
    assert {row["approved_by"] for row in rows(books, "select approved_by from mart.adjustment")} == {"controller"}
    assert propose(books, period="2024-12").differences == 0


def test_an_entry_of_others_can_be_accepted_as_it_stands(books: Books) -> None:
    books.sage_row("F1", "2024-11-20", "25.00")
    books.connection.commit()
    outcome = propose(books, accept_entries=("F1",))
    assert differences(books) == [("foreign_entry", "05 05 23", "0.00", "25.00", "explained")]
    decide(books, outcome.run_no)
    sign_off.sign_off(books.connection, outcome.run_no)
    month = rows(books, "select amount_expected_in_sage, amount_difference from mart.job_cost_by_period "
                 "where period = '2024-11'")  # fmt: skip
    assert [str(value) for value in month[0].values()] == ["465.00", "0.00"]
    change(books, "update core.job_cost_transaction set amount = 26 where row_id = 'F1'")
    assert propose(books, mode="preview", period="2024-12").differences == 1


def to_history(books: Books, row_id: str) -> None:
    """Move a row to the history, where Sage numbers it anew."""
    change(
        books,
        f"""
        insert into core.job_cost_transaction
        select (jsonb_populate_record(t, '{{"row_id": "H-{row_id}", "source": "HISTORY"}}')).*
        from core.job_cost_transaction as t where row_id = '{row_id}'
        """,  # noqa: S608 - the id of this test
    )
    change(books, f"update core.job_cost_transaction set gone_at = '2024-12-05' where row_id = '{row_id}'")  # noqa: S608


@pytest.mark.parametrize("verdict", ["accept", "reverse"])
def test_what_was_decided_about_an_entry_follows_it_to_the_history(books: Books, verdict: str) -> None:
    books.sage_row("F1", "2024-11-20", "25.00")
    books.sage_row("F2", "2024-11-20", "25.00")
    books.connection.commit()
    outcome = propose(books, **{f"{verdict}_entries": ("F1",)})
    decide(books, outcome.run_no)
    books.adjust()
    for row_id in ("F1", "F2"):
        to_history(books, row_id)
    # Of two equal rows one was decided about: one is open, in the history as before.
    assert propose(books, mode="preview", period="2024-12").differences == 1
    assert len(rows(books, "select from recon.standing_decision where row_id ~ '^H'")) == 1


def test_an_entry_of_others_can_be_reversed(books: Books) -> None:
    books.sage_row("F1", "2024-11-20", "25.00")
    books.connection.commit()
    outcome = propose(books, reverse_entries=("F1",))
    decide(books, outcome.run_no)
    books.adjust()
    sign_off.sign_off(books.connection, outcome.run_no)
    assert [str(row["amount"]) for row in rows(books, "select amount from mart.adjustment")] == ["-25.00"]
    steps = rows(books, "select component, amount from mart.period_variance where bridge = 'cost' and amount <> 0")
    shown = {row["component"]: str(row["amount"]) for row in steps if row["component"] in ("foreign", "adjustments")}
    assert shown == {"foreign": "25.00", "adjustments": "-25.00"}


def test_an_invoice_without_a_line_is_linked_by_decision(books: Books) -> None:
    books.sage_row("A9", "2024-11-20", "75.00", type="AP cost", origin="AP", vendor="V1", invoice="I9", units=5)
    books.connection.commit()
    outcome = propose(books, link_entries=(Link("A9", "PO-1", 1),))
    assert differences(books) == [("ap_unmatched", "05 05 23", "0.00", "75.00", "explained")]
    kind = "select kind from recon.sage_cost_row where row_id = 'A9'"
    assert rows(books, kind) == [{"kind": "ap_unmatched"}]
    decide(books, outcome.run_no)
    assert rows(books, kind) == [{"kind": "invoice"}]
    mirror = "select commitment, item_number, amount from outbox.mirrored_ap_row where row_id = 'A9'"
    assert [tuple(row.values()) for row in rows(books, mirror)] == [("PO-1", 1, Decimal("75.00"))]
    columns = "select row_id, commitment, item_number, amount from recon."
    invoices = f"{columns}sage_cost_row where kind = 'invoice' order by 1"
    on_lines = f"{columns}ap_row_of_line where gone_at is null order by 1"
    assert rows(books, on_lines) == rows(books, invoices)
    month = (
        "select amount_invoiced, amount_in_flight, amount_difference from mart.job_cost_by_period "
        "where period = '2024-11'"
    )
    assert [str(value) for value in rows(books, month)[0].values()] == ["575.00", "-75.00", "0.00"]
    # A row that changes in Sage is nobody's again.
    change(books, "update core.job_cost_transaction set amount = 76 where row_id = 'A9'")
    assert rows(books, kind) == [{"kind": "ap_unmatched"}]
    assert rows(books, mirror) == []


def test_an_invoice_is_linked_to_a_line_that_sage_has(books: Books) -> None:
    books.sage_row("A9", "2024-11-20", "75.00", type="AP cost", origin="AP", vendor="V1", invoice="I9")
    books.sage_row("F9", "2024-11-20", "75.00")
    books.connection.commit()
    for link in (Link("A9", "PO-9", 1), Link("F9", "PO-1", 1), Link("AP1", "PO-1", 1)):
        with pytest.raises(BadConfig, match="RS-157"):
            propose(books, link_entries=(link,))


def test_only_open_entries_of_others_can_be_decided(books: Books) -> None:
    with pytest.raises(BadConfig, match=r"RS-157.*AP1"):
        propose(books, accept_entries=("AP1",))
    assert rows(books, "select from recon.run") == []


def test_below_materiality_is_explained_not_adjusted(books: Books) -> None:
    in_sage(books, "amount", 395)
    outcome = propose(books, materiality=Decimal("5.01"))
    assert differences(books) == [("changed_in_sage", "05 05 23", "400.00", "395.00", "explained")]
    decide(books, outcome.run_no)
    sign_off.sign_off(books.connection, outcome.run_no)


def test_another_month_in_sage_is_explained(books: Books) -> None:
    in_sage(books, "accounting_date", "2024-12-05")
    outcome = propose(books)
    assert differences(books) == [("period_shift", "05 05 23", "400.00", "400.00", "explained")]
    late = rows(books, "select amount from mart.period_variance where component = 'cut_off_late'")
    assert [str(row["amount"]) for row in late] == ["-400.00"]
    decide(books, outcome.run_no)
    sign_off.sign_off(books.connection, outcome.run_no)


def test_a_preview_proposes_nothing_and_cannot_be_approved(books: Books) -> None:
    in_sage(books, "amount", 395)
    outcome = propose(books, mode="preview")
    assert (outcome.differences, outcome.adjustments) == (1, 0)
    with pytest.raises(NotApproved, match="RS-653"):
        decide(books, outcome.run_no)


def test_a_refusal_is_kept_and_sends_nothing(books: Books) -> None:
    in_sage(books, "amount", 395)
    outcome = propose(books)
    assert not decide(books, outcome.run_no, is_approved=False)
    assert rows(books, "select state from recon.adjustment") == [{"state": "refused"}]
    assert rows(books, "select decision, decided_by from audit.approval") == [
        {"decision": "refused", "decided_by": "controller"}
    ]
    with pytest.raises(NotApproved, match="RS-656"):
        sign_off.sign_off(books.connection, outcome.run_no)


def test_a_newer_proposal_makes_an_older_one_void(books: Books) -> None:
    in_sage(books, "amount", 395)
    older = propose(books, dag_run_id="older")
    newer = propose(books, dag_run_id="newer")
    with pytest.raises(NotApproved, match=f"RS-653.*run {older.run_no}"):
        decide(books, older.run_no)
    assert decide(books, newer.run_no)


@pytest.mark.parametrize(
    "tamper",
    [
        "update recon.adjustment set amount = amount + 1",
        "update recon.adjustment set cost_code = '03 30 00'",
        "update recon.run set tie_out = '{}'",
        "delete from recon.adjustment",
    ],
)
def test_what_was_not_shown_cannot_be_approved(books: Books, tamper: str) -> None:
    in_sage(books, "amount", 395)
    outcome = propose(books)
    change(books, tamper)
    with pytest.raises(NotApproved, match="RS-654"):
        decide(books, outcome.run_no)
    assert rows(books, "select from audit.approval") == []


def test_what_moved_since_cannot_be_approved(books: Books) -> None:
    in_sage(books, "amount", 395)
    outcome = propose(books)
    in_sage(books, "amount", 400)
    with pytest.raises(NotApproved, match=r"RS-655.*5.00 still due.*0.00"):
        decide(books, outcome.run_no)


def returned(books: Books, name: str, units: str, disposition: str) -> None:
    more = {"receipt_event_id": "R1", "disposition": disposition, "reason": "wrong"}
    books.happen("returned", name, "2024-11-15", units, "PO-1", **more)
    books.value()
    books.connection.commit()


def reductions(books: Books) -> list[tuple[str, ...]]:
    found = rows(
        books,
        "select quantity, reason from recon.proposed_event where event_type = 'commitment_reduced' "
        "order by proposal_id",
    )
    return [tuple(str(value) for value in row.values()) for row in found]


def test_what_is_returned_for_credit_is_proposed_as_a_reduction_of_the_order(books: Books) -> None:
    returned(books, "T1", "3", "credit")
    returned(books, "T2", "2", "replace")
    returned(books, "T3", "1", "pay")
    outcome = propose(books)
    assert reductions(books) == [("3.0000", "returned for credit, 30.00 at the order's price")]
    assert "change orders proposed for Sage" in reconciliation.proposal(books.connection, outcome.run_no)[1]
    decide(books, outcome.run_no)
    # Approved: not told again; what Sage's people entered since counts.
    propose(books)
    assert len(reductions(books)) == 1
    returned(books, "T4", "4", "credit")
    books.change("PO-1", "2", "2024-11-20", "-3", "-30.00")
    books.connection.commit()
    propose(books)
    assert reductions(books)[1:] == [("4.0000", "returned for credit, 70.00 at the order's price")]


def test_a_closed_order_is_not_to_be_reduced(books: Books) -> None:
    returned(books, "T1", "3", "credit")
    change(books, "update core.commitment set is_closed = true")
    propose(books)
    assert reductions(books) == []


def test_units_beyond_the_order_are_proposed_as_a_return_once(books: Books) -> None:
    books.order("PO-2", "10", "10", "2024-11-01")
    books.happen("received", "R9", "2024-11-03", "12", "PO-2")
    books.value()
    books.connection.commit()
    outcome = propose(books)
    assert outcome.proposed_events == 1
    assert "received beyond the order" in reconciliation.proposal(books.connection, outcome.run_no)[1]
    decide(books, outcome.run_no)
    assert rows(books, "select event_type, quantity, state from recon.proposed_event") == [
        {"event_type": "returned", "quantity": Decimal("2.0000"), "state": "approved"}
    ]
    assert propose(books, period="2024-12").proposed_events == 0


def test_the_proposal_can_be_read(books: Books) -> None:
    in_sage(books, "amount", 395)
    books.sage_row("F1", "2024-11-20", "25.00", description="Crane | =hire")
    books.connection.commit()
    outcome = propose(books, reverse_entries=("F1",))
    subject, body = reconciliation.proposal(books.connection, outcome.run_no)
    by = f"run {outcome.run_no}, prepared by finance"
    assert subject == f"Company AW 2024-11: approve 2 adjustments of -20.00 in all ({by})"
    assert "| A1 | X000000001 | 22-101 / 05 05 23 / M | 2024-11-06 | 5.00 | Row was changed in Sage" in body
    # An entry of others is told by what Sage says it is, where it is adjusted and where it is decided.
    assert "| A2 | E1 JC cost: Crane \\| =hire | 22-101 / 05 05 23 / M | 2024-11-20 | -25.00 |" in body
    assert body.count("JC cost: Crane \\| =hire") == 2
    assert "| consumed | 400.00 |" in body


def test_start_names_the_preparer_and_who_may_decide(books: Books) -> None:
    params = {
        "company_id": "AW", "period": "2024-11", "mode": "propose", "materiality": None, "accept_entries": [],
        "reverse_entries": [], "approvers": ["controller", "finance"],
    }  # fmt: skip
    run = reconciliation.start(books.connection, params, "finance", "manual")
    assert (run["prepared_by"], run["approvers"], run["adjustments"]) == ("finance", ["controller"], 0)
    with pytest.raises(BadConfig, match="RS-154"):
        reconciliation.start(books.connection, {**params, "approvers": ["finance"]}, "finance", "manual")
    with pytest.raises(BadConfig, match="RS-159"):
        reconciliation.start(books.connection, params, "", "manual")
    with pytest.raises(BadConfig, match="RS-155"):
        reconciliation.start(books.connection, {**params, "company_id": "NOBODY"}, "finance", "manual")
