"""Whatever policies a job has had, and whenever they became known: as of every day our lines are what its policy wants.

The oracle says what consumption, offsets, price variance and accrual of a line are at a day's end; the policy of that
day says which of them Sage must hold. A change dated back, or taken back again, leaves no other trace than lines.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.companies import default_profile
from sage_hooks.outbox_company import Company
from sage_hooks.outbox_postings import prepare_costs
from sage_hooks.warehouse import fetch_file
from tests.laws.profile import settings_of
from tests.laws.test_prices import CODES, COST, DAYS, Facts, cent, facts, learn, wanted
from tests.sql.mart.conftest import mart_dsn, warehouse
from tests.sql.recon.books import JOB, Books

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection
    from tests.laws.model_prices import Codes

pytestmark = pytest.mark.slow

__all__ = ["mart_dsn", "warehouse"]

POLICIES = ("installation", "receipt", "invoice")
ENTRY = """
insert into ledger.value_entry (
    company_id, event_id, cause_kind, cause_id, measure, commitment, item_number, job, extra, cost_code, category,
    entry_date, units, amount, valuation_id
)
values ('AW', %s, 'event', %s, 'installed', 'PO-1', 1, %s, %s, %s, %s, %s, %s, %s, 1)
"""
POSTED = """
select
    case kind when 'accrual_reversal' then 'accrual' else kind end as kind,
    job, extra, cost_code, category, sum(amount) as amount
from outbox.cost_posting
where transaction_date <= %s
group by 1, 2, 3, 4, 5
having sum(amount) <> 0
"""
Change = tuple[str, str]
changes = st.lists(
    st.tuples(st.sampled_from(DAYS), st.sampled_from(POLICIES)), max_size=3, unique_by=lambda one: one[0]
)


def agree(connection: Connection, some: list[Change]) -> None:
    """Set the changes of policy, in place of those agreed before."""
    connection.execute("delete from core.cost_policy")
    for day, policy in some:
        connection.execute("insert into core.cost_policy values ('AW', %s, %s, %s, 'controller')", (JOB, day, policy))


def consume(connection: Connection, some: Facts, first: int) -> None:
    """Write the value entries of what is consumed; `learn` wrote how it moves the layers."""
    for number, one in enumerate((one for one in some.movements if one.track == "C"), start=first):
        values = (f"I{number}", f"I{number}", *one.codes, one.day, str(float(one.units)), cent(one.units * COST))
        connection.execute(ENTRY.encode(), values)


def prepare(connection: Connection) -> int:
    connection.execute("discard temp")
    return prepare_costs(connection, Company(default_profile("AW"), "2024-12-05T00:00:00Z"), None).created


def due(some: Facts, policy: str, day: str) -> dict[tuple[str, Codes], Fraction]:
    """Give what our lines must add up to at a day's end, by kind and codes."""
    sums: dict[tuple[str, Codes], Fraction] = {}
    if policy == "installation":
        for one in some.movements:
            if one.track == "C" and one.day <= day:
                key = ("consumption", one.codes)
                sums[key] = sums.get(key, Fraction(0)) + Fraction(cent(one.units * COST))
        billed = sum((row.amount for row in some.rows if row.day <= day), Fraction(0))
        sums["invoice_offset", CODES[0]] = -billed
        sums |= {("price_variance", codes): amount for codes, amount in wanted(some, policy, day).items()}
    if policy == "receipt":
        sums |= {("accrual", codes): amount for codes, amount in wanted(some, policy, day).items()}
    return {key: amount for key, amount in sums.items() if amount}


def posted(connection: Connection, day: str) -> dict[tuple[str, Codes], Fraction]:
    return {
        (row["kind"], tuple(row[name] for name in ("job", "extra", "cost_code", "category"))): Fraction(row["amount"])
        for row in connection.execute(POSTED.encode(), (day,)).fetchall()
    }


def test_our_lines_are_what_the_policy_of_the_day_wants(warehouse: Connection, company: str) -> None:
    Books(warehouse, company).order("PO-1", "100", "10", "2024-10-01")
    warehouse.execute('update core.company set profile = profile || \'{"price_variance": "posted"}\'::jsonb')

    @settings_of(examples=8)
    @given(
        known=facts(), cut=st.integers(0, 12), base=st.sampled_from(POLICIES), before=changes, after=changes
    )  # fmt: skip
    def check(known: Facts, cut: int, base: str, before: list[Change], after: list[Change]) -> None:
        with warehouse.transaction(force_rollback=True):
            warehouse.execute("update core.company set policy = %s", (base,))
            agree(warehouse, before)
            early, late = (
                Facts(known.movements[:cut], known.rows[:cut], known.changes),
                Facts(known.movements[cut:], known.rows[cut:]),
            )  # fmt: skip
            for number, part in ((0, early), (100, late)):
                learn(warehouse, part, number)
                consume(warehouse, part, number)
                prepare(warehouse)
            agree(warehouse, after)
            prepare(warehouse)
            for day in DAYS:
                policy = max([("", base), *(one for one in after if one[0] <= day)])[1]
                assert posted(warehouse, day) == due(known, policy, day)
            assert prepare(warehouse) == 0
            law = fetch_file(warehouse, "laws/check_l2_references", {"company_id": "AW"})[0]
            assert (law["holds"], law["keys_not_on_a_line"]) == (True, 0)
            assert fetch_file(warehouse, "laws/check_l3_sums", {"company_id": "AW"})[0]["holds"]

    check()
