"""Files for RunBlu: changed master data, exceptions and proposed events as ndjson with manifest in `to_runblu/`.

A record is due when its version differs from the one the last sealed file told, so nothing is missed or told twice,
however transfers overlap. Bytes are sealed before anything is sent; every later try sends those bytes under that name.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sage_bridge.answers import ACK_LIMIT, ACK_SUFFIX, PROOF_SUFFIX, Sealed, check_proof, read_ack
from sage_bridge.errors import BadConfig, LaneStopped, Transient
from sage_bridge.transfers import FileName, Manifest, Totals
from sage_hooks.checkpoint import checkpoint
from sage_hooks.warehouse import fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection

FOLDER, ACKS = "to_runblu", "ack"
ROWS_PER_FILE = 20_000
FLOWS = {"MASTER": "select_due_master", "EXCEPT": "select_due_exceptions", "PROPOSAL": "select_due_proposals"}


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one call did for a company: files and records sealed, files sent, files acknowledged."""

    files: int
    records: int
    sent: int
    received: int


def deliver_files(connection: Connection, exchange: Exchange, company_id: str) -> Delivery:
    """Seal what is due, send what is sealed, take RunBlu's acknowledgements; doing it again finds nothing to do.

    Raises:
        BadConfig: RS-155 there is no such company.
        LaneStopped: RS-551 RunBlu refused a file; RS-552 another file lies under a sealed name.
        Transient: RS-951 the server holds other bytes than were sent.
    """
    connection.commit()
    companies = fetch_file(connection, "runblu/select_environment", {"company_id": company_id})
    connection.commit()
    if not companies:
        raise BadConfig(
            "RS-155", "company is unknown", record=company_id, do="load its profile, or correct the parameter"
        )
    sealed = [
        records
        for flow in FLOWS
        for records in _seal_flow(connection, company_id, str(companies[0]["environment"]), flow)
    ]
    files = fetch_file(connection, "runblu/select_unfinished_files", {"company_id": company_id})
    connection.commit()
    sent = received = 0
    for file in files:
        if file["state"] == "sealed":
            _send(connection, exchange, company_id, file)
            sent += 1
        received += _take_answer(connection, exchange, company_id, file)
    return Delivery(len(sealed), sum(sealed), sent, received)


def _seal_flow(connection: Connection, company_id: str, environment: str, flow: str) -> list[int]:
    """Seal all that is due in a flow, a transaction per file; gives the number of records of each file."""
    sealed: list[int] = []
    while not sealed or sealed[-1] == ROWS_PER_FILE:
        with connection.transaction():
            records = _seal_file(connection, company_id, environment, flow)
            if records:
                checkpoint("runblu.seal_before_commit")
        if records == 0:
            break
        checkpoint("runblu.sealed")
        sealed.append(records)
    return sealed


def _seal_file(connection: Connection, company_id: str, environment: str, flow: str) -> int:
    """Seal the next file of a flow inside the caller's transaction; gives its number of records, 0 when none is due."""
    values: dict[str, Any] = {
        "company_id": company_id,
        "environment": environment,
        "flow": flow,
        "most_rows": ROWS_PER_FILE,
    }
    run_file(connection, "outbox/insert_file_counter", values)
    counter = fetch_file(connection, "outbox/select_file_counter", values)[0]
    rows = fetch_file(connection, f"runblu/{FLOWS[flow]}", values)
    if not rows:
        return 0
    values["seq"] = counter["last_seq"] + 1
    name = FileName(flow, company_id, environment, values["seq"], 1, "ndjson")
    content = "".join(f"{row['document']}\n" for row in rows).encode()
    manifest = _manifest(name, counter, rows, content)
    values |= {
        "file_name": str(name),
        "content": content,
        "manifest": manifest.to_bytes(),
        "sha256": manifest.sha256,
        "row_count": len(rows),
    }
    values["file_id"] = fetch_file(connection, "runblu/insert_file", values)[0]["file_id"]
    values["record_keys"] = [row["record_key"] for row in rows]
    values["versions"] = [row["version"] for row in rows]
    run_file(connection, "runblu/insert_records", values)
    run_file(connection, "outbox/update_file_counter", values)
    return len(rows)


