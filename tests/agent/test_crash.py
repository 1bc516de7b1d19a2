"""Killed after any step, the agent ends in the same books: one import, one answer, no file lost.

The steps are not listed here: a run without a kill tells them, then each one is the last of a run. So a step that is
added later is killed after too.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sage_bridge.transfers import FileName, Manifest
from tests.agent.exchange_place import COMPANY, Place, SageFile, copy_of, dc_file, dc_line, macro, rcv_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
KILLED = -9


class Zygote:
    """The process that forks agents."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"},
            text=True,
        )

    def run(self, place: Place, kill_at: int = 0) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"config": str(place.file), "kill_at": kill_at}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        self._process.communicate(timeout=30)


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    zygote = Zygote()
    yield zygote
    zygote.close()


@pytest.fixture
def make_case(
    tmp_path: Path, empty_sage: Path, make_place: Callable[[Path, Path, str], Place]
) -> Callable[[str], tuple[Place, SageFile]]:
    """Makes a place with a direct-cost file of three lines (one bad), a receipts file and a job to extract."""

    def make(name: str) -> tuple[Place, SageFile]:
        host = tmp_path / name
        sage = copy_of(empty_sage, host / "sage.db")
        sage.insert("JOB", Job="1001", Description="Library", Status="In progress", On_Hold=0)
        place = make_place(host, sage.path, name)
        place.config(
            import__macro=macro(sage=sage.path),
            post__macro=[*macro(sage=sage.path)[:6], "--post"],
            extract_after_import=["JCT"],
            schedule={"JOB": 3600},
        )
        place.send("DC", dc_file("R1") + dc_line("R2", job="BAD").encode("cp1252") + dc_file("R3"))
        place.send("RCV", rcv_file("E-1", "E-2"))
        return place, sage

    return make


def check_books(place: Place, sage: SageFile) -> None:
    """One import, each reference once, one answer of each kind, every file where it belongs, extracts without a gap."""
    assert sage.rows("select count(*) from STAND_IN_RUN") == [(1,)]
    posted = sage.rows('select "Ref_1", count(*) from "JCT_CURRENT__TRANSACTION" group by 1 order by 1')
    assert posted == [("R1", 1), ("R3", 1)]
    dc, rcv = "DC_AW_PROD_00000001_v1.txt", "RCV_AW_PROD_00000001_v1.csv"
    assert place.names("to_sage") == []
    assert place.names("rejected") == []
    assert place.names("processed") == sorted([dc, f"{dc}.ok", rcv, f"{rcv}.ok"])
    answers = [f"{name}.{kind}" for name in (dc, rcv) for kind in ("ack.json", "res.csv")]
    assert place.names("ack") == sorted(answers + [f"{answer}.ok" for answer in answers])
    assert place.results(dc)[1:] == [
        "1,R1,ACCEPTED,,", "2,R2,REJECTED,SAGE,job BAD does not exist", "3,R3,ACCEPTED,,"
    ]  # fmt: skip
    assert place.results(rcv)[1:] == ["1,E-1,ACCEPTED,,", "2,E-2,ACCEPTED,,"]
    for answer in answers:
        content = place.folder("ack").joinpath(answer).read_bytes()
        manifest = json.loads(place.folder("ack").joinpath(f"{answer}.ok").read_text(encoding="utf-8"))
        assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert sorted(path.name for path in (place.host / "receipts").iterdir()) == [rcv]
    assert list((place.host / "inbox").iterdir()) == []
    check_extracts(place, {"JOB", "JCT"})


def check_extracts(place: Place, flows: set[str]) -> None:
    names = place.names("from_sage")
    data = [name for name in names if not name.endswith(".ok")]
    assert names == sorted(data + [f"{name}.ok" for name in data])
    assert {name.partition("_")[0] for name in data} == flows
    last: dict[str, Manifest] = {}
    for name in data:
        parsed = FileName.parse(name)
        assert parsed is not None
        manifest = Manifest.from_bytes(place.folder("from_sage").joinpath(f"{name}.ok").read_bytes(), name)
        before = last.get(parsed.flow)
        assert parsed.seq == (before.seq if before else 0) + 1
        assert (manifest.previous_seq, manifest.previous_sha256) == ((before.seq, before.sha256) if before else (0, ""))
        assert manifest.sha256 == hashlib.sha256(place.folder("from_sage").joinpath(name).read_bytes()).hexdigest()
        last[parsed.flow] = manifest
    jct = (
        place.folder("from_sage")
        .joinpath(f"JCT_{COMPANY}_PROD_{last['JCT'].seq:08d}_v1.csv")
        .read_text(encoding="utf-8")
    )
    assert ",R1," in jct
    assert ",R3," in jct


