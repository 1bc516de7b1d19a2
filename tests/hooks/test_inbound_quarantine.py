"""Rows that break a promise: kept with their reason while the others land, and gone from the list when cured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sage_hooks import inbound_gate
from sage_hooks.warehouse import fetch_file
from tests.hooks.inbound_sender import CATEGORY, COST_CODE, EVENT, JOB, TRANSACTION, VENDOR

if TYPE_CHECKING:
    from tests.hooks.inbound_sender import Row, Sender

pytestmark = pytest.mark.slow


def vendors(count: int) -> list[Row]:
    return [{**VENDOR, "Vendor": f"V{number:05d}"} for number in range(count)]


def test_good_rows_of_a_master_land_and_bad_ones_wait(sender: Sender) -> None:
    bad = [{**JOB, "Job": "24-666", "Status": "Sleeping"}, {**JOB, "Job": "x" * 13}]
    name = sender.put("JOB", [JOB, *bad])

    outcome = sender.take_one("JOB")

    assert (outcome.state, outcome.rows_landed, outcome.rows_quarantined, outcome.needs_person) == (
        "landed",
        1,
        2,
        False,
    )
    assert [row["job"] for row in sender.rows("select job from core.job")] == ["24-001"]
    status, length = sorted(sender.exceptions(), key=lambda row: row["rule"], reverse=True)
    assert (status["record_kind"], status["record_key"], status["rule"]) == ("JOB", "24-666", "JOB.Status.known")
    assert status["reason"] == f"the status of a job is one Sage knows; found 'Sleeping' in row 2 of {name}"
    assert status["payload"]["Status"] == "Sleeping"
    assert status["transfer_id"] == outcome.transfer_id
    assert status["owner"]
    assert status["remedy"]
    assert (length["record_key"], length["rule"]) == ("x" * 13, "JOB.Job.length")
    assert sender.answer(name)["rows_quarantined"] == 2


def test_the_validation_result_counts_what_broke(sender: Sender) -> None:
    sender.put("JOB", [JOB, {**JOB, "Job": "24-666", "Status": "Sleeping"}])
    sender.take_one("JOB")

    (row,) = sender.rows("select validation from audit.transfer")

    results = {one["rule"]: one for one in row["validation"]["results"]}
    assert row["validation"]["success"] is False
    assert set(results) == {rule.name for rule in inbound_gate.suite("JOB").rules}
    assert results["JOB.Status.known"] == {
        "rule": "JOB.Status.known",
        "type": "expect_column_values_to_be_in_set",
        "severity": "warning",
        "success": False,
        "violations": 1,
    }
    assert results["JOB.control_totals"]["success"] is True
    (law,) = fetch_file(sender.connection, "laws/check_l5_validation", {"company_id": "AW"})
    assert (law["holds"], law["transfers_validated"], law["rows_quarantined"]) == (True, 1, 1)


@pytest.mark.parametrize(
    ("good", "bad", "state"), [(0, 5, "landed"), (0, 6, "refused"), (343, 7, "landed"), (342, 7, "refused")]
)
def test_the_share_that_may_be_quarantined_is_limited(sender: Sender, good: int, bad: int, state: str) -> None:
    broken = [{**VENDOR, "Vendor": f"B{number}", "Is_Active": "maybe"} for number in range(bad)]
    sender.put("VENDOR", vendors(good) + broken)

    outcome = sender.take_one("VENDOR")

    assert outcome.state == state
    assert sender.count("core.vendor") == (good if state == "landed" else 0)
    kept = [row for row in sender.exceptions() if row["record_kind"] == "VENDOR"]
    assert len(kept) == bad
    if state == "refused":
        assert "RS-208" in outcome.reason
        assert "VENDOR.Is_Active.form" in outcome.reason
        assert "'maybe'" in outcome.reason
        assert f"{bad} rows" in outcome.reason


def test_every_row_of_a_refused_transfer_is_kept(sender: Sender) -> None:
    sender.put("VENDOR", [{**VENDOR, "Vendor": f"B{number}", "Is_Active": "maybe"} for number in range(2000)])
    assert sender.take_one("VENDOR").state == "refused"
    assert len([row for row in sender.exceptions() if row["record_kind"] == "VENDOR"]) == 2000


def test_a_row_repaired_at_its_source_closes_its_exception(sender: Sender) -> None:
    bad = {**JOB, "Job": "24-666", "Status": "Sleeping"}
    sender.put("JOB", [JOB, bad])
    sender.take_one("JOB")
    sender.put("JOB", [JOB, bad])
    sender.take_one("JOB")
    (waiting,) = sender.exceptions()
    assert waiting["attempts"] == 2

    name = sender.put("JOB", [JOB, {**bad, "Status": "Closed"}])
    sender.take_one("JOB")

    assert sender.exceptions() == []
    (closed,) = sender.rows("select closed_by from audit.exception")
    assert closed["closed_by"] == name
    assert sender.count("core.job") == 2


def test_a_row_deleted_at_its_source_closes_its_exception(sender: Sender) -> None:
    good = [{**JOB, "Job": f"24-{number:03d}"} for number in range(30)]
    sender.put("JOB", [*good, {**JOB, "Job": "24-666", "Status": "Sleeping"}])
    sender.take_one("JOB")
    assert [row["record_key"] for row in sender.exceptions()] == ["24-666"]
    sender.put("JOB", good)
    sender.take_one("JOB")

    assert sender.exceptions() == []


def test_an_extract_of_changes_closes_only_what_it_holds(sender: Sender) -> None:
    bad = [{**JOB, "Job": f"24-66{number}", "Status": "Sleeping"} for number in range(2)]
    sender.put("JOB", [JOB, *bad])
    sender.take_one("JOB")
    sender.put("JOB", [{**bad[0], "Status": "Closed"}], extent="delta")
    sender.take_one("JOB")

    assert [row["record_key"] for row in sender.exceptions()] == ["24-661"]


def test_another_fault_of_the_same_row_is_another_exception(sender: Sender) -> None:
    bad = {**JOB, "Job": "24-666", "Status": "Sleeping"}
    sender.put("JOB", [JOB, bad])
    sender.take_one("JOB")
    sender.put("JOB", [JOB, {**bad, "Status": "Closed", "On_Hold": "maybe"}])
    sender.take_one("JOB")

    assert [row["rule"] for row in sender.exceptions()] == ["JOB.On_Hold.form"]


def test_a_row_whose_cause_is_cured_here_lands_by_itself(sender: Sender) -> None:
    sender.land("JOB", "COSTCODE", "CATEGORY")
    sender.put("JCT", [TRANSACTION, {**TRANSACTION, "Row_ID": "T2", "Cost_Code": "05 05 23"}])
    outcome = sender.take_one("JCT")
    assert (outcome.rows_landed, outcome.rows_quarantined) == (1, 1)
    assert {row["rule"] for row in sender.exceptions()} == {"JCT.cost_code_known", "JCT.category_known"}
    assert sender.take("JCT") == []
    assert {row["attempts"] for row in sender.exceptions()} == {2}

    sender.put("COSTCODE", [COST_CODE, {**COST_CODE, "Cost_Code": "05 05 23"}])
    sender.put("CATEGORY", [CATEGORY, {**CATEGORY, "Cost_Code": "05 05 23"}])
    sender.take("COSTCODE", "CATEGORY")
    assert sender.take("JCT") == []

    assert sender.exceptions() == []
    rows = sender.rows("select row_id, cost_code, transfer_id from core.job_cost_transaction order by row_id")
    assert [(row["row_id"], row["cost_code"]) for row in rows] == [("T1", "03 30 00"), ("T2", "05 05 23")]
    assert {row["transfer_id"] for row in rows} == {outcome.transfer_id}
    (kept,) = sender.rows("select * from audit.transfer where flow = 'JCT'")
    assert (kept["rows_landed"], kept["rows_quarantined"], kept["rows_changed"]) == (2, 0, 2)


def test_an_older_row_never_comes_back_over_a_newer_one(sender: Sender) -> None:
    sender.land("JOB", "COSTCODE", "CATEGORY")
    wrong = {**TRANSACTION, "Cost_Code": "05 05 23"}
    sender.put("JCT", [wrong])
    sender.take_one("JCT")
    sender.put("JCT", [{**TRANSACTION, "Amount": "99.00"}])
    sender.take_one("JCT")
    sender.put("COSTCODE", [COST_CODE, {**COST_CODE, "Cost_Code": "05 05 23"}])
    sender.take("COSTCODE", "JCT")

    (row,) = sender.rows("select cost_code, amount from core.job_cost_transaction")
    assert (row["cost_code"], str(row["amount"])) == ("03 30 00", "99.00")


def test_a_refused_transfer_lands_once_its_masters_are_there(sender: Sender) -> None:
    name = sender.put("COSTCODE", [{**COST_CODE, "Cost_Code": f"03 30 0{number}"} for number in range(8)])
    outcome = sender.take_one("COSTCODE")
    assert outcome.state == "refused"
    assert "COSTCODE.job_known" in outcome.reason
    assert len([row for row in sender.exceptions() if row["record_kind"] == "COSTCODE"]) == 8

    sender.land("JOB")

    assert sender.take_one("COSTCODE").state == "landed"
    assert sender.exceptions() == []
    assert sender.answer(name)["status"] == "received"


def test_rows_with_one_key_are_both_kept_out(sender: Sender) -> None:
    sender.put("JOB", [JOB, {**JOB, "Job": "24-002"}, {**JOB, "Job": "24-002", "Description": "Other"}])

    outcome = sender.take_one("JOB")

    assert (outcome.rows_landed, outcome.rows_quarantined) == (1, 2)
    (exception,) = sender.exceptions()
    assert (exception["record_key"], exception["rule"]) == ("24-002", "JOB.key.unique")
    assert [row["Description"] for row in exception["payload"]] == ["Terminal", "Other"]


def test_a_row_without_key_is_named_by_its_place(sender: Sender) -> None:
    name = sender.put("JOB", [JOB, {**JOB, "Job": ""}])
    sender.take_one("JOB")

    assert [row["record_key"] for row in sender.exceptions()] == [f"{name} row 2"]


def test_money_is_refused_whole_where_it_does_not_stand_alone(sender: Sender) -> None:
    sender.land("JOB", "COSTCODE", "CATEGORY")
    rows = [{**TRANSACTION, "Row_ID": f"T{number}"} for number in range(300)]
    sender.put("JCT", [*rows, {**TRANSACTION, "Row_ID": "T300", "Amount": "1e5"}], debit="3750.00", net="3750.00")

    outcome = sender.take_one("JCT")

    assert outcome.state == "refused"
    for word in ("RS-208", "JCT.Amount.form", "row 301", "'1e5'"):
        assert word in outcome.reason
    assert sender.count("core.job_cost_transaction") == 0


def test_codes_are_trimmed_and_written_as_the_master_spells_them(sender: Sender) -> None:
    sender.put("JOB", [{**JOB, "Job": "24-A01"}])
    sender.put("COSTCODE", [{**COST_CODE, "Job": " 24-a01 "}])
    sender.put("CATEGORY", [{**CATEGORY, "Job": "24-a01", "Category": "m", "Cost_Code": "  03 30 00"}])
    sender.put("JCT", [{**TRANSACTION, "Job": "24-a01", "Category": "M "}])
    outcomes = sender.take("JOB", "COSTCODE", "CATEGORY", "JCT")
    sender.put("JOB", [{**JOB, "Job": "24-a01", "Description": "Renamed"}])
    outcomes += sender.take("JOB")

    assert [(one.state, one.rows_quarantined) for one in outcomes] == [("landed", 0)] * 5
    (row,) = sender.rows("select job, cost_code, category from core.job_cost_transaction")
    assert tuple(row.values()) == ("24-A01", "03 30 00", "m")
    assert [tuple(row.values()) for row in sender.rows("select job, description from core.job")] == [
        ("24-A01", "Renamed")
    ]


def test_codes_follow_the_masks_of_the_profile(sender: Sender) -> None:
    sender.connection.execute(
        "update core.company set profile = jsonb_set(profile, '{code_masks}', %s::jsonb)",
        ('{"cost_code": "^[0-9]{2} [0-9]{2} [0-9]{2}$"}',),
    )
    sender.land("JOB")
    sender.put("COSTCODE", [COST_CODE, {**COST_CODE, "Cost_Code": "3-30"}])

    outcome = sender.take_one("COSTCODE")

    assert (outcome.rows_landed, outcome.rows_quarantined) == (1, 1)
    assert [row["rule"] for row in sender.exceptions()] == ["COSTCODE.Cost_Code.mask"]


def test_an_event_that_breaks_its_form_waits_alone(sender: Sender) -> None:
    name = sender.put(
        "EVENT",
        [EVENT, {**EVENT, "event_id": "bad", "quantity": "1e5"}, {**EVENT, "event_id": "xx", "company_id": "XX"}],
    )

    outcome = sender.take_one("EVENT")

    assert (outcome.state, outcome.rows_landed, outcome.rows_quarantined, outcome.rows_changed) == ("landed", 1, 2, 1)
    rows = {row["record_key"]: row for row in sender.exceptions()}
    assert {key: (row["record_kind"], row["rule"]) for key, row in rows.items()} == {
        "bad": ("event_document", "EVENT.quantity.form"),
        "xx": ("event_document", "EVENT.same_company"),
    }
    assert name in rows["bad"]["reason"]

    sender.put("EVENT", [{**EVENT, "event_id": "bad", "quantity": "1"}])
    sender.take_one("EVENT")
    assert [row["record_key"] for row in sender.exceptions()] == ["xx"]


def test_a_sign_belongs_to_a_stock_take_only(sender: Sender) -> None:
    counted = {**EVENT, "event_id": "counted", "event_type": "counted", "quantity": "-2.5"}
    sender.put("EVENT", [EVENT, counted, {**EVENT, "event_id": "bad", "quantity": "-1"}])

    outcome = sender.take_one("EVENT")

    assert (outcome.state, outcome.rows_changed, outcome.rows_quarantined) == ("landed", 2, 1)
    assert [(row["record_key"], row["rule"]) for row in sender.exceptions()] == [("bad", "quantity_invalid")]


def test_what_the_event_log_refuses_is_counted(sender: Sender) -> None:
    sender.put("EVENT", [EVENT])
    sender.put("EVENT", [{**EVENT, "quantity": "11.0000"}])

    _, second = sender.take("EVENT")

    assert (second.state, second.rows_changed, second.rows_quarantined) == ("landed", 0, 1)
    assert [row["rule"] for row in sender.exceptions()] == ["event_id_reused"]
