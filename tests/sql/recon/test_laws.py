"""Each law holds on good books and is seen to break when what it guards is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sage_bridge.errors import BrokenLaw
from sage_hooks import laws
from sage_hooks.warehouse import fetch_file, run_file
from tests.sql.recon.books import Books, a_month

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.usefixtures("company")

UNGUARD = "set constraints all immediate; alter table ledger.material_event disable trigger all"
LANDED = """
insert into audit.transfer (
    company_id, flow, direction, environment, seq, rev, file_name, state, row_count, rows_landed, rows_quarantined,
    sha256, validation
)
values ('AW', 'JOB', 'in', 'PROD', 1, 1, 'f', 'landed', 1, 1, 0, 's', '{"success": true}')
"""
LOST = "insert into ledger.event_inbox (company_id, event_id, document, taken_at) values ('AW', 'LOST', '{}', now())"
TWICE = """
insert into core.job_cost_transaction
select (jsonb_populate_record(t, '{"row_id": "TWICE"}')).*
from core.job_cost_transaction as t where ref_1 = 'X000000001'
"""
BREAKS = {
    "L1 an inbox document lost": ("l1_events", LOST),
    "L1 a row of a file lost": ("l1_events", LANDED, "update audit.transfer set flow = 'EVENT', row_count = 2"),
    "L1 an event deleted": ("l1_events", UNGUARD, "delete from ledger.material_event where event_id = 'A1'"),
    "L2 a reference twice": ("l2_references", TWICE),
    "L2 consumption left behind": (
        "l2_references",
        "delete from outbox.posting_entry",
        "update outbox.cost_posting set created_at = now() + interval '1 hour'",
    ),
    "L3 a line off its entries": ("l3_sums", "update outbox.cost_posting set amount = 1 where kind = 'consumption'"),
    "L3 Sage off our line": ("l3_sums", "update core.job_cost_transaction set amount = 1 where ref_1 = 'X000000001'"),
    "L4 a value off its units": ("l4_values", "update core.commitment_item set unit_cost = 11, amount = 1100"),
    "L5 landed without validation": ("l5_validation", LANDED, "update audit.transfer set validation = null"),
    "L5 landed against its validation": (
        "l5_validation",
        LANDED,
        """update audit.transfer set validation = '{"success": false}'""",
    ),
    "L5 landed against a promise about the whole file": (
        "l5_validation",
        LANDED,
        """
        update audit.transfer set validation = '{"success": false, "results": [
            {"severity": "warning", "success": false}, {"severity": "critical", "success": false}]}'
        """,
    ),
    "L5 rows unaccounted for": ("l5_validation", LANDED, "update audit.transfer set row_count = 2"),
    "L6 a row deleted": ("l6_no_row_deleted", LANDED, "delete from core.job"),
    "L7 a trigger gone": ("l7_append_only", "drop trigger append_only on ledger.value_entry"),
    "L7 a trigger off for replicas": ("l7_append_only", "alter table ledger.value_entry enable trigger append_only"),
    "L7 a grant too wide": ("l7_append_only", "grant update on audit.approval to pipeline"),
    "L8 a byte changed": (
        "l8_chain",
        UNGUARD,
        "update ledger.material_event set actor = 'Sam' where event_id = 'R1'",
    ),
    "L9 a line without entries": ("l9_trace", "delete from outbox.posting_entry"),
    "L9 a line without a row in Sage": ("l9_trace", "update outbox.cost_posting set sage_transaction_id = 'gone'"),
}


@pytest.fixture
def books(warehouse: Connection, company: str) -> Books:
    made = Books(warehouse, company)
    a_month(made)
    return made


@pytest.mark.parametrize("law", sorted({law for law, *_ in BREAKS.values()}))
def test_holds_on_good_books(books: Books, law: str) -> None:
    assert fetch_file(books.connection, f"laws/check_{law}", {"company_id": "AW"})[0]["holds"]


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
def test_breaks_when_what_it_guards_is_broken(books: Books, broken: tuple[str, ...]) -> None:
    law, *statements = broken
    for statement in statements:
        books.connection.execute(statement.encode())
    row = fetch_file(books.connection, f"laws/check_{law}", {"company_id": "AW"})[0]
    assert not row["holds"], row


def test_a_row_kept_back_breaks_no_law(books: Books) -> None:
    books.connection.execute(LANDED.encode())
    books.connection.execute(
        """
        update audit.transfer set row_count = 2, rows_quarantined = 1, validation = '{"success": false, "results": [
            {"severity": "warning", "success": false}, {"severity": "critical", "success": true}]}'
        """
    )
    row = fetch_file(books.connection, "laws/check_l5_validation", {"company_id": "AW"})[0]
    assert (row["holds"], row["transfers_validated"], row["rows_quarantined"]) == (True, 1, 1)


def test_a_broken_law_is_named_with_its_figures() -> None:
    with pytest.raises(BrokenLaw, match=r"RS-455 .*company AW.*L8: batches_broken 1"):
        laws.require("AW", {"L1": {"holds": True}, "L8": {"holds": False, "batches_broken": 1}})


def test_all_lines_can_be_touched(books: Books) -> None:
    assert run_file(books.connection, "laws/insert_touched_lines", {"company_id": "AW"}) == 1
