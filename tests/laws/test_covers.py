"""Bills with and without units on real events: on every day the position says what the accrual says.

What bills without units covered in a signed month stands, whatever becomes known later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_hooks.prices import value_prices
from tests.laws.profile import settings_of
from tests.laws.test_prices import DAYS, SIGN, SIGNED
from tests.sql.mart.conftest import mart_dsn, warehouse
from tests.sql.recon.books import Books

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

__all__ = ["mart_dsn", "warehouse"]

Covers = dict[tuple[str, str], tuple[str, str]]


class Fact(NamedTuple):
    """Something that happens on a day: `units` received, returned or billed, an `amount` billed or changed by."""

    what: str
    day: str
    units: int
    amount: int


facts = st.lists(
    st.builds(
        Fact,
        st.sampled_from(["received", "received", "returned", "paid", "bill", "bill", "bare", "bare", "bare", "change"]),
        st.sampled_from(DAYS),
        st.integers(-10, 60),
        st.integers(-200, 900),
    ),
    min_size=2,
    max_size=9,
)


def learn(books: Books, some: list[Fact], first: int) -> None:
    """Let facts become known and value them; the bills of each call have names of their own."""
    for number, (what, day, units, amount) in enumerate(some, start=first):
        if what == "received":
            books.happen(what, f"R{number}", day, str(abs(units) + 1), "PO-1")
        elif what in ("returned", "paid"):
            disposition = "pay" if what == "paid" else "credit"
            back = str(abs(units) % 12 + 1)
            books.happen("returned", f"B{number}", day, back, "PO-1", disposition=disposition, reason="wrong")
        elif what == "change" and amount:
            books.change("PO-1", str(number + 1), day, "0", str(amount))
            books.connection.execute("insert into ledger.touched_line values ('AW', 'PO-1', 1) on conflict do nothing")
        elif what == "bill" and units:
            books.invoice(f"AP{number}", day, str(units * 11), "PO-1", units=units, invoice=f"{first}-{number % 2}")
        elif what == "bare" and amount:
            books.invoice(f"AP{number}", day, str(amount), "PO-1", invoice=f"{first}-{number % 3}")
    books.value()
    value_prices(books.connection, "AW")


def covers(connection: Connection, prefix: str) -> Covers:
    """Give what the bills of a call covered on the signed days."""
    rows = connection.execute("select * from ledger.bill_cover('AW') where day <= %s", (SIGNED,)).fetchall()
    return {
        (row["bill"], str(row["day"])): (str(row["units"]), str(row["amount"]))
        for row in rows
        if row["bill"].startswith(f"V1\x1f{prefix}-")
    }


def accruals(connection: Connection, day: str) -> tuple[str, str]:
    """Give the open accrual of a day as recorded, and as the position shows it."""
    (row,) = connection.execute(
        "select coalesce((select sum(amount) from ledger.cost_entry where kind = 'accrual' and entry_date <= %s), 0.00)"
        " as recorded, amount_received_not_invoiced as shown from mart.commitment_position_at('AW', %s)",
        (day, day),
    ).fetchall()
    return str(row["recorded"]), str(row["shown"])


def test_the_position_is_the_accrual_and_signed_covers_stand(warehouse: Connection, company: str) -> None:
    Books(warehouse, company).order("PO-1", "100", "10", "2024-10-01")
    warehouse.execute("update core.company set policy = 'receipt'")

    @settings_of(examples=15)
    @given(early=facts, late=facts, is_signed=st.booleans())
    def check(early: list[Fact], late: list[Fact], is_signed: bool) -> None:
        with warehouse.transaction(force_rollback=True):
            books = Books(warehouse, is_new=False)
            learn(books, early, 0)
            signed = covers(warehouse, "0")
            if is_signed:
                warehouse.execute(SIGN.encode())
            learn(books, late, 100)
            if is_signed:
                assert covers(warehouse, "0") == signed
            for day in DAYS:
                recorded, shown = accruals(warehouse, day)
                assert recorded == shown, day
            (aged,) = warehouse.execute(
                "select coalesce(sum(amount_received_not_invoiced - amount_0_to_30_days - amount_31_to_60_days "
                "- amount_61_to_90_days - amount_over_90_days), 0) as off "
                "from mart.received_not_invoiced_at('AW', %s)",
                (DAYS[-1],),
            ).fetchall()
            assert aged["off"] == 0

    check()
