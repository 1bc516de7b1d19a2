"""Our database is restored to an earlier moment after files were sent: the lane locks, nothing goes twice or is lost.

The backup is a real copy of the database taken at that moment; the file server and Sage keep what they have.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from sage_bridge.errors import LaneStopped
from sage_hooks import outbox
from sage_hooks.warehouse import connect
from tests.crash.faults.books import Books
from tests.crash.faults.inbound_side import (
    UNITS,
    content_of,
    insert_live,
    put_everything,
    receipt,
    require_exact,
    sender_on,
    take_everything,
)
from tests.hooks.outbox.place import COMPANY, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sage_hooks.warehouse import Connection
    from tests.hooks.outbox.home import Home

pytestmark = pytest.mark.slow

PEOPLE = outbox.Decision("anna", "carl", "restored to 02:00; compared with the folders of the server")


@dataclass
class Vault:
    """Backups of one database, and the way back to them."""

    server_dsn: str
    name: str

    def copy(self, source: str, target: str) -> None:
        """Make database `target` a copy of `source`, which nobody may be connected to."""
        with psycopg.connect(f"{self.server_dsn} dbname=postgres", autocommit=True) as admin:
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(target)))
            admin.execute(
                sql.SQL("create database {} template {}").format(sql.Identifier(target), sql.Identifier(source))
            )

    def backup(self, connection: Connection) -> Connection:
        """Copy the database as it stands now."""
        connection.close()
        self.copy(self.name, f"{self.name}_backup")
        return connect(f"{self.server_dsn} dbname={self.name}")

    def restore(self, connection: Connection) -> Connection:
        """Put the backup in the database's place."""
        connection.close()
        self.copy(f"{self.name}_backup", self.name)
        return connect(f"{self.server_dsn} dbname={self.name}")

    def remove(self) -> None:
        """Remove the backup."""
        with psycopg.connect(f"{self.server_dsn} dbname=postgres", autocommit=True) as admin:
            admin.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(f"{self.name}_backup"))
            )


@contextmanager
def books_on(home: Home, template: str) -> Iterator[tuple[Books, Vault]]:
    """Give books in a database of their own with its vault."""
    with sender_on(home, template) as (sender, dsn):
        server_dsn, _, name = dsn.rpartition(" dbname=")
        place = Place(dsn, sender.connection, home.exchange, home.server)
        place.code()
        place.line()
        vault = Vault(server_dsn, name)
        try:
            yield Books(place), vault
        finally:
            place.connection.close()
            vault.remove()


def dag_run(place: Place) -> None:
    """Do what a run of the DAG does, in its order."""
    outbox.check_lane(place.connection, place.exchange, COMPANY, "DC")
    outbox.seal_costs(place.connection, COMPANY)
    outbox.deliver(place.connection, place.exchange, COMPANY, "DC", ack_wait_seconds=0)


def nothing(_: Books) -> None:
    """Back up when entries are there and no line is."""


def sealed(books: Books) -> None:
    """Back up when the files are sealed."""
    outbox.seal_costs(books.place.connection, COMPANY)


def sent(books: Books) -> None:
    """Back up when the first file is on the server."""
    dag_run(books.place)


def half_posted(books: Books) -> None:
    """Back up when a first month is done and the next is not sealed."""
    books.finish()
    books.consume(4)


def show_in_sage(books: Books) -> None:
    """Land Sage's job cost again, as the next full extract does."""
    place = books.place
    place.run("delete from core.job_cost_transaction")
    place.post()


@pytest.mark.parametrize(
    ("reach", "adopted", "is_shown"),
    [
        pytest.param(nothing, (1, 2), True, id="before a line was made"),
        pytest.param(nothing, (1, 2), False, id="before a line was made, and Sage's rows come last"),
        pytest.param(sealed, (), False, id="sealed"),
        pytest.param(sealed, (), True, id="sealed, and Sage's rows come first"),
        pytest.param(sent, (), False, id="one file sent"),
        pytest.param(half_posted, (3, 4), True, id="one month posted"),
    ],
)
def test_a_restored_outbox_sends_nothing_again(
    shared: Home,
    warehouse_template: str,
    reach: Callable[[Books], None],
    adopted: tuple[int, ...],
    *,
    is_shown: bool,
) -> None:
    with books_on(shared, warehouse_template) as (books, vault):
        place = books.place
        books.consume(4)
        reach(books)
        place.connection = vault.backup(place.connection)
        books.converge()
        before = len(books.taken)
        place.connection = vault.restore(place.connection)
        # Work goes on in the field; the next run comes before anybody has thought of the lanes.
        books.consume(1)
        if adopted:
            for _ in range(2):
                with pytest.raises(LaneStopped, match=r"RS-502 a lane is locked.*our database is older"):
                    dag_run(place)
                with pytest.raises(LaneStopped, match="RS-502"):
                    outbox.seal_costs(place.connection, COMPANY)
            assert place.waiting() == []
            assert place.open_rules() == ["lane_locked"]
            names = outbox.readopt_lane(place.connection, place.exchange, COMPANY, "DC", PEOPLE)
            assert names == [f"DC_AW_PROD_{number:08d}_v1.txt" for number in adopted]
        if not is_shown:
            # Sage's rows come with the next extract, some time after work has gone on.
            for _ in range(3):
                books.run()
        show_in_sage(books)
        books.finish()
        assert len(books.taken) == before + 1


@pytest.mark.parametrize("is_fresh", [False, True], ids=["before the inbox and the valuation", "before the landing"])
def test_what_came_in_after_the_backup_lands_again_exactly(
    shared: Home, warehouse_template: str, is_fresh: bool
) -> None:
    with sender_on(shared, warehouse_template) as (sender, _):
        put_everything(sender)
        take_everything(sender)
        wanted = content_of(sender.connection)
    with sender_on(shared, warehouse_template) as (sender, dsn):
        server_dsn, _, name = dsn.rpartition(" dbname=")
        vault = Vault(server_dsn, name)
        if is_fresh:
            # The live inbox is a table of ours: what RunBlu inserted after the backup it has to insert again.
            sender.connection = vault.backup(sender.connection)
            put_everything(sender)
        else:
            put_everything(sender)
            sender.take()
            sender.connection = vault.backup(sender.connection)
        take_everything(sender)
        take_everything(sender)
        sender.connection = vault.restore(sender.connection)
        if is_fresh:
            for number, units in enumerate(UNITS[1:], 2):
                insert_live(sender.connection, receipt(number, units))
        take_everything(sender)
        take_everything(sender)
        require_exact(sender, wanted)
        sender.connection.close()
        vault.remove()
