"""The agent at work: take what came, import, post, extract; every half second, for ever.

An error of one flow leaves the other flows alone. What is away is tried again with growing pauses
and full jitter, so that many agents do not come back in one moment.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from typing import TYPE_CHECKING, Self

from agent import logs
from agent.extract import Extractor
from agent.handover import MacroSlot
from agent.importer import Importer
from agent.inbox import Inbox
from agent.posting import Poster
from agent.publish import Publisher
from agent.reception import Reception
from agent.sealed import open_server
from agent.source import AWAY, open_source
from agent.state import InstanceLock, State
from agent.tools import Tools
from sage_bridge.errors import LaneStopped, Terminal, Transient
from sage_bridge.feeds import FEEDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from agent.config import Config

FOLDERS = ("from_sage", "to_sage", "processed", "rejected", "ack")
_RETRY_SECONDS = 60.0
_SOURCE_SECONDS = 5.0
_LONGEST_PAUSE = 60.0


def utc_now() -> dt.datetime:
    """Give the time; the only clock of the agent."""
    return dt.datetime.now(dt.UTC)


def no_step(_: str) -> None:
    """Take no notice of a step's name."""


class Agent:
    """All parts of one agent, put together; holds the instance lock from start to end."""

    def __init__(
        self, config: Config, *, now: Callable[[], dt.datetime] = utc_now, at: Callable[[str], None] = no_step
    ) -> None:
        """Open state and parts; nothing is connected yet.

        Raises:
            BadConfig: RS-161 the state belongs to another company; RS-162 another agent runs on it.
        """
        self.config = config
        self._now = now
        self._lock = InstanceLock(config.state_dir)
        self.state = State(config.state_dir / "state.db")
        self.state.claim(config)
        self.source = open_source(config.source)
        self.server = open_server(config)
        self._slot = MacroSlot()
        tools = Tools(
            config, self.state, self.server, Publisher(self.server, at), self.source, self._slot, now=now, at=at
        )
        inbox = Inbox(tools)
        self.extractor = Extractor(tools)
        self.importer = Importer(tools, inbox, Reception(tools, inbox))
        self.poster = Poster(tools)
        self._stopped = threading.Event()
        self._last_extract: dict[str, float] = {}
        self._retry_at: dict[str, float] = {}
        self._source_back_at = 0.0
        self._has_folders = False
        self.failures: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close everything; a macro under way gets a little time and then goes on alone."""
        self._slot.wait(self.config.imports.stop_seconds)
        self.server.close()
        self.source.close()
        self.state.close()
        self._lock.release()

    def stop(self) -> None:
        """Ask `run` to end after the step at hand."""
        self._stopped.set()

    def run(self) -> None:
        """Work until `stop` is called."""
        logs.info(
            "started", company=self.config.company, environment=self.config.environment, source=self.config.source.kind
        )
        failed = 0
        while not self._stopped.is_set():
            try:
                self.tick()
                failed = 0
                pause = self.config.poll_seconds
            except Transient as away:
                failed += 1
                self._has_folders = False
                pause = _pause_after(failed)
                logs.warning("away", retry_seconds=pause, reason=away)
            except (Terminal, OSError) as broken:
                pause = _LONGEST_PAUSE
                self._has_folders = False
                logs.error("failed", retry_seconds=pause, reason=broken)
            self._stopped.wait(pause)
        logs.info("stopped", company=self.config.company)

    def tick(self) -> bool:
        """Do what is due now; tells whether anything changed."""
        self._make_folders()
        progressed = self.importer.tick()
        progressed |= self.poster.tick()
        if time.monotonic() < self._source_back_at:
            return progressed
        try:
            return self.extract(self._due_flows()) or progressed
        except Transient as away:
            if away.code != AWAY:
                raise
            # Files for Sage go on moving while its data cannot be read.
            self._source_back_at = time.monotonic() + _SOURCE_SECONDS
            logs.warning("away", retry_seconds=_SOURCE_SECONDS, reason=away)
            return progressed

    def once(self) -> None:
        """Take everything that is there to its end, post, and extract the scheduled flows; all, where none is."""
        self.settle()
        self.extract([flow for flow in self.config.flows if flow in self.config.schedule or not self.config.schedule])
        self.extract(self._due_flows())

    def settle(self) -> None:
        """Take every file that is there as far as it goes without a person, and post."""
        self._make_folders()
        while self.importer.tick() or self.poster.tick() or self.importer.is_busy() or self.poster.is_busy():
            self._stopped.wait(min(self.config.poll_seconds, 0.05))

    def extract(self, flows: Iterable[str]) -> bool:
        """Extract flows as of one moment and publish them; failures are logged, kept in `failures`, tried again later.

        Raises:
            Transient: the source or the server is away; what is sealed is published later under the same numbers.
        """
        self._make_folders()
        waiting = self.extractor.waiting()
        done = [flow for flow in waiting if self._may_try(flow) and self._publish(flow)]
        wanted = [flow for flow in flows if flow not in waiting]
        if not wanted:
            return bool(done)
        started_at = self._now().isoformat()
        with self.source.snapshot():
            sealed = [flow for flow in wanted if self._seal(flow)]
        for flow in sealed:
            if self._publish(flow):
                with self.state.transaction():
                    self.state.end_duty("extract", flow, started_at)
        return bool(done or sealed)

    def _seal(self, flow: str) -> bool:
        self._last_extract[flow] = time.monotonic()
        try:
            self.extractor.extract(flow)
        except Terminal as broken:
            self._failed(flow, broken)
            return False
        return True

    def _publish(self, flow: str) -> bool:
        try:
            self.extractor.publish(flow)
        except Terminal as broken:
            self._failed(flow, broken)
            return False
        return True

    def _failed(self, flow: str, broken: Terminal) -> None:
        self.failures.append(str(broken))
        self._retry_at[flow] = time.monotonic() + _RETRY_SECONDS
        with self.state.transaction():
            later = (self._now() + dt.timedelta(seconds=_RETRY_SECONDS)).isoformat()
            self.state.put_off("extract", flow, later, str(broken))
        event = "lane_halted" if isinstance(broken, LaneStopped) else "not_extracted"
        logs.error(event, flow=flow, retry_seconds=_RETRY_SECONDS, reason=broken)

    def _may_try(self, flow: str) -> bool:
        return time.monotonic() >= self._retry_at.get(flow, 0.0)

    def _due_flows(self) -> list[str]:
        now = time.monotonic()
        asked = set(self.state.duties("extract", self._now().isoformat()))
        due = {
            flow
            for flow, seconds in self.config.schedule.items()
            if now - self._last_extract.get(flow, -seconds) >= seconds and self._may_try(flow)
        }
        return [flow for flow in FEEDS if flow in self.config.flows and flow in asked | due]

    def _make_folders(self) -> None:
        if not self._has_folders:
            for folder in FOLDERS:
                path = f"{self.config.company}/{folder}"
                if self.server.stat(path) is None:
                    self.server.make_folder(path)
            self._has_folders = True


def _pause_after(failures: int) -> float:
    """Give a random pause of up to 1, 2, 4 ... 60 seconds."""
    return random.uniform(0.1, min(_LONGEST_PAUSE, 2.0 ** (failures - 1)))  # spreads load, guards nothing
