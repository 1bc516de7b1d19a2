"""Fixtures of the agent's room: a Sage file, a place on a real SFTP server, golden files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.agent.exchange_place import COMPANY, Place, SageFile, copy_of, macro

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def empty_sage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Sage file to copy, because making its tables takes longer than a test."""
    path = tmp_path_factory.mktemp("sage") / "sage.db"
    SageFile(path)
    return path


@pytest.fixture
def sage(tmp_path: Path, empty_sage: Path) -> SageFile:
    """A fresh Sage file."""
    return copy_of(empty_sage, tmp_path / "sage.db")


@pytest.fixture
def make_place(sftp_server: Any) -> Callable[[Path, Path, str], Place]:
    """Makes places: all on one server, each under a root folder of its own."""

    def make(host: Path, sage_path: Path, root: str) -> Place:
        (sftp_server.root / root / COMPANY).mkdir(parents=True, exist_ok=True)
        document: dict[str, Any] = {
            "company": COMPANY, "environment": "PROD", "zone": "UTC", "encoding": "utf-8", "importer": "test-agent",
            "state_dir": "state", "receipts_dir": "receipts", "poll_seconds": 0.02,
            "source": {"kind": "sqlite", "path": str(sage_path)},
            "sftp": {
                "host": sftp_server.host, "port": sftp_server.port, "user": sftp_server.user,
                "key_file": str(sftp_server.key_file), "host_key": sftp_server.host_key, "root": root,
            },
            "import": {
                "inbox_dir": "inbox", "macro": macro(sage=sage_path), "settle_seconds": 0, "quiet_seconds": 0,
                "retry_seconds": 0,
            },
            "extract_after_import": [],
        }  # fmt: skip
        return Place(sftp_server.root / root, host, document)

    return make


@pytest.fixture
def place(tmp_path: Path, sage: SageFile, make_place: Callable[[Path, Path, str], Place]) -> Place:
    """One place with an empty Sage."""
    host = tmp_path / "host"
    host.mkdir()
    return make_place(host, sage.path, "exchange")


@pytest.fixture
def golden() -> Callable[[str, bytes], None]:
    """Compares bytes with a file under golden/; `UPDATE_GOLDEN=1` writes them anew."""

    def compare(name: str, found: bytes) -> None:
        path = HERE / "golden" / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(found)
        assert found == path.read_bytes(), f"{name} differs from its golden copy; UPDATE_GOLDEN=1 takes the new one"

    return compare
