"""Sage's side of the bench: the sandbox with the jobs and orders of the bench, and the agent beside it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from bench.data import CODES, JOBS
from bench.place import COMPANY
from ops.companies import default_profile
from ops.sage_side import SageSide
from ops.scenario import open_scenario
from ops.state import State
from sage_bridge.transfers import READ_FOLDERS, WRITTEN_FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bench.place import Place

MASTERS = (
    "JOB", "EXTRA", "COSTCODE", "CATEGORY", "STDCODE", "STDCAT", "VENDOR", "ITEM", "COMMIT", "COMITEM", "PERIOD",
)  # fmt: skip
_HEADERS = {
    "change_orders": "change_order_id,po_id,line_no,change_seq,change_time,change_kind,old_qty,new_qty,old_unit_price,"
    "new_unit_price,delta_amount,kind_origin,amount_origin",
    "material_events": "event_id,event_kind,po_id,line_no,item_id,job_id,cost_code,event_time,posted_time,qty,uom,"
    "amount,ref_event_id,qty_origin,time_origin,reason,disposition,actor,device",
    "invoices": "invoice_id,po_id,line_no,vendor_id,invoice_number,invoice_kind,invoice_date,posted_time,qty,amount,"
    "cleared_time,ref_invoice_id,amount_origin,time_origin",
}


def start(place: Place, lines: int) -> SageSide:
    """Load a company with so many order lines and start the agent; stop it by `stop_agent`."""
    state = State(place.folder / "sage")
    folder = state.folder / f"{COMPANY.lower()}_bench"
    folder.mkdir(parents=True)
    for kept in (state.runs, state.logs):
        kept.mkdir()
    side = SageSide(state, COMPANY)
    _write_scenario(folder, lines)
    side.sandbox("seal-scenario", "--scenario", str(folder))
    side.create(open_scenario(folder))
    for name in (*READ_FOLDERS, *WRITTEN_FOLDERS):
        (place.root / COMPANY / name).mkdir(parents=True, exist_ok=True)
    side.configure(default_profile(COMPANY), place.keys, place.port, unattended=False)
    side.start_agent()
    return side


def _write_scenario(folder: Path, lines: int) -> None:
    codes = [f"03 {number:02d} 00" for number in range(1, CODES + 1)]
    jobs = [f"J{number:04d}" for number in range(1, JOBS + 1)]
    _write(folder, "jobs", "job_id,job_name,job_status,start_date,end_date,origin",
           ((job, f"Job {job}", "In progress", "2026-01-01", "2026-12-31", "made") for job in jobs))  # fmt: skip
    _write(folder, "cost_codes", "cost_code,cost_code_title,division,origin",
           ((code, "Code", "03", "made") for code in codes))  # fmt: skip
    _write(folder, "job_cost_codes", "job_id,cost_code,category,budget_amount,origin",
           ((job, code, "M", "1000.00", "made") for job in jobs for code in codes))  # fmt: skip
    _write(folder, "vendors", "vendor_id,vendor_name,is_active,address_line_1,city,state,postal_code,country,origin",
           [("V1", "Vendor", "1", "", "", "", "", "US", "made")])  # fmt: skip
    _write(folder, "items",
           "item_id,item_number,item_description,stock_uom,standard_cost,cost_code,material_class,origin",
           [("IT1", "IT1", "Item", "EA", "9.9900", codes[0], "steel", "made")])  # fmt: skip
    orders = range((lines - 1) // 100 + 1)
    _write(
        folder, "purchase_orders",
        "po_id,vendor_id,job_id,order_time,po_status,revision_number,currency,subtotal_amount,tax_amount,"
        "freight_amount,total_amount",
        ((f"PO{one}", "V1", jobs[one % JOBS], "2026-01-02T08:00:00-07:00", "approved", "1", "USD", "99900.00", "0.00",
          "0.00", "99900.00") for one in orders),
    )  # fmt: skip
    _write(
        folder, "po_lines",
        "po_id,line_no,item_id,item_description,job_id,cost_code,uom,source_uom,original_qty,original_unit_price,"
        "original_amount,final_qty,final_unit_price,final_amount,need_by_date,item_category,item_type,"
        "source_line_total",
        ((f"PO{line // 100}", line % 100 + 1, "IT1", "Item", jobs[line // 100 % JOBS], codes[line % CODES], "EA", "EA",
          "100", "9.9900", "999.00", "100", "9.9900", "999.00", "2026-06-30", "material", "Standard", "")
         for line in range(lines)),
    )  # fmt: skip
    for name, header in _HEADERS.items():
        _write(folder, name, header, ())


def _write(folder: Path, name: str, header: str, rows: Iterable[tuple[object, ...]]) -> None:
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
