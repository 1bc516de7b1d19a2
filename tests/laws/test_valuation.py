"""The warehouse values events exactly as the oracle does, in whatever order and batches they arrive (L3, L4)."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_hooks import ledger
from sage_hooks import warehouse as hook
from tests.laws.histories import CLOSED, CODES, VALID, approved_counts, change_orders, events, lines
from tests.laws.model import run
from tests.laws.model_records import ChangeOrder, Event, Line
from tests.laws.profile import LONGEST, settings_of

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

COMPANY = "LAW"


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Line], list[ChangeOrder], list[Event], list[list[object]]]:
    """Lines, change orders and events, and the batches in which the latter two become known."""
    known = draw(lines())
    orders, moved = draw(change_orders(known)), draw(events(known))
    arriving = draw(st.permutations([*orders, *moved]))
    cuts = sorted(draw(st.lists(st.integers(0, len(arriving)), max_size=3)))
    edges = [0, *cuts, len(arriving)]
    return known, orders, moved, [list(arriving[a:b]) for a, b in pairwise(edges)]


def happening(name: str, event_type: str, day: int, units: str, **said: object) -> Event:
    """An event at noon of a January day; with an item number it names that line of PO1."""
    if "item_number" in said:
        said["commitment"] = "PO1"
    return Event(name, event_type, f"2026-01-{day:02d}T12:00:00+00:00", Decimal(units), "EA", **said)  # type: ignore[arg-type]


def empty(connection: Connection) -> None:
    """Forget everything of the example before; the append-only guards are for products, not for tests."""
    with connection.transaction():
        connection.execute(
            """truncate
                ledger.material_event, ledger.event_tag, ledger.value_entry, ledger.touched_line, ledger.count_decision,
                audit.exception, audit.chain_head, core.commitment_item, core.change_order, core.change_order_item
            cascade"""
        )


def prepare(connection: Connection) -> None:
    """The company, its jobs and codes as Sage has them."""
    with connection.transaction():
        connection.execute(
            "insert into core.company (company_id, company_name, environment, time_zone, clearing_account, profile) "
            "values (%s, 'Laws', 'PROD', 'UTC', '2000', '{}')",
            (COMPANY,),
        )
        for job in ("J1", "J2"):
            connection.execute(
                """
                insert into core.job (company_id, job, description, status, transfer_id)
                values (%s, %s, '', 'In progress', 0)
                """,
                (COMPANY, job),
            )
        for codes in VALID:
            status = "Closed" if codes is CLOSED else "In progress"
            connection.execute(
                """
                insert into core.cost_code (
                    company_id, job, extra, cost_code, description, is_group, status, accumulate_as, unit,
                    cost_account, transfer_id
                ) values (%s, %s, %s, %s, '', false, 'In progress', 'Material', '', '1', 0)
                """,
                (COMPANY, *codes[:3]),
            )
            connection.execute(
                """
                insert into core.category (
                    company_id, job, extra, cost_code, category, description, status, accumulate_as, unit,
                    cost_account, transfer_id
                ) values (%s, %s, %s, %s, %s, '', %s, 'Material', '', '1', 0)
                """,
                (COMPANY, *codes, status),
            )


def know_lines(connection: Connection, known: list[Line]) -> None:
    """Put the commitment into the mirror."""
    connection.execute(
        """
        insert into core.commitment
        values (%s, 'PO1', '', 'Purchase order', 'V', 'J1', '2026-01-01', false, 0, 0, 0, 0)
        on conflict do nothing
        """,
        (COMPANY,),
    )
    for line in known:
        connection.execute(
            """
            insert into core.commitment_item (
                company_id, commitment, item_number, description, job, extra, cost_code, category, standard_item, units,
                unit_cost, unit, amount, amount_tax, amount_approved_changes, amount_invoiced, units_invoiced,
                transfer_id
            ) values (%s, %s, %s, '', %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0, 0, 0, 0)
            """,
            (
                COMPANY,
                line.commitment,
                line.item_number,
                *line.codes,
                line.standard_item,
                line.units,
                line.unit_cost,
                line.unit,
                line.amount,
            ),
        )


def know_change_order(connection: Connection, order: ChangeOrder) -> None:
    """Put an approved change order into the mirror and touch its line, as the landing does."""
    connection.execute(
        "insert into core.change_order values (%s, %s, %s, '', %s, 'Approved', %s, %s, 0)",
        (COMPANY, order.commitment, order.number, order.date, order.approved_at, order.close_count),
    )
    connection.execute(
        "insert into core.change_order_item values (%s, %s, %s, %s, %s, %s, %s, 0)",
        (COMPANY, order.commitment, order.number, order.item_number, order.units, order.unit_cost, order.amount),
    )
    connection.execute(
        """
        insert into ledger.touched_line (company_id, commitment, item_number)
        values (%s, %s, %s)
        on conflict do nothing
        """,
        (COMPANY, order.commitment, order.item_number),
    )


def document(event: Event) -> str:
    """Give the event as RunBlu sends it."""
    fields = {
        "event_id": event.event_id, "event_type": event.event_type, "occurred_at": event.occurred_at,
        "recorded_at": event.occurred_at, "quantity": str(event.quantity), "unit": event.unit,
        "commitment": event.commitment or None, "item_number": event.item_number or None,
        "standard_item": event.standard_item or None, "location": event.location,
        "job": event.codes.job or None, "cost_code": event.codes.cost_code or None,
        "category": event.codes.category or None,
        "to_job": event.to.job or None, "to_cost_code": event.to.cost_code or None,
        "to_category": event.to.category or None, "to_location": event.to_location or None,
        "receipt_event_id": event.receipt_event_id or None, "reverses_event_id": event.reverses_event_id or None,
    }  # fmt: skip
    return json.dumps(fields)


def arrive(connection: Connection, batch: list[object]) -> None:
    """Let a batch become known and value it."""
    with connection.transaction():
        connection.execute("drop table if exists staged_event")
        hook.run_file(connection, "ledger/create_staged_event")
        for number, record in enumerate(batch):
            if isinstance(record, ChangeOrder):
                know_change_order(connection, record)
            elif isinstance(record, Event):
                connection.execute(
                    "insert into staged_event values (%s, %s, %s, %s)",
                    (number, COMPANY, record.event_id, document(record)),
                )
        ledger.land_staged_events(connection, COMPANY)
        events = [record for record in batch if isinstance(record, Event)]
        for event_id in sorted(approved_counts(events)):
            connection.execute(
                "insert into ledger.count_decision values (%s, %s, 'finance', 'counted twice') on conflict do nothing",
                (COMPANY, event_id),
            )
    ledger.value_events(connection)


def recorded(connection: Connection) -> dict[tuple[object, ...], tuple[Decimal, Decimal]]:
    """Sum what the ledger recorded per cause, measure, line, codes and date; zero sums left out."""
    rows = connection.execute(
        """
        select
            cause_kind, cause_id, measure, item_number, job, extra, cost_code, category, entry_date::text as entry_date,
            sum(units) as units, sum(amount) as amount
        from ledger.value_entry
        group by 1, 2, 3, 4, 5, 6, 7, 8, 9
        """
    ).fetchall()
    return {tuple(row.values())[:9]: (row["units"], row["amount"]) for row in rows if row["units"] or row["amount"]}


def expected(
    known: list[Line], orders: list[ChangeOrder], moved: list[Event]
) -> tuple[dict[tuple[object, ...], tuple[Decimal, Decimal]], set[str]]:
    """Give the oracle's sums in the same shape, and the events it lets wait."""
    result = run(known, orders, moved, VALID, approved_counts=approved_counts(moved))
    sums: dict[tuple[object, ...], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for entry in result.entries:
        cause = entry.cause_id.split("/")[-1] if entry.cause_kind == "change_order" else entry.cause_id
        both = sums[(entry.cause_kind, cause, entry.measure, entry.line[1], *entry.codes, entry.date)]
        both[0] += Decimal(entry.units.numerator) / Decimal(entry.units.denominator)
        both[1] += Decimal(entry.amount.numerator) / Decimal(entry.amount.denominator)
    return {key: (u, a) for key, (u, a) in sums.items() if u or a}, set(result.waiting)


@pytest.fixture(scope="module")
def books(postgres_server: str, warehouse_template: str) -> Connection:
    """One database for all examples of this module."""
    with hook.connect(f"{postgres_server} dbname=postgres", autocommit=True) as admin:
        admin.execute(f"create database laws_valuation template {warehouse_template}".encode())
    connection = hook.connect(f"{postgres_server} dbname=laws_valuation")
    with connection.transaction():
        for guard in connection.execute(
            """
            select tgrelid::regclass::text as place, tgname
            from pg_trigger
            where tgfoid = 'audit.refuse_change'::regproc
            """
        ).fetchall():
            connection.execute(f"drop trigger {guard['tgname']} on {guard['place']}".encode())
    prepare(connection)
    yield connection
    connection.close()


@pytest.mark.timeout(LONGEST)
@settings_of(examples=60)
@given(world=worlds())
def test_any_order_and_batching_gives_the_oracles_money(
    books: Connection, world: tuple[list[Line], list[ChangeOrder], list[Event], list[list[object]]]
) -> None:
    known, orders, moved, batches = world
    books.rollback()
    empty(books)
    with books.transaction():
        know_lines(books, known)
    for batch in batches:
        arrive(books, batch)
    wanted, waiting = expected(known, orders, moved)
    found_money = recorded(books)
    books.commit()
    assert found_money == wanted
    found = books.execute("select event_id from ledger.event_tag where status = 'waiting'").fetchall()
    books.commit()
    assert {row["event_id"] for row in found} == waiting
    again = ledger.value_events(books)
    books.commit()
    assert again.entries == 0


LINE = Line("PO1", 1, CODES[0], "REBAR", "EA", Decimal(10), Decimal("0.335"), Decimal("3.35"), "2026-01-01")
FOUND = {
    "a rejection of a line takes from receipts on other codes each": [
        happening("E0", "received", 1, "2", codes=CODES[1], item_number=1),
        happening("E1", "received", 2, "3", codes=CODES[2], item_number=1),
        happening("E2", "rejected", 3, "4", item_number=1),
        happening("E3", "reversed", 4, "3", reverses_event_id="E2"),
    ],
    # 0.17 of the first receipt stays; taken by the order of the ids it would be 0.18.
    "a rejection of a line changes the value of its receipts first in, first out": [
        happening("E9", "received", 1, "1", item_number=1),
        happening("E0", "received", 2, "2", item_number=1),
        happening("E1", "installed", 3, "0.5", receipt_event_id="E9"),
        happening("E2", "rejected", 4, "2", item_number=1),
    ],
    "what such a rejection took is given back last first": [
        happening("E9", "received", 1, "1", item_number=1),
        happening("E0", "received", 2, "2", item_number=1),
        happening("E1", "installed", 3, "0.5", receipt_event_id="E9"),
        happening("E2", "rejected", 4, "2", item_number=1),
        happening("E3", "reversed", 5, "1.75", reverses_event_id="E2"),
    ],
    # Thirds of 3.35 on four codes: what lies in each place and what went through it adds up to the cent.
    "units moved on twice, returned and built in where they came to": [
        happening("E0", "received", 1, "10", item_number=1),
        happening("E1", "transferred", 2, "7", receipt_event_id="E0", to=CODES[2]),
        happening("E2", "transferred", 3, "5", receipt_event_id="E1", to=CODES[3], to_location="SITE"),
        happening("E3", "installed", 4, "3", receipt_event_id="E0"),
        happening("E4", "returned", 5, "1", receipt_event_id="E1"),
        happening("E5", "installed", 6, "2", receipt_event_id="E2"),
        happening("E6", "reversed", 7, "1", reverses_event_id="E2"),
        happening("E7", "installed", 8, "2", receipt_event_id="E2"),
        happening("E8", "installed", 9, "2", receipt_event_id="E1"),
    ],
    # The last one drawn is given back first, whatever layer it came from.
    "what a line gives back is what was drawn last": [
        happening("E0", "received", 1, "1", item_number=1),
        happening("E1", "received", 2, "2", item_number=1),
        happening("E2", "installed", 3, "0.7", receipt_event_id="E1", codes=CODES[1]),
        happening("E3", "installed", 4, "0.5", receipt_event_id="E0", codes=CODES[2]),
        happening("E4", "uninstalled", 5, "0.6", item_number=1),
    ],
    "a job takes from a line what was moved to it before the rest": [
        happening("E0", "received", 1, "4", item_number=1),
        happening("E1", "transferred", 2, "1", item_number=1, to=CODES[2]),
        happening("E2", "installed", 3, "1.5", item_number=1, codes=CODES[2]),
        happening("E3", "installed", 4, "2.5", item_number=1),
    ],
    "what a stock-take misses is waste until it is found again": [
        happening("E0", "received", 1, "4", item_number=1, standard_item="REBAR", location="YARD"),
        happening("E1", "counted", 2, "-1.5", standard_item="REBAR", location="YARD"),
        happening("E2", "counted", 3, "0.5", standard_item="REBAR", location="YARD"),
        happening("E4", "counted", 4, "-0.3", receipt_event_id="E0"),
        happening("E5", "reversed", 5, "0.2", reverses_event_id="E4"),
    ],
}
"""Histories that once came out wrong, in the product or in the oracle."""


@pytest.mark.parametrize("moved", FOUND.values(), ids=FOUND)
def test_what_was_found_stays_found(books: Connection, moved: list[Event]) -> None:
    books.rollback()
    empty(books)
    with books.transaction():
        know_lines(books, [LINE])
    arrive(books, list(moved))
    assert (recorded(books), set()) == expected([LINE], [], moved)
    assert books.execute("select from ledger.event_tag where status = 'waiting'").fetchall() == []
    books.commit()


OTHERS = [LINE._replace(codes=CODES[2]), LINE._replace(item_number=2, codes=CODES[0])]
STOCK = {"standard_item": "REBAR", "location": "YARD"}
JOB = CODES[0]._replace(cost_code="", category="")
WHOSE: dict[str, tuple[list[Event], dict[object, str]]] = {
    "consumption goes over the codes of all allocations, also where the last one is on the line's own": (
        [
            happening("E0", "received", 1, "10", item_number=1),
            happening("E1", "allocated", 2, "3", receipt_event_id="E0", codes=CODES[1]),
            happening("E2", "allocated", 3, "4", receipt_event_id="E0", codes=CODES[2]),
            happening("E3", "installed", 4, "5", receipt_event_id="E0"),
        ],
        {("E3", CODES[1]): "3", ("E3", CODES[2]): "2"},
    ),
    "an allocation to another job does not speak for an event that says its own": (
        [
            happening("E0", "received", 1, "10", item_number=2, **STOCK),
            happening("E1", "allocated", 2, "3", receipt_event_id="E0", codes=CODES[2]),
            happening("E2", "installed", 3, "2", receipt_event_id="E0", codes=JOB),
            happening("E3", "installed", 4, "2", codes=JOB, **STOCK),
        ],
        {("E2", CODES[0]): "2", ("E3", CODES[0]): "2"},
    ),
    "of another job's layer a job takes what is allocated to it, the rest from its own": (
        [
            happening("E0", "received", 1, "10", item_number=1, **STOCK),
            happening("E1", "received", 2, "10", item_number=2, **STOCK),
            happening("E2", "allocated", 3, "4", receipt_event_id="E0", codes=CODES[0]),
            happening("E3", "installed", 4, "12", codes=JOB, **STOCK),
        ],
        {("E3", CODES[0]): "12"},
    ),
    "an allocation may name an item and a location": (
        [
            happening("E0", "received", 1, "10", item_number=2, **STOCK),
            happening("E1", "allocated", 2, "3", codes=CODES[1], **STOCK),
            happening("E2", "installed", 3, "5", **STOCK),
            happening("E3", "deallocated", 4, "1", **STOCK),
        ],
        {("E2", CODES[0]): "2", ("E2", CODES[1]): "3"},
    ),
    "what a transfer by item and location brought is known by the transfer, however many steps on": (
        [
            happening("E0", "received", 1, "10", item_number=2, **STOCK),
            happening("E1", "transferred", 2, "5", to_location="SITE", **STOCK),
            happening("E2", "transferred", 3, "4", receipt_event_id="E1", to=CODES[1]),
            happening("E3", "installed", 4, "3", receipt_event_id="E2"),
        ],
        {("E3", CODES[1]): "3"},
    ),
}
"""Draws that name a place or say only their job, and the units each puts on which codes, by hand."""


@pytest.mark.parametrize(("moved", "installed"), WHOSE.values(), ids=WHOSE)
def test_whose_stock_a_draw_takes(books: Connection, moved: list[Event], installed: dict[object, str]) -> None:
    books.rollback()
    empty(books)
    with books.transaction():
        know_lines(books, OTHERS)
    arrive(books, list(moved))
    found: dict[object, Decimal] = defaultdict(Decimal)
    for key, (units, _) in recorded(books).items():
        found[key[1], key[4:8]] += units if key[2] == "installed" else 0
    assert {key: units for key, units in found.items() if units} == {
        key: Decimal(units) for key, units in installed.items()
    }
    assert (recorded(books), set()) == expected(OTHERS, [], moved)
    assert books.execute("select from ledger.event_tag where status = 'waiting'").fetchall() == []
    books.commit()
