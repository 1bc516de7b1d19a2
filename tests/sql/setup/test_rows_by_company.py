"""Row-level security: each role in two companies' shoes sees and writes rows of its own company alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from ops.companies import default_profile, store_profile
from sage_bridge.errors import BadConfig
from tests.sql.recon.books import Books, a_month

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

OURS, THEIRS = "AW", "BW"
READERS = ("finance", "oncall", "analyst", "auditor")
SCHEMAS = ("landing", "core", "ledger", "outbox", "audit", "recon", "mart")
PROPOSAL = """
insert into core.mapping_proposal (company_id, material_class, effective_from, cost_code, category, owner)
values (%s, 'steel', '2024-01-01', '05 05 23', 'M', 'mary')
"""
EVENT = "insert into ledger.event_inbox (company_id, event_id, document) values (%s, 'E-9', '{}')"
EXCEPTION = """
insert into audit.exception (company_id, record_kind, record_key, rule, reason, remedy, owner)
values (%s, 'row', 'k', 'r', 'reason', 'remedy', 'oncall')
"""
FUNCTIONS = (
    "select * from mart.commitment_position_at(%s, '2099-01-01')",
    "select * from mart.waste_at(%s, '2099-01-01')",
    "select * from mart.explain_mapping(%s, 'steel', '22-101', '2024-06-01')",
    "select * from mart.explain_event_codes(%s, (select min(event_id) from ledger_event))",
)


def person(role: str, company: str) -> str:
    return f"{role}_of_{company.lower()}"


@pytest.fixture
def houses(warehouse: Connection) -> Connection:
    """Two companies with a month each; every role exists once for either, as a member of the role of the contract."""
    for company in (OURS, THEIRS):
        people = tuple(person(role, company) for role in (*READERS, "runblu_inbox"))
        for name in people:
            warehouse.execute(sql.SQL("create role {} in role {}").format(*map(sql.Identifier, (name, name[:-6]))))
        store_profile(warehouse, replace(default_profile(company), access=people))
        a_month(Books(warehouse, company))
        warehouse.execute(PROPOSAL.encode(), (company,))
        warehouse.execute(EXCEPTION.encode(), (company,))
    return warehouse


def become(connection: Connection, role: str) -> None:
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))


def relations(connection: Connection, role: str) -> list[tuple[str, str]]:
    """Every relation with a company that a role can name and read."""
    rows = connection.execute(
        "select table_schema, table_name from information_schema.columns "
        "where column_name = 'company_id' and table_schema = any(%s) "
        "and has_schema_privilege(%s, table_schema, 'usage') "
        "and has_table_privilege(%s, format('%%I.%%I', table_schema, table_name), 'select')",
        (list(SCHEMAS), role, role),
    ).fetchall()
    return [(row["table_schema"], row["table_name"]) for row in rows]


def companies_in(connection: Connection, relation: tuple[str, str]) -> set[str]:
    rows = connection.execute(sql.SQL("select distinct company_id from {}").format(sql.Identifier(*relation)))
    return {row["company_id"] for row in rows.fetchall()} - {""}


def test_every_role_sees_its_own_company_in_every_relation(houses: Connection) -> None:
    become(houses, "pipeline")
    whole = {relation: companies_in(houses, relation) for relation in relations(houses, "pipeline")}
    assert sum(companies == {OURS, THEIRS} for companies in whole.values()) > 40
    for role in READERS:
        for company in (OURS, THEIRS):
            houses.execute("reset role")
            become(houses, person(role, company))
            found = relations(houses, person(role, company))
            assert len(found) > (15 if role == "analyst" else 60)
            assert {relation: companies_in(houses, relation) for relation in found} == {
                relation: whole[relation] & {company} for relation in found
            }


@pytest.mark.parametrize("statement", FUNCTIONS)
def test_functions_answer_for_ones_own_company(houses: Connection, statement: str) -> None:
    houses.execute("create temporary table ledger_event as select event_id from ledger.material_event")
    houses.execute("grant select on ledger_event to public")
    become(houses, person("analyst", OURS))

    def rows(company: str) -> list[dict[str, Any]]:
        return houses.execute(statement.encode(), (company,)).fetchall()

    assert rows(THEIRS) == []
    if "waste" not in statement and "explain_mapping" not in statement:
        assert rows(OURS) != []


def test_nobody_writes_into_another_company(houses: Connection) -> None:
    become(houses, person("finance", OURS))
    houses.execute(PROPOSAL.encode(), (OURS,))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="RS-634"), houses.transaction():
        houses.execute(PROPOSAL.encode(), (THEIRS,))
    flows = "update core.data_flow set rhythm = 'hourly' where company_id = %s"
    assert houses.execute(flows, (OURS,)).rowcount > 0
    assert houses.execute(flows, (THEIRS,)).rowcount == 0

    houses.execute("reset role")
    become(houses, person("oncall", OURS))
    closing = "update audit.exception set closed_at = now() where company_id = %s"
    assert houses.execute(closing, (OURS,)).rowcount > 0
    assert houses.execute(closing, (THEIRS,)).rowcount == 0

    houses.execute("reset role")
    become(houses, person("runblu_inbox", OURS))
    houses.execute(EVENT.encode(), (OURS,))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"), houses.transaction():
        houses.execute(EVENT.encode(), (THEIRS,))


def test_a_proposal_of_another_company_is_not_decided(houses: Connection) -> None:
    by_mary = PROPOSAL.replace("owner)", "owner, proposed_by)").replace(
        "'mary')", "'mary', 'mary') returning proposal_no"
    )
    (theirs,) = houses.execute(by_mary.encode(), (THEIRS,)).fetchall()
    become(houses, person("finance", OURS))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"RS-634 .*company BW, login finance_of_aw"):
        houses.execute("select core.decide_mapping(%s, 'approved', 'why')", (theirs["proposal_no"],))


def test_the_owner_of_the_tables_is_held_to_the_policies_too(houses: Connection) -> None:
    open_tables = houses.execute(
        "select c.oid::regclass::text as name from pg_class as c where c.relkind in ('r', 'p') "
        "and c.relnamespace = any(%s::regnamespace[]) and not (c.relrowsecurity and c.relforcerowsecurity)",
        ([schema for schema in SCHEMAS if schema != "mart"],),
    ).fetchall()
    # Names of units, sums of valuations over all companies, and words.
    assert {row["name"] for row in open_tables} == {"core.unit", "ledger.valuation", "ledger.waiting_rule"}
    views = houses.execute(
        "select c.oid::regclass::text as name from pg_class as c where c.relkind = 'v' "
        "and c.relnamespace = any(%s::regnamespace[]) "
        "and not 'security_invoker=true' = any(coalesce(c.reloptions, '{}'))",
        (list(SCHEMAS),),
    ).fetchall()
    assert views == []


def test_a_profile_that_names_an_unknown_role_is_refused(warehouse: Connection) -> None:
    profile = replace(default_profile(OURS), access=("finance", "nobody_here"))
    with pytest.raises(BadConfig, match=r"RS-137 .*profile of AW, key access.*found: nobody_here"):
        store_profile(warehouse, profile)


def test_a_company_without_access_is_seen_by_the_bridge_alone(warehouse: Connection) -> None:
    store_profile(warehouse, replace(default_profile(OURS), access=()))
    for role, seen in (("pipeline", 1), ("auditor", 0), ("finance", 0)):
        become(warehouse, role)
        assert len(warehouse.execute("select * from core.company").fetchall()) == seen
        warehouse.execute("reset role")
