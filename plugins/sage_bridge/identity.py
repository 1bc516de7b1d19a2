"""Names that follow from content: posting references and batch ids.

Law L2 rests on them: a line's reference exists before anything leaves, comes from the line's natural
key alone, and is the same whenever and wherever it is computed, so that a line already in Sage is
recognised even after our database was restored. `outbox.reference_number` and `reference_text` do
the same arithmetic set-wise; a test holds the two together.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sage_bridge.errors import BadConfig
from sage_bridge.transfers import UNIT_SEPARATOR

if TYPE_CHECKING:
    from datetime import date

REFERENCE_LENGTH = 10
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # pragma: allowlist secret
"""Base 32 without I, L, O and U: a reference read aloud or typed by hand stays itself."""

KIND_LETTERS = {
    "consumption": "C",
    "invoice_offset": "F",
    "price_variance": "P",
    "accrual": "A",
    "accrual_reversal": "B",
    "adjustment": "J",
    "journal": "G",
    "journal_reversal": "H",
    "change_order": "M",
    "change_order_line": "N",
}
BATCH_LETTERS = {"DC": "D", "ADJ": "A", "RCV": "R", "GLJ": "G", "CMT": "M"}
_BITS_PER_DIGIT = 5
_HASH_DIGITS = REFERENCE_LENGTH - 1
_BATCH_DIGITS = 7


@dataclass(frozen=True, slots=True)
class NaturalKey:
    """What makes a cost line itself; `difference_no` counts the lines of one otherwise equal key from 1."""

    company_id: str
    kind: str
    transaction_date: date
    job: str
    extra: str
    cost_code: str
    category: str
    commitment: str
    item_number: int
    source_key: str
    difference_no: int

    def text(self) -> str:
        """Give the key's parts joined by U+001F; a line without PO line has item number 0."""
        return UNIT_SEPARATOR.join(
            (
                self.company_id,
                self.kind,
                self.transaction_date.isoformat(),
                self.job,
                self.extra,
                self.cost_code,
                self.category,
                self.commitment,
                str(self.item_number),
                self.source_key,
                str(self.difference_no),
            )
        )


def posting_reference(key: NaturalKey, salt: int = 0) -> str:
    """Give the 10 characters that stand in `Ref_1`: a letter for the kind, then 45 bits of sha256.

    Args:
        key: natural key of the line.
        salt: how many references of this key were found taken by another line.

    Raises:
        BadConfig: RS-141 the kind is none of ours.
    """
    letter = KIND_LETTERS.get(key.kind)
    if letter is None:
        raise BadConfig(
            "RS-141",
            "posting kind is unknown",
            record=key.text(),
            expected=", ".join(KIND_LETTERS),
            found=key.kind,
            do="use a kind of the contract",
        )
    digest = hashlib.sha256(f"{key.text()}{UNIT_SEPARATOR}{salt}".encode()).digest()
    number = int.from_bytes(digest[:6], "big") >> 48 - _BITS_PER_DIGIT * _HASH_DIGITS
    digits = (DIGITS[number >> _BITS_PER_DIGIT * place & 31] for place in reversed(range(_HASH_DIGITS)))
    return letter + "".join(digits)


def batch_id(prefix: str, flow: str, seq: int) -> str:
    """Give the id that stands in `Batch` and `Ref_2`, like RBRBD0000123.

    Args:
        prefix: up to two characters of the company profile that mark our batches.
        flow: decides the letter, so that two flows never share an id.
        seq: number of the file.
    """
    return f"{prefix}{BATCH_LETTERS[flow]}{seq:0{_BATCH_DIGITS}d}"
