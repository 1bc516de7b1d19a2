"""Connections that pages keep between answers: used again, replaced when broken, never those of another place."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from sage_pages import store
from tests.pages.test_guard import connection_of

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = [pytest.mark.usefixtures("company"), pytest.mark.airflow]


@pytest.fixture(autouse=True)
def place(warehouse: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", connection_of(warehouse))


def asked() -> int:
    """Ask as a page does; gives the session that answered."""
    with store.reading() as connection:
        assert connection.execute("select company_id from core.company").fetchall() == [{"company_id": "AW"}]
        return connection.info.backend_pid


def test_answers_come_over_the_same_connection_which_holds_nothing_between_them(warehouse: Connection) -> None:
    first = asked()
    assert asked() == first
    (kept,) = warehouse.execute("select state from pg_stat_activity where pid = %s", [first]).fetchall()
    assert kept["state"] == "idle"


def test_a_page_that_fails_leaves_no_half_transaction_behind() -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), store.reading() as connection:
        connection.execute("delete from core.company")
    asked()


def test_a_session_ended_by_the_server_is_replaced(warehouse: Connection) -> None:
    ended = asked()
    warehouse.execute("select pg_terminate_backend(%s, 5000)", [ended])
    warehouse.commit()
    assert asked() != ended


def test_another_password_makes_other_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    before = asked()
    entry = json.loads(os.environ["AIRFLOW_CONN_WAREHOUSE"])
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps({**entry, "extra": {"sslmode": "allow"}}))
    assert asked() != before


def test_a_warehouse_that_is_away_is_said_soon_and_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = json.loads(os.environ["AIRFLOW_CONN_WAREHOUSE"])
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps({**entry, "port": 1}))
    begun = time.monotonic()
    with pytest.raises(psycopg.OperationalError, match="Connection refused"):
        asked()
    assert time.monotonic() - begun < 2
