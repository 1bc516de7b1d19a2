"""The services of the harness: a file server in a process of its own, and a Postgres server when nobody gives one."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from tests.conftest import SftpPlace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ops.processes import Process

_numbers = itertools.count(1)


class FileServer:
    """A real SFTP server as a process: it can be killed and comes back on the same port with the same keys."""

    def __init__(self, root: Path, keys_folder: Path) -> None:
        """Name the folder that is served; nothing runs yet."""
        from ops.sftp_server import Keys

        self.root, self._keys = root, Keys(keys_folder)
        self._keys.make()
        self._port = 0
        self._process: Process | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        from ops import sftp_server

        ready = self._keys.folder / "port"
        self._process = sftp_server.start(
            self.root, self._keys, self._port, log=self._keys.folder / "sftp.log",
            command=[sys.executable, "-m", "ops.sftp_server"], ready=ready,
        )  # fmt: skip
        self._process.write(_pid_file(self._keys.folder))
        self._port = int(ready.read_text(encoding="ascii"))

    def kill(self) -> None:
        """Kill it (SIGKILL), whatever it is just doing; one that does not run is left alone."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self._process.pid, 0)
        self._process = None

    @property
    def place(self) -> SftpPlace:
        """Give what clients need, as the bridge."""
        from ops.processes import LOOPBACK

        return SftpPlace(
            self.root, LOOPBACK, self._port, "bridge", self._keys.key_file("bridge"), self._keys.host_key
        )  # fmt: skip


@dataclass(frozen=True)
class Databases:
    """Databases of one Postgres server; `dsn` is the superuser's without a database."""

    dsn: str

    def of(self, name: str) -> str:
        """Give the DSN of a database."""
        return f"{self.dsn} dbname={name}"

    def clone(self, template: str) -> str:
        """Make a database as a copy of another that nobody is connected to; gives its name."""
        name = f"crash_{os.getpid()}_{next(_numbers)}"
        self._run("create database {} template {}", name, template)
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected."""
        self._run("drop database if exists {} with (force)", name)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.of("postgres"), autocommit=True) as admin:
            admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _pid_file(keys: Path) -> Path:
    return keys / "sftp.pid"


def end_left_over(folder: Path) -> None:
    """End the services that a killed run left under `folder`: Postgres, and the file server with its keys there."""
    from ops import processes
    from ops.postgres import Server

    processes.stop_left_over(_pid_file(folder / "keys"), patience=5)
    if (folder / "postgres" / "data" / "PG_VERSION").exists():
        Server(folder / "postgres").stop()


@contextmanager
def own_postgres(folder: Path) -> Iterator[tuple[str, str]]:
    """Run a Postgres server in `folder` with a migrated database; gives its DSN and that database's name."""
    from ops.postgres import Server
    from sage_hooks import warehouse

    # Processes are killed here, machines are not: what is written need not survive a power cut.
    options = {"fsync": "off", "synchronous_commit": "off", "shared_buffers": "128MB", "max_wal_size": "1GB"}
    server = Server(folder / "postgres", options=options)
    databases = Databases(str(server.start()))
    try:
        template = "crash_template"
        databases.drop(template)
        with psycopg.connect(databases.of("postgres"), autocommit=True) as admin:
            admin.execute(sql.SQL("create database {}").format(sql.Identifier(template)))
        with warehouse.connect(databases.of(template)) as connection:
            warehouse.migrate(connection)
        yield databases.dsn, template
    finally:
        server.stop()
