"""How fresh each data flow is, when it is late, and what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ops.companies import default_profile, store_profile
from sage_bridge.flow_profile import FLOWS
from sage_bridge.rhythms import seconds_between
from tests.sql.recon.books import Books

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

_TRANSFER = """
insert into audit.transfer (
    company_id, flow, direction, environment, seq, rev, file_name, state, sha256, found_at, finished_at
)
select 'AW', %(flow)s, 'in', 'PROD', coalesce(max(t.seq), 0) + 1, 1, 'f', %(state)s, repeat('0', 64),
    now() - %(age)s::interval, case %(state)s when 'landed' then now() - %(age)s::interval end
from audit.transfer as t
"""
_EVENT = "insert into ledger.event_inbox (company_id, event_id, document, inserted_at) values ('AW', 'E', '{}', %s)"


@pytest.fixture
def health(warehouse: Connection) -> Connection:
    store_profile(warehouse, default_profile("AW"))
    return warehouse


def arrived(connection: Connection, flow: str, age: str, state: str = "landed") -> None:
    connection.execute(_TRANSFER.encode(), {"flow": flow, "age": age, "state": state})


def of(connection: Connection, flow: str) -> dict[str, Any]:
    """Read the row of a flow as an analyst."""
    connection.execute("set local role analyst")
    row = connection.execute("select * from mart.flow_health where flow = %s", (flow,)).fetchone()
    connection.execute("reset role")
    assert row is not None
    return row


def test_every_flow_has_a_row_and_nothing_is_late_in_a_new_company(health: Connection) -> None:
    rows = health.execute("select flow, is_late from mart.flow_health where company_id = 'AW'").fetchall()
    assert {row["flow"] for row in rows} == set(FLOWS)
    assert not any(row["is_late"] for row in rows)


@pytest.mark.parametrize(
    ("rhythm", "minutes"), [("continuous", 15), ("every 30 minutes", 60), ("every 300 minutes", 360), ("hourly", 120)]
)
def test_a_flow_is_late_when_a_file_waits_for_its_rhythm_and_as_much_again(
    health: Connection, rhythm: str, minutes: int
) -> None:
    health.execute("update core.data_flow set rhythm = %s where flow = 'jobs'", (rhythm,))
    arrived(health, "JOB", "9 days")
    arrived(health, "COSTCODE", f"{minutes - 1} minutes", "parked")
    row = of(health, "jobs")
    # An extract that says nothing new is not sent: silence alone is no fault.
    assert (row["is_late"], row["freshness"].days) == (False, 9)
    health.execute("update audit.transfer set found_at = found_at - interval '2 minutes'")
    row = of(health, "jobs")
    assert row["is_late"]
    assert row["effect"].startswith("new jobs and codes are unknown")
    assert row["target"].total_seconds() == minutes * 60 >= (seconds_between(rhythm) or 0)


def test_a_day_without_events_is_no_fault_one_that_waits_is(health: Connection) -> None:
    arrived(health, "EVENT", "3 days")
    assert of(health, "material_events")["effect"] == "nothing is waiting"
    health.execute(_EVENT, ("now",))
    assert of(health, "material_events")["effect"] == "as fresh as agreed"
    health.execute("update ledger.event_inbox set inserted_at = now() - interval '16 minutes'")
    row = of(health, "material_events")
    assert row["is_late"]
    assert row["effect"] == "what was received and installed on site is in no figure yet"


def test_a_refused_file_is_no_lateness_a_parked_one_is(health: Connection) -> None:
    arrived(health, "EVENT", "3 days", "refused")
    assert not of(health, "material_events")["is_late"]
    arrived(health, "EVENT", "1 hour", "parked")
    assert of(health, "material_events")["is_late"]


def test_costs_are_late_when_a_line_waits_longer_than_a_day_and_an_hour(health: Connection) -> None:
    posting, _ = Books(health).posting("consumption", "2024-03-01", "10.00")
    health.execute(
        "update outbox.cost_posting set created_at = now() - interval '24 hours' where posting_id = %s", (posting,)
    )
    assert not of(health, "material_costs")["is_late"]
    health.execute("update outbox.cost_posting set created_at = now() - interval '26 hours'")
    row = of(health, "material_costs")
    assert (row["is_late"], row["effect"]) == (True, "job cost in Sage lacks material that is installed")
    # What is held waits for a person and stands among the exceptions.
    health.execute("update outbox.cost_posting set state = 'held', hold_rule = 'closed_job', hold_reason = 'closed'")
    assert not of(health, "material_costs")["is_late"]


@pytest.mark.parametrize(
    ("is_on", "rhythm", "effect"),
    [(False, "hourly", "off by the company's profile"), (True, "on demand", "on demand: never late")],
)
def test_what_is_off_or_on_demand_is_never_late(health: Connection, rhythm: str, effect: str, *, is_on: bool) -> None:
    arrived(health, "JOB", "9 days", "parked")
    assert of(health, "jobs")["is_late"]
    health.execute("update core.data_flow set is_on = %s, rhythm = %s where flow = 'jobs'", (is_on, rhythm))
    row = of(health, "jobs")
    assert (row["is_late"], row["effect"]) == (False, effect)
