"""Landing of material events: nothing twice, nothing lost, and a changed byte is found (L1, L8)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sage_hooks import ledger
from sage_hooks.sql_files import statement
from sage_hooks.warehouse import connect, run_file

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

RECEIPT = {
    "event_id": "R-1",
    "event_type": "received",
    "occurred_at": "2026-03-02T08:15:00-06:00",
    "recorded_at": "2026-03-02T08:20:00-06:00",
    "commitment": "24-0012",
    "item_number": 1,
    "location": "YARD",
    "quantity": "3.0000",
    "unit": "EA",
}


CURE = (
    "insert into core.job values ('AW', '24-101', '', 'In progress', false, '', 0)",
    """
    insert into core.cost_code (
        company_id, job, extra, cost_code, description, is_group, status, accumulate_as, unit, cost_account, transfer_id
    ) values ('AW', '24-101', '', '03 30 00', '', false, 'In progress', '', '', '', 0)
    """,
    """
    insert into core.category (
        company_id, job, extra, cost_code, category, description, status, accumulate_as, unit, cost_account, transfer_id
    ) values ('AW', '24-101', '', '03 30 00', 'M', '', 'In progress', '', '', '', 0)
    """,
    """
    insert into core.commitment
    values ('AW', '24-0012', '', 'Purchase order', 'V', '24-101', '2026-03-01', false, 0, 0, 0, 0)
    """,
    """
    insert into core.commitment_item
    values (
        'AW', '24-0012', 1, '', '24-101', '', '03 30 00', 'M', '', 3, 3.333333, 'EA', 10.00, 0, 0, 0, 0, 0
    )
    """,
)
"""What Sage must have so that a receipt of three units on job 24-101 can be valued."""


def land(connection: Connection, *documents: dict[str, Any], company: str = "AW") -> ledger.Landing:
    """Land documents in one transaction."""
    with connection.transaction():
        connection.execute("drop table if exists staged_event")
        run_file(connection, "ledger/create_staged_event")
        for number, document in enumerate(documents):
            connection.execute(
                "insert into staged_event values (%s, %s, null, %s)", (number, company, json.dumps(document))
            )
        return ledger.land_staged_events(connection, company)


def open_rules(connection: Connection) -> dict[str, str]:
    """Give the open exceptions, rule by record."""
    rows = connection.execute("select record_key, rule from audit.exception where closed_at is null").fetchall()
    connection.commit()
    return {row["record_key"]: row["rule"] for row in rows}


def broken(connection: Connection) -> list[str]:
    """Give what the verifier finds."""
    rows = connection.execute("select finding from ledger.verify_chain('AW')").fetchall()
    connection.commit()
    return [row["finding"] for row in rows]


@pytest.mark.usefixtures("company")
def test_an_event_sent_twice_counts_once(warehouse: Connection) -> None:
    assert land(warehouse, RECEIPT) == ledger.Landing(1, 0, 0)
    assert land(warehouse, RECEIPT, RECEIPT) == ledger.Landing(0, 2, 0)


@pytest.mark.usefixtures("company")
def test_an_event_id_with_other_content_is_kept_apart(warehouse: Connection) -> None:
    land(warehouse, RECEIPT)
    assert land(warehouse, {**RECEIPT, "quantity": "4"}) == ledger.Landing(0, 0, 1)
    assert open_rules(warehouse) == {"R-1": "event_id_reused"}
    kept = warehouse.execute("select payload ->> 'quantity' as quantity from audit.exception").fetchone()
    assert kept == {"quantity": "4"}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"event_id": " "}, "event_id_missing"),
        ({"company_id": "BX"}, "company_differs"),
        ({"event_type": "delivered"}, "event_type_unknown"),
        ({"occurred_at": "2026-03-02 08:15"}, "occurred_at_invalid"),
        ({"occurred_at": "2026-02-30T08:15:00Z"}, "occurred_at_invalid"),
        ({"recorded_at": None}, "recorded_at_invalid"),
        ({"quantity": "1e5"}, "quantity_invalid"),
        ({"quantity": "-1"}, "quantity_invalid"),
        ({"quantity": "-1", "event_type": "installed"}, "quantity_invalid"),
        ({"quantity": "-0", "event_type": "counted"}, "quantity_invalid"),
        ({"quantity": "--1", "event_type": "counted"}, "quantity_invalid"),
        ({"quantity": "NaN"}, "quantity_invalid"),
        ({"quantity": "0.00"}, "quantity_invalid"),
        ({"quantity": "1.00001"}, "quantity_invalid"),
        ({"item_number": None}, "item_number_invalid"),
        ({"item_number": "1.0"}, "item_number_invalid"),
        ({"event_type": "reversed"}, "reversal_names_nothing"),
        ({"receipt_event_id": "R-1"}, "event_names_itself"),
        ({"event_type": "rejected", "disposition": "keep"}, "disposition_unknown"),
        ({"actor": "a\u0007b"}, "control_character"),
    ],
)
@pytest.mark.usefixtures("company")
def test_a_bad_document_is_kept_with_its_rule_and_the_good_one_lands(
    warehouse: Connection, change: dict[str, Any], rule: str
) -> None:
    good = {**RECEIPT, "event_id": "R-2"}
    assert land(warehouse, {**RECEIPT, **change}, good) == ledger.Landing(1, 0, 1)
    assert list(open_rules(warehouse).values()) == [rule]


@pytest.mark.usefixtures("company")
def test_the_reason_tells_what_is_expected_and_what_was_found(warehouse: Connection) -> None:
    land(warehouse, {**RECEIPT, "quantity": "1e5"}, {**RECEIPT, "event_id": "R-2", "recorded_at": None})
    rows = warehouse.execute("select reason from audit.exception order by record_key").fetchall()
    first, second = (row["reason"] for row in rows)
    assert first.startswith("quantity is a plain decimal, not zero, with at most 4 places")
    assert first.endswith("; found '1e5'")
    assert second == "recorded_at is an instant with its offset, ISO 8601; found nothing"
    land(warehouse, {**RECEIPT, "quantity": "2e5"})
    again = warehouse.execute("select reason, attempts from audit.exception where record_key = 'R-1'").fetchone()
    assert again is not None
    assert (again["reason"].endswith("; found '2e5'"), again["attempts"]) == (True, 2)


def test_every_rule_of_a_document_has_its_words() -> None:
    rules = set(re.findall(r"then '([a-z_]+)'", statement("ledger/create_typed_event")))
    rules |= set(re.findall(r"'([a-z_]+)'", statement("ledger/update_typed_event_repeats"))) - {"repeat"}
    assert len(rules) > 10
    assert [rule for rule in rules if f"'{rule}'" not in statement("ledger/insert_document_exceptions")] == []


@pytest.mark.usefixtures("company")
def test_a_stock_take_difference_keeps_its_sign_and_waits(warehouse: Connection) -> None:
    assert land(warehouse, {**RECEIPT, "event_type": "counted", "quantity": "-2.5"}) == ledger.Landing(1, 0, 0)
    assert ledger.value_events(warehouse).waiting == 1
    assert open_rules(warehouse) == {"R-1": "commitment_unknown"}
    row = warehouse.execute("select quantity::text as quantity from ledger.material_event").fetchone()
    assert row == {"quantity": "-2.5000"}
    assert broken(warehouse) == []


@pytest.mark.usefixtures("company")
def test_an_instant_may_go_without_seconds(warehouse: Connection) -> None:
    assert land(warehouse, {**RECEIPT, "occurred_at": "2026-03-31T23:30-06:00"}) == ledger.Landing(1, 0, 0)
    row = warehouse.execute("select occurred_text, event_date::text as day from ledger.material_event").fetchone()
    assert row == {"occurred_text": "2026-03-31T23:30-06:00", "day": "2026-03-31"}


@pytest.mark.usefixtures("company")
def test_a_document_repaired_at_the_source_closes_its_exception(warehouse: Connection) -> None:
    land(warehouse, {**RECEIPT, "quantity": "three"})
    assert open_rules(warehouse) == {"R-1": "quantity_invalid"}
    land(warehouse, RECEIPT)
    assert open_rules(warehouse) == {}


@pytest.mark.usefixtures("company")
def test_the_day_of_an_event_is_its_own_local_day(warehouse: Connection) -> None:
    land(warehouse, {**RECEIPT, "occurred_at": "2026-03-31T23:30:00-06:00"})
    row = warehouse.execute("select event_date::text as day from ledger.material_event").fetchone()
    assert row == {"day": "2026-03-31"}


@pytest.mark.usefixtures("company")
def test_the_inbox_is_taken_once(warehouse: Connection) -> None:
    for _again in range(2):
        warehouse.execute(
            "insert into ledger.event_inbox (company_id, event_id, document) values ('AW', 'R-1', %s)",
            (json.dumps(RECEIPT),),
        )
    warehouse.commit()
    assert ledger.land_inbox(warehouse) == {"AW": ledger.Landing(1, 1, 0)}
    assert ledger.land_inbox(warehouse) == {}


@pytest.mark.usefixtures("company")
def test_a_waiting_event_is_valued_when_its_cause_is_cured(warehouse: Connection) -> None:
    land(warehouse, {**RECEIPT, "job": "24-101", "cost_code": "03 30 00", "category": "M"})
    assert ledger.value_events(warehouse).waiting == 1
    assert open_rules(warehouse) == {"R-1": "commitment_unknown"}
    with warehouse.transaction():
        for statement in CURE:
            warehouse.execute(statement)
    assert ledger.value_events(warehouse).waiting == 0
    assert open_rules(warehouse) == {}
    row = warehouse.execute("select amount::text as amount, units::text as units from ledger.value_entry").fetchone()
    assert row == {"amount": "10.00", "units": "3.0000"}


@pytest.mark.parametrize(
    ("attack", "finding"),
    [
        (
            "update ledger.material_event set quantity = 4 where event_id = 'R-2'",
            "an event differs from its leaf hash",
        ),
        (
            "update ledger.material_event set document = document || '{\"x\": 1}' where event_id = 'R-2'",
            "an event differs from its leaf hash",
        ),
        (
            """
            update ledger.material_event set landed_at = landed_at + interval '1 microsecond' where event_id = 'R-3'
            """,
            "an event differs from its leaf hash",
        ),
        (
            """
            update ledger.material_event as e
            set
                quantity = 4,
                leaf_hash = ledger.event_leaf((select r from ledger.material_event r where r.event_id = 'R-3'))
            where event_id = 'R-2'
            """,
            "an event differs from its leaf hash",
        ),
        (
            "delete from ledger.material_event where event_id = 'R-2'",
            "number of events differs",
        ),
        (
            "update ledger.material_event set batch_position = batch_position + 10 where event_id = 'R-3'",
            "positions have a gap",
        ),
        (
            "delete from ledger.material_event where batch = (select max(batch) from audit.chain_head)",
            "all events of the batch are gone",
        ),
        (
            """
            update audit.chain_head set previous_root = sha256('x')
            where batch = (select max(batch) from audit.chain_head)
            """,
            "previous root does not match the batch before",
        ),
        (
            "update audit.chain_head set root = sha256('x') where batch = (select min(batch) from audit.chain_head)",
            "previous root does not match the batch before",
        ),
    ],
)
@pytest.mark.usefixtures("company")
def test_a_changed_log_is_found_even_when_a_superuser_did_it(warehouse: Connection, attack: str, finding: str) -> None:
    land(warehouse, RECEIPT, {**RECEIPT, "event_id": "R-2"})
    land(warehouse, {**RECEIPT, "event_id": "R-3"}, {**RECEIPT, "event_id": "R-4"})
    assert broken(warehouse) == []
    warehouse.execute("alter table ledger.material_event disable trigger all")
    warehouse.execute("alter table audit.chain_head disable trigger all")
    warehouse.execute(attack.encode())
    warehouse.commit()
    assert finding in broken(warehouse)


@pytest.mark.usefixtures("company")
def test_events_cannot_be_changed_or_deleted(warehouse: Connection) -> None:
    land(warehouse, RECEIPT)
    for attack in (
        "update ledger.material_event set actor = 'x'",
        "delete from ledger.material_event",
        "truncate ledger.material_event cascade",
    ):
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
            warehouse.execute(attack.encode())
        warehouse.rollback()


@pytest.mark.parametrize("is_marked_before", [True, False])
@pytest.mark.parametrize("moment", ["ledger.valuation_walked", "ledger.valuation_before_commit"])
def test_a_price_that_changes_while_a_valuation_is_at_work_is_valued_by_the_next(
    warehouse: Connection, company: str, monkeypatch: pytest.MonkeyPatch, moment: str, *, is_marked_before: bool
) -> None:
    del company
    for row in CURE:
        warehouse.execute(row.encode())
    land(warehouse, {**RECEIPT, "quantity": "3.0000"})
    mark = b"insert into ledger.touched_line (company_id, commitment, item_number) values ('AW', '24-0012', 1)"
    if is_marked_before:
        warehouse.execute(mark)
    warehouse.commit()
    info = warehouse.info

    def change_then(name: str) -> None:
        if name == moment:
            with connect(info.dsn, password=info.password) as other:
                other.execute("update core.commitment_item set unit_cost = 5, amount = 15")
                other.execute(mark)

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "checkpoint", change_then)
        ledger.value_events(warehouse)
    ledger.value_events(warehouse)
    (total,) = warehouse.execute("select sum(amount) as amount from ledger.value_entry where measure = 'received'")
    assert total["amount"] == 15
    assert warehouse.execute("select from ledger.touched_line").fetchall() == []
