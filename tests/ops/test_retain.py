"""What Airflow keeps of its own is cleared by age; what is younger, and links, stay."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ops import retain

if TYPE_CHECKING:
    from pathlib import Path


def test_logs_go_by_their_age_and_empty_folders_with_them(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    old, new = tmp_path / "logs" / "old" / "run", tmp_path / "logs" / "new"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "attempt=1.log").write_text("x", encoding="utf-8")
    elsewhere = tmp_path / "elsewhere.log"
    elsewhere.write_text("x", encoding="utf-8")
    (tmp_path / "logs" / "latest").symlink_to(elsewhere)
    past = (now - timedelta(days=500)).timestamp()
    for path in (old / "attempt=1.log", elsewhere):
        os.utime(path, (past, past))
    assert retain.clear_logs(tmp_path / "logs", now - timedelta(days=400)) == 1
    assert not (old / "attempt=1.log").exists()
    assert (new / "attempt=1.log").exists()
    assert elsewhere.exists()
    # A folder is touched when its last file goes; the next time it is old itself.
    os.utime(old, (past, past))
    retain.clear_logs(tmp_path / "logs", now - timedelta(days=400))
    assert not old.exists()


def test_nothing_younger_than_a_quarter_is_ever_cleared(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        retain.main(["--days", "30"])
    assert "92 or more" in capsys.readouterr().err
