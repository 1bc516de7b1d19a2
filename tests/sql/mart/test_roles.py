"""What each role of the contract may do, tried as that role; and that what is written once stays, whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from tests.sql.recon.books import Books, a_month

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

APPEND_ONLY = ("ledger.material_event", "ledger.value_entry", "audit.approval", "outbox.state_log")
MAPPING = """
insert into core.mapping_proposal (company_id, material_class, effective_from, cost_code, category, owner)
values ('AW', 'steel', '2024-01-01', '05 05 23', 'M', 'mary')
"""
APPROVAL = """
insert into audit.approval (
    company_id, subject_kind, subject_id, content_hash, prepared_by, decided_by, decision, dag_id, run_id
)
values ('AW', 'k', '1', repeat('0', 64), 'ann', 'bob', 'approved', 'd', 'r')
"""
EVENT = "insert into ledger.event_inbox (company_id, event_id, document) values ('AW', 'E1', '{}')"


@pytest.fixture
def as_role(warehouse: Connection) -> Connection:
    warehouse.autocommit = True
    return warehouse


def become(connection: Connection, role: str) -> None:
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))


def may(connection: Connection, role: str, statement: str) -> bool:
    """Try a statement as a role and undo it."""
    with connection.transaction(force_rollback=True):
        become(connection, role)
        try:
            with connection.transaction():
                connection.execute(statement.encode())
        except psycopg.errors.InsufficientPrivilege:
            return False
    return True


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("select * from mart.job_cost_by_period", {"analyst", "auditor", "finance", "oncall", "pipeline"}),
        ("select * from mart.commitment_position", {"analyst", "auditor", "finance", "oncall", "pipeline"}),
        (
            "select * from mart.commitment_position_at('AW', '2024-01-01')",
            {"analyst", "auditor", "finance", "oncall", "pipeline"},
        ),
        (
            "select * from mart.commitment_lines_at('AW', '2024-01-01', 'PO-1')",
            {"analyst", "auditor", "finance", "oncall", "pipeline"},
        ),
        ("select * from ledger.material_event", {"auditor", "finance", "oncall", "pipeline"}),
        ("select * from core.job", {"auditor", "finance", "oncall", "pipeline"}),
        ("select * from recon.run", {"auditor", "finance", "oncall", "pipeline"}),
        ("select * from ledger.event_inbox", {"auditor", "finance", "oncall", "pipeline"}),
        (EVENT, {"runblu_inbox", "pipeline"}),
        (EVENT.replace("document)", "document, taken_at)").replace("'{}')", "'{}', now())"), {"pipeline"}),
        ("update ledger.event_inbox set taken_at = now()", {"pipeline"}),
        ("delete from ledger.event_inbox", set()),
        (MAPPING, {"finance", "pipeline"}),
        ("update core.mapping set effective_to = '2030-01-01'", {"pipeline"}),
        ("update audit.exception set closed_at = now()", {"oncall", "pipeline"}),
        ("update audit.exception set reason = 'x'", {"pipeline"}),
        (APPROVAL, {"finance", "pipeline"}),
        ("delete from core.job", set()),
        ("create table mart.x (a integer)", set()),
        ("select nextval(pg_get_serial_sequence('audit.chain_head', 'batch'))", {"pipeline"}),
    ],
)
def test_who_may_do_what(as_role: Connection, company: str, statement: str, allowed: set[str]) -> None:
    assert company == "AW"
    roles = ("pipeline", "runblu_inbox", "finance", "oncall", "analyst", "auditor")
    assert {role for role in roles if may(as_role, role, statement)} == allowed


def test_the_auditor_reads_every_table(as_role: Connection) -> None:
    tables = as_role.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_schema in ('landing', 'core', 'ledger', 'outbox', 'audit', 'recon', 'mart')"
    ).fetchall()
    assert len(tables) > 50
    become(as_role, "auditor")
    for table in tables:
        as_role.execute(sql.SQL("select from {} limit 0").format(sql.Identifier(*table.values())))


def test_the_pipeline_writes_every_table_but_the_views(as_role: Connection) -> None:
    rows = as_role.execute(
        "select format('%s.%s', schemaname, tablename) as place from pg_tables "
        "where schemaname in ('landing', 'core', 'ledger', 'outbox', 'audit', 'recon') and not ("
        "has_table_privilege('pipeline', format('%I.%I', schemaname, tablename), 'select') and "
        "has_table_privilege('pipeline', format('%I.%I', schemaname, tablename), 'insert'))"
    ).fetchall()
    assert rows == []


@pytest.mark.parametrize("relation", APPEND_ONLY)
@pytest.mark.parametrize("how", ["update {} set company_id = company_id", "delete from {}", "truncate {} cascade"])
def test_what_is_written_once_stays(as_role: Connection, relation: str, how: str) -> None:
    name = sql.Identifier(*relation.split("."))
    if "company_id" in how and relation == "outbox.state_log":
        how = how.replace("company_id", "state_to")
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="RS-450"):
        as_role.execute(sql.SQL(how).format(name))
    as_role.execute("set session_replication_role = replica")
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="RS-450"):
        as_role.execute(sql.SQL(how).format(name))
    as_role.execute("set session_replication_role = origin")
    become(as_role, "pipeline")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_role.execute(sql.SQL(how).format(name))


def test_a_preparer_cannot_decide_even_by_hand(warehouse: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        warehouse.execute(APPROVAL.replace("bob", "ann").encode())


def test_the_whole_work_is_done_as_the_pipeline(warehouse: Connection, company: str) -> None:
    become(warehouse, "pipeline")
    a_month(Books(warehouse, company))
    shown = warehouse.execute("select count(*) as events from mart.material_event").fetchone()
    assert shown == {"events": 4}
