"""The agent against the Sage stand-in: every feed out, a direct-cost file in, its posted rows back."""

from __future__ import annotations

import csv
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent import selftest
from agent.loop import Agent
from sage_bridge.feeds import FEEDS
from sage_bridge.transfers import Manifest
from tests.agent.exchange_place import COMPANY, dc_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.agent.exchange_place import Place

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sandbox_place(tmp_path: Path, make_place: Callable[[Path, Path, str], Place]) -> Place:
    """A place whose Sage is the sandbox, loaded with the scenario of our own."""
    data = tmp_path / "sage"
    sandbox(data, "create", "--company", COMPANY, "--scenario", str(ROOT / "include" / "scenario"))
    host = tmp_path / "host"
    host.mkdir()
    place = make_place(host, data / "sage.db", "exchange")
    command = [sys.executable, "-m", "sandbox", "--data", str(data)]
    place.config(
        import__macro=[*command, "import", "--file", "{file}", "--reject", "{reject}", "--print", "{print}"],
        import__cwd=str(ROOT),
        post={"macro": [*command, "post-entries"], "cwd": str(ROOT)},
        extract_after_import=["JCN", "JCT"],
    )
    return place


def sandbox(data: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "sandbox", "--data", str(data), *words], cwd=ROOT, check=True, capture_output=True
    )


def extracted(place: Place, flow: str) -> tuple[Manifest, list[dict[str, str]]]:
    """The newest extract of a flow."""
    name = max(name for name in place.names("from_sage") if name.startswith(f"{flow}_") and name.endswith(".csv"))
    manifest = Manifest.from_bytes(place.folder("from_sage").joinpath(f"{name}.ok").read_bytes(), name)
    with place.folder("from_sage").joinpath(name).open(encoding="utf-8", newline="") as file:
        return manifest, list(csv.DictReader(file))


def costs(*references: str, job: str = "26-101") -> bytes:
    """Direct-cost lines on a job and code of the scenario, in an open month."""
    return dc_file(*references, job=job).replace(b"05 05 23", b"03 30 00").replace(b"05/01/2024", b"05/04/2026")


def test_every_feed_is_extracted(sandbox_place: Place) -> None:
    config = sandbox_place.config()
    assert [str(finding) for finding in selftest.findings(config) if finding.trouble] == []
    with Agent(config) as agent:
        agent.once()
        assert agent.failures == []
    for flow, feed in FEEDS.items():
        manifest, rows = extracted(sandbox_place, flow)
        assert manifest.rows == len(rows)
        assert len({tuple(row[name] for name in feed.key) for row in rows}) == len(rows), flow
        if feed.money:
            assert Decimal(manifest.net) == sum(Decimal(row[feed.money]) for row in rows)
    assert len(extracted(sandbox_place, "JOB")[1]) == 3
    assert len(extracted(sandbox_place, "COMITEM")[1]) == 28


def test_a_direct_cost_file_comes_back_as_posted_rows(sandbox_place: Place) -> None:
    content = costs("R0000000A1", "R0000000A2") + costs("R0000000A3", job="99-999")
    name = sandbox_place.send("DC", content)
    with Agent(sandbox_place.config()) as agent:
        agent.once()
        agent.tick()
        assert agent.failures == []
        assert agent.importer.waits_for_a_person() == []
    results = [line.split(",", 4) for line in sandbox_place.results(name)[1:]]
    assert [(row[1], row[2]) for row in results] == [
        ("R0000000A1", "ACCEPTED"), ("R0000000A2", "ACCEPTED"), ("R0000000A3", "REJECTED")
    ]  # fmt: skip
    assert "99-999" in results[2][4]
    posted = [row for row in extracted(sandbox_place, "JCT")[1] if row["Ref_1"].startswith("R0000000A")]
    assert [(row["Ref_1"], row["Amount"], row["Transaction_Type"], row["Transaction_Date"]) for row in posted] == [
        ("R0000000A1", "125.50", "JC cost", "2026-05-04"), ("R0000000A2", "125.50", "JC cost", "2026-05-04")
    ]  # fmt: skip
    assert extracted(sandbox_place, "JCN")[1] == []


def test_lines_that_a_person_imported_meanwhile_are_refused(sandbox_place: Place, tmp_path: Path) -> None:
    """The stand-in would take the same file again with a warning only, as Sage does; the agent does not."""
    content = costs("R0000000A1")
    file = tmp_path / "by hand.txt"
    file.write_bytes(content)
    sandbox(
        sandbox_place.host.parent / "sage",
        "import",
        "--file",
        str(file),
        "--reject",
        f"{file}.rej",
        "--print",
        f"{file}.prn",
    )
    name = sandbox_place.send("DC", content)
    with Agent(sandbox_place.config()) as agent:
        agent.settle()
    assert sandbox_place.ack(name)["reason"].startswith("RS-273 1 of its lines stand in Sage already")
