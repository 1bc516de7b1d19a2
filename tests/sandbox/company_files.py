"""A small scenario as tables of texts, to be bent by a test, written and sealed."""
# ruff: noqa: E501  a table's header is one line

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.cli import main
from sandbox.seal import seal_scenario

if TYPE_CHECKING:
    from pathlib import Path

Tables = dict[str, list[dict[str, str]]]

TABLES = """
jobs: job_id,job_name,job_status
24-101,Harbour Bridge Deck Renewal And Approach Slabs,In progress
24-102,Quay Wall,In progress
24-900,Old Depot,Closed

cost_codes: cost_code,cost_code_title
03 20 00,Concrete Reinforcing
05 12 00,Structural Steel Framing
05 50 00,Metal Fabrications
99,Small Tools

job_cost_codes: job_id,cost_code,category,budget_amount
24-101,05 12 00,M,12000.00
24-101,03 20 00,M,500.00
24-101,03 20 00,L,700.00
24-102,05 12 00,M,9000.00
24-102,99,M,10.00
24-900,05 12 00,M,1.00

vendors: vendor_id,vendor_name,is_active,address_line_1,city,state,postal_code
V-1,Northbank Steel,1,1 Quay,Longview,WA,98632
vendorID_0002,Łódź Rebar & Co,0,,,,

items: item_id,item_description,stock_uom,standard_cost,cost_code
BEAM,Wide flange beam,LB,1.3385,05 12 00
REBAR-NUMBER-FOUR,Rebar #4,TON,1148.75,03 20 00

purchase_orders: po_id,vendor_id,job_id,order_time,po_status
PO-1,V-1,24-101,2024-03-31T23:30:00-07:00,approved
BPI-2000000010,vendorID_0002,24-102,2024-04-02T09:00:00-07:00,rejected

po_lines: po_id,line_no,item_id,item_description,job_id,cost_code,uom,original_qty,original_unit_price,original_amount
PO-1,1,BEAM,Beam W12x26,24-101,05 12 00,LB,1000,1.3385,1338.50
PO-1,2,REBAR-NUMBER-FOUR,Rebar,24-101,03 20 00,TON,2,1148.75,2297.50
BPI-2000000010,1,BEAM,Beam,24-101,05 12 00,LB,10,574471.074381,5744710.74

change_orders: change_order_id,po_id,line_no,change_seq,change_time,change_kind,old_qty,new_qty,old_unit_price,new_unit_price,delta_amount
CO-3,PO-1,2,10,2024-05-01T08:00:00-07:00,qty_change,2,3,1148.75,1148.75,1148.75
CO-2,PO-1,2,2,2024-05-01T08:00:00-07:00,price_change,3,3,1148.75,1000.00,-446.25
CO-1,PO-1,1,1,2024-05-01T08:00:00-07:00,short_close,1000,900,1.3385,1.3385,-133.85

invoices: invoice_id,po_id,line_no,vendor_id,invoice_number,invoice_kind,invoice_date,posted_time,amount,ref_invoice_id
I1,PO-1,1,V-1,A-1,invoice,2024-04-05,2024-04-30T23:45:00-07:00,700.00,
I2,PO-1,,V-1,A-1,tax,2024-04-05,2024-04-30T23:45:00-07:00,56.00,
I3,PO-1,,V-1,A-1,freight,2024-04-05,2024-04-30T23:45:00-07:00,20.50,
I4,BPI-2000000010,,vendorID_0002,B-7,freight,2024-04-05,2024-05-02T10:00:00-07:00,9.99,
I5,PO-1,2,V-1,A-2,invoice,2024-05-05,2024-05-06T10:00:00-07:00,300.00,
I6,PO-1,2,V-1,A-2,cancel,2024-05-05,2024-05-09T10:00:00-07:00,300.00,I5

material_events: event_id,event_kind,po_id,line_no,item_id,job_id,cost_code,event_time,posted_time,qty,uom,amount,ref_event_id
E1,receive,PO-1,1,BEAM,24-101,05 12 00,2024-04-10T07:00:00-07:00,2024-04-10T07:30:00-07:00,500.00,LB,669.25,
E2,allocate,PO-1,1,BEAM,24-101,05 12 00,2024-04-10T08:00:00-07:00,2024-04-10T08:30:00-07:00,400,LB,535.40,E1
E3,install,PO-1,1,BEAM,24-101,05 12 00,2024-04-30T23:00:00-07:00,2024-06-02T08:30:00-07:00,100,LB,133.85,E1
E4,reject,PO-1,1,BEAM,24-101,05 12 00,2024-04-11T08:00:00-07:00,2024-04-11T08:30:00-07:00,5,LB,6.69,E1
E5,reverse_receipt,PO-1,1,BEAM,24-101,05 12 00,2024-04-12T08:00:00-07:00,2024-04-12T08:30:00-07:00,2,LB,2.68,E1
"""


