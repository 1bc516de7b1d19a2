"""Seeded defects: the product with one protection taken out, in a copy of the source; a test must notice.

`tests/crash/defects/<name>.toml` says what is changed where, what breaks by it, and which tests must turn red. By hand:

    make defects                    all of them
    make defects ONLY="no_look"     those whose name begins so
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import xml.etree.ElementTree as ET  # the file read is our own test run's
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ops.paths import REPOSITORY
from tests.conftest import SERVER_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOLDER = Path(__file__).with_name("defects")
COPIED = (
    "agent",
    "bench",
    "dags",
    "docs",
    "include",
    "ops",
    "plugins",
    "sandbox",
    "tests",
    "pyproject.toml",
    "Makefile",
)
LEAST = 30
SURVIVED = "survived: its tests are green"
WORKERS = 2
# What a test says when it could not run, which proves nothing about the defect.
WRONG_REASONS = re.compile(
    r"^(E\s+)?(ImportError|ModuleNotFoundError|NameError|IndexError|KeyError|AttributeError|TypeError|SyntaxError|UnboundLocalError"
    r"|fixture .* not found|psycopg\.errors\.(SyntaxError|Undefined\w+|Ambiguous\w+|DatatypeMismatch))"
)


@dataclass(frozen=True)
class Change:
    """One place in a file: its text, and what stands there instead."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Defect:
    """One protection taken out."""

    name: str
    breaks: str
    tests: tuple[str, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Verdict:
    """What the tests said of a defect: `caught`, and by what or why not."""

    defect: Defect
    caught: bool
    words: str
    seconds: float


def read_defects(only: str = "") -> list[Defect]:
    """Give the defects whose name begins with `only`, by name."""
    return [_read(path) for path in sorted(FOLDER.glob("*.toml")) if path.stem.startswith(only)]


def _read(path: Path) -> Defect:
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    changes = tuple(Change(**change) for change in document["changes"])
    return Defect(path.stem, document["breaks"], tuple(document["tests"]), changes)


def misfits(defect: Defect, root: Path = REPOSITORY) -> list[str]:
    """Say which of its texts do not stand in the source exactly once; a defect that fits nowhere proves nothing."""
    said = []
    for change in defect.changes:
        path = root / change.file
        count = path.read_text(encoding="utf-8").count(change.old) if path.is_file() else -1
        if count != 1:
            said.append(f"{defect.name}: its text stands {count} times in {change.file}, expected once")
    return said


def copy_source(target: Path) -> Path:
    """Copy the source without what was made from it; the environment is linked."""
    for name in COPIED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target / name)
    (target / ".venv").symlink_to(REPOSITORY / ".venv")
    return target


def hunt(defect: Defect, place: Place) -> Verdict:
    """Seed a defect in a copy, run its tests there, take it out again."""
    root = place.root
    begin = time.monotonic()
    wrong = misfits(defect, root)
    if wrong:
        return Verdict(defect, caught=False, words="; ".join(wrong), seconds=0)
    before = {change.file: (root / change.file).read_text(encoding="utf-8") for change in defect.changes}
    try:
        for change in defect.changes:
            path = root / change.file
            path.write_text(path.read_text(encoding="utf-8").replace(change.old, change.new), encoding="utf-8")
        words = _import(defect, root)
        caught = not words
        if caught:
            caught, words = place.run(defect.tests)
    finally:
        for file, text in before.items():
            (root / file).write_text(text, encoding="utf-8")
    return Verdict(defect, caught, words, time.monotonic() - begin)


def _environment(root: Path) -> dict[str, str]:
    path = os.pathsep.join((str(root / "plugins"), str(root)))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "SAGE_BRIDGE_"))}
    return {**kept, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "GX_ANALYTICS_ENABLED": "false"}


def _import(defect: Defect, root: Path) -> str:
    """Import what was changed; gives what went wrong."""
    modules = [
        change.file.removeprefix("plugins/").removesuffix(".py").replace("/", ".")
        for change in defect.changes
        if change.file.endswith(".py")
    ]
    told = subprocess.run(
        [sys.executable, "-c", f"import {', '.join(modules or ['sys'])}"],
        cwd=root, env=_environment(root), capture_output=True, text=True, check=False,
    )  # fmt: skip
    return f"it cannot be imported: {told.stderr.strip().rpartition(chr(10))[2]}" if told.returncode else ""


