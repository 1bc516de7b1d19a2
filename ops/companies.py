"""Company profiles: read from YAML, checked, stored in the warehouse.

`python -m ops.companies FILE... --dsn DSN` stores profiles; production calls it after the migrations and after every
change of a profile.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import yaml
from psycopg.types.json import Jsonb

from ops.paths import REPOSITORY
from sage_bridge.errors import BadConfig
from sage_bridge.profiles import Profile, document, read_profile
from sage_hooks import warehouse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sage_hooks.warehouse import Connection

DEFAULT_FILE = REPOSITORY / "include" / "config" / "company.yaml"


def load_profile(file: Path) -> Profile:
    """Read one profile.

    Raises:
        BadConfig: RS-110 the file is missing or no YAML; RS-111 to RS-119 a setting is wrong.
    """
    try:
        values = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadConfig(
            "RS-110",
            "a company profile cannot be read",
            record=str(file),
            found=" ".join(str(error).split()),
            do="correct the file and load it again",
        ) from error
    profile = read_profile(values, file.name)
    try:
        ZoneInfo(profile.time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise BadConfig(
            "RS-119",
            "a setting of the company profile is wrong",
            record=f"{file.name}, key time_zone",
            expected="a zone of the tz database, such as America/New_York",
            found=profile.time_zone,
            do="correct the file and load it again",
        ) from error
    return profile


def default_profile(company_id: str, file: Path = DEFAULT_FILE) -> Profile:
    """Give the default profile under the id of a scenario's company."""
    return replace(load_profile(file), company_id=company_id, company_name=f"Company {company_id}")


def hosted_profile(profile: Profile) -> Profile:
    """Give a profile whose flows from and to Sage go over its hosted service."""
    return replace(
        profile,
        flows=tuple(replace(flow, transport="api") if "sage" in flow.direction else flow for flow in profile.flows),
    )


def store_profile(connection: Connection, profile: Profile) -> int:
    """Store a profile with rules and mappings in the caller's transaction; gives the number of rows that changed."""
    company = {
        "company_id": profile.company_id,
        "company_name": profile.company_name,
        "environment": profile.environment,
        "time_zone": profile.time_zone,
        "file_encoding": profile.file_encoding,
        "clearing_account": profile.accounts.clearing,
        "policy": profile.policy,
        "profile": Jsonb(document(profile)),
    }
    changed = warehouse.run_file(connection, "core/merge_company", company)
    for number, rule in enumerate(profile.ap_rules, start=1):
        values = {"company_id": profile.company_id, "rule_no": number, **asdict(rule)}
        changed += warehouse.run_file(connection, "core/merge_ap_rule", values)
    one = {"company_id": profile.company_id}
    last = {**one, "last_rule_no": len(profile.ap_rules)}
    changed += warehouse.run_file(connection, "core/delete_ap_rule", last)
    listed = {
        "jobs": [change.job for change in profile.policy_changes],
        "days": [change.effective_from for change in profile.policy_changes],
    }
    changed += warehouse.run_file(connection, "core/delete_cost_policy", {**one, **listed})
    for change in profile.policy_changes:
        changed += warehouse.run_file(connection, "core/merge_cost_policy", {**one, **asdict(change)})
    for number, managed in enumerate(profile.managed_lines, start=1):
        changed += warehouse.run_file(
            connection, "core/merge_managed_rule", {**one, "rule_no": number, **asdict(managed)}
        )
    last = {**one, "last_rule_no": len(profile.managed_lines)}
    changed += warehouse.run_file(connection, "core/delete_managed_rule", last)
    for mapping in profile.mappings:
        values = {"company_id": profile.company_id, **asdict(mapping)}
        changed += warehouse.run_file(connection, "core/merge_mapping", values)
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    """Store profiles from the command line."""
    parser = argparse.ArgumentParser(prog="ops.companies", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="profile files")
    parser.add_argument("--dsn", default="", help="warehouse, default from PGHOST, PGDATABASE and their like")
    chosen = parser.parse_args(arguments)
    profiles = [load_profile(file) for file in chosen.files]
    with warehouse.connect(chosen.dsn) as connection:
        for profile in profiles:
            print(f"{profile.company_id}: {store_profile(connection, profile)} rows changed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
