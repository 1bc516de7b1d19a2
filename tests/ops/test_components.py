"""Every component of Airflow, and tasks themselves, die during one whole demo: the books come out equal."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from ops import airflow
from tests.ops.demo_runs import Demo

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# What dies as soon as the demo has said these words; "task" is a task at work, with the process that watches it.
DEATHS = (
    ("agent reads Sage  ", "dag-processor"),
    ("sage_to_core__jobs  ", "scheduler"),
    ("sage_to_core__commitments  ", "api-server"),
    ("sage_to_core__job_cost  ", "task"),
    ("runblu_to_core__material_events  ", "task"),
    ("core_to_sage__receipts  ", "scheduler"),
    ("agent imports  ", "task"),
    ("... waits for controller", "triggerer"),
)


@pytest.fixture
def demo(test_var: Path) -> Iterator[Demo]:
    var = test_var / "components-var"
    var.mkdir(parents=True)
    made = Demo(var)
    yield made
    for process in made.processes():
        process.kill()


def test_killed_components_and_tasks_change_no_figure(demo: Demo) -> None:
    child = demo.start()
    for words, victim in DEATHS:
        demo.wait_for(words, child)
        kill(demo, child, victim)
    assert child.wait(timeout=600) == 0, demo.said()

    for component in airflow.COMPONENTS:
        assert f"airflow-{component} had ended and was started again" in demo.said()
    verdict = json.loads((demo.folder / "tie_out.json").read_text(encoding="utf-8"))
    assert [name for name, law in verdict["laws"].items() if not law["holds"]] == []
    assert demo.off_from_oracle() == []
    assert demo.rows("sage/JCT_NEW__TRANSACTION.csv") == []
    assert demo.processes() == []


def kill(demo: Demo, child: subprocess.Popen[bytes], victim: str) -> None:
    """Kill without a warning; a task is waited for until one runs."""
    if victim != "task":
        found = airflow.process_of(demo.folder / "run", victim)
        assert found is not None, demo.said()
        psutil.Process(found.pid).kill()
        return
    while child.poll() is None:
        for process in tasks(demo):
            process.kill()
            return
        time.sleep(0.02)


def tasks(demo: Demo) -> list[psutil.Process]:
    """Processes in which tasks run: two below the scheduler, whose workers each watch one."""
    scheduler = airflow.process_of(demo.folder / "run", "scheduler")
    if scheduler is None:
        return []
    try:
        return [task for worker in psutil.Process(scheduler.pid).children() for task in worker.children()]
    except psutil.NoSuchProcess:
        return []