def test_killed_after_any_step_the_books_are_the_same(
    zygote: Zygote, make_case: Callable[[str], tuple[Place, SageFile]]
) -> None:
    place, sage = make_case("whole")
    whole = zygote.run(place)
    assert whole["status"] == 0
    check_books(place, sage)
    assert {"handed_over_committed", "macro_started", "post_ended", "extract_sealed", "renamed"} <= set(whole["steps"])
    for number, step in enumerate(whole["steps"], 1):
        place, sage = make_case(f"killed_{number}")
        assert zygote.run(place, kill_at=number)["status"] == KILLED, f"{number} {step}"
        assert zygote.run(place)["status"] == 0, f"{number} {step}"
        try:
            check_books(place, sage)
        except AssertionError as broken:
            raise AssertionError(f"killed after step {number}, {step}: {broken}") from broken


@pytest.mark.parametrize("seed", range(8))
def test_killed_again_and_again_the_books_are_the_same(
    seed: int, zygote: Zygote, make_case: Callable[[str], tuple[Place, SageFile]]
) -> None:
    chance = random.Random(seed)
    place, sage = make_case("case")
    for _ in range(5):
        zygote.run(place, kill_at=chance.randint(1, 25))
    assert zygote.run(place)["status"] == 0
    check_books(place, sage)


@pytest.mark.parametrize(
    ("options", "runs", "outcome"),
    [
        # Nothing reached Sage: the import runs again and ends well.
        (["--die", "before-commit"], 1, "again"),
        # All lines are in Sage, though nothing was printed: no second run.
        (["--die", "after-commit"], 1, "imported"),
    ],
)
def test_agent_and_macro_both_killed(
    zygote: Zygote,
    make_case: Callable[[str], tuple[Place, SageFile]],
    options: list[str],
    runs: int,
    outcome: str,
) -> None:
    place, sage = make_case("case")
    shutil.rmtree(place.folder("to_sage"))
    place.sent.clear()
    name = place.send("DC", dc_file("R1", "R2"))
    place.config(import__macro=macro(*options, sage=sage.path))
    steps = zygote.run(place, kill_at=trace_to("macro_started", zygote, make_case))["steps"]
    assert steps[-1] == "macro_started"
    place.config(import__macro=macro(sage=sage.path))
    assert zygote.run(place)["status"] == 0
    assert sage.rows("select count(*) from STAND_IN_RUN") == [(runs,)]
    assert sage.rows('select "Ref_1", count(*) from "JCT_CURRENT__TRANSACTION" group by 1') == [("R1", 1), ("R2", 1)]
    assert place.results(name)[1:] == ["1,R1,ACCEPTED,,", "2,R2,ACCEPTED,,"], outcome


def test_a_macro_that_outlives_the_agent_is_waited_for(
    zygote: Zygote, make_case: Callable[[str], tuple[Place, SageFile]]
) -> None:
    place, sage = make_case("case")
    place.config(import__macro=macro("--sleep", "1", sage=sage.path))
    zygote.run(place, kill_at=trace_to("macro_started", zygote, make_case))
    assert sage.rows("select count(*) from STAND_IN_RUN") == [(0,)]
    assert zygote.run(place)["status"] == 0
    check_books(place, sage)


def trace_to(step: str, zygote: Zygote, make_case: Callable[[str], tuple[Place, SageFile]]) -> int:
    """The number of a step in the run of a direct-cost file; receipts come after it."""
    place, _ = make_case("trace")
    steps = zygote.run(place)["steps"]
    return int(steps.index(step)) + 1
