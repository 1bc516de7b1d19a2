"""Cells of files that people open."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_bridge.reports import cell_text, defused


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "=cmd|' /C calc'!A0"])
def test_what_a_spreadsheet_would_run_is_defused(text: str) -> None:
    assert defused(text).startswith("'")
    assert "\0" not in defused(text)


@pytest.mark.parametrize("text", ["", "Crane hire", "22-101", " =1", "'=1", "a=1"])
def test_what_is_harmless_stays(text: str) -> None:
    assert defused(text) == text


@given(st.text())
def test_no_text_begins_a_formula(text: str) -> None:
    assert defused(text)[:1] not in {"=", "+", "-", "@", "\t", "\r", "\n", "\0"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (-7, "-7"),
        (Decimal("-1234567.50"), "-1234567.50"),
        (Decimal("1E+3"), "1000"),
        (date(2024, 11, 30), "2024-11-30"),
        (datetime(2024, 11, 30, 12, tzinfo=UTC), "2024-11-30T12:00:00+00:00"),
        ("-7", "'-7"),
    ],
)
def test_a_cell_as_text(value: object, text: str) -> None:
    assert cell_text(value) == text
