"""A warehouse in which one good row of every feed has landed, shared by this room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from sage_hooks import warehouse as hook
from tests.expectations.staging import merge
from tests.hooks.inbound_sender import GOOD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sage_hooks.warehouse import Connection


@pytest.fixture(scope="module")
def landed(postgres_server: str, warehouse_template: str) -> Iterator[Connection]:
    """A connection to it; tests roll back what they do."""
    from ops.companies import default_profile, store_profile

    name = "expectations"
    with psycopg.connect(f"{postgres_server} dbname=postgres", autocommit=True) as admin:
        admin.execute(f'create database "{name}" template "{warehouse_template}" strategy file_copy'.encode())
        with hook.connect(f"{postgres_server} dbname={name}") as connection:
            store_profile(connection, default_profile("AW"))
            for flow in GOOD:
                merge(connection, flow, [GOOD[flow]])
            connection.commit()
            yield connection
        admin.execute(f'drop database "{name}" with (force)'.encode())
