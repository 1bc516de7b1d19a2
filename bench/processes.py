"""Work of the product in a process of its own, to see what memory it takes there."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

from bench.place import COMPANY
from bench.timing import require
from ops.paths import REPOSITORY
from ops.processes import python_environment
from sage_hooks import inbound, warehouse
from sage_hooks.exchange import Exchange

if TYPE_CHECKING:
    from bench.place import Place


def take_extract(place: Place, database: str, rows: int) -> int:
    """Take the extract that waits, in a process of its own; gives its greatest memory in MB."""
    words = {"dsn": place.dsn(database), "exchange": place.exchange_arguments(), "rows": rows}
    said = subprocess.run(
        [sys.executable, "-m", "bench.processes", json.dumps(words)],
        cwd=REPOSITORY, env=python_environment(), stdout=subprocess.PIPE, check=True,
    ).stdout  # fmt: skip
    return int(said)


def main() -> None:
    """Do what the first argument says and print the greatest memory in MB."""
    words = json.loads(sys.argv[1])
    with warehouse.connect(words["dsn"]) as connection, Exchange(**words["exchange"]) as exchange:
        outcomes = inbound.take_transfers(connection, exchange, COMPANY, ["JCT"], "PROD")
    require(sum(outcome.rows_landed for outcome in outcomes), words["rows"])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


if __name__ == "__main__":
    main()
