"""Driver values become the text of an extract exactly, or the row is named."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.values import Notes, converter
from sage_bridge.feeds import Column


def text_of(kind: str, value: object, *, is_key: bool = False) -> str:
    return converter(Column("C", kind), Notes(), is_key=is_key)(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", "  1001 ", "1001"),
        ("text", None, ""),
        ("text", "\x00\x00", ""),
        ("text", "Beam\r\n40 ft", "Beam 40 ft"),
        ("text", "Düse 3\u2013", "Düse 3\u2013"),
        ("text", 7, "7"),
        ("amount", 0.1 + 0.2, "0.30"),
        ("amount", 2.675, "2.68"),
        ("amount", -2.675, "-2.68"),
        ("amount", 0.125, "0.13"),
        ("amount", "-0.125", "-0.13"),
        ("amount", -0.001, "0.00"),
        ("amount", "-0.00", "0.00"),
        ("amount", 1e15, "1000000000000000.00"),
        ("amount", 12, "12.00"),
        ("amount", Decimal("1E+2"), "100.00"),
        ("amount", "1250.5", "1250.50"),
        ("amount", " 1250.50 ", "1250.50"),
        ("amount", "", ""),
        ("amount", None, ""),
        ("units", 2 / 3, "0.6667"),
        ("unit_cost", 1234567.125, "1234567.125000"),
        ("date", dt.date(2024, 2, 29), "2024-02-29"),
        ("date", dt.datetime(2024, 2, 29, 13, 1, tzinfo=dt.UTC), "2024-02-29"),
        ("date", "2024-02-29 00:00:00.000", "2024-02-29"),
        ("date", "", ""),
        ("date", None, ""),
        ("time", dt.time(7, 5, 9, 900), "07:05:09"),
        ("time", dt.datetime(1899, 12, 30, 7, 5, 9, tzinfo=dt.UTC), "07:05:09"),
        ("time", "07:05", "07:05:00"),
        ("time", "1899-12-30 07:05:09.000", "07:05:09"),
        ("integer", 7.0, "7"),
        ("integer", Decimal(7), "7"),
        ("integer", " 7 ", "7"),
        ("integer", None, ""),
        ("integer", "", ""),
        ("boolean", True, "1"),
        ("boolean", 0, "0"),
        ("boolean", -1, "1"),
        ("boolean", 1.0, "1"),
        ("boolean", "Yes", "1"),
        ("boolean", "f", "0"),
        ("boolean", None, ""),
        ("boolean", " ", ""),
    ],
)
def test_values_as_text(kind: str, value: object, expected: str) -> None:
    assert text_of(kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("amount", "1,250.50"),
        ("amount", "NaN"),
        ("amount", float("nan")),
        ("amount", float("inf")),
        ("amount", "\uff11\uff12"),
        ("amount", 1e16),
        ("amount", True),
        ("amount", b"12"),
        ("date", "02/29/2024"),
        ("date", "2023-02-29"),
        ("date", "2024-02-29 13:00:00"),
        ("time", "25:00:00"),
        ("time", "noon"),
        ("integer", 7.5),
        ("integer", "seven"),
        ("boolean", 2),
        ("boolean", "perhaps"),
    ],
)
def test_nonsense_is_refused(kind: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        text_of(kind, value)


def test_a_control_character_in_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match=r"control character in a key"):
        text_of("text", "10\t01", is_key=True)


def test_what_is_changed_is_counted() -> None:
    notes = Notes()
    converter(Column("C", "amount"), notes)(0.1 + 0.2)
    assert notes.rounded == 0
    converter(Column("C", "amount"), notes)("1.005")
    converter(Column("C", "text"), notes)("a\nb")
    assert (notes.rounded, notes.cleaned) == (1, 1)


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=2))
def test_a_double_gives_back_the_cents_that_went_in(amount: Decimal) -> None:
    assert text_of("amount", float(amount)) == f"{amount or abs(amount):.2f}"


@given(st.sampled_from(["amount", "units", "unit_cost"]), st.floats(-1e11, 1e11))
def test_a_text_that_was_written_is_read_as_it_stands(kind: str, value: float) -> None:
    once = text_of(kind, value)
    assert text_of(kind, once) == once
