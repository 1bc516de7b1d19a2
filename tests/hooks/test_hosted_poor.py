"""Links that serve less: change orders and invoices are derived from totals, marked, once each, and follow them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from ops.companies import default_profile, hosted_profile, store_profile
from ops.paths import REPOSITORY
from sage_bridge.errors import BadConfig
from sage_hooks import outbox
from sage_hooks.hosted_answers import take_hosted_answers
from sage_hooks.hosted_deliver import deliver_hosted
from sage_hooks.hosted_pull import take_hosted
from sage_hooks.inbound import ORDER, require_landed
from tests.hooks.hosted_place import Hosted, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

SCENARIO = REPOSITORY / "include" / "scenario"
FLOWS = tuple(flow for flow in ORDER if flow not in {"EVENT", "GLT"})
BARE = ("extras", "items", "sent")
LACKS = ("change_orders", "transactions", "periods")
ORDERED, CHANGED, INVOICED = "original", "approved_changes", "invoiced"


class Link:
    """A hosted company whose link serves neither change orders nor transactions."""

    def __init__(self, warehouse: Connection, hosted: Hosted) -> None:
        self.warehouse, self.hosted = warehouse, hosted
        self.hosted.lacks(*LACKS)
        self.serve(*BARE)

    def serve(self, *resources: str) -> None:
        """Say in the profile what the link serves."""
        profile = hosted_profile(default_profile("AW"))
        store_profile(self.warehouse, replace(profile, hosted=replace(profile.hosted, serves=resources)))
        self.warehouse.commit()

    def pull(self) -> dict[str, int]:
        """Read and land everything; gives how many rows landed of the feeds that were new."""
        with self.hosted.api() as api:
            outcomes = take_hosted(self.warehouse, api, "AW", FLOWS)
        require_landed(outcomes)
        return {one.flow: one.rows_landed for one in outcomes}

    def seal(self) -> None:
        """Make the cost lines that are due."""
        outbox.seal_costs(self.warehouse, "AW")

    def number(self, select: str, *values: object) -> Decimal:
        row = self.warehouse.execute(select.encode(), values).fetchone()
        assert row is not None
        return Decimal(next(iter(row.values())) or 0)

    def in_sage(self, column: str) -> dict[tuple[str, int], Decimal]:
        """A total of every line, by Sage's own table."""
        with closing(sqlite3.connect(self.hosted.data / "sage.db")) as books:
            books.row_factory = sqlite3.Row
            rows = books.execute("select * from JCM_MASTER__COMMITMENT_ITEM").fetchall()
        found = {(str(row["Commitment"]), int(row["Item"])): Decimal(row[column]) for row in rows}
        return {line: total for line, total in found.items() if total}

    def by_line(self, select: str) -> dict[tuple[str, int], Decimal]:
        rows = self.warehouse.execute(select.encode()).fetchall()
        return {(row["commitment"], row["item_number"]): row["amount"] for row in rows if row["amount"]}

    def require_totals(self) -> None:
        """Change orders, invoices and offsets add up to Sage's totals, line by line."""
        approved = self.by_line(
            "select x.commitment, x.item_number, sum(x.amount) as amount from core.change_order as o "
            "inner join core.change_order_item as x using (company_id, commitment, change_order) "
            "where o.status = 'Approved' group by 1, 2"
        )
        assert approved == self.in_sage("Approved_Changes")
        invoiced = self.by_line(
            "select commitment, item_number, sum(amount) as amount from outbox.mirrored_ap_row group by 1, 2"
        )
        assert invoiced == self.in_sage("Amount_Invoiced")
        self.seal()
        offset = self.by_line(
            "select commitment, item_number, -sum(amount) as amount from outbox.cost_posting "
            "where kind = 'invoice_offset' group by 1, 2"
        )
        assert offset == invoiced


@pytest.fixture
def link(warehouse: Connection, tmp_path: Path) -> Iterator[Link]:
    with served(tmp_path / "hosted", SCENARIO, "AW", page_size=200) as hosted:
        hosted.do("add-account", "--account", "2-1490")
        yield Link(warehouse, hosted)


LINE = ("--commitment", "PO-26-0101", "--item", "1")


def _line(link: Link) -> tuple[str, ...]:
    row = link.warehouse.execute(
        "select job, cost_code, category from core.commitment_item where commitment = 'PO-26-0101' and item_number = 1"
    ).fetchone()
    assert row is not None
    return (*LINE, "--job", row["job"], "--cost-code", row["cost_code"], "--category", row["category"])


