"""One database for all marts: nothing a test writes is committed but the company itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sage_hooks.warehouse import Connection


@pytest.fixture(scope="session")
def mart_dsn(postgres_server: str, warehouse_template: str) -> Iterator[str]:
    """The DSN of a migrated database these tests share."""
    import psycopg
    from psycopg import sql

    name = sql.Identifier("warehouse_marts")
    with psycopg.connect(f"{postgres_server} dbname=postgres", autocommit=True) as admin:
        # Every folder that takes this fixture in makes it its own; the first one makes the database.
        if not admin.execute("select 1 from pg_database where datname = 'warehouse_marts'").fetchone():
            admin.execute(
                sql.SQL("create database {} template {} strategy file_copy").format(
                    name, sql.Identifier(warehouse_template)
                )
            )
        yield f"{postgres_server} dbname=warehouse_marts"
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(name))


@pytest.fixture
def warehouse(mart_dsn: str) -> Iterator[Connection]:
    """A connection whose open transaction is undone after the test."""
    from sage_hooks import warehouse as hook

    with hook.connect(mart_dsn) as connection:
        yield connection
        connection.rollback()
