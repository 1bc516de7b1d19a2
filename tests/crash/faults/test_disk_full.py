"""A disk is full: the file server's, the warehouse's data, its log. A sentence says so; with room again work goes on."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from sage_bridge.errors import Transient
from sage_hooks import outbox
from sage_hooks.warehouse import connect, migrate
from tests.conftest import TEMPLATE
from tests.crash.faults.big_files import VENDORS, consume_much, require_no_half_file, vendors
from tests.crash.faults.books import Books
from tests.crash.faults.inbound_side import (
    content_of,
    put_everything,
    require_exact,
    sender_on,
    take_everything,
)
from tests.crash.faults.space import Disk, small_disk
from tests.hooks.outbox.home import Home, home
from tests.hooks.outbox.place import COMPANY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FULL = "RS-901 SFTP server did not do what was asked.*No space left on device"
FULL_WAREHOUSE = "RS-902 warehouse went away in the middle of a step.*No space left on device"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """The file server's disk: a few megabytes."""
    with small_disk(tmp_path / "served", 4) as found:
        yield found


@pytest.fixture
def full_home(postgres_server: str, warehouse_template: str, _sftp_keys: Path, disk: Disk) -> Iterator[Home]:
    """As `shared`, with the file server on the small disk."""
    with home(postgres_server, warehouse_template, _sftp_keys, disk.folder) as found:
        yield found


def test_a_full_file_server_gets_the_whole_file_once_there_is_room(full_home: Home, disk: Disk) -> None:
    sizes = Books(full_home.place())
    consume_much(sizes)
    outbox.seal_costs(sizes.place.connection, COMPANY)
    size = sizes.place.one("select octet_length(content) from outbox.batch")
    # Nothing fits; half of the data; the data without its manifest.
    for leave in (0, size // 2, size):
        books = Books(full_home.place())
        consume_much(books)
        outbox.seal_costs(books.place.connection, COMPANY)
        (books.place.root / "to_sage").mkdir(parents=True)
        with disk.filled(leave):
            for _ in range(2):
                with pytest.raises(Transient, match=FULL):
                    outbox.deliver(books.place.connection, books.place.exchange, COMPANY, "DC", ack_wait_seconds=0)
                require_no_half_file(books)
                assert books.place.waiting() == []
        books.finish()


def test_a_full_file_server_gets_our_answers_once_there_is_room(
    full_home: Home, disk: Disk, warehouse_template: str
) -> None:
    with sender_on(full_home, warehouse_template) as (sender, _):
        put_everything(sender)
        (sender.folder("ack") / "held").touch()
        with disk.filled():
            for _ in range(2):
                with pytest.raises(Transient, match=FULL):
                    take_everything(sender)
        take_everything(sender)
        wanted = content_of(sender.connection)
        require_exact(sender, wanted)
        assert [row["state"] for row in wanted["transfers"]] == ["landed"] * 7


@pytest.fixture
def data_disk(test_var: Path) -> Iterator[Disk]:
    """A disk that the account of Postgres owns."""
    from ops.postgres import binaries
    from ops.unprivileged import account_for

    account = account_for(binaries(), [], test_var)
    with small_disk(test_var / "small-disk", 160, uid=account.uid, gid=account.gid) as found:
        yield found


def test_a_full_data_disk_lands_and_sends_nothing_half(shared: Home, warehouse_template: str, data_disk: Disk) -> None:
    server_dsn, _, _ = shared.dsn.rpartition(" dbname=")
    with psycopg.connect(f"{server_dsn} dbname=postgres", autocommit=True) as admin:
        admin.execute(
            sql.SQL("create tablespace small location {}").format(sql.Literal(str(data_disk.folder)))
        )
        admin.execute(
            sql.SQL("create database small_template template {} tablespace small").format(
                sql.Identifier(warehouse_template)
            )
        )
    try:
        with sender_on(replace(shared), "small_template") as (sender, _):
            put_everything(sender)
            sender.put("ITEM")
            sender.land("ITEM")
    finally:
        with psycopg.connect(f"{server_dsn} dbname=postgres", autocommit=True) as admin:
            admin.execute("drop database small_template with (force)")
            admin.execute("drop tablespace small")
