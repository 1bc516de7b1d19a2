"""Heads of the event chain leave the database: daily files in `<company>/audit/`, each with its manifest (protocol 7).

Every head is published once, in order; a file names number and hash of the one before and is never replaced. Whoever
rewrites the log later, hashes and all, cannot rewrite these: `make verify` compares them. Bytes are sealed before they
are sent, so a run that dies anywhere is continued with the same bytes under the same name.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sage_bridge.answers import PROOF_SUFFIX
from sage_bridge.errors import BadConfig, BrokenLaw
from sage_bridge.transfers import FileName, Manifest, Totals
from sage_hooks.runblu_files import place
from sage_hooks.warehouse import fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection

FOLDER, FLOW = "audit", "HEAD"
COLUMNS = ("company_id", "batch", "event_count", "root", "previous_root", "created_at")
ROWS_PER_FILE = 50_000
_NO_ROOT = "00" * 32


@dataclass(frozen=True, slots=True)
class Published:
    """What one call did for a company: files sent, heads in them."""

    files: int
    heads: int


def publish_heads(connection: Connection, exchange: Exchange, company_id: str) -> Published:
    """Seal the heads that no file holds yet and send what is sealed; doing it again finds nothing to do.

    Raises:
        BadConfig: RS-155 there is no such company.
        BrokenLaw: RS-457 the chain does not go on from the last published head; RS-458 the last published file is gone
            or changed. Nothing is published then.
        LaneStopped: RS-552 another file lies under a sealed name.
        Transient: RS-901, RS-951 the server is away or holds other bytes than were sent.
    """
    connection.commit()
    companies = fetch_file(connection, "runblu/select_environment", {"company_id": company_id})
    connection.commit()
    if not companies:
        raise BadConfig(
            "RS-155", "company is unknown", record=company_id, do="load its profile, or correct the parameter"
        )
    lane = {"company_id": company_id, "environment": str(companies[0]["environment"]), "flow": FLOW}
    _require_last_file(connection, exchange, lane)
    while _seal(connection, lane) == ROWS_PER_FILE:
        pass
    unsent = fetch_file(connection, "audit/select_unsent_head_files", lane)
    connection.commit()
    for file in unsent:
        path = _path(lane, file["file_name"])
        exchange.make_folder(f"{company_id}/{FOLDER}")
        place(exchange, path, file["content"])
        place(exchange, f"{path}{PROOF_SUFFIX}", file["manifest"])
        with connection.transaction():
            run_file(connection, "audit/update_heads_published", file)
    return Published(len(unsent), sum(file["row_count"] for file in unsent))


def _require_last_file(connection: Connection, exchange: Exchange, lane: Mapping[str, Any]) -> None:
    """See that the last file is on the server as it was sent, before another one is built upon it."""
    last = fetch_file(connection, "audit/select_last_head_file", lane)
    connection.commit()
    if not last or last[0]["sent_at"] is None:
        return
    path = _path(lane, last[0]["file_name"])
    digest = hashlib.sha256(exchange.read(path)).hexdigest() if exchange.stat(path) is not None else "no file"
    if digest != last[0]["sha256"]:
        raise BrokenLaw(
            "RS-458",
            "published heads of the event chain are gone or changed",
            record=path,
            expected=f"sha256 {last[0]['sha256']}",
            found=digest,
            do="find out who changed the folder, restore the file from a copy, then verify the chain",
        )


def _seal(connection: Connection, lane: Mapping[str, Any]) -> int:
    """Seal the next file in a transaction of its own; gives its number of heads, 0 when there are none."""
    with connection.transaction():
        run_file(connection, "outbox/insert_file_counter", lane)
        counter = fetch_file(connection, "outbox/select_file_counter", lane)[0]
        heads = fetch_file(connection, "audit/select_unsealed_heads", {**lane, "most_rows": ROWS_PER_FILE})
        last = fetch_file(connection, "audit/select_last_head_file", lane)
        _require_continued(lane, heads, last)
        if not heads:
            return 0
        seq = counter["last_seq"] + 1
        name = FileName(FLOW, lane["company_id"], lane["environment"], seq, 1, "csv")
        content = _content(lane["company_id"], heads)
        manifest = _manifest(name, counter, heads, content)
        values = {
            **lane,
            "seq": seq,
            "file_name": str(name),
            "content": content,
            "manifest": manifest.to_bytes(),
            "sha256": manifest.sha256,
            "row_count": len(heads),
            "first_batch": heads[0]["batch"],
            "last_batch": heads[-1]["batch"],
            "last_root": heads[-1]["root"],
        }
        run_file(connection, "audit/insert_head_file", values)
        run_file(connection, "outbox/update_file_counter", values)
    return len(heads)


def _require_continued(
    lane: Mapping[str, Any], heads: Sequence[Mapping[str, Any]], last: Sequence[Mapping[str, Any]]
) -> None:
    """See that the chain still holds the last sealed head and goes on from it."""
    expected = last[0]["last_root"] if last else _NO_ROOT
    found = last[0]["root_now"] or "no head" if last else expected
    if found == expected and heads:
        found = heads[0]["previous_root"]
    if found != expected:
        raise BrokenLaw(
            "RS-457",
            "event chain does not go on from the last published head",
            record=f"company {lane['company_id']}, batch {last[0]['last_batch'] if last else 0}",
            expected=expected,
            found=found,
            do="stop sending, keep the database as it is, go by the runbook chain-broken",
        )


def _content(company_id: str, heads: Sequence[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([company_id, *(head[column] for column in COLUMNS[1:])] for head in heads)
    return text.getvalue().encode()


def _manifest(
    name: FileName, counter: Mapping[str, Any], heads: Sequence[Mapping[str, Any]], content: bytes
) -> Manifest:
    totals = Totals()
    for head in heads:
        totals.add((name.company, str(head["batch"])))
    return Manifest(
        flow=name.flow, company=name.company, environment=name.environment, seq=name.seq, rev=name.rev,
        previous_seq=counter["last_seq"], previous_sha256=counter["last_sha256"],
        sha256=hashlib.sha256(content).hexdigest(), bytes=len(content), encoding="utf-8",
        extracted_at=datetime.now(UTC).isoformat(timespec="seconds"), zone="UTC", extent="delta", **totals.fields(),  # type: ignore[arg-type]
    )  # fmt: skip


def _path(lane: Mapping[str, Any], file_name: str) -> str:
    return f"{lane['company_id']}/{FOLDER}/{file_name}"
