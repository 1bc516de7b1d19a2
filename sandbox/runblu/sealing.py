"""Event files sealed in RunBlu's own folder: bytes and manifest first, sending afterwards, the same bytes every time.

`outgoing/` holds what is sealed and not yet seen on the server, `sent/` the manifests of what was.
A data file without manifest was being written when the program died; it is thrown away.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING

from sandbox.runblu import files
from sandbox.runblu.documents import as_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from sandbox.runblu.documents import Document

FLOW = "EVENT"
ROWS_PER_FILE = 50_000


@dataclass(frozen=True, slots=True)
class Outgoing:
    """RunBlu's folder for one company and environment."""

    folder: Path
    company: str
    environment: str

    @property
    def waiting(self) -> list[Path]:
        """Give the sealed data files not yet sent, in order."""
        return sorted(path.with_suffix("") for path in (self.folder / "outgoing").glob("*.ok"))

    def manifests(self) -> list[files.Manifest]:
        """Give the manifests of everything ever sealed, in order of seq."""
        found = [
            files.read_manifest(path.read_bytes(), path.name)
            for place in ("outgoing", "sent")
            for path in (self.folder / place).glob(f"{FLOW}_{self.company}_{self.environment}_*.ok")
        ]
        return sorted(found, key=lambda manifest: manifest.seq)

    def seal(self, made: Iterable[Document], now: datetime, rows_per_file: int = ROWS_PER_FILE) -> list[str]:
        """Write documents into sealed files; content sealed before is not sealed again. Gives the names sealed now."""
        place = self.folder / "outgoing"
        place.mkdir(parents=True, exist_ok=True)
        (self.folder / "sent").mkdir(exist_ok=True)
        for path in place.iterdir():
            if path.suffix != ".ok" and not path.with_name(f"{path.name}.ok").exists():
                path.unlink()
        known = self.manifests()
        names = []
        for rows in _groups(made, rows_per_file):
            manifest = self._write(place / "sealing", rows, now, known[-1] if known else None)
            if any(manifest.sha256 == earlier.sha256 for earlier in known):
                (place / "sealing").unlink()
                continue
            name = files.name_of(FLOW, self.company, self.environment, manifest.seq, "ndjson")
            (place / "sealing").replace(place / name)
            part = place / "manifest"
            part.write_bytes(files.write_manifest(manifest))
            part.replace(place / f"{name}.ok")
            known.append(manifest)
            names.append(name)
        return names

    def confirm(self, data: Path) -> None:
        """Note that a file stands on the server; its bytes are no longer kept here."""
        seal = data.with_name(f"{data.name}.ok")
        seal.replace(self.folder / "sent" / seal.name)
        data.unlink()

    def _write(
        self, path: Path, rows: Iterable[Document], now: datetime, last: files.Manifest | None
    ) -> files.Manifest:
        digest, size, count, keys = hashlib.sha256(), 0, 0, 0
        with path.open("wb") as stream:
            for row in rows:
                line = as_line(row)
                stream.write(line)
                digest.update(line)
                size += len(line)
                count += 1
                keys += files.key_hash(str(row["event_id"]))
        empty = files.Manifest(
            FLOW, self.company, self.environment, 1, 1, 0, "", digest.hexdigest(), size, count, "0.00", "0.00", "0.00",
            str(keys), "utf-8", now.astimezone(UTC).isoformat(timespec="seconds"), "UTC", "delta",
            possible_duplicate=False, format=files.FORMAT,
        )  # fmt: skip
        return (
            empty
            if last is None
            else replace(empty, seq=last.seq + 1, previous_seq=last.seq, previous_sha256=last.sha256)
        )


def _groups(made: Iterable[Document], size: int) -> Iterable[Iterable[Document]]:
    """Cut a stream into streams of at most `size`; each must be read to its end before the next is asked for."""
    source = iter(made)
    for first in source:

        def group(head: Document = first) -> Iterable[Document]:
            yield head
            for _count, row in zip(range(size - 1), source, strict=False):
                yield row

        yield group()
