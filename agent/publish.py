"""Putting files on the server so that nobody reads half of one and nothing is overwritten.

Look first; upload under a `.part` name; read back and hash; look again; rename without overwriting;
the manifest last, by the same steps. Each step may be repeated after a crash: what is there already
and has the same hash is done, what is there with other content stops the lane.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING

from agent import logs
from sage_bridge.errors import LaneStopped, RefusedTransfer, Transient
from sage_bridge.transfers import Manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.transport import FileServer

ANSWER_FORMAT = 1
# Only bounds what a file of a stranger under our name may cost to read.
_READ_BACK_LIMIT = 4 * 1024 * 1024 * 1024
_PART = ".part."
_MANIFEST_LIMIT = 64 * 1024


class Publisher:
    """Writes files into folders that only this agent writes to."""

    def __init__(self, server: FileServer, at: Callable[[str], None]) -> None:
        """Use a file server; `at` is told each step's name right after it (crash tests hang on to it)."""
        self._server = server
        self._at = at
        self._left: dict[str, set[str]] = {}

    def put_file(self, local: Path, sha256: str, target: str) -> None:
        """Put a local file under its final name.

        Raises:
            LaneStopped: RS-561 another content has that name already.
            Transient: RS-960 the server is away; RS-963 the upload came out different.
        """
        self._put(target, sha256, lambda part: self._server.upload(local, part))

    def put_bytes(self, content: bytes, target: str) -> None:
        """Put a small file under its final name; errors as for `put_file`."""
        self._put(target, hashlib.sha256(content).hexdigest(), lambda part: self._server.write(part, content))

    def put_answer(self, content: bytes, rows: int, target: str) -> None:
        """Put an acknowledgement or a result with its small manifest beside it."""
        self.put_bytes(content, target)
        self._at("answer_written")
        self.put_bytes(answer_manifest(content, rows), f"{target}.ok")
        self._at("answer_ok_written")

    def is_there(self, target: str, sha256: str) -> bool:
        """Tell whether a name holds this content; raises LaneStopped RS-561 when it holds another."""
        entry = self._server.stat(target)
        if entry is None:
            return False
        try:
            found = self._server.digest(target, _READ_BACK_LIMIT).sha256 if entry.is_regular else "not a regular file"
        except FileNotFoundError:
            return False
        if found != sha256:
            raise _other_content(target, sha256, found)
        return True

    def has_manifest(self, target: str, sha256: str) -> bool:
        """Tell whether a manifest of this content is there; raises LaneStopped RS-561 when it speaks of another."""
        if self._server.stat(target) is None:
            return False
        try:
            found = Manifest.from_bytes(self._server.read(target, _MANIFEST_LIMIT), target).sha256
        except FileNotFoundError:
            return False
        except RefusedTransfer as unreadable:
            found = str(unreadable)
        if found != sha256:
            raise _other_content(target, sha256, found)
        return True

    def _put(self, target: str, sha256: str, send: Callable[[str], None]) -> None:
        if self.is_there(target, sha256):
            return
        self._sweep(target)
        part = f"{target}{_PART}{secrets.token_hex(4)}"
        self._left[target.rpartition("/")[0]].add(part)
        send(part)
        self._at("part_uploaded")
        found = self._server.digest(part, _READ_BACK_LIMIT)
        if found.sha256 != sha256:
            self._server.remove(part)
            raise Transient(
                "RS-963",
                "an upload came out different",
                record=part,
                expected=sha256,
                found=found.sha256,
                do="it is uploaded again",
            )
        try:
            self._server.rename(part, target)
        except FileExistsError:
            self._server.remove(part)
            self.is_there(target, sha256)
        self._left[target.rpartition("/")[0]].discard(part)
        self._at("renamed")

    def _sweep(self, target: str) -> None:
        """Remove what earlier uploads of the same name left behind; a folder is listed once, at its first upload."""
        folder = target.rpartition("/")[0]
        if folder not in self._left:
            names = (entry.name for entry in self._server.listing(folder))
            self._left[folder] = {f"{folder}/{name}" for name in names if _PART in name}
        for part in sorted(self._left[folder]):
            if part.startswith(f"{target}{_PART}"):
                self._server.remove(part)
                self._left[folder].discard(part)
                logs.warning("swept", file=part)


def _other_content(target: str, expected: str, found: str) -> LaneStopped:
    return LaneStopped(
        "RS-561",
        "the server holds another content under a name of ours",
        record=target,
        expected=expected,
        found=found,
        do="find out who wrote it (a second agent, a restored state folder?) and move it away, then start again",
    )


def answer_manifest(content: bytes, rows: int) -> bytes:
    """Give the `.ok` of an acknowledgement or result."""
    document = {
        "format": ANSWER_FORMAT,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "rows": rows,
    }
    return (json.dumps(document, sort_keys=True) + "\n").encode()
