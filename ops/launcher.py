"""Airflow's processes forked from one that has imported Airflow, which takes each of them two seconds of processor.

The launcher ends with the process that holds it; what it has forked lives on, each in a session of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from ops import processes
from ops.processes import Process
from ops.warm_airflow import FORK
from sage_bridge.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Launcher:
    """Runs commands of Airflow in one environment; its own words are added to `log`."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        """Name the environment; the process starts with the first command."""
        self._environment, self._log = environment, log
        self._child: subprocess.Popen[str] | None = None

    def start(self, arguments: Sequence[str], log: Path) -> Process:
        """Start `airflow <arguments>` with its output added to `log`; gives the process.

        Raises:
            Transient: RS-984 Airflow cannot even be imported; the last line of the launcher's log is quoted.
        """
        return Process.of(self._order(arguments, log, is_awaited=False))

    def run(self, arguments: Sequence[str], log: Path) -> int:
        """Run `airflow <arguments>` to its end; gives its exit code. Errors as `start`."""
        return self._order(arguments, log, is_awaited=True)

    def close(self) -> None:
        """End the launcher; what it has started goes on."""
        if self._child is not None:
            with self._child:
                self._child.kill()
            self._child = None

    def _order(self, arguments: Sequence[str], log: Path, *, is_awaited: bool) -> int:
        log.parent.mkdir(parents=True, exist_ok=True)
        order = {"arguments": list(arguments), "log": str(log), "is_awaited": is_awaited}
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = self._launch()
        said = ""
        if self._child.stdin is not None and self._child.stdout is not None:
            try:
                self._child.stdin.write(json.dumps(order) + "\n")
                self._child.stdin.flush()
                said = self._child.stdout.readline()
            except BrokenPipeError:
                said = ""
        if not said:
            raise Transient(
                "RS-984",
                "Airflow cannot be started",
                record=str(self._log),
                found=processes.last_line(self._log),
                do="read that log, then start again",
            )
        return int(said)

    def _launch(self) -> subprocess.Popen[str]:
        with self._log.open("ab") as words:
            return subprocess.Popen(
                [sys.executable, "-m", "ops.warm_airflow", FORK],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                env=dict(self._environment),
                cwd="/",
                start_new_session=True,
                text=True,
            )
