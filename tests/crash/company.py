"""The company of the crash harness: two jobs, two codes, the lines of `history`, with nothing happened yet.

Made once: loaded into the sandbox, extracted by the agent, landed in a database. Worlds are copies of it.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.crash.history import BEGIN, CATEGORY, COMPANY, COST_CODES, ITEM, JOBS, UNIT, VENDOR, lines

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sage_bridge.profiles import Profile
    from tests.conftest import SftpPlace

LINES_PER_FILE = 4
"""Lines of one file to Sage: few, so that a short history needs several files of a lane."""

MASTERS = ("JOB", "EXTRA", "COSTCODE", "CATEGORY", "VENDOR", "ITEM", "COMMIT", "COMITEM", "COMCO", "COMCOITM")
CODES = ("COSTCODE", "CATEGORY")
COMMITMENTS = ("COMMIT", "COMITEM", "COMCO", "COMCOITM")
JOB_COST = ("PERIOD", "JCT", "JCN")


def profile(company_id: str = COMPANY) -> Profile:
    """Give the default profile with short files."""
    from ops.companies import default_profile

    made = default_profile(company_id)
    # The independent check knows what was built in and billed, not at which price; variance has tests of its own.
    return replace(made, price_variance="in clearing", limits=replace(made.limits, batch_lines=LINES_PER_FILE))


def write_scenario(folder: Path, begin: datetime = BEGIN) -> None:
    """Write the company as a scenario without events, invoices and change orders."""
    order_time = begin.isoformat()
    known = lines(begin)
    tables: dict[str, list[dict[str, str]]] = {
        "jobs": [{"job_id": job, "job_name": f"Job {job}", "job_status": "In progress"} for job in JOBS],
        "cost_codes": [{"cost_code": code, "cost_code_title": f"Code {code}"} for code in COST_CODES],
        "job_cost_codes": [
            {"job_id": job, "cost_code": code, "category": CATEGORY, "budget_amount": "1000000.00"}
            for job in JOBS for code in COST_CODES
        ],
        "vendors": [{"vendor_id": VENDOR, "vendor_name": "Rods and Sons", "is_active": "1"}],
        "items": [
            {"item_id": ITEM, "item_description": "Rod 20", "stock_uom": UNIT, "standard_cost": "1.0000",
             "cost_code": COST_CODES[0]},
        ],
        "purchase_orders": [
            {"po_id": po, "vendor_id": VENDOR, "job_id": JOBS[0], "order_time": order_time}
            for po in sorted({line["commitment"] for line in known})
        ],
        "po_lines": [
            {"po_id": line["commitment"], "line_no": line["item"], "item_id": ITEM, "item_description": "Rod 20",
             "job_id": line["job"], "cost_code": line["cost_code"], "uom": UNIT, "original_qty": line["units"],
             "original_unit_price": line["unit_cost"], "original_amount": line["amount"]}
            for line in known
        ],
    }  # fmt: skip
    heads = {
        "change_orders": "change_order_id,po_id,line_no,change_seq,change_time,change_kind,old_qty,new_qty,"
        "old_unit_price,new_unit_price,delta_amount",
        "material_events": "event_id,event_kind,po_id,line_no,item_id,job_id,cost_code,event_time,posted_time,qty,uom,"
        "ref_event_id",
        "invoices": "invoice_id,po_id,line_no,vendor_id,invoice_number,invoice_kind,posted_time,amount,ref_invoice_id",
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    for name, head in heads.items():
        (folder / f"{name}.csv").write_text(f"{head}\n", encoding="utf-8")
    files = {f"{name}.csv": {"rows": 0, "sha256_of_csv": ""} for name in (*tables, *heads)}
    (folder / "manifest.json").write_text(json.dumps({"scenario": "crash", "files": files}), encoding="utf-8")


def agent_document(server: SftpPlace, sage: Path, company_id: str = COMPANY) -> dict[str, Any]:
    """Give the agent's configuration: it reads the sandbox's store and imports by the sandbox's command."""
    import sys

    from ops.paths import REPOSITORY

    direct_cost = profile().direct_cost
    layout = {"records": {direct_cost.record_id: list(direct_cost.columns)}, "reference": "ref_1", "amount": "amount"}
    sandbox = [sys.executable, "-m", "sandbox", "--data", str(sage)]
    return {
        "company": company_id, "environment": "PROD", "zone": "UTC", "encoding": "cp1252", "importer": "agent",
        "state_dir": "state", "receipts_dir": "receipts", "poll_seconds": 0.02,
        "source": {"kind": "sqlite", "path": str(sage / "sage.db")},
        "sftp": {
            "host": server.host, "port": server.port, "user": "sage",
            "key_file": str(server.key_file.with_name("sage.key")), "host_key": server.host_key, "root": "/",
        },
        "import": {
            "inbox_dir": "inbox", "cwd": str(REPOSITORY), "layouts": {"DC": layout, "ADJ": layout},
            "settle_seconds": 0, "quiet_seconds": 0, "retry_seconds": 0,
            "macro": [*sandbox, "import", "--file", "{file}", "--reject", "{reject}", "--print", "{print}"],
        },
        "extract_after_import": [],
    }  # fmt: skip
