"""What lands: typed values, history, the place of change orders, rows gone from Sage, lines to value again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.hooks.inbound_sender import (
    CHANGE_ORDER,
    COMMITMENT,
    COMMITMENT_ITEM,
    COST_CODE,
    ITEM,
    JOB,
    TRANSACTION,
    VENDOR,
    Row,
    Sender,
)

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace

pytestmark = pytest.mark.slow

MASTERS = ("JOB", "COSTCODE", "CATEGORY")


@pytest.fixture
def sender(warehouse: Connection, sftp_server: SftpPlace, company: str) -> Sender:
    return Sender(warehouse, sftp_server, company)


def land(sender: Sender, flow: str, *rows: Row, **changes: Any) -> int:
    """Put rows as one transfer and have them landed; gives the transfer's id."""
    sender.put(flow, list(rows), **changes)
    outcome = sender.take_one(flow)
    assert (outcome.state, outcome.rows_quarantined) == ("landed", 0), outcome
    return outcome.transfer_id


def one(sender: Sender, table: str) -> dict[str, Any]:
    (row,) = sender.rows(f"select * from {table}")  # noqa: S608 - the test names the table
    return row


def test_a_job_is_typed(sender: Sender) -> None:
    transfer_id = land(sender, "JOB", {**JOB, "On_Hold": "1", "Cost_Account_Prefix": "5-1"})

    assert one(sender, "core.job") == {
        "company_id": "AW", "job": "24-001", "description": "Terminal", "status": "In progress", "is_on_hold": True,
        "cost_account_prefix": "5-1", "transfer_id": transfer_id,
    }  # fmt: skip


def test_a_cost_code_is_typed_and_empty_stays_empty(sender: Sender) -> None:
    land(sender, "JOB", JOB)
    land(sender, "COSTCODE", {**COST_CODE, "Group_Cost_Code": "1", "JTD_Cost": "-12.5", "Revised_Commitment": ""})

    row = one(sender, "core.cost_code")
    assert (row["extra"], row["is_group"], row["unit"]) == ("", True, "")
    assert (row["amount_original_estimate"], row["amount_job_to_date_cost"]) == (Decimal("1000.00"), Decimal("-12.50"))
    assert row["amount_revised_commitment"] is None


@pytest.mark.parametrize(
    ("given", "is_active"), [("1", True), ("0", False), ("True", True), ("false", False), ("", True)]
)
def test_truth_is_read_in_either_writing(sender: Sender, given: str, is_active: bool) -> None:
    land(sender, "VENDOR", {**VENDOR, "Is_Active": given})
    assert one(sender, "core.vendor")["is_active"] is is_active


def test_a_catalog_item_keeps_six_places(sender: Sender) -> None:
    land(sender, "ITEM", {**ITEM, "Standard_Cost": "0.000001"})
    assert one(sender, "core.item")["unit_cost_standard"] == Decimal("0.000001")


def test_a_commitment_item_is_typed(sender: Sender) -> None:
    sender.land(*MASTERS, "COMMIT")
    land(sender, "COMITEM", {**COMMITMENT_ITEM, "Units": "0.0001", "Unit_Cost": "1234567.123456", "Tax": ""})

    row = one(sender, "core.commitment_item")
    assert (row["item_number"], row["units"], row["unit_cost"]) == (1, Decimal("0.0001"), Decimal("1234567.123456"))
    assert (row["amount"], row["amount_tax"], row["units_invoiced"]) == (Decimal("125.00"), Decimal(0), Decimal(0))


def test_a_transaction_is_typed(sender: Sender) -> None:
    sender.land(*MASTERS)
    land(sender, "JCT", {**TRANSACTION, "Amount": "-0.01", "Unit_Cost": ""}, zone="America/Los_Angeles")

    row = one(sender, "core.job_cost_transaction")
    assert (row["source"], row["amount"], row["units"], row["unit_cost"]) == (
        "CURRENT", Decimal("-0.01"), Decimal("10.0000"), Decimal(0),
    )  # fmt: skip
    assert (row["transaction_date"], row["item_number"], row["row_version"]) == (date(2026, 1, 20), 1, 7)
    assert row["stamped_at"] == datetime(2026, 1, 20, 18, 0, tzinfo=UTC)
    assert (row["gone_at"], row["ref_1"], row["amount_retainage"]) == (None, "", None)


def test_a_change_keeps_what_was_before(sender: Sender) -> None:
    first = land(sender, "JOB", JOB)
    assert sender.count("core.row_history") == 0
    second = land(sender, "JOB", {**JOB, "Status": "Closed"})
    third = land(sender, "JOB", {**JOB, "Status": "In progress"})

    rows = sender.rows("select * from core.row_history order by version_no")
    assert [(row["entity"], row["row_key"], row["version_no"], row["transfer_id"]) for row in rows] == [
        ("job", "24-001", 1, second),
        ("job", "24-001", 2, third),
    ]
    assert [row["row_before"]["status"] for row in rows] == ["In progress", "Closed"]
    assert [row["row_after"]["status"] for row in rows] == ["Closed", "In progress"]
    assert rows[0]["row_before"]["transfer_id"] == first


