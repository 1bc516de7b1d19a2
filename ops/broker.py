"""Redis, through which the scheduler hands tasks to workers of their own: a process of a state, on a loopback port."""

from __future__ import annotations

import shutil
import socket
import time
from typing import TYPE_CHECKING

from ops import processes
from ops.paths import private_dir, write_private
from ops.processes import LOOPBACK, Process
from sage_bridge.errors import BadConfig, Transient

if TYPE_CHECKING:
    from ops.state import State

START_SECONDS = 30.0
STOP_SECONDS = 10.0
PONG = b"+PONG"
# What was handed over outlives a broker that was killed, as on the volume of docker-compose.yaml.
SETTINGS = """\
bind {host}
port {port}
requirepass {password}
dir {folder}
appendonly yes
save ""
daemonize no
"""


class Broker:
    """Starts and stops the Redis of a state; `url` says how to reach it."""

    def __init__(self, state: State) -> None:
        """Name the state."""
        self._state = state
        self._pid_file = state.runs / "redis.pid"
        self._port = 0

    @property
    def url(self) -> str:
        """Give the address with its password; valid while it runs."""
        return f"redis://:{self._password}@{LOOPBACK}:{self._port}/0"

    def start(self) -> Process:
        """Start it and wait until it answers; one that a killed run left is ended first.

        Raises:
            BadConfig: RS-178 there is no Redis on this machine.
            Transient: RS-979 it does not start; the last line of its log is quoted.
        """
        program = shutil.which("redis-server")
        if program is None:
            raise BadConfig(
                "RS-178",
                "workers of their own need a broker, and this machine has none",
                expected="redis-server on the path",
                do="apt-get install redis-server, or leave WORKERS out: tasks then run below the scheduler",
            )
        self.stop()
        self._port = processes.free_port()
        folder = private_dir(self._state.folder / "redis")
        log, file = self._state.logs / "redis.log", folder / "redis.conf"
        words = {"host": LOOPBACK, "port": self._port, "password": self._password, "folder": folder}
        write_private(file, SETTINGS.format(**words))
        child = processes.start([program, str(file)], log=log, folder=str(folder))
        process = Process.of(child.pid)
        process.write(self._pid_file)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if child.poll() is not None or time.monotonic() > deadline:
                raise Transient(
                    "RS-979",
                    "the broker does not start",
                    record=str(log),
                    found=processes.last_line(log),
                    do="repair what it names, then run the same command again",
                )
            time.sleep(0.05)
        return process

    def stop(self) -> bool:
        """Stop it; gives whether it ran."""
        return processes.stop_left_over(self._pid_file, patience=STOP_SECONDS)

    @property
    def _password(self) -> str:
        return self._state.secret("redis")

    def _answers(self) -> bool:
        """Ask it as a client does: what was handed over before is read first, and until then it refuses."""
        try:
            with socket.create_connection((LOOPBACK, self._port), timeout=5) as asked:
                asked.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = asked.recv(64)
                return PONG in answer or PONG in answer + asked.recv(64)
        except OSError:
            return False
