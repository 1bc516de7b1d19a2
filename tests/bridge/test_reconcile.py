"""Words and rules of a reconciliation that need no database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from sage_bridge import proposals, reconcile
from sage_bridge.errors import BadConfig, NotApproved

ANSWER: dict[str, Any] = {
    "chosen_options": ["Approve"],
    "params_input": {"comment": "tied out"},
    "responded_by_user": {"id": "controller", "name": "controller"},
    "responded_at": datetime(2024, 12, 2, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("period", "last"),
    [("2024-02", date(2024, 2, 29)), ("2023-02", date(2023, 2, 28)), ("2024-12", date(2024, 12, 31))],
)
def test_a_month_ends_on_its_last_day(period: str, last: date) -> None:
    assert reconcile.period_end(period) == last


@pytest.mark.parametrize("period", ["2024-13", "2024-00", "24-01", "2024-1", "2024-01-01", "\uff12024-01", ""])
def test_what_is_no_month_is_refused(period: str) -> None:
    with pytest.raises(BadConfig, match="RS-151"):
        reconcile.period_end(period)


def test_links_are_read_in_order_each_once() -> None:
    wanted = (reconcile.Link("T-1", "PO-26-0104", 2), reconcile.Link("T=2", "PO-7", 1))
    assert reconcile.read_links(["T=2=PO-7/1", "T-1=PO-26-0104/2", "T-1=PO-26-0104/2"]) == wanted


@pytest.mark.parametrize("texts", [["T-1"], ["T-1=PO-7"], ["T-1=PO-7/x"], ["=PO-7/1"], ["T-1=PO-7/1", "T-1=PO-7/2"]])
def test_what_is_no_link_is_refused(texts: list[str]) -> None:
    with pytest.raises(BadConfig, match="RS-156"):
        reconcile.read_links(texts)


@pytest.mark.parametrize("text", ["0", "0.01", "10.5", "999999999.99"])
def test_a_plain_amount_is_a_materiality(text: str) -> None:
    assert reconcile.read_materiality(text) == Decimal(text)


@pytest.mark.parametrize("text", ["-1", "1e5", "NaN", "1,000", "0.001", ".5", " 1", "", "\u0661"])
def test_anything_else_is_not(text: str) -> None:
    with pytest.raises(BadConfig, match="RS-152"):
        reconcile.read_materiality(text)


def test_an_entry_is_accepted_or_reversed_not_both() -> None:
    assert reconcile.read_entries(["b", "a", "b"], ["c"]) == (("a", "b"), ("c",))
    with pytest.raises(BadConfig, match=r"RS-153.*a"):
        reconcile.read_entries(["a"], ["a"])


def test_a_persons_answer() -> None:
    decision = reconcile.read_decision(ANSWER, "finance")
    assert decision == reconcile.Decision("controller", True, "tied out", datetime(2024, 12, 2, tzinfo=UTC))
    refused = reconcile.read_decision({**ANSWER, "chosen_options": ["Reject"], "params_input": None}, "finance")
    assert (refused.is_approved, refused.comment) == (False, "")
    as_text = reconcile.read_decision({**ANSWER, "responded_at": "2024-12-02T00:00:00+00:00"}, "finance")
    assert as_text == decision


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="the task was marked successful by hand"),
        pytest.param({**ANSWER, "responded_by_user": None}, id="the time ran out and a default was taken"),
        pytest.param({**ANSWER, "responded_by_user": {"id": "", "name": ""}}, id="nobody's name"),
        pytest.param({**ANSWER, "chosen_options": []}, id="nothing chosen"),
        pytest.param({**ANSWER, "chosen_options": ["Approve", "Reject"]}, id="both chosen"),
        pytest.param({**ANSWER, "chosen_options": ["approve"]}, id="not an option"),
    ],
)
def test_without_a_persons_answer_nothing_is_decided(answer: dict[str, Any] | None) -> None:
    with pytest.raises(NotApproved, match="RS-651"):
        reconcile.read_decision(answer, "finance")


def test_the_preparer_may_not_decide() -> None:
    with pytest.raises(NotApproved, match=r"RS-652.*controller"):
        reconcile.read_decision(ANSWER, "controller")
    assert reconcile.approvers(["controller", "finance", "controller"], "finance") == ["controller"]
    with pytest.raises(BadConfig, match="RS-154"):
        reconcile.approvers(["finance", ""], "finance")


def test_a_sign_off_hash_sees_every_part_and_their_order() -> None:
    parts = [{"part": "a", "lines": 1, "sha256": "x"}, {"part": "b", "lines": 2, "sha256": "y"}]
    found = reconcile.sign_off_hash(parts)
    assert len(found) == 64
    assert len({found, reconcile.sign_off_hash(parts[::-1]), reconcile.sign_off_hash(parts[:1])}) == 3
    assert found != reconcile.sign_off_hash([parts[0], {**parts[1], "lines": 3}])


def test_a_table_cannot_be_broken_by_what_it_holds() -> None:
    shown = proposals.table(["what", "amount"], [("a | b\n<script>`x`", Decimal("-1234.5")), (None, Decimal(0))])
    assert shown == "| what | amount |\n| --- | ---: |\n| a \\| b &lt;script>'x' | -1,234.50 |\n|  | 0.00 |\n"


def test_a_long_table_counts_what_it_leaves_out() -> None:
    rows = [(number,) for number in range(proposals.MOST_LINES + 3)]
    assert "... and 3 more" in proposals.table(["n"], rows)
    assert "... and 75 more" in proposals.table(["n"], rows[: proposals.MOST_LINES], total=100)
    assert proposals.table(["n"], []) == "none\n"


def test_a_broken_promise_is_loud() -> None:
    promise = {"promise": "entries_to_postings", "ours": "1.00", "other": "2.00", "broken": 3}
    mirror = {"flow": "CATEGORY", "amount_rows": "1", "amount_sage": "2", "codes_off": 1, "is_comparable": False}
    shown = proposals.tie_out_table({"promises": [promise], "mirror": [mirror]})
    assert "| entries to postings | 1.00 | 2.00 | NO, 3 records |" in shown
    assert "not comparable" in shown


def test_lines_to_refuse_are_read_with_their_reasons() -> None:
    said = {"comment": "", "refuse": ["J7=not ours", "A12= the clerk corrects it = yes "]}
    decision = reconcile.read_decision({**ANSWER, "params_input": said}, "finance")
    assert decision.refused == (("A12", "the clerk corrects it = yes"), ("J7", "not ours"))


@pytest.mark.parametrize("texts", [["A12"], ["A12= "], ["X1=no"], ["A1=one", "A1=two"], ["12=no"]])
def test_a_line_to_refuse_has_a_number_and_a_reason(texts: list[str]) -> None:
    with pytest.raises(NotApproved, match="RS-650"):
        reconcile.read_decision({**ANSWER, "params_input": {"refuse": texts}}, "finance")
