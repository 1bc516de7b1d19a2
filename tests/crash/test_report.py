"""The report of a campaign holds what was counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.crash.__main__ import write_report
from tests.crash.rounds import Tally

if TYPE_CHECKING:
    from pathlib import Path


def test_the_report_holds_what_was_counted(tmp_path: Path) -> None:
    tally = Tally(rounds=2)
    tally.kills.update({"send.committed 1": 3, "send.committed 2": 1})
    write_report(tmp_path / "report.json", tally, 7, 1.25)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["kills"] == {"send.committed 1": 3, "send.committed 2": 1}
    assert (report["seed"], report["rounds"], report["points"]) == (7, 2, ["send.committed"])
