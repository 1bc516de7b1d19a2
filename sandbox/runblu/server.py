"""The SFTP side: sealed event files up, what the integration has for RunBlu down, acknowledged."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.errors import SandboxError
from sandbox.runblu import files

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    import asyncssh

    from sandbox.runblu.sealing import Outgoing

DATA_LIMIT = 512 * 1024 * 1024
SECONDS_TO_CONNECT = 20
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Server:
    """Where the exchange server is; `host_key` is its public key or a file of it, `root` the exchange's folder."""

    host: str
    port: int
    user: str
    key_file: Path
    host_key: str
    root: str = ""

    def public_key(self) -> str:
        """Give the server's public key as text."""
        file = Path(self.host_key)
        return file.read_text(encoding="utf-8") if file.is_file() else self.host_key

    def path(self, *parts: str) -> str:
        """Give a path on the server."""
        return "/".join((self.root.rstrip("/"), *parts) if self.root else parts)


def upload(server: Server, outgoing: Outgoing) -> list[str]:
    """Send what is sealed and waiting, in order; gives the names now on the server. Sent twice is sent once."""
    return asyncio.run(_upload(server, outgoing))


def take(server: Server, company: str, environment: str, out: Path, now: datetime) -> list[tuple[str, str]]:
    """Take the files the integration has put into to_runblu/, check each, acknowledge it.

    Gives name and outcome: `received`, `refused: why`, or `parked: why` for a file whose predecessor is
    missing (not acknowledged, looked at again next time). What was acknowledged before is left alone.
    """
    out.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_take(server, company, environment, out, now))


@asynccontextmanager
async def _client(server: Server) -> AsyncIterator[asyncssh.SFTPClient]:
    # Imported where it is used: Sage's side of the sandbox needs the standard library only.
    import asyncssh  # noqa: PLC0415

    try:
        key = asyncssh.import_public_key(server.public_key())
        async with (
            asyncssh.connect(
                server.host, server.port, username=server.user, client_keys=[str(server.key_file)],
                known_hosts=([key], [], []), config=None, agent_path=None, connect_timeout=SECONDS_TO_CONNECT,
            ) as connection,
            connection.start_sftp_client() as client,
        ):  # fmt: skip
            yield client
    except (asyncssh.Error, asyncssh.KeyImportError, OSError) as broken:
        raise SandboxError(
            f"the exchange server cannot be used ({broken})",
            where=f"{server.host}:{server.port}",
            expected="an SFTP server with the given host key",
            do="check address and keys, then run the command again",
        ) from None


async def _upload(server: Server, outgoing: Outgoing) -> list[str]:
    names = []
    async with _client(server) as client:
        folder = server.path(outgoing.company, "from_runblu")
        await client.makedirs(folder, exist_ok=True)
        for data in outgoing.waiting:
            seal = data.with_name(f"{data.name}.ok").read_bytes()
            wanted = files.read_manifest(seal, data.name).sha256
            found = await _find(client, server, outgoing.company, data.name)
            if not found:
                await _put(client, f"{folder}/{data.name}", data)
            elif await _digest(client, found) != wanted:
                raise SandboxError(
                    "another file of this name is on the server",
                    where=found,
                    expected=f"sha256 {wanted}",
                    do="find out who wrote it before anything is sent",
                )
            if not found or found.startswith(folder):
                await _write(client, f"{folder}/{data.name}.ok", seal)
            outgoing.confirm(data)
            names.append(data.name)
    return names


async def _find(client: asyncssh.SFTPClient, server: Server, company: str, name: str) -> str:
    """Look for a file wherever it may have gone; '' when it is nowhere."""
    for place in ("from_runblu", "processed", "rejected"):
        path = server.path(company, place, name)
        if await client.exists(path):
            return path
    return ""


async def _put(client: asyncssh.SFTPClient, path: str, data: Path) -> None:
    part = f"{path}.part.{secrets.token_hex(4)}"
    await client.put(str(data), part)
    await client.rename(part, path)


