"""Fixtures of this room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hooks.inbound_sender import Sender

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace


@pytest.fixture
def sender(warehouse: Connection, sftp_server: SftpPlace, company: str) -> Sender:
    """A company's sender of inbound files, with a fresh warehouse and file server."""
    return Sender(warehouse, sftp_server, company)
