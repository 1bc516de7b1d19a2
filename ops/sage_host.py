"""`python -m ops.sage_host` plays a Sage host in a container: a sandbox company with its exchange agent beside it.

For trying the production shape without Sage; started by the profile `sandbox` of docker-compose.yaml.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ops.companies import default_profile
from ops.paths import REPOSITORY
from ops.progress import fail
from ops.sage_side import SageSide
from ops.scenario import open_scenario
from ops.sftp_server import Keys
from ops.state import State
from sage_bridge.errors import BridgeError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Load the scenario once, then run the agent until it ends; gives its exit code."""
    parser = argparse.ArgumentParser(prog="ops.sage_host", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of company and agent")
    parser.add_argument("--scenario", type=Path, default=REPOSITORY / "include" / "scenario")
    parser.add_argument("--keys", type=Path, required=True, help="folder with sage.key and host_key.pub")
    parser.add_argument("--sftp-host", required=True)
    parser.add_argument("--sftp-port", type=int, default=2222)
    chosen = parser.parse_args(arguments)
    try:
        scenario = open_scenario(chosen.scenario)
        sage = SageSide(State(chosen.data), scenario.company_id)
        sage.create(scenario)
        profile = default_profile(scenario.company_id)
        sage.configure(profile, Keys(chosen.keys), chosen.sftp_port, unattended=True, host=chosen.sftp_host)
    except BridgeError as error:
        fail(error)
        return 1
    return sage.run_agent()


if __name__ == "__main__":
    raise SystemExit(main())