async def _write(client: asyncssh.SFTPClient, path: str, content: bytes) -> None:
    if await client.exists(path):
        return
    part = f"{path}.part.{secrets.token_hex(4)}"
    async with client.open(part, "wb") as stream:
        await stream.write(content)
    await client.rename(part, path)


async def _digest(client: asyncssh.SFTPClient, path: str) -> str:
    digest = hashlib.sha256()
    async with client.open(path, "rb") as stream:
        while chunk := await stream.read(_CHUNK):
            digest.update(_octets(chunk))
    return digest.hexdigest()


async def _take(server: Server, company: str, environment: str, out: Path, now: datetime) -> list[tuple[str, str]]:
    outcomes = []
    async with _client(server) as client:
        folder, acks = server.path(company, "to_runblu"), server.path(company, "ack")
        if not await client.isdir(folder):
            return []
        await client.makedirs(acks, exist_ok=True)
        there = set(await client.listdir(folder))
        for name in sorted(there):
            parts = files.split_name(name)
            if (
                parts is None
                or f"{name}.ok" not in there
                or (parts["company"], parts["environment"]) != (company, environment)
            ):
                continue
            if await client.exists(f"{acks}/{name}.ack.json.ok"):
                continue
            manifest = files.read_manifest(await _small(client, f"{folder}/{name}.ok"), name)
            gap = _gap(out, parts, manifest)
            if gap:
                outcomes.append((name, f"parked: {gap}"))
                continue
            reason = await _receive(client, f"{folder}/{name}", out / name, manifest)
            ack = files.acknowledgement(name, manifest, now.astimezone(UTC).isoformat(timespec="seconds"), reason)
            await _write(client, f"{acks}/{name}.ack.json", ack)
            await _write(client, f"{acks}/{name}.ack.json.ok", files.seal_of(ack))
            outcomes.append((name, f"refused: {reason}" if reason else "received"))
    return outcomes


async def _receive(client: asyncssh.SFTPClient, path: str, target: Path, manifest: files.Manifest) -> str:
    """Copy a file and compare it with its manifest; gives what is wrong, '' when it is taken."""
    if not files.is_regular((await client.lstat(path)).permissions):
        return "not a regular file"
    part = target.with_name(f"{target.name}.part")
    size = 0
    async with client.open(path, "rb") as stream:
        with part.open("wb") as copy:
            while chunk := await stream.read(_CHUNK):
                size += len(chunk)
                if size > min(DATA_LIMIT, manifest.bytes):
                    break
                copy.write(_octets(chunk))
    reason = (
        f"bytes exceed the manifest's {manifest.bytes}"
        if size > manifest.bytes
        else files.compare(part, target.name, manifest)
    )
    if reason:
        part.unlink()
    else:
        target.with_name(f"{target.name}.ok").write_bytes(files.write_manifest(manifest))
        part.replace(target)
    return reason


async def _small(client: asyncssh.SFTPClient, path: str) -> bytes:
    async with client.open(path, "rb") as stream:
        content = await stream.read(files.MANIFEST_LIMIT + 1)
    return _octets(content) if len(content) <= files.MANIFEST_LIMIT else b""


def _octets(content: bytes | str) -> bytes:
    """Narrow what a file opened for bytes gives; the library types both kinds of files alike."""
    return content if isinstance(content, bytes) else content.encode()


def _gap(out: Path, parts: dict[str, str], manifest: files.Manifest) -> str:
    """Tell what a file's predecessor lacks: it must have been taken, unless the chain starts here."""
    if manifest.previous_seq == 0:
        return ""
    taken = sorted(out.glob(f"{parts['flow']}_{parts['company']}_{parts['environment']}_*.ok"))
    if not taken:
        return f"number {manifest.previous_seq} has not arrived"
    last = files.read_manifest(taken[-1].read_bytes(), taken[-1].name)
    if last.seq >= manifest.seq:
        return ""
    if last.seq != manifest.previous_seq:
        return f"number {manifest.previous_seq} has not arrived"
    return "" if last.sha256 == manifest.previous_sha256 else f"its predecessor's hash is not that of number {last.seq}"
