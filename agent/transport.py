"""The file server as the agent sees it: the only module that knows asyncssh.

One connection is kept and served by a thread of its own, so that callers stay plain and keepalives
are answered while an extract is written. Every failure of the line becomes `Transient`, after which
the connection is made anew; the caller looks again at what is there before it repeats anything.
"""

from __future__ import annotations

import asyncio
import hashlib
import stat as modes
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar, cast

import asyncssh

from agent.files import sync
from sage_bridge.errors import BadConfig, RefusedTransfer, Transient

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path
    from types import TracebackType

    from agent.config import SftpConfig

T = TypeVar("T")
# asyncssh splits a read of this size into pipelined requests; memory stays at a few of them.
BLOCK = 4 * 1024 * 1024
_KEEPALIVE_SECONDS = 15
# The slowest server is given time for its bytes: seconds granted per block beyond the plain timeout.
_SECONDS_PER_BLOCK = 10.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a folder of the server; `is_regular` is judged without following links."""

    name: str
    size: int
    mtime: int
    is_regular: bool


@dataclass(frozen=True, slots=True)
class Digest:
    """What a file on the server holds."""

    sha256: str
    size: int


class FileServer:
    """Files on the server, by paths relative to its root; safe to use from one thread at a time."""

    def __init__(self, config: SftpConfig) -> None:
        """Remember the configuration; the connection is made when first needed."""
        self._config = config
        self._connection: asyncssh.SSHClientConnection | None = None
        self._sftp: asyncssh.SFTPClient | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sftp", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection and its thread."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(timeout=self._config.timeout_seconds)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=self._config.timeout_seconds)
        self._loop.close()

    def listing(self, folder: str) -> list[Entry]:
        """Give the names in a folder, sorted; a missing folder is empty."""
        return self._do(self._listing(folder), folder)

    def stat(self, path: str) -> Entry | None:
        """Give one name without following links; None when it is not there."""
        return self._do(self._stat(path), path)

    def read(self, path: str, limit: int) -> bytes:
        """Give a small file whole; raises RefusedTransfer RS-261 when it is greater than `limit` bytes."""
        parts: list[bytes] = []
        self._do(self._receive(path, limit, parts.append), path, None)
        return b"".join(parts)

    def digest(self, path: str, limit: int) -> Digest:
        """Read a file through and give size and hash."""
        return self._do(self._receive(path, limit, lambda _: None), path, None)

    def download(self, path: str, target: Path, limit: int) -> Digest:
        """Copy a file into a private local one, hashing on the way; its size is capped while it is read."""
        with target.open("wb") as file:
            digest = self._do(self._receive(path, limit, file.write), path, None)
            sync(file)
        return digest

    def upload(self, source: Path, path: str) -> None:
        """Copy a local file to a path that is overwritten; only used for `.part` names."""
        self._do(self._put(source, path), path, source.stat().st_size)

    def write(self, path: str, content: bytes) -> None:
        """Write a small file; only used for `.part` names."""
        self._do(self._write(path, content), path)

    def rename(self, old: str, new: str) -> None:
        """Rename without overwriting; raises FileExistsError, or FileNotFoundError when `old` is gone."""
        self._do(self._rename(old, new), f"{old} to {new}")

    def remove(self, path: str) -> None:
        """Remove a file; one that is gone already is no error."""
        self._do(self._remove(path), path)

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it."""
        self._do(self._make_folder(path), path)

    def _do(self, work: Coroutine[object, object, T], what: str, size: int | None = 0) -> T:
        """Wait for work on the other thread; `size` bytes lengthen its time, None = it watches its time itself."""
        timeout = None if size is None else self._config.timeout_seconds + _SECONDS_PER_BLOCK * (size // BLOCK)
        future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, timeout), self._loop)
        try:
            return future.result()
        except (asyncssh.HostKeyNotVerifiable, asyncssh.PermissionDenied, asyncssh.KeyImportError) as refused:
            self._drop()
            raise BadConfig(
                "RS-165",
                "the file server or its key is not the one agreed",
                record=f"{self._config.user}@{self._config.host}:{self._config.port}",
                found=str(refused),
                do="compare sftp.host_key and sftp.key_file with the server's; never take over a new host key unasked",
            ) from refused
        except asyncssh.SFTPPermissionDenied as denied:
            raise BadConfig(
                "RS-166",
                "the file server refuses access",
                record=what,
                found=str(denied),
                do="grant the agent's account this folder",
            ) from denied
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath) as gone:
            raise FileNotFoundError(what) from gone
        except (FileExistsError, FileNotFoundError):
            raise
        except (asyncssh.Error, OSError, TimeoutError) as away:
            self._drop()
            raise Transient(
                "RS-960",
                "the file server does not answer",
                record=what,
                found=f"{type(away).__name__} {away}".strip(),
                do="it is tried again; if it stays away, check network and server",
            ) from away

    def _drop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(timeout=self._config.timeout_seconds)

    async def _hang_up(self) -> None:
        connection, self._connection, self._sftp = self._connection, None, None
        if connection is not None:
            connection.abort()
            await connection.wait_closed()

    async def _open(self) -> asyncssh.SFTPClient:
        if self._sftp is None:
            config = self._config
            if not config.key_file.is_file():
                raise BadConfig(
                    "RS-169", "the private key is not there", record=str(config.key_file), do="correct sftp.key_file"
                )
            accepted = (config.host_key, config.next_host_key)
            self._connection = await asyncssh.connect(
                config.host,
                config.port,
                username=config.user,
                client_keys=[str(config.key_file)],
                known_hosts=([asyncssh.import_public_key(key) for key in accepted if key], [], []),
                agent_path=None,
                config=None,
                preferred_auth="publickey",
                # Twice the speed of the default cipher where the processor has AES (measured).
                encryption_algs="^aes128-gcm@openssh.com",
                keepalive_interval=_KEEPALIVE_SECONDS,
                connect_timeout=config.timeout_seconds,
            )
            self._sftp = await self._connection.start_sftp_client()
        return self._sftp

    def _path(self, path: str) -> str:
        return path if self._config.root == "." else f"{self._config.root.rstrip('/')}/{path}"

    async def _listing(self, folder: str) -> list[Entry]:
        sftp = await self._open()
        try:
            found = [_entry(str(name.filename), name.attrs) for name in await sftp.readdir(self._path(folder))]
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            return []
        return sorted((entry for entry in found if entry.name not in {".", ".."}), key=lambda entry: entry.name)

    async def _stat(self, path: str) -> Entry | None:
        sftp = await self._open()
        try:
            return _entry(path.rpartition("/")[2], await sftp.lstat(self._path(path)))
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            return None

    async def _receive(self, path: str, limit: int, take: Callable[[bytes], object]) -> Digest:
        sftp = await self._open()
        hasher, size = hashlib.sha256(), 0
        async with sftp.open(self._path(path), "rb") as file:
            while data := await self._block(file, min(BLOCK, limit - size + 1)):
                size += len(data)
                if size > limit:
                    raise RefusedTransfer(
                        "RS-261",
                        "the file is greater than allowed",
                        record=path,
                        expected=f"at most {limit} bytes",
                        do="send smaller files, or raise import.max_bytes",
                    )
                hasher.update(data)
                take(data)
        return Digest(hasher.hexdigest(), size)

    async def _block(self, file: asyncssh.SFTPClientFile, size: int) -> bytes:
        return cast("bytes", await asyncio.wait_for(file.read(size), self._config.timeout_seconds))

    async def _put(self, source: Path, path: str) -> None:
        sftp = await self._open()
        await sftp.put(str(source), self._path(path))

    async def _write(self, path: str, content: bytes) -> None:
        sftp = await self._open()
        async with sftp.open(self._path(path), "wb") as file:
            await file.write(content)

    async def _rename(self, old: str, new: str) -> None:
        sftp = await self._open()
        try:
            await sftp.rename(self._path(old), self._path(new))
        except asyncssh.SFTPError:
            # Servers name the reason differently, so the folder is asked.
            if await self._stat(new) is not None:
                raise FileExistsError(new) from None
            if await self._stat(old) is None:
                raise FileNotFoundError(old) from None
            raise

    async def _remove(self, path: str) -> None:
        sftp = await self._open()
        try:
            await sftp.remove(self._path(path))
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            return

    async def _make_folder(self, path: str) -> None:
        sftp = await self._open()
        await sftp.makedirs(self._path(path), exist_ok=True)


def _entry(name: str, attrs: asyncssh.SFTPAttrs) -> Entry:
    return Entry(name, attrs.size or 0, attrs.mtime or 0, modes.S_ISREG(attrs.permissions or 0))
