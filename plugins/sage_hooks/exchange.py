"""Files over SFTP: a plain, synchronous face on asyncssh, which is 20x faster than paramiko where both are slow.

One connection is kept for as long as the `Exchange` lives; a broken one is made anew at the next call. Reads are
pipelined (16 of 256 KiB under way), so a transfer costs its bandwidth, not its round trips. The server is known by its
pinned host key only, while it is being changed also by the next one. Nothing here follows a link or replaces a file by
renaming over it.
"""

from __future__ import annotations

import asyncio
import logging
import stat as file_modes
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import asyncssh

from sage_bridge.errors import BadConfig, RefusedTransfer, Transient
from sage_hooks.exchange_keys import host_keys, private_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator, Iterator
    from concurrent.futures import Future
    from types import TracebackType
    from typing import Self

BLOCK = 256 * 1024
READS_UNDER_WAY = 16
SMALL_FILE = 64 * 1024 * 1024
SECONDS_PER_FILE = 3_600
_SECONDS_TO_CONNECT = 20
_SECONDS_PER_CALL = 120
# Measured 2x faster than asyncssh's first choice; the others stay on offer behind it.
_CIPHERS = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"

_T = TypeVar("_T")

logging.getLogger("asyncssh").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Entry:
    """A directory entry as it stands, links not followed; `mtime` in seconds since 1970 by the server's clock."""

    name: str
    size: int
    mtime: int
    is_regular: bool


