"""From the SFTP server into a temp table of text: one pass over the bytes, hashed, scanned and kept on the way."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from sage_bridge.csv_proof import LineProof
from sage_bridge.csv_rules import ByteScan, check_header, content_start, warehouse_encoding
from sage_bridge.errors import RefusedTransfer
from sage_hooks.warehouse import run_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sage_bridge.csv_proof import Proof, Shape
    from sage_bridge.feeds import Feed
    from sage_bridge.transfers import Manifest
    from sage_hooks.inbound_folder import Source
    from sage_hooks.warehouse import Connection

KEPT_IN_ROW = 8 * 1024 * 1024
"""Bytes up to which a raw file lies in its database row; larger ones go to the raw folder."""

PART = ".part."
"""How the name of a file of that folder begins until all its bytes are there."""


# After these there is nothing to read on, and nothing may be said of what was read.
_FINAL = frozenset({"RS-202", "RS-217", "RS-220"})


@dataclass(frozen=True, slots=True)
class RawFile:
    """The bytes of a file as received: `content` when small, else `path`."""

    sha256: str
    byte_count: int
    content: bytes | None
    path: Path | None


@dataclass(frozen=True, slots=True)
class Received:
    """A file after its bytes have come: kept, and staged unless `fault` says why it could not be.

    `proof` is what its lines have shown of single values, where a shape of good lines was given.
    """

    raw: RawFile
    scan: ByteScan
    fault: RefusedTransfer | None
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class _Looks:
    """What looks at the bytes while they stream by."""

    scan: ByteScan
    lines: LineProof | None

    def follow(self, chunk: bytes | memoryview) -> None:
        if self.lines:
            self.lines.look(chunk)


class _RawWriter:
    """Keeps bytes in memory while they are few, in a file of the raw folder from then on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._digest = hashlib.sha256()
        self._count = 0
        self._held: list[bytes] = []
        self._part: Path | None = None
        self._file: int = -1

    def write(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self._count += len(chunk)
        if self._part is None and self._count > KEPT_IN_ROW:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._part = self._folder / f"{PART}{secrets.token_hex(8)}"
            self._file = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            held, self._held = self._held, []
            for earlier in held:
                os.write(self._file, earlier)
        if self._part is None:
            self._held.append(chunk)
        else:
            os.write(self._file, chunk)

    def finish(self) -> RawFile:
        digest = self._digest.hexdigest()
        if self._part is None:
            return RawFile(digest, self._count, b"".join(self._held), None)
        return RawFile(digest, self._count, None, name_raw_part(self._part, self._file, digest))

    def close(self) -> None:
        """Let go of the file; a part that was not finished is removed."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        if self._part is not None:
            self._part.unlink(missing_ok=True)


def name_raw_part(part: Path, file: int, digest: str) -> Path:
    """Give a written part its name by its hash; bytes and name outlive a power cut, as a row will rely on them.

    `file` is the open descriptor of the part. Files lie under the first two characters of their hash.
    """
    os.fsync(file)
    path = part.parent / digest[:2] / digest
    path.parent.mkdir(exist_ok=True)
    part.replace(path)
    for folder in (path.parent, part.parent):
        place = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)
    return path


def raw_folder() -> Path:
    """Give the folder for large raw files: `raw` in `SAGE_BRIDGE_VAR`, else in the repository's `var/`."""
    chosen = os.environ.get("SAGE_BRIDGE_VAR", "")
    return (Path(chosen).expanduser() if chosen else Path(__file__).resolve().parents[2] / "var") / "raw"


def receive(
    connection: Connection,
    exchange: Source,
    path: str,
    feed: Feed,
    manifest: Manifest,
    *,
    byte_limit: int,
    seconds: float,
    line_shape: Shape | None = None,
) -> Received:
    """Stream a file into temp table `staged` (row_no and the feed's columns as text) inside the caller's transaction.

    After a fault the transaction is of no use any more (roll it back), but the bytes have been read to their end and
    are kept: a file that is not the one of its manifest is named so, whatever else is wrong with it. Only a file beyond
    a limit is not read on.

    Args:
        connection: an open transaction.
        exchange: where the file lies.
        path: the file on the server.
        feed: its columns.
        manifest: its control figures.
        byte_limit: more bytes than this are refused.
        seconds: a longer reading is refused.
        line_shape: what good lines look like, to see while they stream by which of them are suspect.

    Raises:
        RefusedTransfer: RS-202 too many bytes; RS-204 an encoding that is not agreed; RS-206 an endless line or record;
            RS-217 too slow; RS-220 not signed and encrypted as agreed.
        Transient: RS-901 the server went away.
    """
    warehouse_encoding(manifest.encoding, path)
    create_stage(connection, feed)
    scan = ByteScan(path, holds_documents=feed.flow == "EVENT")
    writer = _RawWriter(raw_folder())
    lines = LineProof(line_shape) if line_shape else None
    rows = 0
    fault: RefusedTransfer | None = None
    try:
        # Left open, a reading that was given up would be ended whenever memory is cleaned, in the middle of another.
        with closing(exchange.chunks(path, byte_limit, seconds)) as chunks:
            try:
                rows = _copy(connection, feed, manifest.encoding, path, _Looks(scan, lines), _kept(chunks, writer))
            except RefusedTransfer as refused:
                if refused.code in _FINAL or scan.is_endless:
                    raise
                fault = refused
            except psycopg.Error as error:
                fault = _copy_fault(path, error)
            try:
                for chunk in chunks:
                    writer.write(chunk)
            except RefusedTransfer as refused:
                # Beyond a limit on the way to the end: what was found before is the reason.
                raise fault or refused from None
        raw = writer.finish()
    finally:
        writer.close()
    return Received(raw, scan, _incomplete(path, manifest, raw) or fault, lines.finish(rows) if lines else None)


def _kept(chunks: Iterator[bytes], writer: _RawWriter) -> Iterator[bytes]:
    for chunk in chunks:
        writer.write(chunk)
        yield chunk


def create_stage(connection: Connection, feed: Feed) -> None:
    """Make the empty temp tables of one transfer."""
    run_file(connection, "landing/drop_staged")
    if feed.flow == "EVENT":
        run_file(connection, "landing/create_staged_line")
    else:
        columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in feed.names)
        connection.execute(
            sql.SQL(
                "create temporary table staged (row_no bigint generated always as identity, {}) on commit drop"
            ).format(columns)
        )
    run_file(connection, "landing/create_staged_violation")
    run_file(connection, "landing/create_staged_quarantine")


