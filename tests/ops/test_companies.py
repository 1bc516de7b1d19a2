"""Profiles from YAML into the warehouse; stored again they change nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from ops.companies import DEFAULT_FILE, default_profile, load_profile, main, store_profile
from sage_bridge.errors import BadConfig
from sage_bridge.profiles import ManagedRule, PolicyChange, read_profile

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
    with pytest.raises(BadConfig, match=r"RS-11.*other\.yaml over company\.yaml.*polcy"):
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
