"""Receiving a file: from its name in `to_sage/` to a guarded private copy, or to a refusal with its reason.

A file that follows the last one answered uses up its number even when it is refused for its content,
so that the next file's chain holds. A file that does not follow uses up nothing: the lane waits.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent import answers, guard, logs
from agent.files import move
from agent.inbox import MANIFEST
from agent.lookup import count_in_sage
from agent.state import Head
from agent.transport import Digest
from sage_bridge.errors import RefusedTransfer
from sage_bridge.transfers import FileName, Manifest

if TYPE_CHECKING:
    from agent.inbox import Inbox
    from agent.state import Delivery
    from agent.tools import Tools

_MANIFEST_LIMIT = 64 * 1024
_SECONDS_PER_HOUR = 3600.0
NOTHING_READ = Digest("", 0)


@dataclass(slots=True)
class _Case:
    """What is known so far of a file under judgement.

    `uses_up` is the sha256 that its number stands for in the chain; '' while it would use up no number.
    """

    name: FileName
    head: Head
    digest: Digest = NOTHING_READ
    uses_up: str = ""


class Reception:
    """Judges new files; the verdict is committed together with the lane's head and the answer to be sent."""

    def __init__(self, tools: Tools, inbox: Inbox) -> None:
        """Use the given parts."""
        self._config = tools.config
        self._state = tools.state
        self._server = tools.server
        self._source = tools.source
        self._now = tools.now
        self._inbox = inbox

    def receive(self, delivery: Delivery) -> bool:
        """Judge a file that was seen or parked; False when it has to wait.

        Raises:
            Transient: the server or the source is away; nothing was decided.
        """
        name = _name_of(delivery)
        head = self._state.head(name.flow)
        case = _Case(name, head)
        try:
            guard.check_name(name, self._config.company, self._config.environment)
            if guard.is_gap(name, head):
                return self._park(delivery, case)
            return self._judge(delivery, case)
        except FileNotFoundError:
            logs.warning("vanished", file=delivery.name, folder="to_sage")
            return False
        except RefusedTransfer as reason:
            self._refuse(delivery, case, reason)
        return True

    def _judge(self, delivery: Delivery, case: _Case) -> bool:
        name = case.name
        self._check_kind(delivery)
        content = self._server.read(self._inbox.path(delivery.name + MANIFEST), _MANIFEST_LIMIT)
        try:
            manifest = Manifest.from_bytes(content, delivery.name + MANIFEST)
        except RefusedTransfer:
            if self._age(delivery) < self._config.imports.settle_seconds:
                # Not every sender writes it in one step.
                return False
            if name.seq == case.head.seq + 1:
                case.digest = self._download(delivery)
                case.uses_up = case.digest.sha256
            raise
        guard.check_manifest(manifest, name)
        guard.check_chain(manifest, case.head, name)
        case.uses_up = manifest.sha256
        case.digest = self._download(delivery)
        guard.check_digest(manifest, case.digest, name)
        guard.check_new_content(name, manifest.sha256, self._state.taken_as(manifest.sha256, delivery.name))
        self._accept(delivery, case, manifest)
        return True

    def _check_kind(self, delivery: Delivery) -> None:
        """Look at data and manifest without opening them; links and devices are refused."""
        for path in (delivery.name, delivery.name + MANIFEST):
            entry = self._server.stat(self._inbox.path(path))
            if entry is None:
                raise FileNotFoundError(path)
            if not entry.is_regular:
                raise RefusedTransfer(
                    "RS-260", "not a regular file", record=path, do="have the sender write a plain file"
                )

    def _download(self, delivery: Delivery) -> Digest:
        folder = self._config.state_dir / "guarded"
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{delivery.name}.part"
        digest = self._server.download(self._inbox.path(delivery.name), part, self._config.imports.max_bytes)
        move(part, folder / delivery.name)
        return digest

    def _accept(self, delivery: Delivery, case: _Case, manifest: Manifest) -> None:
        name, digest = case.name, case.digest
        layout = self._config.imports.layouts[name.flow]
        data = (self._config.state_dir / "guarded" / delivery.name).read_bytes()
        content = guard.check_content(data, manifest, layout, name)
        if self._config.imports.can_look(name.flow, layout):
            references = [line.reference for line in content.lines]
            guard.check_new_in_sage(content.lines, count_in_sage(self._source, references), name)
        now = self._now()
        ack = answers.acknowledgement(
            name, digest, len(content.lines), importer=self._config.importer, received_at=_stamp(now)
        )
        with self._state.transaction():
            self._state.set_head(name.flow, Head(name.seq, digest.sha256))
            self._state.advance(
                delivery.name, "guarded", now.isoformat(),
                outcome="taken", sha256=digest.sha256, size=digest.size, rows=len(content.lines),
                encoding=manifest.encoding, ack=ack,
            )  # fmt: skip
        logs.info("guarded", file=name, flow=name.flow, seq=name.seq, rows=len(content.lines), net=content.net)

    def _park(self, delivery: Delivery, case: _Case) -> bool:
        name, head = case.name, case.head
        patience = self._config.imports.gap_patience_seconds
        if self._age(delivery) >= patience:
            raise guard.gap_refusal(name, head, patience / _SECONDS_PER_HOUR)
        if delivery.state == "seen":
            with self._state.transaction():
                self._state.advance(delivery.name, "parked", self._now().isoformat(), f"waits for seq {head.seq + 1}")
            logs.warning("parked", file=name, flow=name.flow, seq=name.seq, missing=head.seq + 1, patience=patience)
        return False

    def _refuse(self, delivery: Delivery, case: _Case, reason: RefusedTransfer) -> None:
        name, digest, now = case.name, case.digest, self._now()
        ack = answers.acknowledgement(
            name, digest, 0, importer=self._config.importer, received_at=_stamp(now), reason=str(reason)
        )
        with self._state.transaction():
            if case.uses_up:
                self._state.set_head(name.flow, Head(name.seq, case.uses_up))
            self._state.advance(
                delivery.name, "refused", now.isoformat(), str(reason),
                outcome="refused", reason=str(reason), sha256=digest.sha256, size=digest.size, ack=ack,
            )  # fmt: skip
        logs.error("refused", file=name, flow=name.flow, seq=name.seq, reason=reason)

    def _age(self, delivery: Delivery) -> float:
        return (self._now() - dt.datetime.fromisoformat(delivery.first_seen_at)).total_seconds()


def _name_of(delivery: Delivery) -> FileName:
    name = FileName.parse(delivery.name)
    if name is None:
        raise RefusedTransfer("RS-262", "the state holds a name that is not on the allow-list", record=delivery.name)
    return name


def _stamp(now: dt.datetime) -> str:
    return now.isoformat(timespec="seconds")
