"""The marts that lead from an event to Sage, and those over exceptions, files and the chain."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from sage_bridge.identity import batch_id
from tests.sql.recon.books import Books, a_month

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.usefixtures("company")


@pytest.fixture
def books(warehouse: Connection, company: str) -> Books:
    return Books(warehouse, company)


def rows(books: Books, query: str) -> list[dict[str, Any]]:
    return books.connection.execute(query.encode()).fetchall()


def test_an_event_leads_to_its_row_in_sage(books: Books) -> None:
    a_month(books)
    found = rows(books, "select * from mart.material_event where event_id = 'I1'")[0]
    assert (found["tag_status"], found["tag_source"], found["cost_code"]) == ("tagged", "event", "05 05 23")
    assert (found["units"], found["amount"]) == (Decimal("40.0000"), Decimal("400.00"))
    assert (found["posting_reference"], found["posting_state"]) == ("X000000001", "posted")
    sage = rows(books, "select row_id, ref_1 from core.job_cost_transaction")
    assert {"row_id": found["sage_transaction_id"], "ref_1": "X000000001"} in sage


def test_a_rejection_has_negative_units_and_a_waiting_event_none(books: Books) -> None:
    a_month(books)
    books.happen("installed", "I9", "2024-11-07", "999", "PO-1", receipt_event_id="R1")
    books.value()
    found = {row["event_id"]: row for row in rows(books, "select * from mart.material_event")}
    assert (found["J1"]["units"], found["J1"]["amount"]) == (Decimal("-5.0000"), Decimal("-50.00"))
    assert (found["I9"]["units"], found["I9"]["amount"], found["I9"]["tag_status"]) == (None, None, "waiting")
    assert found["I9"]["units_recorded"] == Decimal("999.0000")


def test_an_event_with_a_correction_shows_the_posting_that_is_least_far(books: Books) -> None:
    a_month(books)
    books.happen("uninstalled", "U1", "2024-11-08", "4", "PO-1", receipt_event_id="I1")
    books.value()
    entries = rows(books, "select entry_id, event_id, amount from ledger.value_entry where entry_date = '2024-11-08'")
    assert entries
    posting_id, reference = books.posting("consumption", "2024-11-08", "-40.00", "PO-1")
    for entry in entries:
        books.connection.execute(
            "insert into outbox.posting_entry (company_id, entry_id, posting_id) values ('AW', %s, %s)",
            (entry["entry_id"], posting_id),
        )
    shown = {row["event_id"]: row for row in rows(books, "select * from mart.material_event")}
    assert shown[entries[0]["event_id"]]["posting_reference"] == reference
    assert shown["I1"]["posting_state"] in {"posted", "eligible"}
    shares = rows(books, "select sum(amount) as amount from mart.event_posting")
    assert shares[0]["amount"] == Decimal("360.00")


def test_a_posting_shows_its_last_file(books: Books) -> None:
    a_month(books)
    books.connection.execute(
        "insert into outbox.batch (company_id, flow, environment, seq, file_name, content, manifest, sha256, "
        "row_count, amount_debit, amount_credit, state) "
        "values ('AW', 'DC', 'PROD', 7, 'DC_AW_PROD_00000007_v1.csv', 'abc', '', 's', 1, 400, 0, 'accepted')"
    )
    books.connection.execute(
        "insert into outbox.batch_line (batch_id, line_number, company_id, reference, posting_id, version_no, amount, "
        "result) select b.batch_id, 1, 'AW', p.posting_reference, p.posting_id, 1, p.amount, 'ACCEPTED' "
        "from outbox.batch as b cross join outbox.cost_posting as p where p.posting_reference = 'X000000001'"
    )
    found = {row["posting_reference"]: row for row in rows(books, "select * from mart.cost_posting")}
    assert (found["X000000001"]["batch"], found["X000000001"]["line_number"]) == (batch_id("RB", "DC", 7), 1)
    assert found["X000000002"]["batch"] is None
    transfer = rows(books, "select * from mart.transfer where flow = 'DC'")[0]
    assert (transfer["direction"], transfer["rows"], transfer["rows_landed"], transfer["bytes"]) == ("out", 1, 1, 3)


def test_open_exceptions_only(books: Books) -> None:
    books.connection.execute(
        "insert into audit.exception (company_id, record_kind, record_key, rule, reason, remedy, owner, opened_at, "
        "closed_at) values ('AW', 'JOB', 'a', 'r', 'why', 'cure', 'mary', now() - interval '3 days', null), "
        "('AW', 'JOB', 'b', 'r', 'why', 'cure', 'mary', now(), now())"
    )
    found = rows(books, "select record_key, age_days, owner from mart.open_exception")
    assert [tuple(row.values()) for row in found] == [("a", 3, "mary")]


def test_a_file_that_came_twice_stands_once_as_it_landed(books: Books) -> None:
    for state, sha in (("quarantined", "other"), ("landed", "good")):
        books.connection.execute(
            "insert into audit.transfer (company_id, flow, direction, environment, seq, rev, file_name, state, sha256, "
            "validation) values ('AW', 'JOB', 'in', 'PROD', 1, 1, 'JOB_AW_PROD_00000001_v1.csv', %s, %s, "
            """'{"success": true}')""",
            (state, sha),
        )
    found = rows(books, "select state, sha256, validation from mart.transfer")
    assert [tuple(row.values()) for row in found] == [("landed", "good", "success")]


def test_the_chain_is_shown_in_hexadecimal(books: Books) -> None:
    a_month(books)
    found = rows(books, "select * from mart.audit_chain")
    assert [(row["rows"], len(row["root"]), row["previous_root"]) for row in found] == [(4, 64, "0" * 64)]


def test_every_view_and_column_has_a_comment(warehouse: Connection) -> None:
    found = warehouse.execute(
        r"""
        select format('%%s.%%s %%s', n.nspname, c.relname, a.attname) as place
        from pg_class as c
        inner join pg_namespace as n on n.oid = c.relnamespace
        inner join pg_attribute as a on a.attrelid = c.oid and a.attnum >= 0 and not a.attisdropped
        where
            c.relkind in ('r', 'p', 'v', 'c') and (n.nspname in ('mart', 'recon') or c.relname like 'runblu\_%%')
            and (
                col_description(c.oid, a.attnum) is null
                or coalesce(obj_description(c.oid, 'pg_class'), obj_description(c.reltype, 'pg_type')) is null
            )
        """
    ).fetchall()
    assert [row["place"] for row in found] == []


def test_the_contract_names_every_view(warehouse: Connection) -> None:
    found = warehouse.execute(
        "select table_name from information_schema.views where table_schema = 'mart' order by 1"
    ).fetchall()
    assert [row["table_name"] for row in found] == [
        "adjustment", "audit_chain", "commitment_change", "commitment_position", "cost_posting", "data_flow",
        "derived_record", "event_posting", "exception_backlog", "exposure", "flow_health", "go_live_check",
        "hosted_link", "job_cost_by_period", "job_demand", "journal_line", "ledger_account", "mapping",
        "mapping_proposal", "material_event", "notice", "open_exception", "opening_entry", "period_variance",
        "posted_total", "profile_change", "proposal_line", "received_not_invoiced", "receiving_confirmation",
        "retainage", "roll_forward", "sage_difference", "transfer", "waste",
    ]  # fmt: skip
