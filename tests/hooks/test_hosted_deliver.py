"""Costs reach hosted Sage once each, whatever the service answers and wherever our side dies, over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ops.companies import default_profile, store_profile
from sage_bridge.errors import LaneStopped
from sage_hooks import hosted_deliver, outbox
from sage_hooks.hosted_deliver import deliver_hosted

if TYPE_CHECKING:
    from tests.hooks.hosted_company import Company

pytestmark = pytest.mark.slow

FIRST, SECOND = "direct-costs", "synchronize"


def test_a_line_is_sealed_written_answered_posted_and_read_back(company_served: Company) -> None:
    company_served.send()
    assert set(company_served.states()) == {"sent"}
    answered = company_served.answers()
    assert answered.accepted > 30
    assert (answered.acks, answered.results, answered.rejected) == (1, 1, 0)
    assert set(company_served.states()) == {"accepted"}
    company_served.post()
    assert set(company_served.states()) == {"posted"}
    company_served.require_once()
    # Nothing is left to do, however often it is done.
    company_served.send()
    assert company_served.answers() == outbox.Answered()
    company_served.require_once()


@pytest.mark.parametrize("step", [FIRST, SECOND])
@pytest.mark.parametrize(
    "kind", ["too-many", "error-before", "error-after", "broken-after", "timeout-after", "expired"]
)
def test_a_fault_while_writing_leaves_every_line_once(company_served: Company, kind: str, step: str) -> None:
    # In a row, so that looking up is followed by another fault; a session that ends twice in a row is no session.
    count = 1 if kind == "expired" else 2
    company_served.hosted.fault(kind=kind, path=step, skip=3, count=count, seconds=1)
    company_served.send(seconds=0.7)
    assert company_served.hosted.faults_left() == 0
    company_served.answers()
    assert set(company_served.states()) == {"accepted"}
    company_served.require_once()


@pytest.mark.parametrize("step", ["entity_id", "operation_id"])
def test_a_worker_that_dies_after_a_write_is_followed_by_one_that_looks(
    company_served: Company, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = hosted_deliver._Delivery._note

    def dying(self: Any, known_of: list[tuple[dict[str, Any], dict[str, str | None]]]) -> None:
        if any(step in known for _, known in known_of):
            noted(self, known_of[:4])
            raise KeyboardInterrupt
        noted(self, known_of)

    with monkeypatch.context() as context:
        context.setattr(hosted_deliver._Delivery, "_note", dying)
        with pytest.raises(KeyboardInterrupt):
            company_served.send()
    company_served.send()
    company_served.answers()
    assert set(company_served.states()) == {"accepted"}
    company_served.require_once()


def test_a_link_that_cannot_be_looked_into_stops_at_the_first_silence(company_served: Company) -> None:
    profile = default_profile("AW")
    serves = tuple(one for one in profile.hosted.serves if one != "sent")
    store_profile(company_served.warehouse, replace(profile, hosted=replace(profile.hosted, serves=serves)))
    company_served.hosted.fault(kind="error-after", path=FIRST, skip=3)
    with pytest.raises(LaneStopped, match="RS-501"):
        company_served.send()
    assert set(company_served.states()) == {"unknown"}
    with pytest.raises(LaneStopped, match="RS-501"):
        company_served.send()
    assert len(company_served.in_sage()) == 0


def test_what_sage_refuses_is_rejected_with_its_words(company_served: Company) -> None:
    row = company_served.warehouse.execute("select min(job) as job from core.job_cost_transaction").fetchone()
    assert row is not None
    # Closed after our mirror was read: our own checks know nothing of it.
    company_served.hosted.do("set-status", "--job", row["job"], "--status", "Closed")
    company_served.send()
    answered = company_served.answers()
    assert answered.rejected > 0
    assert answered.accepted > 0
    messages = company_served.warehouse.execute(
        "select distinct result_message from outbox.batch_line where result = 'REJECTED'"
    ).fetchall()
    assert [one["result_message"] for one in messages] == [f"job {row['job']} is not In progress (Closed)"]
    company_served.require_once()
    # Opened again and seen to be: the same references go once more, alone.
    company_served.hosted.do("set-status", "--job", row["job"], "--status", "In progress")
    outbox.release_rejected(
        company_served.warehouse, "AW",
        [one["reference"] for one in company_served.warehouse.execute(
            "select reference from outbox.batch_line where result = 'REJECTED'").fetchall()],
    )  # fmt: skip
    company_served.send()
    assert company_served.answers().rejected == 0
    assert set(company_served.states()) == {"accepted"}
    company_served.require_once()


def test_a_restored_database_stops_before_it_writes_again(company_served: Company) -> None:
    company_served.send()
    company_served.answers()
    sent = company_served.in_sage()
    # As a database looks that was restored from before the send.
    company_served.warehouse.execute("update outbox.batch set state = 'sealed', ack = null, result = null")
    company_served.warehouse.execute("update outbox.cost_posting set state = 'sealed'")
    company_served.warehouse.execute("alter table outbox.hosted_write disable trigger all")
    company_served.warehouse.execute("delete from outbox.hosted_write")
    company_served.warehouse.execute("delete from landing.hosted_cursor where resource like '%direct-costs'")
    company_served.warehouse.commit()
    with company_served.hosted.api() as api, pytest.raises(LaneStopped, match="RS-501"):
        deliver_hosted(company_served.warehouse, api, "AW", "DC")
    assert company_served.in_sage() == sent
