"""OpenPGP keys of the exchange, and what is done with them: sign and encrypt what we write, open what others wrote.

The keys lie in one folder, which the connection names: `own.key` (ours, private, without passphrase), `sage.pub` and
`runblu.pub` (the partners'); while a key is being changed also `old_own.key`, which still opens and is still known as
ours, and `next_sage.pub` or `next_runblu.pub`, which are accepted as well as the present ones.
"""

from __future__ import annotations

import os
import resource
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import pysequoia

from sage_bridge.errors import BadConfig, RefusedTransfer
from sage_bridge.sealing import is_encrypted, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sage_bridge.sealing import Party

_HEAD = 4096
_OWN = ("own.key", "old_own.key")


class Keyring:
    """Our keys and those of the partners, read once."""

    def __init__(self, folder: Path, partners: Iterable[Party]) -> None:
        """Read the keys.

        Raises:
            BadConfig: RS-130 one is missing or cannot be read.
        """
        self._own = [_private(folder / name) for name in _OWN if name == "own.key" or (folder / name).exists()]
        ours = [key.extract_certificate() for key in self._own]
        self._known: dict[Party, list[pysequoia.Cert]] = {"bridge": ours}
        for partner in partners:
            names = [f"{partner}.pub", f"next_{partner}.pub"]
            self._known[partner] = [_public(folder / n) for n in names if n == names[0] or (folder / n).exists()]

    def fingerprints(self, party: Party) -> list[str]:
        """Give the fingerprints that a party's signatures may have."""
        return [str(key.fingerprint) for key in self._known[party]]

    def seal(self, content: bytes, partner: Party) -> bytes:
        """Sign with our key and encrypt to a partner's keys and to ours, as we read back what we wrote."""
        recipients = [*self._known[partner], *self._known["bridge"]]
        return bytes(pysequoia.encrypt(content, recipients=recipients, signer=self._own[0].signer(), armor=False))

    def open(self, sealed: IO[bytes], clear: IO[bytes], writer: Party, limit: int, record: str) -> int:
        """Decrypt a file into another and check its signature; memory stays flat whatever the size.

        Nothing may be taken from `clear` before this has returned.

        Args:
            sealed: the file as it lay on the server, written and flushed.
            clear: where its content goes.
            writer: who must have signed it.
            limit: bytes it may hold at most.
            record: name for messages.

        Returns:
            Its size in bytes.

        Raises:
            RefusedTransfer: RS-220 it is not encrypted to us, not signed by the writer, or was altered; RS-202 it holds
                more than `limit` bytes.
        """
        signers: list[str] = []
        known = self._known[writer]

        def certificates(ids: list[str]) -> list[pysequoia.Cert]:
            signers[:] = [str(one) for one in ids]
            return known

        fault = ""
        sealed.seek(0)
        if not is_encrypted(sealed.read(_HEAD)):
            raise refusal(record, self.fingerprints(writer), [], "no encrypted OpenPGP message")
        for key in self._own:
            try:
                with _at_most(limit):
                    # By descriptor: both files may have no name, so that a kill leaves nothing readable behind.
                    done = pysequoia.decrypt_file(
                        f"/proc/self/fd/{sealed.fileno()}",
                        f"/proc/self/fd/{clear.fileno()}",
                        key.decryptor(),
                        certificates,
                    )
            except (RuntimeError, OSError, ValueError) as error:
                fault = (str(error).splitlines() or [""])[0].rstrip(".")
                if os.fstat(clear.fileno()).st_size > limit:
                    raise _too_large(record, limit) from error
                continue
            size = os.fstat(clear.fileno()).st_size
            if size > limit:
                raise _too_large(record, limit)
            if not done.valid_sigs:
                break
            return size
        raise refusal(record, self.fingerprints(writer), signers, fault)


@contextmanager
def _at_most(limit: int) -> Iterator[None]:
    """Let files grow to a little over `limit`: what is packed may be of any size once unpacked.

    The library keeps the interpreter's lock while it works, so no other thread of ours writes under this limit.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    wanted = limit + 1 if hard == resource.RLIM_INFINITY else min(limit + 1, hard)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _private(path: Path) -> pysequoia.Tsk:
    try:
        key = pysequoia.Tsk.from_bytes(path.read_bytes())
        key.signer()
        key.decryptor()
    except (OSError, RuntimeError, ValueError) as error:
        raise _unreadable(path, error, "a private OpenPGP key without passphrase that signs and decrypts") from error
    return key


def _public(path: Path) -> pysequoia.Cert:
    try:
        return pysequoia.Cert.from_bytes(path.read_bytes())
    except (OSError, RuntimeError, ValueError) as error:
        raise _unreadable(path, error, "a partner's public OpenPGP key") from error


def _unreadable(path: Path, error: Exception, expected: str) -> BadConfig:
    found = error.strerror if isinstance(error, OSError) else (str(error).splitlines() or [""])[0]
    return BadConfig(
        "RS-130",
        "an OpenPGP key of the exchange cannot be used",
        record=str(path),
        expected=expected,
        found=found or type(error).__name__,
        do="put the key there (docs/security.md), or take its flows out of openpgp_flows",
    )


def _too_large(record: str, limit: int) -> RefusedTransfer:
    return RefusedTransfer(
        "RS-202",
        "file is larger than allowed",
        record=record,
        expected=f"at most {limit} bytes once opened",
        do="ask the sender, or raise the limit of this feed",
    )
