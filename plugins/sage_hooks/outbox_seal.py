"""Sealing: lines become a numbered file whose bytes never change again (protocol 3, steps 1 and 7).

One transaction takes the number, writes bytes, manifest and lines, passes the gate and commits; a crash before leaves
nothing, a crash after leaves a file that any worker can send.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
import operator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from psycopg.rows import tuple_row

from sage_bridge import identity, sage_files
from sage_bridge.change_files import ChangeLayout, ChangeLine
from sage_bridge.errors import BrokenLaw, RefusedLine
from sage_bridge.journal_files import JournalLayout, JournalLine
from sage_bridge.lanes import RECEIPT_FLOW, lines_of
from sage_bridge.transfers import FileName, Manifest, Totals
from sage_hooks import outbox_gate
from sage_hooks.checkpoint import checkpoint
from sage_hooks.outbox_company import lock_lines
from sage_hooks.outbox_lane import require_open
from sage_hooks.sql_files import statement
from sage_hooks.warehouse import fetch_file, refresh_statistics, run_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sage_hooks.outbox_company import Company
    from sage_hooks.warehouse import Connection

_ROWS_AT_ONCE = 2_000
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane of files: one flow of one company; `rev` of its files is 1, a correction is a new number."""

    company: Company
    flow: str

    @property
    def key(self) -> dict[str, object]:
        """Give the lane's key as statement parameters."""
        return {"company_id": self.company.company_id, "flow": self.flow, "environment": self.company.environment}

    def file_name(self, seq: int) -> FileName:
        """Give the name of a file of this lane by its number."""
        extension = "csv" if self.flow == RECEIPT_FLOW else "txt"
        return FileName(self.flow, self.company.company_id, self.company.environment, seq, 1, extension)


