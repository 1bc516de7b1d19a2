"""An import and a posting that can be told to be slow, to die or to leave no traces; nothing of the agent is used here.

The sandbox is the honest stand-in; this one exists to break where the agent must be proven to cope.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import signal
import sqlite3
import time
from pathlib import Path

COLUMNS = (
    "Job", "Extra", "Cost_Code", "Category", "Transaction_Type", "Transaction_Date", "Accounting_Date", "Description",
    "Units", "Unit_Cost", "Amount", "Debit_Account", "Credit_Account", "Batch", "Ref_1", "Ref_2",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--db", required=True)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--reject", type=Path)
    parser.add_argument("--print", type=Path)
    parser.add_argument("--post", action="store_true")
    parser.add_argument("--sleep", type=float, default=0.0, help="seconds before anything is read")
    parser.add_argument("--fail", type=int, default=0, help="exit code before anything is read")
    parser.add_argument("--fail-once", type=Path, help="fail while this file is missing, and make it")
    parser.add_argument("--die", choices=("before-commit", "after-commit"), help="kill -9 of itself")
    parser.add_argument("--silent", action="store_true", help="write neither print nor reject file")
    parser.add_argument("--lie", type=int, default=0, help="add to the printed count of accepted lines")
    options = parser.parse_args()
    connection = sqlite3.connect(options.db, timeout=30)
    if options.post:
        _post(connection, options)
        return
    time.sleep(options.sleep)
    if options.fail_once and not options.fail_once.exists():
        options.fail_once.touch()
        raise SystemExit(4)
    if options.fail:
        print("Sage is busy")  # noqa: T201 - a macro's last words
        raise SystemExit(options.fail)
    _import(connection, options)


def _post(connection: sqlite3.Connection, options: argparse.Namespace) -> None:
    if options.fail_once and not options.fail_once.exists():
        options.fail_once.touch()
        raise SystemExit(4)
    with connection:
        connection.execute('insert into "JCT_CURRENT__TRANSACTION" select * from "JCT_NEW__TRANSACTION"')
        connection.execute('delete from "JCT_NEW__TRANSACTION"')


def _import(connection: sqlite3.Connection, options: argparse.Namespace) -> None:
    data = options.file.read_bytes()
    good: list[tuple[int, str, list[str]]] = []
    bad: list[tuple[int, str, list[str]]] = []
    for number, line in enumerate(data.decode("cp1252").splitlines(keepends=True), 1):
        fields = next(csv.reader([line]))[1:]
        (bad if fields[0].startswith("BAD") else good).append((number, line, fields))
    with connection:
        connection.execute(
            "insert into STAND_IN_RUN values (?, ?)", (options.file.name, hashlib.sha256(data).hexdigest())
        )
        for number, _, fields in good:
            fields[4] = "JC cost"
            for place in (5, 6):
                month, day, year = fields[place].split("/")
                fields[place] = f"{year}-{month}-{day}"
            row_id = f"{options.file.name}-{number}-{os.getpid()}"
            names = ", ".join(f'"{name}"' for name in ("Row_ID", *COLUMNS))
            marks = ", ".join("?" * (len(COLUMNS) + 1))
            statement = f'insert into "JCT_NEW__TRANSACTION" ({names}) values ({marks})'  # noqa: S608 - names of our own
            connection.execute(statement, (row_id, *fields))
        if options.die == "before-commit":
            os.kill(os.getpid(), signal.SIGKILL)
    if options.die == "after-commit":
        os.kill(os.getpid(), signal.SIGKILL)
    if options.silent:
        return
    options.reject.write_bytes("".join(line for _, line, _ in bad).encode("cp1252"))
    report = [
        "Import Direct Cost",
        *(f"Line {number} rejected: job {fields[0]} does not exist" for number, _, fields in bad),
        f"Entries accepted: {len(good) + options.lie}",
        f"Lines rejected: {len(bad)}",
        "",
    ]
    options.print.write_bytes("\r\n".join(report).encode("cp1252"))


if __name__ == "__main__":
    main()
