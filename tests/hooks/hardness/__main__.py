"""`python -m tests.hooks.hardness` sends all malformed transfers and tells how many of each kind were refused.

Figures are written to `var/hardness/figures.txt`; the exit code is 0 only if none landed half or other than it says.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from ops.paths import REPOSITORY, var_dir
from tests.hooks.hardness.conftest import FIGURES
from tests.hooks.hardness.stand import Tally

_PROCESSES = "2"
_SECONDS_PER_TEST = "3600"


def main() -> int:
    """Run the tests of this room with all their cases and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["-q", "-n", _PROCESSES, "--dist", "load", "--timeout", _SECONDS_PER_TEST, "--show-capture", "no"]
        run = subprocess.run(
            [sys.executable, "-m", "pytest", *options, str(Path(__file__).parent)],
            cwd=REPOSITORY,
            env={**os.environ, FIGURES: folder},
            check=False,
        )
        tally = Tally()
        for file in sorted(Path(folder).glob("*.json")):
            document = json.loads(file.read_text(encoding="utf-8"))
            counts = {kind: Counter(figures) for kind, figures in document["counts"].items()}
            tally.merge(Tally(counts, Counter(document["codes"])))
    text = "\n".join([*tally.lines(), ""])
    target = var_dir() / "hardness"
    target.mkdir(parents=True, exist_ok=True)
    (target / "figures.txt").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
