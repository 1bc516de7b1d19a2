"""Invoices are mirrored row by row, and adjustments go out with an approval of exactly their content only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from sage_bridge.errors import NotApproved
from sage_hooks import outbox
from sage_hooks.outbox_company import load_company
from sage_hooks.outbox_postings import prepare_adjustments, prepare_costs
from tests.hooks.outbox.approvals import adjustment
from tests.hooks.outbox.place import COMPANY, DAY, Place

pytestmark = pytest.mark.slow

EXTRACT = """
with transfer as (
    insert into audit.transfer (
        company_id, direction, flow, environment, seq, rev, file_name, state, sha256, finished_at
    )
    values ('AW', 'in', %(flow)s, 'PROD', %(seq)s, 1, %(flow)s, 'landed', %(flow)s, %(at)s)
)
insert into audit.watermark (company_id, flow, environment, seq, rev, sha256, row_count, extracted_at, landed_at)
values ('AW', %(flow)s, 'PROD', %(seq)s, 1, '', 1, %(at)s, %(at)s)
"""


def prepare(place: Place, through: date | None = None) -> None:
    prepare_costs(place.connection, load_company(place.connection, COMPANY), through)


# Invoice offsets: the mirror of each AP row on a managed line.


def test_an_invoice_on_a_line_is_mirrored_once(place: Place) -> None:
    place.sage_row("A1", "1500.00", units="10", debit_account="5-1010", accounting_date=date(2026, 4, 1))
    prepare(place)
    prepare(place)
    (row,) = place.postings()
    assert (row["kind"], row["amount"], row["units"]) == ("invoice_offset", Decimal("-1500.00"), Decimal("-10.0000"))
    assert (row["debit_account"], row["credit_account"]) == ("5-1010", "2-1490")
    assert (row["transaction_date"], row["accounting_date"], row["is_late"]) == (DAY, date(2026, 4, 1), False)
    assert row["description"] == "Offset INV-1 V100"
    assert row["commitment"] == "PO-7"


def test_an_edited_invoice_is_followed_by_the_difference(place: Place) -> None:
    place.sage_row("A1", "1500.00", units="10")
    prepare(place)
    place.run("update core.job_cost_transaction set amount = 1400, units = 9")
    prepare(place)
    found = [(row["amount"], row["units"], row["difference_no"]) for row in place.postings()]
    assert found == [(Decimal("-1500.00"), Decimal("-10.0000"), 1), (Decimal("100.00"), Decimal("1.0000"), 2)]


def test_a_recoded_invoice_is_reversed_on_the_old_codes_and_posted_on_the_new(place: Place) -> None:
    place.code(code="05 50 00")
    place.sage_row("A1", "1500.00")
    outbox.seal_costs(place.connection, COMPANY)
    place.run("update core.job_cost_transaction set cost_code = '05 50 00', debit_account = '5-2000'")
    prepare(place)
    found = [(row["cost_code"], row["debit_account"], row["amount"]) for row in place.postings()]
    assert sorted(found) == [
        ("03 30 00", "5-1000", Decimal("-1500.00")),
        ("03 30 00", "5-1000", Decimal("1500.00")),
        ("05 50 00", "5-2000", Decimal("-1500.00")),
    ]


def test_a_voided_invoice_posts_its_negative_row_mirrored(place: Place) -> None:
    place.sage_row("A1", "1500.00")
    place.sage_row("A2", "-1500.00", transaction_date=date(2026, 3, 9), accounting_date=date(2026, 3, 9))
    prepare(place)
    assert sorted(row["amount"] for row in place.postings()) == [Decimal("-1500.00"), Decimal("1500.00")]


def test_a_row_gone_from_sage_is_reversed_once_it_is_confirmed_gone(place: Place) -> None:
    place.sage_row("A1", "1500.00")
    outbox.seal_costs(place.connection, COMPANY)
    place.run("update core.job_cost_transaction set gone_at = '2026-03-10'")
    place.insert(
        "audit.watermark",
        company_id=COMPANY,
        flow="JCT",
        environment="PROD",
        seq=1,
        rev=1,
        sha256="",
        row_count=1,
        extracted_at="2026-03-10",
        landed_at="2026-03-10",
    )
    prepare(place)
    assert len(place.postings()) == 1
    place.run("update audit.watermark set landed_at = '2026-03-11'")
    prepare(place)
    assert [row["amount"] for row in place.postings()] == [Decimal("-1500.00"), Decimal("1500.00")]


def test_extracts_of_the_trial_do_not_keep_a_row_that_is_gone(place: Place) -> None:
    place.sage_row("A1", "1500.00")
    prepare(place)
    place.run("update core.job_cost_transaction set gone_at = '2026-03-10'")
    place.run(EXTRACT, flow="JCT", seq=7, at="2026-01-10")
    place.run("update audit.watermark set environment = 'TEST'")
    place.run(EXTRACT, flow="JCT", seq=8, at="2026-03-11")
    prepare(place)
    assert [row["amount"] for row in place.postings()] == [Decimal("-1500.00"), Decimal("1500.00")]


def test_a_row_that_moves_to_the_history_changes_nothing(place: Place) -> None:
    place.sage_row("A1", "1500.00")
    prepare(place)
    place.run("update core.job_cost_transaction set gone_at = '2026-03-10'")
    place.sage_row("H1", "1500.00", source="HISTORY")
    prepare(place)
    assert len(place.postings()) == 1


def test_a_row_on_its_way_to_the_history_is_mirrored_once(place: Place) -> None:
    place.sage_row("A1", "1500.00")
    place.sage_row("A2", "1500.00")
    prepare(place)
    # The history comes first, then the current file without the rows; Sage may number its history anew.
    place.run(EXTRACT, flow="JCH", seq=7, at="2026-03-10T08:00:00Z")
    for number in (1, 2):
        place.sage_row(
            f"H{number}",
            "1500.00",
            source="HISTORY",
            transfer_id=place.one("select max(transfer_id) from audit.transfer"),
        )
    prepare(place)
    assert len(place.postings()) == 2
    place.run(EXTRACT, flow="JCT", seq=7, at="2026-03-10T08:01:00Z")
    place.run("update core.job_cost_transaction set gone_at = '2026-03-10T08:01:00Z' where row_id ~ '^A'")
    for _ in range(2):
        prepare(place)
        assert [row["amount"] for row in place.postings()] == [Decimal("-1500.00"), Decimal("-1500.00")]
        place.run("update audit.watermark set landed_at = '2026-03-11'")


def test_a_row_that_stands_beside_its_equal_in_the_history_is_another(place: Place) -> None:
    place.run(EXTRACT, flow="JCH", seq=7, at="2026-03-10T08:00:00Z")
    place.sage_row(
        "H1", "1500.00", source="HISTORY", transfer_id=place.one("select max(transfer_id) from audit.transfer")
    )
    place.sage_row("A2", "1500.00")
    prepare(place)
    assert len(place.postings()) == 1
    # The current file has come once more and still holds it.
    place.run(EXTRACT, flow="JCT", seq=7, at="2026-03-10T08:01:00Z")
    prepare(place)
    assert [row["amount"] for row in place.postings()] == [Decimal("-1500.00"), Decimal("-1500.00")]


def test_of_two_equal_rows_one_may_move_under_its_own_id(place: Place) -> None:
    for name in ("A1", "A2"):
        place.sage_row(name, "1500.00")
    place.run(EXTRACT, flow="JCH", seq=7, at="2026-03-10T08:00:00Z")
    place.run("update core.job_cost_transaction set source = 'HISTORY' where row_id = 'A2'")
    prepare(place)
    assert [row["amount"] for row in place.postings()] == [Decimal("-1500.00"), Decimal("-1500.00")]


def test_equal_rows_of_one_invoice_are_mirrored_each(place: Place) -> None:
    place.sage_row("A1", "10.00")
    place.sage_row("A2", "10.00")
    prepare(place)
    assert [row["amount"] for row in place.postings()] == [Decimal("-10.00"), Decimal("-10.00")]


def test_unposted_rows_and_other_costs_are_left_alone(place: Place) -> None:
    place.sage_row("N1", "10.00", source="NEW")
    place.sage_row("J1", "10.00", transaction_type="JC cost")
    prepare(place)
    assert place.postings() == []


def test_an_invoice_without_a_line_is_an_exception_until_it_has_one(place: Place) -> None:
    place.sage_row("A1", "1500.00", commitment="", item_number=None)
    place.sage_row("T1", "12.00", commitment="PO-7", item_number=None, description="Tax PO-7", tax_id="TX")
    place.run("update core.ap_rule set tax_id = 'TX', description_pattern = null where kind = 'tax'")
    prepare(place)
    prepare(place)
    assert place.open_rules() == ["ap_unmatched"]
    (row,) = place.rows("select record_key, payload from audit.exception")
    assert row["record_key"] == "A1"
    assert row["payload"]["candidates"] == [
        {"commitment": "PO-7", "item_number": 1, "description": "Concrete", "amount": "15000.00"}
    ]
    assert place.postings() == []
    place.run("update core.job_cost_transaction set commitment = 'PO-7', item_number = 1 where row_id = 'A1'")
    prepare(place)
    assert place.open_rules() == []
    assert [row["amount"] for row in place.postings()] == [Decimal("-1500.00")]


# Adjustments: nothing without an approval of exactly this content by another person.


def test_an_approved_adjustment_becomes_one_line(place: Place) -> None:
    number = adjustment(place)
    for _ in range(2):
        prepare_adjustments(place.connection, load_company(place.connection, COMPANY))
    (row,) = place.postings()
    assert (row["kind"], row["amount"], row["adjustment_id"]) == ("adjustment", Decimal("-12.34"), number)
    assert row["posting_reference"].startswith("J")
    assert row["description"] == "Adjust 2026-03 wrong 'code'"


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"approved_hash": "b" * 64}, id="another content was approved"),
        pytest.param({"decision": "refused"}, id="it was refused"),
        pytest.param({"decided_by": "bert", "proposed_by": "bert"}, id="its proposer decided"),
    ],
)
def test_an_adjustment_without_a_matching_approval_stops_all_of_them(place: Place, broken: dict[str, str]) -> None:
    adjustment(place)
    adjustment(place, **broken)
    with pytest.raises(NotApproved, match="RS-601"):
        outbox.seal_adjustments(place.connection, COMPANY)
    assert place.postings() == []
