"""Airflow's processes, four and workers: started, watched until healthy, stopped; nothing listens beyond loopback.

Task logs are read from disk, so the log servers of scheduler and triggerer, which would listen on every interface, are
left out. `airflow standalone` is not used: stopped, it leaves orphans.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psutil

from ops import processes
from ops.airflow_settings import Place, environment
from ops.launcher import Launcher
from ops.processes import LOOPBACK, Process
from sage_bridge.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PORT_VARIABLE = "SAGE_BRIDGE_PORT"
START_SECONDS = 240.0
# The scheduler lets running tasks end; the dag-processor has nothing to lose, yet takes its time.
STOP_SECONDS = {"api-server": 5.0, "scheduler": 10.0, "dag-processor": 2.0, "triggerer": 5.0}
COMPONENTS = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
_PREFIX = "airflow-"
# More deaths of one component than this have a cause that starting it again does not cure.
GREATEST_RESTARTS = 5
WORKER_STOP_SECONDS = 10.0
WORKER = "worker-"


class Airflow:
    """The embedded Airflow of one state: `runs` holds pid files, `logs` the output of its processes."""

    def __init__(self, place: Place, connections: Mapping[str, str], *, runs: Path, logs: Path) -> None:
        """Name the place; nothing is started or written but Airflow's own keys."""
        self.place = place
        self._launcher = Launcher(environment(place, connections), logs / "airflow-launcher.log")
        self.runs = runs
        self._logs = logs
        self._running: dict[str, Process] = {}
        self._components = COMPONENTS | {name: _worker(name) for name in worker_names(place.workers)}
        self._restarts = dict.fromkeys(self._components, 0)

    def migrate(self) -> None:
        """Bring the metadata database to this version of Airflow; quick when it is there already.

        Raises:
            Transient: RS-983 the migration failed; the last line of its log is quoted.
        """
        log = self._logs / "airflow-migrate.log"
        if self._launcher.run(("db", "migrate"), log) != 0:
            raise Transient(
                "RS-983",
                "Airflow's database could not be migrated",
                record="database airflow",
                found=processes.last_line(log),
                do=f"read {log}, then start again",
            )

    def launch(self) -> dict[str, Process]:
        """Start the processes, those a killed run left are ended first; gives them by the names of their logs."""
        stop(self.runs)
        for name in self._components:
            self._launch(name)
        return {f"{_PREFIX}{name}": process for name, process in self._running.items()}

    def _launch(self, name: str) -> None:
        process = self._launcher.start(self._components[name], self._logs / f"airflow-{name}.log")
        self._running[name] = process
        process.write(_pid_file(self.runs, name))

    def revive(self) -> dict[str, Process]:
        """Start components again that have ended, with what they left running ended first, as a container would be.

        Gives the new ones by the names of their logs.

        Raises:
            Transient: RS-984 a component has ended too often; its last line is quoted.
        """
        ended = {name: process for name, process in self._running.items() if process.living() is None}
        for name, process in ended.items():
            if self._restarts[name] == GREATEST_RESTARTS:
                raise self._dead(name, f"it ended {GREATEST_RESTARTS + 1} times")
            self._restarts[name] += 1
            processes.kill_session(process.pid)
            self._launch(name)
        return {f"{_PREFIX}{name}": self._running[name] for name in ended}

    def close(self) -> None:
        """Let go of what starts the components; they go on."""
        self._launcher.close()

    def wait_healthy(self, say: Callable[[str], None]) -> None:
        """Wait until every component reports to be healthy.

        Raises:
            Transient: RS-984 a component ended, or is not healthy in time; its last line is quoted.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            for name, process in self._running.items():
                if process.living() is None:
                    raise self._dead(name, "it ended")
            health = self.health()
            if health and all(status == "healthy" for status in health.values()):
                return
            waiting = [name for name, status in health.items() if status != "healthy"]
            say(f"waiting for {', '.join(waiting) or 'api-server'}")
            time.sleep(0.2)
        raise self._dead(
            next(iter(waiting), "api-server").replace("_", "-"), f"not healthy within {START_SECONDS:.0f} s"
        )

    def health(self) -> dict[str, str]:
        """Give the status by component as Airflow reports it; empty while nobody answers."""
        try:
            url = f"http://{LOOPBACK}:{self.place.port}/api/v2/monitor/health"
            with urllib.request.urlopen(url, timeout=5) as answer:
                content = json.load(answer)
        except (OSError, ValueError, urllib.error.URLError):
            return {}
        return {name: str(part["status"]) for name, part in content.items()}

    def _dead(self, name: str, why: str) -> Transient:
        log = self._logs / f"airflow-{name}.log"
        return Transient(
            "RS-984",
            f"Airflow's {name} does not run: {why}",
            record=str(log),
            found=processes.last_line(log),
            do="read that log, then start again",
        )


def process_of(runs: Path, name: str) -> Process | None:
    """Give a component's process by the pid files in `runs`; None when it does not run."""
    process = Process.read(_pid_file(runs, name))
    return process if process is not None and process.living() is not None else None


def stop(runs: Path) -> bool:
    """Stop the processes whose pid files lie in `runs`, whoever started them; gives whether any ran."""
    names = [file.stem.removeprefix(_PREFIX) for file in runs.glob(f"{_PREFIX}*.pid")]
    living = {name: process for name in names if (process := process_of(runs, name)) is not None}
    with ThreadPoolExecutor(max_workers=max(1, len(living))) as beside:
        for name, process in living.items():
            beside.submit(_stop_component, name, process)
    for name in names:
        _pid_file(runs, name).unlink(missing_ok=True)
    return bool(living)


def _stop_component(name: str, process: Process) -> None:
    if name == "triggerer":
        _stop_trigger_runner(process)
    # A triggerer that has not ended by then would wait 10 s more, for nothing that could be lost.
    processes.stop([process], patience=1.0 if name == "triggerer" else STOP_SECONDS.get(name, WORKER_STOP_SECONDS))


def worker_names(count: int) -> list[str]:
    """Give the names of so many workers."""
    return [f"{WORKER}{number}" for number in range(1, count + 1)]


def _worker(name: str) -> tuple[str, ...]:
    return ("celery", "worker", "--celery-hostname", f"{name}@%h", "--skip-serve-logs")


def _pid_file(runs: Path, name: str) -> Path:
    return runs / f"{_PREFIX}{name}.pid"


def _stop_trigger_runner(process: Process) -> None:
    """Let the triggerer end by the end of its child: asked itself, it would wait for that child 10 s in vain."""
    parent = process.living()
    if parent is None:
        return
    try:
        for child in parent.children():
            child.terminate()
        parent.wait(timeout=STOP_SECONDS["triggerer"])
    except (psutil.NoSuchProcess, psutil.TimeoutExpired):
        return