def _manifest(
    name: FileName, counter: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], content: bytes
) -> Manifest:
    totals = Totals()
    for row in rows:
        totals.add((row["record_key"],))
    figures = totals.fields()
    return Manifest(
        flow=name.flow,
        company=name.company,
        environment=name.environment,
        seq=name.seq,
        rev=name.rev,
        previous_seq=counter["last_seq"],
        previous_sha256=counter["last_sha256"],
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        rows=len(rows),
        debit=str(figures["debit"]),
        credit=str(figures["credit"]),
        net=str(figures["net"]),
        key_hash_total=str(figures["key_hash_total"]),
        encoding="utf-8",
        extracted_at=datetime.now(UTC).isoformat(timespec="seconds"),
        zone="UTC",
        extent="delta",
    )


def _send(connection: Connection, exchange: Exchange, company_id: str, file: Mapping[str, Any]) -> None:
    """Put a sealed file in place: data under its final name only when whole, the manifest last."""
    sealed = fetch_file(connection, "runblu/select_file_content", file)[0]
    connection.commit()
    path = f"{company_id}/{FOLDER}/{file['file_name']}"
    exchange.make_folder(f"{company_id}/{FOLDER}")
    place(exchange, path, sealed["content"])
    checkpoint("runblu.renamed")
    place(exchange, f"{path}{PROOF_SUFFIX}", sealed["manifest"])
    checkpoint("runblu.manifest_written")
    with connection.transaction():
        run_file(connection, "runblu/update_file_sent", file)
        checkpoint("runblu.sent_before_commit")
    checkpoint("runblu.sent")


def place(exchange: Exchange, path: str, content: bytes) -> None:
    """Write a file beside its name, read it back, rename it without overwriting; one that is there must be equal."""
    if exchange.stat(path) is None:
        part = f"{path}.part.{uuid.uuid4().hex[:8]}"
        exchange.write(part, content)
        checkpoint("runblu.part_written")
        if exchange.read(part, len(content)) != content:
            exchange.remove(part)
            raise Transient(
                "RS-951", "server holds other bytes than were sent", record=part, do="wait for the next try"
            )
        try:
            exchange.rename(part, path)
        except FileExistsError:
            exchange.remove(part)
    if exchange.read(path, len(content)) != content:
        raise LaneStopped(
            "RS-552",
            "another file lies under a sealed name",
            record=path,
            expected=f"sha256 {hashlib.sha256(content).hexdigest()}",
            do="find out who wrote it, move it away, then run the task again",
        )


def _take_answer(connection: Connection, exchange: Exchange, company_id: str, file: Mapping[str, Any]) -> int:
    """Take RunBlu's acknowledgement of a file if there is one; gives how many were taken."""
    path = f"{company_id}/{ACKS}/{file['file_name']}{ACK_SUFFIX}"
    if exchange.stat(f"{path}{PROOF_SUFFIX}") is None:
        return 0
    content = exchange.read(path, ACK_LIMIT)
    checkpoint("runblu.answer_read")
    check_proof(content, exchange.read(f"{path}{PROOF_SUFFIX}", ACK_LIMIT), path)
    ack = read_ack(
        content,
        Sealed(
            file["file_name"],
            file["flow"],
            company_id,
            file["environment"],
            file["seq"],
            1,
            file["sha256"],
            file["byte_count"],
            file["row_count"],
        ),
    )
    with connection.transaction():
        run_file(connection, "runblu/update_file_answered", {**file, "status": ack.status, "ack": content})
        checkpoint("runblu.answer_before_commit")
    checkpoint("runblu.answered")
    if ack.status == "refused":
        raise LaneStopped(
            "RS-551",
            "RunBlu refused a file",
            record=file["file_name"],
            found=ack.reason,
            do="settle the reason with RunBlu, let it withdraw the answer, then run the task again",
        )
    return 1
