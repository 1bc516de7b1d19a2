"""The embedded server: durable, loopback only, with clear words for everything that is in its way."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest

from ops import postgres, processes
from ops.postgres import Server
from ops.processes import LOOPBACK
from ops.unprivileged import account_for
from sage_bridge.errors import BadConfig, Transient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

SMALL = {"shared_buffers": "16MB"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "pg", options=SMALL)
    yield server
    server.stop()


def connect(server: Server) -> psycopg.Connection:
    return psycopg.connect(f"{server.dsn} dbname=postgres", autocommit=True)


def test_it_listens_on_loopback_only_and_has_no_unix_socket(server: Server) -> None:
    server.start()
    process = server.running()
    assert process is not None
    listeners = [found for found in psutil.Process(process.pid).net_connections() if found.status == psutil.CONN_LISTEN]
    assert [(found.laddr.ip, found.laddr.port) for found in listeners] == [(LOOPBACK, server.port)]
    assert psutil.Process(process.pid).net_connections(kind="unix") == []


def test_nobody_enters_without_the_password(server: Server) -> None:
    server.start()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host=LOOPBACK, port=server.port, user="postgres", password="guess", dbname="postgres")
    assert (server.folder / "superuser.password").stat().st_mode & 0o077 == 0


def test_settings_that_keep_what_was_committed(server: Server) -> None:
    server.start()
    with connect(server) as connection:
        shown = {
            name: connection.execute(f"show {name}".encode()).fetchone() for name in ("fsync", "jit", "wal_compression")
        }
    assert shown == {"fsync": ("on",), "jit": ("off",), "wal_compression": ("off",)}


def test_committed_rows_survive_a_kill(server: Server) -> None:
    server.start()
    with connect(server) as connection:
        connection.execute("create table kept (n integer)")
        connection.execute("insert into kept values (42)")
    process = server.running()
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    server.start()
    with connect(server) as connection:
        assert connection.execute("select n from kept").fetchall() == [(42,)]


def test_a_server_left_by_a_killed_conductor_is_stopped_first(server: Server, tmp_path: Path) -> None:
    server.start()
    left = server.running()
    again = Server(tmp_path / "pg", options=SMALL)
    again.start()
    assert left is not None
    assert left.living() is None
    assert again.running() is not None
    assert again.stop()
    assert again.running() is None


def test_a_lock_file_with_a_recycled_pid_does_not_mislead(server: Server) -> None:
    server.start()
    server.stop()
    # This very process lives, but is no Postgres.
    lock = f"{os.getpid()}\n{server.data}\n1\n{server.port}\n\n127.0.0.1\n 1 1\nready\n"
    (server.data / "postmaster.pid").write_text(lock, encoding="utf-8")
    assert server.running() is None
    server.start()
    assert server.running() is not None


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        holder.listen()
        server = Server(tmp_path / "pg", port=holder.getsockname()[1], options=SMALL)
        with pytest.raises(BadConfig, match=r"RS-171 .*for Postgres is taken.*SAGE_BRIDGE_PG_PORT"):
            server.start()


def test_data_of_another_major_version_are_refused(server: Server) -> None:
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("15\n", encoding="utf-8")
    with pytest.raises(BadConfig, match=r"RS-176 .*expected: 15; found: 18") as refused:
        server.start()
    assert "PG_BIN_DIR" in str(refused.value)


def test_a_half_made_cluster_is_made_anew(server: Server) -> None:
    (server.folder / "data.new" / "base").mkdir(parents=True)
    server.data.mkdir()
    server.start()
    assert not (server.folder / "data.new").exists()


def test_a_lost_password_is_named(server: Server) -> None:
    server.start()
    server.stop()
    (server.folder / "superuser.password").unlink()
    with pytest.raises(BadConfig, match="RS-177"):
        server.start()


def test_missing_programs_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PG_BIN_DIR", str(tmp_path))
    with pytest.raises(BadConfig, match=r"RS-175 .*PG_BIN_DIR"):
        Server(tmp_path / "pg").start()


def test_a_server_that_cannot_start_is_quoted(tmp_path: Path) -> None:
    server = Server(tmp_path / "pg", options={"shared_buffers": "no size"})
    with pytest.raises(Transient, match=r"RS-981 .*shared_buffers"):
        server.start()
    assert server.running() is None


def test_settings_of_the_caller_do_not_leak_in(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "elsewhere")
    server.start()
    assert server.port != 1


def test_a_private_home_is_no_obstacle_and_stays_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As after a clone under a home that others may not enter, installed with a umask that shuts them out.
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    package = postgres.binaries().parents[1]
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.is_dir():
            shutil.copytree(folder, home / folder.name)
    for path in home.rglob("*"):
        path.chmod(0o700 if path.is_dir() or path.parent.name == "bin" else 0o600)
    programs = home / package.name / "pginstall" / "bin"
    monkeypatch.setenv("PG_BIN_DIR", str(programs))
    server = Server(home / "pg", options=SMALL)
    try:
        server.start()
        with connect(server) as connection:
            assert connection.execute("select 1").fetchall() == [(1,)]
        process = server.running()
        assert process is not None
        assert psutil.Process(process.pid).uids().effective != 0
    finally:
        server.stop()
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path, home, programs)}
    assert modes == {0o700}


def test_root_gives_the_server_no_more_right_than_it_needs(test_var: Path) -> None:
    folder = test_var / "reachable"
    folder.mkdir(exist_ok=True)
    account = account_for(postgres.binaries(), [], folder)
    if not processes.is_root():
        assert account.prefix == ()
    else:
        granted = " ".join(account.prefix)
        assert "--reuid=" in granted
        assert "+dac_override" not in granted


def test_stop_twice_is_no_matter(server: Server) -> None:
    server.start()
    assert server.stop()
    assert not server.stop()
