"""What users would pick instead, in an environment of its own: `make bench` installs it, the product never sees it.

A rival imports its libraries before its clock starts, as the product's worker has its own loaded.
"""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ops.paths import var_dir

if TYPE_CHECKING:
    from types import TracebackType

WAYS = frozenset({"to_sql", "dlt", "duckdb"})
_SCRIPT = Path(__file__).parent / "rival_work.py"


@cache
def python() -> Path:
    """Give the interpreter of the rivals' environment, whether it is there or not."""
    return var_dir() / "bench" / "rivals" / "bin" / "python"


def missing() -> frozenset[str]:
    """Give the ways that cannot be run here."""
    return frozenset() if python().is_file() else WAYS


class Rival:
    """One piece of work of a rival: started with its imports done, run when asked."""

    def __init__(self, work: str, **words: str) -> None:
        """Name the work and what it needs."""
        self._words = json.dumps({"work": work, **words})
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start the process and wait until its libraries are loaded."""
        self._process = subprocess.Popen(
            [str(python()), str(_SCRIPT), self._words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._answer()
        return self

    def run(self) -> int:
        """Do the work; gives the rows it says it did."""
        if self._process is None or self._process.stdin is None:
            raise RuntimeError("a rival is asked before it was started")
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return int(self._answer())

    def _answer(self) -> str:
        if self._process is None or self._process.stdout is None:
            raise RuntimeError("a rival is asked before it was started")
        # Libraries print what they like; our own words are marked.
        for line in self._process.stdout:
            if line.startswith("bench "):
                return line.removeprefix("bench ").strip()
        message = f"a rival ended without an answer: {self._words}"
        raise RuntimeError(message)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()
