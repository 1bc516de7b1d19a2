"""Nightly upkeep: what uploads and landings that died have left behind, and the planner's statistics.

Only what no record of ours points to is removed: unfinished parts, a day old, of files that are written whole or not at
all; and the bridges of previews that a later run of the month replaced. Raw files, landed documents and published heads
are evidence and stay; parts in `to_sage/` are evidence too, as they tell how far an upload came.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sage_hooks import head_files, runblu_files
from sage_hooks.inbound_staging import PART, raw_folder
from sage_hooks.warehouse import away_is_transient, fetch_file

if TYPE_CHECKING:
    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection

LEFT_AFTER_SECONDS = 24 * 60 * 60
"""No upload or landing lasts a day (tasks end after an hour), so nobody works on an older part any more."""

FIGURES_KEPT_DAYS = 35
"""A preview can be run again; until then whoever quoted one can still look its bridges up."""

_FOLDERS = (head_files.FOLDER, runblu_files.FOLDER)


def remove_upload_leftovers(exchange: Exchange, company_id: str) -> int:
    """Remove unfinished uploads of ours from the folders of a company; gives how many."""
    deadline = time.time() - LEFT_AFTER_SECONDS
    left = [
        f"{company_id}/{folder}/{entry.name}"
        for folder in _FOLDERS
        for entry in exchange.listing(f"{company_id}/{folder}")
        if PART in entry.name and entry.is_regular and entry.mtime < deadline
    ]
    for path in left:
        exchange.remove(path)
    return len(left)


def remove_raw_leftovers() -> int:
    """Remove the parts of raw files whose landing died; gives how many."""
    deadline = time.time() - LEFT_AFTER_SECONDS
    left = [path for path in raw_folder().glob(f"{PART}*") if path.stat().st_mtime < deadline]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


@away_is_transient
def remove_replaced_figures(connection: Connection) -> int:
    """Remove the bridges of previews and given-up runs that a later run of the month replaced weeks ago.

    They are most of what reconciliations write, and nothing reads them: pages and views show the newest run, a month
    that is signed its proof. The runs themselves, their differences and tie-outs stay.

    Returns:
        Number of figures removed.
    """
    connection.commit()
    with connection.transaction():
        found = fetch_file(connection, "recon/delete_replaced_figures", {"kept_days": FIGURES_KEPT_DAYS})
    return int(found[0]["figures"])
