"""Answers in any order, late, lost, partial or false; rejected lines go again once cured; read-back decides."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from sage_bridge.errors import LaneStopped
from sage_hooks import outbox, outbox_gate
from tests.hooks.outbox.place import COMPANY, DAY, KILLED, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

FIRST = "DC_AW_PROD_00000001_v1.txt"
SECOND = "DC_AW_PROD_00000002_v1.txt"


def sent(place: Place, count: int = 2) -> list[str]:
    """Send one file of `count` lines and let the Sage side take it; gives its references."""
    for number in range(1, count + 1):
        place.entry("10.00", "1", day=date(2026, 3, number))
    outbox.seal_costs(place.connection, COMPANY)
    outbox.deliver(place.connection, place.exchange, COMPANY, "DC", ack_wait_seconds=0)
    place.take(FIRST)
    return place.references(FIRST)


def take(place: Place) -> outbox.Answered:
    return outbox.take_answers(place.connection, place.exchange, COMPANY)


def state(place: Place, name: str = FIRST) -> str:
    return str(place.one("select state from outbox.batch where file_name = %(n)s", n=name))


def test_ack_then_results_then_posted(place: Place) -> None:
    sent(place)
    assert take(place) == outbox.Answered()
    place.acknowledge(FIRST)
    assert take(place) == outbox.Answered(acks=1)
    assert (state(place), place.states()) == ("received", {"received": 2})
    place.report(FIRST)
    assert take(place) == outbox.Answered(results=1, accepted=2)
    assert (state(place), place.states()) == ("accepted", {"accepted": 2})
    shown = place.rows("select rows_landed, rows_quarantined, finished_at from mart.transfer where direction = 'out'")[
        0
    ]
    assert (shown["rows_landed"], shown["rows_quarantined"], bool(shown["finished_at"])) == (2, 0, True)
    assert take(place) == outbox.Answered()
    assert outbox.confirm_posted(place.connection, COMPANY) == outbox.Confirmed(0, 0)
    place.post()
    assert outbox.confirm_posted(place.connection, COMPANY) == outbox.Confirmed(2, 1)
    assert outbox.confirm_posted(place.connection, COMPANY) == outbox.Confirmed(0, 0)
    assert (state(place), place.states(), place.open_rules()) == ("posted", {"posted": 2}, [])
    first = place.postings()[0]
    assert first["sage_transaction_id"] == f"T-{first['posting_reference']}"
    times = [first[name] for name in ("created_at", "sealed_at", "sent_at", "received_at", "accepted_at", "posted_at")]
    assert times == sorted(times)
    steps = place.rows("select state_from, state_to from outbox.state_log order by log_id")
    assert [(one["state_from"], one["state_to"]) for one in steps] == [
        ("eligible", "sealed"),
        ("sealed", "sending"),
        ("sending", "sent"),
        ("sent", "received"),
        ("received", "accepted"),
        ("accepted", "posted"),
    ]
    assert place.one("select state from audit.transfer") == "posted"


def test_results_may_come_before_the_ack_or_without_it(place: Place) -> None:
    sent(place)
    place.report(FIRST)
    assert take(place).accepted == 2
    assert state(place) == "accepted"
    place.acknowledge(FIRST)
    assert take(place) == outbox.Answered(acks=1)
    assert (state(place), place.open_rules()) == ("accepted", [])


def test_both_answers_at_once_are_taken_at_once(place: Place) -> None:
    sent(place)
    place.acknowledge(FIRST)
    place.report(FIRST)
    assert take(place) == outbox.Answered(acks=1, results=1, accepted=2)


def test_an_answer_before_our_own_record_of_sending_counts(place: Place) -> None:
    sent(place)
    place.run("update outbox.batch set state = 'sending', sent_at = null")
    place.acknowledge(FIRST)
    assert take(place).acks == 1
    assert state(place) == "received"
    assert place.one("select sent_at is not null from outbox.batch")


def test_an_answer_without_its_proof_is_not_read(place: Place) -> None:
    sent(place)
    place.acknowledge(FIRST)
    (place.root / "ack" / f"{FIRST}.ack.json.ok").unlink()
    assert take(place) == outbox.Answered()


def ack_over(**over: object) -> Callable[[Place], None]:
    return lambda place: place.acknowledge(FIRST, **over)


def result_text(change: Callable[[list[str]], list[str]]) -> Callable[[Place], None]:
    def write(place: Place) -> None:
        place.report(FIRST)
        path = place.root / "ack" / f"{FIRST}.res.csv"
        lines = change(path.read_text().splitlines())
        place.answer(path.name, ("\r\n".join(lines) + "\r\n").encode(), len(lines) - 1)

    return write


def wrong_proof(place: Place) -> None:
    place.acknowledge(FIRST)
    path = place.root / "ack" / f"{FIRST}.ack.json.ok"
    path.write_text(json.dumps({**json.loads(path.read_text()), "sha256": "0" * 64}))


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        pytest.param(ack_over(sha256="0" * 64), "sha256", id="another content"),
        pytest.param(ack_over(bytes=1), "bytes", id="another size"),
        pytest.param(ack_over(rows=1), "rows", id="another number of rows"),
        pytest.param(ack_over(seq=2), "seq", id="another number"),
        pytest.param(ack_over(company="BW"), "company", id="another company"),
        pytest.param(ack_over(environment="TEST"), "environment", id="another environment"),
        pytest.param(ack_over(status="perhaps"), "status", id="an unknown status"),
        pytest.param(ack_over(status="refused", reason="known hash"), "known hash", id="refused whole"),
        pytest.param(wrong_proof, "sha256", id="proof of other bytes"),
        pytest.param(lambda p: p.answer(f"{FIRST}.ack.json", b"no json", 1), "JSON", id="no JSON"),
        pytest.param(result_text(lambda lines: lines[:-1]), "rows", id="a line missing"),
        pytest.param(result_text(lambda lines: [*lines, lines[-1]]), "each line", id="a line twice"),
        pytest.param(
            result_text(lambda lines: [lines[0], *reversed([x.replace(",C", ",D") for x in lines[1:]])]), "row 2"
        ),
        pytest.param(result_text(lambda lines: ["line,reference", *lines[1:]]), "header", id="another header"),
        pytest.param(
            result_text(lambda lines: [x.replace("ACCEPTED", "MAYBE") for x in lines]), "row 2", id="no such result"
        ),
    ],
)
def test_an_answer_that_contradicts_what_was_sent_stops_the_lane(
    place: Place, write: Callable[[Place], None], reason: str
) -> None:
    sent(place)
    write(place)
    with pytest.raises(LaneStopped, match=f"RS-501.*{reason}"):
        take(place)
    assert (state(place), place.states()) == ("unknown", {"unknown": 2})
    assert place.open_rules() == ["outcome_unknown"]
    assert take(place) == outbox.Answered()


def test_results_in_another_order_are_the_same_results(place: Place) -> None:
    sent(place, 3)
    result_text(lambda lines: [lines[0], *reversed(lines[1:])])(place)
    assert take(place).accepted == 3


def test_a_late_ack_that_contradicts_is_named_and_changes_nothing(place: Place) -> None:
    sent(place)
    place.report(FIRST)
    take(place)
    place.acknowledge(FIRST, sha256="0" * 64)
    take(place)
    assert (state(place), place.open_rules()) == ("accepted", ["answer_contradicts"])


def test_a_file_that_vanishes_unacknowledged_stops_the_lane(place: Place) -> None:
    sent(place)
    (place.root / "processed" / FIRST).unlink()
    with pytest.raises(LaneStopped, match="taken away and nobody acknowledged"):
        take(place)
    assert state(place) == "unknown"


def test_an_overdue_ack_is_an_exception_until_it_comes(place: Place) -> None:
    sent(place)
    place.run("update outbox.batch set sent_at = now() - interval '3 hours'")
    take(place)
    assert place.open_rules() == ["ack_overdue"]
    place.acknowledge(FIRST)
    take(place)
    assert place.open_rules() == []


@pytest.mark.parametrize(
    "point",
    [
        "answers.ack_read",
        "answers.ack_before_commit",
        "answers.ack_committed",
        "answers.result_read",
        "answers.result_before_commit",
        "answers.result_committed",
        "confirm.before_commit",
        "confirm.committed",
    ],
)
def test_a_reader_killed_anywhere_is_followed_to_the_same_end(place: Place, point: str) -> None:
    first, _ = sent(place)
    place.acknowledge(FIRST)
    place.report(FIRST, {first: "job is closed"})
    place.post(place.imported[1:])

    def work(connection: Connection, exchange: object) -> None:
        outbox.take_answers(connection, exchange, COMPANY)  # type: ignore[arg-type]
        outbox.confirm_posted(connection, COMPANY)

    assert place.child(work, point) == KILLED
    take(place)
    outbox.confirm_posted(place.connection, COMPANY)
    assert (state(place), place.states()) == ("posted", {"rejected": 1, "posted": 1})
    assert place.open_rules() == ["rejected_by_sage"]


# Rejected lines go again, alone, once their cause is gone.


def rejected(place: Place) -> str:
    first, *_ = sent(place)
    place.acknowledge(FIRST)
    place.report(FIRST, {first: "Job is not In progress"})
    assert take(place) == outbox.Answered(acks=1, results=1, accepted=1, rejected=1)
    assert (state(place), place.states()) == ("part", {"accepted": 1, "rejected": 1})
    (row,) = place.rows("select reject_reason from outbox.cost_posting where state = 'rejected'")
    assert row["reject_reason"] == "JC-1: Job is not In progress"
    assert place.open_rules() == ["rejected_by_sage"]
    return first


def seal(place: Place) -> int:
    return outbox.seal_costs(place.connection, COMPANY).lines


def test_a_rejected_line_waits_while_its_cause_was_never_seen(place: Place) -> None:
    rejected(place)
    assert (seal(place), place.states()) == (0, {"accepted": 1, "rejected": 1})


def test_a_rejected_line_goes_again_once_the_mirror_shows_the_repair(place: Place) -> None:
    reference = rejected(place)
    place.run("update core.job set status = 'Closed'")
    assert seal(place) == 0
    place.run("update core.job set status = 'In progress'")
    assert seal(place) == 1
    outbox.deliver(place.connection, place.exchange, COMPANY, "DC", ack_wait_seconds=0)
    assert [(line.ref_1, line.batch) for line in place.take(SECOND)] == [(reference, "RBD0000002")]
    versions = place.rows("select version_no from outbox.batch_line where reference = %(r)s order by 1", r=reference)
    assert [row["version_no"] for row in versions] == [1, 2]
    assert place.open_rules() == []


def test_a_rejected_line_moves_on_when_its_month_has_closed(place: Place) -> None:
    rejected(place)
    place.month("2026-03", "Closed")
    place.month("2026-04")
    assert seal(place) == 1
    (row,) = place.rows("select accounting_date, is_late, version_no from outbox.cost_posting where state = 'sealed'")
    assert row == {"accounting_date": date(2026, 4, 1), "is_late": True, "version_no": 2}


def test_a_person_releases_a_rejected_line(place: Place) -> None:
    reference = rejected(place)
    other = next(row["posting_reference"] for row in place.postings() if row["state"] == "accepted")
    assert outbox.release_rejected(place.connection, COMPANY, [reference, other]) == [reference]
    assert place.open_rules() == []
    assert (seal(place), place.states()) == (1, {"accepted": 1, "sealed": 1})


def test_a_rejected_line_imported_by_hand_counts_as_posted_and_is_not_sent(place: Place) -> None:
    reference = rejected(place)
    place.post([line for line in place.imported if line.ref_1 == reference])
    assert outbox.release_rejected(place.connection, COMPANY, [reference]) == [reference]
    assert seal(place) == 0
    outbox.confirm_posted(place.connection, COMPANY)
    assert place.states() == {"accepted": 1, "posted": 1}


def test_a_file_is_posted_when_its_accepted_lines_are(place: Place) -> None:
    reference = rejected(place)
    place.post([line for line in place.imported if line.ref_1 != reference])
    assert outbox.confirm_posted(place.connection, COMPANY) == outbox.Confirmed(1, 1)
    assert state(place) == "posted"


# Read-back: once, with the same content.


def test_a_line_that_stands_twice_in_sage_stays_and_is_named(place: Place) -> None:
    sent(place)
    place.post()
    place.post(place.imported[:1], suffix="-again")
    assert outbox.confirm_posted(place.connection, COMPANY).lines == 1
    assert (place.states(), place.open_rules()) == ({"posted": 1, "sent": 1}, ["posted_twice"])
    place.run("delete from core.job_cost_transaction where row_id like '%%-again'")
    assert outbox.confirm_posted(place.connection, COMPANY).lines == 1
    assert place.open_rules() == []


@pytest.mark.parametrize(
    "change",
    [
        "amount = amount + 0.01",
        "job = 'OTHER'",
        "cost_code = 'OTHER'",
        "category = 'X'",
        "extra = 'E'",
        "accounting_date = '2026-04-01'",
    ],
)
def test_a_line_that_differs_in_sage_stays_and_is_named(place: Place, change: str) -> None:
    sent(place, 1)
    place.post()
    place.run(f"update core.job_cost_transaction set {change}")  # noqa: S608 - a case of this test
    assert outbox.confirm_posted(place.connection, COMPANY).lines == 0
    assert (place.states(), place.open_rules()) == ({"sent": 1}, ["changed_in_sage"])


def test_a_line_doubled_after_it_was_posted_is_named(place: Place) -> None:
    sent(place, 1)
    place.post()
    outbox.confirm_posted(place.connection, COMPANY)
    place.post(suffix="-again")
    outbox.confirm_posted(place.connection, COMPANY)
    assert (place.states(), place.open_rules()) == ({"posted": 1}, ["posted_twice"])


def test_unposted_rows_are_no_proof(place: Place) -> None:
    sent(place, 1)
    place.post()
    place.run("update core.job_cost_transaction set source = 'NEW'")
    assert outbox.confirm_posted(place.connection, COMPANY).lines == 0


def test_an_unknown_outcome_is_settled_by_read_back(place: Place) -> None:
    sent(place)
    place.acknowledge(FIRST, status="refused", reason="seq seen before")
    with pytest.raises(LaneStopped):
        take(place)
    place.post()
    assert outbox.confirm_posted(place.connection, COMPANY) == outbox.Confirmed(2, 1)
    assert (state(place), place.open_rules()) == ("posted", [])


def test_an_adjustment_goes_its_own_lane_and_tells_reconciliation(place: Place) -> None:
    from tests.hooks.outbox.approvals import adjustment

    adjustment(place)
    assert outbox.seal_adjustments(place.connection, COMPANY).amount == Decimal("-12.34")
    assert outbox.seal_costs(place.connection, COMPANY).lines == 0
    outbox.deliver(place.connection, place.exchange, COMPANY, "ADJ", ack_wait_seconds=0)
    assert place.one("select state from recon.adjustment") == "sent"
    (name,) = place.waiting()
    assert name == "ADJ_AW_PROD_00000001_v1.txt"
    (line,) = place.take(name)
    assert (line.batch, line.amount, line.transaction_date) == ("RBA0000001", "-12.34", "2026-03-31")
    place.post()
    assert outbox.confirm_posted(place.connection, COMPANY).lines == 1
    assert place.one("select state from recon.adjustment") == "posted"


def test_work_of_the_pipeline_role_needs_no_more_rights_than_it_has(place: Place) -> None:
    outbox_gate.load("DC")
    place.run("set role pipeline")
    try:
        place.connection.execute("set role pipeline")
        place.connection.commit()
        outbox.seal_costs(place.connection, COMPANY)
        place.run("reset role")
        place.entry("10.00", "1", day=DAY)
        place.run("set role pipeline")
        assert outbox.seal_costs(place.connection, COMPANY).lines == 1
        outbox.seal_receipts(place.connection, COMPANY)
        outbox.deliver(place.connection, place.exchange, COMPANY, "DC", ack_wait_seconds=0)
        place.acknowledge(FIRST)
        take(place)
        outbox.confirm_posted(place.connection, COMPANY)
        assert state(place) == "received"
    finally:
        place.run("reset role")
