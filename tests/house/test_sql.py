"""Words to the database: in files, commented, with bound values."""

from __future__ import annotations

import ast
import re
from typing import TypeGuard

from tests.house.sources import REPOSITORY, place, python_files, sql_files, tree

VERBS = frozenset(
    {
        *("select", "insert", "update", "delete", "merge", "copy", "lock", "truncate"),
        *("create", "drop", "add", "comment", "grant", "refresh", "check"),
    }
)
# Makes statements from the suites of the feeds: names are checked when a suite is read, values are bound.
COMPILERS = frozenset({"plugins/sage_bridge/rule_sql.py"})
BEGINS_SQL = re.compile(
    r"\s*(select|insert into|update|delete from|create|alter|drop|copy|merge into|with)\s", re.IGNORECASE
)


def test_every_file_says_its_intent_in_the_first_line() -> None:
    files = sql_files()
    assert files
    wrong = [path for path in files if not re.match(r"-- \S.{10,}", path.read_text(encoding="utf-8"))]
    assert wrong == []


def test_every_statement_is_named_by_verb_and_object() -> None:
    statements = [path for path in (REPOSITORY / "include" / "sql").rglob("*.sql") if path.parent.name != "migrations"]
    assert [path for path in statements if path.stem.split("_")[0] not in VERBS or "_" not in path.stem] == []


def test_no_statement_holds_a_template() -> None:
    wrong = [path for path in sql_files() if re.search(r"\{\{|\{%|%\([a-z_]+\)(?!s)", path.read_text(encoding="utf-8"))]
    assert wrong == []


def test_no_sql_is_put_together_from_strings() -> None:
    wrong = []
    for path in python_files("plugins", "dags", "agent", "sandbox", "ops", "verify"):
        lines = path.read_text(encoding="utf-8").splitlines()
        # A table name of our own in SQLite cannot be bound; the place says so to the linter, with its reason.
        wrong += [
            place(path, node)
            for node in ast.walk(tree(path))
            if _is_put_together(node) and "noqa: S608" not in "".join(lines[node.lineno - 1 : node.end_lineno])
        ]
    assert [found for found in wrong if found.split(":")[0] not in COMPILERS] == []


def _is_put_together(node: ast.AST) -> TypeGuard[ast.expr]:
    if isinstance(node, ast.JoinedStr):
        return _begins_sql(node) and any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mod) and _begins_sql(node.left)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_formatted_text(node.func)


def _is_formatted_text(function: ast.Attribute) -> bool:
    return function.attr == "format" and _begins_sql(function.value)


def _begins_sql(node: ast.expr) -> bool:
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    return isinstance(first, ast.Constant) and isinstance(first.value, str) and bool(BEGINS_SQL.match(first.value))
