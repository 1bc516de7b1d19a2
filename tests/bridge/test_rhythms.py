"""Rhythms in words, and that a DAG's ticks meet every moment at which one of its companies is due."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_bridge.rhythms import is_rhythm, seconds_between, tick

RHYTHMS = st.one_of(
    st.sampled_from(("continuous", "hourly", "daily", "on demand")),
    st.integers(1, 9999).map(lambda minutes: f"every {minutes} minutes"),
    st.builds(lambda hour, minute: f"daily at {hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59)),
)
# Zones differ from UTC by whole quarters of an hour.
QUARTER = 15


def minutes_of(cron: str) -> int:
    return 1 if cron == "* * * * *" else int(cron.removeprefix("*/").removesuffix(" * * * *"))


@given(st.lists(RHYTHMS, max_size=5), st.sampled_from((1, 5, 10, 15)))
def test_every_due_moment_is_a_tick(rhythms: list[str], net: int) -> None:
    minutes = minutes_of(tick(rhythms, net))
    assert 60 % minutes == 0
    assert minutes <= QUARTER
    for rhythm in rhythms:
        if rhythm.startswith("every"):
            assert int(rhythm.split()[1]) % minutes == 0
        elif rhythm.startswith("daily at"):
            assert int(rhythm[-2:]) % minutes == 0
        elif rhythm == "continuous":
            assert minutes <= net


@given(RHYTHMS)
def test_what_is_a_rhythm_has_its_seconds(rhythm: str) -> None:
    assert is_rhythm(rhythm)
    seconds = seconds_between(rhythm)
    assert (seconds is None) == (rhythm == "on demand")
    if rhythm.startswith("every"):
        assert seconds == int(rhythm.split()[1]) * 60


@pytest.mark.parametrize("words", ["weekly", "every 0 minutes", "daily at 24:00", "daily at 4:15", "Hourly", "every"])
def test_other_words_are_none(words: str) -> None:
    assert not is_rhythm(words)
    with pytest.raises(ValueError, match=words):
        seconds_between(words)
    assert tick([words], 1) == "*/15 * * * *"
