"""Pages that are made from the sources: `python -m ops.documentation` writes them.

They are docs/errors.md, docs/dags.md, docs/schemas.md and docs/runbooks/README.md. Tests compare them with what this
module would write now, so that no page can go stale.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from ops import runbooks, schemas
from ops.paths import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    _Scope = ast.Module | ast.FunctionDef | ast.ClassDef

_CODE = re.compile(r"RS-[0-9]{3}")
_SOURCES = ("plugins", "dags", "agent", "ops", "verify")
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


def _words(node: ast.AST | None, names: Mapping[str, str] | None = None) -> str:
    """Give the text of a literal or of a name known to stand for one; what is filled in stands as three dots."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_words(part) if isinstance(part, ast.Constant) else "..." for part in node.values)
    return (names or {}).get(node.id, "") if isinstance(node, ast.Name) else ""


def errors() -> Iterator[Error]:
    """Give every place in the sources that raises a code: in calls, in ready sentences, in triggers of the database."""
    for path in sorted(path for folder in _SOURCES for path in (REPOSITORY / folder).rglob("*.py")):
        place = str(path.relative_to(REPOSITORY))
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        for scope in [tree, *functions]:
            names = _constants(tree) | _defaults(scope)
            for node in _own(scope):
                found = _raised(node, names, scope, place)
                if found is not None:
                    yield found
    for path in sorted((REPOSITORY / "include" / "sql" / "migrations").glob("*.sql")):
        for sentence in re.findall(r"raise exception '([^']*)'", path.read_text(encoding="utf-8")):
            found = _sentence(re.sub(r"%(\.%)*", "...", sentence), str(path.relative_to(REPOSITORY)))
            if found is not None:
                yield found


def _raised(node: ast.AST, names: Mapping[str, str], scope: _Scope, place: str) -> Error | None:
    if isinstance(node, ast.JoinedStr):
        return _sentence(_words(node), place)
    if not isinstance(node, ast.Call):
        return None
    said = [_words(argument, names) for argument in node.args]
    code = next((text for text in said if _CODE.fullmatch(text)), "")
    if not code:
        return None
    do = next((_words(keyword.value) for keyword in node.keywords if keyword.arg == "do"), "")
    # Where a helper composes the sentence, what the function refuses stands in its docstring.
    what = said[1] if said[0] == code and len(said) > 1 else ""
    return Error(code, what or _first_line(scope), do, place)


def _sentence(text: str, place: str) -> Error | None:
    """Read a sentence that begins with its code."""
    found = re.match(r"(RS-[0-9]{3}) ([^;]+)", text)
    if found is None:
        return None
    return Error(found.group(1), found.group(2), text.partition("next step: ")[2], place)


def _constants(tree: ast.Module) -> dict[str, str]:
    found = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]
    return {ast.unparse(node.targets[0]): _words(node.value) for node in found}


def _defaults(scope: _Scope) -> dict[str, str]:
    if not isinstance(scope, ast.FunctionDef):
        return {}
    names = [argument.arg for argument in scope.args.args][::-1]
    return {name: _words(value) for name, value in zip(names, scope.args.defaults[::-1], strict=False)}


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """Give the nodes of a scope that stand in no function or class within it."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            continue
        yield child
        yield from _own(child)


def _first_line(scope: _Scope) -> str:
    return (ast.get_docstring(scope) or scope.name if not isinstance(scope, ast.Module) else "").split("\n")[0]


def errors_page() -> str:
    """Give docs/errors.md."""
    lines = [
        "# Error codes",
        "",
        "Made by `make docs` from the sources. Every error is one sentence: code, what, record, expected, found, next",
        "step; three dots stand for what is filled in. What to do, page by page: [runbooks](runbooks/README.md).",
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


def runbooks_page() -> str:
    """Give docs/runbooks/README.md: for every code and rule, the page that says what to do."""
    return runbooks.index((error.code, error.what) for error in errors())


PAGES = {"errors.md": errors_page, "dags.md": dags_page, "runbooks/README.md": runbooks_page}


def write() -> None:
    """Write the pages; the one about the schemas is read from the catalogue of a database made for it."""
    for name, page in PAGES.items():
        (REPOSITORY / "docs" / name).write_text(page(), encoding="utf-8")
    (REPOSITORY / "docs" / schemas.PAGE).write_text(schemas.fresh_page(), encoding="utf-8")


if __name__ == "__main__":
    write()
