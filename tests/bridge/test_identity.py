"""References and batch ids: short, readable, and a function of the line alone."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_bridge.errors import BadConfig
from sage_bridge.identity import DIGITS, KIND_LETTERS, NaturalKey, batch_id, posting_reference

KEY = NaturalKey("AW", "consumption", date(2026, 3, 2), "24-0012", "", "03 30 00", "M", "PO-7", 1, "", 1)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)
KEYS = st.builds(
    NaturalKey,
    st.just("AW"),
    st.sampled_from(sorted(KIND_LETTERS)),
    st.dates(),
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    st.integers(0, 99999),
    TEXT,
    st.integers(1, 50),
)


def test_the_reference_of_a_known_line_never_changes() -> None:
    assert posting_reference(KEY) == "C8HSQ6V9RJ"
    assert posting_reference(KEY, salt=1) == "CZHG4G76NA"


@given(KEYS, st.integers(0, 9))
def test_a_reference_has_ten_plain_characters_and_begins_with_its_kind(key: NaturalKey, salt: int) -> None:
    reference = posting_reference(key, salt)
    assert len(reference) == 10
    assert reference[0] == KIND_LETTERS[key.kind]
    assert reference[0] in string.ascii_uppercase
    assert set(reference[1:]) <= set(DIGITS)


@given(st.sets(KEYS, min_size=2, max_size=40))
def test_different_lines_have_different_references(keys: set[NaturalKey]) -> None:
    assert len({posting_reference(key) for key in keys}) == len(keys)


@pytest.mark.parametrize(
    "other",
    [
        {"company_id": "BW"},
        {"kind": "invoice_offset"},
        {"transaction_date": date(2026, 3, 3)},
        {"job": "x"},
        {"extra": "x"},
        {"cost_code": "x"},
        {"category": "x"},
        {"commitment": "x"},
        {"item_number": 2},
        {"source_key": "x"},
        {"difference_no": 2},
    ],
)
def test_every_part_of_the_key_counts(other: dict[str, object]) -> None:
    assert posting_reference(replace(KEY, **other)) != posting_reference(KEY)  # type: ignore[arg-type]


def test_parts_do_not_run_into_each_other() -> None:
    first, second = replace(KEY, job="24", extra="0012"), replace(KEY, job="240", extra="012")
    assert posting_reference(first) != posting_reference(second)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(BadConfig, match="RS-141"):
        posting_reference(replace(KEY, kind="accruel"))


@given(st.sampled_from(["DC", "ADJ", "RCV"]), st.integers(1, 9_999_999))
def test_batch_ids_fit_and_differ_by_flow_and_number(flow: str, seq: int) -> None:
    assert len(batch_id("RB", flow, seq)) == 10
    others = {batch_id("RB", other, seq) for other in ("DC", "ADJ", "RCV")} | {batch_id("RB", flow, seq + 1)}
    assert len(others) == 4


def test_a_batch_id_reads_prefix_flow_number() -> None:
    assert batch_id("RB", "DC", 123) == "RBD0000123"
