"""The restore drill on a demo that has ended: what it proves, and that it leaves the demo as it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ops import restore_drill
from ops.restore_work import LANES, require
from sage_bridge.errors import BrokenLaw
from tests.ops.demo_runs import Demo

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def demo(demo_var: Path) -> Demo:
    """The state that the tests of the demo left, or a new one."""
    return Demo(demo_var).at_its_end()


def test_a_lost_database_comes_back_and_nothing_is_sent_twice(
    demo: Demo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SAGE_BRIDGE_VAR", str(demo.var))
    before = sorted(path.name for path in (demo.folder / "sftp").rglob("*"))
    assert restore_drill.main([str(demo.scenario.folder)]) == 0, capsys.readouterr()
    report = json.loads((demo.var / "drill" / demo.scenario.name / "report.json").read_text(encoding="utf-8"))
    assert {name: law["holds"] for name, law in report["laws"].items()} == dict.fromkeys(
        ["L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9"], True
    )
    assert report["totals"]["amount_difference"] == "0.00"
    assert report["lanes_locked"] == list(LANES)
    assert [name.split("_", 1)[0] for name in report["files_adopted"]] == list(LANES)
    assert report["files_sent_twice"] == 0
    assert sorted(path.name for path in (demo.folder / "sftp").rglob("*")) == before
    assert not (demo.folder / "postgres" / "data" / "recovery.signal").exists()


def test_without_an_ended_demo_one_runs_first_and_its_failure_ends_the_drill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def failing(arguments: list[str]) -> int:
        asked.append(arguments)
        return 3

    monkeypatch.setenv("SAGE_BRIDGE_VAR", str(tmp_path))
    monkeypatch.setattr(restore_drill.demo, "main", failing)
    assert restore_drill.main([]) == 3
    assert asked == [["include/scenario"]]


def test_a_demo_without_its_database_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SAGE_BRIDGE_VAR", str(tmp_path))
    folder = tmp_path / "demo" / "demo_small"
    folder.mkdir(parents=True)
    (folder / "tie_out.json").write_text("{}", encoding="utf-8")
    assert restore_drill.main([]) == 1
    assert "RS-196 there is no ended demo to drill on" in capsys.readouterr().err


def test_a_promise_that_does_not_hold_is_told() -> None:
    with pytest.raises(BrokenLaw, match=r"RS-463 .*found: 12.34"):
        require(holds=False, expected="our books equal Sage's to the cent", found="12.34")
