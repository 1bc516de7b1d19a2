"""Mappings of files: precedence and days by an oracle that asks day by day; wrong files are named to the line."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_bridge.errors import BadConfig
from sage_bridge.mappings import COLUMNS, CodeMapping, changes, in_force, read_mappings, read_table
from sage_bridge.profile_reader import Reader

FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=number) for number in range(40)]
HEADER = ",".join(COLUMNS)


def line(start: int, length: int | None, code: str) -> CodeMapping:
    begin = FIRST + timedelta(days=start)
    end = None if length is None else begin + timedelta(days=length)
    return CodeMapping("steel", "", "", code, "M", begin, end, "pm", "controller")


LINES = st.lists(
    st.builds(line, st.integers(0, 30), st.none() | st.integers(0, 8), st.sampled_from(("A", "B", "C"))),
    max_size=6,
    unique_by=lambda one: one.effective_from,
)


def entry(**changed: object) -> dict[str, object]:
    values: dict[str, object] = dict.fromkeys(COLUMNS, "")
    values |= {"material_class": "steel", "cost_code": "05 05 23", "category": "M", "owner": "pm"}
    return {**values, "effective_from": "2026-01-01", "effective_to": None, "approved_by": "controller", **changed}


def read(*entries: dict[str, object]) -> tuple[CodeMapping, ...]:
    places = {f"mappings[{number}]": f"aw.csv line {number + 2}" for number in range(len(entries))}
    return read_mappings(Reader({"mappings": list(entries)}, "aw.yaml", places=places))


def codes(found: CodeMapping | None) -> tuple[str, str, str] | None:
    return found and found.codes


@given(LINES)
def test_of_lines_that_cover_a_day_the_one_that_begins_last_holds(lines: list[CodeMapping]) -> None:
    for day in DAYS:
        found = in_force(lines, day)
        covering = [one for one in lines if one.effective_from <= day <= (one.effective_to or date.max)]
        assert found in (covering or [None])
        assert all(found is not None and one.effective_from <= found.effective_from for one in covering)


@given(LINES, LINES)
def test_the_changes_lead_from_one_list_to_the_other_and_touch_no_other_day(
    now: list[CodeMapping], wanted: list[CodeMapping]
) -> None:
    found = changes(now, wanted)
    for day in DAYS:
        touching = [one for one in found if one.effective_from <= day <= (one.effective_to or date.max)]
        assert len(touching) <= 1
        differs = codes(in_force(now, day)) != codes(in_force(wanted, day))
        assert bool(touching) is differs
        if touching:
            assert codes(touching[0].wanted) == codes(in_force(wanted, day))


@given(LINES)
def test_a_list_changes_nothing_against_itself(lines: list[CodeMapping]) -> None:
    assert changes(lines, list(reversed(lines))) == []


@given(LINES)
def test_lines_are_refused_exactly_where_one_that_ends_reaches_another(lines: list[CodeMapping]) -> None:
    entries = [
        entry(
            cost_code=one.cost_code,
            effective_from=one.effective_from.isoformat(),
            effective_to=one.effective_to and one.effective_to.isoformat(),
        )
        for one in lines
    ]
    pairs = combinations(sorted(lines, key=lambda one: one.effective_from), 2)
    collide = any(first.effective_to and second.effective_from <= first.effective_to for first, second in pairs)
    if collide:
        with pytest.raises(BadConfig, match="RS-117"):
            read(*entries)
    else:
        assert read(*entries) == tuple(lines)


@pytest.mark.parametrize(
    ("changed", "code", "key", "allowed"),
    [
        ({"material_class": ""}, "RS-112", "material_class", "1 to 20"),
        ({"job": "22-101-000000"}, "RS-112", "job", "0 to 12"),
        ({"effective_from": "01/02/2026"}, "RS-115", "effective_from", "yyyy-mm-dd"),
        ({"effective_to": "2025-12-31"}, "RS-117", "effective_to", "2026-01-01 or later"),
        ({"approved_by": "pm"}, "RS-117", "approved_by", "another person than the owner"),
        ({"unit": "EA"}, "RS-116", "unit", "only the keys"),
    ],
)
def test_a_wrong_line_is_told_with_file_line_value_and_what_is_allowed(
    changed: dict[str, object], code: str, key: str, allowed: str
) -> None:
    with pytest.raises(BadConfig) as refused:
        read(entry(material_class="pipe"), entry(**changed))
    sentence = str(refused.value)
    assert sentence.startswith(code)
    assert f"aw.csv line 3, key mappings[1].{key}" in sentence
    assert allowed in sentence
    assert repr(next(iter(changed.values()))) in sentence


def test_an_overlap_names_both_lines() -> None:
    with pytest.raises(BadConfig) as refused:
        read(entry(effective_to="2026-06-30"), entry(effective_from="2026-06-30"))
    assert "aw.csv line 3" in str(refused.value)
    assert "aw.csv line 2 holds from 2026-01-01 to 2026-06-30" in str(refused.value)
    assert len(read(entry(), entry(job="22-101"), entry(effective_from="2026-06-30"))) == 3


def test_a_table_is_read_with_the_place_of_every_row() -> None:
    rows, places = read_table(f"{HEADER}\nsteel,,,05 05 23,M,2026-01-01,,pm,controller\n\n", "aw.csv")
    assert rows == [entry()]
    assert places == ["aw.csv line 2"]


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("", "aw.csv;", "an empty file"),
        ("class,code\n", "aw.csv line 1;", "class,code"),
        (f"{HEADER}\nsteel,,\n", "aw.csv line 2;", "3 values"),
        (f'{HEADER}\n"steel"x,,,1,M,2026-01-01,,pm,c\n', "aw.csv line 2;", "expected after"),
    ],
)
def test_a_table_that_is_none_is_refused(text: str, place: str, found: str) -> None:
    with pytest.raises(BadConfig, match="RS-135") as refused:
        read_table(text, "aw.csv")
    assert f"record: {place}" in str(refused.value)
    assert found in str(refused.value)
