"""The hosted service of a state: the sandbox's REST API as a process on a loopback port, with secrets of its own."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

from ops import processes
from ops.paths import REPOSITORY, private_dir, write_private
from ops.processes import LOOPBACK, Process
from sage_bridge.errors import Transient

if TYPE_CHECKING:
    from ops.state import State

START_SECONDS = 60.0
STOP_SECONDS = 10.0
USER = "bridge"


class HostedService:
    """Starts and stops the service; `connection` says how to reach it."""

    def __init__(self, state: State) -> None:
        """Name the state."""
        self._state = state
        self._pid_file = state.runs / "hosted.pid"
        self._ready = state.runs / "hosted.port"

    def start(self) -> Process:
        """Start the service and wait until it listens; one that a killed run left is ended first.

        Raises:
            Transient: RS-980 it does not; the last line of its log is quoted.
        """
        processes.stop_left_over(self._pid_file, patience=STOP_SECONDS)
        self._ready.unlink(missing_ok=True)
        known = {"api_key": "", "api_secret": "", "password": ""}
        known = {name: self._state.secret(f"hosted_{name}") for name in known} | {"username": USER}
        secrets = private_dir(self._state.secrets) / "hosted.json"
        write_private(secrets, json.dumps(known) + "\n")
        log = self._state.logs / "hosted.log"
        command = [
            sys.executable, "-m", "sandbox", "--data", str(self._state.sandbox), "serve",
            "--secrets", str(secrets), "--ready", str(self._ready),
        ]  # fmt: skip
        child = processes.start(command, log=log, environment=processes.python_environment(), folder=str(REPOSITORY))
        process = Process.of(child.pid)
        process.write(self._pid_file)
        deadline = time.monotonic() + START_SECONDS
        while not self._ready.exists():
            if child.poll() is not None or time.monotonic() > deadline:
                raise Transient(
                    "RS-980",
                    "the hosted service does not start",
                    record=str(log),
                    found=processes.last_line(log),
                    do="repair what it names, then run the same command again",
                )
            time.sleep(0.05)
        return process

    def stop(self) -> bool:
        """Stop the service; gives whether it ran."""
        return processes.stop_left_over(self._pid_file, patience=STOP_SECONDS)

    def connection(self) -> dict[str, object]:
        """Give the Airflow connection that reaches it."""
        secret = self._state.secret
        return {
            "conn_type": "sage_api",
            "host": LOOPBACK,
            "port": int(self._ready.read_text(encoding="ascii")),
            "login": USER,
            "password": secret("hosted_password"),
            "extra": {
                "api_key": secret("hosted_api_key"),
                "api_secret": secret("hosted_api_secret"),
                "scheme": "http",
            },
        }
