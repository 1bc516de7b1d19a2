"""What the conductor says and leaves behind."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from ops import outcome, sage_export
from ops.progress import Progress
from ops.scenario import Scenario

if TYPE_CHECKING:
    from pathlib import Path

    from sage_hooks.warehouse import Connection

COLUMNS = ("Job", "Extra", "Cost_Code", "Category", "Transaction_Type", "Amount", "Ref_1")
CODES = ("22-101", "", "05 05 23", "M")


def export(folder: Path, *rows: tuple[str, str, str]) -> Path:
    with (folder / "JCT_CURRENT__TRANSACTION.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([*CODES, *row] for row in rows)
    return folder


def test_sage_s_own_sums_agree(tmp_path: Path) -> None:
    folder = export(
        tmp_path, ("AP cost", "10.10", ""), ("JC cost", "-0.10", "C111"), ("Original estimate", "999.00", "")
    )
    found = sage_export.compare(folder, {CODES: Decimal("10.00")})
    assert (found.amount, found.off, found.references, found.repeated) == (Decimal("10.00"), 0, 1, 0)


def test_a_cent_too_much_is_seen(tmp_path: Path) -> None:
    folder = export(tmp_path, ("AP cost", "10.01", ""))
    assert sage_export.compare(folder, {CODES: Decimal("10.00")}).off == 1


def test_codes_that_one_side_lacks_are_seen(tmp_path: Path) -> None:
    folder = export(tmp_path, ("AP cost", "10.00", ""))
    assert sage_export.compare(folder, {}).off == 1
    assert sage_export.compare(folder, {CODES: Decimal(10), ("x", "", "", ""): Decimal(1)}).off == 1


def test_a_reference_that_stands_twice_is_seen(tmp_path: Path) -> None:
    folder = export(tmp_path, ("JC cost", "5.00", "C111"), ("JC cost", "5.00", "C111"))
    assert sage_export.compare(folder, {CODES: Decimal(10)}).repeated == 1


def test_every_view_of_the_marts_is_written_with_its_header(
    warehouse: Connection, company: str, tmp_path: Path
) -> None:
    counts = outcome.export_marts(warehouse, tmp_path / "mart")
    assert company == "AW"
    assert {"job_cost_by_period", "cost_posting"} <= counts.keys()
    assert counts.keys() == {path.stem for path in (tmp_path / "mart").glob("*.csv")}
    first = (tmp_path / "mart" / "job_cost_by_period.csv").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("company_id,period,")


@pytest.mark.parametrize(("rows", "holds"), [(2, True), (1, False), (3, False)])
def test_an_event_that_is_refused_and_kept_is_not_lost(
    warehouse: Connection, company: str, tmp_path: Path, rows: int, holds: bool
) -> None:
    for rule in ("quantity_invalid", "recorded_at_invalid"):
        for record in ("E1", "E2"):
            warehouse.execute(
                "insert into audit.exception (company_id, record_kind, record_key, rule, reason, remedy, owner, "
                "payload) values (%s, 'event_document', %s, %s, 'x', 'x', 'RunBlu', '{}')",
                (company, record, rule),
            )
    warehouse.commit()
    (tmp_path / "material_events.csv").write_text("event_id\n" + "E\n" * rows, encoding="utf-8")
    scenario = Scenario(tmp_path, "aw_small", company, {})
    verdict = outcome.tie_out(warehouse, scenario, export(tmp_path))
    assert verdict["laws"]["L1"]["holds"] is holds
    assert verdict["laws"]["L1"]["events_recorded_by_runblu"] == rows


def test_phases_are_told_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    with progress.phase("load things") as phase:
        phase.count(rows=12345)
    with pytest.raises(ValueError, match="broken"), progress.phase("fail at once"):
        raise ValueError("broken")
    progress.write(tmp_path / "timings.json", peak_megabytes={"agent": 1})
    said = capsys.readouterr().out
    assert "rows 12,345" in said
    assert "FAILED" in said
    kept = json.loads((tmp_path / "timings.json").read_text(encoding="utf-8"))
    assert kept["peak_megabytes"] == {"agent": 1}
    assert [(phase["phase"], phase["done"]) for phase in kept["phases"]] == [
        ("load things", True),
        ("fail at once", False),
    ]


def test_long_work_shows_that_it_goes_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import time

    monkeypatch.setattr("ops.progress.REPORT_SECONDS", 0.05)
    with Progress().phase("take long") as phase:
        phase.say("row 7")
        time.sleep(0.2)
    assert "... row 7" in capsys.readouterr().out
