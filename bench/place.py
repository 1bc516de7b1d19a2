"""The ground of the cases: Postgres as the product ships it, a file server, databases cloned from templates."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from ops.companies import default_profile, store_profile
from ops.paths import REPOSITORY
from ops.postgres import Server
from ops.processes import LOOPBACK, python_environment, wait_until
from ops.sftp_server import Keys
from sage_bridge.errors import Transient
from sage_hooks import warehouse
from sage_hooks.exchange import Exchange

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    import psutil

    from sage_hooks.warehouse import Connection

COMPANY = "AW"
START_SECONDS = 30


class Place(AbstractContextManager["Place"]):
    """Services of one case; everything it made is removed at its end."""

    def __init__(self, folder: Path) -> None:
        """Name the place; `__enter__` makes it."""
        self.folder = folder
        self.root = folder / "sftp"
        self.keys = Keys(folder / "keys")
        self._server = Server(folder / "postgres")
        self._files: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.kept = {"plain"}

    def __enter__(self) -> Self:
        """Start both servers and make the migrated template `plain` with one company."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.root.mkdir(parents=True)
        self._server.start()
        self._start_files()
        self.make("plain", None)
        with self.connect("plain") as connection:
            warehouse.migrate(connection)
            store_profile(connection, default_profile(COMPANY))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop both and remove what they wrote."""
        if self._files is not None:
            self._files.terminate()
            self._files.wait(timeout=START_SECONDS)
        self._server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def make(self, name: str, template: str | None) -> None:
        """Make a database anew, as a copy of another one."""
        with psycopg.connect(f"{self._server.dsn} dbname=postgres", autocommit=True) as admin:
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
            copied = (
                sql.SQL(" template {} strategy file_copy").format(sql.Identifier(template)) if template else sql.SQL("")
            )
            admin.execute(sql.SQL("create database {}{}").format(sql.Identifier(name), copied))
            admin.execute("checkpoint")

    def clear(self) -> None:
        """Remove what a case has made: its files and databases; what is kept for later cases stays."""
        shutil.rmtree(self.root)
        self.root.mkdir()
        with psycopg.connect(f"{self._server.dsn} dbname=postgres", autocommit=True) as admin:
            names = admin.execute("select datname from pg_database where not datistemplate and datname <> 'postgres'")
            for (name,) in names.fetchall():
                if name not in self.kept:
                    admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def wal_bytes(self) -> int:
        """Give how much write-ahead log the server has written."""
        with psycopg.connect(f"{self._server.dsn} dbname=postgres", autocommit=True) as admin:
            row = admin.execute("select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')").fetchone()
        return int(row[0]) if row else 0

    def dsn(self, name: str) -> str:
        """Give the connection string of a database for its superuser."""
        return f"{self._server.dsn} dbname={name}"

    def url(self, name: str, scheme: str = "postgresql") -> str:
        """Give the address of a database as SQLAlchemy and others read it."""
        dsn = self._server.dsn
        return f"{scheme}://{dsn.user}:{quote(dsn.password, safe='')}@{dsn.host}:{dsn.port}/{name}"

    def connect(self, name: str) -> Connection:
        """Open a database; what is open when the block ends is committed."""
        return warehouse.connect(self.dsn(name))

    def exchange(self) -> Exchange:
        """Open the file server as the bridge does."""
        return Exchange(**self.exchange_arguments())

    def exchange_arguments(self) -> dict[str, Any]:
        """Give what a process of its own needs to open the file server."""
        key_file, host_key = str(self.keys.key_file("bridge")), self.keys.host_key
        return {"host": LOOPBACK, "port": self.port, "user": "bridge", "key_file": key_file, "host_key": host_key}

    def file_for_server(self, path: Path) -> Path:
        """Give a copy of a file where the database server may read it."""
        place = self._server.data / path.name
        shutil.copyfile(path, place)
        place.chmod(0o644)
        return place

    def processes(self) -> list[psutil.Process]:
        """Give the processes whose CPU time counts beside our own: Postgres with its backends, not the file server."""
        running = self._server.running()
        leader = running.living() if running is not None else None
        return [leader, *leader.children(recursive=True)] if leader is not None else []

    def _start_files(self) -> None:
        self.keys.make()
        ready = self.folder / "sftp.port"
        self._files = subprocess.Popen(
            [
                *(sys.executable, "-m", "ops.sftp_server", "--root", str(self.root)),
                *("--keys", str(self.keys.folder), "--ready", str(ready)),
            ],
            cwd=REPOSITORY,
            env=python_environment(),
        )
        if not wait_until(
            lambda: ready.is_file() and bool(ready.read_text(encoding="utf-8").strip()), seconds=START_SECONDS
        ):
            raise Transient("RS-983", "the file server of the bench did not start", do="run it again")
        self.port = int(ready.read_text(encoding="utf-8").split()[0])
