"""Company profiles: read from YAML, checked, stored in the warehouse.

`python -m ops.companies FILE... --dsn DSN` stores profiles, with `--diff` it only shows what would change; production
calls it after the migrations and after every change of a profile.
"""

from __future__ import annotations

import argparse
import getpass
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from psycopg.types.json import Jsonb

from ops.paths import REPOSITORY
from ops.profile_files import load_profile
from sage_bridge.errors import BadConfig
from sage_bridge.flow_profile import FILES_ONLY
from sage_bridge.profiles import Profile, document
from sage_hooks import mappings, warehouse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sage_hooks.warehouse import Connection

DEFAULT_FILE = REPOSITORY / "include" / "config" / "company.yaml"


def default_profile(company_id: str, file: Path = DEFAULT_FILE, overlay: Path | None = None) -> Profile:
    """Give the default profile under the id of a scenario's company, with what an overlay sets otherwise.

    Raises:
        BadConfig: as `load_profile`.
    """
    return replace(load_profile(file, overlay), company_id=company_id, company_name=f"Company {company_id}")


def hosted_profile(profile: Profile) -> Profile:
    """Give a profile whose flows from and to Sage go over its hosted service; what that takes not is off."""
    return replace(
        profile,
        flows=tuple(
            replace(flow, transport="api", is_on=flow.is_on and flow.name not in FILES_ONLY)
            if "sage" in flow.direction
            else flow
            for flow in profile.flows
        ),
    )


def journaling_profile(profile: Profile) -> Profile:
    """Give a profile whose months end with the journal for the general ledger."""
    return _with_flow(profile, "journals")


def changing_profile(profile: Profile) -> Profile:
    """Give a profile whose corrections of commitments go to Sage as change orders."""
    return _with_flow(profile, "commitment_changes")


def _with_flow(profile: Profile, name: str) -> Profile:
    flows = tuple(replace(flow, is_on=True) if flow.name == name else flow for flow in profile.flows)
    return replace(profile, flows=flows)


def store_profile(connection: Connection, profile: Profile, stored_by: str = "") -> int:
    """Store a profile with rules and mappings in the caller's transaction; gives the number of rows that changed.

    A data flow that the file says as it did before keeps what was set in the tables since. Every profile that comes
    into force is kept as a version with `stored_by`, by default the login.

    Raises:
        BadConfig: RS-137 `access` names a role that the warehouse does not have; RS-131 a mapping that changed names
            what Sage does not have, or a day that must not change any more.
    """
    connection.execute("select set_config('sage_bridge.stored_by', %s, true)", (stored_by,))
    for row in warehouse.fetch_file(connection, "core/select_missing_roles", {"roles": list(profile.access)}):
        raise BadConfig(
            "RS-137",
            "warehouse has no such role",
            record=f"profile of {profile.company_id}, key access",
            expected="roles that exist",
            found=row["role_name"],
            do="have the database's administrator create it, as member of finance, oncall, analyst or auditor",
        )
    stored = mappings.stored_mappings(connection, profile.company_id)
    company = {
        "company_id": profile.company_id,
        "company_name": profile.company_name,
        "environment": profile.environment,
        "time_zone": profile.time_zone,
        "file_encoding": profile.file_encoding,
        "clearing_account": profile.accounts.clearing,
        "policy": profile.policy,
        "profile": Jsonb(_in_force(connection, profile)),
        "file_profile": Jsonb(document(profile)),
    }
    changed = warehouse.run_file(connection, "core/merge_company", company)
    for number, rule in enumerate(profile.ap_rules, start=1):
        values = {"company_id": profile.company_id, "rule_no": number, **asdict(rule)}
        changed += warehouse.run_file(connection, "core/merge_ap_rule", values)
    one = {"company_id": profile.company_id}
    last = {**one, "last_rule_no": len(profile.ap_rules)}
    changed += warehouse.run_file(connection, "core/delete_ap_rule", last)
    listed = {
        "jobs": [change.job for change in profile.policies()],
        "days": [change.effective_from for change in profile.policies()],
    }
    changed += warehouse.run_file(connection, "core/delete_cost_policy", {**one, **listed})
    for change in profile.policies():
        changed += warehouse.run_file(connection, "core/merge_cost_policy", {**one, **asdict(change)})
    for number, managed in enumerate(profile.managed_lines, start=1):
        changed += warehouse.run_file(
            connection, "core/merge_managed_rule", {**one, "rule_no": number, **asdict(managed)}
        )
    last = {**one, "last_rule_no": len(profile.managed_lines)}
    changed += warehouse.run_file(connection, "core/delete_managed_rule", last)
    return changed + mappings.store_mappings(connection, profile.company_id, stored, profile.mappings)


def _in_force(connection: Connection, profile: Profile) -> dict[str, object]:
    values = document(profile)
    flows = cast("dict[str, object]", values["flows"])
    for row in warehouse.fetch_file(connection, "core/select_company", {"company_id": profile.company_id}):
        for name, flow in flows.items():
            if (row["file_profile"] or {}).get("flows", {}).get(name) == flow:
                flows[name] = row["profile"]["flows"][name]
    return values


def differences(connection: Connection, profile: Profile) -> list[str]:
    """Say line by line what storing a profile would change of the one in force; mappings are told by `ops.mappings`."""
    values = {"company_id": profile.company_id, "profile": Jsonb(_in_force(connection, profile))}
    return [
        f"{row['setting']}: {_said(row['value_before'])} -> {_said(row['value_after'])}"
        for row in warehouse.fetch_file(connection, "core/select_profile_difference", values)
    ]


def _said(value: str | None) -> str:
    return "(none)" if value is None else repr(value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Store profiles from the command line."""
    parser = argparse.ArgumentParser(prog="ops.companies", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="profile files")
    parser.add_argument("--dsn", default="", help="warehouse, default from PGHOST, PGDATABASE and their like")
    parser.add_argument("--diff", action="store_true", help="only show what would change")
    parser.add_argument("--by", default=getpass.getuser(), help="who stores them, for the record; default the user")
    chosen = parser.parse_args(arguments)
    profiles = [load_profile(file) for file in chosen.files]
    with warehouse.connect(chosen.dsn) as connection:
        for profile in profiles:
            if chosen.diff:
                for line in differences(connection, profile) or ["nothing changes"]:
                    print(f"{profile.company_id}: {line}")
            else:
                print(f"{profile.company_id}: {store_profile(connection, profile, chosen.by)} rows changed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
