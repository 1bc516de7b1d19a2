"""Quarantine and replay: nothing refused is forgotten, what is repaired lands, what is given up says who and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sage_bridge.errors import NotApproved
from sage_hooks import exceptions, laws, ledger
from tests.hooks.inbound_sender import CATEGORY, COST_CODE, EVENT, JOB, TRANSACTION
from tests.hooks.test_ledger import RECEIPT, land, open_rules

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection
    from tests.hooks.inbound_sender import Sender

pytestmark = pytest.mark.slow


def send(connection: Connection, *documents: Any, event_id: str = "R-1", company: str = "AW") -> ledger.Landing:
    """Send documents live, each under the same outer id, and land them."""
    for document in documents:
        connection.execute(
            "insert into ledger.event_inbox (company_id, event_id, document) values (%s, %s, %s)",
            (company, event_id, json.dumps(document)),
        )
    connection.commit()
    return ledger.land_inbox(connection)[company]


def lost(connection: Connection) -> int:
    """Give the events L1 misses."""
    return int(laws.laws(connection, "AW", is_revalued=False)["L1"]["events_lost"])


def give_up(
    connection: Connection,
    *exception_ids: int,
    decided_by: str | None = "ann",
    reason: str = "test rig",
    run_id: str = "r",
) -> None:
    exceptions.dismiss(
        connection, exception_ids, decided_by=decided_by, reason=reason, dag_id="replay__exceptions", run_id=run_id
    )


@pytest.mark.usefixtures("company")
class TestEventDocuments:
    def test_every_refused_document_is_kept_whatever_comes_after_it(self, warehouse: Connection) -> None:
        bad = [{**RECEIPT, "quantity": word} for word in ("one", "two", "three", "four")]
        send(warehouse, *bad[:2])
        send(warehouse, bad[2])
        send(warehouse, bad[3])

        (kept,) = warehouse.execute("select * from audit.exception").fetchall()
        assert (kept["record_key"], kept["rule"], kept["attempts"]) == ("R-1", "quantity_invalid", 3)
        assert kept["payload"]["quantity"] == "four"
        before = warehouse.execute("select payload from audit.exception_payload order by payload_id").fetchall()
        assert [row["payload"] for row in before] == [bad[:2], bad[2]]
        assert lost(warehouse) == 0

    def test_a_document_that_is_forgotten_breaks_the_law(self, warehouse: Connection) -> None:
        """The figure above can be another one: without its payload the document counts as lost."""
        send(warehouse, {**RECEIPT, "quantity": "one"})
        warehouse.execute("update audit.exception set payload = '{}'")
        warehouse.execute("alter table audit.exception_payload disable trigger all")
        warehouse.execute("delete from audit.exception_payload")
        assert lost(warehouse) == 1

    def test_a_replaced_payload_cannot_be_changed(self, warehouse: Connection) -> None:
        import psycopg

        send(warehouse, {**RECEIPT, "quantity": "one"})
        send(warehouse, {**RECEIPT, "quantity": "two"})
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="RS-450"):
            warehouse.execute("update audit.exception_payload set payload = '{}'")

    @pytest.mark.parametrize("first", ["no object", {**RECEIPT, "event_id": "R-9"}, {**RECEIPT, "event_id": ""}])
    def test_whatever_is_wrong_with_it_its_repair_under_the_same_id_closes_it(
        self, warehouse: Connection, first: Any
    ) -> None:
        send(warehouse, first)
        assert list(open_rules(warehouse)) == ["R-1"]
        send(warehouse, RECEIPT)
        assert open_rules(warehouse) == {}

    def test_a_repeat_of_what_we_hold_closes_the_exception_about_a_bad_copy(self, warehouse: Connection) -> None:
        send(warehouse, RECEIPT)
        send(warehouse, {**RECEIPT, "quantity": "three"})
        assert open_rules(warehouse) == {"R-1": "quantity_invalid"}
        send(warehouse, RECEIPT)
        assert open_rules(warehouse) == {}

    def test_what_came_last_decides(self, warehouse: Connection) -> None:
        send(warehouse, RECEIPT, {**RECEIPT, "quantity": "three"})
        assert open_rules(warehouse) == {"R-1": "quantity_invalid"}
        send(warehouse, {**RECEIPT, "quantity": "four"}, RECEIPT)
        assert open_rules(warehouse) == {}

    def test_an_id_used_twice_is_cured_by_an_id_of_its_own(self, warehouse: Connection) -> None:
        send(warehouse, RECEIPT)
        send(warehouse, {**RECEIPT, "quantity": "4"})
        (row,) = warehouse.execute("select rule, remedy from mart.open_exception").fetchall()
        assert row["rule"] == "event_id_reused"
        assert "under an id of its own" in row["remedy"]
        send(warehouse, RECEIPT)
        assert open_rules(warehouse) == {"R-1": "event_id_reused"}

        send(warehouse, {**RECEIPT, "event_id": "R-2", "quantity": "4"}, event_id="R-2")

        assert open_rules(warehouse) == {}
        assert warehouse.execute("select count(*) as n from ledger.material_event").fetchone() == {"n": 2}

    def test_a_replay_after_a_repair_on_our_side_lands_the_document(self, warehouse: Connection) -> None:
        from ops.companies import default_profile, store_profile

        assert send(warehouse, RECEIPT, company="BX").refused == 1
        assert open_rules(warehouse) == {"R-1": "company_unknown"}
        store_profile(warehouse, default_profile("BX"))
        warehouse.commit()

        assert exceptions.replay(warehouse, "BX") == exceptions.Replay(0, 1, 0)

        assert open_rules(warehouse) == {}
        assert warehouse.execute("select finding from ledger.verify_chain('BX')").fetchall() == []

    def test_a_replay_counts_an_attempt_and_keeps_what_is_still_wrong(self, warehouse: Connection) -> None:
        send(warehouse, {**RECEIPT, "quantity": "three"})
        for attempts in (2, 3):
            assert exceptions.replay(warehouse, "AW") == exceptions.Replay(0, 0, 1)
            (row,) = warehouse.execute("select rule, attempts, payload from audit.exception").fetchall()
            assert (row["rule"], row["attempts"], row["payload"]["quantity"]) == ("quantity_invalid", attempts, "three")

    def test_a_bulk_document_replays_from_its_line(self, sender: Sender) -> None:
        sender.put("EVENT", [EVENT, {**EVENT, "event_id": "bad", "quantity": "1e5"}])
        sender.take_one("EVENT")
        assert exceptions.replay(sender.connection, "AW") == exceptions.Replay(0, 0, 1)
        (row,) = sender.exceptions()
        assert (row["rule"], row["attempts"]) == ("EVENT.quantity.form", 2)

    def test_a_waiting_event_counts_an_attempt_at_every_valuation(self, warehouse: Connection) -> None:
        land(warehouse, RECEIPT)
        for attempts in (1, 2):
            ledger.value_events(warehouse)
            (row,) = warehouse.execute("select record_kind, attempts, payload from audit.exception").fetchall()
            assert (row["record_kind"], row["attempts"]) == ("material_event", attempts)
            assert row["payload"]["event_id"] == "R-1"


class TestRows:
    def test_a_replay_without_any_file_lands_what_is_cured(self, sender: Sender) -> None:
        sender.land("JOB", "COSTCODE", "CATEGORY")
        sender.put("JCT", [TRANSACTION, {**TRANSACTION, "Row_ID": "T2", "Cost_Code": "05 05 23"}])
        sender.take_one("JCT")
        assert exceptions.replay(sender.connection, "AW").rows_landed == 0
        assert {row["attempts"] for row in sender.exceptions()} == {2}

        sender.put("COSTCODE", [COST_CODE, {**COST_CODE, "Cost_Code": "05 05 23"}])
        sender.put("CATEGORY", [CATEGORY, {**CATEGORY, "Cost_Code": "05 05 23"}])
        sender.take("COSTCODE", "CATEGORY")

        assert exceptions.replay(sender.connection, "AW").rows_landed == 1
        assert sender.exceptions() == []

    @pytest.mark.parametrize("rule", ["JOB.Job.given", "JOB.Status.known"])
    def test_a_row_repaired_in_a_higher_version_closes_its_exception(self, sender: Sender, rule: str) -> None:
        change = {"Job": ""} if rule == "JOB.Job.given" else {"Status": "Sleeping"}
        bad = [{**JOB, "Job": f"24-1{number:02d}", **change} for number in range(9)]
        sender.put("JOB", bad, extent="delta")
        assert sender.take_one("JOB").state == "refused"
        assert len({row["record_key"] for row in sender.exceptions() if row["record_kind"] == "JOB"}) == 9

        good = [{**JOB, "Job": f"24-1{number:02d}"} for number in range(9)]
        sender.put("JOB", good, extent="delta", seq=1, rev=2, previous_seq=0, previous_sha256="")
        assert [outcome.state for outcome in sender.take("JOB")] == ["refused", "landed"]

        assert sender.exceptions() == []

    def test_both_contents_of_a_row_that_came_bad_twice_are_kept(self, sender: Sender) -> None:
        for word in ("Sleeping", "Waking"):
            sender.put("JOB", [JOB, {**JOB, "Job": "24-666", "Status": word}])
            sender.take_one("JOB")
        (row,) = sender.rows("select payload from audit.exception_payload")
        assert row["payload"]["Status"] == "Sleeping"
        assert sender.exceptions()[0]["payload"]["Status"] == "Waking"

    def test_no_list_of_failing_rows_is_cut(self, sender: Sender) -> None:
        """Great Expectations' own lists end at twenty; ours hold every row, those of one key too."""
        rows = [{**JOB, "Job": "24-002", "Description": f"twin {number}"} for number in range(60)]
        sender.put("JOB", [*rows, *({**JOB, "Job": f"24-9{number:03d}", "Status": "?"} for number in range(60))])
        assert sender.take_one("JOB").state == "refused"
        kept = [row for row in sender.exceptions() if row["record_kind"] == "JOB"]
        assert len(kept) == 61
        assert sorted(len(row["payload"]) for row in kept if isinstance(row["payload"], list)) == [60]


