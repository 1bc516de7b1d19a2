"""The tests notice when a protection is missing: every seeded defect fits the source, and a sample is hunted each time.

All are hunted by `make defects`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ops.paths import REPOSITORY
from tests.crash import defect_hunt as defects

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

ALL = defects.read_defects()
# One of each room, quick ones: rules, sending, landing, agent, approval.
SAMPLE = (
    "resend_of_vanished",
    "no_look_before_writing",
    "watermark_before_rows",
    "agent_number_unchecked",
    "self_approval",
)


def test_there_are_enough_and_each_says_what_it_breaks() -> None:
    assert len(ALL) >= defects.LEAST
    for defect in ALL:
        assert defect.breaks.endswith("."), defect.name
        assert defect.tests, defect.name
        assert defect.changes, defect.name
        assert all(change.old != change.new for change in defect.changes), defect.name


def test_every_defect_fits_the_source_as_it_is() -> None:
    assert [said for defect in ALL for said in defects.misfits(defect)] == []


def test_every_defect_names_tests_that_exist() -> None:
    for defect in ALL:
        for test in defect.tests:
            file, _, name = test.partition("::")
            assert (REPOSITORY / file).is_file(), test
            function = re.escape(name.partition("[")[0])
            assert not name or re.search(rf"^def {function}\(", (REPOSITORY / file).read_text(), re.MULTILINE), test


def test_the_page_lists_every_defect() -> None:
    page = (REPOSITORY / "docs" / "faults.md").read_text(encoding="utf-8")
    for defect in ALL:
        assert f"| `{defect.name}` | {defect.breaks} |" in page


def test_a_sample_of_the_defects_is_caught(tmp_path: Path) -> None:
    chosen = [defect for defect in ALL if defect.name in SAMPLE]
    assert len(chosen) == len(SAMPLE)
    missed = [f"{one.defect.name}: {one.words}" for one in defects.hunt_all(chosen, tmp_path) if not one.caught]
    assert missed == []


def test_a_change_that_breaks_nothing_survives_and_one_that_does_not_fit_is_named(tmp_path: Path) -> None:
    harmless = defects.Change("plugins/sage_bridge/lanes.py", 'ACKS = "ack"', 'ACKS = "a" + "ck"')
    broken = defects.Change("plugins/sage_bridge/lanes.py", 'ACKS = "ack"', "ACKS = nowhere")
    gone = defects.Change("plugins/sage_bridge/lanes.py", "not there at all", "")
    said = {}
    with defects.copied(tmp_path / "copy") as place:
        for change in (harmless, broken, gone):
            defect = defects.Defect("one", "Nothing.", ("tests/bridge/test_lanes.py",), (change,))
            verdict = defects.hunt(defect, place)
            assert not verdict.caught
            said[change.new] = verdict.words
    assert said[harmless.new] == defects.SURVIVED
    assert said[broken.new] == "it cannot be imported: NameError: name 'nowhere' is not defined"
    assert said[gone.new] == "one: its text stands 0 times in plugins/sage_bridge/lanes.py, expected once"


@pytest.mark.parametrize(
    ("message", "counts"),
    [
        ("assert 2 == 1", True),
        ("Failed: DID NOT RAISE <class 'sage_bridge.errors.LaneStopped'>", True),
        ("psycopg.errors.UniqueViolation: duplicate key", True),
        ("sage_bridge.errors.LaneStopped: RS-501 a lane waits", True),
        ("NameError: name 'x' is not defined", False),
        ("psycopg.errors.UndefinedColumn: column x", False),
        ("ModuleNotFoundError: No module named 'x'", False),
    ],
)
def test_only_a_broken_law_counts_as_caught(tmp_path: Path, message: str, *, counts: bool) -> None:
    report = tmp_path / "report.xml"
    escaped = message.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&apos;")
    report.write_text(f"<testsuite><testcase name='t'><failure message='{escaped}'/></testcase></testsuite>")
    assert defects._judge(report)[0] is counts
