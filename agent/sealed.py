"""The file server where files are sealed by OpenPGP: callers see clear bytes, the folders hold none.

A sealed file is held in memory as a whole, twice for a moment: `MAX_BYTES` keeps that within what a 32-bit process has.
pysequoia's last release for 32-bit Windows knows fewer names than the newest: both are served.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

import pysequoia

from agent.files import sync
from agent.transport import Digest, FileServer
from sage_bridge.errors import BadConfig, RefusedTransfer
from sage_bridge.sealing import is_encrypted, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from agent.config import Config, SealConfig
    from sage_bridge.sealing import Party

MAX_BYTES = 128 * 1024 * 1024
# Armor makes a third more of a file; packets, keys and signatures take a few thousand bytes.
_PACKETS = 64 * 1024
_HEAD = 4096


def open_server(config: Config) -> FileServer:
    """Give the file server as the configuration has it, with seals or without; RS-130 where their keys are wrong."""
    return FileServer(config.sftp) if config.openpgp is None else SealedFileServer(config, config.openpgp)


class Keyring:
    """The agent's keys and the bridge's, read once from a folder (docs/security.md)."""

    def __init__(self, folder: Path) -> None:
        """Read `own.key` and `bridge.pub`, and `old_own.key` and `next_bridge.pub` where they are.

        Raises:
            BadConfig: RS-130 one is missing or cannot be used.
        """
        self._own = [_private(path) for path in _present(folder, "own.key", "old_own.key")]
        self._known: dict[Party, list[Any]] = {
            "sage": [_public_half(key) for key in self._own],
            "bridge": [_public(path) for path in _present(folder, "bridge.pub", "next_bridge.pub")],
        }

    def seal(self, content: bytes) -> bytes:
        """Sign with our key and encrypt to the bridge's keys and to ours, as we read back what we wrote."""
        recipients = [*self._known["bridge"], *self._known["sage"]]
        # Arguments by name: the older release has them in another order.
        return bytes(pysequoia.encrypt(bytes=content, recipients=recipients, signer=self._own[0].signer()))

    def open(self, sealed: bytes, writer: Party, record: str) -> bytes:
        """Decrypt a file and check its signature; raises RefusedTransfer RS-220 where it is not as agreed."""
        known, signers, fault = self._known[writer], list[str](), ""
        expected = [str(key.fingerprint) for key in known]

        def certificates(ids: Iterable[object]) -> list[Any]:
            signers[:] = [str(one) for one in ids]
            return known

        if not is_encrypted(sealed[:_HEAD]):
            raise refusal(record, expected, [], "no encrypted OpenPGP message")
        for key in self._own:
            try:
                done = pysequoia.decrypt(bytes=sealed, decryptor=key.decryptor(), store=certificates)
            except (RuntimeError, OSError, ValueError) as error:
                fault = _first_line(error)
                continue
            if done.valid_sigs:
                return bytes(done.bytes or b"")
            break
        raise refusal(record, expected, signers, fault)


class SealedFileServer(FileServer):
    """A file server some of whose files are sealed; sizes and hashes are those of the clear bytes."""

    def __init__(self, config: Config, seals: SealConfig) -> None:
        """Read the keys, then as `FileServer`."""
        self._keys = Keyring(seals.folder)
        self._agreement = seals.agreement
        super().__init__(config.sftp)

    def read(self, path: str, limit: int) -> bytes:
        """Give a small file whole and clear."""
        sealed = self._agreement.of_path(path)
        if sealed is None:
            return super().read(path, limit)
        most = min(limit, MAX_BYTES)
        content = self._keys.open(super().read(path, most + most // 2 + _PACKETS), sealed.writer, path)
        if len(content) > limit:
            raise _too_large(path, limit)
        return content

    def digest(self, path: str, limit: int) -> Digest:
        """Give size and hash of the clear bytes; what cannot be opened counts by the bytes that lie there."""
        if self._agreement.of_path(path) is None:
            return super().digest(path, limit)
        try:
            return _digest(self.read(path, limit))
        except RefusedTransfer:
            return super().digest(path, limit)

    def download(self, path: str, target: Path, limit: int) -> Digest:
        """Copy a file, clear, into a private local one."""
        if self._agreement.of_path(path) is None:
            return super().download(path, target, limit)
        content = self.read(path, limit)
        with target.open("wb") as file:
            file.write(content)
            sync(file)
        return _digest(content)

    def upload(self, source: Path, path: str) -> None:
        """Seal a local file beside itself and copy that."""
        if self._agreement.of_path(path) is None:
            super().upload(source, path)
            return
        if source.stat().st_size > MAX_BYTES:
            raise _too_large(path, MAX_BYTES)
        # Beside it by name too: what a crash leaves here is cleared away at the next start.
        packed = source.with_name(f"{source.name}.{secrets.token_hex(4)}.pgp")
        try:
            packed.write_bytes(self._keys.seal(source.read_bytes()))
            super().upload(packed, path)
        finally:
            packed.unlink(missing_ok=True)

    def write(self, path: str, content: bytes) -> None:
        """Seal a small file and write it."""
        super().write(path, content if self._agreement.of_path(path) is None else self._keys.seal(content))


def _digest(content: bytes) -> Digest:
    return Digest(hashlib.sha256(content).hexdigest(), len(content))


def _present(folder: Path, needed: str, optional: str) -> list[Path]:
    return [folder / needed, *[folder / optional][: (folder / optional).exists()]]


def _private(path: Path) -> Any:
    try:
        content = path.read_bytes()
        key = pysequoia.Tsk.from_bytes(content) if hasattr(pysequoia, "Tsk") else _Secret(content)
        key.signer()
        key.decryptor()
    except (OSError, RuntimeError, ValueError) as error:
        raise _unreadable(path, error, "a private OpenPGP key without passphrase that signs and decrypts") from error
    return key


class _Secret:
    """A private key as the older releases have it, with the face of the newer."""

    def __init__(self, content: bytes) -> None:
        self._key: Any = pysequoia.Cert.from_bytes(content)
        if not self._key.has_secret_keys:
            raise ValueError("a public key")

    def signer(self) -> Any:
        return self._key.secrets.signer()

    def decryptor(self) -> Any:
        return self._key.secrets.decryptor()

    def extract_certificate(self) -> Any:
        return self._key


def _public_half(key: Any) -> Any:
    return key.extract_certificate()


def _public(path: Path) -> Any:
    try:
        return pysequoia.Cert.from_bytes(path.read_bytes())
    except (OSError, RuntimeError, ValueError) as error:
        raise _unreadable(path, error, "the bridge's public OpenPGP key") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def _unreadable(path: Path, error: Exception, expected: str) -> BadConfig:
    return BadConfig(
        "RS-130",
        "an OpenPGP key of the exchange cannot be used",
        record=str(path),
        expected=expected,
        found=(error.strerror or "") if isinstance(error, OSError) else _first_line(error),
        do="put the key there (docs/security.md), or take out the section openpgp",
    )


def _too_large(path: str, limit: int) -> RefusedTransfer:
    return RefusedTransfer(
        "RS-261",
        "the file is greater than allowed",
        record=path,
        expected=f"at most {limit} bytes where files are sealed",
        do="send smaller files; a larger extract goes unsealed: leave its flow out of openpgp.flows on both sides",
    )
