"""What a new installation is asked first: does everything answer that the agent will need?

The answers can be left on the server, in `health/` of the company, where go-live validation reads them.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent import __version__
from agent.loop import FOLDERS, no_step, utc_now
from agent.publish import Publisher
from agent.sealed import Keyring, open_server
from agent.source import bits, find_driver, open_source
from agent.transport import FileServer
from sage_bridge.errors import BadConfig, BridgeError
from sage_bridge.self_test import FOLDER, file_name, write_self_test

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from agent.config import Config


# Beyond this a time in an answer or a log no longer says what came first.
_CLOCK_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; an empty trouble means that all is well."""

    subject: str
    trouble: str

    def __str__(self) -> str:
        """Give the line as it is printed."""
        return f"FAIL {self.subject}: {self.trouble}" if self.trouble else f"ok   {self.subject}"


def findings(config: Config) -> Iterator[Finding]:
    """Try folders, Sage's tables by name and the file server, one after the other; nothing of it lasts."""
    for folder in (config.state_dir, config.receipts_dir, config.imports.inbox_dir):
        yield _tried(f"local folder {folder} can be written", lambda folder=folder: _write_locally(folder))  # type: ignore[misc]
    yield from _sage(config)
    yield from _server(config)
    for flow in config.imports.flows:
        if flow != "RCV":
            how = " ".join(config.imports.macro_of(flow)) or "by hand"
            yield Finding(f"import of {flow}: {how}", "")


def publish(config: Config, found: Iterable[Finding]) -> str:
    """Leave a report of findings in `health/` on the server, with its `.ok`; gives its path. Older ones are removed.

    Raises:
        Transient: the server is away.
    """
    at = utc_now().replace(microsecond=0)
    lines = [(one.subject, one.trouble) for one in found]
    content = write_self_test(config.company, config.environment, __version__, at, lines)
    name = file_name(config.company, config.environment, at)
    folder = f"{config.company}/{FOLDER}"
    # No file of a flow, so never sealed: it can be left whatever is wrong with the keys.
    with FileServer(config.sftp) as server:
        server.make_folder(folder)
        Publisher(server, no_step).put_answer(content, len(lines), f"{folder}/{name}")
        start = name.rpartition("_")[0]
        for entry in server.listing(folder):
            if entry.name.startswith(f"{start}_") and entry.name < name:
                server.remove(f"{folder}/{entry.name}")
    return f"{folder}/{name}"


def _sage(config: Config) -> Iterator[Finding]:
    if config.source.kind == "odbc":
        yield _tried(f"Sage's driver is there for this {bits()}-bit Python", lambda: find_driver(config.source))
    source = open_source(config.source)
    try:
        for flow in config.flows:
            yield _tried(f"Sage table of flow {flow} can be read", lambda flow=flow: source.probe(flow))  # type: ignore[misc]
    finally:
        source.close()


def _server(config: Config) -> Iterator[Finding]:
    if config.openpgp is not None:
        seals = config.openpgp
        read = _tried(f"OpenPGP keys in {seals.folder} can be used", lambda: Keyring(seals.folder))
        yield read
        if read.trouble:
            return
    with open_server(config) as server:
        where = f"{config.sftp.user}@{config.sftp.host}:{config.sftp.port}"
        reached = _tried(f"file server {where} lets us in", lambda: server.listing(config.company))
        yield reached
        if reached.trouble:
            return
        for folder in FOLDERS:
            path = f"{config.company}/{folder}"
            yield _tried(
                f"server folder {path} can be written, read and cleared",
                lambda path=path: _write_remotely(server, path),  # type: ignore[misc]
            )
        yield _tried(
            "clock of this host agrees with the file server's",
            lambda: _compare_clocks(server, f"{config.company}/{FOLDERS[0]}"),
        )


def _tried(subject: str, attempt: Callable[[], object]) -> Finding:
    try:
        attempt()
    except (BridgeError, OSError) as trouble:
        return Finding(subject, str(trouble))
    return Finding(subject, "")


def _compare_clocks(server: FileServer, folder: str) -> None:
    """Let the server stamp a file and compare."""
    probe = f"{folder}/clock.part.{secrets.token_hex(4)}"
    server.write(probe, b"")
    now = time.time()
    try:
        entry = server.stat(probe)
    finally:
        server.remove(probe)
    apart = round(now - entry.mtime) if entry else 0
    if abs(apart) > _CLOCK_SECONDS:
        raise BadConfig(
            "RS-190",
            "the clocks of this host and of the file server differ",
            expected=f"at most {_CLOCK_SECONDS} s",
            found=f"this host is {abs(apart)} s {'ahead' if apart > 0 else 'behind'}",
            do="let both follow a time server (w32tm /resync); Sage's own stamps are taken from this host's clock",
        )


def _write_locally(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".probe.part.{secrets.token_hex(4)}"
    probe.write_bytes(b"probe")
    probe.unlink()


def _write_remotely(server: FileServer, folder: str) -> None:
    server.make_folder(folder)
    probe, content = f"{folder}/probe.part.{secrets.token_hex(4)}", secrets.token_bytes(16)
    server.write(probe, content)
    try:
        if server.read(probe, len(content)) != content:
            raise OSError("what was written came back different")
    finally:
        server.remove(probe)