class TestDismissal:
    @pytest.fixture
    def exception_id(self, sender: Sender) -> int:
        sender.put("JOB", [JOB, {**JOB, "Job": "24-666", "Status": "Sleeping"}])
        sender.take_one("JOB")
        return int(sender.exceptions()[0]["exception_id"])

    def test_who_and_why_are_kept(self, sender: Sender, exception_id: int) -> None:
        give_up(sender.connection, exception_id)
        assert sender.exceptions() == []
        (row,) = sender.rows("select closed_by, dismissed_reason from audit.exception")
        assert tuple(row.values()) == ("dismissed by ann", "test rig")
        (row,) = sender.rows("select subject_kind, subject_id, decided_by, comment, run_id from audit.approval")
        assert tuple(row.values()) == ("exception", str(exception_id), "ann", "test rig", "r")

    def test_the_same_content_does_not_come_back_and_another_does(self, sender: Sender, exception_id: int) -> None:
        give_up(sender.connection, exception_id)
        sender.put("JOB", [JOB, {**JOB, "Job": "24-666", "Status": "Sleeping"}])
        assert sender.take_one("JOB").rows_quarantined == 1
        assert sender.exceptions() == []
        sender.put("JOB", [JOB, {**JOB, "Job": "24-666", "Status": "Waking"}])
        sender.take_one("JOB")
        assert [row["payload"]["Status"] for row in sender.exceptions()] == ["Waking"]

    def test_a_document_given_up_is_not_lost(self, warehouse: Connection, company: str) -> None:
        del company
        bad = {**RECEIPT, "quantity": "three"}
        send(warehouse, bad)
        row = warehouse.execute("select exception_id from mart.open_exception").fetchone()
        assert row is not None
        give_up(warehouse, row["exception_id"])
        send(warehouse, bad)
        assert open_rules(warehouse) == {}
        assert lost(warehouse) == 0

    @pytest.mark.parametrize(
        ("decided_by", "reason", "code"), [(None, "x", "RS-611"), ("", "x", "RS-611"), ("ann", " ", "RS-614")]
    )
    def test_it_needs_a_person_and_a_reason(
        self, sender: Sender, exception_id: int, decided_by: str | None, reason: str, code: str
    ) -> None:
        with pytest.raises(NotApproved, match=code):
            give_up(sender.connection, exception_id, decided_by=decided_by, reason=reason)
        assert len(sender.exceptions()) == 1

    def test_once_is_enough(self, sender: Sender, exception_id: int) -> None:
        give_up(sender.connection, exception_id)
        # The task that is tried again; another run is told.
        give_up(sender.connection, exception_id)
        with pytest.raises(NotApproved, match="RS-613"):
            give_up(sender.connection, exception_id, run_id="another")
        assert sender.rows("select count(*) as n from audit.approval") == [{"n": 1}]

    def test_several_are_given_up_all_or_none(self, sender: Sender, exception_id: int) -> None:
        with pytest.raises(NotApproved, match=r"RS-613 .*exceptions 999;"):
            give_up(sender.connection, exception_id, 999)
        assert len(sender.exceptions()) == 1
        sender.connection.rollback()
        give_up(sender.connection, exception_id, exception_id)
        assert sender.exceptions() == []

    def test_what_is_ours_cannot_be_given_up(self, warehouse: Connection, company: str) -> None:
        del company
        land(warehouse, RECEIPT)
        ledger.value_events(warehouse)
        row = warehouse.execute("select exception_id from mart.open_exception").fetchone()
        assert row is not None
        with pytest.raises(NotApproved, match=r"RS-613 .*reversal"):
            give_up(warehouse, row["exception_id"])


def test_depth_and_age_stand_in_the_marts(sender: Sender) -> None:
    bad = [{**JOB, "Job": f"24-66{number}", "Status": "Sleeping"} for number in range(3)]
    for _attempt in range(2):
        sender.put("JOB", [JOB, *bad])
        sender.take_one("JOB")
    sender.connection.execute(
        "update audit.exception set opened_at = now() - interval '50 hours' where record_key = '24-660'"
    )
    (row,) = sender.rows("select * from mart.exception_backlog")
    assert (row["company_id"], row["record_kind"], row["rule"]) == ("AW", "JOB", "JOB.Status.known")
    assert (row["records"], row["records_new_today"], row["oldest_age_days"], row["most_attempts"]) == (3, 2, 2, 2)
    (oldest,) = sender.rows(
        "select age_days, attempts, owner, remedy from mart.open_exception where record_key = '24-660'"
    )
    assert (oldest["age_days"], oldest["attempts"]) == (2, 2)
    assert oldest["owner"] == row["owner"]
    assert oldest["remedy"]
