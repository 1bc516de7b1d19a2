"""What is derived of totals is the total, whatever comes how often and in which order, and is never rewritten."""

from __future__ import annotations

import json
import random
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from sage_hooks.warehouse import fetch_file, run_file

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

ITEMS = [(commitment, str(item)) for commitment in ("PO-1", "PO-2") for item in (1, 2, 3)]
PRICE = {"1": "12.50", "2": "0.3333", "3": "0"}
TOTALS = {"approved": "AmountApproved", "pending": "AmountPending", "invoiced": "AmountInvoiced"}
STEPS = 40


class Service:
    """Totals as a hosted service shows them, kept as readings would keep them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.version = 0
        self.latest: dict[tuple[str, str], dict[str, Any]] = {}
        self.earlier: list[tuple[str, str, int, dict[str, Any]]] = []
        for number in ("PO-1", "PO-2"):
            self.keep("commitments", "", number, 1, {"Code": f" {number}", "Date": "2026-03-02T00:00:00"})

    def keep(self, resource: str, parent: str, identity: str, version: int, body: dict[str, Any]) -> None:
        one = {"company_id": "AW", "resource": resource, "parent_id": parent}
        values = {**one, "ids": [identity], "versions": [version], "bodies": [json.dumps(body)]}
        run_file(self.connection, "landing/merge_hosted_documents", values)

    def show(self, item: tuple[str, str], **totals: Decimal | int) -> None:
        self.version += 1
        body = {"Code": item[1], "Units": 10, "UnitCost": PRICE[item[1]], **{k: str(v) for k, v in totals.items()}}
        self.latest[item] = body
        self.earlier.append((*item, self.version, body))
        self.keep("commitment_items", item[0], "/".join(item), self.version, body)

    def show_again(self, chance: random.Random) -> None:
        commitment, number, version, body = chance.choice(self.earlier)
        self.keep("commitment_items", commitment, f"{commitment}/{number}", version, body)

    def derive(self, *, is_derived: bool = True, is_units: bool = True) -> int:
        values = {"derives_changes": is_derived, "derives_invoices": is_derived, "is_units": is_units}
        return run_file(self.connection, "landing/insert_hosted_changes", {"company_id": "AW", "zone": "UTC", **values})

    def recorded(self) -> list[dict[str, Any]]:
        return self.connection.execute(
            "select * from landing.hosted_change order by kind, document_id, number"
        ).fetchall()

    def require_totals(self, rows: list[dict[str, Any]], *, is_derived: bool) -> None:
        """What is recorded of each total adds up to it, or to nothing where the link serves more."""
        sums: Counter[tuple[str, str]] = Counter()
        for row in rows:
            sums[row["kind"], row["document_id"]] += row["amount"]
        for item, body in self.latest.items():
            for kind, name in TOTALS.items():
                assert sums[kind, "/".join(item)] == (Decimal(body[name]) if is_derived else 0)


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("seed", range(3))
def test_what_is_derived_is_the_total(warehouse: Connection, seed: int) -> None:
    chance = random.Random(seed)
    service = Service(warehouse)
    is_units = seed != 1
    for _ in range(STEPS):
        for item in chance.sample(ITEMS, chance.randint(0, 3)):
            cents = {name: Decimal(chance.randint(-50_000, 50_000)) / 100 for name in TOTALS.values()}
            service.show(item, **cents, UnitsInvoiced=chance.randint(-9, 9))
        if service.earlier and chance.random() < 0.5:
            service.show_again(chance)
        is_derived = chance.random() < 0.8
        before = service.recorded()
        service.derive(is_derived=is_derived, is_units=is_units)
        after = service.recorded()
        assert service.derive(is_derived=is_derived, is_units=is_units) == 0
        assert [row for row in after if row in before] == before
        service.require_totals(after, is_derived=is_derived)
        assert is_units or {row["units"] for row in after if row["kind"] != "invoiced"} <= {0}
    records = [(row["commitment"], row["record"]) for row in service.recorded() if row["record"]]
    assert len(records) == len(set(records))
    assert len(fetch_file(warehouse, "landing/select_hosted_changes", {"company_id": "AW", "zone": "UTC"})) == len(
        records
    )


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(("is_units", "units"), [(True, ["4.0000", "-1.5000"]), (False, ["0.0000", "0.0000"])])
def test_a_move_is_units_or_price_as_the_profile_says(
    warehouse: Connection, *, is_units: bool, units: list[str]
) -> None:
    service = Service(warehouse)
    service.show(("PO-1", "1"), AmountApproved=0)
    service.derive(is_units=is_units)
    for total in (Decimal("50.00"), Decimal("31.25")):
        service.show(("PO-1", "1"), AmountApproved=total)
        service.derive(is_units=is_units)
    found = [row for row in service.recorded() if row["kind"] == "approved" and row["record"]]
    assert [str(row["units"]) for row in found] == units
    assert [row["record"] for row in found] == ["DRV000001", "DRV000002"]
    assert [row["is_first"] for row in found] == [False, False]


@pytest.mark.usefixtures("company")
def test_without_a_unit_cost_a_move_is_price(warehouse: Connection) -> None:
    service = Service(warehouse)
    # A line without unit cost.
    service.show(("PO-1", "3"), AmountApproved=Decimal("50.00"))
    service.derive()
    assert [row["units"] for row in service.recorded() if row["kind"] == "approved"] == [0]
