"""`python -m ops.prepare` makes the databases of a production server ready: roles, migrations, company profiles.

Reads POSTGRES_HOST, POSTGRES_PORT, POSTGRES_PASSWORD and `<ROLE>_PASSWORD` of every login role from the environment,
the profiles from the folder SAGE_BRIDGE_PROFILES. Run before every start; finds nothing to do when all is there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ops.databases import METADATA, Databases
from ops.paths import REPOSITORY
from ops.postgres import SUPERUSER, Dsn
from ops.profile_files import load_profile
from ops.progress import fail
from sage_bridge.errors import BadConfig, BridgeError

if TYPE_CHECKING:
    from pathlib import Path


def main() -> int:
    """Prepare the server; gives the exit code."""
    try:
        server = Dsn(
            port=int(os.environ.get("POSTGRES_PORT", "5432")),
            user=os.environ.get("POSTGRES_USER", SUPERUSER),
            password=_secret("POSTGRES_PASSWORD"),
            host=os.environ.get("POSTGRES_HOST", "postgres"),
        )
        profiles = [load_profile(file) for file in _profile_files()]
        databases = Databases(server, _password_of)
        applied = databases.prepare()
        print(f"databases are ready; {len(applied)} migrations applied now")
        for profile in profiles:
            print(f"company {profile.company_id}: {databases.store_profile(profile)} rows changed")
    except BridgeError as error:
        fail(error)
        return 1
    return 0


def _profile_files() -> list[Path]:
    folder = REPOSITORY / os.environ.get("SAGE_BRIDGE_PROFILES", "include/config/companies")
    files = sorted(folder.glob("*.yaml"))
    if not files:
        print(f"no company profile in {folder}: copy include/config/company.yaml there, one file per company")
    return files


def _password_of(role: str) -> str:
    return _secret("AIRFLOW_DB_PASSWORD" if role == METADATA else f"{role.upper()}_PASSWORD")


def _secret(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise BadConfig(
            "RS-188",
            f"the secret {name} is missing",
            expected="a value in the environment",
            do=f"set {name}, see .env.example",
        )
    return value


if __name__ == "__main__":
    raise SystemExit(main())
