"""Names, manifests and control totals of exchanged files.

A file is `<flow>_<company>_<PROD|TEST>_<seq:08d>_v<rev>.<csv|txt|ndjson>`; its manifest is the same
name plus `.ok`, written last. The manifest carries every control figure, because Sage's own import
formats have no room for any. Both sides of the exchange use this module.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sage_bridge.errors import RefusedTransfer

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable

FORMAT = 1
UNIT_SEPARATOR = "\x1f"
_NAME = re.compile(
    r"(?P<flow>[A-Z]{2,8})_(?P<company>[A-Z0-9]{1,10})_(?P<environment>PROD|TEST)"
    r"_(?P<seq>[0-9]{8})_v(?P<rev>[0-9]{1,3})\.(?P<extension>csv|txt|ndjson)",
    re.ASCII,
)
_DECIMAL = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileName:
    """A data file's name taken apart; `seq` counts per flow, company and environment from 1."""

    flow: str
    company: str
    environment: str
    seq: int
    rev: int
    extension: str

    def __str__(self) -> str:
        """Give the name as it stands on the server."""
        return f"{self.flow}_{self.company}_{self.environment}_{self.seq:08d}_v{self.rev}.{self.extension}"

    @classmethod
    def parse(cls, name: str) -> FileName | None:
        """Take a name apart; None when it is not on the allow-list (such files stay unopened)."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        part = match.groupdict()
        return cls(
            part["flow"], part["company"], part["environment"], int(part["seq"]), int(part["rev"]), part["extension"]
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """The control figures of one data file.

    `rows` counts data rows (no header). `debit` is the sum of positive amounts of the money column,
    `credit` the sum of negative ones without sign, `net` their difference; decimal text, "0.00"
    where a flow carries no money. `previous_seq` 0 and an empty `previous_sha256` start a chain.
    """

    flow: str
    company: str
    environment: str
    seq: int
    rev: int
    previous_seq: int
    previous_sha256: str
    sha256: str
    bytes: int
    rows: int
    debit: str
    credit: str
    net: str
    key_hash_total: str
    encoding: str
    extracted_at: str
    zone: str
    extent: str
    possible_duplicate: bool = False
    format: int = FORMAT

    def to_bytes(self) -> builtins.bytes:
        """Give the manifest as the UTF-8 JSON that goes into the `.ok` file."""
        return (json.dumps(asdict(self), ensure_ascii=False, sort_keys=True) + "\n").encode()

    @classmethod
    def from_bytes(cls, content: builtins.bytes, name: str) -> Manifest:
        """Read an `.ok` file; raises RefusedTransfer RS-201 naming the field that is missing or of a wrong kind."""
        try:
            document = json.loads(content.decode("utf-8-sig"))
        except (UnicodeDecodeError, json.JSONDecodeError) as broken:
            raise RefusedTransfer(
                "RS-201", "manifest is not JSON", record=name, found=str(broken), do="have the sender write it again"
            ) from broken
        if not isinstance(document, dict):
            raise RefusedTransfer(
                "RS-201", "manifest is not a JSON object", record=name, do="have the sender write it again"
            )
        values: dict[str, Any] = {}
        for field in fields(cls):
            value = document.get(field.name)
            wanted = {"int": int, "bool": bool}.get(str(field.type), str)
            if type(value) is not wanted:
                raise RefusedTransfer(
                    "RS-201",
                    f"manifest field {field.name} is missing or of a wrong kind",
                    record=name,
                    expected=wanted.__name__,
                    found=repr(value),
                    do="have the sender write the manifest again",
                )
            values[field.name] = value
        for total in ("debit", "credit", "net"):
            if not _DECIMAL.fullmatch(str(values[total])):
                raise RefusedTransfer(
                    "RS-201",
                    f"manifest field {total} is not a plain decimal",
                    record=name,
                    found=repr(values[total]),
                    do="have the sender write the manifest again",
                )
        if values["format"] != FORMAT:
            raise RefusedTransfer(
                "RS-201",
                "manifest has an unknown format version",
                record=name,
                expected=str(FORMAT),
                found=str(values["format"]),
                do="bring agent and bridge to the same release",
            )
        return cls(**values)


def key_hash(parts: Iterable[str]) -> int:
    """Give a row's share of the key hash total: the first 32 bits of the sha256 of its key, joined by U+001F."""
    return int.from_bytes(hashlib.sha256(UNIT_SEPARATOR.join(parts).encode()).digest()[:4], "big")


class Totals:
    """Control totals gathered row by row while a file is written or read; memory does not grow."""

    def __init__(self) -> None:
        """Start at zero."""
        self.rows = 0
        self.debit = Decimal(0)
        self.credit = Decimal(0)
        self.keys = 0

    def add(self, key: Iterable[str], amount: Decimal = Decimal(0)) -> None:
        """Count one row with its key and signed amount."""
        self.rows += 1
        self.keys += key_hash(key)
        if amount >= 0:
            self.debit += amount
        else:
            self.credit -= amount

    def fields(self) -> dict[str, str | int]:
        """Give the totals under the manifest's field names."""
        return {
            "rows": self.rows,
            "debit": f"{self.debit:.2f}",
            "credit": f"{self.credit:.2f}",
            "net": f"{self.debit - self.credit:.2f}",
            "key_hash_total": str(self.keys),
        }
