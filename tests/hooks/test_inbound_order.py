"""Numbers, versions, gaps and shrinking extracts: what a file is allowed to be before its content is read."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from sage_hooks import inbound
from tests.hooks.inbound_sender import JOB, TRANSACTION

if TYPE_CHECKING:
    from tests.hooks.inbound_sender import Sender

pytestmark = pytest.mark.slow


def jobs(count: int, **changes: str) -> list[dict[str, str]]:
    return [{**JOB, "Job": f"24-{number:03d}", **changes} for number in range(count)]


def put_again(sender: Sender, name: str) -> None:
    """The sender uploads the same file once more: other times on the server, other manifest bytes."""
    folder = sender.folder("from_sage")
    manifest = folder / f"{name}.ok"
    manifest.write_bytes(manifest.read_bytes().replace(b'"possible_duplicate": false', b'"possible_duplicate": true'))
    os.utime(folder / name, (time.time() + 60, time.time() + 60))


def test_the_same_file_again_is_acknowledged_without_effect(sender: Sender) -> None:
    name = sender.put("JOB")
    assert sender.take_one("JOB").state == "landed"
    (sender.folder("ack") / f"{name}.ack.json").unlink()
    put_again(sender, name)

    outcome = sender.take_one("JOB")

    assert (outcome.state, outcome.needs_person, outcome.rows_changed) == ("duplicate", False, 0)
    assert sender.answer(name)["status"] == "received"
    assert [row["state"] for row in sender.rows("select state from audit.transfer")] == ["landed"]
    assert sender.take("JOB") == []


def test_the_same_content_under_a_higher_version_is_a_duplicate(sender: Sender) -> None:
    sender.land("JOB")
    sender.last.clear()
    name = sender.put("JOB", rev=2)

    assert sender.take_one("JOB").state == "duplicate"
    assert sender.answer(name)["status"] == "received"
    assert sender.take("JOB") == []


def test_another_content_under_a_landed_number_is_a_contradiction(sender: Sender) -> None:
    sender.land("JOB")
    sender.last.clear()
    name = sender.put("JOB", jobs(3))

    outcome = sender.take_one("JOB")

    assert (outcome.state, outcome.needs_person) == ("quarantined", True)
    assert "RS-209" in outcome.reason
    assert sender.count("core.job") == 1
    assert [row["rule"] for row in sender.exceptions()] == ["RS-209"]
    assert sender.answer(name)["status"] == "refused"
    assert sender.take("JOB") == []


def test_two_contents_under_one_number_are_both_quarantined(sender: Sender) -> None:
    sender.put("JOB", debit="1.00")
    assert sender.take_one("JOB").state == "refused"
    sender.last.clear()
    sender.put("JOB", jobs(3))

    assert sender.take_one("JOB").state == "quarantined"
    assert [row["state"] for row in sender.rows("select state from audit.transfer")] == ["quarantined"] * 2
    assert sender.count("core.job") == 0


def test_a_higher_version_replaces_what_never_landed(sender: Sender) -> None:
    sender.put("JOB", debit="1.00")
    assert sender.take_one("JOB").state == "refused"
    sender.last.clear()
    sender.put("JOB", jobs(2), rev=2)

    outcomes = sender.take("JOB")

    assert [(one.rev, one.state) for one in outcomes] == [(1, "refused"), (2, "landed")]
    assert [row["state"] for row in sender.rows("select state from audit.transfer order by rev")] == [
        "superseded",
        "landed",
    ]
    assert sender.exceptions() == []
    assert sender.take("JOB") == []


def test_a_lower_version_than_one_that_arrived_is_passed_over(sender: Sender) -> None:
    sender.put("JOB", jobs(2), rev=2, debit="1.00")
    assert sender.take_one("JOB").state == "refused"
    sender.last.clear()
    sender.put("JOB", jobs(3), rev=1)

    assert {one.rev: one.state for one in sender.take("JOB")} == {1: "superseded", 2: "refused"}
    assert sender.count("core.job") == 0


def test_a_lower_number_than_what_landed_is_passed_over(sender: Sender) -> None:
    sender.put("JOB", seq=5, previous_seq=0, previous_sha256="")
    assert sender.take_one("JOB").state == "landed"
    sender.last.clear()
    sender.put("JOB", jobs(3), seq=4, previous_seq=3, previous_sha256="a" * 64)

    outcome = sender.take_one("JOB")

    assert (outcome.state, outcome.needs_person) == ("superseded", False)
    assert "RS-216" in outcome.reason
    assert sender.count("core.job") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"seq": 3, "previous_seq": 2},
        {"seq": 3, "previous_seq": 1},
        {"previous_sha256": "0" * 64},
        {"previous_seq": 0, "previous_sha256": ""},
    ],
    ids=["number-missing", "sender-skipped", "other-predecessor", "chain-begun-anew"],
)
def test_a_broken_chain_is_parked(sender: Sender, wrong: dict[str, Any]) -> None:
    sender.land("JOB")
    sender.put("JOB", jobs(2), **wrong)

    outcome = sender.take_one("JOB")

    assert (outcome.state, outcome.needs_person) == ("parked", False)
    assert "RS-210" in outcome.reason
    assert sender.exceptions() == []
    assert sender.count("core.job") == 1


def test_a_first_file_that_names_one_before_it_is_parked(sender: Sender) -> None:
    sender.put("JOB", seq=7, previous_seq=6, previous_sha256="a" * 64)
    assert sender.take_one("JOB").state == "parked"


def test_a_parked_file_lands_when_the_missing_one_comes(sender: Sender) -> None:
    sender.land("JOB")
    names = [sender.put("JOB", jobs(count)) for count in (2, 3, 4)]
    folder = sender.folder("from_sage")
    held = (folder / names[0]).read_bytes(), (folder / f"{names[0]}.ok").read_bytes()
    (folder / names[0]).unlink()
    (folder / f"{names[0]}.ok").unlink()
    assert [one.state for one in sender.take("JOB")] == ["parked", "parked"]

    sender.write(names[0], *held)

    assert [one.state for one in sender.take("JOB")] == ["landed"] * 3
    assert sender.count("core.job") == 4


def test_after_a_while_a_person_is_asked_for_the_missing_file(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    sender.land("JOB")
    sender.put("JOB", jobs(2), seq=3, previous_seq=2)
    assert not sender.take_one("JOB").needs_person
    monkeypatch.setattr(inbound, "PATIENCE", inbound.PATIENCE * 0)

    outcome = sender.take_one("JOB")

    assert (outcome.state, outcome.needs_person) == ("parked", True)
    assert [row["rule"] for row in sender.exceptions()] == ["RS-210"]


def test_an_approved_gap_lets_the_file_land(sender: Sender) -> None:
    sender.land("JOB")
    name = sender.put("JOB", jobs(2), seq=3, previous_seq=2)
    assert sender.take_one("JOB").state == "parked"

    assert inbound.approve_transfer(
        sender.connection, "AW", name, decided_by="ann", comment="file 2 is lost", dag_id="d", run_id="r"
    )

    assert sender.take_one("JOB").state == "landed"
    (approval,) = sender.rows("select * from audit.approval")
    assert (approval["subject_kind"], approval["subject_id"], approval["decided_by"]) == ("transfer_gap", name, "ann")


def test_nothing_else_can_be_approved(sender: Sender) -> None:
    name = sender.put("JOB", debit="1.00")
    assert sender.take_one("JOB").state == "refused"

    for wanted in (name, "JOB_AW_PROD_00000009_v1.csv"):
        assert not inbound.approve_transfer(
            sender.connection, "AW", wanted, decided_by="ann", comment="", dag_id="d", run_id="r"
        )
    assert sender.take_one("JOB").state == "refused"


def test_an_approval_is_for_one_content_only(sender: Sender) -> None:
    sender.put("JOB", jobs(100))
    assert sender.take_one("JOB").state == "landed"
    name = sender.put("JOB", jobs(90))
    assert sender.take_one("JOB").state == "waiting_approval"
    inbound.approve_transfer(sender.connection, "AW", name, decided_by="ann", comment="", dag_id="d", run_id="r")
    sender.last["JOB"] = (1, sender.rows("select sha256 from audit.watermark")[0]["sha256"])
    other = sender.put("JOB", jobs(50), rev=2)
    assert other != name

    assert [(one.rev, one.state) for one in sender.take("JOB")] == [(1, "landed"), (2, "quarantined")]
    assert sender.rows("select row_count from audit.watermark")[0]["row_count"] == 90


@pytest.mark.parametrize(("rows", "state"), [(95, "landed"), (94, "waiting_approval")])
def test_a_full_extract_that_shrinks_waits_for_approval(sender: Sender, rows: int, state: str) -> None:
    sender.put("JOB", jobs(100))
    assert sender.take_one("JOB").state == "landed"
    name = sender.put("JOB", jobs(rows, Description="New"))

    outcome = sender.take_one("JOB")

    assert (outcome.state, outcome.needs_person) == (state, state != "landed")
    assert sender.count("core.job") == 100
    if state == "landed":
        return
    assert "RS-211" in outcome.reason
    assert [row["rule"] for row in sender.exceptions()] == ["RS-211"]
    inbound.approve_transfer(sender.connection, "AW", name, decided_by="ann", comment="", dag_id="d", run_id="r")
    assert sender.take_one("JOB").state == "landed"
    assert sender.exceptions() == []
    # What is absent stays: absence never deletes.
    assert sender.count("core.job") == 100


def test_what_was_refused_in_between_does_not_hide_that_rows_are_gone(sender: Sender) -> None:
    sender.put("JOB", jobs(100))
    assert sender.take_one("JOB").state == "landed"
    for _ in range(3):
        sender.put("JOB", jobs(100), debit="1.00")
    sender.put("JOB", jobs(50))

    assert [one.state for one in sender.take("JOB")] == ["refused"] * 3 + ["waiting_approval"]


def test_changes_only_may_be_few(sender: Sender) -> None:
    sender.put("JOB", jobs(100))
    sender.put("JOB", jobs(1), extent="delta")
    sender.put("JOB", [], extent="delta")

    assert [one.state for one in sender.take("JOB")] == ["landed"] * 3


def test_an_empty_full_extract_is_refused_unless_the_feed_may_be_empty(sender: Sender) -> None:
    sender.put("JOB", [])
    sender.put("EXTRA", [])

    states = {one.flow: (one.state, one.reason[:6]) for one in sender.take("JOB", "EXTRA")}

    assert states == {"JOB": ("refused", "RS-212"), "EXTRA": ("landed", "")}


def test_a_feed_that_may_be_empty_may_not_become_empty(sender: Sender) -> None:
    sender.land("JOB", "COSTCODE", "CATEGORY", "JCT")
    name = sender.put("JCT", [])
    assert sender.take_one("JCT").state == "refused"
    assert sender.rows("select gone_at from core.job_cost_transaction")[0]["gone_at"] is None

    inbound.approve_transfer(sender.connection, "AW", name, decided_by="ann", comment="", dag_id="d", run_id="r")

    assert sender.take_one("JCT").state == "landed"
    assert sender.rows("select gone_at from core.job_cost_transaction")[0]["gone_at"] is not None


def test_unposted_entries_leave_when_they_are_posted(sender: Sender) -> None:
    sender.land("JOB", "COSTCODE", "CATEGORY")
    sender.put("JCN", [{**TRANSACTION, "Row_ID": f"T{number}"} for number in range(10)])
    sender.put("JCN", [])

    assert [one.state for one in sender.take("JCN")] == ["landed", "landed"]


def test_a_later_full_extract_replaces_a_refused_one(sender: Sender) -> None:
    sender.put("JOB", debit="1.00")
    sender.put("JOB", jobs(2))

    outcomes = sender.take("JOB")

    assert [one.state for one in outcomes] == ["refused", "landed"]
    assert [row["state"] for row in sender.rows("select state from audit.transfer order by seq")] == [
        "superseded",
        "landed",
    ]
    assert sender.exceptions() == []
    assert sender.take("JOB") == []


def test_changes_wait_for_a_refused_file_before_them(sender: Sender) -> None:
    sender.put("JOB", debit="1.00", extent="delta")
    sender.put("JOB", jobs(2), extent="delta")

    assert [one.state for one in sender.take("JOB")] == ["refused", "parked"]
    assert sender.count("core.job") == 0
