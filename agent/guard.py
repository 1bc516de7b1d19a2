"""The guard before Sage's import: an import accepts the same file twice, so the guard must not.

Each check is a function of what it judges; the importer brings the facts and acts on the verdict.
What a file breaks is one sentence of a RefusedTransfer, which becomes the reason in the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sage_bridge.errors import RefusedTransfer
from sage_bridge.transfers import Totals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.layouts import Layout, Line
    from agent.state import Head
    from agent.transport import Digest
    from sage_bridge.transfers import FileName, Manifest

ENCODINGS = ("cp1252", "utf-8")
_ASK = "have the sender write the file again under a new seq"
_ADOPT = "compare both sides' numbers, then set the lane with `adopt`"


@dataclass(frozen=True, slots=True)
class Content:
    """A file that passed: its lines in order, and what it adds up to."""

    lines: tuple[Line, ...]
    net: str


def check_name(name: FileName, company: str, environment: str) -> None:
    """Refuse files of another company or environment: RS-262."""
    if (name.company, name.environment) != (company, environment):
        raise RefusedTransfer(
            "RS-262",
            "the file is meant for another company or environment",
            record=str(name),
            expected=f"{company} {environment}",
            found=f"{name.company} {name.environment}",
            do="correct the sender's folder",
        )


def check_manifest(manifest: Manifest, name: FileName) -> None:
    """Refuse a manifest that speaks of another file: RS-263; of an unknown encoding: RS-265."""
    spoken = (manifest.flow, manifest.company, manifest.environment, manifest.seq, manifest.rev)
    if spoken != (name.flow, name.company, name.environment, name.seq, name.rev):
        raise RefusedTransfer(
            "RS-263", "manifest and file name differ", record=str(name), found=" ".join(map(str, spoken)), do=_ASK
        )
    if manifest.encoding not in ENCODINGS:
        raise RefusedTransfer(
            "RS-265",
            "unknown encoding",
            record=str(name),
            expected=" or ".join(ENCODINGS),
            found=manifest.encoding,
            do=_ASK,
        )


def is_gap(name: FileName, head: Head) -> bool:
    """Tell whether files before this one are missing."""
    return name.seq > head.seq + 1


def check_chain(manifest: Manifest, head: Head, name: FileName) -> None:
    """Refuse a number that was answered (RS-268) and a chain that does not lead on from the last file (RS-269)."""
    if name.seq <= head.seq:
        raise RefusedTransfer(
            "RS-268",
            "this number was answered before",
            record=str(name),
            expected=f"seq {head.seq + 1}",
            found=f"seq {name.seq}",
            do="send new lines under a new seq",
        )
    if (manifest.previous_seq, manifest.previous_sha256) != (head.seq, head.sha256):
        raise RefusedTransfer(
            "RS-269",
            "the file does not follow the last one taken",
            record=str(name),
            expected=f"previous seq {head.seq} sha256 {head.sha256 or 'empty'}",
            found=f"previous seq {manifest.previous_seq} sha256 {manifest.previous_sha256 or 'empty'}",
            do=_ADOPT,
        )


def gap_refusal(name: FileName, head: Head, hours: float) -> RefusedTransfer:
    """Compose the refusal of a file whose predecessors did not come in time: RS-270."""
    return RefusedTransfer(
        "RS-270",
        f"files before this one did not arrive within {hours:.1f} hours",
        record=str(name),
        expected=f"seq {head.seq + 1}",
        found=f"seq {name.seq}",
        do=f"send the missing files first, or {_ADOPT}",
    )


def check_digest(manifest: Manifest, digest: Digest, name: FileName) -> None:
    """Refuse bytes that are not those of the manifest: RS-264."""
    for what, expected, found in (("bytes", manifest.bytes, digest.size), ("sha256", manifest.sha256, digest.sha256)):
        if expected != found:
            raise RefusedTransfer(
                "RS-264",
                f"{what} differ from the manifest",
                record=str(name),
                expected=str(expected),
                found=str(found),
                do=_ASK,
            )


def check_content(data: bytes, manifest: Manifest, layout: Layout, name: FileName) -> Content:
    """Take the file apart and prove its manifest.

    Raises:
        RefusedTransfer: RS-265 encoding, RS-266 layout, RS-267 amount or reference, RS-271 totals, RS-272 a reference
            twice.
    """
    lines = tuple(layout.lines(_text(data, manifest.encoding, layout, name), str(name)))
    if not lines:
        raise RefusedTransfer("RS-266", "the file has no lines", record=str(name), do="send only files with lines")
    totals, seen = Totals(), set()
    for line in lines:
        totals.add((line.reference,), line.amount)
        if line.reference in seen:
            raise RefusedTransfer(
                "RS-272", "a reference stands twice in the file", record=f"{name} {line.reference}", do=_ASK
            )
        seen.add(line.reference)
    found = totals.fields()
    for field, value in found.items():
        # Without a reference column there is no key that both sides would hash alike.
        if (field != "key_hash_total" or layout.reference) and str(getattr(manifest, field)) != str(value):
            raise RefusedTransfer(
                "RS-271",
                f"{field} differs from the manifest",
                record=str(name),
                expected=str(getattr(manifest, field)),
                found=str(value),
                do=_ASK,
            )
    return Content(lines, str(found["net"]))


def check_new_content(name: FileName, sha256: str, taken_as: str | None) -> None:
    """Refuse bytes that were taken before under another name: RS-274."""
    if taken_as is not None:
        raise RefusedTransfer(
            "RS-274",
            "the same bytes were taken before",
            record=str(name),
            expected="new content",
            found=f"{taken_as} {sha256}",
            do="do not send lines twice",
        )


def check_new_in_sage(lines: Iterable[Line], in_sage: Iterable[str], name: FileName) -> None:
    """Refuse a file of which a line stands in Sage already: RS-273, whatever our own memory says."""
    known = set(in_sage)
    found = [line.reference for line in lines if line.reference in known]
    if found:
        raise RefusedTransfer(
            "RS-273",
            f"{len(found)} of its lines stand in Sage already",
            record=f"{name} {found[0]}",
            expected="references that Sage does not have",
            found=", ".join(found[:5]),
            do="do not send them again; the read-back of posted rows confirms them",
        )


def _text(data: bytes, encoding: str, layout: Layout, name: FileName) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as unfit:
        raise RefusedTransfer(
            "RS-265",
            f"the file is not {encoding}",
            record=str(name),
            found=f"byte {unfit.start}: {unfit.reason}",
            do=_ASK,
        ) from unfit
    ends = data.count(b"\r\n")
    is_even = data.count(b"\r") == ends and data.count(b"\n") == ends
    if layout.header:
        is_even = is_even or b"\r" not in data
    if not is_even or (data and not data.endswith(b"\n")):
        raise RefusedTransfer(
            "RS-266", "line ends are not as agreed", record=str(name), expected="CRLF after every line", do=_ASK
        )
    return text
