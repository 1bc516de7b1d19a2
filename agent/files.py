"""Local files that survive a power cut: written whole, flushed, renamed into place."""

from __future__ import annotations

import hashlib
import os
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = 1024 * 1024


def sync(file: IO[bytes]) -> None:
    """Bring a file's content to the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk; Windows cannot and need not."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sha256_of(path: Path) -> str:
    """Hash a file."""
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            hasher.update(block)
    return hasher.hexdigest()


def copy_synced(source: Path, target: Path) -> None:
    """Copy a file and bring the copy to the disk."""
    with source.open("rb") as reading, target.open("wb") as writing:
        while block := reading.read(_BLOCK):
            writing.write(block)
        sync(writing)
    sync_folder(target.parent)


def move(source: Path, target: Path) -> None:
    """Move a file onto a name, replacing what is there; the name is on the disk afterwards."""
    source.replace(target)
    sync_folder(target.parent)
