"""`python -m ops.up DIRECTORY [PROFILE] [--hosted]` starts the services of a scenario and leaves them running.

What Sage knows is brought over at once; from then on everything starts by itself, by the clock or when something
arrives: an event put into the inbox is confirmed to Sage within seconds. `ops.down` stops them.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from ops.loop import Loop
from ops.progress import Progress, fail, stopped_by
from ops.scenario import open_scenario
from ops.services import KEPT, ended_services, is_kept_running, ports_from_environment
from ops.stack import Stack
from ops.state import State
from sage_bridge.errors import BridgeError

if TYPE_CHECKING:
    from collections.abc import Sequence

UI_PORT = 8080


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the services; gives the exit code."""
    parser = argparse.ArgumentParser(prog="ops.up")
    parser.add_argument("scenario", nargs="?", type=Path, default=Path("include/scenario"))
    parser.add_argument("profile", nargs="?", type=Path, help="a YAML file of the settings that differ")
    parser.add_argument("--hosted", action="store_true", help="Sage behind its hosted service instead of files")
    chosen = parser.parse_args(arguments)
    progress = Progress()
    try:
        scenario = open_scenario(chosen.scenario, chosen.profile)
        state = State.of(scenario.name, is_hosted=chosen.hosted)
        with state.lock():
            if is_kept_running(state):
                ended = ended_services(state)
                if not ended:
                    progress.say(f"the services of {scenario.name} run already; make down stops them")
                    return 0
                progress.say(f"{', '.join(ended)} had ended; all services are started again")
            state.claim(scenario)
            ports = ports_from_environment(ui=UI_PORT)
            stack = Stack(state, scenario, ports, unattended=True, is_hosted=chosen.hosted)
            try:
                stack.up(progress)
                loop = Loop(stack, scenario, progress)
                loop.wait_for_dags()
                loop.masters()
            except BaseException:
                stack.down(progress)
                raise
            state.mark(KEPT)
    except BridgeError as error:
        fail(error)
        return 1
    except (OSError, psycopg.Error) as error:
        fail(stopped_by(error))
        return 1
    except KeyboardInterrupt:
        return 130
    _tell(stack, progress)
    return 0


def _tell(stack: Stack, progress: Progress) -> None:
    progress.say(f"UI         {stack.url}")
    for user, password in stack.credentials().items():
        progress.say(f"  {user:<10} {password}")
    progress.say(f"warehouse  {stack.warehouse_url}")
    progress.say(f"SFTP       127.0.0.1:{stack.sftp_port}, keys in {stack.keys.folder}")
    if stack.is_hosted:
        progress.say(f"hosted Sage {stack.hosted_url}, what to call it with in {stack.state.secrets / 'hosted.json'}")
    progress.say("all of it listens on this machine only; make down stops it")


if __name__ == "__main__":
    raise SystemExit(main())
