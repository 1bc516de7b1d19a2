"""What lies in the folders of a company's partner: files ready to be taken, files that are not, and our answers."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from sage_bridge.arrivals import FINAL
from sage_bridge.errors import RefusedTransfer
from sage_bridge.event_feed import INBOUND
from sage_bridge.transfers import FORMAT, FileName
from sage_hooks.checkpoint import checkpoint
from sage_hooks.warehouse import fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sage_hooks.exchange import Entry, Exchange
    from sage_hooks.sealed_feeds import SealedFeeds
    from sage_hooks.warehouse import Connection

    Source = Exchange | SealedFeeds

SECONDS_WITHOUT_MANIFEST = 30 * 60
"""A sender writes the manifest right after the file; one that is still missing then has been forgotten."""

IMPORTER = "sage-bridge"
_MANIFEST = ".ok"
_EXTENSION = {False: ".csv", True: ".ndjson"}
_ANSWERED_AS_RECEIVED = frozenset({"landed", "duplicate"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A data file with its manifest beside it, both regular files; `stamp` changes when somebody replaces one."""

    name: FileName
    folder: str
    stamp: str

    @property
    def path(self) -> str:
        """Give the path of the data file."""
        return f"{self.folder}/{self.name}"

    @property
    def manifest_path(self) -> str:
        """Give the path of the manifest."""
        return f"{self.path}{_MANIFEST}"


@dataclass(frozen=True, slots=True)
class Stray:
    """A file that is not taken: its name made printable, and why."""

    name: str
    why: RefusedTransfer


def partner_folder(company_id: str, flow: str) -> str:
    """Give the folder a flow arrives in."""
    return f"{company_id}/{'from_runblu' if flow == 'EVENT' else 'from_sage'}"


def look(exchange: Source, folder: str, company_id: str, environment: str) -> tuple[list[Arrival], list[Stray]]:
    """Sort what lies in a folder into files to take, in order of flow and number, and strays; nothing is opened."""
    entries = {entry.name: entry for entry in exchange.listing(folder) if ".part." not in entry.name}
    bases = {name.removesuffix(_MANIFEST) for name in entries}
    arrivals, strays = [], []
    for base in sorted(bases):
        data, manifest = entries.get(base), entries.get(f"{base}{_MANIFEST}")
        found = _sort(base, data, manifest, folder, company_id, environment)
        if isinstance(found, Arrival):
            arrivals.append(found)
        elif found is not None:
            strays.append(Stray(_printable(base), found))
    return sorted(arrivals, key=lambda one: (one.name.flow, one.name.seq, one.name.rev)), strays


def _sort(
    base: str, data: Entry | None, manifest: Entry | None, folder: str, company_id: str, environment: str
) -> Arrival | RefusedTransfer | None:
    name = FileName.parse(base)
    shown = _printable(base)
    wanted = f"<flow>_{company_id}_{environment}_<seq>_v<rev>{_EXTENSION[folder.endswith('from_runblu')]}"
    if name is None or not _is_expected(name, folder, company_id, environment):
        return _stray(shown, "file name is not on the allow-list", wanted)
    if not all(entry.is_regular for entry in (data, manifest) if entry is not None):
        return _stray(shown, "is a link, folder or device", "a regular file")
    if data is not None and manifest is not None:
        stamp = f"{data.size}:{data.mtime}/{manifest.size}:{manifest.mtime}"
        return Arrival(name, folder, stamp)
    newest = max(entry.mtime for entry in (data, manifest) if entry is not None)
    if time.time() - newest < SECONDS_WITHOUT_MANIFEST:
        return None
    return RefusedTransfer(
        "RS-215",
        "file lies without its manifest" if data is not None else "manifest lies without its file",
        record=shown,
        expected=f"{base}{_MANIFEST}" if data is not None else base,
        do="have the sender complete the upload, or remove it",
    )


def _printable(name: str) -> str:
    """Give a name that a stranger chose as it may stand in a log, a message and a table: one line of ASCII."""
    shown = name.encode("ascii", "backslashreplace").decode()
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in shown)


def _is_expected(name: FileName, folder: str, company_id: str, environment: str) -> bool:
    return (
        name.flow in INBOUND
        and name.seq > 0
        and (name.company, name.environment) == (company_id, environment)
        and folder == partner_folder(company_id, name.flow)
        and f".{name.extension}" == _EXTENSION[name.flow == "EVENT"]
    )


