"""What the conductor lets RunBlu send, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ops.loop import Loop
from ops.progress import Progress
from ops.scenario import TABLES, open_scenario
from ops.sftp_server import Keys
from ops.state import State

if TYPE_CHECKING:
    from pathlib import Path

    from ops.stack import Stack

HEADER = "event_id,event_time,posted_time\n"
EVENTS = "E1,2026-03-31T10:00:00Z,2026-03-31T10:00:00Z\nE2,2026-04-02T10:00:00Z,2026-04-02T10:00:00Z\n"


class Told:
    """Stands for the running services: writes down which commands of RunBlu's side are asked for."""

    inbox_url = "postgresql://inbox:word@db/warehouse"
    sftp_port = 22

    def __init__(self, folder: Path) -> None:
        self.state = State(folder)
        self.keys = Keys(folder)
        (folder / "host_key.pub").write_text("ssh-ed25519 AAAA", encoding="ascii")
        self.sage = self
        self.commands: list[str] = []

    def runblu(self, *words: str, **secret: str) -> str:
        # The password goes by the environment: words stand in the list of processes and in a log.
        assert secret == ({"PGPASSWORD": "word"} if "--dsn" in words else {})
        assert "word@" not in " ".join(words)
        given = {word: words[place + 1] for place, word in enumerate(words) if word.endswith("-posted")}
        self.commands.append(" ".join([words[0], *(f"{name}={value}" for name, value in given.items())]))
        return "1"


class Feeding(Loop):
    """The loop without Airflow behind it."""

    def dags(self, *dag_ids: str) -> None:
        self.ran = dag_ids


def fed(tmp_path: Path, events: str) -> tuple[list[str], tuple[str, ...]]:
    folder = tmp_path / "aw_small"
    folder.mkdir()
    for name in TABLES:
        (folder / f"{name}.csv").write_text(HEADER + events if name == "material_events" else "a\n", encoding="utf-8")
    told = Told(tmp_path)
    loop = Feeding(cast("Stack", told), open_scenario(folder), Progress())
    for _again in range(2):
        loop.feed("", "", "")
    return told.commands, loop.ran


def test_the_bulk_comes_as_files_and_the_last_day_live_and_both_once(tmp_path: Path) -> None:
    commands, ran = fed(tmp_path, EVENTS)
    assert commands == ["upload --to-posted=2026-04-02", "push --from-posted=2026-04-02"]
    assert ran == ("runblu_to_core__material_events",)


def test_a_scenario_without_events_sends_no_files(tmp_path: Path) -> None:
    commands, ran = fed(tmp_path, "")
    assert commands == ["push"]
    assert ran == ("runblu_to_core__material_events",)
