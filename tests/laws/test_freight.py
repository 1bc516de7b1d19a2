"""Freight spread by value (domain 5): every cent of it on the lines it came with, as the invoice or the order says."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_hooks.warehouse import connect
from tests.laws.profile import settings_of
from tests.laws.worked_cases import Story
from tests.sql.mart.conftest import mart_dsn
from tests.sql.recon.books import OTHER_CODE, Books

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sage_hooks.warehouse import Connection

__all__ = ["mart_dsn"]

SHARES = "select item_number, amount from outbox.freight_share order by item_number"
CENTS = st.integers(-500_00, 500_00).map(lambda cents: Decimal(cents).scaleb(-2))


@pytest.fixture(scope="module")
def connection(mart_dsn: str) -> Iterator[Connection]:
    """One connection for all tests: what it prepared for one serves the next."""
    with connect(mart_dsn) as opened:
        yield opened


@pytest.fixture
def warehouse(connection: Connection) -> Iterator[Connection]:
    """That connection; what a test writes is undone."""
    yield connection
    connection.rollback()


@pytest.fixture
def story(company: str, warehouse: Connection) -> Story:
    """An order of three lines, 1,000.00, 300.00 and 200.00; freight is spread by value."""
    told = Story(Books(warehouse, company))
    told.books.order("PO-1", "30", "10", "2024-10-01", item=2)
    told.books.order("PO-1", "20", "10", "2024-10-01", item=3)
    told.run("""update core.company set profile = profile || '{"freight": "by value", "price_variance": "posted"}'""")
    return told


def freight(story: Story, row: str, amount: str | Decimal, **more: object) -> None:
    story.books.sage_row(
        row, "2024-11-11", amount, type="AP cost", origin="AP", description="Freight", vendor="V1", **more
    )


def shares(story: Story) -> dict[int, str]:
    return {int(str(row["item_number"])): str(row["amount"]) for row in story.rows_of(SHARES)}


def test_an_order_that_freight_names_bears_it_by_the_amounts_of_its_lines(story: Story) -> None:
    freight(story, "F1", "100.00", commitment="PO-1")
    assert shares(story) == {1: "66.67", 2: "20.00", 3: "13.33"}
    # 500.00 more on line 1: by the amounts as they stand.
    story.books.change("PO-1", "1", "2024-11-12", "50", "500.00")
    assert shares(story) == {1: "75.00", 2: "15.00", 3: "10.00"}


def test_an_invoice_bears_its_freight_by_what_it_bills_of_each_line(story: Story) -> None:
    story.books.invoice("A1", "2024-11-10", "100.00", "PO-1", invoice="A", units="10")
    story.books.invoice("A2", "2024-11-10", "50.00", "PO-1", invoice="A", units="5", item=2)
    story.books.invoice("B1", "2024-11-10", "200.00", "PO-1", invoice="B", units="20", item=3)
    freight(story, "F1", "10.00", invoice="A")
    assert shares(story) == {1: "6.67", 2: "3.33"}


def test_what_is_not_freight_is_not_spread_nor_where_the_profile_leaves_it_at_its_date(story: Story) -> None:
    story.books.sage_row("T1", "2024-11-11", "8.00", type="AP cost", description="Tax", vendor="V1", commitment="PO-1")
    assert shares(story) == {}
    freight(story, "F1", "15.00", commitment="PO-1")
    story.run("""update core.company set profile = profile || '{"freight": "at its date"}'""")
    assert shares(story) == {}


def test_each_share_follows_the_policy_of_its_line(story: Story) -> None:
    """Line 2 stands on a job billed at cost: its share stays where AP put it; the others follow consumption."""
    story.run("insert into core.job values ('AW', '22-102', 'Shed', 'In progress', false, '', 1)")
    story.run("update core.commitment_item set job = '22-102' where item_number = 2")
    story.run("insert into core.cost_policy values ('AW', '22-102', '2024-01-01', 'invoice', 'controller')")
    story.tell("11-02 receive R1 50")
    freight(story, "F1", "150.00", commitment="PO-1", code=OTHER_CODE)
    story.tell("11-12 install I1 50")
    story.post()
    # Line 1: 100.00 of freight, all of it on what came; line 3: 20.00, of which nothing came.
    assert story.lines() == ["11-11 F -100.00 on B", "11-11 F -20.00 on B", "11-12 C 500.00", "11-12 P 100.00"]
    assert story.post() == 0


def test_a_freight_row_that_vanishes_or_changes_moves_its_offsets_by_the_difference(story: Story) -> None:
    story.tell("11-02 receive R1 50")
    freight(story, "F1", "150.00", commitment="PO-1", invoice="FR")
    story.tell("11-12 install I1 50")
    story.post()
    story.tell("edit FR 75.00")
    story.post()
    assert [line for line in story.lines() if " F " in line] == [
        "11-11 F -100.00", "11-11 F -20.00", "11-11 F -30.00", "11-11 F 10.00", "11-11 F 15.00", "11-11 F 50.00",
    ]  # fmt: skip
    # Into the history under another row id: nothing moves; gone from both: what is left of the offsets is taken back.
    story.tell("history FR")
    assert story.post() == 0
    story.run("update core.job_cost_transaction set gone_at = now() where invoice = 'FR'")
    story.post()
    totals = {row["kind"]: row["n"] for row in story.rows_of(
        "select kind, sum(amount) as n from outbox.cost_posting group by kind"
    )}  # fmt: skip
    assert totals == {"invoice_offset": 0, "price_variance": 0, "consumption": Decimal("500.00")}


@settings_of(40)
@given(amount=CENTS, billed=st.lists(CENTS, min_size=1, max_size=4), names_order=st.booleans())
def test_shares_add_up_to_the_row_and_are_in_proportion(
    story: Story, amount: Decimal, billed: list[Decimal], names_order: bool
) -> None:
    with story.books.connection.transaction(force_rollback=True):
        wanted: dict[int, Decimal] = {}
        for number, money in enumerate(billed):
            item = number % 3 + 1
            wanted[item] = wanted.get(item, Decimal(0)) + money
            story.books.invoice(f"A{number}", "2024-11-10", str(money), "PO-1", invoice="A", item=item)
        freight(story, "F1", amount, invoice="A", **({"commitment": "PO-1"} if names_order else {}))
        basis = {item: money for item, money in wanted.items() if money > 0}
        if not basis and names_order:
            basis = {1: Decimal(1000), 2: Decimal(300), 3: Decimal(200)}
        found = {item: Decimal(share) for item, share in shares(story).items()}
    assert sum(found.values()) == (amount if basis else 0)
    for item, money in basis.items():
        exact = amount * money / sum(basis.values())
        assert abs(found.get(item, Decimal(0)) - exact) <= Decimal("0.01")
