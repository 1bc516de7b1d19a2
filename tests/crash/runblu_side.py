"""What RunBlu does in a world: it sends events, live or as files, and takes what lies there for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.runblu.documents import Document
    from sandbox.runblu.server import Server
    from tests.crash.history import Row
    from tests.crash.world import World


def push(world: World, documents: Sequence[Row]) -> None:
    """Let RunBlu insert documents into the live inbox."""
    from sandbox.runblu import inbox

    if documents:
        inbox.push(world.dsn, world.company, map(_document, documents))


def upload(world: World, documents: Sequence[Row]) -> None:
    """Let RunBlu send documents as a file."""
    from sandbox.runblu.sealing import Outgoing
    from sandbox.runblu.server import upload as send

    if documents:
        outgoing = Outgoing(world.folder / "runblu" / "state", world.company, "PROD")
        outgoing.seal(map(_document, documents), datetime.now(UTC))
        send(_runblu(world), outgoing)


def take_files(world: World) -> None:
    """Let RunBlu take and acknowledge what lies there for it."""
    from sandbox.runblu.server import take

    take(_runblu(world), world.company, "PROD", world.folder / "runblu" / "out", datetime.now(UTC))


def _document(row: Row) -> Document:
    return {**row}


def _runblu(world: World) -> Server:
    from sandbox.runblu.server import Server

    place = world.server
    return Server(place.host, place.port, "runblu", place.key_file.with_name("runblu.key"), place.host_key)
