"""Open connections that the pages keep between answers.

A new connection reads the catalogue of every view anew: the first look at a commitment took 330 ms on one, 70 on one
that had answered before. Tasks do not come here: each opens its own and ends.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, cast

import psycopg
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.pool import QueuePool

from sage_hooks.warehouse import warehouse, warehouse_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine.interfaces import DBAPIConnection

    from sage_hooks.warehouse import Connection

KEPT = 8
SECONDS_KEPT = 3600
_lock = Lock()
_pools: dict[str, tuple[dict[str, object], QueuePool]] = {}


@contextmanager
def kept_warehouse(conn_id: str = "warehouse") -> Iterator[Connection]:
    """Lend an open connection to the Airflow connection `conn_id`; what is asked in it is one transaction.

    One that broke meanwhile is replaced; where none is free another one is opened, so what is wrong is said at once.

    Raises:
        BadConfig: RS-197 as `warehouse`.
        psycopg.Error: the warehouse is away.
    """
    lent = _pool(conn_id).connect()
    try:
        connection = cast("Connection", lent.dbapi_connection)
        yield connection
        connection.commit()
    finally:
        # Rolls back what was not committed.
        lent.close()


def _pool(conn_id: str) -> QueuePool:
    """Give the pool of a connection; another password or host makes another pool, and the old one is emptied."""
    place = warehouse_place(conn_id)
    with _lock:
        known, pool = _pools.get(conn_id, ({}, None))
        if pool is None or known != place:
            if pool is not None:
                pool.dispose()
            pool = QueuePool(
                # Typed for drivers that say less of their connections than psycopg.
                lambda: cast("DBAPIConnection", _opened(conn_id)),
                pool_size=KEPT,
                max_overflow=-1,
                recycle=SECONDS_KEPT,
                pre_ping=True,
                dialect=PGDialect_psycopg(dbapi=psycopg),  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types
            )
            _pools[conn_id] = place, pool
        return pool


def _opened(conn_id: str) -> Connection:
    connection = warehouse(conn_id)
    # A plan that is kept for any commitment is a bad plan for each.
    connection.prepare_threshold = None
    return connection
