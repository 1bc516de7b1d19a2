"""Extracts: Sage's rows as a CSV file with a manifest that chains it to the one before.

RFC 4180, comma, LF, header row, fields quoted where needed, rows in key order. LF because the bytes
then go into the warehouse unchanged and equal rows give equal bytes on every platform. Numbering
has no gap and no number has two contents: a number is taken by the same commit that stores hash and
manifest, and the bytes stay on disk until the manifest is on the server.
"""

from __future__ import annotations

import csv
import hashlib
import io
import secrets
import time
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import IO, TYPE_CHECKING

from agent import logs
from agent.files import sha256_of, sync, sync_folder
from agent.state import Extract
from sage_bridge.errors import BrokenLaw, RefusedLine
from sage_bridge.feeds import FEEDS
from sage_bridge.transfers import FileName, Manifest, Totals

if TYPE_CHECKING:
    from pathlib import Path

    from agent.source import Source
    from agent.tools import Tools
    from sage_bridge.feeds import Feed


@dataclass(frozen=True, slots=True)
class Written:
    """A local extract file: hash, size, control totals."""

    sha256: str
    size: int
    totals: Totals


def write_extract(source: Source, feed: Feed, encoding: str, file: IO[bytes]) -> Written:
    """Stream a feed into a file; memory holds one chunk of rows whatever the size.

    Raises:
        RefusedLine: RS-361 a character does not fit into the encoding; else as `Source.read`.
    """
    hasher, totals, size = hashlib.sha256(), Totals(), 0
    key = [feed.names.index(name) for name in feed.key]
    money = feed.names.index(feed.money) if feed.money else None
    reading = source.read(feed.flow)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(feed.names)
    for rows in reading.chunks:
        writer.writerows(rows)
        for row in rows:
            totals.add([row[place] for place in key], Decimal(row[money] or 0) if money is not None else Decimal(0))
        size += _flush(buffer, encoding, file, hasher, feed, rows)
    size += _flush(buffer, encoding, file, hasher, feed, [])
    if reading.notes.rounded or reading.notes.cleaned:
        logs.warning(
            "values_changed", flow=feed.flow, rounded=reading.notes.rounded, control_characters=reading.notes.cleaned
        )
    return Written(hasher.hexdigest(), size, totals)


def _flush(
    buffer: io.StringIO, encoding: str, file: IO[bytes], hasher: hashlib._Hash, feed: Feed, rows: list[list[str]]
) -> int:
    try:
        data = buffer.getvalue().encode(encoding)
    except UnicodeEncodeError as unfit:
        raise _unfit(feed, rows, encoding) from unfit
    file.write(data)
    hasher.update(data)
    buffer.seek(0)
    buffer.truncate()
    return len(data)


def _unfit(feed: Feed, rows: list[list[str]], encoding: str) -> RefusedLine:
    for row in rows:
        for name, value in zip(feed.names, row, strict=True):
            try:
                value.encode(encoding)
            except UnicodeEncodeError as unfit:
                key = "/".join(row[feed.names.index(part)] for part in feed.key)
                return RefusedLine(
                    "RS-361",
                    f"a character of column {name} does not fit into {encoding}",
                    record=f"{feed.table} {key}",
                    found=f"U+{ord(value[unfit.start]):04X}",
                    do="set encoding to utf-8 on both sides, or correct the record in Sage",
                )
    return RefusedLine("RS-361", f"a character does not fit into {encoding}", record=feed.table)


