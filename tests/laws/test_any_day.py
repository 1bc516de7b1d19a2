"""Where every PO line stands on any day: the warehouse against the oracle, on whole scenarios.

50 random days of our own scenario, 12 of `aw_open`; `EXAMPLES=50` takes as many there.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from sage_hooks import ledger
from sage_hooks import warehouse as hook
from tests.laws.model_totals import Pair, Position, positions
from tests.laws.scenario_tools import Scenario, read_scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sage_hooks.warehouse import Connection
    from tests.laws.model_records import Event, LineKey, Result

pytestmark = pytest.mark.slow

COMPANY, NEVER = "ANY", "99999"
DEMO = Path(__file__).parents[2] / "include" / "scenario"
PAIRS = (
    "original", "approved_changes", "revised", "received", "rejected", "accepted", "returned", "allocated", "installed",
    "wasted", "on_hand", "to_receive", "closed_short",
)  # fmt: skip


class World(NamedTuple):
    """A scenario in the warehouse, and what the oracle makes of it."""

    connection: Connection
    scenario: Scenario
    result: Result
    closed_on: dict[str, str]
    day_count: int


def copy(connection: Connection, table: str, columns: str, rows: Iterator[tuple[Any, ...]] | list[Any]) -> None:
    statement = f"copy {table} ({columns}) from stdin"
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as writer:
        for row in rows:
            writer.write_row(row)


def load(connection: Connection, scenario: Scenario, closed_on: dict[str, str]) -> None:
    """Put a scenario into the mirror as its feeds would have, and value its events."""
    connection.execute(
        "insert into core.company (company_id, company_name, environment, time_zone, clearing_account, profile) "
        "values (%s, 'Any', 'PROD', 'UTC', '2000', '{}')",
        (COMPANY,),
    )
    load_codes(connection, scenario)
    load_commitments(connection, scenario)
    load_invoices(connection, scenario)
    load_events(connection, scenario)
    for commitment, day in closed_on.items():
        connection.execute("update core.commitment set is_closed = true where commitment = %s", (commitment,))
        connection.execute(
            "update core.commitment_closing set changed_on = %s where commitment = %s", (day, commitment)
        )
    connection.execute(b"analyze")


def load_codes(connection: Connection, scenario: Scenario) -> None:
    """Jobs with their cost codes and categories."""
    codes = scenario.valid_codes
    jobs = {one.job: "In progress" for one in codes} | {one.job: "Closed" for one, rule in codes.items() if rule}
    copy(
        connection, "core.job", "company_id, job, description, status, transfer_id",
        [(COMPANY, job, "", status, 0) for job, status in jobs.items()],
    )  # fmt: skip
    code_columns = "description, status, accumulate_as, unit, cost_account, transfer_id"
    copy(
        connection, "core.cost_code", f"company_id, job, extra, cost_code, is_group, {code_columns}",
        [(COMPANY, *key, False, "", "In progress", "Material", "", "1", 0) for key in {one[:3] for one in codes}],
    )  # fmt: skip
    copy(
        connection, "core.category", f"company_id, job, extra, cost_code, category, {code_columns}",
        [(COMPANY, *one, "", "In progress", "Material", "", "1", 0) for one in codes],
    )  # fmt: skip


def load_commitments(connection: Connection, scenario: Scenario) -> None:
    """Purchase orders with their lines and change orders."""
    ordered = {line.commitment: line.ordered_on for line in scenario.lines}
    copy(
        connection, "core.commitment",
        "company_id, commitment, description, commitment_type, vendor, job, commitment_date, is_closed, "
        "amount_original, amount_approved_changes, amount_invoiced, transfer_id",
        [(COMPANY, po, "", "Purchase order", "V", "", day, False, 0, 0, 0, 0) for po, day in ordered.items()],
    )  # fmt: skip
    copy(
        connection, "core.commitment_item",
        "company_id, commitment, item_number, description, job, extra, cost_code, category, standard_item, units, "
        "unit_cost, unit, amount, amount_tax, amount_approved_changes, amount_invoiced, units_invoiced, transfer_id",
        [
            (COMPANY, *line[:2], "", *line.codes, line.standard_item, line.units, line.unit_cost, line.unit,
             line.amount, 0, 0, 0, 0, 0)
            for line in scenario.lines
        ],
    )  # fmt: skip
    copy(
        connection, "core.change_order",
        "company_id, commitment, change_order, description, change_order_date, status, approved_at, close_count, "
        "transfer_id",
        [
            (COMPANY, one.commitment, one.number, "", one.date, "Approved", one.approved_at, 0, 0)
            for one in scenario.change_orders
        ],
    )  # fmt: skip
    copy(
        connection, "core.change_order_item",
        "company_id, commitment, change_order, item_number, units, unit_cost, amount, transfer_id",
        [
            (COMPANY, o.commitment, o.number, o.item_number, o.units, o.unit_cost, o.amount, 0)
            for o in scenario.change_orders
        ],
    )  # fmt: skip


def load_invoices(connection: Connection, scenario: Scenario) -> None:
    """What AP posted on lines."""
    codes_of = {line[:2]: line.codes for line in scenario.lines}
    copy(
        connection, "core.job_cost_transaction",
        "company_id, source, row_id, job, extra, cost_code, category, transaction_type, transaction_date, "
        "accounting_date, description, units, unit_cost, amount, debit_account, credit_account, application_of_origin, "
        "batch, vendor, invoice, commitment_type, commitment, item_number, tax_id, amount_type, standard_item, ref_1, "
        "ref_2, operator_stamp, stamped_at, transfer_id",
        [
            (COMPANY, "CURRENT", f"A{number}", *codes_of[bill.line], "AP cost", bill.date, bill.date, "", 0,
             0, bill.amount, "1", "2", "AP", "", "V", f"I{number}", "", *bill.line, "", "", "", "", "", "ap",
             "2026-01-01", 0)
            for number, bill in enumerate(scenario.invoices) if bill.line is not None
        ],
    )  # fmt: skip


def load_events(connection: Connection, scenario: Scenario) -> None:
    """What happened on site, known before and after each of our period closes; valued once."""
    for close_count in sorted({event.close_count for event in scenario.events}):
        if close_count:
            ledger.value_events(connection)
            connection.execute(
                "insert into ledger.period_close values (%s, %s, 1, %s, 'h', 'controller', now(), null)",
                (COMPANY, f"2000-{close_count:02d}", close_count),
            )
        hook.run_file(connection, "ledger/create_staged_event")
        connection.execute("delete from staged_event")
        known = [event for event in scenario.events if event.close_count == close_count]
        copy(
            connection, "staged_event", "row_no, company_id, event_id, document",
            [(number, COMPANY, one.event_id, document(one)) for number, one in enumerate(known)],
        )  # fmt: skip
        ledger.land_staged_events(connection, COMPANY)
    ledger.value_events(connection)


def document(event: Event) -> str:
    said = {
        "event_id": event.event_id, "event_type": event.event_type, "occurred_at": event.occurred_at,
        "recorded_at": event.occurred_at, "quantity": str(event.quantity), "unit": event.unit,
        "commitment": event.commitment, "item_number": str(event.item_number or ""),
        "standard_item": event.standard_item, "location": event.location, "job": event.codes.job,
        "cost_code": event.codes.cost_code, "category": event.codes.category,
        "receipt_event_id": event.receipt_event_id, "reverses_event_id": event.reverses_event_id,
    }  # fmt: skip
    return json.dumps({name: value for name, value in said.items() if value})


@pytest.fixture(scope="module", params=["demo_small", "aw_open"])
def world(request: pytest.FixtureRequest, postgres_server: str, warehouse_template: str) -> Iterator[World]:
    """A scenario in a database of its own; every seventh commitment is closed on some day."""
    name = request.param
    folder = DEMO if name == "demo_small" else request.getfixturevalue("foreign_data") / "scenarios" / name
    scenario = read_scenario(folder)
    days = sorted({event.occurred_at[:10] for event in scenario.events})
    chance = Random(name)
    closed_on = {po: chance.choice(days) for po in sorted({line.commitment for line in scenario.lines})[::7]}
    with hook.connect(f"{postgres_server} dbname=postgres", autocommit=True) as admin:
        admin.execute(f"create database any_day_{name} template {warehouse_template}".encode())
    connection = hook.connect(f"{postgres_server} dbname=any_day_{name}")
    load(connection, scenario, closed_on)
    connection.commit()
    day_count = 50 if name == "demo_small" else int(os.environ.get("EXAMPLES", "12"))
    yield World(connection, scenario, scenario.valued(), closed_on, day_count)
    connection.close()


def expected(world: World, day: str) -> dict[LineKey, dict[str, tuple[Fraction, ...]]]:
    """Give what the oracle says of every line on a day."""
    scenario = world.scenario
    found = positions(scenario.lines, scenario.change_orders, scenario.invoices, world.result, day)
    changed: dict[LineKey, list[str]] = defaultdict(list)
    for order in scenario.change_orders:
        changed[order.commitment, order.item_number].append(order.date)
    brought_later = {
        (line.commitment, line.item_number)
        for line in scenario.lines
        if not line.units and not line.amount and min(changed[line.commitment, line.item_number], default="") > day
    }
    return {
        key: side(position, is_closed=world.closed_on.get(key[0], NEVER) <= day)
        for key, position in found.items()
        if key not in brought_later
    }


def side(position: Position, *, is_closed: bool) -> dict[str, tuple[Fraction, ...]]:
    open_part, nothing = position.to_receive, Pair()
    short = open_part if open_part.units > 0 else nothing
    pairs = {name: getattr(position, name) for name in PAIRS if name not in ("to_receive", "closed_short")}
    pairs |= {"to_receive": nothing if is_closed else open_part, "closed_short": short if is_closed else nothing}
    return {
        **{name: (one.units, one.amount) for name, one in pairs.items()},
        "invoiced": (position.amount_invoiced,),
        "to_invoice": (position.amount_to_invoice,),
    }


def shown(world: World, day: str) -> dict[LineKey, dict[str, tuple[Fraction, ...]]]:
    """Give what the warehouse says."""
    rows = world.connection.execute(
        "select * from mart.commitment_position_at(%s, %s::date)", (COMPANY, day)
    ).fetchall()
    world.connection.commit()
    return {
        (row["commitment"], row["item_number"]): {
            **{name: (Fraction(row[f"units_{name}"]), Fraction(row[f"amount_{name}"])) for name in PAIRS},
            "invoiced": (Fraction(row["amount_invoiced"]),),
            "to_invoice": (Fraction(row["amount_to_invoice"]),),
        }
        for row in rows
    }


@pytest.mark.timeout(900)
def test_every_line_stands_where_the_oracle_says_on_random_days(world: World) -> None:
    dates = sorted({event.occurred_at[:10] for event in world.scenario.events})
    dates += [line.ordered_on for line in world.scenario.lines[:1]]
    days = [*Random(50).sample(sorted(set(dates)), k=min(world.day_count, len(set(dates)))), "9999-12-31"]
    for day in days:
        wanted, found = expected(world, day), shown(world, day)
        off = {key: (found.get(key), one) for key, one in wanted.items() if found.get(key) != one}
        assert (set(found), off) == (set(wanted), {}), f"positions on {day}"
    assert len(days) > 12
    closed = {key for key in shown(world, "9999-12-31") if key[0] in world.closed_on}
    assert closed
