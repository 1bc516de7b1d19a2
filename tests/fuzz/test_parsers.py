"""Any bytes at all: every parser of what others write gives what an independent reading gives, or our error."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import DICTIONARY, TARGETS

EXAMPLES = int(os.environ.get("SAGE_BRIDGE_FUZZ_EXAMPLES", "250"))
pytestmark = [pytest.mark.slow, pytest.mark.timeout(max(300, EXAMPLES))]

_EDIT = st.tuples(
    st.integers(0, 400), st.integers(0, 12), st.one_of(st.binary(max_size=6), st.sampled_from(DICTIONARY))
)


def _edited(seed: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for place, length, piece in edits:
        at = place % (len(seed) + 1)
        seed = seed[:at] + piece + seed[at + length :]
    return seed


@pytest.mark.parametrize("name", TARGETS)
def test_a_seed_is_taken_and_breaks_nothing(name: str) -> None:
    target, seeds = TARGETS[name]
    for seed in seeds:
        target(seed)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=EXAMPLES, deadline=5_000, suppress_health_check=[HealthCheck.data_too_large])
@given(data=st.data())
def test_any_bytes_give_a_value_or_our_error(name: str, data: st.DataObject) -> None:
    target, seeds = TARGETS[name]
    edited = st.builds(_edited, st.sampled_from(seeds), st.lists(_EDIT, min_size=1, max_size=4))
    target(data.draw(st.one_of(edited, edited, st.binary(max_size=300))))


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("piece", DICTIONARY, ids=lambda piece: ascii(piece[:8]))
def test_pieces_that_break_readers_break_nothing(name: str, piece: bytes) -> None:
    target, seeds = TARGETS[name]
    for seed in seeds:
        for at in range(0, len(seed), max(1, len(seed) // 25)):
            target(seed[:at] + piece + seed[at:])
            target(seed[:at] + piece + seed[at + 1 :])
