"""What Sage's side says about a file: the technical ack and the line results.

Every figure is compared with what was sealed; whatever contradicts it makes the outcome unknown,
because an answer about other content proves nothing about ours (protocol 3).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from sage_bridge.errors import RefusedTransfer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT = 1
ACK_SUFFIX = ".ack.json"
RESULT_SUFFIX = ".res.csv"
PROOF_SUFFIX = ".ok"
RESULT_HEADER = ("line", "reference", "result", "code", "message")
ACK_LIMIT = 65_536
RESULT_LIMIT = 64 * 1024 * 1024
_MESSAGE_LENGTH = 400
_LINE_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was sealed, as far as an answer must repeat it."""

    file_name: str
    flow: str
    company: str
    environment: str
    seq: int
    rev: int
    sha256: str
    bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class Ack:
    """A technical ack: the file arrived whole (`received`) or the importer's guard turned it away (`refused`)."""

    status: Literal["received", "refused"]
    reason: str
    importer: str
    received_at: str


class LineResult(NamedTuple):
    """What became of one data line; `line` counts data lines from 1."""

    line: int
    reference: str
    result: str
    code: str
    message: str


def check_proof(content: bytes, proof: bytes, name: str, rows: int | None = None) -> None:
    """Compare an answer with the `.ok` written after it.

    Args:
        content: the answer's bytes.
        proof: bytes of its `.ok`: {"format": 1, "sha256", "bytes", "rows"}.
        name: of the answer, for the message.
        rows: data rows of the answer where it has any.

    Raises:
        RefusedTransfer: RS-241 they differ or the proof is no such document.
    """
    document = _object(proof, f"{name}{PROOF_SUFFIX}")
    wanted: dict[str, object] = {
        "format": FORMAT,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }
    if rows is not None:
        wanted["rows"] = rows
    _compare(wanted, document, name)


def read_ack(content: bytes, sealed: Sealed) -> Ack:
    """Read a technical ack and compare it with what was sealed.

    Raises:
        RefusedTransfer: RS-241 it is no ack or speaks of other content; it names the first field that differs.
    """
    name = f"{sealed.file_name}{ACK_SUFFIX}"
    document = _object(content, name)
    wanted: dict[str, object] = {
        "format": FORMAT,
        "file": sealed.file_name,
        "flow": sealed.flow,
        "company": sealed.company,
        "environment": sealed.environment,
        "seq": sealed.seq,
        "rev": sealed.rev,
        "sha256": sealed.sha256,
        "bytes": sealed.bytes,
        "rows": sealed.rows,
    }
    status = document.get("status")
    if status == "refused":
        # A guard that turns a file away may not have read it to its end.
        wanted = {key: value for key, value in wanted.items() if key not in {"sha256", "bytes", "rows"}}
    elif status != "received":
        raise _broken(name, "status", "received or refused", status)
    _compare(wanted, document, name)
    texts = {key: document.get(key) or "" for key in ("reason", "importer", "received_at")}
    for key, text in texts.items():
        if not isinstance(text, str):
            raise _broken(name, key, "text", type(text).__name__)
    return Ack(status, **{key: _message(str(text)) for key, text in texts.items()})


def read_result(content: bytes, sealed: Sealed, references: Sequence[str]) -> list[LineResult]:
    """Read line results: one for every sealed line, in any order; the counts must add up.

    Args:
        content: bytes of the result file (UTF-8, header row).
        sealed: what was sealed.
        references: of the sealed lines, in line order.

    Returns:
        The results in line order.

    Raises:
        RefusedTransfer: RS-242 a row is malformed, missing, repeated or about another line.
    """
    name = f"{sealed.file_name}{RESULT_SUFFIX}"
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as broken:
        raise _broken(name, "content", "UTF-8 CSV", str(broken), "RS-242") from broken
    if not rows or tuple(rows[0]) != RESULT_HEADER:
        raise _broken(name, "header", ",".join(RESULT_HEADER), rows[0] if rows else "nothing", "RS-242")
    results: dict[int, LineResult] = {}
    for number, row in enumerate(rows[1:], 2):
        found = _line_result(name, number, row)
        if found.line in results or not 1 <= found.line <= len(references):
            raise _broken(name, f"row {number}", f"each line from 1 to {len(references)} once", row[0], "RS-242")
        if found.reference != references[found.line - 1]:
            raise _broken(name, f"row {number}", references[found.line - 1], found.reference, "RS-242")
        results[found.line] = found
    if len(results) != len(references):
        raise _broken(name, "rows", str(len(references)), str(len(results)), "RS-242")
    return [results[line] for line in sorted(results)]


def state_of(results: Sequence[LineResult]) -> Literal["accepted", "part", "rejected"]:
    """Give the state a batch takes on its line results."""
    counts = Counter(result.result for result in results)
    if not counts["REJECTED"]:
        return "accepted"
    return "part" if counts["ACCEPTED"] else "rejected"


def _line_result(name: str, number: int, row: Sequence[str]) -> LineResult:
    if len(row) != len(RESULT_HEADER):
        raise _broken(name, f"row {number}", f"{len(RESULT_HEADER)} fields", str(len(row)), "RS-242")
    line, reference, result, code, message = row
    if _LINE_NUMBER.fullmatch(line) is None or result not in {"ACCEPTED", "REJECTED"}:
        raise _broken(name, f"row {number}", "a line number and ACCEPTED or REJECTED", f"{line} {result}", "RS-242")
    return LineResult(int(line), reference, result, _message(code), _message(message))


def _message(text: str) -> str:
    """Give words of the other side as they can be kept: cut, and U+FFFD for what the warehouse cannot hold."""
    return _UNKEEPABLE.sub("\ufffd", text[:_MESSAGE_LENGTH])


def _object(content: bytes, name: str) -> dict[str, object]:
    try:
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_without_double_keys)
    except (ValueError, RecursionError) as broken:
        # ValueError: bytes that are no UTF-8, text that is no JSON, a double key, a number with thousands of digits.
        raise _broken(name, "content", "JSON", str(broken)) from broken
    if not isinstance(document, dict):
        raise _broken(name, "content", "a JSON object", type(document).__name__)
    return document


def _without_double_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands there twice")
    return document


def _compare(wanted: Mapping[str, object], document: Mapping[str, object], name: str) -> None:
    for key, value in wanted.items():
        found = document.get(key)
        if type(found) is not type(value) or found != value:
            raise _broken(name, key, str(value), found if isinstance(found, str | int) else type(found).__name__)


def _broken(name: str, where: str, expected: str, found: object, code: str = "RS-241") -> RefusedTransfer:
    return RefusedTransfer(
        code,
        "an answer does not fit what was sent",
        record=f"{name} {where}",
        expected=expected,
        found=ascii(found)[:200],
        do="compare the answer with the sent file on the Sage side, then decide by the runbook outcome-unknown",
    )
