"""Names, manifests and acknowledgements of exchanged files, as the exchange protocol states them.

Written by hand from the protocol, so that a mistake of the integration cannot hide here as well.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
MANIFEST_LIMIT = 65_536
_NAME = re.compile(
    r"(?P<flow>[A-Z]{2,8})_(?P<company>[A-Z0-9]{1,10})_(?P<environment>PROD|TEST)_(?P<seq>[0-9]{8})_v(?P<rev>[0-9]{1,3})"
    r"\.(?:csv|txt|ndjson)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an `.ok` file says of its data file; totals are decimal text, `0.00` where no money is carried."""

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
    possible_duplicate: bool
    format: int


def write_manifest(manifest: Manifest) -> bytes:
    """Write a manifest as the content of its `.ok` file."""
    return (json.dumps(asdict(manifest), ensure_ascii=False, sort_keys=True) + "\n").encode()


def read_manifest(content: bytes, name: str) -> Manifest:
    """Read an `.ok` file; raises SandboxError where it is not one."""
    advice = "have the sender write it again"
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as broken:
        raise SandboxError(f"the manifest is not JSON ({broken})", where=name, do=advice) from None
    if not isinstance(document, dict):
        raise SandboxError("the manifest is no JSON object", where=name, do=advice)
    kinds = {"int": int, "bool": bool, "str": str}
    for field in fields(Manifest):
        if type(document.get(field.name)) is not kinds[str(field.type)]:
            raise SandboxError(
                f"manifest field {field.name} is missing or of a wrong kind",
                where=name,
                expected=str(field.type),
                found=repr(document.get(field.name)),
                do=advice,
            )
    return Manifest(**{field.name: document[field.name] for field in fields(Manifest)})


def name_of(flow: str, company: str, environment: str, seq: int, extension: str) -> str:
    """Give the name of a data file, revision 1."""
    return f"{flow}_{company}_{environment}_{seq:08d}_v1.{extension}"


def split_name(name: str) -> dict[str, str] | None:
    """Take a data file's name apart; None when it is not on the allow-list."""
    match = _NAME.fullmatch(name)
    return match.groupdict() if match else None


def is_regular(permissions: int | None) -> bool:
    """Tell whether a file's mode is that of a regular file."""
    return permissions is not None and stat.S_ISREG(permissions)


def key_hash(key: str) -> int:
    """Give a row's share of the key hash total: the first 32 bits of its key's sha256."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")


def compare(path: Path, name: str, manifest: Manifest) -> str:
    """Compare a data file with its manifest; gives what is wrong, '' when nothing is."""
    parts = split_name(name) or {}
    told = {"flow": manifest.flow, "company": manifest.company, "environment": manifest.environment}
    if manifest.format != FORMAT:
        return f"manifest format {manifest.format} is unknown, expected {FORMAT}"
    if {key: parts.get(key) for key in told} != told or int(parts.get("seq", 0)) != manifest.seq:
        return f"the manifest speaks of {manifest.flow} {manifest.company} {manifest.environment} {manifest.seq}"
    digest, size, rows, last = hashlib.sha256(), 0, 0, b"\n"
    with path.open("rb") as stream:
        for line in stream:
            digest.update(line)
            size += len(line)
            rows += 1
            last = line
    if not last.endswith(b"\n"):
        return "the last line does not end"
    rows -= name.endswith(".csv")
    for what, found, expected in (
        ("sha256", digest.hexdigest(), manifest.sha256), ("bytes", size, manifest.bytes), ("rows", rows, manifest.rows),
    ):  # fmt: skip
        if found != expected:
            return f"{what} is {found}, the manifest says {expected}"
    return ""


def acknowledgement(name: str, manifest: Manifest, received_at: str, reason: str) -> bytes:
    """Make the technical acknowledgement of a file; `reason` '' means received, else refused."""
    document = {
        "format": FORMAT, "file": name, "flow": manifest.flow, "company": manifest.company,
        "environment": manifest.environment, "seq": manifest.seq, "rev": manifest.rev, "sha256": manifest.sha256,
        "bytes": manifest.bytes, "rows": manifest.rows, "importer": "runblu", "received_at": received_at,
        "status": "refused" if reason else "received", "reason": reason,
    }  # fmt: skip
    return (json.dumps(document, ensure_ascii=False, sort_keys=True) + "\n").encode()


def seal_of(content: bytes) -> bytes:
    """Make the `.ok` of an acknowledgement."""
    document = {
        "format": FORMAT,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "rows": content.count(b"\n"),
    }
    return (json.dumps(document, sort_keys=True) + "\n").encode()
