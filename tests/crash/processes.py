"""Work in forked processes that die when they are told to: at the n-th visit of a named point, or at any moment."""

from __future__ import annotations

import json
import os
import select
import signal
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECONDS_TO_LIVE = 600
"""A worker that takes longer hangs; the alarm ends it and the round fails."""


@dataclass(frozen=True)
class Kill:
    """Where to die: at the `visit`-th time that any of the workers armed with the same `marks` comes to `point`."""

    point: str
    visit: int
    marks: Path

    def at(self, name: str) -> None:
        """Count a visit, in a file that all armed workers share, and die if it is the one."""
        if name != self.point:
            return
        # Appending is atomic and moves this descriptor's place behind the own byte: its place is the visit's number.
        file = os.open(self.marks, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(file, b".")
        number = os.lseek(file, 0, os.SEEK_CUR)
        os.close(file)
        if number == self.visit:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Ended:
    """How a worker ended; `words` is its error, `passed` the named points it came through."""

    how: Literal["done", "killed", "refused", "broken"]
    words: str
    passed: tuple[str, ...]
    seconds: float


class Worker:
    """A forked process at work."""

    def __init__(self, name: str, pid: int, pipe: int) -> None:
        """Take a child that was just forked; `pipe` is where it reports."""
        self.name, self.pid = name, pid
        self._pipe, self._begun = pipe, time.monotonic()

    def kill(self) -> None:
        """Kill it as a power cut would; one that has ended already is left alone."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def pause(self) -> None:
        """Stop it where it stands (SIGSTOP)."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let a paused one go on (SIGCONT)."""
        os.kill(self.pid, signal.SIGCONT)

    def wait(self) -> Ended:
        """Wait for its end."""
        said = b""
        while chunk := os.read(self._pipe, 65_536):
            said += chunk
        os.close(self._pipe)
        _, status = os.waitpid(self.pid, 0)
        lines = [json.loads(line) for line in said.split(b"\n") if line.endswith(b"}")]
        passed = tuple(line["at"] for line in lines if "at" in line)
        ends = [line for line in lines if "how" in line]
        seconds = time.monotonic() - self._begun
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return Ended("killed", "", passed, seconds)
        if not ends:
            return Ended("broken", f"{self.name} ended with status {status} and no word", passed, seconds)
        return Ended(ends[-1]["how"], ends[-1]["words"], passed, seconds)

    def is_at_work(self, seconds: float) -> bool:
        """Wait at most so long for its next word; tells whether it still runs."""
        select.select([self._pipe], [], [], seconds)
        found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return found is None


def start(name: str, work: Callable[[], object], log: Path, kill: Kill | None = None) -> Worker:
    """Fork a worker that does `work`; what this process has imported is warm there, what it prints goes to `log`."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _speak_to(log)
        _live(work, kill, writing)
    os.close(writing)
    return Worker(name, pid, reading)


def _speak_to(log: Path) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)


def _live(work: Callable[[], object], kill: Kill | None, pipe: int) -> None:
    """Be the child; never returns."""
    from psycopg.errors import DeadlockDetected, SerializationFailure

    from sage_bridge.errors import BridgeError, NotApproved, Transient
    from sage_hooks import checkpoint

    def say(**word: object) -> None:
        os.write(pipe, json.dumps(word).encode() + b"\n")

    def at(point: str) -> None:
        say(at=point)
        if kill is not None:
            kill.at(point)

    signal.alarm(SECONDS_TO_LIVE)
    checkpoint.listen(at)
    code = 1
    try:
        work()
        say(how="done", words="")
        code = 0
    except (Transient, NotApproved, DeadlockDetected, SerializationFailure) as later:
        # What a worker beside another may meet: it was overtaken, and Airflow or a person starts it again.
        say(how="refused", words=f"{type(later).__name__} {later}")
    except BridgeError as error:
        say(how="broken", words=str(error))
    except BaseException:  # noqa: BLE001 - a forked child must report and end, not go on as its parent
        say(how="broken", words=traceback.format_exc())
    finally:
        os._exit(code)
