"""Postgres ends a session, or is stopped like by a power cut and started again, in the middle of every kind of work."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from sage_bridge.errors import Transient
from sage_hooks import outbox
from sage_hooks.warehouse import connect, migrate
from tests.conftest import TEMPLATE
from tests.crash.faults.books import Books, work_once
from tests.crash.faults.inbound_side import content_of, put_everything, require_exact, sender_on, take_everything
from tests.crash.faults.wire import Plan, wire
from tests.hooks.outbox.home import Home, home
from tests.hooks.outbox.place import COMPANY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ops.postgres import Server
    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection

    Content = dict[str, list[dict[str, Any]]]

pytestmark = pytest.mark.slow

# Where a run is hit, as a share of its statements: a new place in every statement file would take minutes.
SHARES = (0.02, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 0.99)
FEW_SHARES = (0.2, 0.5, 0.8)


@contextmanager
def wired(dsn: str, plan: Plan) -> Iterator[Connection]:
    """Give a connection whose statements the plan counts."""
    where = conninfo_to_dict(dsn)
    with wire(str(where["host"]), int(where["port"]), plan.relay) as line:
        connection = connect(f"{dsn} host=127.0.0.1 port={line.own_port} sslmode=disable gssencmode=disable")
        try:
            yield connection
        finally:
            connection.close()


def outbound(connection: Connection, exchange: Exchange, books: Books) -> None:
    """Go the whole way of the first file over one connection."""
    work_once(connection, exchange)
    books.sage_side()
    outbox.take_answers(connection, exchange, COMPANY)
    outbox.confirm_posted(connection, COMPANY)


def statements_of_outbound(shared: Home) -> int:
    books, plan = Books(shared.place()), Plan("statement")
    books.consume()
    with wired(shared.dsn, plan) as connection:
        outbound(connection, shared.exchange, books)
    return plan.seen


def hit_outbound(books: Books, number: int, hit: Callable[[int], None]) -> None:
    """Run the way out and hit its session just before a statement."""
    plan = Plan("statement", at=number)
    with wired(books.place.dsn, plan) as connection:
        pid = connection.info.backend_pid
        plan.act = lambda: hit(pid)
        with pytest.raises(Transient, match=r"RS-902 warehouse went away in the middle of a step"):
            outbound(connection, books.place.exchange, books)
    assert plan.is_done


def ending(dsn: str) -> Callable[[int], None]:
    """Give what ends a session, as an administrator or the out-of-memory killer does."""

    def end(pid: int) -> None:
        with psycopg.connect(dsn, autocommit=True) as admin:
            assert admin.execute("select pg_terminate_backend(%s, 20000)", (pid,)).fetchone() == (True,)

    return end


def test_a_session_that_is_ended_at_any_statement_leaves_no_half_of_a_file(shared: Home) -> None:
    count = statements_of_outbound(shared)
    for share in SHARES:
        books = Books(shared.place())
        books.consume()
        hit_outbound(books, max(1, int(count * share)), ending(shared.dsn))
        books.finish()


@pytest.fixture(scope="module")
def undisturbed(shared: Home, warehouse_template: str) -> tuple[Content, int]:
    """What the warehouse holds when nothing happens, and the statements that takes."""
    plan = Plan("statement")
    with sender_on(shared, warehouse_template) as (sender, dsn):
        put_everything(sender)
        with wired(dsn, plan) as connection:
            take_everything(sender, connection)
        wanted = content_of(sender.connection)
        require_exact(sender, wanted)
    return wanted, plan.seen


def test_a_session_that_is_ended_at_any_statement_leaves_no_half_of_a_landing(
    shared: Home, warehouse_template: str, undisturbed: tuple[Content, int]
) -> None:
    wanted, count = undisturbed
    for share in SHARES[1::2]:
        with sender_on(shared, warehouse_template) as (sender, dsn):
            put_everything(sender)
            plan = Plan("statement", at=max(1, int(count * share)))
            with wired(dsn, plan) as connection:
                pid = connection.info.backend_pid
                plan.act = lambda dsn=dsn, pid=pid: ending(dsn)(pid)  # type: ignore[misc]
                with pytest.raises(Transient, match=r"RS-902 warehouse went away in the middle of a step"):
                    take_everything(sender, connection)
            take_everything(sender)
            require_exact(sender, wanted)


@pytest.fixture(scope="module")
def own_server(test_var: Path) -> Iterator[Server]:
    """A server of this module that keeps what it has committed, with a migrated template."""
    from ops.postgres import Server

    server = Server(test_var / "postgres-to-stop", options={"shared_buffers": "64MB"})
    dsn = server.start()
    with psycopg.connect(f"{dsn} dbname=postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
    with connect(f"{dsn} dbname={TEMPLATE}") as connection:
        migrate(connection)
    yield Server(server.folder, port=server.port, options={"shared_buffers": "64MB"})
    server.stop()


@pytest.fixture(scope="module")
def own_home(own_server: Server, _sftp_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """As `shared`, on the server that is stopped."""
    own_server.start()
    with home(str(own_server.dsn), TEMPLATE, _sftp_keys, tmp_path_factory.mktemp("sftp")) as found:
        yield found


def stopping(server: Server) -> Callable[[int], None]:
    """Give what stops the server at once, without a checkpoint; it is started again at the same place."""

    def stop(_pid: int) -> None:
        running = server.running()
        assert running is not None
        postmaster = psutil.Process(running.pid)
        # `immediate` of pg_ctl.
        postmaster.send_signal(signal.SIGQUIT)
        gone, _ = psutil.wait_procs([postmaster], timeout=30)
        assert gone or not postmaster.is_running()
        time.sleep(0.1)

    return stop


def test_a_server_stopped_in_the_middle_of_sending_is_gone_on_with(own_server: Server, own_home: Home) -> None:
    here = own_home
    count = statements_of_outbound(here)
    for share in FEW_SHARES:
        books = Books(here.place())
        books.consume()
        hit_outbound(books, int(count * share), stopping(own_server))
        own_server.start()
        here = replace(here, connection=connect(here.dsn))
        books.place.connection.close()
        books.place.connection = here.connection
        books.finish()
    here.connection.close()


def test_a_server_stopped_in_the_middle_of_a_landing_is_gone_on_with(
    own_server: Server, own_home: Home, undisturbed: tuple[Content, int]
) -> None:
    wanted, count = undisturbed
    for share in FEW_SHARES:
        with sender_on(own_home, TEMPLATE) as (sender, dsn):
            put_everything(sender)
            plan = Plan("statement", at=int(count * share))
            with wired(dsn, plan) as connection:
                plan.act = lambda: stopping(own_server)(0)
                with pytest.raises(Transient, match=r"RS-902 warehouse went away in the middle of a step"):
                    take_everything(sender, connection)
            own_server.start()
            sender.connection.close()
            with connect(dsn) as sender.connection:
                take_everything(sender)
                require_exact(sender, wanted)
