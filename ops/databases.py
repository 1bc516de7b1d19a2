"""The databases of one state: the warehouse with its roles, and Airflow's metadata, on one server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ops.companies import store_profile
from sage_hooks import warehouse

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.postgres import Dsn
    from sage_bridge.profiles import Profile

WAREHOUSE = "warehouse"
METADATA = "airflow"
# The roles of the warehouse that people and services log in as; the migrations make them without a login.
LOGINS = ("pipeline", "runblu_inbox", "finance", "oncall", "analyst", "auditor")


@dataclass(frozen=True, slots=True)
class Databases:
    """Where the databases are and how to enter them; `secret` gives a role's password."""

    server: Dsn
    secret: Callable[[str], str]

    def url(self, role: str, database: str = WAREHOUSE, scheme: str = "postgresql") -> str:
        """Give the address of a database for a role, as libpq and SQLAlchemy read it."""
        password = self.server.password if role == self.server.user else self.secret(role)
        return f"{scheme}://{role}:{quote(password, safe='')}@{self.server.host}:{self.server.port}/{database}"

    @property
    def metadata_url(self) -> str:
        """Give the address of Airflow's database."""
        return self.url(METADATA, METADATA, "postgresql+psycopg2")

    def prepare(self) -> list[str]:
        """Make what is missing: databases, migrations, logins; gives the migrations applied now."""
        with psycopg.connect(f"{self.server} dbname=postgres", autocommit=True) as admin:
            _make_role(admin, METADATA)
            self._set_password(admin, METADATA)
            for name, owner in ((METADATA, METADATA), (WAREHOUSE, self.server.user)):
                _make_database(admin, name, owner)
        with warehouse.connect(self.url(self.server.user)) as connection:
            applied = warehouse.migrate(connection)
        with psycopg.connect(f"{self.server} dbname=postgres", autocommit=True) as admin:
            for role in LOGINS:
                self._set_password(admin, role)
        return applied

    def store_profile(self, profile: Profile) -> int:
        """Keep a company's profile; gives the number of rows that changed."""
        with warehouse.connect(self.url(self.server.user)) as connection:
            return store_profile(connection, profile)

    def _set_password(self, admin: psycopg.Connection, role: str) -> None:
        admin.execute(
            sql.SQL("alter role {} login password {}").format(sql.Identifier(role), sql.Literal(self.secret(role)))
        )


def without_password(dsn: str) -> tuple[str, dict[str, str]]:
    """Give an address as it may stand in a list of processes and in a log, and the environment with its password."""
    known = conninfo_to_dict(dsn)
    password = known.pop("password", None)
    return make_conninfo("", **known), {"PGPASSWORD": str(password)} if password is not None else {}


def _make_role(admin: psycopg.Connection, role: str) -> None:
    if admin.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone() is None:
        admin.execute(sql.SQL("create role {}").format(sql.Identifier(role)))


def _make_database(admin: psycopg.Connection, name: str, owner: str) -> None:
    if admin.execute("select 1 from pg_database where datname = %s", (name,)).fetchone() is None:
        admin.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(owner)))
