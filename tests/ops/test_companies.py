"""Profiles from YAML into the warehouse; stored again they change nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from ops.companies import DEFAULT_FILE, default_profile, main, store_profile
from ops.mappings import main as mappings_command
from ops.profile_files import load_profile
from sage_bridge.errors import BadConfig
from sage_bridge.mappings import COLUMNS
from sage_bridge.profiles import CostPlusJob, ManagedRule, PolicyChange, read_profile

if TYPE_CHECKING:
    from pathlib import Path

    from sage_hooks.warehouse import Connection


def test_the_default_profile_is_good() -> None:
    profile = default_profile("AW")
    assert profile.company_id == "AW"
    assert {rule.kind for rule in profile.ap_rules} == {"tax", "freight"}


def test_a_profile_is_stored_whole_and_only_once(warehouse: Connection) -> None:
    profile = default_profile("AW")
    assert store_profile(warehouse, profile) == 3
    assert store_profile(warehouse, profile) == 0
    (row,) = warehouse.execute("select profile from core.company").fetchall()
    assert read_profile(row["profile"], "stored") == profile


def test_a_rule_that_is_no_longer_listed_goes(warehouse: Connection) -> None:
    profile = default_profile("AW")
    store_profile(warehouse, profile)
    assert store_profile(warehouse, replace(profile, ap_rules=profile.ap_rules[:1])) > 0
    assert warehouse.execute("select kind from core.ap_rule").fetchall() == [{"kind": "tax"}]


def test_policies_and_managed_lines_are_kept_as_listed(warehouse: Connection) -> None:
    changes = (
        PolicyChange("22-101", date(2026, 7, 1), "invoice", "controller"),
        PolicyChange("", date(2027, 1, 1), "receipt", "controller"),
    )
    managed = (ManagedRule("Purchase order", "", date(2026, 7, 1), "controller"),)
    profile = replace(default_profile("AW"), policy_changes=changes, managed_lines=managed)
    assert store_profile(warehouse, profile) == 6
    assert store_profile(warehouse, profile) == 0
    (row,) = warehouse.execute("select profile from core.company").fetchall()
    assert read_profile(row["profile"], "stored") == profile
    store_profile(warehouse, replace(profile, policy_changes=changes[1:], managed_lines=()))
    assert warehouse.execute("select job, policy from core.cost_policy").fetchall() == [
        {"job": "", "policy": "receipt"}
    ]
    assert warehouse.execute("select from core.managed_rule").fetchall() == []


def test_a_cost_plus_job_defaults_to_invoice_and_its_own_change_beats_that(warehouse: Connection) -> None:
    jobs = tuple(CostPlusJob(job, date(2026, 7, 1), "controller") for job in ("22-101", "22-102"))
    changes = (
        PolicyChange("22-101", date(2026, 7, 1), "receipt", "controller"),
        PolicyChange("", date(2026, 8, 1), "receipt", "controller"),
    )
    profile = replace(default_profile("AW"), policy_changes=changes, cost_plus_jobs=jobs)
    store_profile(warehouse, profile)
    assert store_profile(warehouse, profile) == 0
    for job in ("22-101", "22-102", "22-103"):
        warehouse.execute(
            "insert into core.job (company_id, job, description, status, transfer_id) "
            "values ('AW', %s, '', 'In progress', 0)", (job,),
        )  # fmt: skip
    rows = warehouse.execute(
        "select job, policy from ledger.job_policy where '2026-09-01' >= valid_from and '2026-09-01' < valid_to"
    ).fetchall()
    assert {row["job"]: row["policy"] for row in rows} == {
        "22-101": "receipt", "22-102": "invoice", "22-103": "receipt",
    }  # fmt: skip
    store_profile(warehouse, replace(profile, cost_plus_jobs=()))
    assert {row["policy"] for row in warehouse.execute("select policy from core.cost_policy").fetchall()} == {"receipt"}


def with_mappings(folder: Path, *rows: str) -> Path:
    """Write a profile whose mappings stand in a table beside it."""
    file = folder / "aw.yaml"
    text = DEFAULT_FILE.read_text(encoding="utf-8").replace("company_id: DEFAULT", "company_id: AW")
    file.write_text(text.replace("mappings: []", "mappings: aw_mappings.csv", 1), encoding="utf-8")
    (folder / "aw_mappings.csv").write_text("\n".join((",".join(COLUMNS), *rows)) + "\n", encoding="utf-8")
    return file


def test_mappings_come_from_a_table_beside_the_profile(warehouse: Connection, tmp_path: Path) -> None:
    file = with_mappings(tmp_path, "steel,,,05 05 23,M,2026-01-01,,pm,controller")
    profile = load_profile(file)
    assert store_profile(warehouse, profile) == 4
    assert store_profile(warehouse, profile) == 0
    kept = warehouse.execute("select cost_code, owner, approved_by, origin from mart.mapping").fetchall()
    assert kept == [
        {"cost_code": "05 05 23", "owner": "pm", "approved_by": "controller", "origin": "aw_mappings.csv line 2"}
    ]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("steel,,,05 05 23,M,01/02/2026,,pm,controller", "aw_mappings.csv line 3, key mappings[1].effective_from"),
        ("steel,,,05 05 23,M,2026-01-01,,pm,pm", "aw_mappings.csv line 3, key mappings[1].approved_by"),
        ("steel,,,05 05 23", "aw_mappings.csv line 3; expected: 9 values; found: 4 values"),
    ],
)
def test_a_wrong_row_is_named_by_its_line(tmp_path: Path, row: str, sentence: str) -> None:
    with pytest.raises(BadConfig) as refused:
        load_profile(with_mappings(tmp_path, "pipe,,,05 05 23,M,2026-01-01,,pm,controller", row))
    assert sentence in str(refused.value)


def test_a_wrong_setting_is_named_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "aw.yaml"
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    lines = text.splitlines()
    file.write_text(
        text.replace("  jobs: {is_on: true, rhythm: hourly", "  jobs: {is_on: true, rhythm: weekly"), "utf-8"
    )
    number = next(n for n, line in enumerate(lines, start=1) if line.startswith("  jobs:"))
    with pytest.raises(BadConfig, match=f"aw.yaml line {number}, key flows.jobs.rhythm.*'weekly'"):
        load_profile(file)
    file.write_text(f"{text}policy: receipt\n", "utf-8")
    first = next(n for n, line in enumerate(lines, start=1) if line.startswith("policy:"))
    with pytest.raises(BadConfig, match=rf"RS-116.*line {len(lines) + 1}, key policy; .*line {first} already"):
        load_profile(file)


def test_a_preview_is_told_and_nothing_is_written(
    warehouse: Connection, warehouse_dsn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store_profile(warehouse, default_profile("AW"))
    warehouse.commit()
    file = with_mappings(tmp_path, "steel,,,05 05 23,M,2026-01-01,,pm,controller")
    assert mappings_command(["preview", str(file), "--dsn", warehouse_dsn]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "AW class steel, every job, 2026-01-01 to further notice: 05 05 23 / M",
        "  moves nothing that is recorded",
    ]
    assert warehouse.execute("select from core.mapping_proposal").fetchall() == []
    store_profile(warehouse, load_profile(file))
    warehouse.commit()
    assert mappings_command(["explain", "AW", "steel", "", "2026-02-01", "--dsn", warehouse_dsn]) == 0
    assert capsys.readouterr().out == "in force (05 05 23 / M); holds for every job without a mapping of its own\n"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("time_zone: UTC", "time_zone: Mars/Olympus", "RS-119"),
        ("policy: installation", "policy: instalation", "RS-113"),
        ('amount_materiality: "0.01"', "amount_materiality: 0.01", "RS-114"),
        ("accounts:", "accounts: [", "RS-110"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, old: str, new: str, code: str) -> None:
    file = tmp_path / "bad.yaml"
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadConfig, match=code) as refused:
        load_profile(file)
    assert "bad.yaml" in str(refused.value)


def test_an_overlay_holds_only_what_differs(tmp_path: Path) -> None:
    overlay = tmp_path / "other.yaml"
    overlay.write_text("policy: receipt\naccounts: {clearing: 2-1999}\n", encoding="utf-8")
    found = default_profile("AW", overlay=overlay)
    plain = default_profile("AW")
    assert found == replace(plain, policy="receipt", accounts=replace(plain.accounts, clearing="2-1999"))
    overlay.write_text("polcy: receipt\n", encoding="utf-8")
    with pytest.raises(BadConfig, match=r"RS-11.*other\.yaml line 1.*polcy"):
        default_profile("AW", overlay=overlay)
    with pytest.raises(BadConfig, match="RS-110"):
        default_profile("AW", overlay=tmp_path / "missing.yaml")


@pytest.mark.parametrize(
    "overlay", sorted((DEFAULT_FILE.parent / "overlays").glob("*.yaml")), ids=lambda file: file.stem
)
def test_the_overlays_of_the_product_are_good(overlay: Path) -> None:
    assert default_profile("AW", overlay=overlay) != default_profile("AW")


def test_the_command_stores_files(warehouse_dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(DEFAULT_FILE), "--dsn", warehouse_dsn]) == 0
    assert capsys.readouterr().out == "DEFAULT: 3 rows changed\n"
