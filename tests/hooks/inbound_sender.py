"""The other side of an inbound exchange, written by hand: files, manifests and what a bad sender does to them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from psycopg import sql

from sage_bridge.event_feed import INBOUND
from sage_bridge.transfers import FileName, Manifest, Totals
from sage_hooks import inbound
from sage_hooks.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from sage_hooks.inbound_records import TransferOutcome
    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace

Row = dict[str, str]

JOB: Row = {"Job": "24-001", "Description": "Terminal", "Status": "In progress", "On_Hold": "0"}
COST_CODE: Row = {
    "Job": "24-001",
    "Cost_Code": "03 30 00",
    "Description": "Concrete",
    "Group_Cost_Code": "0",
    "Status": "In progress",
    "Accumulate_As": "Material",
    "Cost_Account": "5-1000",
    "Original_Estimate": "1000.00",
    "JTD_Cost": "0.00",
}
CATEGORY: Row = {
    "Job": "24-001",
    "Cost_Code": "03 30 00",
    "Category": "M",
    "Description": "Material",
    "Status": "In progress",
    "Accumulate_As": "Material",
    "Original_Estimate": "1000.00",
}
VENDOR: Row = {"Vendor": "ACME", "Name": "Acme Supply", "City": "Reno", "Is_Active": "1"}
ITEM: Row = {"Standard_Item": "REBAR-10", "Description": "Rebar", "Stocking_Unit": "EA", "Standard_Cost": "1.250000"}
COMMITMENT: Row = {
    "Commitment": "PO-1",
    "Description": "Rebar",
    "Commitment_Type": "Purchase order",
    "Vendor": "ACME",
    "Job": "24-001",
    "Commitment_Date": "2026-01-05",
    "Closed": "0",
    "Amount": "125.00",
    "Approved_Changes": "0.00",
    "Amount_Invoiced": "0.00",
}
COMMITMENT_ITEM: Row = {
    "Commitment": "PO-1",
    "Item": "1",
    "Description": "Rebar",
    "Job": "24-001",
    "Cost_Code": "03 30 00",
    "Category": "M",
    "Standard_Item": "REBAR-10",
    "Units": "100.0000",
    "Unit_Cost": "1.250000",
    "Unit_Description": "EA",
    "Amount": "125.00",
    "Tax": "0.00",
}
CHANGE_ORDER: Row = {
    "Commitment": "PO-1",
    "Commitment_CO": "1",
    "Description": "More",
    "Date": "2026-01-10",
    "Status": "Approved",
    "Date_Stamp": "2026-01-10",
    "Time_Stamp": "15:30:00",
}
CHANGE_ORDER_ITEM: Row = {
    "Commitment": "PO-1",
    "Commitment_CO": "1",
    "Item": "1",
    "Units": "10.0000",
    "Amount": "12.50",
}
TRANSACTION: Row = {
    "Row_ID": "T1",
    "Run": "1",
    "Sequence": "1",
    "Job": "24-001",
    "Cost_Code": "03 30 00",
    "Category": "M",
    "Transaction_Type": "AP cost",
    "Transaction_Date": "2026-01-20",
    "Accounting_Date": "2026-01-20",
    "Description": "Rebar",
    "Units": "10.0000",
    "Unit_Cost": "1.250000",
    "Amount": "12.50",
    "Debit_Account": "5-1000",
    "Credit_Account": "2-1000",
    "Application_of_Origin": "AP",
    "Vendor": "ACME",
    "Invoice": "I-1",
    "Commitment": "PO-1",
    "Commitment_Line_Item": "1",
    "Date_Stamp": "2026-01-20",
    "Time_Stamp": "10:00:00",
    "Row_Version": "7",
}
LEDGER_ROW: Row = {
    "Row_ID": "G1",
    "Account": "2-1490",
    "Transaction_Date": "2026-01-31",
    "Accounting_Date": "2026-01-31",
    "Description": "Accrual",
    "Debit": "10.00",
    "Credit": "0.00",
    "Application_of_Origin": "JC",
    "Batch": "B1",
}
EVENT: Row = {
    "event_id": "0a1b",
    "event_type": "received",
    "occurred_at": "2026-01-15T08:00:00-08:00",
    "recorded_at": "2026-01-15T08:00:05-08:00",
    "actor": "kim",
    "device": "tab-3",
    "commitment": "PO-1",
    "item_number": "1",
    "standard_item": "REBAR-10",
    "location": "24-001",
    "quantity": "10.0000",
    "unit": "EA",
}

GOOD: dict[str, Row] = {
    "JOB": JOB,
    "EXTRA": {"Job": "24-001", "Extra": "A", "Description": "Annex", "Status": "In progress"},
    "COSTCODE": COST_CODE,
    "CATEGORY": CATEGORY,
    "STDCODE": {
        "Cost_Code": "03 30 00",
        "Description": "Concrete",
        "Group_Cost_Code": "0",
        "Accumulate_As": "Material",
    },
    "STDCAT": {"Category": "M", "Description": "Material", "Accumulate_As": "Material"},
    "VENDOR": VENDOR,
    "ITEM": ITEM,
    "COMMIT": COMMITMENT,
    "COMITEM": COMMITMENT_ITEM,
    "COMCO": CHANGE_ORDER,
    "COMCOITM": CHANGE_ORDER_ITEM,
    "PERIOD": {"Period": "2026-01", "Application": "JC", "Status": "Open"},
    "JCH": {**TRANSACTION, "Row_ID": "H1"},
    "JCT": TRANSACTION,
    "JCN": {**TRANSACTION, "Row_ID": "N1"},
    "GLT": LEDGER_ROW,
    "EVENT": EVENT,
}
"""A row of every feed that keeps all promises once those above it have landed."""


def csv_bytes(flow: str, rows: Iterable[Mapping[str, str]], encoding: str = "cp1252") -> bytes:
    """Give rows as the file a good sender writes; columns that a row lacks are empty."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, INBOUND[flow].names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode(encoding)


