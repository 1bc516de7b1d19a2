"""A small disk of its own for a test: a tmpfs of a few megabytes, and ballast that fills it up."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from ops.processes import is_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = 4096
_HOW = "run it as root with the right to mount (in a container: --cap-add SYS_ADMIN): sudo make test TIER=services"


@dataclass(frozen=True)
class Disk:
    """A mounted folder."""

    folder: Path

    @property
    def free(self) -> int:
        """Give the bytes that can still be written."""
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    @contextmanager
    def filled(self, leave: int = 0) -> Iterator[None]:
        """Leave only so many bytes, rounded up to a block, for as long as the block runs."""
        ballast = self.folder / "ballast"
        with ballast.open("wb", buffering=0) as file:
            while (left := self.free - leave) >= _BLOCK:
                file.write(bytes(min(1 << 20, left) // _BLOCK * _BLOCK))
        try:
            yield
        finally:
            ballast.unlink()


@contextmanager
def small_disk(folder: Path, megabytes: int, *, uid: int = 0, gid: int = 0) -> Iterator[Disk]:
    """Mount a tmpfs on a new folder; only root may."""
    if not is_root():
        pytest.skip(f"a full disk needs a disk of its own; {_HOW}")
    folder.mkdir(parents=True)
    options = f"size={megabytes}m,mode=0700,uid={uid},gid={gid}"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.fail(f"no disk could be mounted: {mounted.stderr.strip()}; {_HOW}")
    try:
        yield Disk(folder)
    finally:
        # Lazily: what still holds a file there must not keep the disk for ever.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
