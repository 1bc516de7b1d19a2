"""The rivals' work, run by the interpreter of their own environment: `rival_work.py '{"work": ..., ...}'`.

Says "bench ready" once its libraries are loaded, waits for a line, works, and says "bench <rows>".
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def prepare(words: dict[str, str]) -> Callable[[], int]:
    """Load the libraries of a piece of work; gives the work."""
    return {"to_sql": _to_sql, "dlt": _dlt, "duckdb": _duckdb, "parquet": _parquet}[words["work"]](words)


def _to_sql(words: dict[str, str]) -> Callable[[], int]:
    pd, sa = import_module("pandas"), import_module("sqlalchemy")

    def work() -> int:
        frame = pd.read_csv(words["file"], encoding="cp1252")
        engine = sa.create_engine(words["url"].replace("postgresql:", "postgresql+psycopg2:"))
        frame.to_sql("rival_transactions", engine, if_exists="replace", index=False, chunksize=10_000)
        with engine.connect() as connection:
            return int(connection.execute(sa.text("select count(*) from rival_transactions")).scalar_one())

    return work


def _dlt(words: dict[str, str]) -> Callable[[], int]:
    home = tempfile.mkdtemp(prefix="rival-")
    os.environ |= {"DLT_DATA_DIR": home, "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
    dlt = import_module("dlt")

    def rows() -> Any:
        with Path(words["file"]).open(encoding="cp1252", newline="") as file:
            yield from csv.DictReader(file)

    def work() -> int:
        pipeline = dlt.pipeline(
            "rival", destination=dlt.destinations.postgres(words["url"]), dataset_name="rival", pipelines_dir=home
        )
        pipeline.run(rows(), table_name="transactions", write_disposition="replace")
        with pipeline.sql_client() as client:
            found = client.execute_sql("select count(*) from transactions")
        shutil.rmtree(home, ignore_errors=True)
        return int(found[0][0])

    return work


def _parquet(words: dict[str, str]) -> Callable[[], int]:
    duckdb = import_module("duckdb")

    def work() -> int:
        rows = 0
        for file in sorted(Path(words["folder"]).glob("*.csv")):
            types = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
            columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
            read = f"read_csv('{file}', header = true, columns = {{{columns}}})"
            duckdb.sql(f"copy (select * from {read}) to '{file.with_suffix('.parquet')}' (format parquet)")
            rows += duckdb.sql(f"select count(*) from '{file.with_suffix('.parquet')}'").fetchall()[0][0]
            file.unlink()
        return rows

    return work


def _duckdb(words: dict[str, str]) -> Callable[[], int]:
    duckdb = import_module("duckdb")

    def work() -> int:
        connection = duckdb.connect()
        for file in sorted(Path(words["folder"]).glob("*.parquet")):
            connection.execute(f"create view {file.stem} as select * from '{file}'")
        connection.execute(words["statement"])
        return int(connection.sql("select count(*) from compared").fetchall()[0][0])

    return work


def main() -> None:
    """Do one piece of work."""
    work = prepare(json.loads(sys.argv[1]))
    print("bench ready", flush=True)
    if sys.stdin.readline():
        print(f"bench {work()}", flush=True)


if __name__ == "__main__":
    main()
