"""Base backup and archived WAL of an embedded server, by Postgres's own programs; the settings serve any server."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import psycopg

from ops.paths import write_private
from ops.postgres import binaries
from ops.processes import wait_until
from ops.unprivileged import account_for
from sage_bridge.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ops.postgres import Dsn

ARCHIVE_SECONDS = 60.0
MEGABYTE = 1024 * 1024


def archive_words(archive: Path) -> dict[str, str]:
    """Give the settings of a server that archives its WAL into a folder: each segment whole, and never over one."""
    archive.mkdir(parents=True)
    account_for(binaries(), [], archive).own(archive)
    part, kept = archive / "%f.part", archive / "%f"
    return {
        "archive_mode": "on",
        "archive_command": f'test ! -f "{kept}" && cp "%p" "{part}" && mv "{part}" "{kept}"',
        "archive_timeout": "60",
    }


def recover_words(archive: Path, moment: str) -> dict[str, str]:
    """Give the settings of a server that goes from a base backup to a moment and then takes over."""
    return {
        "restore_command": f'cp "{archive}/%f" "%p"',
        "recovery_target_time": moment,
        "recovery_target_action": "promote",
        # Nobody reads before it is all there: the server says that it is ready when it is.
        "hot_standby": "off",
        "archive_mode": "off",
    }


def base_backup(dsn: Dsn, folder: Path) -> int:
    """Take a base backup into `folder`/data, ready to be recovered, and check its manifest; gives its megabytes.

    Raises:
        Transient: RS-981 one of Postgres's programs failed; its last line is quoted.
    """
    programs = binaries()
    folder.mkdir()
    account = account_for(programs, [], folder)
    account.own(folder)
    password = folder / "password"
    write_private(password, f"*:*:*:*:{dsn.password}\n")
    account.own(password)
    where = f"host={dsn.host} port={dsn.port} user={dsn.user} passfile={password}"
    data = folder / "data"
    try:
        _run([*account.prefix, f"{programs}/pg_basebackup", "-d", where, "-D", f"{data}", "-X", "none", "-c", "fast"])
        # The WAL the backup needs lies in the archive.
        _run([*account.prefix, f"{programs}/pg_verifybackup", "--no-parse-wal", "--quiet", f"{data}"])
    finally:
        password.unlink()
    signal_file = data / "recovery.signal"
    signal_file.touch()
    account.own(signal_file)
    write_private(folder / "superuser.password", dsn.password)
    return sum(path.stat().st_size for path in data.rglob("*") if path.is_file()) // MEGABYTE


def finish_archive(dsn: Dsn, archive: Path) -> None:
    """Close the current WAL segment and wait until it lies in the archive, as `archive_timeout` would bring it there.

    Raises:
        Transient: RS-981 it is not there in time.
    """
    with psycopg.connect(f"{dsn} dbname=postgres", autocommit=True) as admin:
        row = admin.execute("select pg_walfile_name(pg_switch_wal())").fetchone()
    name = row[0] if row else ""
    wait_until((archive / name).is_file, seconds=ARCHIVE_SECONDS)
    if not (archive / name).is_file():
        raise Transient(
            "RS-981", "WAL is not archived", record=str(archive / name), found="not there", do="read the server's log"
        )


def moment_of(dsn: str) -> str:
    """Give the server's clock between two commits: what was committed before is in, what comes after is not."""
    time.sleep(0.05)
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("select clock_timestamp()::text").fetchone()
    time.sleep(0.05)
    return str(row[0]) if row else ""


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise Transient(
            "RS-981", "a backup failed", record=command[-1], found=said[-1], do="free space or rights, then again"
        )
