"""What a new installation is asked first: does everything answer that the agent will need?"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.loop import FOLDERS
from agent.source import open_source
from agent.transport import FileServer
from sage_bridge.errors import BridgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent.config import Config


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


def _sage(config: Config) -> Iterator[Finding]:
    source = open_source(config.source)
    try:
        for flow in config.flows:
            yield _tried(f"Sage table of flow {flow} can be read", lambda flow=flow: source.probe(flow))  # type: ignore[misc]
    finally:
        source.close()


def _server(config: Config) -> Iterator[Finding]:
    with FileServer(config.sftp) as server:
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


def _tried(subject: str, attempt: Callable[[], object]) -> Finding:
    try:
        attempt()
    except (BridgeError, OSError) as trouble:
        return Finding(subject, str(trouble))
    return Finding(subject, "")


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
