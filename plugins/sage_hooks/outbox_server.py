"""The outbox's eyes and hands on the file server: look into every folder, put a file in place in provable steps.

Each function is one step of protocol 3.3. Nothing here decides; `sage_bridge.lanes` judges what was seen.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import closing
from typing import TYPE_CHECKING

from sage_bridge.answers import ACK_SUFFIX, PROOF_SUFFIX, RESULT_SUFFIX
from sage_bridge.errors import BrokenLaw, RefusedTransfer, Transient
from sage_bridge.lanes import ACKS, INBOX, TAKEN, Evidence
from sage_bridge.transfers import FileName

if TYPE_CHECKING:
    from sage_hooks.exchange import Exchange

_PART = ".part."


def path(company_id: str, folder: str, name: str) -> str:
    """Give the path of a file in one of the company's folders."""
    return f"{company_id}/{folder}/{name}"


def look(exchange: Exchange, company_id: str, file_name: str) -> Evidence:
    """Look for a file in every folder, in the order in which the Sage side moves it, so that none slips by."""
    copies = []
    for folder in (INBOX, *TAKEN):
        found = _hash(exchange, path(company_id, folder, file_name))
        if found:
            copies.append((folder, found))
    answers = (f"{file_name}{suffix}" for suffix in (ACK_SUFFIX, RESULT_SUFFIX))
    return Evidence(
        copies=tuple(copies),
        part_tokens=frozenset(part_tokens(exchange, company_id, file_name)),
        has_manifest=exchange.stat(path(company_id, INBOX, f"{file_name}{PROOF_SUFFIX}")) is not None,
        has_answer=any(exchange.stat(path(company_id, ACKS, name)) is not None for name in answers),
    )


def _hash(exchange: Exchange, where: str) -> str:
    """Give the sha256 of a file; empty when it is not there, or was moved while being read.

    What stands there in words is no file of ours, and equals no hash.
    """
    entry = exchange.stat(where)
    if entry is None:
        return ""
    if not entry.is_regular:
        return "not a regular file"
    digest = hashlib.sha256()
    try:
        with closing(exchange.chunks(where, max(entry.size, 1))) as chunks:
            for chunk in chunks:
                digest.update(chunk)
    except RefusedTransfer as refused:
        if refused.code != "RS-220":
            raise
        return f"not sealed by us ({refused.found})"
    except Transient:
        if exchange.stat(where) is None:
            return ""
        raise
    return digest.hexdigest()


def part_tokens(exchange: Exchange, company_id: str, file_name: str) -> list[str]:
    """Give the tokens of unfinished uploads of a file."""
    prefix = f"{file_name}{_PART}"
    names = [entry.name for entry in exchange.listing(f"{company_id}/{INBOX}")]
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]


def write_part(exchange: Exchange, company_id: str, file_name: str, token: str, content: bytes) -> None:
    """Upload under a name nobody reads."""
    exchange.make_folder(f"{company_id}/{INBOX}")
    exchange.write(path(company_id, INBOX, f"{file_name}{_PART}{token}"), content)


def require_part(exchange: Exchange, company_id: str, file_name: str, token: str, sha256: str) -> None:
    """Read an upload back and compare its hash.

    Raises:
        Transient: RS-942 the server holds other bytes than were sent.
    """
    found = _hash(exchange, path(company_id, INBOX, f"{file_name}{_PART}{token}"))
    if found != sha256:
        raise Transient(
            "RS-942",
            "an upload reads back differently",
            record=file_name,
            expected=sha256,
            found=found or "nothing",
            do="wait for the next try; if it lasts, check the server's disk",
        )


def remove_other_parts(exchange: Exchange, company_id: str, file_name: str, token: str) -> None:
    """Remove what other attempts left: a worker that wakes up late finds nothing to put in place."""
    for name in (file_name, f"{file_name}{PROOF_SUFFIX}"):
        for other in part_tokens(exchange, company_id, name):
            if other != token:
                exchange.remove(path(company_id, INBOX, f"{name}{_PART}{other}"))


def put_in_place(exchange: Exchange, company_id: str, file_name: str, token: str) -> None:
    """Rename an upload to its name, never over another file; raises FileExistsError."""
    exchange.rename(path(company_id, INBOX, f"{file_name}{_PART}{token}"), path(company_id, INBOX, file_name))


def write_manifest_part(exchange: Exchange, company_id: str, file_name: str, token: str, manifest: bytes) -> None:
    """Upload the manifest under a name nobody reads."""
    exchange.write(path(company_id, INBOX, f"{file_name}{PROOF_SUFFIX}{_PART}{token}"), manifest)


def put_manifest_in_place(exchange: Exchange, company_id: str, file_name: str, token: str, manifest: bytes) -> None:
    """Put the `.ok` beside the data, whole at once; an equal one that is there already counts as ours.

    Raises:
        BrokenLaw: RS-445 another manifest of this name lies there.
    """
    name = f"{file_name}{PROOF_SUFFIX}"
    place = path(company_id, INBOX, name)
    part = path(company_id, INBOX, f"{name}{_PART}{token}")
    try:
        exchange.rename(part, place)
    except FileExistsError:
        exchange.remove(part)
        if exchange.read(place, max(len(manifest) + 1, 65_536)) != manifest:
            raise BrokenLaw(
                "RS-445",
                "another manifest lies under this name",
                record=name,
                expected="the sealed one",
                found="other bytes",
                do="find out who wrote it, then remove it",
            ) from None


def greatest_seq(exchange: Exchange, company_id: str, flow: str, environment: str) -> int:
    """Give the greatest file number of a lane in any folder, 0 when there is none; for comparison after a restore."""
    suffix = re.compile(rf"({re.escape(_PART)}[0-9a-f]+|{re.escape(ACK_SUFFIX)}|{re.escape(RESULT_SUFFIX)})?(\.ok)?")
    greatest = 0
    for folder in (INBOX, *TAKEN, ACKS):
        for entry in exchange.listing(f"{company_id}/{folder}"):
            name = FileName.parse(entry.name) or _data_name(entry.name, suffix)
            if name is not None and (name.flow, name.company, name.environment) == (flow, company_id, environment):
                greatest = max(greatest, name.seq)
    return greatest


def _data_name(name: str, suffix: re.Pattern[str]) -> FileName | None:
    """Give the data file that an answer, a manifest or an upload belongs to."""
    for extension in (".txt", ".csv"):
        stem, found, rest = name.partition(extension)
        if found and suffix.fullmatch(rest):
            return FileName.parse(stem + extension)
    return None


def is_seq_on_server(exchange: Exchange, company_id: str, name: FileName) -> bool:
    """Say whether a file of this name, or an answer to it, lies in any folder."""
    text = str(name)
    places = [path(company_id, folder, text) for folder in (INBOX, *TAKEN)]
    places += [path(company_id, ACKS, f"{text}{suffix}") for suffix in (ACK_SUFFIX, RESULT_SUFFIX)]
    return any(exchange.stat(place) is not None for place in places)
