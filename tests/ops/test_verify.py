"""`make verify`: of a demo's state, of any warehouse, and the drill that puts the verifier itself to the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ops import tamper_drill, verify
from ops.paths import REPOSITORY
from ops.scenario import open_scenario
from ops.state import State
from ops.tamper import Tamperer
from tests.verify.conftest import log, made_log
from verify.findings import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tests.verify.conftest import Log

pytestmark = pytest.mark.slow

__all__ = ["log", "made_log"]


def test_any_warehouse_is_verified_with_a_copy_of_the_published_heads(
    log: Log, capfd: pytest.CaptureFixture[str]
) -> None:
    assert verify.main(["--dsn", log.dsn, "--published", str(log.files)]) == verify.FOUND
    assert "5 heads compared with 2 published files" in capfd.readouterr().out


def test_a_state_whose_database_is_down_is_verified_and_left_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from ops.databases import Databases
    from ops.postgres import Server

    monkeypatch.setenv("SAGE_BRIDGE_VAR", str(tmp_path))
    state = State.of(open_scenario(REPOSITORY / "include" / "scenario").name)
    server = Server(state.folder / "postgres", options={"fsync": "off"})
    Databases(server.start(), state.secret).prepare()
    server.stop()
    state.sftp_root.mkdir()

    assert verify.main([]) == verify.FOUND

    assert "verify: intact: 0 events" in capfd.readouterr().out
    assert server.running() is None


def test_the_drill_starts_from_nothing_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SAGE_BRIDGE_VAR", str(tmp_path))
    monkeypatch.setattr(verify, "CHANGES", 5)
    assert verify.main([]) == verify.FOUND
    said = capsys.readouterr().out
    assert "the verifier itself is put to the proof" in said
    assert "all found: 12 attacks on the structure, 5 changes of single bytes" in said
    assert not (tmp_path / "verify").exists()


def test_a_change_that_is_missed_fails_the_drill(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A verifier that finds everything good is found out."""
    monkeypatch.setattr(Tamperer, "judge", lambda *_, **__: Verdict())
    monkeypatch.setattr(tamper_drill, "_place", lambda _: _opened(log))
    assert verify.main(["--changes", "2"]) == verify.MISSED
    said = capsys.readouterr().err
    assert "RS-459" in said
    assert "14 of 14 missed" in said


def _opened(log: Log) -> object:
    from contextlib import nullcontext

    return nullcontext((log.dsn, log.files))
