"""Sage's side of a state: the sandbox that stands for Sage, and the exchange agent beside it, both run as processes.

The conductor speaks to them as everybody must: by their commands. What they print goes to `logs/`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import TYPE_CHECKING, Any

from ops import openpgp_keys, processes
from ops.paths import REPOSITORY, private_dir, write_private
from ops.processes import LOOPBACK, Process
from ops.state import LOADED
from sage_bridge.errors import Terminal
from sage_bridge.identity import REFERENCE_LENGTH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ops.scenario import Scenario
    from ops.sftp_server import Keys
    from ops.state import State
    from sage_bridge.profiles import Profile

COMMAND_SECONDS = 900
KILOBYTES_PER_MEGABYTE = 1024
AGENT_STOP_SECONDS = 20.0
AGENT_START_SECONDS = 30.0
# Used by `make up` only: in a demo the conductor says when Sage is read.
SECONDS_BETWEEN_EXTRACTS = {
    "JOB": 3600, "EXTRA": 3600, "COSTCODE": 3600, "CATEGORY": 3600, "STDCODE": 3600, "STDCAT": 3600, "VENDOR": 86400,
    "ITEM": 86400, "COMMIT": 900, "COMITEM": 900, "COMCO": 900, "COMCOITM": 900, "JCT": 3600, "JCN": 3600,
    "JCH": 86400, "GLT": 3600, "PERIOD": 3600,
}  # fmt: skip


class SageSide:
    """Runs the commands of sandbox, RunBlu's side and agent for one state; `peak_megabytes` says what they took."""

    def __init__(self, state: State, company_id: str) -> None:
        """Name the state and its company."""
        self._state = state
        self._company_id = company_id
        self._config = state.agent / "config.json"
        self._pid_file = state.runs / "agent.pid"
        self.peak_megabytes: dict[str, int] = {}

    def create(self, scenario: Scenario) -> None:
        """Load the scenario as a Sage company; a half-made one of a killed run is made anew."""
        if self._state.marked(LOADED):
            return
        shutil.rmtree(self._state.sandbox, ignore_errors=True)
        private_dir(self._state.sandbox)
        self.sandbox("create", "--company", self._company_id, "--scenario", str(scenario.folder))
        self._state.mark(LOADED)

    def sandbox(self, *words: str) -> str:
        """Run a command of the sandbox; gives what it prints."""
        return self._run("sandbox", words[0], [*_module("sandbox"), "--data", str(self._state.sandbox), *words])

    def runblu(self, *words: str, **secret: str) -> str:
        """Run a command of RunBlu's side; what no list of processes and no log may show goes by its environment."""
        return self._run("runblu", words[0], [*_module("sandbox.runblu"), *words], **secret)

    def agent(self, *words: str) -> str:
        """Run the agent once, for instance `extract --flows JCT`."""
        return self._run("agent", words[0], [*_module("agent"), "--config", str(self._config), *words])

    def configure(self, profile: Profile, keys: Keys, port: int, *, unattended: bool, host: str = LOOPBACK) -> None:
        """Write the agent's configuration; `unattended` lets it read Sage by the clock and post what it imports."""
        folder = private_dir(self._state.agent)
        sandbox = [*_module("sandbox"), "--data", str(self._state.sandbox)]
        layout = {
            "records": {profile.direct_cost.record_id: list(profile.direct_cost.columns)},
            "reference": "ref_1",
            "amount": "amount",
        }
        content: dict[str, Any] = {
            "company": profile.company_id,
            "environment": profile.environment,
            "zone": profile.time_zone,
            "encoding": profile.file_encoding,
            "state_dir": str(folder / "state"),
            "receipts_dir": str(folder / "receipts"),
            "source": {"kind": "sqlite", "path": str(self._state.sandbox / "sage.db")},
            "sftp": {
                "host": host,
                "port": port,
                "user": "sage",
                "key_file": str(keys.key_file("sage")),
                "host_key": keys.host_key,
                "root": "/",
            },
            "import": {
                "inbox_dir": str(folder / "inbox"),
                "cwd": str(REPOSITORY),
                "layouts": {"DC": layout, "ADJ": layout},
                "macro": [*sandbox, "import", "--file", "{file}", "--reject", "{reject}", "--print", "{print}"],
            },
        }
        if openpgp_keys.is_wanted():
            _bridge, agent = openpgp_keys.make_both(self._state.folder / "openpgp")
            content["openpgp"] = {"folder": str(agent), "flows": ["sage"]}
        if profile.flow("journals").is_on:
            self._take_journals(profile, content)
        if profile.flow("commitment_changes").is_on:
            self._take_changes(profile, content)
        if unattended:
            content["post"] = {"macro": [*sandbox, "post-entries"], "cwd": str(REPOSITORY)}
            content["schedule"] = dict(SECONDS_BETWEEN_EXTRACTS)
        write_private(self._config, json.dumps(content, indent=2) + "\n")

    def _take_journals(self, profile: Profile, content: dict[str, Any]) -> None:
        """Let the agent import journals too: by the same macro, in Sage's layout for the general ledger."""
        imports = content["import"]
        _take_flow(imports, "GLJ")
        imports["layouts"]["GLJ"] = {
            "records": {profile.journal.record_id: list(profile.journal.columns)},
            "reference": "description",
            "reference_length": REFERENCE_LENGTH,
            "amount": "amount",
        }
        content["extract_after_import"] = ["JCN", "JCT", "GLT"]

    def _take_changes(self, profile: Profile, content: dict[str, Any]) -> None:
        """Let the agent import change orders too: by the same macro, as heads and lines."""
        _take_flow(content["import"], "CMT")
        content["import"]["layouts"]["CMT"] = change_layout(profile)
        shown = content.get("extract_after_import", ["JCN", "JCT"])
        content["extract_after_import"] = [*shown, "COMMIT", "COMITEM", "COMCO", "COMCOITM"]

    def run_agent(self) -> int:
        """Run the agent's daemon until it ends; gives its exit code. SIGTERM to this process ends the daemon first."""
        child = subprocess.Popen(self._agent_command, env=processes.python_environment(), cwd=REPOSITORY)
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        return child.wait()

    @property
    def _agent_command(self) -> list[str]:
        return [*_module("agent"), "--config", str(self._config), "run"]

    def start_agent(self) -> Process:
        """Start the agent's daemon and wait until it is at work; one that a killed run left is ended first.

        Before it holds its state folder, a command such as `extract` would take that for itself and shut it out.
        """
        processes.stop_left_over(self._pid_file, patience=AGENT_STOP_SECONDS)
        log = self._state.logs / "agent.log"
        begin = log.stat().st_size if log.exists() else 0
        child = processes.start(
            self._agent_command, log=log, environment=processes.python_environment(), folder=str(REPOSITORY)
        )
        process = Process.of(child.pid)
        process.write(self._pid_file)
        deadline = time.monotonic() + AGENT_START_SECONDS
        # One that ends instead is told of by whoever watches it.
        while child.poll() is None and b" started " not in log.read_bytes()[begin:] and time.monotonic() < deadline:
            time.sleep(0.05)
        return process

    def stop_agent(self) -> bool:
        """Stop the daemon; gives whether it ran."""
        return processes.stop_left_over(self._pid_file, patience=AGENT_STOP_SECONDS)

    def _run(self, name: str, verb: str, command: Sequence[str], **secret: str) -> str:
        """Run a command to its end; what it prints is added to its log and given back.

        Raises:
            Terminal: RS-186 it failed, or has not ended in time; its own sentence is quoted.
        """
        code, said, peak = _run_measured(command, secret)
        self.peak_megabytes[name] = max(peak, self.peak_megabytes.get(name, 0))
        log = self._state.logs / f"{name}-commands.log"
        _append(log, f"$ {' '.join(command[1:])}\n{said}")
        if code != 0:
            lines = [line.strip() for line in said.splitlines() if line.strip()]
            raise Terminal(
                "RS-186",
                f"the command {verb} of {name} failed with exit code {code}",
                record=str(log),
                found=lines[-1].removesuffix(".") if lines else "it printed nothing",
                do="repair what it names, then run the same command again",
            )
        return said


