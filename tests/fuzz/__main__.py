"""`python -m tests.fuzz TARGET [SECONDS]` drives one parser by atheris, which follows what the bytes reach.

Atheris is no part of the environment: `pip install --target FOLDER atheris`, and FOLDER in `PYTHONPATH`.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any


def main() -> None:
    """Run one target for some seconds; ends with a message of atheris and exit code 0 when nothing broke."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["sage_bridge", "agent", "json", "csv"]):
        from tests.fuzz.targets import DICTIONARY, TARGETS
    name, seconds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60
    target, seeds = TARGETS[name]
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate((*seeds, *DICTIONARY)):
            (Path(folder) / str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], folder, f"-max_total_time={seconds}", "-timeout=5", "-max_len=65536"], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
