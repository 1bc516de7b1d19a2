"""Every worked case of the accounting page, run through the product under each policy (domain 5)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.errors import IntegrityError

from ops.companies import default_profile
from sage_bridge.reconcile import period_end
from sage_hooks import outbox_receipts
from sage_hooks.outbox_company import Company
from sage_hooks.reconciliation import gather
from sage_hooks.warehouse import connect, fetch_file, run_file
from tests.laws.worked_cases import Case, Story, cases
from tests.sql.mart.conftest import mart_dsn
from tests.sql.recon.books import Books

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

__all__ = ["mart_dsn"]

CASES = list(cases())
LAST = "2024-12"


@pytest.fixture(scope="module")
def connection(mart_dsn: str) -> Iterator[Connection]:
    """One connection for all cases: what it prepared for one serves the next."""
    with connect(mart_dsn) as opened:
        # A case has a handful of rows: finding the best order of joins costs more than any order.
        opened.execute("set from_collapse_limit = 1")
        opened.execute("set join_collapse_limit = 1")
        opened.commit()
        yield opened


@pytest.fixture
def warehouse(connection: Connection) -> Iterator[Connection]:
    """That connection; what a case writes is undone."""
    yield connection
    connection.rollback()


@pytest.fixture
def company(company: str, warehouse: Connection) -> str:
    """The company with its price variance posted."""
    warehouse.execute('update core.company set profile = profile || \'{"price_variance": "posted"}\'::jsonb')
    return company


def test_there_are_enough_cases_and_no_number_twice() -> None:
    assert [case.number for case in CASES] == [str(number) for number in range(1, len(CASES) + 1)]
    assert len(CASES) >= 25


RUNS = [pytest.param(case, policy, id=f"{case.number} {case.name} {policy}") for case in CASES for policy in case.lines]


@pytest.mark.parametrize(("case", "policy"), RUNS)
def test_a_case(warehouse: Connection, company: str, case: Case, policy: str) -> None:
    warehouse.execute("update core.company set policy = %s", (policy,))
    story = Story(Books(warehouse, company))
    for fact in case.facts:
        story.tell(fact)
    story.post()
    assert story.lines() == sorted(case.lines[policy])
    # Posting again, valuing again: nothing new.
    assert story.post() == 0
    assert sage_cost(story) == case.job_cost[policy]
    mart_agrees(story, case)
    words = {fact.split()[0] for fact in case.facts}
    if "opening-posted" in words or not {"manage", "open"} & words:
        invariant_holds(story, case, policy)
    assert residuals(story) == []


def test_the_controller_enters_what_job_cost_holds_at_a_cutover(warehouse: Connection, company: str) -> None:
    """Cases 40 and 59 differ by exactly the entry of the statement."""
    story = Story(Books(warehouse, company))
    for fact in CASES[39].facts:
        story.tell(fact)
    story.post()
    (row,) = story.rows_of("select * from mart.opening_entry")
    parts = ("billed", "consumed", "price_variance", "accrual", "entry")
    assert [str(row[f"amount_{part}"]) for part in parts] == ["315.00", "100.00", "2.50", "0.00", "-212.50"]
    assert (str(row["cutover"]), row["policy"], row["is_posted_by_runblu"]) == ("2024-11-11", "installation", False)
    story.books.sage_row("OPENING", "2024-11-11", Decimal(str(row["amount_entry"])))
    assert sage_cost(story) == CASES[58].job_cost["installation"]
    warehouse.execute("update core.company set policy = 'receipt'")
    (row,) = story.rows_of("select * from mart.opening_entry")
    assert [str(row[f"amount_{part}"]) for part in parts] == ["0.00", "0.00", "0.00", "300.00", "300.00"]


@pytest.mark.parametrize("policy", ["installation", "receipt"])
@pytest.mark.parametrize("number", [59, 60, 79])
def test_the_statement_is_what_the_bridge_posts_at_the_cutover(
    warehouse: Connection, company: str, number: int, policy: str
) -> None:
    warehouse.execute("update core.company set policy = %s", (policy,))
    story = Story(Books(warehouse, company))
    for fact in CASES[number - 1].facts:
        story.tell(fact)
    story.post()
    query = "select cost_code, sum({}) as amount from {} group by cost_code having sum({}) <> 0 order by cost_code"
    stated = story.rows_of(query.format("amount_entry", "mart.opening_entry", "amount_entry"))
    posted = story.rows_of(
        query.format("amount", "outbox.cost_posting where transaction_date = '2024-11-11'", "amount")
    )
    assert stated == posted
    assert len(posted) == 1


def test_a_job_that_was_cost_plus_goes_over_to_installation(warehouse: Connection, company: str) -> None:
    warehouse.execute("update core.company set policy = 'invoice'")
    story = Story(Books(warehouse, company))
    for fact in CASES[57].facts:
        story.tell(fact)
    story.post()
    assert story.lines() == [
        "11-15 C 400.00", "11-15 F -315.00", "11-15 P 10.00", "11-20 F -315.00", "11-20 P 10.00",
    ]  # fmt: skip
    assert sage_cost(story) == Decimal("420.00")
    mart_agrees(story, CASES[57])
    assert residuals(story) == []


def test_price_variance_can_stay_in_clearing(warehouse: Connection, company: str) -> None:
    warehouse.execute('update core.company set profile = profile || \'{"price_variance": "in clearing"}\'::jsonb')
    story = Story(Books(warehouse, company))
    for fact in CASES[0].facts:
        story.tell(fact)
    story.post()
    assert story.lines() == ["11-10 F -630.00", "11-12 C 400.00"]
    assert sage_cost(story) == Decimal("400.00")
    mart_agrees(story, CASES[0])
    assert residuals(story) == []
    # Posted from now on: the line that was missing comes.
    warehouse.execute('update core.company set profile = profile || \'{"price_variance": "posted"}\'::jsonb')
    story.post()
    assert story.lines() == sorted(CASES[0].lines["installation"])


def test_what_is_paid_for_though_rejected_is_cost_also_where_price_stays_in_clearing(
    warehouse: Connection, company: str
) -> None:
    warehouse.execute('update core.company set profile = profile || \'{"price_variance": "in clearing"}\'::jsonb')
    story = Story(Books(warehouse, company))
    for fact in CASES[43].facts:
        story.tell(fact)
    story.post()
    # Case 44 without the 20.00 of price variance on what was built in.
    assert story.lines() == ["11-10 F -630.00", "11-10 P 52.50", "11-12 C 400.00"]
    assert sage_cost(story) == Decimal("452.50")
    mart_agrees(story, CASES[43])
    assert residuals(story) == []


def test_the_fee_on_what_went_back_in_full_is_cost_also_where_price_stays_in_clearing(
    warehouse: Connection, company: str
) -> None:
    warehouse.execute('update core.company set profile = profile || \'{"price_variance": "in clearing"}\'::jsonb')
    story = Story(Books(warehouse, company))
    for fact in CASES[88].facts:
        story.tell(fact)
    story.post()
    assert story.lines() == sorted(CASES[88].lines["installation"])
    assert sage_cost(story) == Decimal("30.00")
    mart_agrees(story, CASES[88])
    assert residuals(story) == []


def test_an_opened_line_counts_what_was_before(warehouse: Connection, company: str) -> None:
    story = Story(Books(warehouse, company))
    case = next(case for case in CASES if case.facts[0].startswith("open"))
    for fact in case.facts:
        story.tell(fact)
    story.post()
    (row,) = story.rows_of("select * from mart.commitment_position")
    assert [str(row[f"units_{name}"]) for name in ("received", "installed", "on_hand", "invoiced")] == [
        "60.0000", "50.0000", "10.0000", "60.0000",
    ]  # fmt: skip
    assert (str(row["amount_invoiced"]), str(row["amount_received_not_invoiced"])) == ("630.00", "0.00")
    outbox_receipts.prepare_receipts(warehouse, Company(default_profile("AW"), "2024-12-05T00:00:00Z"))
    assert story.rows_of("select event_id from outbox.receiving_confirmation") == []
    with pytest.raises(IntegrityError, match="RS-126"):
        warehouse.execute(
            "insert into ledger.opening_balance values ('AW', 'PO-9', 1, '2024-11-11', 1, 0, 0, 0, 0, 'controller')"
        )


def sage_cost(story: Story) -> Decimal:
    return Decimal(value(story, "select sum(amount) as n from recon.sage_cost_row"))


def value(story: Story, query: str) -> Any:
    (row,) = story.rows_of(query)
    return row["n"] or 0


def mart_agrees(story: Story, case: Case) -> None:
    """Sage holds what the mart expects, but for what is open."""
    # What comes last may lie in November: then December has no rows.
    rows = story.rows_of(
        "select amount_difference, amount_in_flight from mart.job_cost_by_period "
        "order by period desc fetch first row with ties"
    )
    assert sum(Decimal(str(row["amount_difference"])) for row in rows) == case.open
    assert {row["amount_in_flight"] for row in rows} == {Decimal("0.00")}


def invariant_holds(story: Story, case: Case, policy: str) -> None:
    """What job cost for material must equal, from the sources of each part."""
    apart = value(story, "select sum(amount) as n from recon.sage_cost_row where kind in ('tax','freight','unmanaged')")
    consumed = value(story, "select sum(amount) as n from ledger.value_entry where measure in ('installed', 'wasted')")
    price = value(story, "select sum(amount) as n from ledger.cost_entry where kind = 'price_variance'")
    billed = value(story, "select sum(amount) as n from recon.sage_cost_row where kind = 'invoice'")
    accrual = value(story, "select sum(amount_received_not_invoiced) as n from mart.commitment_position")
    changed = value(story, "select max(policy) as n from core.cost_policy")
    policy = str(changed or policy)
    if policy == "installation":
        apart -= value(story, "select sum(amount) as n from recon.offset_source where kind = 'freight'")
    due = {"installation": consumed + price, "receipt": billed + accrual, "invoice": billed}[policy]
    assert sage_cost(story) == due + apart + case.open


def residuals(story: Story) -> list[object]:
    """Give the residuals of both bridges that are not zero."""
    connection = story.books.connection
    values = {
        "company_id": "AW", "period": LAST, "period_end": period_end(LAST), "mode": "preview", "materiality": 0,
        "prepared_by": "finance", "dag_run_id": "x", "proves_run_no": None, "approval_id": None,
    }  # fmt: skip
    values["run_no"] = fetch_file(connection, "recon/insert_run", values)[0]["run_no"]
    gather(connection, values)
    for statement in ("insert_quantity_bridge", "insert_cost_bridge", "insert_residuals"):
        run_file(connection, f"recon/{statement}", values)
    return story.rows_of(
        "select bridge, cost_code, units, amount from recon.variance where component = 'residual' "
        "and (units <> 0 or amount <> 0)"
    )
