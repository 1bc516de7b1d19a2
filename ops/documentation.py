"""Pages that are made from the sources: `python -m ops.documentation` writes docs/errors.md and docs/dags.md.

A test compares them with what this module would write now, so that neither page can go stale.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from ops.paths import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CODE = re.compile(r"RS-[0-9]{3}")
_SOURCES = ("plugins", "dags", "agent", "ops")
_GROUPS = {
    "1": "wrong profile, mapping or setting",
    "2": "refused transfer: nothing of it landed",
    "3": "a value that cannot be written for Sage as it is",
    "4": "sums, references or states contradict each other; nothing is sent",
    "5": "the outcome of a send is unknown; a person decides",
    "6": "nothing is posted without a matching approval",
    "9": "the other side is away or busy; the same work is tried again",
}


class Error(NamedTuple):
    """One place that raises a code: what went wrong, the next step, the file."""

    code: str
    what: str
    do: str
    place: str


def _words(node: ast.AST | None) -> str:
    """Give the text of a literal; what is filled in at run time stands as three dots."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(part) if isinstance(part, ast.Constant) else "..." for part in node.values)
    return ""


def errors() -> Iterator[Error]:
    """Give every place in the sources that names a code as the first argument of a call."""
    for path in sorted(path for folder in _SOURCES for path in (REPOSITORY / folder).rglob("*.py")):
        place = str(path.relative_to(REPOSITORY))
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        for function in [tree, *functions]:
            for node in _own_calls(function):
                if node.args and _CODE.fullmatch(_words(node.args[0])):
                    do = next((_words(keyword.value) for keyword in node.keywords if keyword.arg == "do"), "")
                    what = _words(node.args[1]) if len(node.args) > 1 else ""
                    # Where a helper composes the sentence, what the function refuses stands in its docstring.
                    yield Error(_words(node.args[0]), what or _first_line(function), do, place)


def _own_calls(scope: ast.AST) -> Iterator[ast.Call]:
    """Give the calls of a scope that stand in no function or class within it."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _own_calls(child)


def _first_line(scope: ast.Module | ast.FunctionDef | ast.ClassDef) -> str:
    return (ast.get_docstring(scope) or scope.name if not isinstance(scope, ast.Module) else "").split("\n")[0]


def errors_page() -> str:
    """Give docs/errors.md."""
    lines = [
        "# Error codes",
        "",
        "Made by `make docs` from the sources. Every error is one sentence: code, what, record, expected, found, next",
        "step; three dots stand for what is filled in. Pages for what can call a person: [runbooks](runbooks).",
    ]
    found = sorted(set(errors()))
    for digit, meaning in _GROUPS.items():
        rows = [error for error in found if error.code.startswith(f"RS-{digit}")]
        lines += ["", f"## RS-{digit}xx: {meaning}", "", "| code | what | next step | raised in |", "|---|---|---|---|"]
        lines += [f"| {e.code} | {_cell(e.what)} | {_cell(e.do)} | `{e.place}` |" for e in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def dags_page() -> str:
    """Give docs/dags.md: the docstring of each DAG file, which is the manual for the person on call."""
    lines = ["# DAGs", "", "Made by `make docs` from the docstrings in [dags/](../dags); times are UTC."]
    for path in sorted((REPOSITORY / "dags").glob("*__*.py")):
        lines += ["", f"## {path.stem}", "", "```", _manual(path), "```"]
    return "\n".join(lines) + "\n"


def _manual(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").strip()


PAGES = {"errors.md": errors_page, "dags.md": dags_page}


def write() -> None:
    """Write the pages."""
    for name, page in PAGES.items():
        (REPOSITORY / "docs" / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
