"""Open connections that the pages keep between answers.

A new connection reads the catalogue of every view anew: the first look at a commitment took 330 ms on one, 70 on one
that had answered before. Tasks do not come here: each opens its own and ends.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from sage_hooks.warehouse import warehouse, warehouse_place

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 8
SECONDS_TO_WAIT = 3
IDLE_SECONDS = 300


@contextmanager
def kept_warehouse(conn_id: str = "warehouse") -> Iterator[Connection[dict[str, Any]]]:
    """Lend an open connection to the Airflow connection `conn_id`; what is asked in it is one transaction.

    One that broke meanwhile is replaced. Where none can be had in `SECONDS_TO_WAIT` it is tried once without the pool,
    which gives either a connection or the sentence that says why not.

    Raises:
        BadConfig: RS-197 as `warehouse`.
        psycopg.Error: the warehouse is away.
    """
    pool = _pool(tuple(sorted(warehouse_place(conn_id).items())))
    try:
        connection = pool.getconn()
    except PoolTimeout:
        with warehouse(conn_id) as alone:
            yield alone
        return
    try:
        # Commits, or rolls back, and leaves it open: it belongs to the pool.
        with connection:
            yield connection
    finally:
        pool.putconn(connection)


@lru_cache(maxsize=1)
def _pool(place: tuple[tuple[str, Any], ...]) -> ConnectionPool[Connection[dict[str, Any]]]:
    """Give the pool of a place; another password or host makes another pool, and the old one ends."""
    return ConnectionPool(
        # No prepared statements: a plan for any commitment is a bad plan for each.
        kwargs={**dict(place), "row_factory": dict_row, "prepare_threshold": None},
        connection_class=Connection[dict[str, Any]],
        check=ConnectionPool.check_connection,
        min_size=0,
        max_size=MOST,
        timeout=SECONDS_TO_WAIT,
        max_idle=IDLE_SECONDS,
        num_workers=1,
        open=True,
    )
