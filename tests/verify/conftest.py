"""An event log with published heads, made once, and somebody with all rights; every test has a copy of its own."""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING, NamedTuple

import psycopg
import pytest
from psycopg import sql

from ops.tamper import Tamperer
from ops.tamper_drill import exchange_with, make_log
from sage_hooks import warehouse as hook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_numbers = itertools.count(1)


class Log(NamedTuple):
    """A database with an event log, and the folder its heads were published to."""

    dsn: str
    files: Path


@pytest.fixture(scope="session")
def made_log(postgres_server: str, warehouse_template: str, test_var: Path) -> Log:
    """A log of six batches in a database nobody is connected to; all heads but the last are published, in two files."""
    name = f"event_log_{next(_numbers)}"
    folder = test_var / name
    folder.mkdir()
    _make(postgres_server, name, warehouse_template)
    dsn = f"{postgres_server} dbname={name}"
    with hook.connect(dsn) as connection, exchange_with(folder, folder / "sftp") as exchange:
        make_log(connection, exchange)
    return Log(dsn, folder / "sftp")


@pytest.fixture
def log(made_log: Log, postgres_server: str, tmp_path: Path) -> Iterator[Log]:
    """A copy of the log; dropped after the test."""
    name = f"event_log_{next(_numbers)}"
    _make(postgres_server, name, made_log.dsn.rpartition("=")[2])
    shutil.copytree(made_log.files, tmp_path / "sftp")
    yield Log(f"{postgres_server} dbname={name}", tmp_path / "sftp")
    with psycopg.connect(f"{postgres_server} dbname=postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def tamperer(log: Log) -> Iterator[Tamperer]:
    """A superuser at work on the log."""
    opened = Tamperer(log.dsn, log.files)
    yield opened
    opened.close()


def _make(server: str, name: str, template: str) -> None:
    with psycopg.connect(f"{server} dbname=postgres", autocommit=True) as admin:
        admin.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
