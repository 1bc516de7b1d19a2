"""The exchange folders where files are sealed by OpenPGP: the face is that of `Exchange`, its callers see clear bytes.

Hashes, sizes in manifests and states speak of the clear bytes, so that the protocol is the same with and without seals.
A file is opened as a whole and its signature checked before the first byte is given.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sage_bridge.sealing import Agreement
from sage_hooks.exchange import BLOCK, SECONDS_PER_FILE, Exchange
from sage_hooks.openpgp import Keyring

if TYPE_CHECKING:
    from collections.abc import Generator

# Armor makes a third more of a file; packets, keys and signatures take a few thousand bytes.
_PACKETS = 64 * 1024


class SealedExchange(Exchange):
    """An exchange some of whose flows are sealed; the others pass as they are.

    Raises, besides what `Exchange` does:
        RefusedTransfer: RS-220 a file of a sealed flow is not signed and encrypted as agreed.
    """

    agreement: Agreement
    keyring: Keyring

    def seal_by(self, flows: str, folder: str, record: str) -> None:
        """Take what was agreed and read the keys, before the first file; raises BadConfig RS-130."""
        self.agreement = Agreement.of(flows, record)
        self.keyring = Keyring(Path(folder), self.agreement.partners)

    def chunks(self, path: str, limit: int, seconds: float = SECONDS_PER_FILE) -> Generator[bytes, None, None]:
        """Give a file's clear bytes, once it is proven; as `Exchange.chunks`."""
        sealed = self.agreement.of_path(path)
        if sealed is None:
            yield from super().chunks(path, limit, seconds)
            return
        # Where large files as received lie too: /tmp may be small.
        folder = os.environ.get("SAGE_BRIDGE_VAR") or None
        with tempfile.TemporaryFile(dir=folder) as packed, tempfile.TemporaryFile(dir=folder) as clear:
            with closing(super().chunks(path, limit + limit // 2 + _PACKETS, seconds)) as arriving:
                for chunk in arriving:
                    packed.write(chunk)
            packed.flush()
            self.keyring.open(packed, clear, sealed.writer, limit, path)
            clear.seek(0)
            while block := clear.read(BLOCK):
                yield block

    def write(self, path: str, content: bytes) -> None:
        """Seal a file and write it; as `Exchange.write`."""
        sealed = self.agreement.of_path(path)
        super().write(path, content if sealed is None else self.keyring.seal(content, sealed.partner))
