"""Role x relation, all cells: what every login role may do with every table and view of the warehouse.

`privileges.txt` holds what is agreed; a new relation is red until somebody has decided who may do what with it. That
the roles cannot do more is tried in `test_roles.py`, that each sees its companies only in `test_rows_by_company.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ops.databases import LOGINS

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

AGREED = Path(__file__).parent / "privileges.txt"
FINANCES_OWN_LIST = "core.receipt_tolerance"
# Every right that the catalogue knows, of a whole relation (capital letter) and of single columns of it.
QUERY = """
select
    n.nspname || '.' || c.relname as relation,
    r.role_name,
    string_agg(
        case when has_table_privilege(r.role_name, c.oid, p.privilege) then p.letter else lower(p.letter) end,
        '' order by p.place
    ) as held
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
cross join unnest(%s::text[]) with ordinality as r (role_name, place)
inner join (
    values (1, 'select', 'S'), (2, 'insert', 'I'), (3, 'update', 'U'), (4, 'delete', 'D'), (5, 'truncate', 'T'),
    (6, 'references', 'R'), (7, 'trigger', 'G')
) as p (place, privilege, letter)
    on
        has_table_privilege(r.role_name, c.oid, p.privilege)
        or (p.place in (1, 2, 3, 6) and has_any_column_privilege(r.role_name, c.oid, p.privilege))
where
    -- A view may let a login read through it what lies in a schema that the login cannot enter.
    has_schema_privilege(r.role_name, n.oid, 'usage')
    and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
group by 1, 2, r.place
order by 1, r.place
"""


def lines(warehouse: Connection) -> list[str]:
    found: dict[str, list[str]] = {}
    for row in warehouse.execute(QUERY.encode(), [list(LOGINS)]).fetchall():
        found.setdefault(row["relation"], []).append(f"{row['role_name']} {row['held']}")
    return [f"{relation}: {', '.join(held)}" for relation, held in found.items()]


def test_every_cell_is_as_agreed(warehouse: Connection) -> None:
    # To agree on a change: write the list that this compares, and read every line of the difference.
    assert lines(warehouse) == AGREED.read_text(encoding="utf-8").splitlines()


def test_the_laws_of_the_matrix(warehouse: Connection) -> None:
    broken = []
    for line in lines(warehouse):
        relation, held = line.split(": ")
        for one in held.split(", "):
            role, rights = one.split(" ")
            if role == "auditor" and set(rights) - {"S"}:
                broken.append(f"an auditor changes: {line}")
            if role == "analyst" and (set(rights) - {"S"} or not relation.startswith("mart.")):
                broken.append(f"an analyst beyond the marts: {line}")
            if role == "runblu_inbox" and (relation, rights) != ("ledger.event_inbox", "i"):
                broken.append(f"RunBlu beyond its inbox: {line}")
            if role != "pipeline" and set(rights) & set("DTRG") and relation != FINANCES_OWN_LIST:
                broken.append(f"a person deletes: {line}")
    assert broken == []


# The pipeline serves every company.
def test_no_login_owns_or_bypasses_anything(warehouse: Connection) -> None:
    wrong = warehouse.execute(
        """
        select r.rolname
        from pg_roles as r
        where
            r.rolname = any(%s)
            and (
                r.rolsuper or (r.rolbypassrls and r.rolname <> 'pipeline') or r.rolcreaterole or r.rolcreatedb
                or r.rolreplication
                or exists (select 1 from pg_class as c where c.relowner = r.oid)
            )
        """,
        [list(LOGINS)],
    )
    assert wrong.fetchall() == []
