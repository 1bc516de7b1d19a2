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
    from collections.abc import Iterable, Mapping

FORMAT = 1
UNIT_SEPARATOR = "\x1f"
READ_FOLDERS = ("from_sage", "ack", "from_runblu", "processed", "rejected")
WRITTEN_FOLDERS = ("to_sage", "to_runblu")
"""Folders of a company on the file server that we read, and that we write."""
_NAME = re.compile(
    r"(?P<flow>[A-Z]{2,8})_(?P<company>[A-Z0-9]{1,10})_(?P<environment>PROD|TEST)"
    r"_(?P<seq>[0-9]{8})_v(?P<rev>[1-9][0-9]{0,2})\.(?P<extension>csv|txt|ndjson)",
    re.ASCII,
)
_DECIMAL = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,6})?", re.ASCII)
# No control characters and no lone surrogates: neither fits into the warehouse or a line of the log.
_TEXT = re.compile("[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{0,200}")
_GREATEST = {"previous_seq": 99_999_999, "bytes": 2**63 - 1}


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
        """Read an `.ok` file; raises RefusedTransfer RS-201 naming what is missing, double or of a wrong kind."""
        document = _document(content, name)
        values: dict[str, Any] = {}
        for field in fields(cls):
            value = document.get(field.name)
            wanted = {"int": int, "bool": bool}.get(str(field.type), str)
            if type(value) is not wanted:
                raise _unreadable(
                    name, f"field {field.name} is missing or of a wrong kind", expected=wanted.__name__, found=value
                )
            if isinstance(value, str) and not _TEXT.fullmatch(value):
                raise _unreadable(
                    name,
                    f"field {field.name} is no plain text",
                    expected="at most 200 printable characters",
                    found=value,
                )
            values[field.name] = value
        _check_figures(values, name)
        return cls(**values)


def _check_figures(values: Mapping[str, Any], name: str) -> None:
    if values["format"] != FORMAT:
        raise RefusedTransfer(
            "RS-201",
            "manifest has an unknown format version",
            record=name,
            expected=str(FORMAT),
            found=str(values["format"])[:80],
            do="bring agent and bridge to the same release",
        )
    for total in ("debit", "credit", "net"):
        if not _DECIMAL.fullmatch(values[total]):
            raise _unreadable(name, f"field {total} is not a plain decimal", found=values[total])
    for figure, most in _GREATEST.items():
        if not 0 <= values[figure] <= most:
            raise _unreadable(name, f"field {figure} is out of bounds", expected=f"0 to {most}", found=values[figure])


def _document(content: bytes, name: str) -> dict[str, Any]:
    """Read a JSON object whose keys are all different; which of two values a double key means is a guess."""
    try:
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as broken:
        # ValueError: bytes that are no UTF-8, text that is no JSON, a number with thousands of digits.
        raise _unreadable(name, "is not JSON", found=str(broken), quoted=False) from broken
    if not isinstance(document, _Pairs):
        raise _unreadable(name, "is not a JSON object", found=type(document).__name__, quoted=False)
    values = dict(document)
    if len(values) != len(document):
        twice = next(key for key, _ in document if sum(key == other for other, _ in document) > 1)
        raise _unreadable(name, "names a field twice", found=twice)
    return values


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it stands, double keys and all."""


def _unreadable(name: str, what: str, *, expected: str = "", found: object, quoted: bool = True) -> RefusedTransfer:
    return RefusedTransfer(
        "RS-201",
        f"manifest {what}",
        record=name,
        expected=expected,
        found=_shown(found) if quoted else str(found)[:200],
        do="have the sender write the manifest again",
    )


def _shown(found: object) -> str:
    """Give a value as it would stand in a program, cut."""
    try:
        return ascii(found)[:80]
    except RecursionError:
        return "values nested too deep to be shown"


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
