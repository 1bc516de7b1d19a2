"""Parsers of what others write, each with what must hold for any bytes: a value that can be proven, or our error.

Any other exception is a fault of ours. Used by `test_parsers.py` (hypothesis) and by `python -m tests.fuzz` (atheris).
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from agent import evidence
from agent.config import PRINT_MESSAGE, PRINT_SUMMARY, PrintConfig
from agent.layouts import DIRECT_COST, Line
from sage_bridge.answers import RESULT_HEADER, Sealed, check_proof, read_ack, read_result
from sage_bridge.arrivals import check_manifest, extraction_time
from sage_bridge.csv_rules import ByteScan, check_header, content_start
from sage_bridge.errors import BridgeError
from sage_bridge.transfers import FileName, Manifest

if TYPE_CHECKING:
    from collections.abc import Callable

SEALED = Sealed("DC_AW_PROD_00000001_v1.txt", "DC", "AW", "PROD", 1, 1, "a" * 64, 10, 2)
REFERENCES = ("RB00000001", "RB00000002")
NAMES = ("Job", "Status")
MANIFEST = Manifest(
    "JOB", "AW", "PROD", 1, 1, 0, "", "b" * 64, 7, 1, "0.00", "0.00", "0.00", "5", "cp1252",
    "2026-02-01T08:00:00+00:00", "UTC", "full",
)  # fmt: skip
FILE = FileName("JOB", "AW", "PROD", 1, 1, "csv")
LINES = tuple(Line(number, ("DC", f"R{number}"), f"R{number}", Decimal("1.00")) for number in (1, 2))
PRINTS = PrintConfig("cp1252", re.compile(PRINT_SUMMARY, re.MULTILINE), re.compile(PRINT_MESSAGE, re.MULTILINE))
_ACK = {
    "format": 1, "file": SEALED.file_name, "flow": "DC", "company": "AW", "environment": "PROD", "seq": 1, "rev": 1,
    "sha256": SEALED.sha256, "bytes": 10, "rows": 2, "status": "received", "importer": "agent", "reason": "",
}  # fmt: skip


def _keepable(text: str) -> bool:
    """Whether the warehouse can hold a text."""
    try:
        return "\0" not in text and bool(text.encode() or True)
    except UnicodeEncodeError:
        return False


def _require_keepable(refused: BridgeError) -> None:
    assert _keepable(str(refused))


def manifest(data: bytes) -> None:
    """A manifest that is taken says what Python's json says, and can be kept, judged and written again."""
    try:
        found = Manifest.from_bytes(data, "m.ok")
        check_manifest(FILE, found, 1_000)
        extraction_time(FILE, found)
    except BridgeError as refused:
        _require_keepable(refused)
        return
    document = json.loads(data.decode("utf-8-sig"))
    for name, value in json.loads(found.to_bytes()).items():
        assert document[name] == value
        assert not isinstance(value, str) or _keepable(value)


def file_name(data: bytes) -> None:
    """A name that is taken stands on the server as it is written from its parts."""
    text = data.decode("utf-8", "surrogateescape")
    found = FileName.parse(text)
    assert found is None or str(found) == text


def csv_bytes(data: bytes) -> None:
    """What passes the scan of the bytes is read alike by Python's strict reader, whatever its chunks."""
    size = 1 + len(data) % 7
    try:
        start = content_start(data[:4], "utf-8", "f")
        check_header(data[start:], "utf-8", NAMES, "f")
        scan = ByteScan("f")
        for at in range(0, len(data), size):
            # The first chunk holds the byte order mark whole.
            scan.look(data[: max(size, 3)] if at == 0 else data[max(at, 3) : max(at + size, 3)])
    except BridgeError as refused:
        _require_keepable(refused)
        return
    try:
        text = data[start:].decode()
    except UnicodeDecodeError:
        return
    if text.count('"') % 2 == 0 and "\r" not in text.replace("\r\n", "") and len(text) < csv.field_size_limit():
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert rows[0] == list(NAMES)


