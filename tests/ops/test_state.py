"""A scenario directory and the one state that belongs to it."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from ops.scenario import TABLES, open_scenario
from ops.state import LOADED, State
from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = (
    "event_id,event_time,posted_time\n"
    "E1,2026-03-31T23:30:00-07:00,2026-04-01T06:31:00+00:00\n"
    "E2,2026-05-02T10:00:00-07:00,2026-05-02T10:00:00-07:00\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "aw_small"
    made.mkdir()
    for name in TABLES:
        (made / f"{name}.csv").write_text(EVENTS if name == "material_events" else "a\n1\n", encoding="utf-8")
    return made


def refusal(folder: Path) -> str:
    with pytest.raises(BadConfig) as refused:
        open_scenario(folder)
    return str(refused.value)


def test_name_and_company_come_from_the_directory(folder: Path) -> None:
    scenario = open_scenario(folder)
    assert (scenario.name, scenario.company_id) == ("aw_small", "AW")


def test_the_product_s_own_scenario_is_named_by_its_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text(json.dumps({"scenario": "demo_small"}), encoding="utf-8")
    own = folder.rename(folder.parent / "scenario")
    assert (open_scenario(own).name, open_scenario(own).company_id) == ("demo_small", "DEMO")


def test_an_overlay_of_the_profile_has_books_of_its_own(folder: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "posted.yaml"
    with pytest.raises(BadConfig, match=r"RS-110.*posted\.yaml"):
        open_scenario(folder, overlay)
    overlay.write_text("price_variance: posted\n", encoding="utf-8")
    scenario = open_scenario(folder, overlay)
    assert (scenario.name, scenario.company_id) == ("aw_small-posted", "AW")
    assert scenario.fingerprint() != open_scenario(folder).fingerprint()


def test_months_go_by_the_local_day(folder: Path) -> None:
    assert open_scenario(folder).months() == ["2026-03", "2026-05"]


def test_the_last_recorded_day_before_an_instant(folder: Path) -> None:
    scenario = open_scenario(folder)
    assert scenario.last_recorded_day() == "2026-05-02"
    assert scenario.last_recorded_day("2026-05-02T17:00:00+00:00") == "2026-04-01"
    assert scenario.last_recorded_day("2026-05-02T17:00:01+00:00") == "2026-05-02"
    assert scenario.last_recorded_day("2020-01-01T00:00:00+00:00") == ""


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    sentence = refusal(tmp_path / "nowhere")
    assert sentence.startswith("RS-180")
    assert "make demo SCENARIO=" in sentence


def test_a_missing_table_is_named(folder: Path) -> None:
    (folder / "invoices.csv").unlink()
    assert "no invoices" in refusal(folder)


def test_a_broken_manifest_is_named(folder: Path) -> None:
    (folder / "manifest.json").write_text("{", encoding="utf-8")
    assert refusal(folder).startswith("RS-182")


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"closes": ["2026-03"]},
        {"closes": {"2026-03": "soon"}},
        {"closes": {"2026-03": "2026-04-05T10:00:00"}},
        {"closes": {"2026-03": 5}},
        {"closes": {"March": "2026-04-05T10:00:00Z"}},
        {"closes": {"2026-03": "2026-06-05T10:00:00Z", "2026-05": "2026-06-05T10:00:00Z"}},
    ],
)
def test_dates_of_closes_that_are_none_are_named(folder: Path, content: object) -> None:
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    assert refusal(folder).startswith("RS-182")


@pytest.mark.parametrize("keep", [5, 25])
def test_a_compressed_table_that_is_cut_is_named(folder: Path, keep: int) -> None:
    (folder / "jobs.csv.gz").write_bytes(gzip.compress(b"a\n1\n" * 100)[:keep])
    (folder / "jobs.csv").unlink()
    with pytest.raises(BadConfig, match="RS-189") as refused:
        open_scenario(folder).fingerprint()
    assert "jobs.csv.gz" in str(refused.value)


def test_events_are_fed_around_the_closes_of_the_last_two_months(folder: Path) -> None:
    assert open_scenario(folder).windows() == [("", "", "")]
    # The months are 2026-03 and 2026-05; the close of another one parts nothing, as nothing waits for it.
    closes = {"2026-03": "2026-04-05T10:00:00Z", "2026-04": "2026-05-05T10:00:00Z", "2026-05": "2026-06-05T10:00:00Z"}
    (folder / "manifest.json").write_text(json.dumps({"closes": closes}), encoding="utf-8")
    assert open_scenario(folder).windows() == [
        ("", "", closes["2026-03"]),
        ("2026-03", closes["2026-03"], closes["2026-05"]),
        ("2026-05", closes["2026-05"], ""),
    ]


@pytest.mark.parametrize("name", ["a b", "überall_1", "muchtoolongacompany_1", "-x"])
def test_a_directory_that_gives_no_name_is_refused(folder: Path, name: str) -> None:
    assert refusal(folder.rename(folder.parent / name)).startswith("RS-183")


def test_compressed_tables_are_the_same_content(folder: Path) -> None:
    before = open_scenario(folder).fingerprint()
    plain = folder / "material_events.csv"
    (folder / "material_events.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert open_scenario(folder).fingerprint() == before
    assert open_scenario(folder).months() == ["2026-03", "2026-05"]


def test_other_content_under_the_same_name_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGE_BRIDGE_VAR", str(folder.parent / "var"))
    state = State.of("aw_small")
    state.claim(open_scenario(folder))
    state.mark(LOADED)
    state.claim(open_scenario(folder))
    (folder / "jobs.csv").write_text("a\n2\n", encoding="utf-8")
    with pytest.raises(BadConfig, match="RS-184") as refused:
        state.claim(open_scenario(folder))
    assert str(state.folder) in str(refused.value)


def test_what_was_never_loaded_may_be_corrected_under_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGE_BRIDGE_VAR", str(folder.parent / "var"))
    state = State.of("aw_small")
    state.claim(open_scenario(folder))
    (folder / "jobs.csv").write_text("a\n2\n", encoding="utf-8")
    state.claim(open_scenario(folder))
    assert state.marked("fingerprint") == open_scenario(folder).fingerprint()


def test_one_conductor_at_a_time(tmp_path: Path) -> None:
    state = State(tmp_path / "aw")
    with state.lock(), pytest.raises(BadConfig, match="RS-185"), State(tmp_path / "aw").lock():
        pass
    with state.lock():
        pass


def test_marks_survive(tmp_path: Path) -> None:
    state = State(tmp_path / "aw")
    assert state.marked("done") is None
    state.mark("done")
    state.mark("count", 3)
    assert State(tmp_path / "aw").marked("done") is True
    assert State(tmp_path / "aw").marked("count") == 3


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    state = State(tmp_path / "aw")
    assert state.secret("pipeline") == state.secret("pipeline")
    assert state.secret("pipeline") != state.secret("airflow")
    assert (state.secrets / "pipeline").stat().st_mode & 0o077 == 0
