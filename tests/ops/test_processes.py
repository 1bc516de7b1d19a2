"""Processes are known by pid and start time, end when asked or soon after, and ports tell who holds them."""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from ops import processes
from ops.processes import LOOPBACK, Process
from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from pathlib import Path

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])
time.sleep(60)
"""


def start(code: str, log: Path) -> Process:
    return Process.of(processes.start([sys.executable, "-c", code], log=log).pid)


def test_a_recycled_pid_is_not_taken_for_the_process_remembered(tmp_path: Path) -> None:
    process = start("import time; time.sleep(60)", tmp_path / "log")
    assert process.living() is not None
    assert Process(process.pid, process.started - 3600).living() is None
    processes.stop([process], patience=5)
    assert process.living() is None


def test_a_pid_file_survives_and_a_broken_one_is_no_process(tmp_path: Path) -> None:
    Process(1, 2).write(tmp_path / "x.pid")
    assert Process.read(tmp_path / "x.pid") == Process(1, 2)
    (tmp_path / "x.pid").write_text("12 and more", encoding="utf-8")
    assert Process.read(tmp_path / "x.pid") is None
    assert Process.read(tmp_path / "missing.pid") is None


def test_children_end_with_their_parent(tmp_path: Path) -> None:
    process = start(PARENT, tmp_path / "log")
    assert processes.wait_until(lambda: bool(psutil.Process(process.pid).children()), seconds=5)
    (child,) = psutil.Process(process.pid).children()
    assert processes.stop([process], patience=5) == []
    assert not child.is_running()


def test_who_does_not_listen_is_killed(tmp_path: Path) -> None:
    process = start(STUBBORN, tmp_path / "log")
    assert processes.wait_until(lambda: (tmp_path / "log").read_text(encoding="utf-8") != "", seconds=5)
    assert processes.stop([process], patience=0.3) == [process.pid]
    assert process.living() is None


def test_left_over_of_a_killed_run_is_ended_and_forgotten(tmp_path: Path) -> None:
    process = start("import time; time.sleep(60)", tmp_path / "log")
    pid_file = tmp_path / "x.pid"
    process.write(pid_file)
    assert processes.stop_left_over(pid_file, patience=5)
    assert process.living() is None
    assert not pid_file.exists()
    assert not processes.stop_left_over(pid_file, patience=5)


def test_a_pid_file_of_somebody_else_ends_nobody(tmp_path: Path) -> None:
    pid_file = tmp_path / "x.pid"
    Process(os.getpid(), 12345).write(pid_file)
    assert not processes.stop_left_over(pid_file, patience=1)


def test_a_taken_port_names_holder_and_way_out() -> None:
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(BadConfig) as refused:
            processes.require_port(port, "the UI", "SAGE_BRIDGE_PORT")
    sentence = str(refused.value)
    assert sentence.startswith("RS-171")
    assert str(port) in sentence
    assert f"pid {os.getpid()}" in sentence
    assert "SAGE_BRIDGE_PORT=<port>" in sentence


def test_a_port_nobody_listens_on_is_given_as_asked() -> None:
    port = processes.free_port()
    assert processes.require_port(port, "the UI", "SAGE_BRIDGE_PORT") == port
    assert 1 <= processes.require_port(0, "the UI", "SAGE_BRIDGE_PORT") <= processes.GREATEST_PORT


@pytest.mark.parametrize("port", [-1, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(BadConfig, match="RS-172"):
        processes.require_port(port, "the UI", "SAGE_BRIDGE_PORT")


def test_processes_of_ours_write_bytecode_and_see_no_foreign_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    environment = processes.python_environment(EXTRA="1")
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert "elsewhere" not in environment["PYTHONPATH"]
    assert environment["EXTRA"] == "1"


def test_an_interrupt_signal_can_be_chosen(tmp_path: Path) -> None:
    # A run in a shell's background inherits that interrupts are ignored.
    waiting = "import signal, time\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    waiting += "try: print('ready', flush=True); time.sleep(60)\nexcept KeyboardInterrupt: print('asked')"
    process = start(waiting, tmp_path / "log")
    assert processes.wait_until(lambda: processes.last_line(tmp_path / "log") == "ready", seconds=30)
    processes.stop([process], patience=5, signal_number=signal.SIGINT)
    assert processes.last_line(tmp_path / "log") == "asked"
