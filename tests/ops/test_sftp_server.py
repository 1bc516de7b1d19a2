"""The SFTP server as a process: own key, login by key only, nobody leaves the root."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from typing import TYPE_CHECKING, Any

import asyncssh
import psutil
import pytest

from ops import processes, sftp_server
from ops.processes import LOOPBACK
from ops.sftp_server import Keys
from sage_bridge.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

COMMAND = (sys.executable, "-m", "ops.sftp_server")


class Running:
    def __init__(self, folder: Path, port: int = 0) -> None:
        self.root = folder / "root"
        self.keys = Keys(folder / "keys")
        ready = folder / "port"
        self.process = sftp_server.start(
            self.root, self.keys, port, log=folder / "sftp.log", command=COMMAND, ready=ready
        )
        self.port = int(ready.read_text(encoding="ascii"))

    def do(self, work: Callable[[asyncssh.SFTPClient], Awaitable[Any]], user: str = "bridge", **options: Any) -> Any:
        async def inside() -> Any:
            pinned = asyncssh.import_known_hosts(f"[{LOOPBACK}]:{self.port} {self.keys.host_key}\n")
            chosen = {"client_keys": [str(self.keys.key_file(user))], "known_hosts": pinned, **options}
            async with (
                asyncssh.connect(LOOPBACK, self.port, username=user, **chosen) as connection,
                connection.start_sftp_client() as client,
            ):
                return await work(client)

        return asyncio.run(inside())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    processes.stop([running.process], patience=5)


@pytest.mark.parametrize("user", sftp_server.USERS)
def test_every_partner_enters_with_its_own_key(server: Running, user: str) -> None:
    assert server.do(lambda client: client.listdir("/"), user) == [".", ".."]


def test_nobody_enters_with_another_ones_key_or_a_password(server: Running) -> None:
    with pytest.raises(asyncssh.PermissionDenied):
        server.do(lambda client: client.listdir("/"), "bridge", client_keys=[str(server.keys.key_file("sage"))])
    with pytest.raises(asyncssh.PermissionDenied):
        server.do(lambda client: client.listdir("/"), "bridge", client_keys=[], password="bridge")
    with pytest.raises(asyncssh.PermissionDenied):
        server.do(lambda client: client.listdir("/"), "root", client_keys=[str(server.keys.key_file("bridge"))])


def test_another_host_key_is_noticed(server: Running) -> None:
    other = Keys(server.keys.folder.parent / "other")
    other.make()
    pinned = asyncssh.import_known_hosts(f"[{LOOPBACK}]:{server.port} {other.host_key}\n")
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        server.do(lambda client: client.listdir("/"), known_hosts=pinned)


def test_nobody_leaves_the_root(server: Running) -> None:
    (server.root.parent / "secret").write_text("out of reach", encoding="utf-8")

    async def read(client: asyncssh.SFTPClient) -> object:
        async with client.open("/../secret", "rb") as file:
            return await file.read()

    with pytest.raises(asyncssh.SFTPNoSuchFile):
        server.do(read)
    with pytest.raises(asyncssh.SFTPPermissionDenied):
        server.do(lambda client: client.symlink("/etc", "link"))


def test_a_rename_does_not_overwrite(server: Running) -> None:
    for name in ("a", "b"):
        (server.root / name).write_text(name, encoding="utf-8")
    with pytest.raises(asyncssh.SFTPError):
        server.do(lambda client: client.rename("a", "b", flags=0))
    assert (server.root / "b").read_text(encoding="utf-8") == "b"


def test_keys_are_private_and_stay_the_same(server: Running) -> None:
    before = server.keys.host_key
    server.keys.make()
    assert server.keys.host_key == before
    for file in (server.keys.host_key_file, server.keys.key_file("sage")):
        assert file.stat().st_mode & 0o077 == 0


def test_it_listens_on_loopback_only(server: Running) -> None:
    found = psutil.Process(server.process.pid).net_connections()
    assert [(one.laddr.ip, one.laddr.port) for one in found if one.status == psutil.CONN_LISTEN] == [
        (LOOPBACK, server.port)
    ]


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        holder.listen()
        with pytest.raises(Transient, match=r"RS-982 .*RS-171 .*SAGE_BRIDGE_SFTP_PORT") as refused:
            Running(tmp_path, holder.getsockname()[1])
    assert f"pid {os.getpid()}" in str(refused.value)
