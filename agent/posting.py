"""Sage's Post Entries as a duty: noted with the import, kept until the macro has ended well.

Posting again finds nothing left to post, so this macro may be repeated; an import may not.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from agent import logs
from agent.macro import MacroRun, is_running, last_words

if TYPE_CHECKING:
    from agent.tools import Tools

_OWNER = "post entries"


class Poster:
    """Runs the post macro once per noted batch, and then asks for the extracts that show the result."""

    def __init__(self, tools: Tools) -> None:
        """Use the given parts."""
        self._config = tools.config
        self._state = tools.state
        self._slot = tools.slot
        self._now = tools.now
        self._at = tools.at
        self._batch = ""
        self._started_at = ""
        self._log = tools.config.state_dir / "runs" / "post-entries.log"

    def tick(self) -> bool:
        """Start or conclude a posting; tells whether anything changed."""
        run = self._slot.of(_OWNER)
        return self._watch(run) if run is not None else self._begin()

    def is_busy(self) -> bool:
        """Tell whether a posting is due or under way."""
        return self._slot.of(_OWNER) is not None or bool(self._due())

    def _due(self) -> list[str]:
        return self._state.duties("post", self._now().isoformat()) if self._config.post.macro else []

    def _begin(self) -> bool:
        due = self._due() if self._slot.is_free else []
        if not due or is_running(self._log):
            return False
        self._batch, self._started_at = due[0], self._now().isoformat()
        self._log.unlink(missing_ok=True)
        values = {"batch": self._batch, "company": self._config.company}
        run = MacroRun(
            self._config.post.macro, values, self._log, self._config.post.cwd, self._config.post.timeout_seconds
        )
        self._slot.start(_OWNER, run)
        self._at("post_started")
        return True

    def _watch(self, run: MacroRun) -> bool:
        exit_code = run.poll()
        if exit_code is None and not run.is_overdue:
            return False
        if exit_code is None:
            run.kill()
        self._slot.clear()
        self._at("post_ended")
        now = self._now()
        if exit_code == 0:
            with self._state.transaction():
                self._state.end_duty("post", self._batch, self._started_at)
                for flow in self._config.extract_after_import:
                    self._state.add_duty("extract", flow, now.isoformat())
            logs.info("posted", batch=self._batch or "all", seconds=run.seconds)
            return True
        reason = (
            f"exit code {exit_code}: {last_words(self._log)}" if exit_code is not None else "the macro used up its time"
        )
        with self._state.transaction():
            later = now + dt.timedelta(seconds=self._config.post.retry_seconds)
            self._state.put_off("post", self._batch, later.isoformat(), reason)
        logs.error(
            "not_posted", batch=self._batch or "all", retry_seconds=self._config.post.retry_seconds, reason=reason
        )
        return True
