"""A company for the tests of this room: an emptied one in a database and on a file server that a module shares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hooks.inbound_sender import Sender
from tests.hooks.outbox.home import Home, home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace
    from tests.hooks.outbox.place import Place


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A server-side cursor of a session that was ended cannot be closed; psycopg warns when it is collected."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings("ignore:.*ServerCursor:ResourceWarning"))


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
def sender(warehouse: Connection, sftp_server: SftpPlace, company: str) -> Sender:
    """A company's sender of inbound files, with a fresh warehouse and file server."""
    return Sender(warehouse, sftp_server, company)
