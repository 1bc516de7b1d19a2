"""The page of threats names each one, what proves its protection, and only tests that exist."""

from __future__ import annotations

import ast
import re

import pytest

from ops.paths import REPOSITORY

THREATS = [f"T{number}" for number in range(1, 16)]
_TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def rows() -> dict[str, list[str]]:
    """Give the cells of the table by threat."""
    text = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("| T")]
    return {first.strip(): [cell.strip() for cell in others] for first, *others in cells}


def test_every_threat_has_its_row() -> None:
    assert list(rows()) == THREATS
    assert [name for name, cells in rows().items() if len(cells) != 4 or not all(cells[:3])] == []


@pytest.mark.parametrize("threat", THREATS)
def test_what_proves_a_protection_exists(threat: str) -> None:
    cell = rows()[threat][2]
    named = _TEST.findall(cell)
    assert named
    # Nothing but names of tests stands there, so that none is misspelt into silence.
    assert _TEST.sub("", cell).strip(", ") == ""
    assert [f"{file}::{name}" for file, name in named if name not in names_in(file)] == []


def names_in(file: str) -> set[str]:
    """Give the names of the tests of a file, none when there is no such file."""
    path = REPOSITORY / "tests" / file
    if not path.is_file():
        return set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
