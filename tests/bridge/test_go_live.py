"""Go-live checks: what is red says what to do, what is signed is what was shown, nothing is left out silently."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sage_bridge import go_live as rules
from sage_bridge import golden
from sage_bridge.errors import NotApproved, RefusedTransfer, Transient
from sage_bridge.go_live import Check
from sage_bridge.go_live_profile import GoLive, Masks
from sage_bridge.self_test import file_name, read_self_test, write_self_test

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
AGREED = GoLive("22-900", "PO-GO", 1, Decimal("2.50"), date(2026, 6, 1), Masks("", "", ""))
IDS = {event: golden.event_id(AGREED, event) for event in golden.EVENTS}
LINE = {
    "job": "22-900", "extra": "", "cost_code": "22 05 00", "category": "M", "standard_item": "", "unit": "EA",
    "units": Decimal(10), "unit_cost": Decimal(4), "is_closed": False, "code_rule": "", "policy": "installation",
    "other_events": 0,
}  # fmt: skip


def posting(reference: str, amount: str, **changes: Any) -> golden.Row:
    row = {
        "reference": reference, "kind": "consumption", "amount": Decimal(amount), "amount_sage": Decimal(amount),
        "state": "posted", "reason": "", "sage_transaction_id": "T1", "job": "22-900", "extra": "",
        "cost_code": "22 05 00", "category": "M", "debit_account": "5-1", "credit_account": "2-1", "debit_rows": 1,
        "credit_rows": 1,
    }  # fmt: skip
    return row | changes


FINISHED = golden.Facts(
    line=LINE,
    events={one: {"event_id": one, "status": "tagged", "rule": ""} for one in IDS.values()},
    confirmations={
        IDS[event]: {"units": Decimal(1), "state": "sent", "reason": ""} for event in ("received", "receipt-reversed")
    },
    postings=[posting("R1", "10.00"), posting("R2", "-10.00")],
)


def without(*events: str) -> dict[str, golden.Row]:
    return {name: row for name, row in FINISHED.events.items() if name not in {IDS[one] for one in events}}


def test_a_finished_transaction_is_green_and_asks_for_nothing() -> None:
    found = golden.judge(AGREED, FINISHED)
    assert {check.state for check in found.checks} == {"passed"}
    assert len(found.checks) == 11
    assert (found.wanted, found.waits_for) == ((), "")


BROKEN: dict[str, tuple[dict[str, Any], str, str, tuple[str, ...]]] = {
    "no order": ({"line": None}, "1_order", "order PO-GO, line 1, job 22-900 in Sage, with 2.50 units or more", ()),
    "closed": ({"line": LINE | {"is_closed": True}}, "1_order", "correct purchase order", ()),
    "wrong job": ({"line": LINE | {"job": "22-101"}}, "1_order", "correct purchase order", ()),
    "too few": ({"line": LINE | {"units": Decimal(1)}}, "1_order", "correct purchase order", ()),
    "no price": ({"line": LINE | {"unit_cost": Decimal(0)}}, "1_order", "correct purchase order", ()),
    "closed code": ({"line": LINE | {"code_rule": "job_not_open"}}, "1_order", "correct purchase order", ()),
    "not managed": ({"line": LINE | {"policy": None}}, "1_order", "correct purchase order", ()),
    "shared": ({"line": LINE | {"other_events": 1}}, "1_order", "correct purchase order", ()),
    "not begun": ({"events": {}}, "2_received", "runblu_to_core__material_events", ("received",)),
    "waiting": (
        {"events": FINISHED.events | {IDS["received"]: {"event_id": "x", "status": "waiting", "rule": "untagged"}}},
        "2_received", "x waits: untagged", (),
    ),
    "unconfirmed": ({"confirmations": {}}, "3_confirmed", "run core_to_sage__receipts", ()),
    "held": (
        {"confirmations": {IDS["received"]: {"units": Decimal(1), "state": "held", "reason": "over"}}},
        "3_confirmed", "held over", (),
    ),
    "not installed": (
        {"events": without("installed", "install-reversed", "receipt-reversed")}, "4_installed", "inbox", ("installed",)
    ),
    "no cost line": ({"postings": []}, "5_cost_posted", "run core_to_sage__material_costs", ()),
    "not answered": ({"postings": [posting("R1", "10", state="sent")]}, "5_cost_posted", "the agent to import", ()),
    "not posted": (
        {"postings": [posting("R1", "10", state="accepted")]}, "5_cost_posted", "have its batch posted in Sage", ()
    ),
    "rejected": (
        {"postings": [posting("R1", "10", state="rejected", reason="no such job")]}, "5_cost_posted", "no such job", ()
    ),
    "other amount": (
        {"postings": [posting("R1", "10", amount_sage=Decimal(9))]}, "5_cost_posted", "run sage_to_core__job_cost", ()
    ),
    "no ledger row": (
        {"postings": [posting("R1", "10", credit_rows=0)]}, "6_cost_in_ledger", "run sage_to_core__ledger", ()
    ),
    "not reversed": (
        {"events": without("install-reversed", "receipt-reversed")},
        "7_reversed", "inbox", ("install-reversed", "receipt-reversed"),
    ),
    "no reversal line": (
        {"postings": [posting("R1", "10.00")]}, "8_reversal_posted", "run core_to_sage__material_costs", ()
    ),
    "reversal not in ledger": (
        {"postings": [posting("R1", "10.00"), posting("R2", "-10.00", debit_rows=0)]},
        "9_reversal_in_ledger", "5-1 no rows", (),
    ),
    "something left": (
        {"postings": [posting("R1", "10.00"), posting("R2", "-9.99")]}, "net_zero", "ours 0.01, Sage 0.01", ()
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "name", "said", "wanted"), BROKEN.values(), ids=BROKEN)
def test_the_first_unfinished_step_says_what_it_waits_for(
    change: dict[str, Any], name: str, said: str, wanted: tuple[str, ...]
) -> None:
    found = golden.judge(AGREED, replace(FINISHED, **change))
    red = [check for check in found.checks if check.state == "failed"]
    assert red[0].name == f"golden.{name}"
    assert said in red[0].next_step
    assert said in found.waits_for
    assert found.wanted == wanted
    assert all(check.found.startswith("not reached") for check in red[1:])


def test_what_does_not_concern_the_company_is_said() -> None:
    no_cost = golden.judge(AGREED, replace(FINISHED, line=LINE | {"policy": "invoice"}, postings=[]))
    assert [check.name for check in no_cost.checks if check.state == "not applicable"] == [
        "golden.5_cost_posted", "golden.6_cost_in_ledger", "golden.8_reversal_posted", "golden.9_reversal_in_ledger",
    ]  # fmt: skip
    unconfirmed = golden.judge(AGREED, replace(FINISHED, confirmations={}, has_receipts_flow=False))
    assert unconfirmed.waits_for == ""


def test_events_come_one_after_another_on_the_agreed_day() -> None:
    made = [golden.document("AW", AGREED, event, LINE, NOW, "America/New_York") for event in golden.EVENTS]
    assert [one["occurred_at"][:16] for one in made] == [f"2026-06-01T08:0{minute}" for minute in range(4)]
    assert [one["event_type"] for one in made] == ["received", "installed", "reversed", "reversed"]
    assert {one["quantity"] for one in made} == {"2.5"}
    assert [one.get("reverses_event_id") for one in made] == [None, None, IDS["installed"], IDS["received"]]
    today = golden.document("AW", replace(AGREED, event_day=None), "received", LINE, NOW, "UTC")
    assert today["occurred_at"] == "2026-06-01T12:00:00+00:00"


@pytest.mark.parametrize(("ahead", "state"), [(0, "passed"), (60, "passed"), (-61, "failed"), (61, "failed")])
def test_a_clock_may_stand_a_minute_off(ahead: int, state: str) -> None:
    assert rules.clock(ahead).state == state


@pytest.mark.parametrize(
    ("mask", "good", "bad"),
    [("99-999", "26-101", "26-10A"), ("AX.9", "BZ.1", "1Z.1"), ("99 99 99", "03 30 00", "03-30-00")],
)
def test_masks_are_read_character_by_character(mask: str, good: str, bad: str) -> None:
    pattern = re.compile(rules.mask_pattern(mask))
    assert pattern.search(good)
    assert not pattern.search(bad)
    assert rules.mask_pattern("") == ""


def test_a_feed_may_be_two_turns_old() -> None:
    assert [rules.feed_seconds(every) for every in (None, 0, 900, 86_400)] == [None, 3_600, 3_600, 172_800]


RED, GREEN = Check("a", "failed", "x", "y", "z"), Check("b", "passed", "x")


@pytest.mark.parametrize(
    ("exceptions", "reason", "said"),
    [([], "", "red without exception: a"), (["a"], " ", "without a reason"), (["a", "b"], "ok", "not red: b")],
)
def test_red_checks_need_names_and_a_reason(exceptions: list[str], reason: str, said: str) -> None:
    with pytest.raises(NotApproved, match=f"RS-657.*{said}"):
        rules.require_signable(1, rules.reds([RED, GREEN]), exceptions, reason)


def test_what_is_green_or_excepted_can_be_signed() -> None:
    rules.require_signable(1, rules.reds([GREEN]), [], "")
    rules.require_signable(1, rules.reds([RED, GREEN]), ["a"], "known")


def test_the_hash_follows_the_content_and_nothing_else() -> None:
    assert rules.report_hash("AW", [RED, GREEN]) == rules.report_hash("AW", [GREEN, RED])
    assert rules.report_hash("AW", [RED]) != rules.report_hash("AW", [replace(RED, found="other")])


def test_an_error_becomes_a_check_with_its_parts() -> None:
    check = rules.failed("n", Transient("RS-901", "away", found="timeout", do="wait"))
    assert check == Check("n", "failed", "RS-901 away: timeout", "", "wait")


def test_the_report_lists_red_first_and_keeps_its_table() -> None:
    head = dict.fromkeys(
        ("company_name", "started_by", "started_at", "state", "content_hash", "signed_by", "comment"), ""
    )
    text = rules.report(
        {**head, "company_id": "AW", "run_no": 1}, [GREEN, replace(RED, found="a|b\nc")],
        [{"kind": "job cost row", "record": "T1", "batch": "B", "amount": Decimal("1.00")}],
    )  # fmt: skip
    assert "**RED: a**" in text
    assert text.index("| a | RED | a\\|b c |") < text.index("| b | passed |")
    assert "| job cost row | T1 | B | 1.00 |" in text


def test_a_self_test_becomes_checks() -> None:
    content = write_self_test(
        "AW", "PROD", "1", NOW, [("JOB can be read", ""), ("VENDOR can be read", "no column ZIP")]
    )
    name = file_name("AW", "PROD", NOW)
    assert name == "self_test_AW_PROD_20260601T120000Z.json"
    checks = read_self_test(content, name, "AW", NOW + timedelta(hours=2))
    assert [(check.name, check.state) for check in checks] == [
        ("agent.self_test", "passed"), ("agent.JOB can be read", "passed"), ("agent.VENDOR can be read", "failed")
    ]  # fmt: skip
    assert checks[2].found == "no column ZIP"
    assert read_self_test(content, name, "AW", NOW + timedelta(days=8))[0].state == "failed"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", write_self_test("BB", "PROD", "1", NOW, [])])
def test_another_report_is_refused(content: bytes) -> None:
    with pytest.raises(RefusedTransfer, match="RS-244"):
        read_self_test(content, "name", "AW", NOW)
