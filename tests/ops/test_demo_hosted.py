"""Hosted Sage gives the same books as files: the whole loop over both, compared by what Sage itself exports."""

from __future__ import annotations

import csv
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from ops.paths import REPOSITORY
from tests.ops.demo_runs import Demo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]  # beside test_demo.py's

# What says when and in which order a row came, not what it is.
ARRIVAL = {
    *("Row_ID", "Run", "Sequence", "Date_Stamp", "Time_Stamp", "Row_Version", "Operator_Stamp", "Batch", "Ref_2"),
    "run_no",
}
MARTS = ("job_cost_by_period.csv", "commitment_position.csv", "period_variance.csv")


@pytest.fixture(scope="module")
def both(test_var: Path) -> Iterator[tuple[Demo, Demo]]:
    """Books over files, as test_demo.py left them where it ran, and over the hosted service."""
    demos = []
    for name in ("demo-var", "demo-hosted"):
        var = test_var / name
        var.mkdir(parents=True, exist_ok=True)
        demos.append(Demo(var, is_hosted=name == "demo-hosted"))
    yield demos[0], demos[1]
    for demo in demos:
        for process in demo.processes():
            process.kill()


def test_both_runs_hold_every_law(both: tuple[Demo, Demo]) -> None:
    for demo in both:
        if not (demo.folder / "tie_out.json").is_file():
            assert demo.run() == 0, demo.said()
        laws = json.loads((demo.folder / "tie_out.json").read_text(encoding="utf-8"))["laws"]
        assert {name: law["holds"] for name, law in laws.items()} == {f"L{number}": True for number in range(1, 10)}
        assert demo.processes() == []


@pytest.mark.parametrize("table", ["JCT_CURRENT__TRANSACTION", "JCT_NEW__TRANSACTION", "JCT_HISTORY__TRANSACTION"])
def test_sage_holds_the_same_rows(both: tuple[Demo, Demo], table: str) -> None:
    files, hosted = (_books(demo.folder / "sage" / f"{table}.csv") for demo in both)
    assert hosted == files
    assert files or table != "JCT_CURRENT__TRANSACTION"


@pytest.mark.parametrize("mart", MARTS)
def test_analysts_see_the_same_figures(both: tuple[Demo, Demo], mart: str) -> None:
    files, hosted = (_books(demo.folder / "mart" / mart) for demo in both)
    assert hosted == files


def _books(path: Path) -> Counter[tuple[tuple[str, str], ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        return Counter(
            tuple((name, value) for name, value in row.items() if name not in ARRIVAL) for row in csv.DictReader(file)
        )


@pytest.mark.parametrize("command", ["demo", "up"])
def test_the_commands_are_those_of_the_readme(command: str) -> None:
    (line,) = [
        line
        for line in (REPOSITORY / "Makefile").read_text(encoding="utf-8").splitlines()
        if f"-m ops.{command} " in line
    ]
    assert line.endswith("$(if $(HOSTED),--hosted)")
