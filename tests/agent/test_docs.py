"""docs/agent.md says what the agent does: every key, code and command, and none that is gone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from agent.__main__ import _parser
from agent.config import load

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "agent.md").read_text(encoding="utf-8")
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "agent").glob("*.py")}
# Of the bridge: raised by the manifest's own reader.
BRIDGE_CODES = {"RS-201"}


def test_every_error_code_is_in_the_table_and_none_is_invented() -> None:
    raised = set(re.findall(r"RS-\d{3}", "".join(SOURCES.values()))) - BRIDGE_CODES
    assert len(raised) > 20
    assert set(re.findall(r"^\| (RS-\d{3}) \|", TEXT, re.MULTILINE)) == raised


def test_every_configuration_key_is_described() -> None:
    kinds = "text|choice|path|section|seconds|whole|flag|words|regex"
    keys = set(re.findall(rf'\.(?:{kinds})\(\s*"(\w+)"', SOURCES["config.py"]))
    assert {"company", "inbox_dir", "gap_patience_seconds", "flows_off"} <= keys
    missing = {key for key in keys if not re.search(rf"[`.\"]{key}[`.\"]", TEXT)}
    assert missing == set()


def test_every_command_is_described() -> None:
    [commands] = [action.choices for action in _parser()._actions if action.dest == "command"]
    assert commands
    for name in commands:
        assert f"| `{name}" in TEXT, name


def test_the_example_can_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [example] = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    monkeypatch.setenv("SAGE_PASSWORD", "x")
    path = tmp_path / "agent.json"
    path.write_text(example, encoding="utf-8")
    config = load(path)
    assert json.loads(example)["company"] == config.company
    assert config.source.connection_string.endswith("DatabaseType=1")
    assert ";PWD=x;" in config.source.connection_string
