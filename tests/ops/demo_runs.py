"""Runs of the demo as a person starts them, on a state of their own."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from decimal import Decimal
from typing import TYPE_CHECKING

import psutil

from ops.paths import REPOSITORY
from ops.processes import python_environment
from ops.scenario import open_scenario

if TYPE_CHECKING:
    from pathlib import Path

OUR_SCENARIO = REPOSITORY / "include" / "scenario"
ORACLE = {
    "committed_value": "amount_committed",
    "received_value": "amount_received",
    "allocated_value": "amount_allocated",
    "installed_value": "amount_installed",
    "on_hand_value": "amount_on_hand",
    "open_commitment": "amount_open_commitment",
    "invoiced_value": "amount_invoiced",
}


class Demo:
    """Runs of `python -m ops.demo` on one state of their own."""

    def __init__(
        self,
        var: Path,
        *,
        is_hosted: bool = False,
        workers: int = 0,
        scenario: Path = OUR_SCENARIO,
    ) -> None:
        self.options = [*["--hosted"][:is_hosted], *["--workers", str(workers)][: 2 * bool(workers)]]
        self.scenario = open_scenario(scenario)
        self.var = var
        self.folder = var / "demo" / f"{self.scenario.name}{'_hosted' if is_hosted else ''}"
        self.log = var / "demo.log"

    def start(self, **environment: str) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "ops.demo", str(self.scenario.folder), *self.options],
                cwd=REPOSITORY,
                env=python_environment(SAGE_BRIDGE_VAR=str(self.var), **environment),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def run(self, **environment: str) -> int:
        child = self.start(**environment)
        return child.wait(timeout=600)

    def told(self, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run the demo of another folder on this state, to its end; what it printed stands in the result."""
        return subprocess.run(
            [sys.executable, "-m", "ops.demo", str(folder)],
            cwd=REPOSITORY,
            env=python_environment(SAGE_BRIDGE_VAR=str(self.var)),
            capture_output=True,
            text=True,
            check=False,
        )

    def at_its_end(self) -> Demo:
        """Give this demo once it has come to its end; one that an earlier test has run is taken as it stands."""
        self.var.mkdir(parents=True, exist_ok=True)
        if not (self.folder / "tie_out.json").is_file():
            assert self.run() == 0, self.said()
        return self

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def wait_for(self, words: str, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 300
        while words not in self.said():
            assert child.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def processes(self) -> list[psutil.Process]:
        """Everything that runs on this state: it has the folder in its command, its environment or its place."""
        marks = str(self.folder)
        found = []
        for process in psutil.process_iter():
            try:
                told = " ".join([*process.cmdline(), process.cwd(), *process.environ().values()])
            except psutil.Error:
                continue
            if marks in told and process.pid != os.getpid():
                found.append(process)
        return found

    def kill_all(self) -> None:
        for process in self.processes():
            kill(process)

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def off_from_oracle(self) -> list[tuple[str, ...]]:
        """Every figure of the scenario's control totals that the mart does not show: month, codes, names, amounts."""
        ours = {(row["period"], row["job"], row["cost_code"]): row for row in self.rows("mart/job_cost_by_period.csv")}
        oracle = list(self.scenario.rows("control_totals"))
        assert oracle
        off = []
        for row in oracle:
            found = ours.get((row["period_end"][:7], row["job_id"], row["cost_code"]), {})
            off += [
                (row["period_end"], row["job_id"], row["cost_code"], theirs, row[theirs], found.get(name, "nothing"))
                for theirs, name in ORACLE.items()
                if Decimal(row[theirs]) != Decimal(found.get(name, "0"))
            ]
        return off


def kill(process: psutil.Process) -> bool:
    """Kill without a warning; False when it had ended by itself before."""
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return False
    return True