class Exchange:
    """The exchange folders of the SFTP server; paths are relative to the login's root.

    Raises, from every method that talks to the server:
        Transient: RS-901 the server is away, slow or refuses for the moment.
        BadConfig: RS-121 the server shows another host key than the pinned one; RS-122 it refuses the login;
            RS-123 key file or host key cannot be read.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        key_file: str = "",
        host_key: str = "",
        *,
        private_key: str = "",
        next_host_key: str = "",
    ) -> None:
        """Remember where to connect; nothing is opened before the first call.

        Args:
            host: name or address of the server.
            port: TCP port.
            user: login name.
            key_file: path of the private key, unless `private_key` is given.
            host_key: the server's public key as in its `.pub` file (`ssh-ed25519 AAAA...`); mandatory.
            private_key: the private key itself (from a secrets backend).
            next_host_key: a second key that is accepted while the server's is being changed; '' = none.
        """
        self._host, self._port, self._user = host, port, user
        self._key_file, self._private_key = key_file, private_key
        self._host_key, self._next_host_key = host_key.strip(), next_host_key.strip()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._sftp: asyncssh.SFTPClient | None = None

    @classmethod
    def from_airflow(cls, conn_id: str = "sage_files") -> Exchange:
        """Take host, port, login and the extras of an Airflow connection.

        Extras: `key_file` or `private_key`, `host_key` and, while the server's key is being changed, `next_host_key`;
        `openpgp_flows` and `openpgp_folder` where files are sealed. RS-130: their keys cannot be used.
        """
        from airflow.sdk import BaseHook

        from sage_hooks.exchange_sealed import SealedExchange

        found = BaseHook.get_connection(conn_id)
        extra = found.extra_dejson
        flows = str(extra.get("openpgp_flows") or "").strip()
        opened = (SealedExchange if flows else cls)(
            found.host or "",
            int(found.port or asyncssh.DEFAULT_PORT),
            found.login or "",
            str(extra.get("key_file") or ""),
            str(extra.get("host_key") or ""),
            private_key=str(extra.get("private_key") or ""),
            next_host_key=str(extra.get("next_host_key") or ""),
        )
        if isinstance(opened, SealedExchange):
            opened.seal_by(flows, str(extra.get("openpgp_folder") or ""), f"connection {conn_id}")
        return opened

    def __enter__(self) -> Self:
        """Give itself; the connection opens at the first call."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close connection and worker thread; the next call opens them again."""
        if self._loop is None:
            return
        loop, self._loop = self._loop, None
        connection, self._connection, self._sftp = self._connection, None, None

        async def end() -> None:
            if connection is not None:
                connection.close()
                await connection.wait_closed()

        try:
            asyncio.run_coroutine_threadsafe(end(), loop).result(_SECONDS_TO_CONNECT)
        except (OSError, asyncssh.Error, TimeoutError):
            logging.getLogger(__name__).debug("the connection was gone before it was closed", exc_info=True)
        finally:
            loop.call_soon_threadsafe(loop.stop)

    def listing(self, folder: str) -> list[Entry]:
        """Give the entries of a folder by name, without `.` and `..`; [] where there is no such folder."""
        with self._errors(folder):
            try:
                found = self._wait(self._client().readdir(folder))
            except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
                return []
        entries = [_entry(str(name.filename), name.attrs) for name in found]
        return sorted((entry for entry in entries if entry.name not in {".", ".."}), key=lambda entry: entry.name)

    def stat(self, path: str) -> Entry | None:
        """Give what lies at `path` (a link itself, not its target); None when there is nothing."""
        with self._errors(path):
            try:
                return _entry(path.rsplit("/", 1)[-1], self._wait(self._client().lstat(path)))
            except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
                return None

    def read(self, path: str, limit: int = SMALL_FILE, seconds: float = SECONDS_PER_FILE) -> bytes:
        """Give a whole small file; refuses as `chunks` does."""
        return b"".join(self.chunks(path, limit, seconds))

    def chunks(self, path: str, limit: int, seconds: float = SECONDS_PER_FILE) -> Generator[bytes, None, None]:
        """Give a file piece by piece while the next reads are under way; at most 4 MiB are held.

        Args:
            path: the file.
            limit: bytes it may have at most.
            seconds: time it may take from the first piece asked for to the last.

        Raises:
            RefusedTransfer: RS-202 when more than `limit` bytes are announced, or come whatever was announced; RS-217
                when it takes longer.
        """
        until = time.monotonic() + seconds
        with self._errors(path):
            client = self._client()
            file = self._wait(client.open(path, "rb"))
            block = min(BLOCK, client.limits.max_read_len or BLOCK)
            under_way: deque[Future[bytes]] = deque()
            try:
                # Reads stop at the announced end; one more tells that nothing came behind it in the meantime.
                announced = self._wait(file.stat()).size or 0
                if announced > limit:
                    raise _too_large(path, limit)
                offsets = iter([*range(0, announced, block), announced])
                given = 0
                while True:
                    under_way += [
                        self._submit(file.read(block, at)) for at in islice(offsets, READS_UNDER_WAY - len(under_way))
                    ]
                    if not under_way:
                        return
                    chunk = self._within(under_way.popleft(), until, _too_slow(path, seconds, given, announced))
                    given += len(chunk)
                    if given > limit:
                        raise _too_large(path, limit)
                    if chunk:
                        yield chunk
            finally:
                for read in under_way:
                    read.cancel()
                with suppress(asyncssh.Error, OSError, TimeoutError):
                    self._wait(file.close())

    def _within(self, read: Future[bytes], until: float, late: RefusedTransfer) -> bytes:
        """Wait for a read until a time by the monotonic clock; raises `late` when it is over."""
        left = until - time.monotonic()
        try:
            return read.result(max(min(left, _SECONDS_PER_CALL), 0))
        except TimeoutError as error:
            if left > _SECONDS_PER_CALL:
                raise
            # What is under way would be waited for otherwise, and the file's end with it.
            self._drop()
            raise late from error

    def write(self, path: str, content: bytes) -> None:
        """Write a file, replacing one of that name; readers must be kept away by name until it is whole.

        Servers on a full disk may keep a part of a block and say nothing, so the size they show is compared.
        """

        async def put(client: asyncssh.SFTPClient) -> None:
            async with client.open(path, "wb") as file:
                await file.write(content)
                kept = (await file.stat()).size
            if kept is not None and kept != len(content):
                raise asyncssh.SFTPFailure(f"{kept} of {len(content)} bytes were kept: No space left on device?")

        with self._errors(path):
            self._wait(put(self._client()))

    def rename(self, old: str, new: str) -> None:
        """Rename by SSH_FXP_RENAME, which never overwrites; raises FileExistsError when `new` is there."""
        with self._errors(old):
            try:
                self._wait(self._client().rename(old, new))
            except asyncssh.SFTPFileAlreadyExists as error:
                raise FileExistsError(new) from error
            except asyncssh.SFTPFailure as error:
                # Version 3 of the protocol has no code of its own for this; servers say "failure".
                if self.stat(new) is not None:
                    raise FileExistsError(new) from error
                raise

    def remove(self, path: str) -> None:
        """Remove a file; no error when it is gone already."""
        with self._errors(path):
            try:
                self._wait(self._client().remove(path))
            except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
                return

    def make_folder(self, path: str) -> None:
        """Make a folder with its parents; no error when it is there already."""
        with self._errors(path):
            self._wait(self._client().makedirs(path, exist_ok=True))

    def _submit(self, work: Awaitable[_T]) -> Future[_T]:
        async def run() -> _T:
            return await work

        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=_serve, args=(self._loop,), name="sftp", daemon=True).start()
        return asyncio.run_coroutine_threadsafe(run(), self._loop)

    def _wait(self, work: Awaitable[_T]) -> _T:
        future = self._submit(work)
        try:
            return future.result(_SECONDS_PER_CALL)
        except TimeoutError:
            future.cancel()
            raise

    def _client(self) -> asyncssh.SFTPClient:
        if self._sftp is None:
            self._connection, self._sftp = self._wait(self._open())
        return self._sftp

    async def _open(self) -> tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient]:
        connection = await asyncssh.connect(
            self._host,
            self._port,
            username=self._user,
            client_keys=[private_key(self._key_file, self._private_key)],
            known_hosts=(host_keys(self._host_key, self._next_host_key), [], []),
            encryption_algs=_CIPHERS,
            agent_path=None,
            config=None,
            connect_timeout=_SECONDS_TO_CONNECT,
            keepalive_interval=15,
        )
        return connection, await connection.start_sftp_client(path_errors="surrogateescape")

    @contextmanager
    def _errors(self, path: str) -> Iterator[None]:
        """Turn what asyncssh raises into the bridge's own errors; a connection that failed is dropped."""
        where = f"{self._user}@{self._host}:{self._port} {path}"
        try:
            yield
        except asyncssh.HostKeyNotVerifiable as error:
            self._drop()
            raise BadConfig(
                "RS-121",
                "SFTP server shows another host key than the pinned one",
                record=where,
                expected=" or ".join(filter(None, (self._host_key, self._next_host_key))),
                do="find out whether the server was changed or somebody stands between; only then correct host_key",
            ) from error
        except asyncssh.PermissionDenied as error:
            self._drop()
            raise BadConfig(
                "RS-122",
                "SFTP server refuses the login",
                record=where,
                do="check user and key of the connection",
            ) from error
        except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection) as error:
            # Lost is what a call under way says; none is what the next call on the same client says.
            self._drop()
            raise _away(where, error) from error
        except asyncssh.SFTPError as error:
            raise _away(where, error) from error
        except FileExistsError:
            raise
        except (asyncssh.Error, OSError, TimeoutError) as error:
            self._drop()
            raise _away(where, error) from error

    def _drop(self) -> None:
        connection, self._connection, self._sftp = self._connection, None, None
        if connection is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(connection.abort)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