def test_only_rows_that_differ_are_touched(sender: Sender) -> None:
    jobs = [{**JOB, "Job": f"24-{number:03d}"} for number in range(50)]
    first = land(sender, "JOB", *jobs)
    jobs[7] = {**jobs[7], "Description": "Changed"}
    second = land(sender, "JOB", *jobs, {**JOB, "Job": "24-100"})

    changed = sender.rows("select job from core.job where transfer_id = %s order by job", second)
    assert [row["job"] for row in changed] == ["24-007", "24-100"]
    assert sender.rows("select count(*) as n from core.job where transfer_id = %s", first)[0]["n"] == 49
    assert sender.rows("select rows_changed from audit.transfer where transfer_id = %s", second)[0]["rows_changed"] == 2
    assert sender.count("core.row_history") == 1


def test_history_is_kept_whoever_changes_a_row(sender: Sender) -> None:
    land(sender, "VENDOR", VENDOR)
    sender.connection.execute("update core.vendor set city = 'Elko'")
    sender.connection.commit()

    assert one(sender, "core.row_history")["row_before"]["city"] == "Reno"


@pytest.mark.parametrize(
    ("given", "approved_at"),
    [
        ({}, datetime(2026, 1, 10, 15, 30, tzinfo=UTC)),
        ({"Date_Stamp": "2026-01-11", "Time_Stamp": "00:10:00"}, datetime(2026, 1, 11, 0, 10, tzinfo=UTC)),
        ({"Date_Stamp": "2026-01-12"}, datetime(2026, 1, 10, 8, 0, tzinfo=UTC)),
        ({"Date_Stamp": "", "Time_Stamp": ""}, datetime(2026, 1, 10, 8, 0, tzinfo=UTC)),
        ({"Time_Stamp": ""}, datetime(2026, 1, 10, 8, 0, tzinfo=UTC)),
        ({"Date": "2026-07-10", "Date_Stamp": ""}, datetime(2026, 7, 10, 7, 0, tzinfo=UTC)),
    ],
    ids=["stamp", "stamp-next-day", "stamp-too-far", "no-stamp", "no-time", "summer"],
)
def test_a_change_order_takes_its_place_by_its_stamp_or_the_start_of_its_day(
    sender: Sender, given: Row, approved_at: datetime
) -> None:
    sender.connection.execute("update core.company set time_zone = 'America/Los_Angeles'")
    sender.land(*MASTERS, "COMMIT")
    land(sender, "COMCO", {**CHANGE_ORDER, **given})

    assert one(sender, "core.change_order")["approved_at"] == approved_at


def test_a_change_order_is_of_the_close_it_became_known_after(sender: Sender) -> None:
    sender.land(*MASTERS, "COMMIT")
    land(sender, "COMCO", {**CHANGE_ORDER, "Status": "Pending"})
    assert one(sender, "core.change_order")["close_count"] == 0
    sender.connection.execute(
        "insert into ledger.period_close (company_id, period, close_no, sign_off_hash, signed_by) "
        "values ('AW', '2026-01', 1, repeat('0', 64), 'ann'), ('XX', '2026-01', 5, repeat('0', 64), 'bob')"
    )
    land(sender, "COMCO", CHANGE_ORDER, {**CHANGE_ORDER, "Commitment_CO": "2"})
    sender.connection.execute(
        "insert into ledger.period_close (company_id, period, close_no, sign_off_hash, signed_by) "
        "values ('AW', '2026-02', 2, repeat('0', 64), 'ann')"
    )
    land(sender, "COMCO", {**CHANGE_ORDER, "Description": "Words"}, {**CHANGE_ORDER, "Commitment_CO": "2"})

    rows = sender.rows("select change_order, status, close_count from core.change_order order by 1")
    assert [tuple(row.values()) for row in rows] == [("1", "Approved", 1), ("2", "Approved", 1)]


def test_lines_that_change_are_valued_again(sender: Sender) -> None:
    def touched() -> list[tuple[str, int]]:
        rows = sender.rows("select commitment, item_number from ledger.touched_line order by 1, 2")
        sender.connection.execute("delete from ledger.touched_line")
        sender.connection.commit()
        return [tuple(row.values()) for row in rows]

    sender.land(*MASTERS, "COMMIT")
    assert touched() == []
    second = {**COMMITMENT_ITEM, "Item": "2"}
    land(sender, "COMITEM", COMMITMENT_ITEM, second)
    assert touched() == [("PO-1", 1), ("PO-1", 2)]
    land(sender, "COMITEM", COMMITMENT_ITEM, {**second, "Unit_Cost": "1.30"})
    assert touched() == [("PO-1", 2)]
    land(sender, "COMCO", CHANGE_ORDER)
    assert touched() == []
    sender.land("COMCOITM")
    assert touched() == [("PO-1", 1)]
    land(sender, "COMCO", {**CHANGE_ORDER, "Date": "2026-01-11"})
    assert touched() == [("PO-1", 1)]
    land(sender, "COMCO", {**CHANGE_ORDER, "Date": "2026-01-11"})
    assert touched() == []


