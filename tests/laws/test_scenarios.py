"""Control totals of whole scenarios, recomputed by the oracle from quantities and prices, to the cent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.laws.make_scenario import write
from tests.laws.model import run
from tests.laws.model_totals import TotalKey, Totals, control_totals, positions
from tests.laws.scenario_tools import Scenario, content_of, hash_differences, read_scenario, table

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "include" / "scenario"
SHARED = ROOT.parent / "shared" / "data" / "scenarios"


def shared(name: str) -> Path:
    """Give a scenario of the shared data; it is never part of the product."""
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"the real data set {name} is not at {folder}; this law was not checked on it")
    return folder


def totals_of(scenario: Scenario) -> dict[TotalKey, Totals]:
    return control_totals(scenario.lines, scenario.change_orders, scenario.invoices, scenario.valued())


def differences(found: dict[TotalKey, Totals], wanted: dict[TotalKey, Totals]) -> dict[TotalKey, object]:
    return {key: (found.get(key), wanted.get(key)) for key in found | wanted if found.get(key) != wanted.get(key)}


def test_aw_open_agrees_at_every_month_end_for_every_job_and_code() -> None:
    folder = shared("aw_open")
    scenario = read_scenario(folder)
    assert hash_differences(folder) == []
    assert len(scenario.control_totals) > 3000
    assert differences(totals_of(scenario), scenario.control_totals) == {}
    assert scenario.valued().waiting == {}


def test_bpi_open_agrees_at_the_end_of_its_data() -> None:
    folder = shared("bpi_open")
    scenario = read_scenario(folder)
    assert hash_differences(folder) == []
    last = max(end for end, _, _ in scenario.control_totals)
    found = {key: value for key, value in totals_of(scenario).items() if key[0] == last}
    wanted = {key: value for key, value in scenario.control_totals.items() if key[0] == last}
    assert len(wanted) > 100
    assert differences(found, wanted) == {}


def test_our_own_scenario_agrees_with_its_control_totals() -> None:
    scenario = read_scenario(DEMO)
    assert hash_differences(DEMO) == []
    assert len(scenario.control_totals) > 20
    assert differences(totals_of(scenario), scenario.control_totals) == {}


def test_our_own_scenario_is_what_its_story_gives(tmp_path: Path) -> None:
    write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in DEMO.iterdir())
    assert [path.name for path in DEMO.iterdir() if path.read_bytes() != (tmp_path / path.name).read_bytes()] == []


def test_our_own_scenario_holds_each_oddity_it_promises() -> None:
    scenario = read_scenario(DEMO)
    result = scenario.valued()
    assert sorted(result.waiting.values()) == ["cost_code_unknown", "job_not_in_progress", "over_consumed", "untagged"]
    assert {tag.source for tag in result.tags.values()} == {"event", "allocation", "commitment_item"}
    found = positions(scenario.lines, scenario.change_orders, scenario.invoices, result)
    assert [key for key, position in found.items() if position.is_over_received] == [("PO-26-0103", 2)]
    assert {entry.cause_kind for entry in result.entries} == {"event", "change_order"}
    kinds = {row["event_kind"] for row in table(DEMO, "material_events")}
    assert kinds == {"receive", "reject", "return", "reverse_receipt", "allocate", "install", "uninstall", "waste"}
    late = [event for event in scenario.events if event.close_count and event.occurred_at < "2026-05-01"]
    assert {event.event_type for event in late} == {"received", "allocated", "installed"}
    assert {row["invoice_kind"] for row in table(DEMO, "invoices")} == {"invoice", "cancel", "tax", "freight"}
    kinds = {row["change_kind"] for row in table(DEMO, "change_orders")}
    assert kinds == {"qty_change", "price_change", "cancel", "short_close"}


def test_our_own_scenarios_totals_do_not_depend_on_when_its_records_became_known() -> None:
    scenario = read_scenario(DEMO)
    at_once = [event._replace(close_count=0) for event in scenario.events]
    assert at_once != scenario.events
    result = run(scenario.lines, scenario.change_orders, at_once, scenario.valid_codes)
    found = control_totals(scenario.lines, scenario.change_orders, scenario.invoices, result)
    assert differences(found, scenario.control_totals) == {}


def test_a_changed_table_is_noticed(tmp_path: Path) -> None:
    for path in DEMO.iterdir():
        (tmp_path / path.name).write_bytes(content_of(path))
    assert hash_differences(tmp_path) == []
    jobs = tmp_path / "jobs.csv"
    jobs.write_bytes(jobs.read_bytes().replace(b"Closed", b"Opened"))
    assert hash_differences(tmp_path) == ["jobs.csv"]