def event_bytes(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Give event documents as ndjson."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


@dataclass
class Sender:
    """A company's Sage side and RunBlu in one; numbers and chains files by itself."""

    connection: Connection
    server: SftpPlace
    company: str = "AW"
    environment: str = "PROD"
    last: dict[str, tuple[int, str]] = field(default_factory=dict)

    def folder(self, name: str) -> Path:
        """Give a folder of the company on the server's disk, made if it is not there."""
        folder = self.server.root / self.company / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def manifest(self, flow: str, rows: list[Row], content: bytes, /, **changes: Any) -> Manifest:
        """Give the manifest a good sender would write, with changes."""
        seq, sha256 = self.last.get(flow, (0, ""))
        feed, totals = INBOUND[flow], Totals()
        for row in rows:
            try:
                amount = Decimal(row.get(feed.money) or 0) if feed.money else Decimal(0)
            except InvalidOperation:
                amount = Decimal(0)
            totals.add([row.get(name, "") for name in feed.key], amount)
        manifest = Manifest(
            flow=flow,
            company=self.company,
            environment=self.environment,
            seq=seq + 1,
            rev=1,
            previous_seq=seq,
            previous_sha256=sha256,
            sha256=hashlib.sha256(content).hexdigest(),
            bytes=len(content),
            encoding="utf-8" if flow == "EVENT" else "cp1252",
            extracted_at="2026-02-01T08:00:00+00:00",
            zone="UTC",
            extent="delta" if flow == "EVENT" else "full",
            **totals.fields(),  # type: ignore[arg-type]
        )
        return replace(manifest, **changes)

    def put(self, flow: str, rows: list[Row] | None = None, content: bytes | None = None, /, **changes: Any) -> str:
        """Put a file with its manifest under the next number; gives its name. `changes` are wrong or other figures."""
        rows = [GOOD[flow]] if rows is None else rows
        if content is None:
            content = event_bytes(rows) if flow == "EVENT" else csv_bytes(flow, rows)
        manifest = self.manifest(flow, rows, content, **changes)
        extension = "ndjson" if flow == "EVENT" else "csv"
        name = str(FileName(flow, self.company, self.environment, manifest.seq, manifest.rev, extension))
        self.write(name, content, manifest.to_bytes())
        self.last[flow] = (manifest.seq, manifest.sha256)
        return name

    def write(self, name: str, content: bytes, manifest: bytes | None) -> None:
        """Put bytes under a name; without manifest, if None."""
        folder = self.folder("from_runblu" if name.startswith("EVENT") else "from_sage")
        (folder / name).write_bytes(content)
        if manifest is not None:
            (folder / f"{name}.ok").write_bytes(manifest)

    def take(self, *flows: str) -> list[TransferOutcome]:
        """Have the flows taken; all of them where none is named."""
        with self.exchange() as exchange:
            return inbound.take_transfers(
                self.connection, exchange, self.company, flows or inbound.ORDER, self.environment
            )

    def take_one(self, flow: str) -> TransferOutcome:
        """Have one flow taken that has one file waiting."""
        (outcome,) = self.take(flow)
        return outcome

    def exchange(self) -> Exchange:
        """Give a connection to the server as the bridge opens it."""
        server = self.server
        return Exchange(server.host, server.port, server.user, str(server.key_file), server.host_key)

    def land(self, *flows: str) -> None:
        """Put the good row of each flow and have all of them landed."""
        for flow in flows:
            self.put(flow)
        outcomes = self.take(*flows)
        assert [outcome.state for outcome in outcomes] == ["landed"] * len(flows), outcomes

    def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """Give the rows of a statement."""
        rows = self.connection.execute(statement.encode(), values).fetchall()
        self.connection.commit()
        return rows

    def count(self, table: str) -> int:
        """Give the number of rows of a table."""
        counted = self.connection.execute(
            sql.SQL("select count(*) as n from {}").format(sql.Identifier(*table.split(".")))
        )
        self.connection.commit()
        return int(counted.fetchall()[0]["n"])

    def exceptions(self) -> list[dict[str, Any]]:
        """Give the open exceptions, oldest first."""
        return self.rows("select * from audit.exception where closed_at is null order by exception_id")

    def answer(self, name: str) -> dict[str, Any]:
        """Give the acknowledgement of a file, checked against its manifest."""
        content = (self.folder("ack") / f"{name}.ack.json").read_bytes()
        manifest = json.loads((self.folder("ack") / f"{name}.ack.json.ok").read_bytes())
        assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
        answer: dict[str, Any] = json.loads(content)
        return answer


def manifest_bytes(manifest: Manifest, **changes: Any) -> bytes:
    """Give a manifest's bytes with fields changed, left out (None) or of a wrong kind."""
    document = {**asdict(manifest), **changes}
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()
