"""The conductor: `python -m ops.demo DIRECTORY [PROFILE]` runs the whole loop on a scenario and proves it.

PROFILE is a YAML file of the settings in which the company's profile differs from the default.

Exit codes: 0 every law holds · 1 something failed, one sentence says what · 2 a law does not hold · 130 interrupted.
A run that was killed, or failed, is continued by the same command.
"""

from __future__ import annotations

import argparse
import json
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import psycopg

from ops import outcome, verify
from ops.loop import Loop
from ops.progress import Progress, fail, stopped_by
from ops.scenario import open_scenario
from ops.services import ports_from_environment, refuse_if_kept_running
from ops.stack import Stack
from ops.state import State
from sage_bridge.errors import BridgeError, BrokenLaw
from sage_hooks import laws, warehouse

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILED, BROKEN, INTERRUPTED = 1, 2, 130
VERDICT = "tie_out.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo of one scenario; gives the exit code."""
    parser = argparse.ArgumentParser(prog="ops.demo")
    parser.add_argument("scenario", nargs="?", type=Path, default=Path("include/scenario"))
    parser.add_argument("profile", nargs="?", type=Path, help="a YAML file of the settings that differ")
    parser.add_argument("--hosted", action="store_true", help="Sage behind its hosted service instead of files")
    parser.add_argument(
        "--workers", type=int, choices=range(17), default=0, help="tasks run in so many workers of Celery"
    )
    chosen = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    progress = Progress()
    try:
        scenario = open_scenario(chosen.scenario, chosen.profile)
        state = State.of(scenario.name, is_hosted=chosen.hosted)
        with state.lock():
            refuse_if_kept_running(state)
            state.claim(scenario)
            ports = ports_from_environment(ui=0)
            stack = Stack(state, scenario, ports, is_hosted=chosen.hosted, workers=chosen.workers)
            return _run(stack, progress)
    except BridgeError as error:
        fail(error)
        return FAILED
    except (OSError, psycopg.Error) as error:
        fail(stopped_by(error))
        return FAILED
    except KeyboardInterrupt:
        fail(KeyboardInterrupt("interrupted; the same command continues"))
        return INTERRUPTED


def _run(stack: Stack, progress: Progress) -> int:
    state, scenario = stack.state, stack.scenario
    progress.say(f"scenario {scenario.name}, company {scenario.company_id}, state {state.folder}")
    # What an earlier run proved is no proof of this one.
    (state.folder / VERDICT).unlink(missing_ok=True)
    try:
        stack.up(progress)
        Loop(stack, scenario, progress).run()
        return _prove(stack, progress)
    except BrokenLaw as error:
        # A step refused to go on, such as the sign-off of a month: what it speaks of is in the marts.
        _explain(stack, error)
        _write_outcome(stack, progress)
        progress.say(f"stopped before the end; what stands so far is in {state.folder}")
        raise
    except BridgeError as error:
        # A service that has gone away explains an error better than the error itself.
        _explain(stack, error)
        raise
    except (psycopg.OperationalError, OSError) as error:
        _explain(stack, error)
        raise
    finally:
        peak = stack.peak_megabytes()
        stack.down(progress)
        progress.write(state.folder / "timings.json", peak_megabytes=peak)


def _prove(stack: Stack, progress: Progress) -> int:
    """Write what a demo leaves behind and judge the laws; gives the exit code."""
    verdict = _write_outcome(stack, progress)
    for line in outcome.lines(verdict):
        progress.say(line)
    try:
        laws.require(stack.scenario.company_id, verdict["laws"])
    except BrokenLaw as error:
        fail(error)
        return BROKEN
    progress.say(f"every law holds; see {stack.state.folder}")
    return 0


def _write_outcome(stack: Stack, progress: Progress) -> dict[str, Any]:
    """Write marts, Sage's tables and the verdict; gives the verdict."""
    folder = stack.state.folder
    # The marts are read beside the proof: each of the two keeps one process of Postgres busy.
    with ThreadPoolExecutor(max_workers=1) as beside:
        exported = beside.submit(_export_marts, stack, progress)
        with progress.phase("export Sage"):
            stack.sage.sandbox("export", "--out", str(folder / "sage"))
        with progress.phase("verify the event chain"):
            _verify_chain(stack)
        with progress.phase("tie out") as phase, warehouse.connect(stack.warehouse_url) as connection:
            verdict = outcome.tie_out(connection, stack.scenario, folder / "sage")
            (folder / VERDICT).write_text(json.dumps(verdict, indent=2) + "\n", encoding="utf-8")
            phase.count(laws=len(verdict["laws"]))
        exported.result()
    return verdict


def _export_marts(stack: Stack, progress: Progress) -> None:
    with progress.phase("export marts") as phase, warehouse.connect(stack.warehouse_url) as connection:
        rows = outcome.export_marts(connection, stack.state.folder / "mart")
        phase.count(views=len(rows), rows=sum(rows.values()))


def _verify_chain(stack: Stack) -> None:
    """Have the separate verifier recompute the event log and compare it with the heads outside.

    Raises:
        BrokenLaw: RS-456 its exit code says that something was changed, or that it could not look.
    """
    if verify.verify(stack.warehouse_url, [stack.state.sftp_root], [stack.state.folder]) != verify.FOUND:
        raise BrokenLaw(
            "RS-456",
            "event log is not what was hashed",
            record=str(stack.state.folder),
            do="read the lines above, then go by docs/runbooks/chain-broken.md",
        )


def _explain(stack: Stack, error: Exception) -> None:
    try:
        stack.require_alive()
    except BridgeError as cause:
        raise cause from error


def _interrupted(number: int, frame: object) -> NoReturn:  # noqa: ARG001 - the signature of a signal handler
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())
