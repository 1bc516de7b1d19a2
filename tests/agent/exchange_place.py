"""A Sage company folder built by hand, one company's place on the server, and the bridge's side of the exchange."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.config import Config, load
from agent.layouts import LAYOUTS
from sage_bridge.feeds import FEEDS
from sage_bridge.transfers import FileName, Manifest, Totals, key_hash

HERE = Path(__file__).parent
STAND_IN = HERE / "stand_in_sage.py"
COMPANY = "AW"
TYPES = {
    "amount": "text", "units": "text", "unit_cost": "text", "integer": "integer", "boolean": "integer",
    "date": "text", "time": "text", "text": "text",
}  # fmt: skip


class SageFile:
    """A SQLite file with the tables and columns of `feeds.py`, all empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Closed on the spot: what stands in the write-ahead log only would be missing from a copy of the file.
        with closing(self.open()) as connection, connection:
            connection.execute("pragma journal_mode = wal")
            for feed in FEEDS.values():
                columns = ", ".join(f'"{column.name}" {TYPES[column.kind]}' for column in feed.columns)
                connection.execute(f'create table "{feed.table}" ({columns})')
            connection.execute("create table STAND_IN_RUN (file text not null, sha256 text not null)")

    def open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30)
        connection.execute("pragma synchronous = off")
        return connection

    def insert(self, flow: str, **values: object) -> None:
        names = ", ".join(f'"{name}"' for name in values)
        with closing(self.open()) as connection, connection:
            marks = ", ".join("?" for _ in values)
            statement = f'insert into "{FEEDS[flow].table}" ({names}) values ({marks})'  # noqa: S608 - names of our own
            connection.execute(statement, tuple(values.values()))

    def rows(self, statement: str) -> list[Any]:
        connection = self.open()
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()


def copy_of(empty: Path, path: Path) -> SageFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(empty, path)
    file = SageFile.__new__(SageFile)
    file.path = path
    return file


@dataclass
class Place:
    """One company's folders on the server and on the Sage host, and the agent's configuration file."""

    root: Path
    host: Path
    document: dict[str, Any]
    sent: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return self.host / "agent.json"

    def config(self, **changes: Any) -> Config:
        """Write the configuration, with changes by dotted key (`import__macro=[...]`), and load it."""
        for name, value in changes.items():
            *outer, last = name.split("__")
            section = self.document
            for part in outer:
                section = section.setdefault(part, {})
            section[last] = value
        self.file.write_text(json.dumps(self.document), encoding="utf-8")
        return load(self.file)

    def folder(self, name: str) -> Path:
        return self.root / COMPANY / name

    def names(self, folder: str) -> list[str]:
        path = self.folder(folder)
        return sorted(entry.name for entry in path.iterdir()) if path.is_dir() else []

    def ack(self, name: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(
            self.folder("ack").joinpath(f"{name}.ack.json").read_text(encoding="utf-8")
        )
        return document

    def results(self, name: str) -> list[str]:
        return self.folder("ack").joinpath(f"{name}.res.csv").read_text(encoding="utf-8").splitlines()

    def sent_before(self, name: str) -> str:
        """The sha256 that a file's manifest names as its predecessor's."""
        document = json.loads(self.folder("to_sage").joinpath(f"{name}.ok").read_text(encoding="utf-8"))
        return str(document["previous_sha256"])

    def send(self, flow: str, content: bytes, *, seq: int = 0, ok: bool = True, **changes: object) -> str:
        """Put a file into `to_sage/` as the bridge does, its manifest chained to the one before; gives its name."""
        last_seq, last_sha256 = self.sent.get(flow, (0, ""))
        seq = seq or last_seq + 1
        name = FileName(flow, COMPANY, "PROD", seq, 1, "csv" if flow == "RCV" else "txt")
        figures = figures_of(flow, content)
        return self._put(name, content, manifest_of(name, content, figures, last_seq, last_sha256), ok=ok, **changes)

    def send_raw(self, flow: str, content: bytes, **changes: object) -> str:
        """Put a file with a manifest of the right hash but no totals, for contents that cannot be added up."""
        name = FileName(flow, COMPANY, "PROD", 1, 1, "csv" if flow == "RCV" else "txt")
        return self._put(name, content, manifest_of(name, content, Totals().fields(), 0, ""), ok=True, **changes)

    @staticmethod
    def key_hash(*keys: str) -> str:
        return str(sum(key_hash((key,)) for key in keys))

    def _put(self, name: FileName, content: bytes, manifest: Manifest, *, ok: bool, **changes: object) -> str:
        document = json.loads(manifest.to_bytes()) | changes
        folder = self.folder("to_sage")
        folder.mkdir(parents=True, exist_ok=True)
        folder.joinpath(str(name)).write_bytes(content)
        if ok:
            folder.joinpath(f"{name}.ok").write_text(json.dumps(document), encoding="utf-8")
        self.sent[name.flow] = (name.seq, document["sha256"])
        return str(name)


def figures_of(flow: str, content: bytes) -> dict[str, str | int]:
    totals = Totals()
    for line in LAYOUTS[flow].lines(content.decode("utf-8" if flow == "RCV" else "cp1252"), flow):
        totals.add((line.reference,), line.amount)
    return totals.fields()


def manifest_of(
    name: FileName, content: bytes, figures: dict[str, str | int], previous_seq: int, previous_sha256: str
) -> Manifest:
    return Manifest(
        flow=name.flow, company=name.company, environment=name.environment, seq=name.seq, rev=name.rev,
        previous_seq=previous_seq, previous_sha256=previous_sha256, sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content), rows=int(figures["rows"]), debit=str(figures["debit"]), credit=str(figures["credit"]),
        net=str(figures["net"]), key_hash_total=str(figures["key_hash_total"]),
        encoding="utf-8" if name.flow == "RCV" else "cp1252",
        extracted_at="2024-05-01T06:00:00+00:00", zone="UTC", extent="delta",
    )  # fmt: skip


def dc_line(reference: str, amount: str = "125.50", job: str = "1001", batch: str = "B000000001") -> str:
    """A direct-cost line in the default order of columns."""
    return (
        f'"DC","{job}","","05 05 23","M",2,"05/01/2024","05/01/2024","Install rebar {reference}",'
        f'2.0000,62.750000,{amount},"1-5000","1-2950","{batch}","{reference}","B1"\r\n'
    )


def dc_file(*references: str, **values: str) -> bytes:
    return "".join(dc_line(reference, **values) for reference in references).encode("cp1252")


def rcv_file(*events: str) -> bytes:
    header = "Record,Event_ID,Commitment,Item,Receipt_Date,Units,Unit,Standard_Item,Vendor,Job\r\n"
    return (header + "".join(f"RCV,{event},PO-1,1,2024-05-01,4.0000,EA,ITEM1,V1,1001\r\n" for event in events)).encode()


def macro(*options: str, sage: Path) -> list[str]:
    """The command line of the stand-in's import."""
    return [
        sys.executable, "-I", "-S", str(STAND_IN), "--db", str(sage), *options,
        "--file", "{file}", "--reject", "{reject}", "--print", "{print}",
    ]  # fmt: skip