def test_totals_become_change_orders_and_invoices_that_follow_them(link: Link) -> None:
    link.pull()
    link.require_totals()
    # What was there before the first reading is dated the day of its commitment, so that no price changes today.
    off = (
        "select count(*) from core.change_order as o inner join core.commitment as c using (company_id, commitment) "
        "where o.change_order_date <> c.commitment_date or o.description <> 'derived from totals'"
    )
    assert link.number(off) == 0
    known = link.number("select count(*) from mart.derived_record")
    assert known == len(link.in_sage("Approved_Changes")) + len(link.in_sage("Amount_Invoiced"))
    # Nothing new: no feed, no record.
    assert link.pull() == {}
    assert link.number("select count(*) from mart.derived_record") == known

    # A change order, another one waiting, and an invoice: seen together, one record each, dated today.
    link.hosted.do("enter-change-order", *LINE, "--units", "10", "--amount", "1684", "--date", "2026-05-04")
    waiting = ("--units", "5", "--amount", "842", "--date", "2026-05-05", "--status", "Pending")
    number = link.hosted.do("enter-change-order", *LINE, *waiting).split()[3]
    bill = ("--type", "AP cost", "--vendor", "V-1010", "--invoice", "X-77", "--date", "2026-05-06")
    link.hosted.do("enter-cost", *_line(link), *bill, "--units", "10", "--amount", "1700")
    link.pull()
    link.require_totals()
    today = datetime.now(UTC).date()
    rows = link.warehouse.execute(
        "select kind, units, amount, dated_on from mart.derived_record where not is_first order by kind"
    ).fetchall()
    assert [tuple(row.values()) for row in rows] == [
        ("approved", 10, 1684, today), ("invoiced", 10, 1700, today), ("pending", 5, 842, today),
    ]  # fmt: skip
    position = "select units_pending_changes from mart.commitment_position where commitment = %s and item_number = 1"
    assert link.number(position, "PO-26-0101") == 5
    derived = "select count(*) from mart.cost_posting where is_derived and kind = 'invoice_offset'"
    assert link.number(derived) == link.number("select count(*) from outbox.cost_posting where kind = 'invoice_offset'")

    # What waited is approved, the invoice is taken back: further records, and the offset follows.
    link.hosted.do("approve-change-order", "--commitment", "PO-26-0101", "--number", number)
    link.hosted.do("void-invoice", "--vendor", "V-1010", "--invoice", "X-77", "--date", "2026-05-07")
    link.pull()
    link.require_totals()
    assert link.number(position, "PO-26-0101") == 0
    voided = "select sum(amount) from outbox.cost_posting where kind = 'invoice_offset' and source_key like %s"
    assert link.number(voided, "%|DERIVED|3|PO-26-0101|1|%") == 1700


def test_a_link_that_serves_more_or_less_than_before_counts_nothing_twice(link: Link) -> None:
    link.pull()
    link.hosted.lacks()
    link.serve(*BARE, "change_orders", "transactions", "periods")
    link.pull()
    link.require_totals()
    assert link.number("select sum(amount) from mart.derived_record") == 0
    # And back: what the link has shown stays, only what comes later is derived.
    link.hosted.lacks(*LACKS)
    link.serve(*BARE)
    before = link.number("select count(*) from mart.derived_record")
    link.hosted.do("enter-change-order", *LINE, "--units", "10", "--amount", "1684", "--date", "2026-05-04")
    link.pull()
    link.require_totals()
    assert link.number("select count(*) from mart.derived_record") == before + 1


def test_posted_is_claimed_for_totals_only(link: Link) -> None:
    link.pull()
    link.seal()
    with link.hosted.api() as api:
        deliver_hosted(link.warehouse, api, "AW", "DC")
        take_hosted_answers(link.warehouse, api, "AW")
    assert link.number("select count(*) from mart.posted_total where is_posted") == 0
    link.hosted.do("post-entries")
    link.pull()
    outbox.confirm_posted(link.warehouse, "AW")
    states = link.warehouse.execute("select distinct state from outbox.cost_posting").fetchall()
    assert [row["state"] for row in states] == ["accepted"]
    rows = link.warehouse.execute("select is_posted, amount_difference as open from mart.posted_total").fetchall()
    # Tax and freight of the first line's code are no part of a line: that code is not claimed.
    assert {row["is_posted"] for row in rows if row["open"] == 0} == {True}
    assert {row["is_posted"] for row in rows if row["open"] != 0} <= {False}
    assert sum(row["is_posted"] for row in rows) > 2
    effects = link.warehouse.execute(
        "select resource, effect from mart.hosted_link where not is_served order by resource"
    ).fetchall()
    assert [row["resource"] for row in effects] == sorted(LACKS)
    assert "posted is claimed for totals only" in effects[2]["effect"]


def test_a_profile_that_names_what_the_link_lacks_is_one_sentence(link: Link) -> None:
    link.serve(*BARE, "change_orders")
    with pytest.raises(BadConfig, match=r"RS-193 .*commitments/changeorders"):
        link.pull()
