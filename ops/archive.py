"""`python -m ops.archive --days 400` moves older raw files from the database to the raw folder; none is removed.

The folder is `raw` in SAGE_BRIDGE_VAR, where large files lie from the beginning (docs/growth.md). `--check` moves
nothing: it reads every file there and compares it with the hash that came with it.

Exit codes: 0 done, all there · 1 a file is damaged, missing or not the one that came, or nothing could be read.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg

from sage_bridge.errors import BridgeError
from sage_hooks.inbound_staging import raw_folder
from sage_hooks.raw_archive import damaged_raw_files, move_raw_files
from sage_hooks.warehouse import connect, warehouse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sage_hooks.warehouse import Connection


def main(arguments: Sequence[str] | None = None) -> int:
    """Move or check; gives the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        with connect(chosen.dsn) if chosen.dsn else warehouse() as connection:
            return _check(connection) if chosen.check else _move(connection, chosen.days)
    except BridgeError as refused:
        print(refused, file=sys.stderr)
    except (OSError, psycopg.Error) as error:
        words = " ".join(str(error).split())
        print(
            f"warehouse or raw folder cannot be used: {words}; next step: cure that, then run it again", file=sys.stderr
        )
    return 1


def _move(connection: Connection, days: int) -> int:
    before = datetime.now(UTC) - timedelta(days=days)
    moved = move_raw_files(connection, raw_folder().absolute(), before)
    print(f"{moved.files} raw files of before {before:%Y-%m-%d}, {moved.byte_count} bytes, moved to {raw_folder()}")
    return 0


def _check(connection: Connection) -> int:
    damaged = damaged_raw_files(connection)
    for one in damaged:
        print(f"{one.file_path}: {one.found}; next step: bring it back from a backup of the folder", file=sys.stderr)
    print(f"{len(damaged)} raw files of the folder are not there as they came")
    return int(bool(damaged))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ops.archive", description="Move old raw files out of the database")
    parser.add_argument("--dsn", default="", help="default: the connection `warehouse` of Airflow")
    parser.add_argument("--days", type=int, default=400, help="younger ones stay in the database; default 400")
    parser.add_argument("--check", action="store_true", help="compare every file of the folder with its hash")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
