"""`python -m ops.verify` has the event log of a demo, or of any warehouse, verified by the separate verifier.

Without a demo of the scenario, and with `--changes`, the verifier itself is put to the proof: an event log is made,
attacked, and every change must be found.

Exit codes: 0 intact, or all found · 1 changed, or one missed · 2 not verified.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ops import tamper_drill
from ops.databases import Databases, without_password
from ops.paths import REPOSITORY, var_dir
from ops.postgres import Server
from ops.processes import python_environment
from ops.progress import Progress, fail
from ops.scenario import open_scenario
from ops.state import State
from sage_bridge.errors import BadConfig, BridgeError, BrokenLaw

if TYPE_CHECKING:
    from collections.abc import Sequence

FOUND, MISSED, NOT_VERIFIED = 0, 1, 2
CHANGES = 300
"""Single bytes changed where nobody says how many."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify, or drill; gives the exit code."""
    chosen = _parser().parse_args(arguments)
    progress = Progress()
    try:
        if chosen.dsn and not chosen.changes:
            return verify(chosen.dsn, [chosen.published] if chosen.published else [], [])
        if not chosen.changes:
            state = State.of(open_scenario(Path(chosen.scenario)).name)
            if (state.folder / "postgres" / "data").is_dir():
                return verify_state(state, progress)
            progress.say(f"no demo of this scenario has run ({state.folder}); the verifier itself is put to the proof")
        return drill(chosen.changes or CHANGES, chosen.seed, progress)
    except BridgeError as error:
        fail(error)
        return MISSED if isinstance(error, BrokenLaw) else NOT_VERIFIED


def verify(dsn: str, files: Sequence[Path], packs: Sequence[Path]) -> int:
    """Run the verifier as everybody does, by its command; gives its exit code."""
    words = [
        word for name, paths in (("--files", files), ("--packs", packs)) for path in paths for word in (name, path)
    ]
    address, secret = without_password(dsn)
    done = subprocess.run(
        [sys.executable, "-m", "verify", "--dsn", address, *map(str, words)],
        cwd=REPOSITORY,
        env=python_environment(**secret),
        check=False,
    )
    return done.returncode


def verify_state(state: State, progress: Progress) -> int:
    """Verify the log of a demo with its published heads and evidence packs; a database that is down runs meanwhile."""
    server = Server(state.folder / "postgres")
    if server.running() is not None:
        dsn = (state.folder / "warehouse.dsn").read_text(encoding="utf-8").strip()
        return verify(dsn, [state.sftp_root], [state.folder])
    with state.lock():
        try:
            with progress.phase("start Postgres"):
                databases = Databases(server.start(), state.secret)
            return verify(databases.url(databases.server.user), [state.sftp_root], [state.folder])
        finally:
            server.stop()


def drill(changes: int, seed: int, progress: Progress) -> int:
    """Put the verifier to the proof on a log made for it.

    Raises:
        BrokenLaw: RS-459 a change was not found.
    """
    if changes < 1:
        raise BadConfig("RS-189", "a drill changes at least one byte", found=str(changes), do="give CHANGES=300")
    done = tamper_drill.run(var_dir() / "verify", changes, seed, progress)
    if done.missed:
        raise BrokenLaw(
            "RS-459",
            "the verifier did not find a change of the event log",
            record=done.missed[0],
            expected="every change found",
            found=f"{len(done.missed)} of {done.attacks + done.changes} missed",
            do="report it with the seed; do not rely on the chain until it is mended",
        )
    progress.say(f"all found: {done.attacks} attacks on the structure, {done.changes:,} changes of single bytes")
    return FOUND


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ops.verify", description=__doc__)
    parser.add_argument("scenario", nargs="?", default="include/scenario", help="scenario whose demo is verified")
    parser.add_argument("--dsn", default="", help="verify this warehouse instead")
    parser.add_argument(
        "--published", type=Path, help="with --dsn: folder with published heads (a copy of the server's)"
    )
    parser.add_argument("--changes", type=int, default=0, help="put the verifier to the proof with so many changes")
    parser.add_argument("--seed", type=int, default=1, help="choice of the changes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
