"""What pages compute themselves: places of bars, texts of values, the state of a lane. Figures by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sage_pages import charts, formats
from sage_pages.flows import LANES, diagram


def component(role: str, amount: str) -> dict[str, Any]:
    return {"role": role, "amount": Decimal(amount)}


def test_a_step_begins_where_the_one_before_ended() -> None:
    rows = [component("start", "100"), component("step", "-40"), component("step", "15"), component("end", "75")]
    bars = [bar for _, bar in charts.bridge(rows)]
    assert [(bar.x, bar.width, bar.is_down) for bar in bars] == [
        (0, 100, False),
        (60, 40, True),
        (60, 15, False),
        (0, 75, False),
    ]


def test_a_bridge_that_dips_below_zero_keeps_its_scale() -> None:
    bars = [
        bar for _, bar in charts.bridge([component("start", "50"), component("step", "-100"), component("end", "-50")])
    ]
    assert [(bar.x, bar.width, bar.is_down) for bar in bars] == [(50, 50, False), (0, 100, True), (0, 50, True)]


def test_a_bridge_without_amounts_draws_nothing() -> None:
    assert charts.bridge([]) == []
    assert charts.bridge([component("start", "0"), component("end", "0")])[1][1].width == 0


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        ("25", "100", "25"),
        ("1", "3", "33.33"),
        ("7", "5", "100"),
        ("-7", "5", "0"),
        ("0", "5", "0"),
        ("5", "0", "0"),
        (None, "5", "0"),
    ],
)
def test_a_share_stays_on_its_scale(part: str | None, whole: str, percent: str) -> None:
    assert charts.share(None if part is None else Decimal(part), Decimal(whole)) == Decimal(percent)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("amount", Decimal("1234567.8"), "1,234,567.80"),
        ("amount", Decimal("-0.05"), "−0.05"),
        ("amount", None, "–"),
        ("units", Decimal("1200.0000"), "1,200"),
        ("units", Decimal("-0.2500"), "−0.25"),
        ("units", Decimal("0.0000"), "0"),
        ("number", 12345, "12,345"),
        ("moment", datetime(2026, 3, 9, 7, 5, 1, tzinfo=UTC), "2026-03-09 07:05:01"),
        ("day", date(2026, 3, 9), "2026-03-09"),
        ("age", timedelta(days=3, hours=23), "3 d"),
        ("age", timedelta(minutes=61), "1 h"),
        ("age", timedelta(seconds=0), "now"),
        ("age", timedelta(seconds=-5), "now"),
        ("words", "waiting_approval", "waiting approval"),
        ("words", "", "–"),
        ("words", 0, "0"),
    ],
)
def test_values_read_as_people_write_them(name: str, value: Any, text: str) -> None:
    assert formats.FILTERS[name](value) == text


def feed(flow: str, direction: str = "in", **values: Any) -> dict[str, Any]:
    usual = {"files": 1, "rows_of_a_day": 10, "files_stopped": 0, "succeeded_at": None, "since_success": None}
    return {"company_id": "AW", "company_name": "Aldine", "flow": flow, "direction": direction, **usual, **values}


def test_a_lane_stands_as_its_feeds_stand() -> None:
    early, late = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    found = [
        feed("JOB", succeeded_at=early, since_success=timedelta(days=2)),
        feed("COSTCODE", succeeded_at=late, since_success=timedelta(days=1)),
        feed("COMMIT", files_stopped=2),
        feed("DC", "out", succeeded_at=late, since_success=timedelta(days=1)),
    ]
    (company,) = diagram(found)
    states = {one.lane.title: one for one in company.sage}
    jobs = states["Jobs and cost codes"]
    assert (jobs.health, jobs.succeeded_at, jobs.files, jobs.rows_of_a_day) == ("good", late, 2, 20)
    assert states["Commitments and change orders"].health == "stopped"
    assert [row["flow"] for row in states["Commitments and change orders"].stopped] == ["COMMIT"]
    assert states["Material costs"].health == "good"
    assert states["Adjustments"].health == "empty"
    assert [one.health for one in company.runblu] == ["empty", "empty"]


def test_a_lane_that_is_late_says_what_that_means_and_what_stopped_it_goes_first() -> None:
    found = [feed("JOB"), feed("COMMIT", files_stopped=1), feed("DC", "out")]
    late = [{"company_id": "AW", "flow": flow, "effect": f"no {flow}"} for flow in ("jobs", "commitments")]
    states = {one.lane.flow: (one.health, one.late) for one in diagram(found, late)[0].sage}
    assert states["jobs"] == ("late", "no jobs")
    assert states["commitments"] == ("stopped", "no commitments")
    assert states["material_costs"] == ("empty", "")


def test_every_lane_names_a_dag_that_exists() -> None:
    from ops.paths import REPOSITORY

    dags = {path.stem for path in (REPOSITORY / "dags").glob("*.py")}
    assert {lane.dag_id for lane in LANES} <= dags
    assert len({feed for lane in LANES for feed in lane.feeds}) == sum(len(lane.feeds) for lane in LANES)
