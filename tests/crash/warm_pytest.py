"""Runs pytest again and again without paying for heavy imports each time: it imports them, then forks a child per run.

One line of JSON per run comes in, `{"root", "tests", "report", "said"}`; one line with the exit code goes out. It knows
nothing of the product, so that each child imports that from the copy it is told.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import warnings
from pathlib import Path

LONGEST_RUN_SECONDS = 900


def _run(job: dict[str, str]) -> None:
    """Run the tests of a job in this process, which ends with it."""
    said = os.open(job["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    root = job["root"]
    os.chdir(root)
    sys.path[:0] = [str(Path(root) / "plugins"), root]
    # A defect that makes a test wait for ever ends it by this signal, which is no caught defect.
    signal.alarm(LONGEST_RUN_SECONDS)
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])
    import pytest

    os._exit(int(pytest.main(["-q", "-x", f"--rootdir={root}", f"--junit-xml={job['report']}", *job["tests"]])))


def main() -> None:
    """Serve until the other end closes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import asyncssh  # noqa: F401 - imported to be there
        import great_expectations  # noqa: F401 - same
        import pandas as pd  # noqa: F401 - same
        import psycopg  # noqa: F401 - same
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _run(job)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
