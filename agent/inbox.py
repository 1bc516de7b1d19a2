"""The folder `to_sage/` as the agent sees it: what is new, what is strange, what came a second time."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

from agent import logs
from sage_bridge.transfers import FileName

if TYPE_CHECKING:
    from datetime import datetime

    from agent.state import Delivery
    from agent.tools import Tools

MANIFEST = ".ok"
_PART = ".part."
_MAX_BYTES = 4 * 1024 * 1024 * 1024


class Inbox:
    """Looks through `to_sage/` and notes new deliveries in the state."""

    def __init__(self, tools: Tools) -> None:
        """Use the given parts."""
        self._config = tools.config
        self._state = tools.state
        self._server = tools.server
        self._now = tools.now
        self._first_seen: dict[str, datetime] = {}
        self._told: set[str] = set()

    def look(self) -> None:
        """Note every complete new file; put away strangers and second copies."""
        names = {entry.name for entry in self._server.listing(self.path(""))}
        self._first_seen = {name: self._first_seen.get(name, self._now()) for name in names}
        self._told &= names
        for name in sorted(names):
            if _PART not in name:
                self._judge(name, names)

    def path(self, name: str) -> str:
        """Give the server path of a name in `to_sage/`."""
        return f"{self._config.company}/to_sage/{name}".rstrip("/")

    def put_away(self, name: str, folder: str, as_name: str = "") -> None:
        """Move data and manifest into `processed/` or `rejected/`; what is there already, or nowhere, is left so."""
        for suffix in ("", MANIFEST):
            target = f"{self._config.company}/{folder}/{as_name or name}{suffix}"
            try:
                self._server.rename(self.path(name + suffix), target)
            except FileNotFoundError:
                if self._server.stat(target) is None:
                    logs.warning("vanished", file=name + suffix, folder=folder)
            except FileExistsError:
                logs.warning("name_taken", file=name + suffix, folder=folder)
                self._set_aside(name + suffix)

    def _judge(self, name: str, names: set[str]) -> None:
        data = name.removesuffix(MANIFEST)
        parsed = FileName.parse(data)
        if parsed is None:
            self._quarantine(name)
        elif parsed.flow not in self._config.imports.flows:
            self._tell("not_taken", name, "this flow is not in import.flows; a person or another program takes it")
        elif not name.endswith(MANIFEST):
            if name + MANIFEST not in names:
                self._tell("no_manifest", name, "the file stays untouched until its .ok is there")
        elif data in names:
            self._notice(parsed)
        else:
            known = self._state.delivery(data)
            if known is not None and known.state == "moved" and self._is_settled(name):
                self._set_aside(name)

    def _notice(self, name: FileName) -> None:
        known = self._state.delivery(str(name))
        if known is None:
            with self._state.transaction():
                self._state.see(str(name), name.flow, name.seq, name.rev, self._now().isoformat())
            logs.info("seen", file=name, flow=name.flow, seq=name.seq)
        elif known.state == "moved":
            self._second_copy(known)

    def _second_copy(self, known: Delivery) -> None:
        """A file that was dealt with is there again: the same bytes have no effect, other bytes call a person."""
        try:
            found = self._server.digest(self.path(known.name), _MAX_BYTES).sha256
        except FileNotFoundError:
            return
        if found == known.sha256:
            logs.warning("second_copy", file=known.name, outcome=known.outcome, effect="none")
        else:
            logs.error(
                "other_content",
                file=known.name,
                expected=known.sha256,
                found=found,
                do="two senders use one number: stop one",
            )
        self.put_away(known.name, "rejected", f"{known.name}.again.{secrets.token_hex(4)}")

    def _quarantine(self, name: str) -> None:
        if self._is_settled(name):
            self._set_aside(name)
            logs.warning("quarantined_unopened", file=name, reason="the name is not on the allow-list")

    def _set_aside(self, name: str) -> None:
        """Move one file into `rejected/`, under a name that nothing else looks for."""
        target = f"{self._config.company}/rejected/{name}.again.{secrets.token_hex(4)}"
        with contextlib.suppress(FileNotFoundError):
            self._server.rename(self.path(name), target)

    def _tell(self, event: str, name: str, reason: str) -> None:
        if name not in self._told and self._is_settled(name):
            self._told.add(name)
            logs.warning(event, file=name, reason=reason)

    def _is_settled(self, name: str) -> bool:
        age = self._now() - self._first_seen[name]
        return age.total_seconds() >= self._config.imports.settle_seconds
