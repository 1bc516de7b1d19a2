"""Which files of the exchange are sealed by OpenPGP (signed, then encrypted), and by whom.

Both sides ask here: who writes a file follows from its folder and flow, so nobody's signature passes for another's.
Data, manifest and answers of a flow are sealed alike; what is no file of a flow (probes, `health/`, heads) never is.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sage_bridge.errors import BadConfig, RefusedTransfer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Party = Literal["bridge", "sage", "runblu"]
RUNBLU_FLOWS = frozenset({"EVENT", "MASTER", "EXCEPT", "PROPOSAL"})
TO_PARTNERS = frozenset({"DC", "ADJ", "RCV", "GLJ", "CMT", "MASTER", "EXCEPT", "PROPOSAL"})
"""Flows that the bridge writes."""
_WORD = re.compile(r"(?:(?P<company>[A-Z0-9]{1,10})/)?(?P<what>sage|runblu|[A-Z]{2,8})", re.ASCII)
_PLACE = re.compile(
    r"(?:.*/)?(?P<company>[A-Z0-9]{1,10})/(?P<folder>from_sage|to_sage|from_runblu|to_runblu|processed|rejected|ack)/"
    r"(?P<flow>[A-Z]{2,8})_(?P=company)_(?:PROD|TEST)_[0-9]{8}_v[0-9]{1,3}\.(?:csv|txt|ndjson)"
    r"(?:\.ack\.json|\.res\.csv)?(?:\.ok)?(?:\.part\.[0-9a-z]+)?",
    re.ASCII,
)
_ARMOR = re.compile(
    rb"-----BEGIN PGP MESSAGE-----\r?\n(?:[A-Z][A-Za-z]{1,30}: [ -~]{0,200}\r?\n)*\r?\n([A-Za-z0-9+/]{4})"
)
_ENCRYPTED_SESSION_KEY = 1


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file that is sealed: who signs it, and which partner is the other end of its flow."""

    flow: str
    writer: Party
    partner: Party


@dataclass(frozen=True, slots=True)
class Agreement:
    """For which companies and flows sealing was agreed; company '' = all."""

    words: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, text: str, record: str) -> Agreement:
        """Read words such as `sage`, `AW/sage`, `DC`, `AW/EVENT`; raises BadConfig RS-130 naming one that is none."""
        found = set()
        for word in text.replace(",", " ").split():
            match = _WORD.fullmatch(word)
            if match is None:
                raise BadConfig(
                    "RS-130",
                    "flows to seal by OpenPGP cannot be read",
                    record=record,
                    expected="sage, runblu or a flow such as DC, each also for one company only: AW/sage",
                    found=word,
                    do="correct the list",
                )
            found.add((match["company"] or "", match["what"]))
        return cls(frozenset(found))

    @property
    def partners(self) -> set[Party]:
        """Give the partners whose keys are needed."""
        return {"runblu" if what == "runblu" else partner_of(what) for _company, what in self.words}

    def of_path(self, path: str) -> Sealed | None:
        """Say how a file is sealed; None where it is not."""
        match = _PLACE.fullmatch(path)
        if match is None:
            return None
        company, flow = match["company"], match["flow"]
        partner = partner_of(flow)
        wanted = {(of, what) for of in ("", company) for what in (flow, partner)}
        return Sealed(flow, _writer(match["folder"], flow), partner) if wanted & self.words else None


def partner_of(flow: str) -> Party:
    """Give who is at the other end of a flow."""
    return "runblu" if flow in RUNBLU_FLOWS else "sage"


def _writer(folder: str, flow: str) -> Party:
    is_ours = flow in TO_PARTNERS
    # What a partner has taken lies in its folders as it was written; an answer comes from the other end.
    return "bridge" if is_ours != (folder == "ack") else partner_of(flow)


def is_encrypted(head: bytes) -> bool:
    """Say whether an OpenPGP message, plain or in armor, begins as an encrypted one does: with a session key."""
    if head.startswith(b"-----"):
        match = _ARMOR.match(head)
        try:
            head = base64.b64decode(match[1]) if match else b""
        except binascii.Error:
            return False
    if not head or not head[0] & 0x80:
        return False
    tag = head[0] & 0x3F if head[0] & 0x40 else (head[0] >> 2) & 0x0F
    return tag == _ENCRYPTED_SESSION_KEY


def refusal(record: str, expected: Iterable[str], signers: Sequence[str], fault: str) -> RefusedTransfer:
    """Compose the refusal of a file that is not sealed as agreed: RS-220.

    Args:
        record: the file.
        expected: fingerprints of the keys that may sign it.
        signers: fingerprints or ids that its signatures name, empty where it has none that can be read.
        fault: what the library said, if anything.
    """
    found = f"signed by {' and '.join(signers)}" if signers else "no signature"
    # So the library names a message with a layer of packing, which it does not open.
    if fault.startswith("Unexpected message structure"):
        fault = "compressed, which is not taken"
    return RefusedTransfer(
        "RS-220",
        "file is not signed and encrypted as agreed",
        record=record,
        expected=f"encrypted, signed by {' or '.join(expected)}",
        found=f"{found}; {fault}" if fault else found,
        do="find out who wrote it; after a change of keys, have both sides accept the new one",
    )
