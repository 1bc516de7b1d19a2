"""Cost lines come from facts: what was consumed, what was invoiced, what was approved (L2, L3)."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from sage_bridge.errors import BrokenLaw
from sage_bridge.identity import NaturalKey, posting_reference
from sage_hooks import outbox
from sage_hooks.outbox_company import load_company
from sage_hooks.outbox_postings import prepare_costs
from tests.hooks.outbox.place import CATEGORY, CODE, COMPANY, DAY, JOB, Place, another_connection

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow


def prepare(place: Place, through: date | None = None) -> None:
    prepare_costs(place.connection, load_company(place.connection, COMPANY), through)


def test_a_day_of_one_line_and_code_is_one_posting_with_all_its_entries(place: Place) -> None:
    entries = [place.entry("100.10", "1"), place.entry("50.05", "0.5"), place.entry("-0.15", "-0.5", measure="wasted")]
    place.entry("7.00", "1", day=date(2026, 3, 3))
    prepare(place)
    first, second = place.postings()
    assert (first["amount"], first["units"], first["kind"]) == (Decimal("150.00"), Decimal("1.0000"), "consumption")
    assert (first["transaction_date"], first["accounting_date"], first["is_late"]) == (DAY, DAY, False)
    assert (first["debit_account"], first["credit_account"]) == ("5-1000", "2-1490")
    assert first["description"] == "Installed PO-7/1 CONC-3000"
    assert second["amount"] == Decimal("7.00")
    linked = place.rows("select entry_id from outbox.posting_entry where posting_id = %(id)s", id=first["posting_id"])
    assert sorted(row["entry_id"] for row in linked) == entries


def test_the_reference_in_the_database_is_the_one_of_the_rule(place: Place) -> None:
    place.entry("100.10", "1")
    prepare(place)
    (row,) = place.postings()
    key = NaturalKey(COMPANY, "consumption", DAY, JOB, "", CODE, CATEGORY, "PO-7", 1, "", 1)
    assert row["posting_reference"] == posting_reference(key)


def test_entries_that_sum_to_zero_wait_for_what_follows(place: Place) -> None:
    place.entry("10.00", "1")
    place.entry("-10.00", "-1")
    prepare(place)
    assert place.postings() == []
    place.entry("3.00", "1")
    prepare(place)
    assert [row["amount"] for row in place.postings()] == [Decimal("3.00")]
    assert place.one("select count(*) from outbox.posting_entry") == 3


def test_a_later_entry_of_the_same_key_is_a_difference_line(place: Place) -> None:
    place.entry("10.00", "1")
    prepare(place)
    place.entry("-4.00", "0")
    prepare(place)
    prepare(place)
    found = [(row["difference_no"], row["amount"], row["description"]) for row in place.postings()]
    assert found == [
        (1, Decimal("10.00"), "Installed PO-7/1 CONC-3000"),
        (2, Decimal("-4.00"), "Corrected PO-7/1 CONC-3000"),
    ]
    assert len({row["posting_reference"] for row in place.postings()}) == 2


def test_units_go_only_in_the_unit_of_the_category(place: Place) -> None:
    place.code(code="05 50 00", unit="LF")
    place.entry("10.00", "2", cost_code="05 50 00")
    prepare(place)
    assert place.postings()[0]["units"] == 0


def test_only_installed_and_wasted_entries_are_posted(place: Place) -> None:
    for measure in ("received", "allocated"):
        place.entry("10.00", "1", measure=measure)
    prepare(place)
    assert place.postings() == []


def test_entries_after_the_through_date_wait(place: Place) -> None:
    place.entry("10.00", "1", day=date(2026, 3, 31))
    place.entry("20.00", "1", day=date(2026, 4, 1))
    place.sage_row("A1", "5.00", transaction_date=date(2026, 4, 2), accounting_date=date(2026, 4, 2))
    prepare(place, date(2026, 3, 31))
    assert [row["amount"] for row in place.postings()] == [Decimal("10.00")]
    prepare(place)
    assert sorted(row["amount"] for row in place.postings()) == [Decimal("-5.00"), Decimal("10.00"), Decimal("20.00")]


def test_policy_invoice_posts_nothing(place: Place) -> None:
    place.run("update core.company set policy = 'invoice', profile = profile || '{\"policy\": \"invoice\"}'")
    place.entry("10.00", "1")
    place.sage_row("A1", "5.00")
    prepare(place)
    assert place.postings() == []


@pytest.mark.parametrize(
    ("months", "signed", "expected"),
    [
        pytest.param({}, [], date(2026, 3, 2), id="nothing known of periods: open"),
        pytest.param({"2026-03": "Open"}, [], date(2026, 3, 2), id="open"),
        pytest.param({"2026-03": "Closed", "2026-04": "Open"}, [], date(2026, 4, 1), id="closed in Sage"),
        pytest.param({"2026-03": "Open", "2026-04": "Open"}, ["2026-03"], date(2026, 4, 1), id="signed by us"),
        pytest.param(
            {"2026-03": "Closed", "2026-04": "Open", "2026-05": "Open"},
            ["2026-04"],
            date(2026, 5, 1),
            id="first open unsigned",
        ),
        pytest.param({}, ["2026-03"], date(2026, 4, 1), id="signed, nothing known of periods"),
        pytest.param({"2026-02": "Open", "2026-03": "Closed"}, [], None, id="no open month after it"),
        pytest.param({"2026-04": "Open"}, [], None, id="its month is unknown"),
    ],
)
def test_a_cost_is_booked_in_its_month_or_the_first_that_is_open_and_unsigned(
    place: Place, months: dict[str, str], signed: list[str], expected: date | None
) -> None:
    for period, status in months.items():
        place.month(period, status)
    for number, period in enumerate(signed, 1):
        place.insert(
            "ledger.period_close",
            company_id=COMPANY,
            period=period,
            close_no=number,
            sign_off_hash="x",
            signed_by="controller",
        )
    place.entry("10.00", "1")
    prepare(place)
    (row,) = place.postings()
    if expected is None:
        assert row["state"] == "held"
        assert row["hold_rule"] == ("unknown_period" if "2026-03" not in months else "no_open_period")
    else:
        assert (row["accounting_date"], row["is_late"]) == (expected, expected != DAY)
        assert row["transaction_date"] == DAY
        assert row["state"] == "eligible"


def test_a_lapsed_sign_off_opens_its_month_again(place: Place) -> None:
    place.insert(
        "ledger.period_close",
        company_id=COMPANY,
        period="2026-03",
        close_no=1,
        sign_off_hash="x",
        signed_by="controller",
        lapsed_at="2026-04-05",
    )
    place.entry("10.00", "1")
    prepare(place)
    assert not place.postings()[0]["is_late"]


@pytest.mark.parametrize(
    ("breaking", "curing", "rule"),
    [
        pytest.param(
            "update core.job set status = 'Closed'", "update core.job set status = 'In progress'", "job_not_open"
        ),
        pytest.param(
            "update core.cost_code set status = 'Unstarted'",
            "update core.cost_code set status = 'In progress'",
            "code_not_open",
        ),
        pytest.param(
            "update core.category set status = 'Closed'",
            "update core.category set status = 'In progress'",
            "code_not_open",
        ),
        pytest.param(
            "update core.cost_code set is_group = true", "update core.cost_code set is_group = false", "group_code"
        ),
        pytest.param(
            "update core.category set category = 'X'", "update core.category set category = 'M'", "unknown_code"
        ),
        pytest.param(
            "update core.company set profile = jsonb_set(profile, '{limits,amount_line}', '\"9.99\"')",
            "update core.company set profile = jsonb_set(profile, '{limits,amount_line}', '\"99.99\"')",
            "amount_over_limit",
        ),
    ],
)
def test_a_line_that_sage_would_refuse_is_held_and_freed_by_itself(
    place: Place, breaking: str, curing: str, rule: str
) -> None:
    place.entry("10.00", "1")
    place.run(breaking)
    assert outbox.seal_costs(place.connection, COMPANY).lines == 0
    assert [(row["state"], row["hold_rule"]) for row in place.postings()] == [("held", rule)]
    assert place.open_rules() == [rule]
    outbox.seal_costs(place.connection, COMPANY)
    assert place.one("select count(*) from audit.exception") == 1
    place.run(curing)
    assert outbox.seal_costs(place.connection, COMPANY).lines == 1
    assert place.states() == {"sealed": 1}
    assert place.open_rules() == []


def test_a_line_whose_month_closes_before_it_is_sealed_moves_on(place: Place) -> None:
    place.month("2026-03")
    place.month("2026-04")
    place.entry("10.00", "1")
    prepare(place)
    place.month("2026-03", "Closed")
    prepare(place)
    (row,) = place.postings()
    assert (row["accounting_date"], row["is_late"]) == (date(2026, 4, 1), True)


def test_lines_that_undo_each_other_before_they_leave_never_go(place: Place) -> None:
    place.run("update core.job set status = 'Closed'")
    place.entry("10.00", "1")
    prepare(place)
    place.entry("-10.00", "-1")
    prepare(place)
    assert place.states() == {"reversed": 2}
    place.run("update core.job set status = 'In progress'")
    assert outbox.seal_costs(place.connection, COMPANY).lines == 0
    assert place.open_rules() == []


def test_references_that_collide_get_another_salt(own_place: Place) -> None:
    weak = (
        "create or replace function outbox.reference_number(natural_key text, salt integer) returns bigint"
        " language sql immutable return salt"
    )
    own_place.run(weak)
    for day in range(1, 6):
        own_place.entry("10.00", "1", day=date(2026, 3, day))
    prepare(own_place)
    own_place.entry("10.00", "1", day=date(2026, 3, 6))
    prepare(own_place)
    found = own_place.rows("select reference_salt, posting_reference from outbox.cost_posting order by 1")
    assert [row["reference_salt"] for row in found] == [0, 1, 2, 3, 4, 5]
    assert len({row["posting_reference"] for row in found}) == 6
    assert found[0]["posting_reference"] == "C000000000"


def test_references_that_keep_colliding_stop_the_work(own_place: Place) -> None:
    own_place.run(
        "create or replace function outbox.reference_number(natural_key text, salt integer) returns bigint"
        " language sql immutable return 0"
    )
    own_place.entry("10.00", "1")
    own_place.entry("10.00", "1", day=date(2026, 3, 3))
    with pytest.raises(BrokenLaw, match="RS-442"):
        prepare(own_place)
    own_place.connection.rollback()
    assert own_place.postings() == []


def test_two_preparations_at_once_post_every_entry_once(place: Place) -> None:
    for number in range(1, 29):
        place.entry("1.00", "1", day=date(2026, 3, number))
    found = load_company(place.connection, COMPANY)

    def work(connection: Connection, exchange: object) -> None:
        del exchange
        prepare_costs(connection, found, None)

    with place.connection.transaction():
        prepare_costs(place.connection, found, None)
        other = place.start_beside(work)
        # The second waits at the first's lock, then finds nothing left to do.
        wait_for_lock(place)
    assert place.end(other) == 0
    assert len(place.postings()) == 28
    assert place.one("select count(*) from outbox.posting_entry") == 28


def wait_for_lock(place: Place) -> None:
    with another_connection(place.dsn) as watcher:
        watcher.autocommit = True
        for _ in range(200):
            row = watcher.execute(
                "select count(*) as n from pg_locks where locktype = 'advisory' and not granted"
            ).fetchone()
            if row == {"n": 1}:
                return
            time.sleep(0.02)
    pytest.fail("the second preparation never came to wait")
