"""Running a Sage macro: a command with placeholders, watched, never started twice at once.

A macro outlives the agent if the agent is killed. So the log file that the macro writes to tells
whether it still runs: on POSIX the macro inherits a lock on it, on Windows a file that another
process has open cannot be renamed. Both end with the last process that holds the file.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

if sys.platform == "win32":
    _OWN_GROUP = subprocess.CREATE_NEW_PROCESS_GROUP
else:
    import fcntl

    _OWN_GROUP = 0

_KILL_SECONDS = 10.0


class MacroRun:
    """One run of a macro that this process started."""

    def __init__(
        self, argv: Sequence[str], values: Mapping[str, str], log: Path, cwd: Path, timeout_seconds: float
    ) -> None:
        """Start the macro; its output goes to `log`.

        Raises:
            BadConfig: RS-167 the program cannot be started.
        """
        command = [_filled(word, values) for word in argv]
        self.log = log
        self._started = time.monotonic()
        self._timeout = timeout_seconds
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            if sys.platform != "win32":
                fcntl.flock(output, fcntl.LOCK_EX)
            try:
                self._process = subprocess.Popen(
                    command,
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    creationflags=_OWN_GROUP,
                    # A stop signal meant for the agent must not reach Sage in the middle of an import.
                    start_new_session=True,
                )
            except OSError as failed:
                raise BadConfig(
                    "RS-167",
                    "the macro cannot be started",
                    record=command[0],
                    found=str(failed),
                    do="correct the macro in the configuration",
                ) from failed

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def poll(self) -> int | None:
        """Give the exit code, or None while the macro runs within its time."""
        return self._process.poll()

    @property
    def is_overdue(self) -> bool:
        """Tell whether the macro has used up its time."""
        return self.seconds > self._timeout

    def kill(self) -> None:
        """End a macro that has used up its time."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_KILL_SECONDS)

    def wait(self, seconds: float) -> bool:
        """Wait for the end; False when the macro still runs."""
        try:
            self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


def is_running(log: Path) -> bool:
    """Tell whether any process still writes to a macro's log."""
    if not log.is_file():
        return False
    if sys.platform == "win32":
        aside = log.with_name(f"{log.name}.probe")
        try:
            log.replace(aside)
        except PermissionError:
            return True
        aside.replace(log)
        return False
    with log.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def last_words(log: Path, limit: int = 300) -> str:
    """Give the end of a macro's output for an error message."""
    if not log.is_file():
        return "no output"
    text = log.read_text(encoding="utf-8", errors="replace").strip()
    return " ".join(text[-limit:].split()) or "no output"


def _filled(word: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(f"{{{name}}}", value)
    return word
