"""Sizes, names, words and settings that no linter looks at."""

from __future__ import annotations

import ast
import re

from tests.house.sources import REPOSITORY, place, python_files, text_files, tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
LONGEST_DAG = 160
# Words of the workshop; written in two parts, so that this file is not among those that hold them.
WORKSHOP = re.compile(
    "|".join(("/wo" + "rk/", "/ro" + "ot/", "far" + r"m-\d", r"\.lib" + "rary", "Clau" + "de", "helper ses" + "sion"))
)
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def test_files_are_short() -> None:
    wrong = {
        str(path.relative_to(REPOSITORY)): lines
        for path in python_files()
        if (lines := len(path.read_text(encoding="utf-8").splitlines()))
        > (LONGEST_DAG if path.parent == REPOSITORY / "dags" else LONGEST_FILE)
    }
    assert wrong == {}


def test_functions_are_short() -> None:
    wrong = []
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                # The function of a DAG is the page itself; its tasks are functions of their own.
                if lines > LONGEST_FUNCTION and not _is_dag(node):
                    wrong.append(f"{place(path, node)} {node.name} {lines}")
    assert wrong == []


def test_dags_are_named_as_their_files() -> None:
    for path in python_files("dags"):
        if path.stem != "dag_defaults":
            dags = [node.name for node in tree(path).body if isinstance(node, ast.FunctionDef) and _is_dag(node)]
            assert dags == [path.stem], path


def test_no_file_speaks_of_the_workshop() -> None:
    wrong = []
    for path in text_files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, start=1):
            if WORKSHOP.search(line) or UNFINISHED.search(line):
                wrong.append(f"{path.relative_to(REPOSITORY)}:{number} {line.strip()[:80]}")
    assert wrong == []


def test_every_requirement_is_pinned_and_names_no_index() -> None:
    for path in REPOSITORY.glob("requirements*.txt"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("# ")
        assert ".ci/lock" in lines[0]
        for line in lines:
            if line and not line.lstrip().startswith("#"):
                pin = r"[a-z0-9._-]+(\[[a-z,]+\])?==[^ ]+( ; .+)? \\"
                assert re.fullmatch(rf"{pin}|    --hash=sha256:[0-9a-f]{{64}}( \\)?", line), f"{path.name}: {line}"


def test_every_variable_that_is_read_is_explained() -> None:
    known = set(re.findall(r"^([A-Z_]+)=", (REPOSITORY / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    compose = set(re.findall(r"\$\{([A-Z_]+)", (REPOSITORY / "docker-compose.yaml").read_text(encoding="utf-8")))
    read = set()
    for path in python_files("plugins", "dags", "agent", "ops"):
        text = path.read_text(encoding="utf-8")
        read |= set(re.findall(r'_VARIABLE = "([A-Z_]+)"', text))
        read |= set(re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"(?!\] =)', text))
    assert compose
    assert read
    assert (compose | read) - known == set()


def _is_dag(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    decorators = [part.func if isinstance(part, ast.Call) else part for part in node.decorator_list]
    return any(isinstance(part, ast.Name) and part.id == "dag" for part in decorators)