@dataclass(slots=True)
class Draft:
    """A file being written: its bytes, its lines for `outbox.batch_line`, its totals, and the lines refused."""

    totals: Totals = field(default_factory=Totals)
    chunks: list[bytes] = field(default_factory=list)
    lines: list[tuple[object, ...]] = field(default_factory=list)
    refused: list[tuple[Any, str]] = field(default_factory=list)
    cuts: list[str] = field(default_factory=list)

    def add(self, raw: bytes, reference: str, amount: Decimal, *, key: dict[str, object], version_no: int) -> None:
        """Take a written line; `key` names its posting, its event, its line of the journal or its change order."""
        self.chunks.append(raw)
        self.totals.add((reference,), amount)
        names = ("posting_id", "event_id", "journal_line_id", "change_id")
        self.lines.append((reference, *(key.get(name) for name in names), version_no, amount))


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one sealing wrote: files, lines in them, their net amount; `refused` lines stay behind with their reason."""

    files: int = 0
    lines: int = 0
    amount: Decimal = Decimal(0)
    refused: int = 0

    def __add__(self, other: Sealed) -> Sealed:
        return Sealed(
            self.files + other.files, self.lines + other.lines, self.amount + other.amount, self.refused + other.refused
        )


def seal_lane(connection: Connection, lane: Lane) -> Sealed:
    """Seal everything eligible in a lane, file after file; gives what was written.

    Raises:
        BrokenLaw: RS-443 a file would break the promises of its suite; nothing of it is sealed.
        LaneStopped: RS-502 the lane is locked, because its next number may be taken.
    """
    sealed = Sealed()
    with connection.transaction():
        if not fetch_file(connection, "outbox/select_has_sealable", lane.key)[0]["has_sealable"]:
            return sealed
    outbox_gate.load(lane.flow)
    while True:
        with connection.transaction():
            one = _seal_next(connection, lane)
            if one.files:
                checkpoint("seal.before_commit")
        sealed += one
        if not one.files and not one.refused:
            return sealed
        if one.files:
            checkpoint("seal.committed")


def _seal_next(connection: Connection, lane: Lane) -> Sealed:
    counter = require_open(connection, lane)
    lock_lines(connection, lane.company.company_id, lane.flow)
    seq = counter["last_seq"] + 1
    draft = _WRITERS[lines_of(lane.flow)](connection, lane, seq)
    _keep_back(connection, lane, draft)
    if not draft.lines:
        return Sealed(refused=len(draft.refused))
    name = _store(connection, lane, draft, seq, counter["last_sha256"])
    log.info("sealed %s: %s lines, net %s", name, draft.totals.rows, draft.totals.debit - draft.totals.credit)
    return Sealed(1, draft.totals.rows, draft.totals.debit - draft.totals.credit, len(draft.refused))


def _rows(connection: Connection, name: str, parameters: dict[str, object]) -> Iterator[tuple[Any, ...]]:
    """Stream the rows of a statement through a server-side cursor."""
    with connection.cursor(name="sealable", row_factory=tuple_row) as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        cursor.execute(statement(name), parameters)
        yield from cursor


def _write_costs(connection: Connection, lane: Lane, seq: int) -> Draft:
    profile = lane.company.profile
    layout = sage_files.DirectCostLayout(profile.direct_cost, profile.file_encoding)
    batch = identity.batch_id(profile.direct_cost.batch_prefix, lane.flow, seq)
    draft = Draft()
    parameters = {**lane.key, "line_limit": profile.limits.batch_lines}
    for posting_id, version_no, *values in _rows(connection, "outbox/select_sealable_postings", parameters):
        line, amount = _direct_cost_line(values, batch)
        if draft.lines and draft.totals.debit + draft.totals.credit + abs(amount) > profile.limits.amount_batch:
            break
        fitting = layout.cut(line.description)
        if fitting is not line.description:
            draft.cuts.append(line.ref_1)
            line = line._replace(description=fitting)
        try:
            raw = layout.write(line)
        except RefusedLine as refusal:
            draft.refused.append((posting_id, str(refusal)))
            continue
        draft.add(raw, line.ref_1, amount, key={"posting_id": posting_id}, version_no=version_no)
    if draft.cuts:
        log.warning("%s descriptions were cut to 30 characters, first %s", len(draft.cuts), ", ".join(draft.cuts[:5]))
    return draft


def _direct_cost_line(values: list[str], batch: str) -> tuple[sage_files.DirectCostLine, Decimal]:
    (
        job,
        extra,
        cost_code,
        category,
        transaction_date,
        accounting_date,
        description,
        units,
        amount,
        debit,
        credit,
        reference,
    ) = values
    line = sage_files.DirectCostLine(
        job,
        extra,
        cost_code,
        category,
        transaction_date,
        accounting_date,
        description,
        units,
        "",
        amount,
        debit,
        credit,
        batch,
        reference,
        batch,
    )
    return line, Decimal(amount)


def _write_journal(connection: Connection, lane: Lane, seq: int) -> Draft:
    profile = lane.company.profile
    layout = JournalLayout(profile.journal, profile.file_encoding)
    batch = identity.batch_id(profile.direct_cost.batch_prefix, lane.flow, seq)
    draft = Draft()
    parameters = {**lane.key, "line_limit": profile.limits.batch_lines}
    for line_id, version_no, day, description, amount, debit, credit, reference in _rows(
        connection, "outbox/select_sealable_journals", parameters
    ):
        if draft.lines and draft.totals.debit + Decimal(amount) > profile.limits.amount_batch:
            break
        line = JournalLine(day, day, description, amount, debit, credit, batch, reference)
        try:
            raw = layout.write(line)
        except RefusedLine as refusal:
            draft.refused.append((line_id, str(refusal)))
            continue
        draft.add(raw, reference, Decimal(amount), key={"journal_line_id": line_id}, version_no=version_no)
    return draft


def _write_receipts(connection: Connection, lane: Lane, _seq: int) -> Draft:
    draft = Draft(chunks=[sage_files.receipt_header()])
    parameters = {**lane.key, "line_limit": lane.company.profile.limits.batch_lines}
    for event_id, version_no, *values in _rows(connection, "outbox/select_sealable_receipts", parameters):
        try:
            raw = sage_files.write_receipt(sage_files.ReceiptLine(event_id, *values))
        except RefusedLine as refusal:
            draft.refused.append((event_id, str(refusal)))
            continue
        draft.add(raw, event_id, Decimal(0), key={"event_id": event_id}, version_no=version_no)
    return draft


def _write_changes(connection: Connection, lane: Lane, _seq: int) -> Draft:
    """Write change orders whole: one that does not fit the file waits, one with a refused value stays behind."""
    profile = lane.company.profile
    layout = ChangeLayout(profile.commitment_change, profile.file_encoding)
    draft = Draft()
    parameters = {**lane.key, "line_limit": profile.limits.batch_lines}
    rows = _rows(connection, "outbox/select_sealable_changes", parameters)
    for (change_id, version_no), group in itertools.groupby(rows, key=operator.itemgetter(0, 1)):
        lines = [ChangeLine(*values) for _, _, *values in group]
        amount = sum((abs(Decimal(line.amount or 0)) for line in lines), Decimal(0))
        is_full = (
            draft.totals.rows + len(lines) > profile.limits.batch_lines
            or draft.totals.debit + draft.totals.credit + amount > profile.limits.amount_batch
        )
        if draft.lines and is_full:
            break
        try:
            written = [layout.write(line) for line in lines]
        except RefusedLine as refusal:
            draft.refused.append((change_id, str(refusal)))
            continue
        for line, raw in zip(lines, written, strict=True):
            key = {"change_id": change_id}
            draft.add(raw, line.reference, Decimal(line.amount or 0), key=key, version_no=version_no)
    return draft


_WRITERS = {
    "postings": _write_costs,
    "receipts": _write_receipts,
    "journals": _write_journal,
    "changes": _write_changes,
}


def _keep_back(connection: Connection, lane: Lane, draft: Draft) -> None:
    if not draft.refused:
        return
    keys, reasons = [key for key, _ in draft.refused], [reason for _, reason in draft.refused]
    values = {"company_id": lane.company.company_id, "reasons": reasons}
    if lane.flow == RECEIPT_FLOW:
        run_file(connection, "outbox/update_unwritable_receipts", {**values, "event_ids": keys})
    elif lines_of(lane.flow) == "journals":
        run_file(connection, "outbox/update_unwritable_journals", {**values, "line_ids": keys})
    elif lines_of(lane.flow) == "changes":
        run_file(connection, "outbox/update_unwritable_changes", {**values, "change_ids": keys})
    else:
        run_file(connection, "outbox/update_unwritable_postings", {**values, "posting_ids": keys})


def _manifest(lane: Lane, draft: Draft, content: bytes, seq: int, previous_sha256: str) -> Manifest:
    company, totals = lane.company, draft.totals.fields()
    return Manifest(
        flow=lane.flow,
        company=company.company_id,
        environment=company.environment,
        seq=seq,
        rev=1,
        previous_seq=seq - 1,
        previous_sha256=previous_sha256,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        rows=draft.totals.rows,
        debit=str(totals["debit"]),
        credit=str(totals["credit"]),
        net=str(totals["net"]),
        key_hash_total=str(totals["key_hash_total"]),
        encoding="utf-8" if lane.flow == RECEIPT_FLOW else company.profile.file_encoding,
        extracted_at=company.read_at,
        zone=company.profile.time_zone,
        extent="delta",
    )


def _store(connection: Connection, lane: Lane, draft: Draft, seq: int, previous_sha256: str) -> str:
    """Write the file, its manifest and its lines, take the number and pass the gate; gives the file name."""
    content = b"".join(draft.chunks)
    manifest = _manifest(lane, draft, content, seq, previous_sha256)
    name = lane.file_name(seq)
    batch_id = insert_batch(connection, lane, draft, name, content, manifest.to_bytes())
    company_id = lane.company.company_id
    values = {"company_id": company_id, "batch_id": batch_id, "state": "sealed"}
    changed = run_file(connection, f"outbox/update_batch_{lines_of(lane.flow)}", values)
    # A change order is several lines.
    expected = len({key[4] or number for number, key in enumerate(draft.lines, 1)})
    taken = run_file(connection, "outbox/update_file_counter", {**lane.key, "seq": seq, "sha256": manifest.sha256})
    if changed != expected or taken != 1:
        raise BrokenLaw(
            "RS-444",
            "a seal does not add up; nothing was sealed",
            record=str(name),
            expected=f"{expected} lines and the next number",
            found=f"{changed} lines, {taken} numbers",
            do="run again; if it lasts, look for another program that writes to the outbox",
        )
    refresh_statistics(connection, changed, "outbox.batch_line")
    outbox_gate.pass_gate(connection, company_id, lane.flow, batch_id, str(name))
    return str(name)


def insert_batch(
    connection: Connection, lane: Lane, draft: Draft, name: FileName, content: bytes, manifest: bytes
) -> int:
    """Write a file with its lines inside the caller's transaction; gives its batch id."""
    values = {
        **lane.key,
        "seq": name.seq,
        "rev": name.rev,
        "file_name": str(name),
        "content": content,
        "manifest": manifest,
        "sha256": hashlib.sha256(content).hexdigest(),
        "row_count": draft.totals.rows,
        "amount_debit": draft.totals.debit,
        "amount_credit": draft.totals.credit,
    }
    batch_id = int(fetch_file(connection, "outbox/insert_batch", values)[0]["batch_id"])
    _copy_lines(connection, lane, draft, batch_id)
    return batch_id


def _copy_lines(connection: Connection, lane: Lane, draft: Draft, batch_id: int) -> None:
    company_id = lane.company.company_id
    copying = statement("outbox/copy_batch_lines")
    with connection.cursor() as cursor, cursor.copy(copying) as copy:
        for number, (reference, posting_id, event_id, *others, version_no, amount) in enumerate(draft.lines, 1):
            copy.write_row((batch_id, number, company_id, reference, posting_id, event_id, version_no, amount, *others))
