"""A scenario becomes a Sage company, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from sandbox import payables, values
from sandbox.masters import group_of
from tests.sandbox.company_files import Sage, Tables, tables, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LONG_VENDOR, LONG_ITEM = values.short_id("vendorID_0002"), values.short_id("REBAR-NUMBER-FOUR")


def test_jobs_are_cut_for_people_and_keep_their_status(sage: Sage) -> None:
    assert sage.rows("select * from JCM_MASTER__JOB order by Job") == [
        {"Job": "24-101", "Description": "Harbour Bridge Deck Renewal An", "Status": "In progress", "On_Hold": 0,
         "Cost_Account_Prefix": ""},
        {"Job": "24-102", "Description": "Quay Wall", "Status": "In progress", "On_Hold": 0, "Cost_Account_Prefix": ""},
        {"Job": "24-900", "Description": "Old Depot", "Status": "Closed", "On_Hold": 0, "Cost_Account_Prefix": ""},
    ]  # fmt: skip
    assert sage.value("select count(*) from JCM_MASTER__EXTRA") == 0


def test_every_division_has_a_group_code_that_carries_nothing(sage: Sage) -> None:
    codes = sage.rows(
        "select Cost_Code, Group_Cost_Code as G, Description, Original_Estimate as E, Accumulate_As as A"
        " from JCM_MASTER__COST_CODE where Job = '24-101' order by 1"
    )
    assert [tuple(code.values()) for code in codes] == [
        ("03 00 00", 1, "Division 03", "0.00", ""),
        ("03 20 00", 0, "Concrete Reinforcing", "1200.00", ""),
        ("05 00 00", 1, "Division 05", "0.00", ""),
        ("05 12 00", 0, "Structural Steel Framing", "12000.00", "Material"),
    ]
    standard = sage.rows("select Cost_Code from JCM_MASTER__STANDARD_COST_CODE order by 1")
    assert [row["Cost_Code"] for row in standard] == ["03 00 00", "03 20 00", "05 00 00", "05 12 00", "05 50 00", "99"]


@pytest.mark.parametrize(
    ("cost_code", "group"),
    [("05 12 00", "05 00 00"), ("05-120", "05-000"), ("05 00 00", None), ("99", None), ("1.20.3", "1.00.0")],
)
def test_the_group_of_a_code_is_its_first_section(cost_code: str, group: str | None) -> None:
    assert group_of(cost_code) == group


def test_a_division_code_that_takes_cost_is_no_group(tmp_path: Path) -> None:
    content = tables()
    content["cost_codes"].append({"cost_code": "05 00 00", "cost_code_title": "Metals"})
    content["job_cost_codes"].append(
        {"job_id": "24-101", "cost_code": "05 00 00", "category": "M", "budget_amount": "1"}
    )
    sage = _created(tmp_path, content)
    groups = sage.rows("select Job, Group_Cost_Code from JCM_MASTER__COST_CODE where Cost_Code = '05 00 00'")
    assert groups == [{"Job": "24-101", "Group_Cost_Code": 0}]


def test_categories_carry_class_account_and_unit(sage: Sage) -> None:
    assert sage.rows(
        "select Accumulate_As, Cost_Unit_Description, Cost_Account, Original_Estimate, JTD_Cost"
        " from JCM_MASTER__CATEGORY where Job = '24-101' and Cost_Code = '05 12 00'"
    ) == [
        {"Accumulate_As": "Material", "Cost_Unit_Description": "LB", "Cost_Account": "1-5-0002.01",
         "Original_Estimate": "12000.00", "JTD_Cost": "776.50"}
    ]  # fmt: skip
    assert len(sage.rows("select * from JCM_MASTER__STANDARD_CATEGORY")) == 5


def test_categories_of_the_company_are_its_own(tmp_path: Path) -> None:
    content = tables()
    content["categories"] = [{"category": "01", "description": "Direct material", "accumulate_as": "Material"}]
    content["job_cost_codes"][4]["category"] = "01"
    sage = _created(tmp_path, content)
    found = sage.rows("select Accumulate_As from JCM_MASTER__CATEGORY where Category = '01'")
    assert found == [{"Accumulate_As": "Material"}]


def test_long_ids_are_shortened_and_texts_take_the_code_page(sage: Sage) -> None:
    assert (LONG_VENDOR, LONG_ITEM) == ("venymmvc5e", "REBvsnbrg6")
    vendors = sage.rows("select Vendor, Name, State, Is_Active from APM_MASTER__VENDOR order by Name")
    assert vendors == [
        {"Vendor": LONG_VENDOR, "Name": "?ód? Rebar & Co", "State": "", "Is_Active": 0},
        {"Vendor": "V-1", "Name": "Northbank Steel", "State": "WA", "Is_Active": 1},
    ]
    items = sage.rows("select * from STANDARD_ITEM order by Description")
    assert items[0] == {
        "Standard_Item": LONG_ITEM, "Description": "Rebar #4", "Stocking_Unit": "TON", "Material_Class": "03 20 00",
        "Standard_Cost": "1148.750000",
    }  # fmt: skip


def test_commitments_stand_as_ordered_whatever_their_status(sage: Sage) -> None:
    assert sage.rows(
        "select Commitment, Description, Vendor, Job, Commitment_Date, Closed, Amount, Approved_Changes,"
        " Amount_Invoiced from JCM_MASTER__COMMITMENT order by 1"
    ) == [
        {"Commitment": "2000000010", "Description": "Purchase order BPI-2000000010", "Vendor": LONG_VENDOR,
         "Job": "24-102", "Commitment_Date": "2024-04-02", "Closed": 0, "Amount": "5744710.74",
         "Approved_Changes": "0.00", "Amount_Invoiced": "0.00"},
        {"Commitment": "PO-1", "Description": "Purchase order PO-1", "Vendor": "V-1", "Job": "24-101",
         "Commitment_Date": "2024-03-31", "Closed": 0, "Amount": "3636.00", "Approved_Changes": "568.65",
         "Amount_Invoiced": "700.00"},
    ]  # fmt: skip
    line = sage.rows("select * from JCM_MASTER__COMMITMENT_ITEM where Commitment = '2000000010'")[0]
    assert line["Unit_Cost"] == "574471.074381"
    assert line["Units"] == "10.0000"


def test_change_orders_are_numbered_by_time_then_sequence_as_a_number_then_line(sage: Sage) -> None:
    assert sage.rows(
        'select c.Commitment_CO as CO, c."Date", c.Time_Stamp, c.Status, i.Item, i.Units, i.Unit_Cost, i.Amount'
        " from JCM_MASTER__COMMITMENT_CO c join JCM_MASTER__COMMITMENT_CO_ITEM i using (Commitment, Commitment_CO)"
        " order by 1"
    ) == [
        {"CO": "1", "Date": "2024-05-01", "Time_Stamp": "15:00:00", "Status": "Approved", "Item": 1,
         "Units": "-100.0000", "Unit_Cost": None, "Amount": "-133.85"},
        {"CO": "2", "Date": "2024-05-01", "Time_Stamp": "15:00:00", "Status": "Approved", "Item": 2,
         "Units": "0.0000", "Unit_Cost": "1000.000000", "Amount": "-446.25"},
        {"CO": "3", "Date": "2024-05-01", "Time_Stamp": "15:00:00", "Status": "Approved", "Item": 2,
         "Units": "1.0000", "Unit_Cost": None, "Amount": "1148.75"},
    ]  # fmt: skip
    codes = sage.rows(
        "select Cost_Code, Revised_Commitment as R from JCM_MASTER__COST_CODE where R <> '0.00' order by 1"
    )
    assert [tuple(row.values()) for row in codes] == [("03 20 00", "3000.00"), ("05 12 00", "5745915.39")]


def test_months_reach_from_the_first_order_to_three_after_the_last_anything(sage: Sage) -> None:
    periods = sage.rows(
        "select distinct Period from PERIOD_STATUS where Application = 'AP' and Status = 'Open' order by 1"
    )
    assert [row["Period"] for row in periods] == [f"2024-{month:02d}" for month in range(3, 10)]
    assert sage.value("select count(*) from PERIOD_STATUS") == 21


def test_gzipped_tables_give_the_same_company(tmp_path: Path, sage: Sage) -> None:
    other = Sage(tmp_path / "other")
    other.do("create", "--company", "AW", "--scenario", write(tmp_path / "zipped", tables(), zipped=True))
    for table in ("JCM_MASTER__COMMITMENT_ITEM", "JCT_CURRENT__TRANSACTION", "GLT_CURRENT__TRANSACTION"):
        assert other.table(table) == sage.table(table)


def test_loading_again_changes_nothing_and_other_content_is_refused(sage: Sage, scenario: Path, tmp_path: Path) -> None:
    before = (sage.data / "sage.db").read_bytes()
    assert "nothing changed" in sage.do("create", "--company", "AW", "--scenario", scenario)
    content = tables()
    content["jobs"][1]["job_name"] = "Quay Wall North"
    other = write(tmp_path / "aw_other", content)
    assert "already holds company AW" in sage.refused("create", "--company", "AW", "--scenario", other)
    assert "already holds company AW" in sage.refused("create", "--company", "BB", "--scenario", scenario)
    assert (sage.data / "sage.db").read_bytes() == before


def _set(table: str, row: int, **changes: str) -> Callable[[Tables], None]:
    def bend(content: Tables) -> None:
        content[table][row].update(changes)

    return bend


def _without(table: str, column: str) -> Callable[[Tables], None]:
    def bend(content: Tables) -> None:
        for row in content[table]:
            del row[column]

    return bend


def _again(table: str, row: int, **changes: str) -> Callable[[Tables], None]:
    def bend(content: Tables) -> None:
        content[table].append({**content[table][row], **changes})

    return bend


BAD = {
    "amount": (_set("invoices", 0, amount="12,50"), "invoices.csv line 2: amount is no plain number, found '12,50'"),
    "exponent": (_set("po_lines", 0, original_qty="1e3"), "po_lines.csv line 2: original_qty is no plain number"),
    "decimals": (_set("po_lines", 1, original_amount="1.005"), "expected a decimal with at most 2 decimals"),
    "empty number": (
        _set("change_orders", 2, delta_amount=""),
        "change_orders.csv line 4: delta_amount is no plain number",
    ),
    "date": (
        _set("invoices", 4, posted_time="2024-13-01T00:00:00+00:00"),
        "invoices.csv line 6: posted_time is no time",
    ),
    "no offset": (_set("purchase_orders", 0, order_time="2024-03-31T23:30:00"), "expected ISO 8601 with offset"),
    "far year": (_set("material_events", 0, event_time="0202-04-10T07:00:00-07:00"), "event_time is no time"),
    "line number": (_set("po_lines", 0, line_no="one"), "po_lines.csv line 2: line_no is no line number"),
    "vendor": (
        _set("purchase_orders", 1, vendor_id="V-9"),
        "purchase_orders.csv line 3: vendor_id is unknown, found 'V-9'",
    ),
    "job of a line": (_set("po_lines", 2, job_id="24-999"), "po_lines.csv line 4: job_id is unknown"),
    "code of a line": (
        _set("po_lines", 2, job_id="24-900", cost_code="99"),
        "expected a row of job_cost_codes for job 24-900",
    ),
    "item": (_set("po_lines", 0, item_id="NAIL"), "po_lines.csv line 2: item_id is unknown"),
    "line of a change": (_set("change_orders", 0, line_no="7"), "expected a row of po_lines of PO-1"),
    "kind of a change": (_set("change_orders", 0, change_kind="oops"), "change_kind is unknown, found 'oops'"),
    "kind of an invoice": (_set("invoices", 0, invoice_kind="bill"), "invoice_kind is unknown"),
    "cancel of nothing": (_set("invoices", 5, ref_invoice_id="I9"), "invoices.csv line 7: ref_invoice_id is unknown"),
    "long invoice": (_set("invoices", 0, invoice_number="A-2345678901234-9"), "at most 15 characters"),
    "long job": (_set("jobs", 0, job_id="24-1010101010"), "jobs.csv line 2: job_id is too long for Sage"),
    "job status": (_set("jobs", 1, job_status="sleeping"), "job_status is unknown, found 'sleeping'"),
    "category": (_set("job_cost_codes", 0, category="Z"), "category is unknown, found 'Z'"),
    "twice": (_again("jobs", 0), "jobs.csv line 5: job_id appears twice"),
    "event twice": (_again("material_events", 0), "event_id appears twice"),
    "event of no line": (_set("material_events", 0, line_no="5"), "material_events.csv line 2: line_no is unknown"),
    "event kind": (_set("material_events", 0, event_kind="eaten"), "event_kind is unknown"),
    "event without material": (_set("material_events", 1, po_id="", line_no="", item_id=""), "names no material"),
    "event of no receipt": (
        _set("material_events", 2, ref_event_id="E77"),
        "material_events.csv line 4: ref_event_id is unknown",
    ),
    "event of no receipt event": (_set("material_events", 2, ref_event_id="E2"), "ref_event_id is no receive event"),
    "reject of nothing": (_set("material_events", 3, ref_event_id=""), "ref_event_id is empty"),
    "negative": (_set("material_events", 3, qty="-5"), "qty is negative"),
    "missing column": (_without("po_lines", "uom"), "po_lines.csv line 1: the header lacks uom"),
    "commitment collision": (
        _again("purchase_orders", 1, po_id="XYZ-2000000010"),
        "po_id would be 2000000010 in Sage, as BPI-2000000010 is",
    ),
    "unit collision": (_set("po_lines", 0, uom="SQUARE FOOT"), "uom would be SQUARE in Sage, as SQUARE METER is"),
    "no category": (_set("po_lines", 2, cost_code="03 20 00"), "the line's category is not clear"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_malformed_scenario_is_one_sentence_and_leaves_nothing(tmp_path: Path, case: str) -> None:
    bend, expected = BAD[case]
    content = tables()
    if case == "unit collision":
        content["items"][0]["stock_uom"] = "SQUARE METER"
    if case == "no category":
        content["job_cost_codes"][1]["category"] = "S"
    bend(content)
    sage = Sage(tmp_path / "sage")
    said = sage.refused("create", "--company", "AW", "--scenario", write(tmp_path / "aw_bad", content))
    assert expected in said
    assert "expected" in said
    assert not sage.data.exists()


def test_a_line_whose_code_has_several_categories_takes_the_one_of_class_material(tmp_path: Path) -> None:
    found = _created(tmp_path, tables()).rows("select distinct Category from JCM_MASTER__COMMITMENT_ITEM")
    assert found == [{"Category": "M"}]


@pytest.mark.parametrize(
    ("break_it", "expected"),
    [
        (lambda folder: (folder / "vendors.csv").unlink(), "vendors.csv: the table is missing"),
        (lambda folder: (folder / "manifest.json").unlink(), "the manifest is missing"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "the manifest is not JSON"),
        (lambda folder: (folder / "jobs.csv").write_text("job_id\n24-777\n"), "not the one the manifest describes"),
        (lambda folder: (folder / "jobs.csv.gz").write_bytes(b"x"), "the table is there twice"),
        (
            lambda folder: (folder / "sage_entries.csv").write_text("entry_id\n"),
            "the manifest does not name this table",
        ),
    ],
)
def test_a_directory_that_is_not_what_its_manifest_says_is_refused(
    tmp_path: Path, scenario: Path, break_it: Callable[[Path], object], expected: str
) -> None:
    break_it(scenario)
    sage = Sage(tmp_path / "sage")
    assert expected in sage.refused("create", "--company", "AW", "--scenario", scenario)
    assert not sage.data.exists()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'job_id,job_name,job_status\n"24-1,x,Closed\n', "jobs.csv line 2: the line is no CSV"),
        (
            b"job_id,job_name,job_status\n24-1,x\n",
            "jobs.csv line 2: the row is ragged, found '2 fields', expected 3 fields",
        ),
        (b"job_id,job_name,job_status\n24-1,\xff,Closed\n", "the text is not UTF-8"),
        (b"", "the header lacks job_id, job_name, job_status"),
    ],
)
def test_a_table_that_is_no_csv_is_refused(tmp_path: Path, scenario: Path, content: bytes, expected: str) -> None:
    (scenario / "jobs.csv").write_bytes(content)
    manifest = json.loads((scenario / "manifest.json").read_text())
    manifest["files"]["jobs.csv"] = {"sha256_of_csv": hashlib.sha256(content).hexdigest()}
    (scenario / "manifest.json").write_text(json.dumps(manifest))
    assert expected in Sage(tmp_path / "sage").refused("create", "--company", "AW", "--scenario", scenario)


def test_wrong_row_counts_and_unreadable_archives_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "aw_z", tables(), zipped=True)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["jobs.csv.gz"]["rows"] = 4
    (folder / "manifest.json").write_text(json.dumps(manifest))
    sage = Sage(tmp_path / "sage")
    assert "another number of rows" in sage.refused("create", "--company", "AW", "--scenario", folder)
    (folder / "jobs.csv.gz").write_bytes((folder / "jobs.csv.gz").read_bytes()[:-9])
    assert "the file cannot be read" in sage.refused("create", "--company", "AW", "--scenario", folder)


def test_a_scenario_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    said = Sage(tmp_path / "sage").refused("create", "--company", "AW", "--scenario", tmp_path / "nowhere")
    assert "the scenario directory does not exist" in said


@pytest.mark.parametrize("company", ["a w", "aw", "", "ABCDEFGHIJK", "Ä"])
def test_a_company_needs_an_id(tmp_path: Path, scenario: Path, company: str) -> None:
    assert "the company id is no id" in Sage(tmp_path / "sage").refused(
        "create", "--company", company, "--scenario", scenario
    )


def test_a_company_may_be_a_number(tmp_path: Path, scenario: Path) -> None:
    assert Sage(tmp_path / "sage").run("create", "--company", "2024", "--scenario", scenario).code == 0


def test_a_killed_create_leaves_no_company_and_the_next_one_sweeps_up(tmp_path: Path, scenario: Path) -> None:
    data = tmp_path / "sage"
    held = (
        "import os, signal, sys\nfrom sandbox import payables\n"
        "payables.post_invoices = lambda *a: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from sandbox.cli import main\nmain(sys.argv[1:])\n"
    )
    words = ["--data", str(data), "create", "--company", "AW", "--scenario", str(scenario)]
    done = subprocess.run([sys.executable, "-c", held, *words], check=False, env={**os.environ, "PYTHONPATH": "."})
    assert done.returncode == -signal.SIGKILL
    assert not (data / "sage.db").exists()
    assert list(data.iterdir())
    Sage(data).do("create", "--company", "AW", "--scenario", scenario)
    assert sorted(path.name for path in data.iterdir()) == ["sage.db"]


def test_a_create_that_breaks_while_writing_leaves_nothing(
    tmp_path: Path, scenario: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(payables, "post_invoices", full)
    sage = Sage(tmp_path / "sage")
    assert "No space left on device" in sage.refused("create", "--company", "AW", "--scenario", scenario)
    assert not sage.data.exists()


def test_a_scenario_can_be_checked_and_sealed_without_loading(tmp_path: Path, scenario: Path) -> None:
    sage = Sage(tmp_path / "sage")
    assert "2024-03 to 2024-06" in sage.do("check-scenario", "--scenario", scenario)
    (scenario / "jobs.csv").write_text("job_id,job_name,job_status\n")
    assert "not the one" in sage.refused("check-scenario", "--scenario", scenario)
    assert "0 jobs" in sage.do("seal-scenario", "--scenario", scenario)
    assert "job_id is unknown" in sage.refused("check-scenario", "--scenario", scenario)
    assert not sage.data.exists()


def _created(tmp_path: Path, content: Tables) -> Sage:
    sage = Sage(tmp_path / "sage")
    sage.do("create", "--company", "AW", "--scenario", write(tmp_path / "aw_bent", content))
    return sage
