"""Keys of both sides, somebody else's, and gpg as a reader and writer that shares no code with ours."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pysequoia
import pytest

from ops.openpgp_keys import make_both
from sage_hooks.exchange_sealed import SealedExchange

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SftpPlace


def both(folder: Path) -> tuple[Path, Path]:
    """Give the bridge's folder of keys and the agent's."""
    return make_both(folder)


def key_of(folder: Path) -> pysequoia.Tsk:
    return pysequoia.Tsk.from_bytes((folder / "own.key").read_bytes())


def sealed_by(content: bytes, signer: pysequoia.Tsk | None, *readers: pysequoia.Tsk) -> bytes:
    """Seal as a partner does; unsigned without a signer."""
    to = [reader.extract_certificate() for reader in readers]
    if signer is None:
        return bytes(pysequoia.encrypt(content, recipients=to, armor=False))
    return bytes(pysequoia.encrypt(content, recipients=to, signer=signer.signer(), armor=False))


def open_sealed(server: SftpPlace, keys: Path, flows: str = "sage") -> SealedExchange:
    """Connect to the test's file server as the bridge does where files are sealed."""
    exchange = SealedExchange(server.host, server.port, server.user, str(server.key_file), server.host_key)
    exchange.seal_by(flows, str(keys), "test")
    return exchange


class Gpg:
    """The program gpg with a key of its own."""

    def __init__(self, home: Path) -> None:
        if shutil.which("gpg") is None or shutil.which("gpg-agent") is None:
            pytest.skip("gpg is not installed; .ci/packages names it")
        home.mkdir(mode=0o700)
        self._home = home
        self.run("--quick-gen-key", "agent", "ed25519", "sign", "0")
        keys = self.run("--list-keys", "--with-colons").stdout.decode().splitlines()
        self.fingerprint = next(line.split(":")[9] for line in keys if line.startswith("fpr"))
        self.run("--quick-add-key", self.fingerprint, "cv25519", "encr", "0")

    def run(self, *words: str, content: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        options = ["--batch", "--quiet", "--no-tty", "--trust-model", "always", "--pinentry-mode", "loopback"]
        return subprocess.run(
            ["gpg", *options, "--passphrase", "", *words],
            input=content, capture_output=True, check=True, env={**os.environ, "GNUPGHOME": str(self._home)},
        )  # fmt: skip

    def close(self) -> None:
        subprocess.run(["gpgconf", "--homedir", str(self._home), "--kill", "gpg-agent"], check=False)
