"""TLS to the warehouse and to the hosted service: only who proves to be the one that was agreed hears a secret.

The embedded Postgres is built without TLS, so a front stands before it that answers as Postgres with TLS does; libpq
and asyncpg, their handshake and all their checks are the real ones.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sage_bridge.errors import BadConfig
from tests.hooks.tls_place import Authority, front, service

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from sage_hooks.triggers import InboxTrigger

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("tls"), "ours")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("tls"), "other")


def bad(name: str, ours: Authority, other: Authority) -> ssl.SSLContext | None:
    """Give the terms of a server that is not the one agreed, by what is wrong with it."""
    return {
        "plain": lambda: None,
        "another authority": lambda: other.server("127.0.0.1"),
        "another name": lambda: ours.server("db.example.com"),
        "expired": lambda: ours.server("127.0.0.1", -1),
    }[name]()


def connection_to(monkeypatch: pytest.MonkeyPatch, dsn: str, port: int, **extra: str) -> None:
    known = psycopg.conninfo.conninfo_to_dict(dsn)
    connection = {"conn_type": "postgres", "host": "127.0.0.1", "port": port, "schema": known["dbname"], "extra": extra}
    monkeypatch.setenv(
        "AIRFLOW_CONN_WAREHOUSE", json.dumps(connection | {"login": known["user"], "password": known["password"]})
    )


async def first_of(trigger: InboxTrigger) -> int:
    """Give the first thing a trigger notices, and close its connection."""
    async with aclosing(trigger._listen()) as listening:
        return await anext(listening)


def port_of(dsn: str) -> int:
    return int(psycopg.conninfo.conninfo_to_dict(dsn)["port"] or 0)


def test_the_warehouse_is_known_by_its_certificate(
    warehouse_dsn: str, ours: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sage_hooks.triggers import InboxTrigger
    from sage_hooks.warehouse import warehouse

    with front(ours.server("127.0.0.1"), port_of(warehouse_dsn)) as port:
        connection_to(monkeypatch, warehouse_dsn, port, sslmode="verify-full", sslrootcert=str(ours.file))
        with warehouse() as connection:
            assert connection.pgconn.ssl_in_use
            assert connection.execute("select 1 as one").fetchone() == {"one": 1}
            connection.execute(
                "insert into ledger.event_inbox (company_id, event_id, document) values ('AW', 'a', '{}')"
            )
        # The driver of the triggerer is another one, with other words for the same.
        assert asyncio.run(first_of(InboxTrigger())) > 0


@pytest.mark.parametrize("wrong", ["plain", "another authority", "another name", "expired"])
def test_another_warehouse_is_refused_in_a_sentence(
    warehouse_dsn: str, ours: Authority, other: Authority, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    from sage_hooks.triggers import InboxTrigger
    from sage_hooks.warehouse import warehouse

    with front(bad(wrong, ours, other), port_of(warehouse_dsn)) as port:
        connection_to(monkeypatch, warehouse_dsn, port, sslmode="verify-full", sslrootcert=str(ours.file))
        with pytest.raises(BadConfig, match=f"RS-197 .*127.0.0.1:{port}.*sslmode=verify-full.*next step: find out"):
            warehouse()
        with pytest.raises(OSError, match=r"certificate|SSL"):
            asyncio.run(first_of(InboxTrigger()))


def test_a_warehouse_that_is_away_is_not_taken_for_another(warehouse_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from sage_hooks.warehouse import warehouse

    connection_to(monkeypatch, warehouse_dsn, 1, sslmode="verify-full", sslrootcert="system")
    with pytest.raises(psycopg.OperationalError, match="refused"):
        warehouse()


def api(monkeypatch: pytest.MonkeyPatch, port: int, host: str = "127.0.0.1", **extra: str) -> Any:
    from sage_hooks.hosted_connection import SageApiHook

    words = {"conn_type": "sage_api", "host": host, "port": port, "login": "bridge", "password": "word", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SAGE_API", json.dumps(words))
    return SageApiHook()


def test_the_hosted_service_is_known_by_the_pinned_authority(ours: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    with service(ours.server("127.0.0.1")) as (port, asked):
        hook = api(monkeypatch, port, ca_file=str(ours.file))
        assert hook.test_connection() == (True, "logged in; 0 accounts are shown")
    assert len(asked) == 2


@pytest.mark.parametrize("wrong", ["another authority", "another name", "expired", "the usual ones"])
def test_another_service_hears_no_secret(
    ours: Authority, other: Authority, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    # Without a pinned authority the usual ones count, and ours is none of them: the check is on by itself.
    is_usual = wrong == "the usual ones"
    terms = ours.server("127.0.0.1") if is_usual else bad(wrong, ours, other)
    assert terms is not None
    with service(terms) as (port, asked):
        hook = api(monkeypatch, port, **({} if is_usual else {"ca_file": str(ours.file)}))
        is_good, said = hook.test_connection()
    assert not is_good
    assert said.startswith(f"RS-120 the hosted service does not prove who it is; record: https://127.0.0.1:{port}")
    assert asked == []


@pytest.mark.parametrize("host", ["company.example.com", "10.0.0.7", "127.0.0.1.example.com"])
def test_without_tls_only_this_machine_is_called(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    is_good, said = api(monkeypatch, 80, host, scheme="http").test_connection()
    assert not is_good
    assert said.startswith(f"RS-199 the hosted service would be called without TLS; record: http://{host}")
    api(monkeypatch, 80, "localhost", scheme="http").get_conn()


def test_an_authority_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate", encoding="ascii")
    is_good, said = api(monkeypatch, 443, ca_file=str(tmp_path / "ca.pem")).test_connection()
    assert not is_good
    assert said.startswith(f"RS-198 the certificate of an authority cannot be read; record: {tmp_path / 'ca.pem'}")
