"""The demo through everything that may happen to it: refused at its start, killed in the middle, its parts dying."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ops import airflow
from ops.paths import REPOSITORY
from ops.processes import python_environment
from tests.ops.books import off_from_agreed
from tests.ops.deaths import die_in_turn
from tests.ops.demo_runs import Demo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def demo(test_var: Path) -> Iterator[Demo]:
    var = test_var / "deaths-var"
    var.mkdir(parents=True)
    made = Demo(var)
    yield made
    made.kill_all()


# The tests of this module are one story and run in this order on one state.


def test_a_taken_port_is_told_before_anything_starts(demo: Demo) -> None:
    import socket

    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        assert demo.run(SAGE_BRIDGE_PORT=str(port)) == 1
    assert re.search(rf"RS-171 port {port} for the UI is taken; found: .*SAGE_BRIDGE_PORT", demo.said())
    assert demo.processes() == []


def test_a_malformed_scenario_is_told_before_airflow_starts(demo: Demo, tmp_path: Path) -> None:
    import shutil

    # Another state than the one of the story: this one is never loaded.
    folder = tmp_path / "bad_scenario"
    shutil.copytree(demo.scenario.folder, folder)
    (folder / "invoices.csv").write_bytes((folder / "invoices.csv").read_bytes().replace(b"13598.30", b"13598.3x"))
    done = demo.told(folder)
    assert done.returncode == 1
    assert "RS-186 the command create of sandbox failed" in done.stderr
    assert "invoices.csv: the table is not the one the manifest describes" in done.stderr
    assert "start Airflow" not in done.stdout
    assert demo.processes() == []


def test_a_machine_that_refuses_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ops.demo"],
        cwd=REPOSITORY,
        env=python_environment(SAGE_BRIDGE_VAR=str(tmp_path / "file" / "var")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert re.search(r"RS-990 .*NotADirectoryError.*next step", done.stderr)
    assert "Traceback" not in done.stderr


def test_postgres_killed_in_the_middle_is_named_and_nothing_is_left(demo: Demo) -> None:
    child = demo.start()
    demo.wait_for("sage_to_core__job_cost  ", child)
    pid = int((demo.folder / "postgres" / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    os.kill(pid, signal.SIGKILL)
    assert child.wait(timeout=120) == 1
    assert "RS-987 Postgres has ended in the middle of the work" in demo.said()
    assert "run the same command again" in demo.said()
    assert demo.processes() == []


def test_a_killed_conductor_leaves_work_that_the_next_one_takes_up(demo: Demo) -> None:
    child = demo.start()
    demo.wait_for("core_to_sage__material_costs  ", child)
    child.kill()
    child.wait()
    assert len(demo.processes()) > 5


def test_the_next_one_comes_to_its_end_though_every_component_and_tasks_die(demo: Demo) -> None:
    child = demo.start()
    die_in_turn(demo, child)
    assert child.wait(timeout=600) == 0, demo.said()
    for component in airflow.COMPONENTS:
        assert f"airflow-{component} had ended and was started again" in demo.said()
    assert demo.processes() == []


def test_every_law_holds_and_the_books_are_the_agreed_ones(demo: Demo) -> None:
    verdict = json.loads((demo.folder / "tie_out.json").read_text(encoding="utf-8"))
    assert [name for name, law in verdict["laws"].items() if not law["holds"]] == []
    assert demo.off_from_oracle() == []
    assert off_from_agreed(demo.folder) == []
