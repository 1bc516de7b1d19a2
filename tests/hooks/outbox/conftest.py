"""The outbox's world for every test of this room: an emptied company in a database that a module shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hooks.outbox.home import Home, home
from tests.hooks.outbox.place import COMPANY, Place, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace


@pytest.fixture(scope="module")
def shared(
    postgres_server: str, warehouse_template: str, _sftp_keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    """A database and a file server for the tests of a module."""
    with home(postgres_server, warehouse_template, _sftp_keys, tmp_path_factory.mktemp("sftp")) as found:
        yield found


@pytest.fixture
def place(shared: Home) -> Place:
    """An empty company with one open code and one purchase order line."""
    return shared.place()


@pytest.fixture
def own_place(warehouse_dsn: str, warehouse: Connection, sftp_server: SftpPlace, company: str) -> Iterator[Place]:
    """As `place`, in a database of its own, for tests that change the schema."""
    assert company == COMPANY
    with world(warehouse_dsn, warehouse, sftp_server) as found:
        yield found
