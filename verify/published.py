"""Heads that left the database: daily files on the exchange server, and the evidence packs of signed months.

Nobody who rewrites the database can rewrite these, so they are what tells an honest log from one hashed anew. A file is
`HEAD_<company>_<environment>_<seq>_v1.csv` with its manifest `.ok`; each manifest names number and sha256 of the file
before, so a file that is missing, changed or put in between shows as well.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from verify.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME = re.compile(r"HEAD_(?P<company>[A-Z0-9]{1,10})_(?P<environment>PROD|TEST)_(?P<seq>[0-9]{8})_v1\.csv")
COLUMNS = ("company_id", "batch", "event_count", "root", "previous_root", "created_at")
_CHAIN = "data/chain.csv"
_BLOCK = 1 << 20


class Head(NamedTuple):
    """A head as it was published; everything but the batch as text."""

    batch: int
    event_count: str
    root: str
    previous_root: str
    created_at: str


class HeadFile(NamedTuple):
    """A published file: its place, its number, whose it is."""

    path: Path
    company_id: str
    environment: str
    seq: int


def head_files(folder: Path) -> dict[tuple[str, str], list[HeadFile]]:
    """Give the published files below a folder by company and environment, in the order of their numbers."""
    found: dict[tuple[str, str], list[HeadFile]] = {}
    for path in folder.rglob("HEAD_*.csv"):
        name = _NAME.fullmatch(path.name)
        if name is not None:
            file = HeadFile(path, name["company"], name["environment"], int(name["seq"]))
            found.setdefault((file.company_id, file.environment), []).append(file)
    return {key: sorted(files, key=lambda file: file.seq) for key, files in sorted(found.items())}


def read_files(files: list[HeadFile], findings: list[Finding]) -> Iterator[Head]:
    """Give the heads of one company's files in order; what is wrong with a file is added to the findings."""
    before = (0, "")
    for file in files:
        manifest, wrong = _manifest(file)
        digest = _sha256(file.path)
        told = (manifest.get("previous_seq"), manifest.get("previous_sha256"))
        if not wrong and manifest.get("sha256") != digest:
            wrong = f"file is not the one of its manifest, sha256 {digest[:12]}"
        if not wrong and (told != before or file.seq != before[0] + 1):
            wrong = f"file does not follow number {before[0]} with sha256 {before[1][:12] or 'none'}"
        if wrong:
            findings.append(Finding(file.company_id, 0, wrong, file.path.name))
        before = (file.seq, digest)
        with file.path.open(encoding="utf-8", newline="") as lines:
            yield from _heads(csv.DictReader(lines), file.company_id, file.path.name, findings)


def pack_files(folder: Path) -> list[Path]:
    """Give the evidence packs below a folder, or the one pack that is named."""
    return [folder] if folder.is_file() else sorted(folder.rglob("evidence_*.zip"))


class Pack(NamedTuple):
    """An evidence pack: whose, and the head and the number of events its manifest names."""

    path: Path
    company_id: str
    head: str
    events: int


def open_pack(path: Path) -> Pack:
    """Read the manifest of an evidence pack; raises KeyError or ValueError where it is none."""
    with zipfile.ZipFile(path) as pack:
        manifest = json.loads(pack.read("manifest.json"))
    chain = manifest["event_chain"]
    return Pack(path, str(manifest["company"]["company_id"]), str(chain["head"] or ""), int(chain["events"]))


def read_pack(pack: Pack, findings: list[Finding]) -> Iterator[Head]:
    """Give the heads of an evidence pack; what is wrong with it is added to the findings."""
    last, events = "", 0
    with zipfile.ZipFile(pack.path) as archive:
        with archive.open(_CHAIN) as member:
            digest = _digest(member)
        if json.loads(archive.read("manifest.json"))["members"][_CHAIN]["sha256"] != digest:
            findings.append(Finding(pack.company_id, 0, f"{_CHAIN} is not the one of its manifest", pack.path.name))
        with archive.open(_CHAIN) as member:
            rows = csv.DictReader(io.TextIOWrapper(member, encoding="utf-8", newline=""))
            for head in _heads(rows, pack.company_id, pack.path.name, findings):
                last, events = head.root, events + int(head.event_count)
                yield head._replace(created_at="")
    if (last, events) != (pack.head, pack.events):
        findings.append(Finding(pack.company_id, 0, "head of the pack's manifest is not its last head", pack.path.name))


def _heads(rows: csv.DictReader[str], company_id: str, name: str, findings: list[Finding]) -> Iterator[Head]:
    for row in rows:
        try:
            count = row.get("event_count") or row["rows"]
            head = Head(int(row["batch"]), str(int(count)), row["root"], row["previous_root"], row["created_at"])
        except (KeyError, TypeError, ValueError):
            findings.append(Finding(company_id, 0, f"line {rows.line_num} is no head", name))
        else:
            yield head


def _manifest(file: HeadFile) -> tuple[dict[str, Any], str]:
    path = file.path.with_name(f"{file.path.name}.ok")
    try:
        manifest = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}, "file has no manifest"
    except ValueError:
        return {}, "manifest cannot be read"
    return (manifest, "") if isinstance(manifest, dict) else ({}, "manifest cannot be read")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return _digest(file)


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()