def documents(data: bytes) -> None:
    """What passes the scan of an event file holds no control character but line ends."""
    try:
        ByteScan("f", holds_documents=True).look(data)
    except BridgeError:
        return
    assert all(byte >= ord(" ") or byte in b"\r\n" for byte in data)


def ack(data: bytes) -> None:
    """An ack that is taken says what Python's json says; its words can be kept."""
    try:
        found = read_ack(data, SEALED)
    except BridgeError as refused:
        _require_keepable(refused)
        return
    assert json.loads(data.decode("utf-8-sig"))["status"] == found.status
    assert all(map(_keepable, (found.reason, found.importer, found.received_at)))


def proof(data: bytes) -> None:
    """A proof that is taken names the answer's hash."""
    try:
        check_proof(b"answer", data, "a")
    except BridgeError as refused:
        _require_keepable(refused)
        return
    assert json.loads(data.decode("utf-8-sig"))["bytes"] == len(b"answer")


def results(data: bytes) -> None:
    """Line results that are taken name every line once, as Python's csv reads them."""
    try:
        found = read_result(data, SEALED, REFERENCES)
    except BridgeError as refused:
        _require_keepable(refused)
        return
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    assert tuple(rows[0]) == RESULT_HEADER
    assert sorted((int(row[0]), row[1], row[2]) for row in rows[1:]) == [one[:3] for one in found]
    assert all(_keepable(one.code) and _keepable(one.message) for one in found)


def rejects(data: bytes) -> None:
    """A reject file names lines of the import file, or strangers; nothing in it is left out."""
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        numbers, strangers = evidence.read_rejects(Path(file.name), "cp1252", DIRECT_COST, LINES)
    assert numbers is not None
    assert numbers <= {1, 2}
    assert strangers or numbers or not data.strip()


def print_file(data: bytes) -> None:
    """A print file gives counts or none, and messages of lines by number."""
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        found = evidence.read_print(Path(file.name), PRINTS)
    assert found is not None
    assert found.counts is None or all(count >= 0 for count in found.counts)
    said = evidence.messages(found, PRINTS, LINES)
    assert all(number >= 0 and message.text == " ".join(message.text.split()) for number, message in said.items())


TARGETS: dict[str, tuple[Callable[[bytes], None], tuple[bytes, ...]]] = {
    "manifest": (manifest, (MANIFEST.to_bytes(),)),
    "file_name": (file_name, (b"JOB_AW_PROD_00000001_v1.csv", b"EVENT_AW_TEST_99999999_v999.ndjson")),
    "csv_bytes": (csv_bytes, (b'Job,Status\n"24-001","a ""b"""\n', b'\xef\xbb\xbf"Job","Status"\r\n1,2\r\n')),
    "documents": (documents, (b'{"event_id": "a", "reason": "\xc3\x89"}\n',)),
    "ack": (ack, (json.dumps(_ACK).encode(), json.dumps({**_ACK, "status": "refused", "reason": "no"}).encode())),
    "proof": (proof, (b'{"format": 1, "sha256": "' + b"0" * 64 + b'", "bytes": 6, "rows": 1}',)),
    "results": (
        results,
        (b'line,reference,result,code,message\n1,RB00000001,ACCEPTED,,\n2,RB00000002,REJECTED,X,"no, not"\n',),
    ),
    "rejects": (rejects, (b'"DC","R1"\r\n"DC","R9"\r\n',)),
    "print_file": (print_file, (b"Line 2 rejected: no\r\nEntries accepted: 1\r\nLines rejected: 1\r\n",)),
}
"""Each target with seeds to begin from."""

DICTIONARY = (
    b'"',
    b",",
    b"\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"[" * 2_000,
    b'{"a":' * 1_200,
    b"9" * 5_000,
    b"1e999",
    b"NaN",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\\ud800",
    b"\\u0000",
    b"-0",
    b"true",
    b"null",
    b"x" * 140_000,
    b"=",
    b"\x85",
    b'"seq": 1,',
    b"\xe2\x80\xa8",
    b"\xd9\xa1",
)
"""Pieces that break readers."""
