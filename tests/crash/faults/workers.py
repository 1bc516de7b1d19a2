"""Workers in processes of their own that can be paused at a named point, started together, and asked how they ended."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sage_hooks import checkpoint
from sage_hooks import warehouse as hook
from tests.hooks.outbox.place import open_exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.synchronize import Barrier

    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace

    Work = Callable[[Connection, Exchange], object]

DONE = "done"


@dataclass
class Worker:
    """A forked process; `end` gives what it said: `done`, or its error."""

    pid: int
    mouth: int
    is_over: bool = False

    def wait_until_paused(self) -> None:
        """Wait until it has stopped at its point."""
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        self.is_over = not os.WIFSTOPPED(status)
        assert os.WIFSTOPPED(status), f"ended before its point: {self._words()}"

    def wake(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def end(self) -> str:
        """Wait for its end; gives `done` or the error it ended with."""
        words = self._words()
        os.waitpid(self.pid, 0)
        self.is_over = True
        return words

    def abandon(self) -> None:
        """Kill it if a test ends before it has."""
        if not self.is_over:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.mouth)

    def _words(self) -> str:
        said = b""
        while chunk := os.read(self.mouth, 65_536):
            said += chunk
        return said.decode()


def _pausing(point: str) -> Callable[[str], None]:
    """Give a listener that stops this process when it first comes to a point."""
    visits = iter([point])

    def listener(name: str) -> None:
        if name == point and next(visits, None):
            os.kill(os.getpid(), signal.SIGSTOP)

    return listener


@contextmanager
def worker(
    dsn: str, server: SftpPlace, work: Work, *, pause_at: str = "", gate: Barrier | None = None, **options: Any
) -> Iterator[Worker]:
    """Start `work` in a process of its own.

    Args:
        dsn: its database.
        server: its file server.
        work: what it does.
        pause_at: a checkpoint at which it stops as by SIGSTOP, in the middle of whatever it holds.
        gate: it begins when all that share it are ready, so that several begin at once.
        options: more parameters of its database connection.
    """
    ear, mouth = os.pipe()
    pid = os.fork()
    if pid == 0:
        words = "no words"
        try:
            os.close(ear)
            if pause_at:
                checkpoint.listen(_pausing(pause_at))
            with hook.connect(dsn, **options) as connection, open_exchange(server) as exchange:
                exchange.stat(".")
                if gate is not None:
                    gate.wait(timeout=60)
                work(connection, exchange)
            words = DONE
        except BaseException as error:  # noqa: BLE001 - a child must never return into the test run
            words = str(error) or repr(error)
            traceback.print_exc()
        finally:
            os.write(mouth, words.encode())
            os._exit(0)
    os.close(mouth)
    started = Worker(pid, ear)
    try:
        yield started
    finally:
        started.abandon()


@contextmanager
def together(dsn: str, server: SftpPlace, works: list[Work]) -> Iterator[list[Worker]]:
    """Start workers that begin at the same moment."""
    gate = multiprocessing.get_context("fork").Barrier(len(works))
    with ExitStack() as stack:
        yield [stack.enter_context(worker(dsn, server, work, gate=gate)) for work in works]