def test_absence_never_deletes(sender: Sender) -> None:
    sender.land(*MASTERS)
    many = [{**COMMITMENT, "Commitment": f"PO-{number}"} for number in range(40)]
    land(sender, "COMMIT", *many)
    land(sender, "COMMIT", *many[:39])

    assert sender.count("core.commitment") == 40


def test_a_transaction_gone_from_a_complete_extract_is_noted_and_comes_back(sender: Sender) -> None:
    sender.land(*MASTERS)
    rows = [{**TRANSACTION, "Row_ID": f"T{number}"} for number in range(30)]
    land(sender, "JCT", *rows)
    second = land(sender, "JCT", *rows[1:])

    gone = sender.rows("select row_id, amount, transfer_id from core.job_cost_transaction where gone_at is not null")
    assert [tuple(row.values()) for row in gone] == [("T0", Decimal("12.50"), second)]
    assert one(sender, "core.row_history")["row_before"]["gone_at"] is None

    land(sender, "JCT", *rows[:1], extent="delta")
    assert sender.rows("select row_id from core.job_cost_transaction where gone_at is not null") == []


def test_changes_only_note_nothing_as_gone(sender: Sender) -> None:
    sender.land(*MASTERS, "JCT")
    land(sender, "JCT", {**TRANSACTION, "Row_ID": "T2"}, extent="delta")
    assert sender.rows("select row_id from core.job_cost_transaction where gone_at is not null") == []


def test_a_row_in_quarantine_is_not_gone(sender: Sender) -> None:
    sender.land(*MASTERS, "JCT")
    sender.put("JCT", [{**TRANSACTION, "Cost_Code": "99 99 99"}])
    assert sender.take_one("JCT").rows_quarantined == 1

    row = one(sender, "core.job_cost_transaction")
    assert (row["gone_at"], row["cost_code"]) == (None, "03 30 00")


def test_a_row_moves_on_and_never_back(sender: Sender) -> None:
    def source() -> str:
        return str(one(sender, "core.job_cost_transaction")["source"])

    sender.land(*MASTERS)
    land(sender, "JCN", TRANSACTION)
    assert source() == "NEW"
    land(sender, "JCT", TRANSACTION)
    assert source() == "CURRENT"
    # Extracted before the posting, landed after it.
    land(sender, "JCN", TRANSACTION)
    assert source() == "CURRENT"
    land(sender, "JCH", TRANSACTION)
    assert source() == "HISTORY"
    land(sender, "JCT", TRANSACTION)
    assert source() == "HISTORY"
    land(sender, "JCN")
    assert one(sender, "core.job_cost_transaction")["gone_at"] is None


def test_a_row_that_moved_to_history_is_not_gone(sender: Sender) -> None:
    sender.land(*MASTERS)
    rows = [{**TRANSACTION, "Row_ID": f"T{number}"} for number in range(30)]
    land(sender, "JCT", *rows)
    sender.put("JCT", rows[1:])
    sender.put("JCH", rows[:1])
    sender.take("JCT", "JCH")

    assert sender.rows("select row_id from core.job_cost_transaction where gone_at is not null") == []


def test_nothing_is_noted_as_gone_while_history_is_refused(sender: Sender) -> None:
    sender.land(*MASTERS)
    rows = [{**TRANSACTION, "Row_ID": f"T{number}"} for number in range(30)]
    land(sender, "JCT", *rows)
    sender.put("JCT", rows[1:])
    sender.put("JCH", rows[:1], debit="1.00")
    assert {one.flow: one.state for one in sender.take("JCT", "JCH")} == {"JCT": "landed", "JCH": "refused"}

    assert sender.rows("select row_id from core.job_cost_transaction where gone_at is not null") == []


def test_an_unposted_entry_that_is_taken_out_is_noted(sender: Sender) -> None:
    sender.land(*MASTERS, "JCN")
    land(sender, "JCN")
    assert one(sender, "core.job_cost_transaction")["gone_at"] is not None


def test_periods_and_ledger_rows_are_typed(sender: Sender) -> None:
    sender.land("PERIOD", "GLT")
    land(sender, "PERIOD", {"Period": "2026-01", "Application": "JC", "Status": "Closed"})

    assert one(sender, "core.fiscal_period")["status"] == "Closed"
    row = one(sender, "core.ledger_transaction")
    assert (row["account"], row["amount_debit"], row["amount_credit"]) == ("2-1490", Decimal("10.00"), Decimal("0.00"))
