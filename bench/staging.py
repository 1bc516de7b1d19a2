"""Staged extracts: a file of the bench in the temp table of its transfer, as the product stages it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.place import COMPANY
from sage_hooks import inbound_gate, inbound_staging
from sage_hooks.inbound_landing import Context

if TYPE_CHECKING:
    from pathlib import Path

    from bench.place import Place
    from sage_bridge.transfers import Manifest
    from sage_hooks.warehouse import Connection

LIMIT = 1 << 40
NEW_TRANSFER = 1_000
"""None of those that landed what is there: rows of the same transfer need not be looked for among what is gone."""


def stage(connection: Connection, place: Place, path: Path, manifest: Manifest) -> None:
    """Bring a file of the bench's company over SFTP into temp table `staged`, inside the caller's transaction."""
    with place.exchange() as exchange:
        received = inbound_staging.receive(
            connection,
            exchange,
            str(path.relative_to(place.root)),
            inbound_gate.suite(manifest.flow).feed,
            manifest,
            byte_limit=LIMIT,
            seconds=LIMIT,
        )
    if received.raw.path is not None:
        received.raw.path.unlink(missing_ok=True)
    if received.fault is not None:
        raise received.fault


def context(manifest: Manifest) -> Context:
    """Give where a transfer of the bench belongs."""
    return Context(
        company_id=COMPANY,
        time_zone="UTC",
        masks={},
        transfer_id=NEW_TRANSFER,
        file_name="bench",
        zone=manifest.zone,
        is_complete=manifest.extent == "full",
    )
