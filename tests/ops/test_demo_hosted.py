"""Hosted Sage and two workers give the same books as files and one process: all of the loop, a worker killed."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from ops.airflow import worker_names
from ops.paths import REPOSITORY
from ops.processes import free_port
from tests.ops import canaries
from tests.ops.books import off_from_agreed
from tests.ops.deaths import kill_worker
from tests.ops.demo_runs import Demo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def hosted(test_var: Path) -> Iterator[Demo]:
    if shutil.which("redis-server") is None:
        pytest.skip("there is no broker for the workers: apt-get install redis-server, then run this file again")
    var = test_var / "demo-hosted"
    var.mkdir(parents=True)
    demo = Demo(var, is_hosted=True, workers=2)
    canaries.plant(demo.folder)
    yield demo
    demo.kill_all()


def test_every_law_holds_though_a_worker_dies(hosted: Demo) -> None:
    child = hosted.start(SAGE_BRIDGE_PORT=str(free_port()))
    hosted.wait_for("sage_to_core__commitments  ", child)
    killed = kill_worker(hosted, child)
    assert child.wait(timeout=800) == 0, hosted.said()
    assert f"airflow-{killed} had ended and was started again" in hosted.said()
    laws = json.loads((hosted.folder / "tie_out.json").read_text(encoding="utf-8"))["laws"]
    assert {name: law["holds"] for name, law in laws.items()} == {f"L{number}": True for number in range(1, 10)}
    assert hosted.processes() == []


def test_each_worker_did_a_part(hosted: Demo) -> None:
    logs = [hosted.folder / "logs" / f"airflow-{name}.log" for name in worker_names(2)]
    assert [log.name for log in logs if log.read_text(encoding="utf-8").count(" succeeded in ") < 20] == []


def test_the_books_are_those_of_files(hosted: Demo) -> None:
    assert off_from_agreed(hosted.folder) == []


def test_no_secret_stands_where_it_is_not_kept(hosted: Demo) -> None:
    """Logs, XComs, rendered templates, evidence packs, drop folders, our tables: everything the run has written."""
    in_use = (hosted.folder / "warehouse.dsn").read_text(encoding="utf-8")
    assert quote(canaries.WORD, safe="") in in_use or canaries.PLAIN in in_use
    assert canaries.leaks(hosted.folder) == []


@pytest.mark.parametrize(
    ("command", "ending"),
    [("demo", '$(if $(HOSTED),--hosted) $(if $(WORKERS),--workers "$(WORKERS)")'), ("up", "$(if $(HOSTED),--hosted)")],
)
def test_the_commands_are_those_of_the_readme(command: str, ending: str) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8").replace("\\\n\t\t", "")
    (line,) = [line for line in makefile.splitlines() if f"-m ops.{command} " in line]
    assert line.endswith(ending)
