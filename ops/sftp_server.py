"""The SFTP server of the embedded run: loopback, login by key only, everybody shut into one root folder.

`python -m ops.sftp_server --root DIR --keys DIR [--port N] [--ready FILE]` serves until SIGTERM. The host key
is made once, so that clients can pin it; each partner has an account and a key pair of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh

from ops import processes
from ops.paths import PRIVATE_FILE, private_dir, write_private
from ops.processes import LOOPBACK
from sage_bridge.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Sequence

USERS = ("bridge", "sage", "runblu")
PORT_VARIABLE = "SAGE_BRIDGE_SFTP_PORT"


@dataclass(frozen=True, slots=True)
class Keys:
    """The key files of a server: `host_key` of its own, `<user>.key` and `<user>.key.pub` of each partner."""

    folder: Path

    @property
    def host_key_file(self) -> Path:
        """Give the server's private key."""
        return self.folder / "host_key"

    def key_file(self, user: str) -> Path:
        """Give the private key a partner logs in with."""
        return self.folder / f"{user}.key"

    @property
    def host_key(self) -> str:
        """Give the server's public key as clients pin it: `ssh-ed25519 AAAA...`."""
        return " ".join((self.folder / "host_key.pub").read_text(encoding="ascii").split()[:2])

    def make(self) -> None:
        """Make the keys that are missing; those there stay, since clients have pinned them."""
        private_dir(self.folder)
        for path in (self.host_key_file, *(self.key_file(user) for user in USERS)):
            if path.is_file():
                path.chmod(PRIVATE_FILE)
                continue
            key = asyncssh.generate_private_key("ssh-ed25519")
            # The public half first: a kill in between makes both anew.
            path.with_name(f"{path.name}.pub").write_bytes(key.export_public_key())
            write_private(path, key.export_private_key().decode("ascii"))

    def key_of(self, user: str) -> asyncssh.SSHKey | None:
        """Give the public key that lets `user` in; None for a name that is none of ours."""
        return asyncssh.read_public_key(f"{self.key_file(user)}.pub") if user in USERS else None


class _Login(asyncssh.SSHServer):
    """Lets a partner in with its own key and with nothing else."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - the answer is the same for everybody
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return False

    def kbdint_auth_supported(self) -> bool:
        return False

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        wanted = self._keys.key_of(username)
        return wanted is not None and key.public_data == wanted.public_data


class _Files(asyncssh.SFTPServer):
    """Plain files and folders only: no links, which could lead readers elsewhere."""

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:  # noqa: ARG002 - refused whatever they are
        raise asyncssh.SFTPPermissionDenied("links are not offered here")

    def link(self, oldpath: bytes, newpath: bytes) -> None:  # noqa: ARG002 - refused whatever they are
        raise asyncssh.SFTPPermissionDenied("links are not offered here")


async def listen(root: Path, keys: Keys, port: int, host: str = LOOPBACK) -> asyncssh.SSHAcceptor:
    """Serve `root` on `port` (0 = any free one) of `host`; makes missing keys and the folder.

    Raises:
        BadConfig: RS-171 the port is taken.
    """
    port = processes.require_port(port, "SFTP", PORT_VARIABLE)
    _make_folder(root)
    keys.make()
    return await asyncssh.listen(
        host,
        port,
        server_factory=lambda: _Login(keys),
        server_host_keys=[str(keys.host_key_file)],
        sftp_factory=lambda channel: _Files(channel, chroot=os.fsencode(root)),
        allow_scp=False,
        reuse_address=True,
        encoding=None,
    )


def _make_folder(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)


async def serve(root: Path, keys: Keys, port: int, ready: Path | None, host: str = LOOPBACK) -> None:
    """Serve until SIGTERM or SIGINT; writes the port into `ready` when it listens."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await listen(root, keys, port, host)
    if ready is not None:
        write_private(ready, str(server.get_port()))
    await stopped.wait()
    server.close()
    await server.wait_closed()


def start(root: Path, keys: Keys, port: int, *, log: Path, command: Sequence[str], ready: Path) -> processes.Process:
    """Start the server as a process and wait until it listens; its port stands in `ready`.

    Raises:
        Transient: RS-982 it ended or did not listen within 20 seconds.
    """
    ready.unlink(missing_ok=True)
    child = processes.start(
        [*command, "--root", str(root), "--keys", str(keys.folder), "--port", str(port), "--ready", str(ready)],
        log=log, environment=processes.python_environment(),
    )  # fmt: skip
    processes.wait_until(lambda: ready.is_file() or child.poll() is not None, seconds=20)
    if child.poll() is not None or not ready.is_file():
        raise Transient(
            "RS-982",
            "the SFTP server did not start",
            record=str(root),
            found=processes.last_line(log),
            do=f"read {log}, then start again",
        )
    return processes.Process.of(child.pid)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the server from the command line."""
    parser = argparse.ArgumentParser(prog="ops.sftp_server", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path("/srv/sftp"), help="folder that is served")
    parser.add_argument("--keys", type=Path, default=Path("/run/sftp-keys"), help="folder of host key and client keys")
    parser.add_argument("--host", default=LOOPBACK, help="address to listen on; inside a container 0.0.0.0")
    parser.add_argument("--port", type=int, default=0, help="port, 0 = any free one")
    parser.add_argument("--print-host-key", action="store_true", help="print the key that clients pin, and end")
    parser.add_argument("--ready", type=Path, help="file that gets the port once the server listens")
    chosen = parser.parse_args(arguments)
    os.umask(0o077)
    asyncssh.set_log_level("WARNING")
    if chosen.print_host_key:
        Keys(chosen.keys).make()
        print(Keys(chosen.keys).host_key)
        return 0
    asyncio.run(serve(chosen.root, Keys(chosen.keys), chosen.port, chosen.ready, chosen.host))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
