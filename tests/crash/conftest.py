"""The company of the crash harness, made once for all tests of this room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.crash.world import Home, home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def crash_home(
    postgres_server: str, warehouse_template: str, _sftp_keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    """A home with a file server of its own; gives worlds one after another."""
    with home(tmp_path_factory.mktemp("crash"), postgres_server, warehouse_template, _sftp_keys) as made:
        yield made
