"""The agent must start in a plain Python on a Windows server: what it may touch, and where."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

AGENT = Path(__file__).parents[2] / "agent"
FILES = sorted(AGENT.glob("*.py"))
# Modules of the standard library that Windows has not.
POSIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
ALLOWED = {"sealed.py": {"pysequoia"}, "transport.py": {"asyncssh"}, "source.py": {"pyodbc"}, "macro.py": {"fcntl"}}
POSIX_CALLS = {"fork", "getuid", "geteuid", "killpg", "kill", "chown", "mkfifo", "setsid", "waitpid"}


def imports(tree: ast.Module) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


def test_there_is_something_to_look_at() -> None:
    assert {"transport.py", "source.py", "macro.py", "importer.py", "loop.py"} <= {path.name for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_driver_is_known_to_one_module_only(path: Path) -> None:
    known = (set(sys.stdlib_module_names) - POSIX_ONLY) | {"agent", "sage_bridge"} | ALLOWED.get(path.name, set())
    assert imports(ast.parse(path.read_text(encoding="utf-8"))) <= known


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_call_that_windows_lacks(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os"
    }
    assert called & POSIX_CALLS == set()


def test_no_float_is_made_on_the_way_of_money() -> None:
    for name in ("extract.py", "guard.py", "layouts.py", "values.py"):
        tree = ast.parse((AGENT / name).read_text(encoding="utf-8"))
        made = [
            node for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
        ]  # fmt: skip
        assert made == [], name