def tables() -> Tables:
    """Give the small scenario."""
    found: Tables = {}
    for block in TABLES.strip().split("\n\n"):
        head, _, rest = block.partition("\n")
        name, _, columns = head.partition(": ")
        found[name] = list(csv.DictReader(io.StringIO(f"{columns}\n{rest}\n")))
    return found


def write(folder: Path, content: Tables, *, zipped: bool = False, sealed: bool = True) -> Path:
    """Write tables into a scenario directory with its manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in content.items():
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        data = text.getvalue().encode()
        target = folder / f"{name}.csv{'.gz' if zipped else ''}"
        target.write_bytes(gzip.compress(data) if zipped else data)
    if sealed:
        seal_scenario(folder)
    return folder


@dataclass
class Answer:
    """What a command gave."""

    code: int
    out: str
    error: str


@dataclass
class Sage:
    """A company folder and its commands, run as from a shell."""

    data: Path
    now: str = "2024-07-01T12:00:00+00:00"

    def run(self, *words: object) -> Answer:
        """Run a command."""
        out, error = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            code = main(["--data", str(self.data), "--now", self.now, *map(str, words)])
        return Answer(code, out.getvalue(), error.getvalue())

    def do(self, *words: object) -> str:
        """Run a command that must succeed."""
        answer = self.run(*words)
        assert answer.code == 0, answer.error
        return answer.out

    def refused(self, *words: object) -> str:
        """Run a command that must be refused, and change nothing."""
        before = self.rows("select * from JCT_CURRENT__TRANSACTION") if (self.data / "sage.db").exists() else []
        answer = self.run(*words)
        assert answer.code == 2
        assert answer.error.count("\n") == 1
        assert answer.error.startswith("sandbox: ")
        if before:
            assert self.rows("select * from JCT_CURRENT__TRANSACTION") == before
        return answer.error

    def rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        """Look into the database."""
        connection = sqlite3.connect(self.data / "sage.db")
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(sql, parameters)]
        finally:
            connection.close()

    def table(self, name: str, row_id: str = "") -> list[dict[str, Any]]:
        """Give the rows of a table, or the one with a row id."""
        where = "" if not row_id else " where Row_ID = ?"
        return self.rows(f'select * from "{name}"{where}', *([row_id] if row_id else []))  # noqa: S608

    def value(self, sql: str, *parameters: object) -> Any:
        """Give the first value of a query."""
        return next(iter(self.rows(sql, *parameters)[0].values()))


def line(**changes: str) -> str:
    """Give a good direct-cost line, changed as told; a field None-like '' is empty."""
    fields = {
        "record": '"DC"', "job": '"24-101"', "extra": '""', "cost_code": '"05 12 00"', "category": '"M"', "type": "2",
        "day": '"05/14/2024"', "period_day": '"05/14/2024"', "description": '"Beam PO-1/1"', "units": "12.5000",
        "unit_cost": "1.338500", "amount": "16.73", "debit": '"1-5-0002.01"', "credit": '"1-5-9999.00"',
        "batch": '"DC00000001"', "ref_1": '"R000000001"', "ref_2": '"DC00000001"',
    }  # fmt: skip
    fields.update(changes)
    return ",".join(fields.values()) + "\r\n"
