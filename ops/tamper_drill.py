"""The tamper drill: an event log made for it is attacked again and again, and the verifier must find every change."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from ops import processes, sftp_server
from ops.companies import default_profile, store_profile
from ops.postgres import Server
from ops.processes import LOOPBACK
from ops.sftp_server import Keys
from ops.tamper import ATTACKS, Change, Tamperer
from ops.tamper_log import append_events
from sage_hooks import head_files, warehouse
from sage_hooks.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ops.progress import Progress
    from sage_hooks.warehouse import Connection

COMPANY = "AW"
STOP_SECONDS = 10.0
BATCHES, EVENTS_A_BATCH = 6, 40


@dataclass(slots=True)
class Drill:
    """What was done and what the verifier found of it; `missed` names what it did not."""

    attacks: int = 0
    changes: int = 0
    missed: list[str] = field(default_factory=list)


def run(folder: Path, changes: int, seed: int, progress: Progress) -> Drill:
    """Attack a log in a fresh database under `folder`, which is removed afterwards.

    Args:
        folder: for services and published heads.
        changes: single bytes to change.
        seed: of the choice; the same seed gives the same changes.
        progress: told how far it is.
    """
    with _place(folder) as (dsn, files):
        tamperer = Tamperer(dsn, files)
        try:
            drill = Drill()
            with progress.phase("attack the structure") as phase:
                attack_all(tamperer, drill)
                phase.count(attacks=drill.attacks, missed=len(drill.missed))
            with progress.phase("change single bytes") as phase:
                random = Random(seed)
                for number in range(changes):
                    phase.say(f"{number:,} of {changes:,} changed")
                    change_one(tamperer, random, drill)
                phase.count(changes=drill.changes, seed=seed, missed=len(drill.missed))
            return drill
        finally:
            tamperer.close()


def attack_all(tamperer: Tamperer, drill: Drill) -> None:
    """Do every attack, as it is and with all hashes made anew; an untouched log must be found intact in between."""
    for name in ATTACKS:
        for is_rehashed in (False, True):
            with tamperer.tampering():
                tamperer.attack(name, is_rehashed=is_rehashed)
                drill.attacks += 1
                if tamperer.judge().is_intact:
                    drill.missed.append(f"{name}{', hashes made anew' if is_rehashed else ''}")
    with tamperer.tampering():
        found = tamperer.judge()
    if not found.is_intact:
        drill.missed.append(f"an untouched log was found broken: {found.findings[0]}")


def change_one(tamperer: Tamperer, random: Random, drill: Drill) -> Change:
    """Change one byte, have it judged, and take it back."""
    with tamperer.tampering():
        change = tamperer.change_a_byte(random)
        drill.changes += 1
        if tamperer.judge().is_intact:
            drill.missed.append(str(change))
    return change


def make_log(connection: Connection, exchange: Exchange) -> None:
    """Land batches of events as the product does; all heads but the last are published, in two files."""
    store_profile(connection, default_profile(COMPANY))
    connection.commit()
    for batch in range(BATCHES):
        append_events(connection, EVENTS_A_BATCH, COMPANY)
        if batch in (1, BATCHES - 2):
            head_files.publish_heads(connection, exchange, COMPANY)
    connection.commit()


@contextmanager
def _place(folder: Path) -> Iterator[tuple[str, Path]]:
    """Give a database with a log and the folder with its published heads."""
    shutil.rmtree(folder, ignore_errors=True)
    server, root = Server(folder / "postgres", options={"fsync": "off"}), folder / "sftp"
    try:
        dsn = f"{server.start()} dbname=postgres"
        with warehouse.connect(dsn) as connection:
            warehouse.migrate(connection)
            with exchange_with(folder, root) as exchange:
                make_log(connection, exchange)
        yield dsn, root
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def exchange_with(folder: Path, root: Path) -> Iterator[Exchange]:
    """Give the bridge's side of a file server that runs meanwhile."""
    keys, ready = Keys(folder / "keys"), folder / "sftp.port"
    process = sftp_server.start(
        root, keys, 0, log=folder / "sftp.log", command=[sys.executable, "-m", "ops.sftp_server"], ready=ready
    )
    try:
        port = int(ready.read_text(encoding="ascii"))
        with Exchange(LOOPBACK, port, "bridge", str(keys.key_file("bridge")), keys.host_key) as exchange:
            yield exchange
    finally:
        processes.stop([process], patience=STOP_SECONDS)
