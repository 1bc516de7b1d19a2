"""Hosted Sage gives the same books as files: the whole loop over the service, compared with the agreed books."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ops.paths import REPOSITORY
from ops.processes import free_port
from tests.ops.books import off_from_agreed
from tests.ops.demo_runs import Demo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def hosted(test_var: Path) -> Iterator[Demo]:
    var = test_var / "demo-hosted"
    var.mkdir(parents=True)
    demo = Demo(var, is_hosted=True)
    yield demo
    for process in demo.processes():
        process.kill()


def test_every_law_holds(hosted: Demo) -> None:
    assert hosted.run(SAGE_BRIDGE_PORT=str(free_port())) == 0, hosted.said()
    laws = json.loads((hosted.folder / "tie_out.json").read_text(encoding="utf-8"))["laws"]
    assert {name: law["holds"] for name, law in laws.items()} == {f"L{number}": True for number in range(1, 10)}
    assert hosted.processes() == []


def test_the_books_are_those_of_files(hosted: Demo) -> None:
    assert off_from_agreed(hosted.folder) == []


@pytest.mark.parametrize("command", ["demo", "up"])
def test_the_commands_are_those_of_the_readme(command: str) -> None:
    (line,) = [
        line
        for line in (REPOSITORY / "Makefile").read_text(encoding="utf-8").splitlines()
        if f"-m ops.{command} " in line
    ]
    assert line.endswith("$(if $(HOSTED),--hosted)")
