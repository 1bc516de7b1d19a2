"""Sage's tables are read by name, quoted, in key order, as of one moment, and never written."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from agent.source import Plan, Source, open_source
from sage_bridge.errors import BadConfig, RefusedLine, Transient
from sage_bridge.feeds import FEEDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.agent.exchange_place import Place, SageFile


@pytest.fixture
def source(place: Place) -> Iterator[Source]:
    source = open_source(place.config().source)
    yield source
    source.close()


def rows(source: Source, flow: str) -> list[list[str]]:
    return [row for chunk in source.read(flow).chunks for row in chunk]


@pytest.mark.parametrize("flow", FEEDS)
def test_every_feed_can_be_read(source: Source, flow: str) -> None:
    source.probe(flow)
    assert rows(source, flow) == []


def test_rows_come_in_key_order_with_all_columns(source: Source, sage: SageFile) -> None:
    for job, extra in (("2", ""), ("1", "B"), ("1", "A")):
        sage.insert("EXTRA", Job=f" {job}", Extra=extra, Description="d", Status="In progress")
    assert rows(source, "EXTRA") == [
        ["1", "A", "d", "In progress"], ["1", "B", "d", "In progress"], ["2", "", "d", "In progress"]
    ]  # fmt: skip


def test_the_query_names_and_quotes_everything(place: Place) -> None:
    plan = Plan.of("COMCO", place.config().source)
    assert plan.statement(ordered=True) == (
        'select "Commitment", "Commitment_CO", "Description", "Date", "Status", "Date_Stamp", "Time_Stamp"'
        ' from "JCM_MASTER__COMMITMENT_CO" order by "Commitment", "Commitment_CO"'
    )


def test_a_missing_table_says_what_to_do(source: Source, sage: SageFile) -> None:
    with sage.open() as connection:
        connection.execute('drop table "STANDARD_ITEM"')
    with pytest.raises(BadConfig) as refused:
        rows(source, "ITEM")
    assert str(refused.value) == (
        "RS-163 flow ITEM cannot be read; record: STANDARD_ITEM; expected: table and columns; found: no such table:"
        " STANDARD_ITEM; next step: name the table or column in source.tables or source.columns, or put the flow into"
        " source.flows_off; wrong connection parameters and a missing ODBC read permission look exactly like this, so"
        " check StandardMode=1 and the task permission"
    )


def test_a_missing_column_is_not_taken_for_a_text(source: Source, sage: SageFile) -> None:
    sage.insert("JOB", Job="1001")
    with sage.open() as connection:
        connection.execute('alter table "JCM_MASTER__JOB" drop column "Cost_Account_Prefix"')
    with pytest.raises(BadConfig, match=r"RS-163 .* no column Cost_Account_Prefix"):
        rows(source, "JOB")


def test_names_can_be_given_per_customer(place: Place, sage: SageFile) -> None:
    with sage.open() as connection:
        connection.execute('alter table "JCM_MASTER__COMMITMENT_ITEM" rename to "JCM_MASTER__COMMITMENT_LINE"')
        connection.execute('alter table "JCT_CURRENT__TRANSACTION" drop column "Row_ID"')
        connection.execute('alter table "JCT_CURRENT__TRANSACTION" drop column "Row_Version"')
    sage.insert("JCT", Run=12, Sequence=7, Job="1001", Amount="10.00")
    config = place.config(
        source__tables={"COMITEM": "JCM_MASTER__COMMITMENT_LINE"},
        source__columns={"JCT": {"Row_ID": ["Run", "Sequence"], "Row_Version": []}},
    )
    source = open_source(config.source)
    source.probe("COMITEM")
    [row] = rows(source, "JCT")
    assert row[:3] == ["12-7", "12", "7"]
    assert row[-1] == ""
    source.close()


def test_a_value_that_cannot_be_read_names_row_and_column(source: Source, sage: SageFile) -> None:
    sage.insert("COMITEM", Commitment="PO-1", Item=1, Amount="10.00")
    sage.insert("COMITEM", Commitment="PO-1", Item=2, Amount="ten")
    with pytest.raises(RefusedLine) as refused:
        rows(source, "COMITEM")
    assert str(refused.value) == (
        "RS-360 column Amount cannot be read: no number; record: JCM_MASTER__COMMITMENT_ITEM PO-1/2; expected: amount;"
        " found: 'ten'; next step: correct the record in Sage, or name another column in source.columns"
    )


def test_a_snapshot_does_not_move(source: Source, sage: SageFile) -> None:
    sage.insert("JOB", Job="1")
    with source.snapshot():
        assert len(rows(source, "JOB")) == 1
        sage.insert("JOB", Job="2")
        assert len(rows(source, "JOB")) == 1
    assert len(rows(source, "JOB")) == 2


def test_the_mark_moves_with_every_change(source: Source, sage: SageFile) -> None:
    before = source.mark()
    assert source.mark() == before
    sage.insert("JOB", Job="1")
    assert source.mark() != before


def test_nothing_can_be_written(source: Source) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        source._open().execute('delete from "JCM_MASTER__JOB"')


def test_a_source_that_is_away_can_come_back(place: Place, sage: SageFile) -> None:
    away = sage.path.rename(sage.path.with_suffix(".away"))
    source = open_source(place.config().source)
    with pytest.raises(Transient, match="RS-961 the Sage data source does not answer"):
        rows(source, "JOB")
    away.rename(sage.path)
    assert rows(source, "JOB") == []
    source.close()


def test_odbc_without_its_package_says_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyodbc", None)
    source = open_source(place.config(source={"kind": "odbc", "connection_string": "Driver=none"}).source)
    with pytest.raises(BadConfig, match=r"RS-164 source.kind odbc needs the package pyodbc"):
        source.probe("JOB")
