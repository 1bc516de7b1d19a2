"""Answers are believed as far as they repeat what was sealed."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_bridge import answers
from sage_bridge.errors import RefusedTransfer

SEALED = answers.Sealed("DC_AW_PROD_00000001_v1.txt", "DC", "AW", "PROD", 1, 1, "a" * 64, 10, 2)
ACK = {
    "format": 1,
    "file": SEALED.file_name,
    "flow": "DC",
    "company": "AW",
    "environment": "PROD",
    "seq": 1,
    "rev": 1,
    "sha256": "a" * 64,
    "bytes": 10,
    "rows": 2,
    "importer": "agent 1",
    "received_at": "2026-03-03T06:00:00Z",
    "status": "received",
    "reason": "",
}
RESULT = b"line,reference,result,code,message\r\n1,C1,ACCEPTED,,\r\n2,C2,REJECTED,JC-3,unknown code\r\n"


def test_an_ack_of_our_content_is_believed() -> None:
    ack = answers.read_ack(json.dumps(ACK).encode(), SEALED)
    assert (ack.status, ack.importer, ack.received_at) == ("received", "agent 1", "2026-03-03T06:00:00Z")


def test_an_ack_may_carry_a_byte_order_mark() -> None:
    assert answers.read_ack(b"\xef\xbb\xbf" + json.dumps(ACK).encode(), SEALED).status == "received"


@pytest.mark.parametrize("field", [name for name in ACK if name not in {"importer", "received_at", "reason"}])
def test_an_ack_that_differs_in_any_figure_is_not(field: str) -> None:
    value = ACK[field]
    for other in ("x", None, True, 99, 1.0):
        if other == value and type(other) is type(value):
            continue
        with pytest.raises(RefusedTransfer, match=f"RS-241.*{field}"):
            answers.read_ack(json.dumps({**ACK, field: other}).encode(), SEALED)


def test_a_refusal_need_not_name_figures_it_never_read() -> None:
    refusal = {**ACK, "status": "refused", "reason": "gap", "sha256": "", "bytes": 0, "rows": 0}
    assert answers.read_ack(json.dumps(refusal).encode(), SEALED).reason == "gap"


def test_results_come_in_line_order() -> None:
    results = answers.read_result(RESULT, SEALED, ["C1", "C2"])
    assert [(one.line, one.result, one.message) for one in results] == [
        (1, "ACCEPTED", ""),
        (2, "REJECTED", "unknown code"),
    ]


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.randoms())
def test_any_order_of_rows_gives_the_same_results(accepted: list[bool], random: object) -> None:
    references = [f"C{number}" for number in range(len(accepted))]
    rows = [
        f"{n},{r},{'ACCEPTED' if a else 'REJECTED'},,"
        for n, (r, a) in enumerate(zip(references, accepted, strict=True), 1)
    ]
    random.shuffle(rows)  # type: ignore[attr-defined]
    content = "\n".join(["line,reference,result,code,message", *rows]).encode()
    results = answers.read_result(content, SEALED, references)
    assert [one.result == "ACCEPTED" for one in results] == accepted
    expected = "accepted" if all(accepted) else "part" if any(accepted) else "rejected"
    assert answers.state_of(results) == expected


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read_but_never_break_us(content: bytes) -> None:
    for read in (
        lambda: answers.read_ack(content, SEALED),
        lambda: answers.read_result(content, SEALED, ["C1", "C2"]),
        lambda: answers.check_proof(b"", content, "x"),
    ):
        with pytest.raises(RefusedTransfer):
            read()


@pytest.mark.parametrize("place", range(len(RESULT)))
def test_a_result_cut_short_anywhere_is_not_believed(place: int) -> None:
    proof = json.dumps(
        {"format": 1, "sha256": hashlib.sha256(RESULT).hexdigest(), "bytes": len(RESULT), "rows": 2}
    ).encode()
    answers.check_proof(RESULT, proof, "x", 2)
    with pytest.raises(RefusedTransfer, match="RS-241"):
        answers.check_proof(RESULT[:place], proof, "x", 2)
