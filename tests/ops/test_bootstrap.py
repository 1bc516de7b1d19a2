"""The first command on a new machine says what is missing instead of failing somewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from ops.paths import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    shutil.copytree(REPOSITORY / ".ci", tmp_path / "clone" / ".ci")
    for path in REPOSITORY.glob("requirements*.txt"):
        shutil.copy(path, tmp_path / "clone")
    return tmp_path / "clone"


def bootstrap(clone: Path, python: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(clone / ".ci" / "bootstrap"), "runtime"],
        env={"PATH": os.environ["PATH"], "PYTHON": python},
        capture_output=True,
        text=True,
        check=False,
    )


def interpreter(folder: Path, body: str) -> str:
    program = folder / "python-for-test"
    program.write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
    program.chmod(0o755)
    return str(program)


def test_no_python(clone: Path) -> None:
    done = bootstrap(clone, "python-that-is-not-there")
    assert done.returncode == 1
    assert "python-that-is-not-there is not installed; next step: install Python 3.11" in done.stderr


def test_an_old_python(clone: Path, tmp_path: Path) -> None:
    old = interpreter(tmp_path, 'case "$*" in *version_info*) exit 1;; *) echo "Python 3.9.2";; esac')
    done = bootstrap(clone, old)
    assert done.returncode == 1
    assert "is Python 3.9.2; expected: Python 3.11" in done.stderr


def test_a_python_without_ensurepip(clone: Path, tmp_path: Path) -> None:
    bare = interpreter(tmp_path, 'case "$*" in *ensurepip*) exit 1;; *) exit 0;; esac')
    done = bootstrap(clone, bare)
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr


def test_a_second_run_is_instant() -> None:
    # The environment of this very run was made by the same script, or by hand; then there is nothing to measure.
    if not (REPOSITORY / ".venv" / "stamp-dev").is_file():
        pytest.skip("this environment was not made by .ci/bootstrap")
    began = time.monotonic()
    done = subprocess.run([str(REPOSITORY / ".ci" / "bootstrap"), "dev"], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert time.monotonic() - began < 5
