"""The file server dies in the middle of a transfer, both ways: no half file is ever taken for a whole one."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import psutil
import pytest

from ops import sftp_server
from ops.processes import free_port, wait_until
from sage_bridge.errors import Transient
from sage_hooks import inbound, outbox
from tests.conftest import SftpPlace
from tests.crash.faults.big_files import VENDORS, consume_much, require_no_half_file, vendors
from tests.crash.faults.books import Books
from tests.crash.faults.inbound_side import sender_on
from tests.crash.faults.wire import CountingRelay, wire
from tests.hooks.outbox.place import COMPANY, open_exchange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Literal

    from sage_hooks.exchange import Exchange
    from tests.hooks.outbox.home import Home

pytestmark = pytest.mark.slow

# Bytes after which the server dies: while it shakes hands, looks around, early and late in the file, after it.
UPLOADED = (1_000, 4_000, 30_000, 70_000, 105_000)
DOWNLOADED = (3_000, 60_000, 150_000, 220_000)


@dataclass
class Killable:
    """A file server in a process of its own, always at the same port."""

    root: Path
    keys: sftp_server.Keys
    folder: Path
    port: int
    pid: int = 0

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = [sys.executable, "-m", "ops.sftp_server"]
        log, ready = self.folder / "sftp.log", self.folder / "ready"
        self.pid = sftp_server.start(self.root, self.keys, self.port, log=log, command=command, ready=ready).pid

    def kill(self) -> None:
        """Kill it at once; wait until it is gone."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            psutil.wait_procs([psutil.Process(self.pid)], timeout=20)
            self.pid = 0

    def wait_until_dead(self) -> None:
        """Wait for the one who kills it: the client may hear of its death first."""
        assert wait_until(lambda: self.pid == 0, seconds=20)

    @contextmanager
    def dying(self, way: Literal["up", "down"], limit: int) -> Iterator[Exchange]:
        """Give a connection during which the server dies after so many bytes."""
        relay = lambda: CountingRelay(way, limit, self.kill)  # noqa: E731 - made anew for each connection
        with wire("127.0.0.1", self.port, relay) as line, open_exchange(self.place(line.own_port)) as exchange:
            yield exchange

    def place(self, port: int = 0) -> SftpPlace:
        """Give where clients find it."""
        return SftpPlace(
            self.root, "127.0.0.1", port or self.port, "bridge", self.keys.key_file("bridge"), self.keys.host_key
        )


@pytest.fixture
def killable(shared: Home, tmp_path: Path, _sftp_keys: Path) -> Iterator[Killable]:
    """A running file server on the folders of `shared`."""
    made = Killable(shared.server.root, sftp_server.Keys(_sftp_keys), tmp_path, free_port())
    made.start()
    yield made
    made.kill()


@pytest.mark.parametrize("limit", UPLOADED)
def test_a_server_that_dies_during_an_upload_shows_no_half_file(shared: Home, killable: Killable, limit: int) -> None:
    books = Books(shared.place())
    consume_much(books)
    outbox.seal_costs(books.place.connection, COMPANY)
    assert books.place.one("select octet_length(content) from outbox.batch") > UPLOADED[-1]
    with (
        killable.dying("up", limit) as exchange,
        pytest.raises(Transient, match=r"RS-901 SFTP server did not do what was asked"),
    ):
        outbox.deliver(books.place.connection, exchange, COMPANY, "DC", ack_wait_seconds=0)
    killable.wait_until_dead()
    require_no_half_file(books)
    killable.start()
    with open_exchange(killable.place()) as books.place.exchange:
        books.finish()


@pytest.mark.parametrize("limit", DOWNLOADED)
def test_a_server_that_dies_during_a_download_lands_nothing_of_it(
    shared: Home, warehouse_template: str, killable: Killable, limit: int
) -> None:
    with sender_on(shared, warehouse_template) as (sender, _):
        name = sender.put("VENDOR", vendors("first"))
        assert (sender.folder("from_sage") / name).stat().st_size > DOWNLOADED[-1]
        with (
            killable.dying("down", limit) as exchange,
            pytest.raises(Transient, match=r"RS-901 SFTP server did not do what was asked"),
        ):
            inbound.take_transfers(sender.connection, exchange, COMPANY, ["VENDOR"], "PROD")
        killable.wait_until_dead()
        assert (sender.count("core.vendor"), sender.count("landing.raw_file")) == (0, 0)
        assert sender.rows("select 1 from audit.watermark") == []
        killable.start()
        assert replace(sender, server=killable.place()).take_one("VENDOR").state == "landed"
        assert sender.rows("select count(*) as n, min(vendor_name) as first from core.vendor") == [
            {"n": VENDORS, "first": "first 0"}
        ]
        assert (sender.count("landing.raw_file"), sender.exceptions()) == (1, [])