class Extractor:
    """Seals extracts and brings them to the server; only one instance works on a state folder."""

    def __init__(self, tools: Tools) -> None:
        """Use the given parts."""
        self._config = tools.config
        self._state = tools.state
        self._source = tools.source
        self._publisher = tools.publisher
        self._now = tools.now
        self._at = tools.at
        self._folder = tools.config.state_dir / "outgoing"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._marks: dict[str, int] = {}
        self._clean()

    def extract(self, flow: str) -> bool:
        """Seal one extract of a flow; False when nothing differs from the one before (and that may be skipped).

        Raises:
            BadConfig, RefusedLine, Transient: as `Source.read`; nothing is sealed and no number is used up.
        """
        feed, started = FEEDS[flow], time.monotonic()
        last = self._state.last_extract(flow)
        mark = self._source.mark()
        may_skip = self._config.skip_unchanged and last is not None
        if may_skip and mark is not None and self._marks.get(flow) == mark:
            return False
        local = self._folder / f"{flow}_{secrets.token_hex(8)}.csv"
        extracted_at = self._now().isoformat(timespec="seconds")
        with local.open("wb") as file:
            written = write_extract(self._source, feed, self._config.encoding, file)
            sync(file)
        sync_folder(self._folder)
        self._at("extract_written")
        if may_skip and last is not None and last.sha256 == written.sha256:
            local.unlink()
            self._remember(flow, mark)
            logs.info(
                "unchanged", flow=flow, seq=last.seq, rows=written.totals.rows, seconds=time.monotonic() - started
            )
            return False
        extract = self._seal(feed, written, last, local, extracted_at)
        self._remember(flow, mark)
        logs.info(
            "extracted",
            flow=flow,
            seq=extract.seq,
            rows=extract.rows,
            bytes=extract.size,
            net=written.totals.fields()["net"],
            seconds=time.monotonic() - started,
        )
        return True

    def waiting(self) -> list[str]:
        """Give the flows that have sealed extracts to publish."""
        return list(dict.fromkeys(extract.flow for extract in self._state.open_extracts()))

    def publish(self, flow: str) -> None:
        """Bring a flow's sealed extracts to the server, in order of their numbers.

        Raises:
            BrokenLaw: RS-460 the sealed bytes are gone or changed on this machine.
            LaneStopped, Transient: as `Publisher.put_file`.
        """
        for extract in self._state.open_extracts():
            if extract.flow == flow:
                self._publish(extract)

    def _remember(self, flow: str, mark: int | None) -> None:
        if mark is not None:
            self._marks[flow] = mark

    def _seal(self, feed: Feed, written: Written, last: Extract | None, local: Path, extracted_at: str) -> Extract:
        name = FileName(
            feed.flow, self._config.company, self._config.environment, (last.seq if last else 0) + 1, 1, "csv"
        )
        fields = written.totals.fields()
        manifest = Manifest(
            flow=name.flow,
            company=name.company,
            environment=name.environment,
            seq=name.seq,
            rev=name.rev,
            previous_seq=last.seq if last else 0,
            previous_sha256=last.sha256 if last else "",
            sha256=written.sha256,
            bytes=written.size,
            rows=written.totals.rows,
            debit=str(fields["debit"]),
            credit=str(fields["credit"]),
            net=str(fields["net"]),
            key_hash_total=str(fields["key_hash_total"]),
            encoding=self._config.encoding,
            extracted_at=extracted_at,
            zone=self._config.zone,
            extent="full",
        )
        extract = Extract(
            flow=feed.flow,
            seq=name.seq,
            file_name=str(name),
            local_name=local.name,
            sha256=written.sha256,
            size=written.size,
            rows=written.totals.rows,
            manifest=manifest.to_bytes(),
            state="sealed",
            sealed_at=extracted_at,
        )
        with self._state.transaction():
            self._state.seal_extract(extract)
        self._at("extract_sealed")
        return extract

    def _publish(self, extract: Extract) -> None:
        started = time.monotonic()
        local = self._folder / extract.local_name
        found = sha256_of(local) if local.is_file() else "no file"
        if found != extract.sha256:
            raise BrokenLaw(
                "RS-460",
                "the bytes of a sealed extract are gone or changed on this machine",
                record=str(local),
                expected=extract.sha256,
                found=found,
                do="restore the file from a backup of the state folder; its number must not get another content",
            )
        target = f"{self._config.company}/from_sage/{extract.file_name}"
        is_again = extract.state == "publishing"
        with self._state.transaction():
            self._state.publishing(extract)
        self._at("extract_publishing")
        manifest = extract.manifest
        if is_again and not self._publisher.is_there(target, extract.sha256):
            # The receiver may have taken the first copy away already; it tells by seq and hash, this flag warns people.
            manifest = replace(Manifest.from_bytes(manifest, extract.file_name), possible_duplicate=True).to_bytes()
        self._publisher.put_file(local, extract.sha256, target)
        self._at("extract_data_written")
        if not self._publisher.has_manifest(f"{target}.ok", extract.sha256):
            self._publisher.put_bytes(manifest, f"{target}.ok")
        self._at("extract_ok_written")
        with self._state.transaction():
            self._state.published(extract, self._now().isoformat(timespec="seconds"))
        self._at("extract_published")
        local.unlink()
        logs.info(
            "published", file=extract.file_name, flow=extract.flow, seq=extract.seq, seconds=time.monotonic() - started
        )

    def _clean(self) -> None:
        """Remove files that no sealed extract needs: written before a crash, or published just before one."""
        needed = {extract.local_name for extract in self._state.open_extracts()}
        for path in self._folder.iterdir():
            if path.name not in needed:
                path.unlink()
