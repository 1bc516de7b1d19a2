"""`python -m ops.retain --days 400` clears what Airflow keeps of its own and is older: runs, XCom, task logs.

For a cron, in the place of a component (docs/growth.md). The warehouse is not touched: transfers, raw files, approvals
and the chain are the audit trail. The newest run of each DAG stays, and nothing younger than a quarter is cleared.
"""

from __future__ import annotations

import argparse
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_DAYS = 92
"""A month may be reconciled, lapse and be signed anew in this time; its runs wait for people in Airflow's database."""
LOGS_SETTING = "AIRFLOW__LOGGING__BASE_LOG_FOLDER"


def main(arguments: Sequence[str] | None = None) -> int:
    """Clear both; gives the exit code of Airflow's own command."""
    chosen = _parser().parse_args(arguments)
    before = datetime.now(UTC) - timedelta(days=chosen.days)
    done = subprocess.run(database_command(before), check=False).returncode
    folder = os.environ.get(LOGS_SETTING, "")
    removed = clear_logs(Path(folder), before) if folder else 0
    print(f"{removed} task logs removed, of before {before:%Y-%m-%d}")
    return done


def database_command(before: datetime) -> list[str]:
    """Give Airflow's own command; what it removes is not put into archive tables, which would grow instead."""
    return ["airflow", "db", "clean", "--clean-before-timestamp", before.isoformat(timespec="seconds"),
            "--skip-archive", "--yes", "--error-on-cleanup-failure"]  # fmt: skip


def clear_logs(folder: Path, before: datetime) -> int:
    """Remove files last written before a moment, and the folders that are empty then; gives the number of files."""
    removed = 0
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_symlink():
            continue
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            removed += 1
        elif path.is_dir() and path.stat().st_mtime < before.timestamp() and not any(path.iterdir()):
            path.rmdir()
    return removed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ops.retain", description="Clear old runs, XCom and task logs of Airflow")
    parser.add_argument("--days", type=_days, default=400, help=f"kept at least; {LEAST_DAYS} or more")
    return parser


def _days(text: str) -> int:
    days = int(text)
    if days < LEAST_DAYS:
        raise argparse.ArgumentTypeError(f"{days} days; expected: {LEAST_DAYS} or more, a month may still be decided")
    return days


if __name__ == "__main__":
    raise SystemExit(main())
