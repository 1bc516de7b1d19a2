"""Lineage of transfers as OpenLineage events, one JSON line each, in a file per month: what its file transport writes.

Written from the rows of the audit, where they stand committed, instead of inside each task: its client alone takes
0.6 s of CPU to import, more than most tasks take in all.
"""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sage_bridge import lineage
from sage_hooks.inbound_landing import LANDINGS
from sage_hooks.sql_files import statement
from sage_hooks.warehouse import fetch_file

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

FOLDER_VARIABLE = "SAGE_BRIDGE_LINEAGE_DIR"
_TARGET = re.compile(r"^merge into (\S+)", re.MULTILINE)


def publish(connection: Connection) -> int:
    """Append the events of every file that reached a state since the last call; gives their number.

    Without the folder in SAGE_BRIDGE_LINEAGE_DIR nothing is written. A run that is killed between file and commit
    writes its events again under the same run ids; none is left out.

    Raises:
        OSError: the folder cannot be written; nothing is noted as told.
    """
    folder = os.environ.get(FOLDER_VARIABLE, "")
    if not folder:
        return 0
    info = connection.info
    warehouse = f"postgres://{info.host}:{info.port}/{info.dbname}"
    with connection.transaction():
        rows = fetch_file(connection, "audit/insert_lineage")
        found = [event for row in rows for event in lineage.events(row, _tables(), warehouse)]
        if found:
            _append(Path(folder), "".join(f"{json.dumps(event)}\n" for event in found))
    return len(found)


def _append(folder: Path, lines: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"openlineage_{datetime.now(UTC):%Y-%m}.jsonl").open("a", encoding="utf-8") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def _tables() -> dict[str, str]:
    """Give the table each flow of Sage lands in, as the statement that lands it says."""
    targets = {flow: _TARGET.search(statement(names[0])) for flow, names in LANDINGS.items()}
    return {flow: target[1] for flow, target in targets.items() if target}
