"""Lines in good form are told from suspect ones, whatever the pieces they come in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_bridge import csv_proof
from sage_bridge.csv_proof import LineProof, Proof, shape
from sage_bridge.event_feed import INBOUND
from sage_bridge.suites import read_suite

COLUMNS = ["Row_ID", "Account", "Transaction_Date", "Accounting_Date", "Description", "Debit", "Credit"]
RULES = {
    "GLT.id": ("expect_column_values_to_not_be_null", {"column": "Row_ID"}),
    "GLT.total": ("expect_column_values_to_not_be_in_set", {"column": "Row_ID", "value_set": ["Total", "Grand Total"]}),
    "GLT.length": ("expect_column_value_lengths_to_be_between", {"column": "Description", "max_value": 5}),
    "GLT.day": (
        "expect_column_values_to_match_strftime_format",
        {"column": "Transaction_Date", "strftime_format": "%Y-%m-%d"},
    ),
    "GLT.debit": (
        "expect_column_values_to_match_regex",
        {"column": "Debit", "regex": "^-?[0-9]{1,12}([.][0-9]{1,2})?$"},
    ),
    "GLT.credit": ("expect_column_values_to_match_regex", {"column": "Credit", "regex": "^(1|2)x$"}),
    "GLT.origin": (
        "expect_column_values_to_be_in_set",
        {"column": "Application_of_Origin", "value_set": ["A", "AB", "a,b"]},
    ),
}
SUITE = read_suite(
    {
        "name": "GLT",
        "meta": {"owner": "us", "remedy": "r", "quarantine": {"share": "0", "rows": 0}, "rules": []},
        "expectations": [
            {
                "type": kind,
                "kwargs": kwargs,
                "severity": "critical",
                "meta": {"rule": name, "promise": "p", "remedy": "r"},
            }
            for name, (kind, kwargs) in RULES.items()
        ],
    },
    INBOUND["GLT"],
    "test",
)
SHAPE = shape(SUITE)
HEADER = ",".join(INBOUND["GLT"].names).encode() + b"\n"
GOOD = b"1,5-1000,2026-01-31,,Steel,12.50,,AB,B1\n"
BAD = b"2,5-1000,2026-02-31,,Steel,12.50,,AB,B1\n"


def proof(content: bytes, rows: int, size: int = 1 << 20) -> Proof | None:
    lines = LineProof(SHAPE)
    for at in range(0, len(content), size):
        lines.look(content[at : at + size])
    return lines.finish(rows)


def test_a_form_it_does_not_know_is_left_to_the_warehouse() -> None:
    assert SHAPE.rules == RULES.keys() - {"GLT.credit"}


@pytest.mark.parametrize(
    ("line", "is_good"),
    [
        (GOOD, True),
        (GOOD[:-1] + b"\r\n", True),
        (b'1,5-1000,2024-02-28,,"a, b",-0,,A,\n', True),
        (b"1,5-1000,,,,,,,\n", True),
        (b"1,5-1000,2024-02-29,,,,,,\n", False),
        (b",5-1000,,,,,,,\n", False),
        (b"Total,5-1000,,,,,,,\n", False),
        (b'"Grand Total",5-1000,,,,,,,\n', False),
        (b"Totals,5-1000,,,,,,,\n", True),
        (b"1,5-1000,,,Steel1,,,,\n", False),
        (b"1,5-1000,,,Steel ,,,,\n", False),
        (b"1,5-1000,,, Ste,,,,\n", False),
        (b'1,5-1000,,,"Ste ",,,,\n', False),
        (b"1,5-1000,,,a\tb,,,,\n", False),
        (b"1,5-1000,,,\xc4\xd6,,,,\n", True),
        (b"1,5-1000,,,,1e5,,,\n", False),
        (b"1,5-1000,,,,1.234,,,\n", False),
        (b"1,5-1000,,,,,,ABC,\n", False),
        (b"1,5-1000,,,,,,a,\n", False),
        (b"1,5-1000,,,,,,,,\n", False),
        (b"1,5-1000,,,,,,\n", False),
        (b"1,5-1000,0000-01-01,,,,,,\n", False),
        (b"1,5-1000,2026-12-31,2026-04-31,,,,,\n", True),
    ],
)
def test_a_line_is_good_or_suspect(line: bytes, is_good: bool) -> None:
    found = proof(HEADER + GOOD + line + GOOD, 3)
    assert found == Proof(SHAPE.rules, () if is_good else (2,))


@given(st.lists(st.sampled_from([GOOD, BAD, b'3,"a ""b""",,,,,,,\n']), max_size=8), st.integers(1, 90), st.booleans())
def test_rows_are_numbered_whatever_the_pieces(lines: list[bytes], size: int, is_cut: bool) -> None:
    content = HEADER + b"".join(lines)
    found = proof(content[:-1] if is_cut and lines else content, len(lines), size)
    assert found is not None
    assert found.suspects == tuple(number for number, line in enumerate(lines, start=1) if line is not GOOD)


def test_nothing_is_proven_where_rows_cannot_be_numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proof(HEADER + b'1,"a\nb",,,,,,,\n' + GOOD, 2) is None
    assert proof(HEADER + GOOD, 2) is None
    assert proof(b"", 0) is None
    monkeypatch.setattr(csv_proof, "MOST_SUSPECTS", 1)
    assert proof(HEADER + BAD, 1) is not None
    assert proof(HEADER + BAD + BAD, 2) is None
