"""Files on the server: nothing is overwritten, nothing greater than allowed is read, a broken line heals."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import pytest

from agent.publish import Publisher
from agent.transport import Digest, Entry, FileServer
from sage_bridge.errors import BadConfig, LaneStopped, RefusedTransfer, Transient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.agent.exchange_place import Place


@pytest.fixture
def server(place: Place) -> Iterator[FileServer]:
    with FileServer(place.config().sftp) as server:
        yield server


def test_listing_and_stat_do_not_follow_links(server: FileServer, place: Place) -> None:
    place.folder("b").mkdir()
    place.folder("a").write_bytes(b"12345")
    place.folder("c").symlink_to("a")
    assert [(entry.name, entry.is_regular) for entry in server.listing("AW")] == [
        ("a", True),
        ("b", False),
        ("c", False),
    ]
    found = server.stat("AW/a")
    assert isinstance(found, Entry)
    assert found.size == 5
    assert server.stat("AW/x") is None
    assert server.listing("AW/x") == []


def test_reading_is_capped(server: FileServer, place: Place, tmp_path: Path) -> None:
    content = b"x" * 100_000
    place.folder("data").write_bytes(content)
    assert server.read("AW/data", len(content)) == content
    digest = Digest(hashlib.sha256(content).hexdigest(), len(content))
    assert server.digest("AW/data", len(content)) == digest
    assert server.download("AW/data", tmp_path / "copy", len(content)) == digest
    assert (tmp_path / "copy").read_bytes() == content
    for read in (server.read, server.digest):
        with pytest.raises(RefusedTransfer, match="RS-261 the file is greater than allowed"):
            read("AW/data", len(content) - 1)
    with pytest.raises(FileNotFoundError):
        server.read("AW/none", 10)


def test_renaming_never_overwrites(server: FileServer, place: Place) -> None:
    place.folder("new").write_bytes(b"new")
    place.folder("old").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        server.rename("AW/new", "AW/old")
    with pytest.raises(FileNotFoundError):
        server.rename("AW/none", "AW/other")
    assert place.folder("old").read_bytes() == b"old"
    server.rename("AW/new", "AW/fresh")
    assert place.folder("fresh").read_bytes() == b"new"


def test_a_broken_line_heals(server: FileServer, place: Place) -> None:
    place.folder("data").write_bytes(b"x")
    assert server.read("AW/data", 1) == b"x"
    place.folder("data").write_bytes(b"y")
    connection = server._connection
    assert connection is not None

    async def cut() -> None:
        connection.abort()

    asyncio.run_coroutine_threadsafe(cut(), server._loop).result(timeout=5)
    with pytest.raises(Transient, match="RS-960 the file server does not answer"):
        server.read("AW/data", 1)
    assert server.read("AW/data", 1) == b"y"


def test_a_server_that_is_away(place: Place) -> None:
    with (
        FileServer(place.config(sftp__port=1).sftp) as server,
        pytest.raises(Transient, match="RS-960 the file server does not answer; record: AW; found: ConnectionRefused"),
    ):
        server.listing("AW")


def test_an_account_that_is_not_let_in(place: Place) -> None:
    with (
        FileServer(place.config(sftp__user="nobody").sftp) as server,
        pytest.raises(BadConfig, match="RS-165"),
    ):
        server.listing("AW")


def test_a_private_key_that_is_not_there(place: Place) -> None:
    with (
        FileServer(place.config(sftp__key_file="no.key").sftp) as server,
        pytest.raises(BadConfig, match="RS-169 the private key is not there"),
    ):
        server.listing("AW")


def test_publishing_again_changes_nothing_and_never_overwrites(server: FileServer, place: Place) -> None:
    steps: list[str] = []
    publisher = Publisher(server, steps.append)
    publisher.put_bytes(b"one", "AW/answer")
    assert steps == ["part_uploaded", "renamed"]
    publisher.put_bytes(b"one", "AW/answer")
    assert steps == ["part_uploaded", "renamed"]
    with pytest.raises(
        LaneStopped, match="RS-561 the server holds another content under a name of ours; record: AW/answer"
    ):
        publisher.put_bytes(b"two", "AW/answer")
    assert place.folder("answer").read_bytes() == b"one"
    assert place.names("") == ["answer"]


def test_a_file_that_appears_meanwhile_is_compared(server: FileServer, place: Place) -> None:
    def appear(step: str) -> None:
        if step == "part_uploaded":
            place.folder("answer").write_bytes(b"one")

    publisher = Publisher(server, appear)
    publisher.put_bytes(b"one", "AW/answer")
    place.folder("answer").unlink()
    with pytest.raises(LaneStopped, match="RS-561"):
        publisher.put_bytes(b"two", "AW/answer")
    assert place.folder("answer").read_bytes() == b"one"
    assert place.names("") == ["answer"]


def test_an_upload_that_comes_out_different_is_taken_back(server: FileServer, place: Place) -> None:
    def damage(step: str) -> None:
        if step == "part_uploaded":
            [part] = place.folder("").glob("answer.part.*")
            part.write_bytes(b"0ne")

    with pytest.raises(Transient, match="RS-963 an upload came out different"):
        Publisher(server, damage).put_bytes(b"one", "AW/answer")
    assert place.names("") == []
