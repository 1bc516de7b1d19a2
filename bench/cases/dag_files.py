"""How long Airflow's DAG processor takes to read each DAG file, and whether one loads what only tasks need."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, ClassVar

from bench.goals import Goal
from bench.timing import PRODUCT, Case, Result
from ops.paths import DAGS, REPOSITORY
from ops.processes import python_environment

if TYPE_CHECKING:
    from bench.place import Place

SLOWEST = "slowest DAG file, CPU seconds"
HEAVY = "DAG files that load what only tasks need"

# Airflow reads each file in a process forked off one that has Airflow loaded.
_READER = """
import importlib, json, os, sys, time
import airflow.sdk, airflow.providers.standard.operators.python
sys.path.insert(0, os.environ["DAGS"])
heavy = {"great_expectations", "pandas", "psycopg", "asyncssh", "asyncpg", "sqlglot", "openpyxl", "reportlab"}
heavy -= set(sys.modules)
for name in sys.argv[1:]:
    reading, writing = os.pipe()
    if os.fork() == 0:
        began = time.process_time()
        importlib.import_module(name)
        found = {"dag": name, "seconds": time.process_time() - began, "heavy": sorted(heavy & set(sys.modules))}
        os.write(writing, json.dumps(found).encode())
        os._exit(0)
    os.close(writing)
    print(os.read(reading, 65536).decode())
    os.wait()
"""


class DagFilesCase(Case):
    """Every DAG file read as the DAG processor reads it."""

    name = "dag_files"
    title = "DAG files"
    ways: ClassVar[dict[str, str]] = {
        PRODUCT: "every DAG file imported in a process forked off one with Airflow loaded"
    }
    grows = False

    def __init__(self, place: Place, rows: int) -> None:
        """Name the files."""
        super().__init__(place, rows)
        self.names = sorted(path.stem for path in DAGS.glob("*__*.py"))
        self.found: dict[str, list[float]] = {}

    def run(self, way: str) -> int:
        """Read all of them."""
        del way
        said = subprocess.run(
            [sys.executable, "-c", _READER, *self.names],
            env=python_environment(DAGS=str(DAGS)), cwd=REPOSITORY, stdout=subprocess.PIPE, check=True, text=True,
        ).stdout  # fmt: skip
        files = [json.loads(line) for line in said.splitlines() if line.startswith('{"dag"')]
        for file in files:
            self.found.setdefault(file["dag"], []).append(file["seconds"])
        self.figures[HEAVY] = sum(bool(file["heavy"]) for file in files)
        return len(files)

    def finish(self) -> None:
        """Find the slowest, each by its best time: other work on the machine only adds."""
        self.figures[SLOWEST] = max(min(times) for times in self.found.values())

    def goals(self, result: Result) -> list[Goal]:
        """Give the slowest file, and that none is heavy."""
        return [
            Goal(SLOWEST, result.figures[SLOWEST], at_most=0.5),
            Goal(HEAVY, result.figures[HEAVY], at_most=0),
        ]
