"""What is copied to a Windows host: pins that 32-bit Windows has builds of, a start that uses nothing else, a task."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

from agent.__main__ import _parser
from agent.config import load

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]
WINDOWS = ROOT / "agent" / "windows"
PIN = re.compile(r"^([a-z0-9-]+)==(\S+) \\$", re.MULTILINE)
# Names under which the pinned packages are imported, where they differ.
MODULES = {"cffi": {"cffi", "_cffi_backend"}, "typing-extensions": {"typing_extensions"}}
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
# Refuses every import from outside the standard library but those named; then starts the agent from its two folders.
ALONE = """
import importlib.abc, pkgutil, sys
allowed = set(sys.argv[1].split(",")) | set(sys.stdlib_module_names) | {"agent", "sage_bridge"}
class Wall(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in allowed:
            raise ImportError(f"not on the Sage host: {name}")
sys.meta_path.insert(0, Wall())
import agent, pyodbc
for module in pkgutil.iter_modules(agent.__path__):
    if module.name != "__main__":
        __import__(f"agent.{module.name}")
from agent.__main__ import main
raise SystemExit(main(["--config", sys.argv[2], "status"]))
"""


def pins(path: Path) -> dict[str, str]:
    return dict(PIN.findall(path.read_text(encoding="utf-8")))


def test_the_pins_are_those_that_are_tested_here() -> None:
    ours, tested = pins(ROOT / "agent" / "requirements.txt"), pins(ROOT / "requirements-dev.txt")
    assert set(ours) == {"asyncssh", "cffi", "cryptography", "pycparser", "pyodbc", "pysequoia", "typing-extensions"}
    assert {name for name, version in ours.items() if tested.get(name, version) != version} == {
        "cryptography",
        "pysequoia",
    }
    # 49 and newer, and 0.1.30 and newer, have no build for 32-bit Windows.
    assert int(ours["cryptography"].partition(".")[0]) < 49
    assert ours["pysequoia"] == "0.1.29"
    lines = (ROOT / "agent" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.match(r"#|[a-z]|    --hash=sha256:[0-9a-f]{64}|    #", line) for line in lines)


def test_it_starts_with_two_folders_and_its_pins_alone(tmp_path: Path) -> None:
    for name, source in (("agent", ROOT / "agent"), ("sage_bridge", ROOT / "plugins" / "sage_bridge")):
        shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    document = json.loads((WINDOWS / "agent.example.json").read_text(encoding="utf-8"))
    document |= {"state_dir": str(tmp_path / "state"), "receipts_dir": str(tmp_path / "receipts")}
    (tmp_path / "agent.json").write_text(json.dumps(document), encoding="utf-8")
    allowed = {module for name in pins(ROOT / "agent" / "requirements.txt") for module in MODULES.get(name, {name})}
    done = subprocess.run(
        [sys.executable, "-c", ALONE, ",".join(sorted(allowed)), str(tmp_path / "agent.json")],
        env={"PYTHONPATH": str(tmp_path), "SAGE_PASSWORD": "x"}, cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("lane DC: last answered seq 0")


def test_the_example_is_that_of_the_manual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [manual] = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "agent.md").read_text(encoding="utf-8"), re.DOTALL)
    shutil.copy(WINDOWS / "agent.example.json", tmp_path)
    monkeypatch.setenv("SAGE_PASSWORD", "x")
    assert load(tmp_path / "agent.example.json").company == "AW"
    assert json.loads((WINDOWS / "agent.example.json").read_text(encoding="utf-8")) == json.loads(manual)


def test_the_task_starts_the_command_and_the_command_starts_the_agent() -> None:
    task = ET.parse(WINDOWS / "task.xml").getroot()  # noqa: S314 - a file of ours

    def text(path: str) -> str:
        found = task.find("/".join(f"{TASK}{part}" for part in path.split("/")))
        assert found is not None, path
        return found.text or ""

    assert text("Actions/Exec/Command") == rf"{text('Actions/Exec/WorkingDirectory')}\agent.cmd"
    assert text("Settings/MultipleInstancesPolicy") == "IgnoreNew"
    assert text("Settings/ExecutionTimeLimit") == "PT0S"
    assert text("Principals/Principal/RunLevel") == "LeastPrivilege"
    command = (WINDOWS / "agent.cmd").read_bytes()
    assert command.count(b"\n") == command.count(b"\r\n")
    [started, other] = re.findall(r"-m agent (--config \S+) %\*", command.decode())
    assert started == other
    words = ["--config", "agent.json", text("Actions/Exec/Arguments")]
    assert _parser().parse_args(words).command == "run"
