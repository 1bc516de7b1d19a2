"""A lump sum followed in percent: to the cent whatever the steps, held above the whole, waiting until approved."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.companies import default_profile
from sage_hooks import outbox_receipts
from sage_hooks.outbox_company import Company
from tests.laws.profile import settings_of
from tests.sql.mart.conftest import mart_dsn, warehouse
from tests.sql.recon.books import Books

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

__all__ = ["mart_dsn", "warehouse"]

APPROVED = "insert into core.expected_quantity values ('AW', 'PO-1', 1, 1, 'finance', now(), true)"
ENTERED = (
    "select coalesce(sum(amount), 0) as n, coalesce(sum(units), 0) as u from ledger.value_entry where measure = %s"
)
steps = st.lists(st.integers(1, 10_000), min_size=1, max_size=6)
amounts = st.integers(1, 10**9).map(lambda n: Decimal(n).scaleb(-2))


def lump_sum(connection: Connection, amount: Decimal) -> Books:
    """Order a lump sum of an amount, in lump sums."""
    books = Books(connection, is_new=False)
    books.order("PO-1", "0", "0", "2024-10-01", amount=str(amount))
    connection.execute(b"update core.commitment_item set unit = 'LS'")
    return books


def entered(connection: Connection, measure: str) -> tuple[Decimal, Decimal]:
    """Give amount and units of all entries of a measure."""
    (row,) = connection.execute(ENTERED.encode(), (measure,)).fetchall()
    return row["n"], row["u"]


def test_every_percent_is_its_share_of_the_amount(warehouse: Connection, company: str) -> None:
    Books(warehouse, company)

    @settings_of(examples=12)
    @given(amount=amounts, some=steps, spelling=st.sampled_from(["%", "PCT", "Percent", "P1"]))
    def check(amount: Decimal, some: list[int], spelling: str) -> None:
        with warehouse.transaction(force_rollback=True):
            books = lump_sum(warehouse, amount)
            warehouse.execute(APPROVED.encode())
            books.happen("received", "R1", "2024-11-02", "1", "PO-1", unit="LS")
            reached = 0
            for number, hundredths in enumerate(some):
                step = min(hundredths, 10_000 - reached)
                if step:
                    reached += step
                    written = str(Decimal(step).scaleb(-2))
                    books.happen("installed", f"I{number}", "2024-11-03", written, "PO-1", unit=spelling)
                    books.value()
                share = (amount * reached / 10_000).quantize(Decimal("0.01"), ROUND_HALF_UP)
                assert entered(warehouse, "installed") == (share, Decimal(reached).scaleb(-4))

    check()


def test_it_waits_until_percent_is_approved(warehouse: Connection, company: str) -> None:
    Books(warehouse, company)
    books = lump_sum(warehouse, Decimal("1000.00"))
    books.happen("received", "R1", "2024-11-02", "60", "PO-1", unit="%")
    books.value()
    assert waiting(warehouse) == [("R1", "lump_sum_without_quantity")]
    warehouse.execute(APPROVED.encode())
    books.value()
    assert waiting(warehouse) == []
    assert entered(warehouse, "received") == (Decimal("600.00"), Decimal("0.6000"))


def test_percent_of_what_is_ordered_in_units_waits(warehouse: Connection, company: str) -> None:
    books = Books(warehouse, company)
    books.order("PO-1", "100", "10", "2024-10-01")
    books.happen("received", "R1", "2024-11-02", "60", "PO-1", unit="%")
    books.value()
    assert waiting(warehouse) == [("R1", "unit_without_factor")]


@pytest.mark.parametrize(("last", "is_held"), [("45", False), ("45.01", True)])
def test_more_than_the_whole_and_its_tolerance_is_held(
    warehouse: Connection, company: str, last: str, is_held: bool
) -> None:
    Books(warehouse, company)
    books = lump_sum(warehouse, Decimal("1000.00"))
    warehouse.execute(APPROVED.encode())
    books.happen("received", "R1", "2024-11-02", "60", "PO-1", unit="%")
    books.happen("received", "R2", "2024-11-03", last, "PO-1", unit="%")
    books.value()
    outbox_receipts.prepare_receipts(warehouse, Company(default_profile("AW"), "2024-12-05T00:00:00Z"))
    rows = warehouse.execute(b"select * from outbox.receiving_confirmation order by event_id").fetchall()
    told = [(row["event_id"], row["unit"], str(row["units"]), row["state"]) for row in rows]
    assert told == [
        ("R1", "LS", "0.6000", "eligible"),
        ("R2", "LS", "0.4501" if is_held else "0.4500", "held" if is_held else "eligible"),
    ]


def waiting(connection: Connection) -> list[tuple[str, str]]:
    """Give what waits and why."""
    rows = connection.execute(
        b"select event_id, rule from ledger.event_tag where status = 'waiting' order by 1"
    ).fetchall()
    return [(row["event_id"], row["rule"]) for row in rows]
