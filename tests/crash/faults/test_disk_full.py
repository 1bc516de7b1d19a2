"""A full disk: the file server's, the warehouse's data, its log. A sentence says so; with room again work goes on."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from ops.postgres import Server
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
from tests.hooks.outbox.place import COMPANY, Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

_numbers = itertools.count(1)
FULL = "RS-901 SFTP server did not do what was asked.*No space left on device"
FULL_WAREHOUSE = "RS-902 warehouse went away in the middle of a step.*(No space left on device|Check free disk space)"


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
def small_template(shared: Home, warehouse_template: str, data_disk: Disk) -> Iterator[str]:
    """A migrated database on the small disk; what is cloned from it lies there too."""
    server_dsn, _, _ = shared.dsn.rpartition(" dbname=")
    with psycopg.connect(f"{server_dsn} dbname=postgres", autocommit=True) as admin:
        place = sql.Literal(str(data_disk.folder))
        admin.execute(sql.SQL("create tablespace small location {}").format(place))
        admin.execute(
            sql.SQL("create database small_template template {} tablespace small").format(
                sql.Identifier(warehouse_template)
            )
        )
    yield "small_template"
    with psycopg.connect(f"{server_dsn} dbname=postgres", autocommit=True) as admin:
        admin.execute("drop database small_template with (force)")
        admin.execute("drop tablespace small")


@pytest.fixture
def data_disk(test_var: Path) -> Iterator[Disk]:
    """A disk for data of Postgres, owned by its account."""
    from ops.postgres import binaries
    from ops.unprivileged import account_for

    account = account_for(binaries(), [], test_var)
    with small_disk(test_var / f"small-disk-{next(_numbers)}", 160, uid=account.uid, gid=account.gid) as found:
        yield found


def test_a_full_data_disk_lands_nothing_half_and_goes_on_once_there_is_room(
    shared: Home, warehouse_template: str, small_template: str, data_disk: Disk
) -> None:
    with sender_on(shared, warehouse_template) as (sender, _):
        put_everything(sender)
        take_everything(sender)
        wanted = content_of(sender.connection)
    for leave in (0, 200_000, 600_000):
        with sender_on(shared, small_template) as (sender, _):
            put_everything(sender)
            with data_disk.filled(leave):
                for _ in range(2):
                    with pytest.raises(Transient, match=FULL_WAREHOUSE):
                        take_everything(sender)
            take_everything(sender)
            require_exact(sender, wanted)


def test_a_full_data_disk_seals_and_sends_nothing_half(shared: Home, small_template: str, data_disk: Disk) -> None:
    with sender_on(shared, small_template) as (sender, dsn):
        place = Place(dsn, sender.connection, shared.exchange, shared.server)
        place.code()
        place.line()
        books = Books(place)
        consume_much(books)
        for leave in (0, 200_000, 600_000, 1_200_000):
            with data_disk.filled(leave), pytest.raises(Transient, match=FULL_WAREHOUSE):
                books.run()
        books.finish()


@pytest.fixture
def small_server(test_var: Path) -> Iterator[tuple[Server, Disk]]:
    """A server of its own, data and log on one small disk, with a migrated template."""
    options = {"shared_buffers": "32MB", "max_wal_size": "64MB", "min_wal_size": "32MB"}
    with small_disk(test_var / "small-server", 220) as disk:
        disk.folder.chmod(0o755)
        first = Server(disk.folder / "postgres", options=options)
        dsn = first.start()
        with psycopg.connect(f"{dsn} dbname=postgres", autocommit=True) as admin:
            admin.execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
        with connect(f"{dsn} dbname={TEMPLATE}") as connection:
            migrate(connection)
        server = Server(first.folder, port=first.port, options=options)
        server.start()
        yield server, disk
        server.stop()


def test_a_full_log_stops_the_server_and_what_was_landed_stays(
    small_server: tuple[Server, Disk], shared: Home, tmp_path: Path
) -> None:
    server, disk = small_server
    with (
        home(str(server.dsn), TEMPLATE, shared.server.key_file.parent, tmp_path / "served") as here,
        sender_on(here, TEMPLATE) as (sender, dsn),
    ):
        landed = 0

        def land_on_and_on() -> None:
            nonlocal landed
            for number in range(1, 100):
                sender.put("VENDOR", vendors(f"name {number}"))
                assert [one.state for one in sender.take("VENDOR")] == ["landed"]
                landed = number

        with disk.filled(), pytest.raises(Transient, match="RS-902"):
            land_on_and_on()
        sender.connection.close()
        # A log that cannot be written stops the whole server; it is started as its keeper does.
        server.start()
        with connect(dsn) as sender.connection:
            assert sender.rows("select seq from audit.watermark") == ([{"seq": landed}] if landed else [])
            assert [one.state for one in sender.take("VENDOR")] == ["landed"]
            assert sender.rows("select distinct split_part(vendor_name, ' ', 2)::int as n from core.vendor") == [
                {"n": landed + 1}
            ]
            assert (sender.count("core.vendor"), sender.exceptions()) == (VENDORS, [])
