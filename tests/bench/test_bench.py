"""The bench still does the product's work in every case and compares equal things; nothing is timed here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bench import __main__ as bench
from bench import cases, rivals, table, timing
from bench.goals import Goal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

ROWS = 1_000


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quick run of every case, without rivals: the tests' environment has none."""
    folder = tmp_path_factory.mktemp("var")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAGE_BRIDGE_VAR", str(folder))
        assert bench.main(["--quick", "--rows", str(ROWS)]) == 0
    return folder / "bench"


def test_every_case_does_its_work_in_every_way(ran: Path) -> None:
    document = json.loads((ran / "bench.json").read_text(encoding="utf-8"))
    assert [case["name"] for case in document["cases"]] == list(cases.NAMES)
    for case in document["cases"]:
        assert set(case["runs"]) == set(case["ways"]) - rivals.WAYS
        # Each way moves the same rows, or fewer where it is too slow for all; nothing has run that did no work.
        assert len({runs[0]["rows"] for way, runs in case["runs"].items() if way not in case["scaled"]}) <= 1
        assert all(runs[0]["rows"] > 0 for runs in case["runs"].values())
    apart = [figure for case in document["cases"] for name, figure in case["figures"].items() if "differs" in name]
    assert apart == [0, 0]


def test_a_quick_run_judges_nothing(ran: Path) -> None:
    text = (ran / "bench.md").read_text(encoding="utf-8")
    assert "| not judged |" in text
    assert "missed" not in text
    assert not (ran / "place").exists()


def test_work_that_is_not_done_has_no_time() -> None:
    with pytest.raises(RuntimeError, match="expected 10 rows, found 9"):
        timing.require(9, 10)


def _result() -> timing.Result:
    runs = {
        "product": [timing.Timed(100, seconds, 1.0) for seconds in (1.0, 2.0, 90.0)],
        "beside": [timing.Timed(100, seconds, 1.0) for seconds in (1.0, 1.0, 1.0)],
        "slow": [timing.Timed(10, 5.0, 1.0)],
    }
    return timing.Result("n", "path", {"product": "p", "beside": "b", "slow": "s"}, frozenset({"slow"}), 100, runs)


def test_a_ratio_is_one_of_medians_and_of_rates() -> None:
    assert _result().ratio("beside") == pytest.approx(0.5)
    assert _result().ratio("slow") == pytest.approx(25)
    assert timing.growth([timing.Timed(1, 2.0, 0)], [timing.Timed(5, 9.0, 0)]) == pytest.approx(4.5)


def test_a_target_is_met_on_its_side_only() -> None:
    result = _result()
    result.goals = [
        Goal("rows/s beside COPY", 0.5, at_least=0.55, unit="x"),
        Goal("rows/s beside slow", 25, at_least=10, unit="x"),
        Goal("seconds", 300, at_most=300),
        Goal("memory", 401, at_most=400),
    ]
    assert [goal.is_met for goal in result.goals] == [False, True, True, False]
    page = table.page({}, {}, [result], is_quick=False)
    assert "| path | rows/s beside COPY | at least 0.55x | 0.50x | **missed** |" in page
    assert "| path | seconds | at most 300 | 300 | met |" in page
    assert "| s* |" in page
