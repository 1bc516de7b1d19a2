"""Raw files leave the database for the raw folder, where large ones lie from the beginning; and whether all are there.

Files as received are evidence and kept for ever, but need not lie in the database for ever. A row keeps hash, size and
day of arrival, so that whoever reads the file later can tell that it is the one that came. No chain reads the bytes:
events have documents of their own.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sage_bridge.errors import BrokenLaw
from sage_hooks.inbound_staging import PART, name_raw_part
from sage_hooks.warehouse import fetch_file, run_file

if TYPE_CHECKING:
    from datetime import datetime

    from sage_hooks.warehouse import Connection


@dataclass(frozen=True, slots=True)
class Moved:
    """How many raw files were moved, and their bytes."""

    files: int
    byte_count: int


@dataclass(frozen=True, slots=True)
class Damage:
    """A raw file that is not in the folder as it came: its place and what was found there."""

    file_path: str
    found: str


def move_raw_files(connection: Connection, folder: Path, before: datetime) -> Moved:
    """Move raw files that came before a moment from their rows into a folder, each in a transaction of its own.

    A file is complete in the folder before its row lets go of the bytes; what was under way when the work ended is done
    again by the next run, to the same place.

    Raises:
        BrokenLaw: RS-446 the bytes in a row are not those that came; nothing of that file is moved.
        OSError: the folder cannot be written.
    """
    files = byte_count = 0
    with connection.transaction():
        waiting = fetch_file(connection, "landing/select_raw_files_before", {"before": before})
    for row in waiting:
        one = {"company_id": row["company_id"], "sha256": row["sha256"]}
        with connection.transaction():
            for held in fetch_file(connection, "landing/select_raw_content", one):
                path = _keep(folder, row["sha256"], held["content"])
                run_file(connection, "landing/update_raw_file_path", {**one, "file_path": str(path)})
                files += 1
                byte_count += row["byte_count"]
    return Moved(files, byte_count)


def damaged_raw_files(connection: Connection) -> list[Damage]:
    """Read every raw file in the folder and give those that are gone or are not what came."""
    with connection.transaction():
        rows = fetch_file(connection, "landing/select_raw_files_in_folder")
    found = ((row, _hash_of(Path(row["file_path"]))) for row in rows)
    return [Damage(row["file_path"], seen) for row, seen in found if seen != row["sha256"]]


def _keep(folder: Path, sha256: str, content: bytes) -> Path:
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise BrokenLaw(
            "RS-446",
            "the bytes of a raw file are not those that came",
            record=f"landing.raw_file {sha256}",
            expected=f"sha256 {sha256}",
            found=found,
            do="find out who changed the row; the file as it came may still lie on the file server or in a backup",
        )
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{PART}{secrets.token_hex(8)}"
    with part.open("xb") as file:
        part.chmod(0o600)
        file.write(content)
        file.flush()
        return name_raw_part(part, file.fileno(), sha256)


def _hash_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return error.strerror or type(error).__name__
