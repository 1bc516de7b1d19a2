"""The warehouse values events exactly as the oracle does, in whatever order and batches they arrive (L3, L4)."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_hooks import ledger
from sage_hooks import warehouse as hook
from tests.laws.found_histories import FOUND, LINE, MOVED_WITHIN, OTHERS, WHOSE
from tests.laws.histories import CLOSED, VALID, approved_counts, change_orders, events, lines
from tests.laws.model import run
from tests.laws.model_records import ChangeOrder, Event, Line
from tests.laws.profile import LONGEST, settings_of

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

COMPANY = "LAW"


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Line], list[list[list[object]]]]:
    """Lines, and the batches in which change orders and events become known, parted by closes of ours."""
    known = draw(lines())
    orders, moved = draw(change_orders(known)), draw(events(known))
    arriving = draw(st.permutations([*orders, *moved]))
    cuts = sorted(draw(st.lists(st.integers(0, len(arriving)), max_size=3)))
    batches = [list(arriving[a:b]) for a, b in pairwise([0, *cuts, len(arriving)])]
    closes = sorted(draw(st.lists(st.integers(0, len(batches)), max_size=2)))
    return known, [batches[a:b] for a, b in pairwise([0, *closes, len(batches)])]


def empty(connection: Connection) -> None:
    """Forget everything of the example before; the append-only guards are for products, not for tests."""
    with connection.transaction():
        connection.execute(
            """truncate
                ledger.material_event, ledger.event_tag, ledger.value_entry, ledger.touched_line, ledger.count_decision,
                ledger.period_close, ledger.wait_at_close, audit.exception, audit.chain_head, core.commitment_item,
                core.change_order, core.change_order_item
            cascade"""
        )


def prepare(connection: Connection, company: str = COMPANY) -> None:
    """A company, its jobs and codes as Sage has them."""
    with connection.transaction():
        connection.execute(
            "insert into core.company (company_id, company_name, environment, time_zone, clearing_account, profile) "
            "values (%s, 'Laws', 'PROD', 'UTC', '2000', '{}')",
            (company,),
        )
        for job in ("J1", "J2"):
            connection.execute(
                """
                insert into core.job (company_id, job, description, status, transfer_id)
                values (%s, %s, '', 'In progress', 0)
                """,
                (company, job),
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
                (company, *codes[:3]),
            )
            connection.execute(
                """
                insert into core.category (
                    company_id, job, extra, cost_code, category, description, status, accumulate_as, unit,
                    cost_account, transfer_id
                ) values (%s, %s, %s, %s, %s, '', %s, 'Material', '', '1', 0)
                """,
                (company, *codes, status),
            )


def know_lines(connection: Connection, known: list[Line], company: str = COMPANY) -> None:
    """Put the commitment into the mirror."""
    connection.execute(
        """
        insert into core.commitment
        values (%s, 'PO1', '', 'Purchase order', 'V', 'J1', '2026-01-01', false, 0, 0, 0, 0)
        on conflict do nothing
        """,
        (company,),
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
                company,
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


def know_change_order(connection: Connection, order: ChangeOrder, company: str = COMPANY) -> None:
    """Put an approved change order into the mirror and touch its line, as the landing does."""
    connection.execute(
        "insert into core.change_order values (%s, %s, %s, '', %s, 'Approved', %s, %s, 0)",
        (company, order.commitment, order.number, order.date, order.approved_at, order.close_count),
    )
    connection.execute(
        "insert into core.change_order_item values (%s, %s, %s, %s, %s, %s, %s, 0)",
        (company, order.commitment, order.number, order.item_number, order.units, order.unit_cost, order.amount),
    )
    connection.execute(
        """
        insert into ledger.touched_line (company_id, commitment, item_number)
        values (%s, %s, %s)
        on conflict do nothing
        """,
        (company, order.commitment, order.item_number),
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
    land(connection, batch)
    ledger.value_events(connection)


def land(connection: Connection, batch: list[object], company: str = COMPANY) -> None:
    """Let a batch become known."""
    with connection.transaction():
        connection.execute("drop table if exists staged_event")
        hook.run_file(connection, "ledger/create_staged_event")
        for number, record in enumerate(batch):
            if isinstance(record, ChangeOrder):
                know_change_order(connection, record, company)
            elif isinstance(record, Event):
                connection.execute(
                    "insert into staged_event values (%s, %s, %s, %s)",
                    (number, company, record.event_id, document(record)),
                )
        ledger.land_staged_events(connection, company)
        events = [record for record in batch if isinstance(record, Event)]
        for event_id in sorted(approved_counts(events)):
            connection.execute(
                "insert into ledger.count_decision values (%s, %s, 'finance', 'counted twice') on conflict do nothing",
                (company, event_id),
            )


def recorded(connection: Connection, company: str = COMPANY) -> dict[tuple[object, ...], tuple[Decimal, Decimal]]:
    """Sum what the ledger recorded per cause, measure, line, codes and date; zero sums left out."""
    rows = connection.execute(
        """
        select
            cause_kind, cause_id, measure, item_number, job, extra, cost_code, category, entry_date::text as entry_date,
            sum(units) as units, sum(amount) as amount
        from ledger.value_entry
        where company_id = %s
        group by 1, 2, 3, 4, 5, 6, 7, 8, 9
        """,
        (company,),
    ).fetchall()
    return {tuple(row.values())[:9]: (row["units"], row["amount"]) for row in rows if row["units"] or row["amount"]}


def expected(
    known: list[Line], orders: list[ChangeOrder], moved: list[Event], **mapped: Any
) -> tuple[dict[tuple[object, ...], tuple[Decimal, Decimal]], dict[str, str]]:
    """Give the oracle's sums in the same shape, and the rules for which it lets events wait.

    `mapped`: its rules for codes, if any.
    """
    result = run(known, orders, moved, VALID, approved_counts=approved_counts(moved), **mapped)
    sums: dict[tuple[object, ...], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for entry in result.entries:
        cause = entry.cause_id.split("/")[-1] if entry.cause_kind == "change_order" else entry.cause_id
        both = sums[(entry.cause_kind, cause, entry.measure, entry.line[1], *entry.codes, entry.date)]
        both[0] += Decimal(entry.units.numerator) / Decimal(entry.units.denominator)
        both[1] += Decimal(entry.amount.numerator) / Decimal(entry.amount.denominator)
    return {key: (u, a) for key, (u, a) in sums.items() if u or a}, result.waiting


@pytest.fixture(scope="module")
def books(request: pytest.FixtureRequest, postgres_server: str, warehouse_template: str) -> Connection:
    """One database for all examples of a module."""
    name = f"laws_{request.module.__name__.rpartition('.')[2]}"
    with hook.connect(f"{postgres_server} dbname=postgres", autocommit=True) as admin:
        admin.execute(f"create database {name} template {warehouse_template}".encode())
    connection = hook.connect(f"{postgres_server} dbname={name}")
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
    books: Connection, world: tuple[list[Line], list[list[list[object]]]]
) -> None:
    known, parts = world
    books.rollback()
    empty(books)
    with books.transaction():
        know_lines(books, known)
    orders, moved, signed = play(books, known, parts)
    wanted, waiting = expected(known, orders, moved)
    found_money = recorded(books)
    assert {key: found_money.get(key) for key in signed} == signed
    books.commit()
    assert found_money == wanted
    found = books.execute("select event_id, rule from ledger.event_tag where status = 'waiting'").fetchall()
    books.commit()
    assert {row["event_id"] for row in found} == set(waiting)
    assert {row["event_id"] for row in found if row["rule"] == "withdrawn"} == {
        event_id for event_id, rule in waiting.items() if rule == "withdrawn"
    }
    again = ledger.value_events(books)
    books.commit()
    assert again.entries == 0


def play(
    connection: Connection, known: list[Line], parts: list[list[list[ChangeOrder | Event]]]
) -> tuple[list[ChangeOrder], list[Event], dict[tuple[object, ...], tuple[Decimal, Decimal]]]:
    """Let all become known, a month signed between two parts; gives it with its closes, and what is signed.

    What waits at a close can be cured only by what becomes known later: it comes after the close, as that does.
    """
    orders: list[ChangeOrder] = []
    moved: list[Event] = []
    signed: dict[tuple[object, ...], tuple[Decimal, Decimal]] = {}
    for closes, batches in enumerate(parts):
        if closes:
            signed = recorded(connection)
            close(connection, closes)
            ledger.value_events(connection)
            moved = after_close(known, orders, moved, closes)
        for batch in batches:
            new = [one._replace(close_count=closes) for one in batch]
            arrive(connection, new)
            orders += [one for one in new if isinstance(one, ChangeOrder)]
            moved += [one for one in new if isinstance(one, Event)]
    return orders, moved, signed


def close(connection: Connection, close_no: int) -> None:
    """Sign a month off."""
    connection.execute(
        "insert into ledger.period_close values (%s, %s, 1, %s, 'h', 'controller')",
        (COMPANY, f"2025-{close_no:02d}", close_no),
    )


def after_close(known: list[Line], orders: list[ChangeOrder], moved: list[Event], closes: int) -> list[Event]:
    """Give the events with those that the oracle lets wait now placed after so many closes."""
    waiting = expected(known, orders, moved)[1]
    return [one._replace(close_count=closes) if one.event_id in waiting else one for one in moved]


@pytest.mark.parametrize("moved", FOUND.values(), ids=FOUND)
def test_what_was_found_stays_found(books: Connection, moved: list[Event]) -> None:
    books.rollback()
    empty(books)
    with books.transaction():
        know_lines(books, [LINE])
    arrive(books, list(moved))
    assert (recorded(books), {}) == expected([LINE], [], moved)
    assert books.execute("select from ledger.event_tag where status = 'waiting'").fetchall() == []
    books.commit()


def test_what_contradicts_the_place_it_takes_from_waits(books: Connection) -> None:
    books.rollback()
    empty(books)
    with books.transaction():
        know_lines(books, [LINE])
    arrive(books, list(MOVED_WITHIN))
    waiting = books.execute("select event_id, rule from ledger.event_tag where status = 'waiting'").fetchall()
    found = {row["event_id"]: row["rule"] for row in waiting}
    assert found == {"E2": "untagged"}
    assert (recorded(books), found) == expected([LINE], [], MOVED_WITHIN)
    books.commit()


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
    assert (recorded(books), {}) == expected(OTHERS, [], moved)
    assert books.execute("select from ledger.event_tag where status = 'waiting'").fetchall() == []
    books.commit()
