"""Rules about threats that no linter of ours knows; a semgrep of our own, in the words of the house."""

from __future__ import annotations

import ast
import re

from tests.house.sources import REPOSITORY, place, python_files, text_files, tree

SHIPPED = ("plugins", "dags", "agent", "sandbox", "ops", "verify")
# Written in parts, so that this file is not among those that hold them.
UNCHECKED = re.compile(
    "|".join(("no_host_key" + "_check", "known_hosts=" + "None", "CERT_" + "NONE", "verify=" + "False"))
)
SECRET = re.compile("|".join(("BEGIN [A-Z ]*PRIVATE" + " KEY", r"\bAKIA[0-9A-Z]{16}\b", r"\bghp_[A-Za-z0-9]{36}\b")))
# Who hands a statement over that is not written where it is handed over, with where its text comes from.
STATEMENTS_FROM = {
    "plugins/sage_hooks/inbound_landing.py": "rule_sql, from the suite: names are checked, values bound",
    "plugins/sage_hooks/inbound_staging.py": "names of a feed's own columns, quoted",
    "plugins/sage_hooks/ledger.py": "names of work tables of its own",
    "plugins/sage_hooks/prices.py": "names of work tables of its own",
    "plugins/sage_hooks/reconciliation.py": "names of work tables of its own",
    "plugins/sage_hooks/outbox_seal.py": "a file of include/sql, by name",
    "plugins/sage_hooks/warehouse.py": "a file of include/sql, by name; names of relations from the catalogue",
}


def test_no_check_of_the_other_side_can_be_switched_off() -> None:
    wrong = []
    for path in python_files(*SHIPPED):
        wrong += [f"{path.name}: {found}" for found in UNCHECKED.findall(path.read_text(encoding="utf-8"))]
        wrong += [place(path, node) for node in ast.walk(tree(path)) if _turns_off(node)]
    assert wrong == []


def test_no_file_holds_a_key() -> None:
    wrong = []
    for path in text_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        wrong += [f"{path.relative_to(REPOSITORY)}: {found[:12]}" for found in SECRET.findall(text)]
    assert wrong == []


def test_a_statement_is_a_text_of_ours_wherever_it_is_executed() -> None:
    wrong = []
    for path in python_files("plugins", "dags"):
        name = str(path.relative_to(REPOSITORY))
        calls = [node for node in ast.walk(tree(path)) if _executes(node)]
        wrong += [place(path, call) for call in calls if not _is_written_there(call) and name not in STATEMENTS_FROM]
    assert wrong == []
    assert [name for name in STATEMENTS_FROM if not (REPOSITORY / name).is_file()] == []


def test_no_dag_lets_airflow_write_into_a_statement() -> None:
    """No operator of a provider runs SQL, and no template reads a run's parameters."""
    wrong = []
    for path in python_files("dags"):
        text = path.read_text(encoding="utf-8")
        wrong += [f"{path.name}: {found}" for found in re.findall(r"SQL\w*Operator|\{\{[^}]*(?:params|conf)\b", text)]
    assert wrong == []


def _turns_off(node: ast.AST) -> bool:
    """Find `check_hostname = False`; a value that is worked out is another matter."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Constant) or node.value.value is not False:
        return False
    return any(isinstance(target, ast.Attribute) and target.attr == "check_hostname" for target in node.targets)


def _executes(node: ast.AST) -> bool:
    names = {"execute", "executemany", "copy", "stream"}
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in names:
        return False
    # Airflow's operators have an `execute` of their own, which takes the context.
    return bool(node.args) and ast.unparse(node.args[0]) != "context"


def _is_written_there(node: ast.AST) -> bool:
    assert isinstance(node, ast.Call)
    first = node.args[0]
    if isinstance(first, ast.Constant):
        return True
    # A file by name, a constant of the module.
    return ast.unparse(first).startswith("statement(") or (
        isinstance(first, ast.Name) and first.id.strip("_").isupper()
    )
