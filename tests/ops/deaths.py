"""Deaths of Airflow's components and of tasks at work, each at a moment that the conductor's words name."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil

from ops import airflow
from tests.ops.demo_runs import kill

if TYPE_CHECKING:
    import subprocess

    from tests.ops.demo_runs import Demo

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


def die_in_turn(demo: Demo, child: subprocess.Popen[bytes]) -> None:
    """Let all of them die during a run of the demo."""
    for words, victim in DEATHS:
        demo.wait_for(words, child)
        _kill(demo, child, victim)


def _kill(demo: Demo, child: subprocess.Popen[bytes], victim: str) -> None:
    """Kill without a warning; a task is waited for until one runs."""
    if victim != "task":
        found = airflow.process_of(demo.folder / "run", victim)
        assert found is not None, demo.said()
        assert kill(psutil.Process(found.pid))
        return
    while child.poll() is None:
        # A task may have ended since it was found.
        if any(kill(process) for process in _tasks(demo)):
            return
        time.sleep(0.02)


def _tasks(demo: Demo) -> list[psutil.Process]:
    """Processes in which tasks run: two below the scheduler, whose workers each watch one."""
    scheduler = airflow.process_of(demo.folder / "run", "scheduler")
    if scheduler is None:
        return []
    try:
        return [task for worker in psutil.Process(scheduler.pid).children() for task in worker.children()]
    except psutil.NoSuchProcess:
        return []


def kill_worker(demo: Demo, child: subprocess.Popen[bytes]) -> str:
    """Kill a worker of Celery with all below it while it runs a task, as a host that goes away does; gives its name."""
    while child.poll() is None:
        for name in airflow.worker_names(2):
            found = airflow.process_of(demo.folder / "run", name)
            worker = psutil.Process(found.pid) if found else None
            below = worker.children(recursive=True) if worker else []
            # Its own processes stand right below it, a task's one further down.
            if worker and len(below) > len(worker.children()):
                for process in (worker, *below):
                    kill(process)
                return name
        time.sleep(0.02)
    raise AssertionError(demo.said())