def _stray(shown: str, what: str, expected: str) -> RefusedTransfer:
    return RefusedTransfer("RS-214", what, record=shown, expected=expected, do="find out who put it, then remove it")


def record_strays(connection: Connection, company_id: str, folder: str, strays: Sequence[Stray]) -> None:
    """Open exceptions about strays, count further looks, and close those about files that are gone or in order."""
    with connection.transaction():
        for stray in strays:
            _log.warning("%s", stray.why)
            exception = file_exception(company_id, stray.name, stray.why, {"folder": folder})
            run_file(connection, "audit/insert_exception", exception)
        run_file(
            connection,
            "audit/update_strays_gone",
            {"company_id": company_id, "folder": folder, "names": [stray.name for stray in strays]},
        )


def file_exception(
    company_id: str, name: str, why: RefusedTransfer, payload: Mapping[str, Any], transfer_id: int | None = None
) -> dict[str, object]:
    """Give the parameters of an exception about a file."""
    sentence, _, remedy = str(why).partition("; next step: ")
    return {
        "company_id": company_id,
        "record_kind": "file",
        "record_key": name,
        "rule": why.code,
        "reason": sentence,
        "remedy": remedy or "none",
        "owner": "on-call",
        "payload": Jsonb(dict(payload)),
        "transfer_id": transfer_id,
    }


def unsettled(connection: Connection, company_id: str, environment: str, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Leave out files whose transfer is in a final state and that nobody has replaced since."""
    with connection.transaction():
        rows = fetch_file(
            connection,
            "audit/select_settled_files",
            {
                "company_id": company_id,
                "environment": environment,
                "names": [str(arrival.name) for arrival in arrivals],
                "states": sorted(FINAL),
            },
        )
    settled = {(row["file_name"], row["server_stamp"]) for row in rows}
    return [arrival for arrival in arrivals if (str(arrival.name), arrival.stamp) not in settled]


def acknowledge(connection: Connection, exchange: Exchange, company_id: str, environment: str, flow: str) -> int:
    """Write `<name>.ack.json` with its manifest for every transfer of a flow whose state is not acknowledged.

    The acknowledgement says what became of the file; one written before is replaced. What is committed here is
    written there at the next call if this one dies in between. Gives how many were written; one caller at a time.
    """
    with connection.transaction():
        rows = fetch_file(
            connection,
            "audit/select_unacknowledged",
            {"company_id": company_id, "environment": environment, "flow": flow},
        )
    if rows:
        exchange.make_folder(f"{company_id}/ack")
    for row in rows:
        content = _acknowledgement(row, company_id, environment)
        _put(exchange, f"{company_id}/ack/{row['file_name']}.ack.json", content)
        checkpoint("inbound.ack_written")
        with connection.transaction():
            run_file(connection, "audit/update_acknowledged", {"company_id": company_id, **row})
        checkpoint("inbound.acknowledged")
    return len(rows)


def _acknowledgement(row: Mapping[str, Any], company_id: str, environment: str) -> bytes:
    document = {
        "format": FORMAT,
        "file": row["file_name"],
        "flow": row["flow"],
        "company": company_id,
        "environment": environment,
        "seq": row["seq"],
        "rev": row["rev"],
        "sha256": row["sha256"],
        "bytes": row["byte_count"],
        "rows": row["row_count"],
        "rows_landed": row["rows_landed"] or 0,
        "rows_quarantined": row["rows_quarantined"] or 0,
        "importer": IMPORTER,
        "received_at": row["finished_at"].isoformat(),
        "status": "received" if row["state"] in _ANSWERED_AS_RECEIVED else "refused",
        "reason": row["reason"],
    }
    return (json.dumps(document, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _put(exchange: Exchange, path: str, content: bytes) -> None:
    digest = hashlib.sha256(content).hexdigest()
    manifest = json.dumps({"format": FORMAT, "sha256": digest, "bytes": len(content), "rows": 1})
    # Manifest off first, on last: no reader ever sees a manifest beside another content.
    exchange.remove(f"{path}{_MANIFEST}")
    checkpoint("inbound.ack_cleared")
    for target, written in ((path, content), (f"{path}{_MANIFEST}", f"{manifest}\n".encode())):
        part = f"{target}.part.{digest[:8]}"
        exchange.write(part, written)
        exchange.remove(target)
        exchange.rename(part, target)
        if target == path:
            checkpoint("inbound.ack_content_written")
