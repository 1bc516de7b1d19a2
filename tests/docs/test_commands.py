"""What the pages tell people to run does run: statements on a migrated warehouse, commands in their own parsers."""

from __future__ import annotations

import importlib
import re
import shlex
from typing import TYPE_CHECKING

import pytest

from ops.paths import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sage_hooks.warehouse import Connection

DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
# Of the machine, not of ours: their arguments are plain enough to be read.
TOOLS = frozenset({"cp", "df", "docker-compose", "kubectl", "mkdir", "pg_isready", "ss", "ssh-keyscan"})
PARSERS = {
    "agent": "agent.__main__:_parser",
    "ops.make_secrets": "ops.make_secrets:_parser",
    "ops.retain": "ops.retain:_parser",
    "sage_hooks.outbox_command": "sage_hooks.outbox_command:_parser",
    "sandbox": "sandbox.arguments:parser",
    "sandbox.runblu": "sandbox.runblu.cli:_parser",
    "verify": "verify.__main__:_parser",
}


def _blocks(path: Path, language: str) -> Iterator[str]:
    """Give the fenced blocks of a language, indented ones too."""
    yield from re.findall(
        rf"^ *```{language}\n(.*?)^ *```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def _spans(path: Path, begin: str) -> Iterator[str]:
    """Give what stands in code type within a line and begins with the word."""
    yield from re.findall(rf"(?<!`)`({begin} [^`]+)`(?!`)", path.read_text(encoding="utf-8"))


def _statements() -> Iterator[tuple[str, str]]:
    for path in DOCUMENTS:
        for found in (*_blocks(path, "sql"), *_spans(path, "select")):
            yield path.name, found.replace("\\|", "|")


def _commands() -> Iterator[tuple[str, str]]:
    for path in DOCUMENTS:
        for block in _blocks(path, "sh"):
            for line in block.replace("\\\n", " ").splitlines():
                for command in line.split(" # ")[0].split("&&"):
                    if command.strip():
                        yield path.name, command.strip()
        # A span with three dots or capitals for a value is a shape, not a command.
        yield from (
            (path.name, span) for span in _spans(path, "python -m") if not re.search(r"\.\.\.|<|\b[A-Z]{3,}\b", span)
        )


def test_pages_name_statements_and_commands() -> None:
    assert len(list(_statements())) > 30
    assert len(list(_commands())) > 8


def test_every_statement_runs_for_the_person_on_call(warehouse: Connection, company: str) -> None:
    assert company == "AW"
    broken = []
    for name, statement in _statements():
        # What is written by hand is the controller's, roles are the administrator's; on-call reads.
        role = {"insert": "finance", "create": "postgres"}.get(statement.split()[0], "oncall")
        try:
            with warehouse.transaction(force_rollback=True):
                warehouse.execute(f"set local role {role}".encode())
                warehouse.execute(statement.encode())
        except Exception as error:  # noqa: BLE001 - all that fail are shown together
            broken.append(f"{name}: {error}: {statement}")
    assert broken == []


@pytest.mark.parametrize(("name", "command"), list(_commands()))
def test_every_command_is_understood(name: str, command: str) -> None:
    words = shlex.split(command)
    if words[0] == "make":
        makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
        assert re.search(rf"^{words[1]}:", makefile, re.MULTILINE), name
    elif words[:2] == ["python", "-m"] and words[2] in PARSERS:
        module, _, function = PARSERS[words[2]].partition(":")
        make: Callable[[], object] = getattr(importlib.import_module(module), function)
        make().parse_args(words[3:])  # type: ignore[attr-defined]
    elif words[:2] == ["python", "-m"]:
        assert importlib.util.find_spec(words[2]) is not None, name
    else:
        assert words[0] in TOOLS, f"{name}: {command}"


def test_every_dag_a_page_names_exists() -> None:
    dags = {path.stem for path in (REPOSITORY / "dags").glob("*__*.py")}
    pattern = re.compile(r"`((?:sage_to_core|core_to_sage|core_to_runblu|runblu_to_core|reconcile|check)__[a-z_]+)`")
    wrong = [
        f"{path.name}: {name}"
        for path in DOCUMENTS
        if path.parts[-2] != "decisions"
        for name in pattern.findall(path.read_text(encoding="utf-8"))
        if name not in dags and not name.endswith("__")
    ]
    assert wrong == []
