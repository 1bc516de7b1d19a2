"""Which way the arrows point; what import-linter cannot see is seen here."""

from __future__ import annotations

import ast
import subprocess
import sys

from tests.house.sources import REPOSITORY, place, python_files, tree

IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import sage_bridge
for module in pkgutil.walk_packages(sage_bridge.__path__, "sage_bridge."):
    importlib.import_module(module.name)
tops = {name.partition(".")[0] for name in sys.modules}
ours = {"sage_bridge", "__main__"} | {top for top in tops if top.startswith("_sysconfigdata_")}
print(" ".join(sorted(tops - sys.stdlib_module_names - ours)))
"""
# What sage_bridge may import but must not use to look at the world.
WORLD = {
    "os",
    "pathlib",
    "socket",
    "subprocess",
    "urllib",
    "http",
    "sqlite3",
    "tempfile",
    "shutil",
    "time",
    "random",
    "secrets",
}


def test_rules_import_nothing_but_the_standard_library() -> None:
    # -S: without site-packages anything else could not even be found.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", IMPORT_ALL, str(REPOSITORY / "plugins")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_rules_know_no_float() -> None:
    wrong = []
    for path in python_files("plugins/sage_bridge"):
        for node in ast.walk(tree(path)):
            is_literal = isinstance(node, ast.Constant) and isinstance(node.value, (float, complex))
            is_name = isinstance(node, ast.Name) and node.id == "float"
            if is_literal or is_name:
                wrong.append(place(path, node))
    assert wrong == []


def test_rules_do_not_look_at_the_world() -> None:
    wrong = []
    for path in python_files("plugins/sage_bridge"):
        for node in ast.walk(tree(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            is_clock = isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow"}
            if is_clock or WORLD & {name.partition(".")[0] for name in names}:
                wrong.append(place(path, node))
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"open", "print", "input"}
            ):
                wrong.append(place(path, node))
    assert wrong == []


def test_dags_import_only_airflow_and_light_things_at_their_top() -> None:
    allowed = {"airflow", "pendulum", "dag_defaults", "sage_bridge", *sys.stdlib_module_names}
    # A watcher must be named where the asset is, an alarm where the DAG is; they import drivers only when they run.
    allowed_modules = {"sage_hooks.triggers", "sage_hooks.alarms"}
    wrong = []
    for path in python_files("dags"):
        for node in tree(path).body:
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            wrong += [
                f"{place(path, node)} {name}"
                for name in names
                if name.partition(".")[0] not in allowed and name not in allowed_modules
            ]
    assert wrong == []


def test_the_plugin_manager_skips_every_package_of_ours() -> None:
    packages = {path.name for path in (REPOSITORY / "plugins").iterdir() if (path / "__init__.py").is_file()}
    ignored = set((REPOSITORY / "plugins" / ".airflowignore").read_text(encoding="utf-8").split())
    assert packages
    assert packages - ignored == set()
