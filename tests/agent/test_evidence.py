"""The one place that may allow a second import: every combination of evidence, judged."""

from __future__ import annotations

import itertools
import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from agent.config import PRINT_MESSAGE, PRINT_SUMMARY, PrintConfig
from agent.evidence import (
    Evidence,
    Imported,
    Message,
    NothingHappened,
    Printed,
    Unclear,
    judge,
    messages,
    read_print,
    read_rejects,
)
from agent.layouts import DIRECT_COST, Layout, Line
from tests.agent.exchange_place import dc_line

if TYPE_CHECKING:
    from pathlib import Path

LINES = tuple(Line(number, ("DC",), f"R{number}", Decimal("1.00")) for number in (1, 2, 3))
PRINTS = PrintConfig("cp1252", re.compile(PRINT_SUMMARY, re.MULTILINE), re.compile(PRINT_MESSAGE, re.MULTILINE))
ALL = {"R1": 1, "R2": 1, "R3": 1}


def printed(accepted: int, rejected: int) -> Printed:
    return Printed((accepted, rejected), "")


CASES = {
    "print and Sage agree": (Evidence(LINES, 0, frozenset(), 0, printed(3, 0), ALL), Imported()),
    "rejects agree too": (
        Evidence(LINES, 0, frozenset({2}), 0, printed(2, 1), {"R1": 1, "R3": 1}),
        Imported(frozenset({2})),
    ),
    "an exit code other than 0 with a complete story": (
        Evidence(LINES, 7, frozenset({2}), 0, printed(2, 1), {"R1": 1, "R3": 1}),
        Imported(frozenset({2})),
    ),
    "no reject file is written for no rejects": (Evidence(LINES, 0, None, 0, printed(3, 0), ALL), Imported()),
    "nobody saw it end, Sage has all": (Evidence(LINES, None, None, 0, None, ALL), Imported()),
    "nobody saw it end, Sage and rejects make up the file": (
        Evidence(LINES, None, frozenset({1, 3}), 0, Printed(None, "half"), {"R2": 1}),
        Imported(frozenset({1, 3})),
    ),
    "all rejected, nothing printed": (
        Evidence(LINES, None, frozenset({1, 2, 3}), 0, None, {}),
        Imported(frozenset({1, 2, 3})),
    ),
    "nothing anywhere": (Evidence(LINES, None, None, 0, None, {}), NothingHappened()),
    "nothing in Sage, print file half-written": (
        Evidence(LINES, 1, None, 0, Printed(None, "x"), {}),
        NothingHappened(),
    ),
    "ended well, but nothing in Sage": (Evidence(LINES, 0, None, 0, None, {}), Unclear("")),
    "some in Sage": (Evidence(LINES, None, None, 0, None, {"R1": 1}), Unclear("")),
    "some in Sage, some rejected, one nowhere": (
        Evidence(LINES, None, frozenset({2}), 0, None, {"R1": 1}), Unclear("")
    ),
    "twice in Sage": (Evidence(LINES, 0, frozenset(), 0, printed(3, 0), {**ALL, "R2": 2}), Unclear("")),
    "rejected and in Sage": (Evidence(LINES, 0, frozenset({2}), 0, printed(2, 1), ALL), Unclear("")),
    "printed counts differ": (Evidence(LINES, 0, frozenset(), 0, printed(2, 1), ALL), Unclear("")),
    "printed as accepted, but not in Sage": (Evidence(LINES, 0, frozenset(), 0, printed(3, 0), {"R1": 1}), Unclear("")),
    "strangers in the reject file": (Evidence(LINES, 0, frozenset(), 1, printed(3, 0), ALL), Unclear("")),
    "no print file and no look into Sage": (Evidence(LINES, 0, frozenset(), 0, None, None), Unclear("")),
    "print file alone": (Evidence(LINES, 0, frozenset({2}), 0, printed(2, 1), None), Imported(frozenset({2}))),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_verdicts(name: str) -> None:
    evidence, expected = CASES[name]
    verdict = judge(evidence)
    if isinstance(expected, Unclear):
        assert isinstance(verdict, Unclear)
        assert verdict.reason
    else:
        assert verdict == expected


def test_a_second_run_is_allowed_only_when_sage_was_seen_to_hold_nothing() -> None:
    """Over all combinations: never with a line in Sage, never unseen, never after a complete print file."""
    in_sage = [None, {}, {"R1": 1}, {"R1": 1, "R2": 1}, ALL, {"R1": 2}]
    rejects = [None, frozenset(), frozenset({1}), frozenset({1, 2, 3})]
    prints = [None, Printed(None, ""), printed(3, 0), printed(2, 1), printed(0, 3)]
    for exit_code, found, rejected, report, strangers in itertools.product(
        [None, 0, 1], in_sage, rejects, prints, [0, 1]
    ):
        evidence = Evidence(LINES, exit_code, rejected, strangers, report, found)
        verdict = judge(evidence)
        if isinstance(verdict, NothingHappened):
            assert found == {}
            assert exit_code != 0
            assert report is None or report.counts is None
        if isinstance(verdict, Imported) and found is not None:
            assert set(found) == {line.reference for line in LINES if line.number not in verdict.rejects}


def lines_of(*references: str, job: str = "1001") -> tuple[Line, ...]:
    return tuple(DIRECT_COST.lines("".join(dc_line(reference, job=job) for reference in references), "test"))


def test_reject_files_are_matched_by_reference(tmp_path: Path) -> None:
    lines = lines_of("R1", "R2", "R3")
    path = tmp_path / "reject"
    assert read_rejects(path, "cp1252", DIRECT_COST, lines) == (None, 0)
    path.write_text(dc_line("R2", amount="125.5").replace("2.0000", "2"), newline="")
    assert read_rejects(path, "cp1252", DIRECT_COST, lines) == (frozenset({2}), 0)
    path.write_text(dc_line("R2") + dc_line("R2") + dc_line("X1") + '"DC","short"\r\n', newline="")
    assert read_rejects(path, "cp1252", DIRECT_COST, lines) == (frozenset({2}), 3)


def test_reject_files_without_references_are_matched_by_fields(tmp_path: Path) -> None:
    layout = Layout({"GL": ("record", "amount", "account")}, "", "amount")
    lines = tuple(layout.lines('"GL",1.00,"A"\r\n"GL",1.00,"A"\r\n"GL",2.00,"B"\r\n', "test"))
    path = tmp_path / "reject"
    path.write_text('"GL",1.00,"A"\r\n', newline="")
    assert read_rejects(path, "cp1252", layout, lines) == (frozenset({1}), 0)
    path.write_text('"GL",1.00,"A"\r\n"GL",1.00,"A"\r\n"GL",1.00,"A"\r\n', newline="")
    assert read_rejects(path, "cp1252", layout, lines) == (frozenset({1, 2}), 1)


def test_a_print_file_is_complete_with_its_closing_lines(tmp_path: Path) -> None:
    path = tmp_path / "print"
    assert read_print(path, PRINTS) is None
    path.write_bytes(b"Import\r\nEntries accepted: 2\r\n")
    half = read_print(path, PRINTS)
    assert half is not None
    assert half.counts is None
    path.write_bytes(
        b"Import\r\nEntries accepted: 2\r\nAmount accepted: 1.00\r\nLines rejected: 1\r\nBatches: none\r\n"
    )
    whole = read_print(path, PRINTS)
    assert whole is not None
    assert whole.counts == (2, 1)


def test_reasons_are_found_by_pattern_or_by_reference() -> None:
    lines = lines_of("R1", "R2", "R3")
    text = 'Line 2 rejected: cost code 05 05 23 is a group code\n"DC" R3, job closed\nR9 is nobody\n'
    assert messages(Printed(None, text), PRINTS, lines) == {
        2: Message("SAGE", "cost code 05 05 23 is a group code"),
        3: Message("SAGE", '"DC" R3, job closed'),
    }
    by_reference = re.compile(r"^(?P<code>JC-\d+) (?P<reference>\w+): (?P<message>.*)$", re.MULTILINE)
    own = PrintConfig("cp1252", PRINTS.summary, by_reference)
    assert messages(Printed(None, "JC-17 R1: job is on hold\n"), own, lines) == {1: Message("JC-17", "job is on hold")}
    assert messages(None, PRINTS, lines) == {}
