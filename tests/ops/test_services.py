"""What `make up` finds of the services it keeps running."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ops.processes import Process
from ops.services import ended_services
from ops.state import State

if TYPE_CHECKING:
    from pathlib import Path


def test_who_has_ended_is_named(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.runs.mkdir()
    me = Process.of(os.getpid())
    me.write(state.runs / "airflow-scheduler.pid")
    assert ended_services(state) == ["Postgres"]
    Process(me.pid, me.started - 1000).write(state.runs / "sftp.pid")
    (state.runs / "agent.pid").write_text("cut off", encoding="utf-8")
    assert ended_services(state) == ["agent", "sftp", "Postgres"]