def stage_views(connection: Connection, feed: Feed) -> None:
    """Make `staged_row` (with its record key as text) and `landable` (without rows in quarantine) over `staged`."""
    key = sql.SQL(", ").join(sql.SQL("coalesce(s.{}, '')").format(sql.Identifier(name)) for name in feed.key)
    connection.execute(
        sql.SQL(
            "create temporary view staged_row as select s.*, concat_ws('/', {}) as record_key from staged as s"
        ).format(key)
    )
    connection.execute(
        "create temporary view landable as select r.* from staged_row as r "
        "where not exists (select from staged_quarantine as q where q.row_no = r.row_no)"
    )


def _copy(connection: Connection, feed: Feed, encoding: str, path: str, looks: _Looks, chunks: Iterator[bytes]) -> int:
    """Bring the bytes into the staging table; gives the number of rows."""
    is_events = feed.flow == "EVENT"
    first = next(chunks, b"")
    looks.scan.look(first)
    start = content_start(first, encoding, path)
    if not is_events:
        check_header(first[start:], encoding, feed.names, path)
    with connection.cursor() as cursor:
        with cursor.copy(_statement(feed, warehouse_encoding(encoding, path))) as copy:
            content = memoryview(first)[start:]
            copy.write(content)
            looks.follow(content)
            for chunk in chunks:
                looks.scan.look(chunk)
                copy.write(chunk)
                # Behind the writing: the warehouse reads these lines meanwhile.
                looks.follow(chunk)
        rows = cursor.rowcount
    if is_events:
        run_file(connection, "landing/create_staged_events")
    return rows


def _statement(feed: Feed, encoding: str) -> sql.Composed:
    if feed.flow == "EVENT":
        # A line is one field: these two bytes cannot stand in JSON, and the scan refuses them.
        return sql.SQL(
            "copy staged_line (line) from stdin (format csv, delimiter e'\\x02', quote e'\\x01', encoding {})"
        ).format(sql.Literal(encoding))
    names = sql.SQL(", ").join(map(sql.Identifier, feed.names))
    return sql.SQL(
        "copy staged ({}) from stdin (format csv, header match, null '', force_null ({}), encoding {})"
    ).format(names, names, sql.Literal(encoding))


def _copy_fault(path: str, error: psycopg.Error) -> RefusedTransfer:
    diagnostic = error.diag
    if diagnostic.sqlstate is None or diagnostic.sqlstate[:2] not in {"22", "54"}:
        raise error
    # "COPY staged, line 7, column Amount: ..." says where; the value behind the colon may be a whole broken line.
    place = (diagnostic.context or "").partition("\n")[0].partition(": ")[0]
    place = place.removeprefix("COPY staged_line").removeprefix("COPY staged")
    return RefusedTransfer(
        "RS-206",
        "file cannot be read as agreed",
        record=f"{path}{place}",
        found=diagnostic.message_primary or str(error),
        do="have the sender write the file again",
    )


def _incomplete(path: str, manifest: Manifest, raw: RawFile) -> RefusedTransfer | None:
    if raw.byte_count == manifest.bytes and raw.sha256 == manifest.sha256:
        return None
    is_shorter = raw.byte_count != manifest.bytes
    return RefusedTransfer(
        "RS-203",
        "file is not the one its manifest describes",
        record=path,
        expected=f"{manifest.bytes} bytes" if is_shorter else f"sha256 {manifest.sha256[:12]}",
        found=f"{raw.byte_count} bytes" if is_shorter else f"sha256 {raw.sha256[:12]}",
        do="have the sender put file and manifest again",
    )
