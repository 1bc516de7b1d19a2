"""Data flows as rows: who is due when, changes of the controller, and the versions of the profile they make."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.companies import default_profile, differences, store_profile
from sage_bridge.flow_profile import FLOWS, Flow
from sage_bridge.rhythms import is_rhythm, seconds_between
from sage_hooks.warehouse import fetch_file

if TYPE_CHECKING:
    from sage_bridge.profiles import Profile
    from sage_hooks.warehouse import Connection

NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=NEW_YORK)


def with_rhythm(profile: Profile, rhythm: str, flow: str = "jobs", *, is_on: bool = True) -> Profile:
    def changed(one: Flow) -> Flow:
        every = seconds_between(rhythm)
        return replace(one, rhythm=rhythm, every_seconds=every, is_on=is_on) if one.name == flow else one

    return replace(profile, time_zone=NEW_YORK.key, flows=tuple(map(changed, profile.flows)))


def due(connection: Connection, now: datetime, started_by: str = "clock", flow: str = "jobs") -> bool:
    values = {"flow": flow, "turn": flow, "company_id": "AW", "now": now, "started_by": started_by}
    (row,) = fetch_file(connection, "core/merge_flow_turns", values)
    return bool(row["is_due"])


@pytest.mark.parametrize(
    ("rhythm", "minutes_due"),
    [
        ("continuous", [0, 1, 2, 30, 59, 60, 61, 120]),
        ("every 30 minutes", [0, 30, 60, 120]),
        ("hourly", [0, 60, 120]),
        ("daily at 13:00", [0, 60]),
        ("on demand", []),
    ],
)
def test_the_clock_starts_a_flow_by_its_rhythm(warehouse: Connection, rhythm: str, minutes_due: list[int]) -> None:
    store_profile(warehouse, with_rhythm(default_profile("AW"), rhythm))
    moments = [0, 1, 2, 30, 59, 60, 61, 120]
    assert [minute for minute in moments if due(warehouse, NOON + timedelta(minutes=minute))] == minutes_due


def test_a_person_is_obeyed_and_an_arrival_is_taken(warehouse: Connection) -> None:
    store_profile(warehouse, with_rhythm(default_profile("AW"), "hourly"))
    assert due(warehouse, NOON)
    later = NOON + timedelta(minutes=1)
    assert [due(warehouse, later, by) for by in ("clock", "arrival", "person")] == [False, True, True]
    store_profile(warehouse, with_rhythm(default_profile("AW"), "hourly", "receipts"))
    assert due(warehouse, NOON, flow="receipts")
    assert [due(warehouse, later, by, "receipts") for by in ("clock", "arrival", "person")] == [False, False, True]
    store_profile(warehouse, with_rhythm(default_profile("AW"), "on demand"))
    assert [due(warehouse, later, by) for by in ("clock", "arrival", "person")] == [False, False, True]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - a wall clock of the zone
    rhythm=st.sampled_from(("hourly", "daily", "daily at 02:30", "daily at 23:59", "every 7 minutes", "continuous")),
)
def test_slots_go_round_the_clock_without_a_hole(warehouse: Connection, moment: datetime, rhythm: str) -> None:
    now = moment.replace(tzinfo=NEW_YORK)
    row = warehouse.execute(
        "select core.flow_slot(%(r)s, %(z)s, %(n)s) as slot, core.next_flow_slot(%(r)s, %(z)s, %(n)s) as next, "
        "core.flow_slot(%(r)s, %(z)s, core.next_flow_slot(%(r)s, %(z)s, %(n)s)) as again, "
        "core.next_flow_slot(%(r)s, %(z)s, core.flow_slot(%(r)s, %(z)s, %(n)s)) as next_of_slot",
        {"r": rhythm, "z": NEW_YORK.key, "n": now},
    ).fetchone()
    assert row is not None
    assert row["slot"] <= now <= row["next"]
    if rhythm != "continuous":
        assert now < row["next"]
        assert row["again"] == row["next"] == row["next_of_slot"]
        # A day is 23 to 25 hours long where clocks change.
        longest = (seconds_between(rhythm) or 0) + (3600 if rhythm.startswith("daily") else 0)
        assert timedelta(0) < row["next"] - row["slot"] <= timedelta(seconds=longest)


@given(
    words=st.text(alphabet="adehilnostuvy 0123456789:cmr", max_size=18) | st.sampled_from(("every 5 minutes", "daily"))
)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_table_and_file_know_the_same_words(warehouse: Connection, words: str) -> None:
    row = warehouse.execute("select core.is_rhythm(%s) as known", (words,)).fetchone()
    assert row == {"known": is_rhythm(words)}


def test_every_flow_of_the_profile_is_a_row(warehouse: Connection) -> None:
    store_profile(warehouse, default_profile("AW"))
    rows = warehouse.execute("select flow, direction from core.data_flow").fetchall()
    assert {row["flow"]: row["direction"] for row in rows} == FLOWS


def test_the_controller_changes_a_flow_and_the_file_leaves_it(warehouse: Connection) -> None:
    profile = default_profile("AW")
    store_profile(warehouse, profile)
    warehouse.execute("create role cora login in role finance")
    warehouse.execute("set session authorization cora")
    warehouse.execute("update core.data_flow set rhythm = 'every 5 minutes', is_on = false where flow = 'jobs'")
    warehouse.execute("reset session authorization")
    assert store_profile(warehouse, profile) == 0
    assert differences(warehouse, profile) == []
    rows = warehouse.execute("select is_on, rhythm from mart.data_flow where flow = 'jobs'").fetchall()
    assert rows == [{"is_on": False, "rhythm": "every 5 minutes"}]
    changes = warehouse.execute(
        "select version_no, setting, value_before, value_after, origin, stored_by from mart.profile_change"
    ).fetchall()
    assert [tuple(row.values()) for row in changes] == [
        (2, "flows.jobs.is_on", "true", "false", "table", "cora"),
        (2, "flows.jobs.rhythm", "hourly", "every 5 minutes", "table", "cora"),
    ]
    changed = with_rhythm(profile, "daily at 05:00")
    assert differences(warehouse, changed) == [
        "flows.jobs.is_on: 'false' -> 'true'",
        "flows.jobs.rhythm: 'every 5 minutes' -> 'daily at 05:00'",
        "time_zone: 'UTC' -> 'America/New_York'",
    ]
    store_profile(warehouse, changed, "ann")
    assert differences(warehouse, changed) == []
    newest = warehouse.execute(
        "select version_no, origin, stored_by from core.profile_version order by version_no desc limit 1"
    ).fetchall()
    assert newest == [{"version_no": 3, "origin": "file", "stored_by": "ann"}]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("rhythm = 'weekly'", "column rhythm; expected: continuous, every <n> minutes.*found: weekly"),
        ("rhythm = null", "column rhythm.*found: nothing"),
        ("transport = 'fax'", "column transport; expected: files or api; found: fax"),
        ("is_on = null", "column is_on; expected: true or false"),
        ("direction = 'core_to_sage'", "a change of is_on, rhythm or transport"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(warehouse: Connection, change: str, said: str) -> None:
    store_profile(warehouse, default_profile("AW"))
    warehouse.execute("set role finance")
    with pytest.raises(psycopg.errors.CheckViolation, match=rf"RS-136.*AW, flow jobs.*{said}"):
        warehouse.execute(f"update core.data_flow set {change} where flow = 'jobs'".encode())  # noqa: S608 - the case


def test_a_version_stays(warehouse: Connection) -> None:
    store_profile(warehouse, default_profile("AW"))
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="RS-450"):
        warehouse.execute("update core.profile_version set stored_by = 'x'")
