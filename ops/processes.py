"""Child processes: who they are, whether they live, how they end; and who listens on a port.

A process is remembered by pid and start time, because a pid alone may belong to somebody else after a restart. Nothing
is ever ended by name.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from ops.paths import PLUGINS, REPOSITORY, write_private
from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

LOOPBACK = "127.0.0.1"
GREATEST_PORT = 65535
LOG_LINES_READ = 40
ERROR = re.compile(r"RS-\d{3} |\b\w*(Error|Exception)\b|FATAL|PANIC")
# Patience with children whose parent has ended already.
ORPHAN_SECONDS = 3
# A start time is computed from the machine's boot time, which may move when its clock is set.
START_TIME_TOLERANCE_SECONDS = 2
# Would keep bytecode from being written, or point our processes at somebody else's packages.
FOREIGN_VARIABLES = frozenset({"PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONPATH"})
# Children of this very process that may still run; others are known by their pid files only.
_children_of_ours: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True)
class Process:
    """A process of ours; `started` is its start in seconds since the epoch."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Process:
        """Remember a living process."""
        return cls(pid, int(psutil.Process(pid).create_time()))

    def living(self) -> psutil.Process | None:
        """Give the process if it is still the one remembered and has not ended, else None."""
        try:
            found = psutil.Process(self.pid)
            same = abs(int(found.create_time()) - self.started) <= START_TIME_TOLERANCE_SECONDS
            return found if same and found.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    def write(self, path: Path) -> None:
        """Keep the process in a pid file."""
        write_private(path, json.dumps({"pid": self.pid, "started": self.started}))

    @classmethod
    def read(cls, path: Path) -> Process | None:
        """Give the process of a pid file; None when there is no file or it is not readable as one."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(int(content["pid"]), int(content["started"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def start(
    command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None, folder: str = "/"
) -> subprocess.Popen[bytes]:
    """Start a process of its own session, so that Ctrl-C reaches the conductor alone; output is added to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if environment is None else dict(environment),
            cwd=folder,
            start_new_session=True,
        )
    _children_of_ours[child.pid] = child
    return child


def stop(processes: Iterable[Process], *, patience: float, signal_number: int | None = None) -> list[int]:
    """End processes and their children: asked first (SIGTERM or `signal_number`), after `patience` seconds killed.

    Gives the pids that had to be killed. Children are looked up before the parent is asked, since those of a parent
    that is gone can no longer be found; those that outlive it are asked themselves.
    """
    parents = [found for found in (process.living() for process in processes) if found is not None]
    children = [child for parent in parents for child in _children(parent)]
    for parent in parents:
        _signal(parent, signal_number)
    _, stubborn = psutil.wait_procs(parents, timeout=patience)
    _, orphans = psutil.wait_procs(children, timeout=0)
    for orphan in orphans:
        _signal(orphan, None)
    _, orphans = psutil.wait_procs(orphans, timeout=ORPHAN_SECONDS)
    left = [*stubborn, *orphans]
    for process in left:
        _kill(process)
    psutil.wait_procs(left, timeout=5)
    _reap()
    return [process.pid for process in left]


def kill_session(leader: int) -> None:
    """Kill what still runs in the session that a process of `start` led, and that outlived it."""
    left = [process for process in psutil.process_iter() if _session(process) == leader]
    for process in left:
        _kill(process)
    psutil.wait_procs(left, timeout=ORPHAN_SECONDS)
    _reap()


def _session(process: psutil.Process) -> int:
    try:
        return os.getsid(process.pid)
    except OSError:
        return 0


def _reap() -> None:
    """Take note of children that have ended, so that none stays a zombie."""
    for pid, child in list(_children_of_ours.items()):
        if child.poll() is not None:
            _children_of_ours.pop(pid, None)


def _children(parent: psutil.Process) -> list[psutil.Process]:
    try:
        return parent.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _signal(process: psutil.Process, signal_number: int | None) -> None:
    try:
        if signal_number is None:
            process.terminate()
        else:
            process.send_signal(signal_number)
    except psutil.NoSuchProcess:
        return


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def stop_left_over(pid_file: Path, *, patience: float) -> bool:
    """End what a killed run left running under this pid file; gives whether there was something."""
    process = Process.read(pid_file)
    was_running = process is not None and process.living() is not None
    if process is not None and was_running:
        stop([process], patience=patience)
    pid_file.unlink(missing_ok=True)
    return was_running


def peak_megabytes(process: Process) -> int:
    """Give the greatest memory a living process has held so far; 0 where the system does not say."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found.group(1)) // 1024 if found else 0


def free_port() -> int:
    """Give a loopback TCP port nobody listens on now; the caller must be ready to find it taken a moment later."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port in TIME_WAIT is free, one with a listener is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def port_owner(port: int) -> str:
    """Describe who listens on a port, as far as this user may know; empty when unknown."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.AccessDenied, OSError):
        return ""
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
            if connection.pid is None:
                return ""
            try:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
            except psutil.Error:
                return f"pid {connection.pid}"
    return ""


def require_port(port: int, service: str, variable: str) -> int:
    """Give `port` when it can be used; 0 asks for a free one.

    Raises:
        BadConfig: RS-171 the port is taken; RS-172 it is no port number.
    """
    if port == 0:
        return free_port()
    if not 1 <= port <= GREATEST_PORT:
        raise BadConfig(
            "RS-172",
            f"port of {service} is not a TCP port",
            found=str(port),
            expected=f"1 to {GREATEST_PORT}, or 0 for any free one",
            do=f"set {variable}",
        )
    if not is_free(port):
        raise BadConfig(
            "RS-171",
            f"port {port} for {service} is taken",
            found=port_owner(port) or "another process",
            do=f"stop that process, or choose another port with {variable}=<port> (0 = any free one)",
        )
    return port


def wait_until(condition: Callable[[], bool], *, seconds: float, pause: float = 0.05) -> bool:
    """Call `condition` until it is true or `seconds` are over; gives whether it became true."""
    deadline = time.monotonic() + seconds
    while True:
        if condition():
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)


def is_root() -> bool:
    """Tell whether this process runs as the superuser."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def last_line(log: Path) -> str:
    """Give the line of a log that says best why something ended: the last that names an error, else the last."""
    try:
        lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        return "no output"
    said = [line for line in lines if line][-LOG_LINES_READ:]
    return next((line for line in reversed(said) if ERROR.search(line)), said[-1] if said else "no output")


def python_environment(**more: str) -> dict[str, str]:
    """Give the environment of a Python process of ours: our packages importable, bytecode written."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN_VARIABLES}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join((str(PLUGINS), str(REPOSITORY))),
        "PYTHONUNBUFFERED": "1",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        **more,
    }
