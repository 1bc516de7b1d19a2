"""`python -m ops.down` stops the services of every scenario, those of killed runs too."""

from __future__ import annotations

from ops.progress import Progress, fail
from ops.scenario import Scenario
from ops.services import KEPT
from ops.stack import Ports, Stack
from ops.state import State
from sage_bridge.errors import BridgeError


def main() -> int:
    """Stop everything; gives the exit code."""
    progress = Progress()
    code = 0
    states = State.every()
    for state in states:
        try:
            with state.lock():
                company_id = str(state.marked("company_id"))
                progress.say(f"stopping {state.folder.name}")
                Stack(state, Scenario(state.folder, state.folder.name, company_id, {}), Ports()).down(progress)
                state.mark(KEPT, value=False)
        except BridgeError as error:
            fail(error)
            code = 1
    if not states:
        progress.say("nothing runs")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
