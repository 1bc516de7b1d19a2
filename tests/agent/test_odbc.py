"""The ODBC path gives the same bytes as the SQLite path: pyodbc and a real driver over tables of the same names.

The file's columns are declared as dates, times and doubles, as Sage's driver declares them, so that the driver hands
out dates and floats where the SQLite path reads text and floats.
"""

from __future__ import annotations

import io
import sqlite3
from typing import TYPE_CHECKING

import pytest

from agent.extract import write_extract
from agent.lookup import count_in_sage
from agent.source import Source, bits, find_driver, open_source
from sage_bridge.errors import BadConfig, Transient
from sage_bridge.feeds import FEEDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.agent.exchange_place import Place

TYPES = {
    "amount": "double", "units": "double", "unit_cost": "double", "integer": "integer", "boolean": "bit",
    "date": "date", "time": "time", "text": "varchar(60)",
}  # fmt: skip
VALUES = {
    "amount": (1250.1, -0.07, 1e9 + 0.33, None), "units": (2.5, -3.3333, 0.1, None),
    "unit_cost": (62.75, 0.000001, 999999.99, None), "integer": (7, 0, 99999, None), "boolean": (1, 0, 1, None),
    "date": ("2024-02-29", "1999-12-31", "2026-01-01", None), "time": ("07:05:09", "00:00:00", "23:59:59", None),
    "text": (" 10-1001", 'Düse 3" — "flex", lang', "  ", None),
}  # fmt: skip


def _driver() -> str:
    try:
        import pyodbc
    except ImportError as missing:
        return f"-{missing}"
    return next((name for name in ("SQLite3", "SQLite3 ODBC Driver") if name in pyodbc.drivers()), "-no SQLite3 driver")


pytestmark = pytest.mark.skipif(
    _driver().startswith("-"),
    reason=f"{_driver()[1:]}; to run it: apt-get install unixodbc libsqliteodbc odbcinst, pip install pyodbc",
)


@pytest.fixture
def typed_sage(tmp_path: Path) -> Path:
    """All tables of the feeds with typed columns, four rows each; the key's first column tells the rows apart."""
    path = tmp_path / "typed.db"
    connection = sqlite3.connect(path)
    for feed in FEEDS.values():
        columns = ", ".join(f'"{column.name}" {TYPES[column.kind]}' for column in feed.columns)
        connection.execute(f'create table "{feed.table}" ({columns})')
        marks = ", ".join("?" for _ in feed.columns)
        for number in range(4):
            row = [
                f"K{number}" if column.name == feed.key[0] else VALUES[column.kind][number] for column in feed.columns
            ]
            connection.execute(f'insert into "{feed.table}" values ({marks})', row)  # noqa: S608 - names of our own
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def odbc(place: Place, typed_sage: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    monkeypatch.setenv("SAGE_DATA", str(typed_sage))
    text = f"Driver={_driver()};Database=${{SAGE_DATA}};Timeout=5000;NoTXN=0"
    source = open_source(
        place.config(source={"kind": "odbc", "connection_string": text, "char_encoding": "utf-8"}).source
    )
    yield source
    source.close()


@pytest.fixture
def sqlite(place: Place, typed_sage: Path) -> Iterator[Source]:
    source = open_source(place.config(source={"kind": "sqlite", "path": str(typed_sage)}).source)
    yield source
    source.close()


def written(source: Source, flow: str) -> bytes:
    file = io.BytesIO()
    with source.snapshot():
        write_extract(source, FEEDS[flow], "utf-8", file)
    return file.getvalue()


@pytest.mark.parametrize("flow", FEEDS)
def test_same_bytes_through_odbc_and_sqlite(odbc: Source, sqlite: Source, flow: str) -> None:
    odbc.probe(flow)
    through_odbc = written(odbc, flow)
    assert through_odbc.count(b"\n") == 5
    assert through_odbc == written(sqlite, flow)


def test_the_driver_really_gives_floats_and_dates(odbc: Source) -> None:
    cursor = odbc._open().cursor()
    row = cursor.execute(
        'select "Amount", "Transaction_Date" from "JCT_CURRENT__TRANSACTION" order by "Row_ID"'
    ).fetchone()
    assert (type(row[0]).__name__, type(row[1]).__name__) == ("float", "date")


def test_missing_table_and_column_through_odbc(odbc: Source, typed_sage: Path) -> None:
    connection = sqlite3.connect(typed_sage)
    connection.execute('drop table "STANDARD_ITEM"')
    connection.execute('alter table "JCM_MASTER__JOB" drop column "Cost_Account_Prefix"')
    connection.commit()
    connection.close()
    with pytest.raises(BadConfig, match=r"RS-163 flow ITEM cannot be read; record: STANDARD_ITEM"):
        written(odbc, "ITEM")
    with pytest.raises(BadConfig, match=r"RS-163 .* no column Cost_Account_Prefix"):
        written(odbc, "JOB")


def test_lines_of_ours_are_found_through_odbc(odbc: Source, typed_sage: Path) -> None:
    connection = sqlite3.connect(typed_sage)
    connection.execute('update "JCT_NEW__TRANSACTION" set "Ref_1" = \' R1 \' where "Row_ID" = \'K0\'')
    connection.commit()
    connection.close()
    assert count_in_sage(odbc, ["R1", "R2"]) == {"R1": 1}


def test_a_driver_that_is_not_there_is_away(place: Place) -> None:
    source = open_source(
        place.config(source={"kind": "odbc", "connection_string": "Driver=Timberline Data;DBQ=nowhere"}).source
    )
    with pytest.raises(Transient, match="RS-961 the Sage data source does not answer"), source.snapshot():
        pass


def test_a_snapshot_holds_through_odbc(odbc: Source, typed_sage: Path) -> None:
    connection = sqlite3.connect(typed_sage)
    connection.execute("pragma journal_mode = wal")
    with odbc.snapshot():
        before = sum(len(chunk) for chunk in odbc.read("JOB").chunks)
        connection.execute('insert into "JCM_MASTER__JOB" ("Job") values (\'new\')')
        connection.commit()
        assert sum(len(chunk) for chunk in odbc.read("JOB").chunks) == before
    with odbc.snapshot():
        assert sum(len(chunk) for chunk in odbc.read("JOB").chunks) == before + 1
    connection.close()


def test_a_driver_that_is_not_there_is_named_with_those_that_are(place: Place, typed_sage: Path) -> None:
    place.document["source"] = {"kind": "odbc", "connection_string": f"Driver={{{_driver()}}};Database={typed_sage}"}
    find_driver(place.config().source)
    place.document["source"]["connection_string"] = "DBQ=x;driver={Timberline Data};UID=x"
    with pytest.raises(BadConfig, match=f"RS-179.*Timberline Data.*{bits()}-bit.*{_driver()}"):
        find_driver(place.config().source)
