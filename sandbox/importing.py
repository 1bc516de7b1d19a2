"""Import Direct Cost: a file in, entries into an unposted batch, refused lines into a file of the same format.

Lines of the general ledger, and commitment change orders, may stand in the same file. Lines go in one transaction. The
reject and print files are written beside their final names before the commit and get those names after it; a run that
dies in between is completed by the next command.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sandbox import change_import, direct_cost, journal, periods, store, values
from sandbox.errors import SandboxError
from sandbox.layout import read_layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sandbox.direct_cost import Books
    from sandbox.layout import Layout
    from sandbox.posting import Transaction
    from sandbox.store import Connection, Step

_PENDING = ".pending"


@dataclass(slots=True)
class Imported:
    """What an import did; `earlier` tells when the very same file went in before, '' = never."""

    number: int
    sha256: str
    earlier: str
    accepted: int = 0
    cents: int = 0
    batches: dict[str, None] = field(default_factory=dict)
    refused: list[tuple[int, str]] = field(default_factory=list)
    ledger: list[journal.Entry] = field(default_factory=list)
    changes: list[change_import.Change] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def import_file(connection: Connection, data: Path, file: Path, reject: Path, report: Path, now: datetime) -> Imported:
    """Import direct-cost and general ledger lines as documented: good lines in, bad lines out, nothing posted.

    The same content again is taken again with a warning. Raises SandboxError when the file cannot be
    read, when a result cannot be written, or when two of the paths are one.
    """
    layout = read_layout(data)
    paths = [path.resolve() for path in (file, reject, report)]
    if len(set(paths)) != len(paths):
        raise SandboxError(
            "file, reject and print name one file twice", found=str(file), do="give three different paths"
        )
    try:
        deliver(connection, now)
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            with store.step(connection, now) as step:
                done = _import(step, stream, digest, layout, paths)
        deliver(connection, now)
    except OSError as broken:
        raise SandboxError(
            f"the import cannot be done ({broken.strerror})",
            where=str(broken.filename or file),
            expected="a file to read and two to write",
            do="check path and permissions, then import again",
        ) from None
    return done


def deliver(connection: Connection, now: datetime) -> int:
    """Give the result files of finished imports their names; gives how many imports waited for it."""
    rows = connection.execute("select * from SANDBOX_IMPORT where Is_Delivered = 0 order by Import_Number").fetchall()
    if not rows:
        return 0
    with store.step(connection, now) as step:
        for row in rows:
            for final in (Path(row["Reject_Path"]), Path(row["Print_Path"])):
                pending = _pending(final, row["Import_Number"])
                if pending.exists():
                    pending.replace(final)
            step.connection.execute(
                "update SANDBOX_IMPORT set Is_Delivered = 1 where Import_Number = ?", (row["Import_Number"],)
            )
    return len(rows)


def _import(step: Step, stream: BinaryIO, digest: str, layout: Layout, paths: list[Path]) -> Imported:
    file, reject, report = paths
    earlier = step.connection.execute(
        "select Import_Number, Imported_At from SANDBOX_IMPORT where Sha256 = ? order by Import_Number desc", (digest,)
    ).fetchone()
    number = step.next_number("import")
    done = Imported(number, digest, f"import {earlier[0]}, {earlier[1]}" if earlier else "")
    open_months, open_ledger = (periods.open_periods(step.connection, one) for one in ("JC", journal.APPLICATION))
    books = direct_cost.read_books(step.connection, open_months, open_ledger)
    run = step.next_number("entry_run")
    try:
        with _pending(reject, number).open("wb") as refused_lines:
            step.run_many(
                "insert_new_transaction",
                _entries(step, run, _read(step, stream, refused_lines, layout, books, done), done),
            )
            journal.enter(step, done.ledger)
            done.warnings += change_import.enter(step, done.changes)
            _sync(refused_lines)
        with _pending(report, number).open("wb") as text:
            text.write(_report(step, file, done).encode("utf-8"))
            _sync(text)
    except BaseException:
        for path in (reject, report):
            _pending(path, number).unlink(missing_ok=True)
        raise
    step.run(
        "insert_import",
        {"Import_Number": number, "Sha256": digest, "File_Name": str(file), "Imported_At": _clock(step.now),
         "Accepted": done.accepted, "Rejected": len(done.refused), "Reject_Path": str(reject),
         "Print_Path": str(report)},
    )  # fmt: skip
    return done


def _read(
    step: Step, stream: BinaryIO, refused_lines: BinaryIO, layout: Layout, books: Books, done: Imported
) -> Iterator[tuple[int, Transaction | journal.Entry]]:
    """Give the good lines with their numbers; copy the others, byte by byte, and note their reasons."""
    reader = change_import.Reader(step.connection, layout, _split)
    for number, raw in enumerate(stream, 1):
        if reader.is_mine(raw):
            _settle(reader.add(number, raw), refused_lines, done)
            continue
        _settle(reader.end(), refused_lines, done)
        try:
            yield number, direct_cost.read_line(raw, layout, books)
        except direct_cost.RefusedLineError as refused:
            done.refused.append((number, str(refused)))
            refused_lines.write(raw)
    _settle(reader.end(), refused_lines, done)


def _split(raw: bytes, layout: Layout) -> dict[str, str]:
    try:
        return direct_cost.split(raw, layout)
    except direct_cost.RefusedLineError as refused:
        raise change_import.RefusedChangeError(str(refused)) from None


def _settle(change: change_import.Change | None, refused_lines: BinaryIO, done: Imported) -> None:
    """Take a change order that is complete, or refuse all of it."""
    if change is None:
        return
    if not change.problems:
        done.changes.append(change)
        done.accepted += len(change.raw)
        done.cents += sum(values.cents(item.amount) for item in change.items)
        return
    first = min(change.problems)
    for number, raw in change.raw:
        reason = change.problems.get(number, f"its change order is rejected, see line {first}")
        done.refused.append((number, reason))
        refused_lines.write(raw)


def _entries(
    step: Step, run: int, lines: Iterable[tuple[int, Transaction | journal.Entry]], done: Imported
) -> Iterator[dict[str, object]]:
    own_batch = f"IMP{done.number:07d}"
    for number, entry in lines:
        if isinstance(entry, journal.Entry):
            done.ledger.append(replace(entry, batch=own_batch))
            done.batches[own_batch] = None
            done.accepted += 1
            continue
        row = entry.row(step, run, number)
        batch = row["Batch"] = entry.batch or own_batch
        done.batches[batch] = None
        done.accepted += 1
        done.cents += values.cents(entry.amount)
        yield row


def _report(step: Step, file: Path, done: Imported) -> str:
    lines = [
        "Job Cost - Import Direct Cost",
        f"Company: {step.company}",
        f"File: {file}",
        f"SHA-256: {done.sha256}",
        f"Time: {_clock(step.now)}",
        f"Import number: {done.number}",
    ]
    if done.earlier:
        lines.append(f"WARNING: this file was imported before ({done.earlier}); its entries are in once more.")
    lines += done.warnings
    lines.append("")
    lines += [f"Line {number} rejected: {reason}" for number, reason in done.refused]
    lines += [
        *([""] if done.refused else []),
        f"Lines read: {done.accepted + len(done.refused)}",
        f"Entries accepted: {done.accepted}",
        f"Amount accepted: {values.money(done.cents)}",
        f"Lines rejected: {len(done.refused)}",
        f"Batches: {', '.join(done.batches) or 'none'}",
        _what_now(done),
        "",
    ]
    return "\r\n".join(lines)


def _what_now(done: Imported) -> str:
    if done.accepted and not done.batches:
        return "The change orders stand; there is nothing to post."
    return "The entries are not posted; run Post Entries." if done.accepted else "Nothing was entered."


def _pending(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}{_PENDING}.{number}")


def _clock(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _sync(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())
