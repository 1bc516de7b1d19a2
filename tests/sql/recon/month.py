"""A month of books ready made: valued and posted once, cloned for every test that commits."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.sql.recon.books import Books, a_month

if TYPE_CHECKING:
    from collections.abc import Iterator

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def month_template(postgres_server: str, warehouse_template: str) -> str:
    """The name of a database that holds company `AW` with `a_month`, nobody connected to it."""
    import psycopg
    from psycopg import sql

    from ops.companies import default_profile, store_profile
    from sage_hooks import warehouse

    name = "warehouse_month"
    with psycopg.connect(f"{postgres_server} dbname=postgres", autocommit=True) as admin:
        # Every module that takes this fixture in makes it its own; the first one makes the database.
        if admin.execute("select 1 from pg_database where datname = %s", (name,)).fetchone():
            return name
        admin.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(warehouse_template)
            )
        )
    with warehouse.connect(f"{postgres_server} dbname={name}") as connection:
        store_profile(connection, default_profile("AW"))
        a_month(Books(connection))
    return name


@pytest.fixture
def books(postgres_server: str, month_template: str) -> Iterator[Books]:
    """The month, in a database of this test."""
    import psycopg
    from psycopg import sql

    from sage_hooks import warehouse

    name = f"warehouse_month_{next(_numbers)}"
    with psycopg.connect(f"{postgres_server} dbname=postgres", autocommit=True) as admin:
        admin.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(month_template)
            )
        )
        with warehouse.connect(f"{postgres_server} dbname={name}") as connection:
            yield Books(connection, is_new=False)
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
