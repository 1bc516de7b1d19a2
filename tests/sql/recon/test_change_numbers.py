"""Numbers and money of our change orders: numbers never meet, and what stays ordered is worth its units to the cent."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sage_bridge.identity import NaturalKey, posting_reference
from sage_hooks.warehouse import run_file
from tests.sql.recon.month import books, month_template

if TYPE_CHECKING:
    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]

# Proposals as two reconciliations leave them when they are approved, without all the rest of a run.
RUN = b"""
with run as (
    insert into recon.run (run_no, company_id, scope, period, mode, materiality, prepared_by, dag_run_id, state)
    overriding system value
    values (900 + %(run_no)s, 'AW', 'period', '2024-11', 'propose', 0, 'finance', %(run_no)s::text, 'approved')
)
insert into audit.approval (
    approval_id, company_id, subject_kind, subject_id, content_hash, prepared_by, decided_by, decision, dag_id, run_id,
    decided_at
)
overriding system value
select 900 + %(run_no)s, 'AW', 'recon.run', %(run_no)s::text, repeat('a', 64), 'finance', 'controller', 'approved', '',
    '', '2024-12-02'
"""
PROPOSED = b"""
insert into recon.proposed_event (
    run_no, company_id, period, event_type, commitment, item_number, standard_item, job, extra, cost_code, category,
    quantity, unit, reason, approval_id, state, amount, units_ordered, amount_ordered
)
select 900 + %(run_no)s, 'AW', '2024-11', 'commitment_reduced', i.commitment, 1, '', i.job, '', i.cost_code, 'M', 1,
    'EA', '', 900 + %(run_no)s, 'approved', -1, i.units, i.amount
from core.commitment_item as i where i.commitment like 'PO-X%%'
"""
SAME_LINE = b"""
alter table recon.proposed_event drop constraint proposed_event_run_no_event_type_commitment_item_number_key;
insert into recon.proposed_event (
    run_no, company_id, period, event_type, commitment, item_number, standard_item, job, extra, cost_code, category,
    quantity, unit, reason, approval_id, state, amount, units_ordered, amount_ordered
)
select run_no, company_id, period, event_type, commitment, item_number, standard_item, job, extra, cost_code, category,
    quantity, unit, reason, approval_id, state, amount, units_ordered, amount_ordered
from recon.proposed_event where run_no = 901 and commitment = 'PO-X3'
"""
TAKEN = b"""
insert into outbox.change_order (company_id, reference, commitment, approval_id, change_date, description)
values ('AW', %(reference)s, 'PO-1', 901, '2024-12-02', %(reference)s)
"""
ONE = b"""
insert into recon.proposed_event (
    run_no, company_id, period, event_type, commitment, item_number, standard_item, job, extra, cost_code, category,
    quantity, unit, reason
)
values (900 + %(run_no)s, 'AW', '2024-11', 'commitment_reduced', 'PO-H', 1, '', '', '', '', '', %(quantity)s, 'EA', '')
"""


def test_numbers_never_meet_and_salt_where_they_would(books: Books) -> None:
    for number in range(20):
        books.order(f"PO-X{number}", "10", "1", "2024-10-01")
    # Two approvals of every commitment; one line of one is asked for twice in an approval.
    for run_no in (1, 2):
        books.connection.execute(RUN, {"run_no": run_no})
        books.connection.execute(PROPOSED, {"run_no": run_no})
    books.connection.execute(SAME_LINE)
    key = NaturalKey("AW", "change_order", date(2024, 10, 1), "", "", "", "", "PO-X7", 0, "", 1)
    taken = posting_reference(key)
    books.connection.execute(TAKEN, {"reference": taken})
    assert run_file(books.connection, "outbox/insert_change_orders", {"company_id": "AW"}) == 41
    heads = books.connection.execute("select * from outbox.change_order where commitment like 'PO-X%'").fetchall()
    lines = books.connection.execute("select * from outbox.change_order_line").fetchall()
    assert (len(heads), len(lines)) == (40, 40)
    numbers = {row["reference"] for row in [*heads, *lines]} | {taken}
    assert len(numbers) == 81
    assert {len(number) for number in numbers} == {10}
    assert {row["reference"][0] for row in heads} == {"M"}
    assert posting_reference(key, 1) in numbers
    twice = [row for row in lines if row["amount"] == -2]
    assert [(row["units"], row["item_number"]) for row in twice] == [(Decimal("-2.0000"), 1)]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    units=st.integers(1, 10**7),
    cost=st.integers(0, 10**7),
    is_priced=st.booleans(),
    parts=st.lists(st.integers(1, 10**7), min_size=1, max_size=4),
)
def test_what_stays_ordered_is_worth_its_units_to_the_cent(
    books: Books, units: int, cost: int, is_priced: bool, parts: list[int]
) -> None:
    ordered, unit_cost = Decimal(units).scaleb(-4), Decimal(cost).scaleb(-6)
    # A line whose amount is none of units x unit cost, as one with tax, keeps the proportion.
    whole = cents(ordered * unit_cost) if is_priced else Decimal(cost).scaleb(-2)
    with books.connection.transaction(force_rollback=True):
        books.order("PO-H", str(ordered), str(unit_cost), "2024-10-01", amount=str(whole))
        left, amount = ordered, whole
        for number, part in enumerate(parts, 1):
            quantity = min(left, Decimal(part).scaleb(-4))
            if not quantity:
                break
            books.connection.execute(RUN, {"run_no": number})
            books.connection.execute(ONE, {"run_no": number, "quantity": quantity})
            values = {"company_id": "AW", "run_no": 900 + number, "as_of": "2024-12-31"}
            assert run_file(books.connection, "recon/update_reduction_amounts", values) == 1
            found = books.connection.execute(
                "select amount from recon.proposed_event where run_no = 900 + %s", [number]
            )
            moved = found.fetchall()[0]["amount"]
            is_plain = cents(left * unit_cost) == amount
            stays = cents((left - quantity) * unit_cost) if is_plain else cents(amount * (left - quantity) / left)
            assert amount + moved == (stays if left > quantity else 0)
            books.change("PO-H", str(number), "2024-12-02", str(-quantity), str(moved))
            left, amount = left - quantity, amount + moved


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)
