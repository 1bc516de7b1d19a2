"""The warehouse: Postgres through psycopg 3, statements from files, values bound."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import psycopg
from psycopg import errors
from psycopg.rows import dict_row

from sage_bridge.errors import BadConfig, Transient
from sage_hooks.sql_files import SQL_DIR, statement
from sage_hooks.tls import is_about_tls, libpq_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Connection = psycopg.Connection[dict[str, Any]]

STATISTICS_ROWS = 1_000
SMALL_CHANGE = 100
IDLE_SECONDS = 600
"""How long a worker may hold a transaction without a word: one that froze in it must not hold its locks for ever."""
_AWAY = (psycopg.OperationalError, errors.IdleInTransactionSessionTimeout)
_P = ParamSpec("_P")
_T = TypeVar("_T")


def away_is_transient(work: Callable[_P, _T]) -> Callable[_P, _T]:
    """Have `work` say in one sentence that the database went away: cut off, restarted, full, out of connections.

    Whether its last commit counted is not known then and need not be: `work` reads what is there before it acts.

    Raises:
        Transient: RS-902.
    """

    @wraps(work)
    def wrapped(*arguments: _P.args, **named: _P.kwargs) -> _T:
        try:
            return work(*arguments, **named)
        except _AWAY as error:
            raise Transient(
                "RS-902",
                "warehouse went away in the middle of a step",
                record=work.__name__,
                found=" ".join(str(error).split()),
                do="wait for the next try; each step is there whole or not at all",
            ) from error

    return wrapped


def connect(dsn: str = "", **parameters: object) -> Connection:
    """Open a connection whose rows are mappings; only `with connection.transaction()` or commit commits."""
    return psycopg.connect(dsn, row_factory=dict_row, **parameters)  # type: ignore[arg-type]


def idle_limit(seconds: int) -> str:
    """Give the connection option that ends a session which is silent in a transaction for so long."""
    return f"-c idle_in_transaction_session_timeout={seconds}s"


def warehouse(conn_id: str = "warehouse") -> Connection:
    """Open the Airflow connection `conn_id` (type postgres); used inside tasks.

    Its extra may say `sslmode`, `sslrootcert`, `sslcert` and `sslkey` as libpq reads them.

    Raises:
        BadConfig: RS-197 TLS is asked for, and the server has none or is not the one its certificate must name.
    """
    place = warehouse_place(conn_id)
    words = {name: str(value) for name, value in place.items() if name.startswith("ssl")}
    try:
        return connect(**place)
    except psycopg.OperationalError as error:
        if not is_about_tls(words, str(error)):
            raise
        raise BadConfig(
            "RS-197",
            "the warehouse does not prove who it is",
            record=f"{place['host']}:{place['port']}",
            expected=", ".join(f"{name}={value}" for name, value in words.items()),
            found=" ".join(str(error).split()),
            do="find out whether the server was changed or somebody stands between; only then correct the extra",
        ) from error


def warehouse_place(conn_id: str = "warehouse") -> dict[str, Any]:
    """Give what libpq needs to reach the Airflow connection `conn_id`."""
    from airflow.sdk import BaseHook

    found = BaseHook.get_connection(conn_id)
    return {
        "host": found.host,
        "port": found.port,
        "user": found.login,
        "password": found.password,
        "dbname": found.schema,
        "application_name": "sage-bridge",
        "options": idle_limit(IDLE_SECONDS),
        **libpq_words(found.extra_dejson),
    }


def run_file(connection: Connection, name: str, parameters: Mapping[str, object] | None = None) -> int:
    """Run `include/sql/<name>.sql`; gives the number of rows it touched (0 for statements that report none)."""
    return max(connection.execute(statement(name).encode(), parameters or {}).rowcount, 0)


def fetch_file(
    connection: Connection, name: str, parameters: Mapping[str, object] | None = None
) -> list[dict[str, Any]]:
    """Run `include/sql/<name>.sql` and give its rows.

    For counts and small lists, never for rows that grow with volume.
    """
    return connection.execute(statement(name).encode(), parameters or {}).fetchall()


def refresh_statistics(connection: Connection, changed_rows: int, *tables: str) -> None:
    """Let the planner see tables that just grew: without it the next set-wise statement may loop over them row by row.

    Autovacuum would do the same, but only after a minute; small changes are left to it, unless the table was small too
    (168 categories it knew nothing of made 16,000 events take 17 s instead of 0.4 s).
    """
    if changed_rows < SMALL_CHANGE:
        return
    known = {"tables": list(tables), "changed_rows": changed_rows, "many_rows": STATISTICS_ROWS}
    for row in fetch_file(connection, "audit/select_stale_statistics", known):
        connection.execute(f"analyze {row['relation']}".encode())


def refresh_grown_statistics(connection: Connection, *tables: str) -> None:
    """Let the planner see which tables grew since it looked, where the caller cannot say how many rows changed."""
    for row in fetch_file(connection, "audit/select_grown_tables", {"tables": list(tables)}):
        connection.execute(f"analyze {row['relation']}".encode())


def migrate(connection: Connection) -> list[str]:
    """Apply the migrations not yet applied, in name order, one transaction each; gives the names applied now."""
    applied_now = []
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext('sage-bridge migrations'))")
        connection.execute(
            "create table if not exists public.schema_migration "
            "(name text primary key, applied_at timestamptz not null default now())"
        )
    done = {row["name"] for row in connection.execute("select name from public.schema_migration").fetchall()}
    connection.commit()
    for path in sorted((SQL_DIR / "migrations").glob("*.sql")):
        if path.stem in done:
            continue
        with connection.transaction():
            connection.execute(path.read_bytes())
            connection.execute("insert into public.schema_migration (name) values (%s)", (path.stem,))
        applied_now.append(path.stem)
    return applied_now
