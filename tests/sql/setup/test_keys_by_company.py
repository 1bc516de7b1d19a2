"""Every primary and unique key begins with the company, so that a database sharded by company could take the schema.

Those whose rows have no company stand in `keys_without_company.txt` (docs/growth.md says why, for each); the list may
only become shorter.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

KNOWN = Path(__file__).parent / "keys_without_company.txt"
QUERY = """
select
    n.nspname || '.' || t.relname || ' ' || string_agg(a.attname, ', ' order by k.place) as held,
    bool_or(a.attname = 'company_id' and k.place = 1) as begins_with_company
from pg_index as x
inner join pg_class as t on x.indrelid = t.oid
inner join pg_namespace as n on t.relnamespace = n.oid
cross join unnest(x.indkey::smallint []) with ordinality as k (attnum, place)
left join pg_attribute as a on t.oid = a.attrelid and k.attnum = a.attnum
where x.indisunique and n.nspname in ('landing', 'core', 'ledger', 'outbox', 'audit', 'recon')
group by x.indexrelid, n.nspname, t.relname
order by 1
"""


def keys(warehouse: Connection) -> tuple[list[str], int]:
    """Give the keys that do not begin with the company, and the number of those that do."""
    rows = warehouse.execute(QUERY.encode()).fetchall()
    without = sorted(row["held"] for row in rows if not row["begins_with_company"])
    return without, len(rows) - len(without)


def test_no_new_key_leaves_the_company_out(warehouse: Connection) -> None:
    without, beginning = keys(warehouse)
    assert without == KNOWN.read_text(encoding="utf-8").splitlines()
    assert beginning > len(without)


def test_a_key_without_company_is_found(warehouse: Connection) -> None:
    before, _ = keys(warehouse)
    warehouse.execute("create table core.made_by_test (company_id text, number bigint primary key)")
    after, _ = keys(warehouse)
    assert set(after) - set(before) == {"core.made_by_test number"}


def test_every_foreign_key_to_a_table_of_companies_carries_the_company(warehouse: Connection) -> None:
    rows = warehouse.execute(
        "select c.conname, a.attname as first_column from pg_constraint as c "
        "inner join pg_attribute as a on a.attrelid = c.conrelid and a.attnum = c.conkey[1] "
        "inner join pg_attribute as f on f.attrelid = c.confrelid and f.attname = 'company_id' "
        "where c.contype = 'f'"
    ).fetchall()
    assert len(rows) > 50
    assert [row["conname"] for row in rows if row["first_column"] != "company_id"] == []
