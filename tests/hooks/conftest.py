"""Fixtures of this room."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import psycopg
import pytest

from ops.companies import default_profile, store_profile
from sage_hooks.warehouse import connect
from tests.hooks.hosted_company import FLOWS, SCENARIO, Company
from tests.hooks.hosted_place import served
from tests.hooks.inbound_sender import Sender

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace


@pytest.fixture
def sender(warehouse: Connection, sftp_server: SftpPlace, company: str) -> Sender:
    """A company's sender of inbound files, with a fresh warehouse and file server."""
    return Sender(warehouse, sftp_server, company)


@pytest.fixture(scope="session")
def hosted_landed(
    postgres_server: str, warehouse_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """A database in which everything of a hosted company has landed, and the folder of that company, both to copy."""
    folder = tmp_path_factory.mktemp("landed") / "hosted"
    with psycopg.connect(f"{postgres_server} dbname=postgres", autocommit=True) as admin:
        admin.execute(f"create database hosted_landed template {warehouse_template} strategy file_copy".encode())
        dsn = f"{postgres_server} dbname=hosted_landed"
        with connect(dsn) as warehouse:
            store_profile(warehouse, default_profile("AW"))
            with served(folder, SCENARIO, "AW", page_size=25) as hosted:
                hosted.do("add-account", "--account", "2-1490")
                Company(warehouse, hosted, dsn).read(FLOWS)
            warehouse.commit()
        yield "hosted_landed", folder
        admin.execute("drop database hosted_landed with (force)")


@pytest.fixture
def company_served(hosted_landed: tuple[str, Path], postgres_server: str, tmp_path: Path) -> Iterator[Company]:
    template, folder = hosted_landed
    shutil.copytree(folder / "sage", tmp_path / "hosted" / "sage")
    with psycopg.connect(f"{postgres_server} dbname=postgres", autocommit=True) as admin:
        admin.execute(f"create database hosted_deliver template {template} strategy file_copy".encode())
        dsn = f"{postgres_server} dbname=hosted_deliver"
        with (
            connect(dsn) as warehouse,
            served(tmp_path / "hosted", SCENARIO, "AW", page_size=25) as hosted,
        ):
            yield Company(warehouse, hosted, dsn)
        admin.execute("drop database hosted_deliver with (force)")
