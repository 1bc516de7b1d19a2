"""The file server's face: real SFTP over loopback, no link followed, nothing overwritten, failures in our words."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING

import asyncssh
import pytest

from sage_bridge.errors import BadConfig, RefusedTransfer, Transient
from sage_hooks.exchange import BLOCK, READS_UNDER_WAY, Entry, Exchange
from tests.openpgp import both

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import SftpPlace


@pytest.fixture
def exchange(sftp_server: SftpPlace) -> Iterator[Exchange]:
    server = sftp_server
    with Exchange(server.host, server.port, server.user, str(server.key_file), server.host_key) as opened:
        yield opened


def test_a_missing_folder_is_empty(exchange: Exchange) -> None:
    assert exchange.listing("nowhere") == []
    assert exchange.stat("nowhere/file") is None


def test_what_is_written_is_read_back(exchange: Exchange) -> None:
    exchange.make_folder("AW/ack")
    exchange.make_folder("AW/ack")
    exchange.write("AW/ack/a.json", b"{}")

    assert exchange.read("AW/ack/a.json") == b"{}"
    entry = exchange.stat("AW/ack/a.json")
    assert entry is not None
    assert (entry.name, entry.size, entry.is_regular) == ("a.json", 2, True)
    assert exchange.listing("AW/ack") == [entry]


def test_an_empty_file_is_read(exchange: Exchange) -> None:
    exchange.write("empty", b"")
    assert exchange.read("empty") == b""


@pytest.mark.parametrize("size", [BLOCK - 1, BLOCK, BLOCK + 1, BLOCK * READS_UNDER_WAY + 7])
def test_any_size_streams_whole(exchange: Exchange, size: int) -> None:
    content = os.urandom(size)
    exchange.write("big", content)

    digest = hashlib.sha256()
    for chunk in exchange.chunks("big", size):
        digest.update(chunk)

    assert digest.digest() == hashlib.sha256(content).digest()


@pytest.mark.parametrize("limit", [0, 1, BLOCK, BLOCK + 1])
def test_more_than_the_limit_is_refused_however_it_is_announced(exchange: Exchange, limit: int) -> None:
    exchange.write("big", b"x" * (limit + 1))

    with pytest.raises(RefusedTransfer, match="RS-202"):
        exchange.read("big", limit)
    assert exchange.read("big", limit + 1) == b"x" * (limit + 1)


def test_a_rename_never_overwrites(exchange: Exchange) -> None:
    exchange.write("one", b"1")
    exchange.write("two", b"2")

    with pytest.raises(FileExistsError):
        exchange.rename("one", "two")

    assert exchange.read("two") == b"2"
    exchange.rename("one", "three")
    assert [entry.name for entry in exchange.listing(".")] == ["three", "two"]


def test_removing_twice_is_no_error(exchange: Exchange) -> None:
    exchange.write("one", b"1")
    exchange.remove("one")
    exchange.remove("one")
    assert exchange.stat("one") is None


def test_a_link_shows_as_a_link(exchange: Exchange, sftp_server: SftpPlace) -> None:
    exchange.write("target", b"secret")
    (sftp_server.root / "link").symlink_to("target")
    (sftp_server.root / "folder").mkdir()

    shown = {entry.name: entry.is_regular for entry in exchange.listing(".")}

    assert shown == {"target": True, "link": False, "folder": False}
    entry = exchange.stat("link")
    assert isinstance(entry, Entry)
    assert not entry.is_regular


def test_a_missing_file_can_be_tried_again(exchange: Exchange) -> None:
    with pytest.raises(Transient, match=r"RS-901 .*nowhere"):
        exchange.read("nowhere")
    exchange.write("one", b"1")
    assert exchange.read("one") == b"1"


def test_another_host_key_stops_hard(sftp_server: SftpPlace) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with (
        Exchange(sftp_server.host, sftp_server.port, "bridge", str(sftp_server.key_file), other) as exchange,
        pytest.raises(BadConfig, match="RS-121"),
    ):
        exchange.listing(".")


def another_key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()


def test_while_the_host_key_is_changed_two_are_accepted_and_no_third(sftp_server: SftpPlace) -> None:
    server = sftp_server
    old, new, third = another_key(), server.host_key, another_key()
    words = (server.host, server.port, "bridge", str(server.key_file))
    with Exchange(*words, new, next_host_key=third) as before, Exchange(*words, old, next_host_key=new) as after:
        # The server still has the first of the two, and then has the second: no file stays behind either way.
        before.write("sealed", b"1")
        assert after.read("sealed") == b"1"
    with (
        Exchange(*words, old, next_host_key=third) as exchange,
        pytest.raises(BadConfig, match=f"RS-121 .*expected: {re.escape(old.strip())} or {re.escape(third.strip())}"),
    ):
        exchange.listing(".")


def test_a_next_host_key_that_is_none_opens_nothing(sftp_server: SftpPlace) -> None:
    server = sftp_server
    words = (server.host, server.port, "bridge", str(server.key_file), server.host_key)
    with Exchange(*words, next_host_key="no key") as exchange, pytest.raises(BadConfig, match="RS-123 next_host_key"):
        exchange.listing(".")


@pytest.mark.parametrize("host_key", ["", "no key at all"])
def test_without_a_host_key_nothing_is_opened(sftp_server: SftpPlace, host_key: str) -> None:
    with (
        Exchange(sftp_server.host, sftp_server.port, "bridge", str(sftp_server.key_file), host_key) as exchange,
        pytest.raises(BadConfig, match="RS-123"),
    ):
        exchange.listing(".")


def test_an_unknown_user_is_named(sftp_server: SftpPlace) -> None:
    server = sftp_server
    with (
        Exchange(server.host, server.port, "stranger", str(server.key_file), server.host_key) as exchange,
        pytest.raises(BadConfig, match=r"RS-122 .*stranger"),
    ):
        exchange.listing(".")


def test_a_server_that_is_away_can_be_tried_again(sftp_server: SftpPlace) -> None:
    server = sftp_server
    with (
        Exchange(server.host, 1, server.user, str(server.key_file), server.host_key) as exchange,
        pytest.raises(Transient, match="RS-901"),
    ):
        exchange.listing(".")


def test_a_cut_connection_is_made_anew(exchange: Exchange) -> None:
    exchange.write("one", b"1")
    assert exchange._connection is not None
    assert exchange._loop is not None
    exchange._loop.call_soon_threadsafe(exchange._connection.abort)

    def read_until_cut() -> None:
        for _ in range(50):
            exchange.read("one")

    with pytest.raises(Transient, match="RS-901"):
        read_until_cut()

    assert exchange.read("one") == b"1"


def test_a_client_without_connection_is_made_anew(exchange: Exchange) -> None:
    exchange.write("one", b"1")
    assert exchange._sftp is not None
    exchange._wait(_closed(exchange._sftp))

    with pytest.raises(Transient, match="RS-901"):
        exchange.read("one")

    assert exchange.read("one") == b"1"


async def _closed(client: asyncssh.SFTPClient) -> None:
    client.exit()
    await client.wait_closed()


@pytest.mark.airflow
def test_the_airflow_connection_says_it_all(
    sftp_server: SftpPlace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import json

    keys = {"host_key": another_key(), "next_host_key": sftp_server.host_key}
    extra = {"key_file": str(sftp_server.key_file), **keys}
    connection = {
        "conn_type": "sftp",
        "host": sftp_server.host,
        "port": sftp_server.port,
        "login": sftp_server.user,
        "extra": extra,
    }
    monkeypatch.setenv("AIRFLOW_CONN_SAGE_FILES", json.dumps(connection))

    with Exchange.from_airflow() as exchange:
        assert exchange.listing(".") == []

    bridge, _agent = both(tmp_path / "keys")
    extra |= {"openpgp_flows": "AW/sage", "openpgp_folder": str(bridge)}
    monkeypatch.setenv("AIRFLOW_CONN_SAGE_FILES", json.dumps(connection))
    with Exchange.from_airflow() as exchange:
        exchange.make_folder("AW/to_sage")
        exchange.write("AW/to_sage/DC_AW_PROD_00000001_v1.txt", b"costs")
        exchange.write("AW/to_sage/probe", b"probe")
    written = [(sftp_server.root / "AW" / "to_sage" / n).read_bytes() for n in ("DC_AW_PROD_00000001_v1.txt", "probe")]
    assert (written[0][:1], written[1]) == (b"\xc1", b"probe")
    (bridge / "sage.pub").unlink()
    with pytest.raises(BadConfig, match=r"RS-130 .*sage.pub"):
        Exchange.from_airflow()
    # Agreed for a partner whose key was never given: nothing goes out in the clear instead.
    extra["openpgp_flows"] = "AW/EVENT"
    monkeypatch.setenv("AIRFLOW_CONN_SAGE_FILES", json.dumps(connection))
    with pytest.raises(BadConfig, match=r"RS-130 .*runblu.pub"):
        Exchange.from_airflow()
