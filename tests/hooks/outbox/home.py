"""One database and one file server for a module of outbox tests: making them anew would cost more than the tests."""

from __future__ import annotations

import asyncio
import itertools
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from sage_hooks import warehouse
from tests.conftest import SftpPlace
from tests.hooks.outbox.place import COMPANY, Place, open_exchange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection

# What tests fill, children before parents.
TABLES = (
    "outbox.posting_entry", "outbox.state_log", "outbox.batch_line", "outbox.batch", "outbox.cost_posting",
    "outbox.receiving_confirmation", "outbox.file_counter", "recon.adjustment", "recon.run", "audit.approval",
    "audit.exception", "audit.transfer", "audit.watermark", "ledger.value_entry", "ledger.event_tag",
    "outbox.touched_entry", "outbox.posted_policy", "ledger.touched_line", "ledger.event_inbox",
    "ledger.material_event", "audit.chain_head", "ledger.period_close", "ledger.wait_at_close", "ledger.bill_at_close",
    "ledger.cover_at_close", "core.job_cost_transaction", "core.fiscal_period", "core.change_order_item",
    "core.change_order", "core.commitment_item", "core.commitment", "core.commitment_closing",
    "core.receipt_tolerance", "outbox.receipt_decision", "core.category", "core.cost_code", "core.job",
)  # fmt: skip
GUARDED = (
    "outbox.state_log", "audit.approval", "audit.exception_payload", "ledger.value_entry", "ledger.cost_entry",
    "ledger.opening_balance", "ledger.count_decision", "outbox.receipt_decision", "ledger.material_event",
    "ledger.wait_at_close", "ledger.bill_at_close", "ledger.cover_at_close", "core.mapping_proposal",
    "core.profile_version", "recon.line_decision",
)  # fmt: skip
_numbers = itertools.count(1)


@dataclass(frozen=True, repr=False)
class Home:
    """What the tests of a module share."""

    dsn: str
    connection: Connection
    exchange: Exchange
    server: SftpPlace

    def place(self) -> Place:
        """Give an empty world with one open code and one purchase order line."""
        from ops.companies import default_profile, store_profile

        self.connection.rollback()
        with self.connection.transaction():
            for table in GUARDED:
                self.connection.execute(f"alter table {table} disable trigger append_only".encode())
            for table in TABLES:
                self.connection.execute(f"delete from {table}".encode())  # noqa: S608 - names of this module
            for table in GUARDED:
                self.connection.execute(f"alter table {table} enable always trigger append_only".encode())
            store_profile(self.connection, default_profile(COMPANY))
        for path in sorted(self.server.root.glob(f"{COMPANY}/**/*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        (self.server.root / COMPANY).rmdir() if (self.server.root / COMPANY).is_dir() else None
        place = Place(self.dsn, self.connection, self.exchange, self.server)
        place.code()
        place.line()
        return place


@contextmanager
def home(server_dsn: str, template: str, keys: Path, root: Path) -> Iterator[Home]:
    """Make a database from the template and serve a folder; both go at the end."""
    name = f"outbox_{next(_numbers)}"
    with psycopg.connect(f"{server_dsn} dbname=postgres", autocommit=True) as admin:
        admin.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    dsn = f"{server_dsn} dbname={name}"
    with _served(keys, root) as server, warehouse.connect(dsn) as connection, open_exchange(server) as exchange:
        yield Home(dsn, connection, exchange, server)
    # A new session: the server may have been stopped meanwhile.
    with psycopg.connect(f"{server_dsn} dbname=postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@contextmanager
def _served(keys_folder: Path, root: Path) -> Iterator[SftpPlace]:
    from ops.processes import LOOPBACK
    from ops.sftp_server import Keys, listen

    keys, loop = Keys(keys_folder), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(listen(root, keys, 0), loop).result(timeout=20)
    yield SftpPlace(root, LOOPBACK, server.get_port(), "bridge", keys.key_file("bridge"), keys.host_key)

    async def close() -> None:
        server.close()
        await server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(close(), loop).result(timeout=20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=20)
    loop.close()
