"""Every table, view and column of the warehouse says what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection


def test_nothing_is_without_a_comment(warehouse: Connection) -> None:
    rows = warehouse.execute(
        "select format('%s.%s.%s', n.nspname, c.relname, a.attname) as place "
        "from pg_class as c "
        "inner join pg_namespace as n on n.oid = c.relnamespace "
        "inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
        "where c.relkind in ('r', 'p', 'v') "
        "and n.nspname in ('mart', 'core', 'ledger', 'outbox', 'recon', 'audit', 'landing') "
        "and (col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null)"
    ).fetchall()

    assert [row["place"] for row in rows] == []
