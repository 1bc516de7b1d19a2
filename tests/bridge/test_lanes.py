"""The judgement of what a look found: go on where it is proved, look again where it may be a race, else stop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_bridge.errors import BrokenLaw
from sage_bridge.lanes import INBOX, TRANSITIONS, Evidence, State, Step, check_transition, judge, judge_sent

OURS, OTHERS = "a" * 64, "b" * 64


def verdict(evidence: Evidence, *, token: str = "", last: bool = True, overdue: bool = False) -> Step:
    return judge(evidence, sha256=OURS, renaming_token=token, is_last_look=last, is_overdue=overdue).step


CASES = [
    pytest.param(Evidence(), "", Step.UPLOAD, id="nothing anywhere"),
    pytest.param(Evidence(part_tokens=frozenset({"x"})), "", Step.UPLOAD, id="an unfinished upload of a dead worker"),
    pytest.param(Evidence(part_tokens=frozenset({"x"})), "x", Step.UPLOAD, id="noted, not yet put in place"),
    pytest.param(Evidence(), "x", Step.STOP, id="put in place and gone"),
    pytest.param(
        Evidence(part_tokens=frozenset({"y"})), "x", Step.STOP, id="put in place and gone, another upload there"
    ),
    pytest.param(Evidence(((INBOX, OURS),)), "x", Step.WRITE_MANIFEST, id="in place without manifest"),
    pytest.param(Evidence(((INBOX, OURS),), has_manifest=True), "x", Step.RECORD_SENT, id="in place with manifest"),
    pytest.param(Evidence((("processed", OURS),)), "x", Step.RECORD_SENT, id="taken"),
    pytest.param(Evidence((("rejected", OURS),)), "", Step.RECORD_SENT, id="taken and rejected"),
    pytest.param(Evidence(has_answer=True), "x", Step.RECORD_SENT, id="answered"),
    pytest.param(Evidence(((INBOX, OTHERS),)), "", Step.STOP, id="another content waits"),
    pytest.param(Evidence((("processed", OTHERS),), has_answer=True), "", Step.STOP, id="another content was taken"),
    pytest.param(Evidence(((INBOX, OURS), ("processed", OURS))), "", Step.STOP, id="in two folders"),
    pytest.param(Evidence(has_manifest=True), "", Step.STOP, id="a manifest without its file"),
]


@pytest.mark.parametrize(("evidence", "token", "step"), CASES)
def test_what_was_found_decides(evidence: Evidence, token: str, step: Step) -> None:
    assert verdict(evidence, token=token) is step


@pytest.mark.parametrize(("evidence", "token", "step"), CASES)
def test_only_a_contradiction_is_looked_at_again(evidence: Evidence, token: str, step: Step) -> None:
    is_foreign = any(found != OURS for _, found in evidence.copies)
    expected = Step.LOOK_AGAIN if step is Step.STOP and not is_foreign else step
    assert verdict(evidence, token=token, last=False) is expected


def test_absence_proves_nothing_once_the_other_side_has_cleaned_up() -> None:
    assert verdict(Evidence(), overdue=True) is Step.STOP
    assert verdict(Evidence(((INBOX, OURS),)), overdue=True) is Step.WRITE_MANIFEST


HASHES = st.sampled_from([OURS, OTHERS])
EVIDENCE = st.builds(
    Evidence,
    st.lists(
        st.tuples(st.sampled_from([INBOX, "processed", "rejected"]), HASHES), max_size=3, unique_by=lambda c: c[0]
    ).map(tuple),
    st.frozensets(st.sampled_from(["x", "y"])),
    st.booleans(),
    st.booleans(),
)


@given(EVIDENCE, st.sampled_from(["", "x", "z"]), st.booleans(), st.booleans())
def test_nothing_is_uploaded_that_may_have_arrived(evidence: Evidence, token: str, last: bool, overdue: bool) -> None:
    if verdict(evidence, token=token, last=last, overdue=overdue) is Step.UPLOAD:
        assert not evidence.copies
        assert not evidence.has_answer
        assert not evidence.has_manifest
        assert not overdue
        assert not token or token in evidence.part_tokens


@given(EVIDENCE, st.sampled_from(["", "x"]))
def test_nothing_counts_as_sent_without_our_content_or_an_answer(evidence: Evidence, token: str) -> None:
    if verdict(evidence, token=token) in {Step.RECORD_SENT, Step.WRITE_MANIFEST}:
        assert evidence.has_answer or evidence.copies
        assert all(found == OURS for _, found in evidence.copies)


@pytest.mark.parametrize(
    ("evidence", "last", "step"),
    [
        (Evidence(((INBOX, OURS),)), True, Step.RECORD_SENT),
        (Evidence((("processed", OURS),)), True, Step.RECORD_SENT),
        (Evidence(has_answer=True), True, Step.RECORD_SENT),
        (Evidence(), False, Step.LOOK_AGAIN),
        (Evidence(), True, Step.STOP),
        (Evidence((("processed", OTHERS),)), False, Step.STOP),
    ],
)
def test_a_sent_file_must_stay_in_sight_until_it_is_answered(evidence: Evidence, last: bool, step: Step) -> None:
    assert judge_sent(evidence, sha256=OURS, is_last_look=last).step is step


def test_states_only_take_the_steps_of_the_protocol() -> None:
    check_transition("x", "sealed", "sending")
    for state in State:
        for to in State:
            if (state, to) not in TRANSITIONS:
                with pytest.raises(BrokenLaw, match="RS-441"):
                    check_transition("x", state, to)


def test_nothing_is_sent_again_but_by_people() -> None:
    assert [start for start, to in TRANSITIONS if to is State.SEALED] == [State.UNKNOWN]
    assert {start for start, to in TRANSITIONS if to is State.SENDING} == {State.SEALED}
    assert not [to for start, to in TRANSITIONS if start in {State.POSTED, State.REJECTED}]
