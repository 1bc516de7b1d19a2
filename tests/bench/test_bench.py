"""The bench still does the product's work in every case and compares equal things; nothing is timed here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bench import __main__ as bench
from bench import cases, timing

if TYPE_CHECKING:
    from pathlib import Path


def test_every_case_does_its_work_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGE_BRIDGE_VAR", str(tmp_path))
    assert bench.main(["--rows", "1000", "--rounds", "1"]) == 0
    document = json.loads((tmp_path / "bench" / "bench.json").read_text(encoding="utf-8"))
    assert [case["name"] for case in document["cases"]] == list(cases.NAMES)
    for case in document["cases"]:
        assert case["product"][0]["rows"] == case["beside"][0]["rows"] == 1000
    assert "| ratio |" in (tmp_path / "bench" / "bench.md").read_text(encoding="utf-8")
    assert not (tmp_path / "bench" / "place").exists()


def test_work_that_is_not_done_has_no_time() -> None:
    with pytest.raises(RuntimeError, match="expected 10 rows, found 9"):
        timing.require(9, 10)


def test_the_ratio_is_one_of_medians() -> None:
    runs = {
        "product": [timing.Timed(100, seconds, 1.0) for seconds in (1.0, 2.0, 90.0)],
        "beside": [timing.Timed(100, seconds, 1.0) for seconds in (1.0, 1.0, 1.0)],
    }
    assert timing.Result("n", "p", "b", "t", 1, runs).ratio == pytest.approx(0.5)
