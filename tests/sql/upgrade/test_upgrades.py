"""Every released version with data in place comes up to this one: nothing is rewritten, every law and mart holds."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from ops.companies import default_profile, store_profile
from sage_hooks import laws, sign_off
from sage_hooks import warehouse as hook
from sage_hooks.sql_files import SQL_DIR
from tests.sql.recon.books import Books

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
CHANGELOG = HERE.parents[2] / "docs" / "changelog.md"
RELEASE = re.compile(
    r"^## (\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d\n\nMigrations to (\d{4}), `([0-9a-f]{16})`\.$", re.MULTILINE
)
RELEASES = {version: (last, digest) for version, last, digest in RELEASE.findall(CHANGELOG.read_text("utf-8"))}
"""Version -> its last migration and a digest of all it has, as the changelog says."""
MIGRATIONS = sorted((SQL_DIR / "migrations").glob("*.sql"))
# What a migration may reword: sentences of ours, no record of anybody.
REWORDED = {"ledger.waiting_rule"}
LOAD = "set session_replication_role = replica; set check_function_bodies = off;"


def migrations_to(last: str) -> list[Path]:
    return [path for path in MIGRATIONS if path.name[:4] <= last]


def test_every_release_has_its_rows_and_the_migrations_it_shipped() -> None:
    assert len(RELEASES) >= 8
    assert len(RELEASES) == len(re.findall(r"^## \d", CHANGELOG.read_text("utf-8"), re.MULTILINE))
    assert {path.stem for path in HERE.glob("*.sql")} == set(RELEASES)
    for version, (last, digest) in RELEASES.items():
        content = b"".join(path.read_bytes() for path in migrations_to(last))
        assert hashlib.sha256(content).hexdigest()[:16] == digest, f"a migration of {version} was edited"


@pytest.fixture(scope="module")
def released(postgres_server: str, warehouse_template: str) -> Iterator[dict[str, str]]:
    """One database per release with its schema and rows, nobody connected; by version."""
    assert warehouse_template  # the roles are there
    names: dict[str, str] = {}
    with psycopg.connect(f"{postgres_server} dbname=postgres", autocommit=True) as admin:
        admin.execute("create database upgrade_path")
        with hook.connect(f"{postgres_server} dbname=upgrade_path") as connection:
            connection.execute("create table public.schema_migration (name text primary key)")
            connection.execute("alter table public.schema_migration add applied_at timestamptz not null default now()")
            connection.commit()
        done: set[str] = set()
        for version, (last, _) in sorted(RELEASES.items(), key=lambda release: release[1][0]):
            with hook.connect(f"{postgres_server} dbname=upgrade_path") as connection:
                for path in migrations_to(last):
                    if path.stem not in done:
                        connection.execute(path.read_bytes())
                        connection.execute("insert into public.schema_migration values (%s)", (path.stem,))
                        connection.commit()
                        done.add(path.stem)
            names[version] = f"upgrade_from_{version.replace('.', '_')}"
            admin.execute(
                sql.SQL("create database {} template upgrade_path strategy file_copy").format(
                    sql.Identifier(names[version])
                )
            )
            with psycopg.connect(f"{postgres_server} dbname={names[version]}") as connection:
                connection.execute(LOAD.encode() + (HERE / f"{version}.sql").read_bytes())
        yield names
        for name in ["upgrade_path", *names.values()]:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def content(connection: Connection, columns: dict[str, list[str]]) -> dict[str, list[str]]:
    """Give every row of the tables as text, in order."""
    return {
        relation: [
            row["row"]
            for row in connection.execute(
                sql.SQL("select (t.*)::text as row from (select {} from {}) as t order by 1").format(
                    sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(relation)
                )
            ).fetchall()
        ]
        for relation, names in columns.items()
    }


def tables(connection: Connection) -> dict[str, list[str]]:
    """Give the columns of every table that has rows."""
    found = connection.execute(
        "select attrelid::regclass::text as relation, array_agg(attname::text order by attnum) as columns "
        "from pg_attribute join pg_class on oid = attrelid "
        "where relkind in ('r', 'p') and attnum > 0 and not attisdropped and relnamespace::regnamespace::text in "
        "('core', 'landing', 'audit', 'ledger', 'outbox', 'recon', 'mart') group by 1"
    ).fetchall()
    return {row["relation"]: row["columns"] for row in found if row["relation"] not in REWORDED}


@pytest.mark.parametrize("version", sorted(RELEASES))
def test_a_release_with_rows_comes_up_to_this_one(version: str, postgres_server: str, released: dict[str, str]) -> None:
    with hook.connect(f"{postgres_server} dbname={released[version]}") as connection:
        columns = tables(connection)
        before = content(connection, columns)
        assert sum(map(len, before.values())) > 50
        connection.commit()
        applied = hook.migrate(connection)
        assert len(applied) == len(MIGRATIONS) - len(migrations_to(RELEASES[version][0]))
        after = content(connection, columns)
        assert {name: rows for name, rows in before.items() if not set(rows) <= set(after[name])} == {}
        connection.commit()
        _goes_on(connection)


def _goes_on(connection: Connection) -> None:
    """The profile of this version is stored, then nothing moves by itself, and the next event is valued and chained."""
    store_profile(connection, default_profile("AW"))
    connection.commit()
    verdict = laws.laws(connection, "AW")
    laws.require("AW", verdict)
    assert verdict["L4"]["entries_added_by_revaluation"] == 0
    assert sign_off.lapse_sign_offs(connection, "AW") == []
    books = Books(connection, is_new=False)
    books.happen("installed", "I5", "2024-12-07", "1", "PO-2", receipt_event_id="R2")
    books.value()
    added = connection.execute("select amount from ledger.value_entry where event_id = 'I5' and amount > 0").fetchall()
    assert [str(row["amount"]) for row in added] == ["3.33"]
    laws.require("AW", laws.laws(connection, "AW", is_revalued=False))
    views: list[Any] = connection.execute(
        "select oid::regclass::text as name from pg_class where relkind = 'v' and relnamespace = 'mart'::regnamespace"
    ).fetchall()
    for view in views:
        connection.execute(sql.SQL("select * from {} limit 1").format(sql.SQL(view["name"])))
    connection.commit()