@dataclass(frozen=True)
class Place:
    """A copy of the source, and the warm process that runs tests in it."""

    root: Path
    warm: subprocess.Popen[str]

    def run(self, tests: Sequence[str]) -> tuple[bool, str]:
        """Run tests in the copy; gives whether they turned red for a reason that counts, and the reason."""
        report, said = self.root / "report.xml", self.root / "said.txt"
        report.unlink(missing_ok=True)
        job = {"root": str(self.root), "tests": list(tests), "report": str(report), "said": str(said)}
        assert self.warm.stdin is not None
        assert self.warm.stdout is not None
        self.warm.stdin.write(json.dumps(job) + "\n")
        self.warm.stdin.flush()
        code = self.warm.stdout.readline().strip()
        if code == "0":
            return False, SURVIVED
        if code != "1" or not report.is_file():
            return False, f"its tests could not run ({code}): {said.read_text(encoding='utf-8').strip()[-600:]}"
        return _judge(report)


@contextmanager
def copied(folder: Path) -> Iterator[Place]:
    """Copy the source into a new folder and start its warm process and its Postgres server."""
    from ops.postgres import Server

    root = copy_source(folder / "source")
    # What a test writes need not survive a power cut.
    server = Server(
        folder / "postgres", options={"fsync": "off", "synchronous_commit": "off", "shared_buffers": "128MB"}
    )
    environment = {**_environment(root), SERVER_VARIABLE: str(server.start())}
    warm = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("warm_pytest.py"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, cwd=root,
    )  # fmt: skip
    try:
        yield Place(root, warm)
    finally:
        server.stop()
        assert warm.stdin is not None
        warm.stdin.close()
        warm.wait(timeout=60)
        assert warm.stdout is not None
        warm.stdout.close()


def _judge(report: Path) -> tuple[bool, str]:
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 - our own file
        for kind in ("error", "failure"):
            found = case.find(kind)
            if found is None:
                continue
            message = " ".join((found.get("message") or found.text or "").split())
            name = f"{case.get('name')}: {message[:160]}"
            if kind == "error" or WRONG_REASONS.match(message):
                return False, f"red for another reason: {name}"
            return True, name
    return False, "nothing turned red"


def hunt_all(defects: Sequence[Defect], folder: Path, workers: int = WORKERS) -> Iterator[Verdict]:
    """Hunt defects, a few beside each other, each worker in a copy of its own; in the order of `defects`."""
    places: SimpleQueue[Place] = SimpleQueue()

    def one(defect: Defect) -> Verdict:
        taken = places.get()
        try:
            return hunt(defect, taken)
        finally:
            places.put(taken)

    with ExitStack() as stack:
        for number in range(min(workers, len(defects))):
            places.put(stack.enter_context(copied(folder / f"copy{number}")))
        pool = stack.enter_context(ThreadPoolExecutor(workers))
        yield from pool.map(one, defects)


def main(arguments: Sequence[str] | None = None) -> int:
    """Hunt from the command line; the exit code is 1 when a defect survives."""
    parser = argparse.ArgumentParser(prog="tests.crash.defect_hunt", description=__doc__)
    parser.add_argument("--only", default="", help="defects whose name begins so")
    parser.add_argument("--workers", type=int, default=WORKERS, help="how many beside each other")
    chosen = parser.parse_args(arguments)
    defects = read_defects(chosen.only)
    begin, survivors = time.monotonic(), []
    with TemporaryDirectory(prefix="sage-bridge-defects-") as folder:
        union = sorted({test for defect in defects for test in defect.tests})
        with copied(Path(folder) / "sound") as sound:
            is_red, words = sound.run(union)
        if is_red or words != SURVIVED:
            sys.stderr.write(f"without any defect: {words}\n")
            return 1
        for verdict in hunt_all(defects, Path(folder), chosen.workers):
            mark = "caught  " if verdict.caught else "SURVIVED"
            sys.stdout.write(f"{mark} {verdict.seconds:5.1f} s  {verdict.defect.name}: {verdict.words}\n")
            sys.stdout.flush()
            survivors += [] if verdict.caught else [verdict.defect.name]
    caught = len(defects) - len(survivors)
    sys.stdout.write(f"{caught} of {len(defects)} defects caught in {time.monotonic() - begin:.0f} s\n")
    for name in survivors:
        sys.stderr.write(f"not caught: {name}\n")
    return 1 if survivors or not defects else 0


if __name__ == "__main__":
    raise SystemExit(main())