def change_layout(profile: Profile) -> dict[str, Any]:
    """Give the agent's layout of a company's change orders: heads and lines, named by how their descriptions begin."""
    layout = profile.commitment_change
    return {
        "records": {layout.record_id: list(layout.columns), layout.line_record_id: list(layout.line_columns)},
        "reference": "description",
        "reference_length": REFERENCE_LENGTH,
        "amount": "amount",
    }


def _take_flow(imports: dict[str, Any], flow: str) -> None:
    """Let the agent take a flow beyond those it always takes, by the macro of direct cost."""
    imports.setdefault("flows", ["DC", "ADJ", "RCV"]).append(flow)
    imports.setdefault("macros", {})[flow] = imports["macro"]


def _run_measured(command: Sequence[str], secret: Mapping[str, str]) -> tuple[int, str, int]:
    """Run a command, more in its environment; gives exit code, what it printed, its greatest memory in megabytes."""
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=REPOSITORY,
            env=processes.python_environment(**secret),
        )
        timer = threading.Timer(COMMAND_SECONDS, child.kill)
        timer.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        finally:
            timer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().decode("utf-8", errors="replace")
    return child.returncode, said, usage.ru_maxrss // KILOBYTES_PER_MEGABYTE


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]


def _append(log: Path, text: str) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(text)