def _too_large(path: str, limit: int) -> RefusedTransfer:
    return RefusedTransfer(
        "RS-202",
        "file is larger than allowed",
        record=path,
        expected=f"at most {limit} bytes",
        do="ask the sender, or raise the limit of this feed",
    )


def _too_slow(path: str, seconds: float, given: int, announced: int) -> RefusedTransfer:
    return RefusedTransfer(
        "RS-217",
        "file arrives too slowly",
        record=path,
        expected=f"{announced} bytes within {seconds:g} seconds",
        found=f"{given} bytes",
        do="look at server and line; if so slow a line is right, raise limits.file_seconds of the profile",
    )


def _away(where: str, error: BaseException) -> Transient:
    return Transient(
        "RS-901",
        "SFTP server did not do what was asked",
        record=where,
        found=f"{type(error).__name__}: {error}".rstrip(": "),
        do="wait for the next try; if it lasts, check server and folder",
    )


def _entry(name: str, attributes: asyncssh.SFTPAttrs) -> Entry:
    if attributes.permissions is not None:
        is_regular = file_modes.S_ISREG(attributes.permissions)
    else:
        is_regular = attributes.type == asyncssh.FILEXFER_TYPE_REGULAR
    return Entry(name, attributes.size or 0, int(attributes.mtime or 0), is_regular)
