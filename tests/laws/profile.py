"""How long the properties of this room run: briefly and always alike in `make test`, longer on demand.

`EXAMPLES=<n>` sets the number of histories and draws new ones every time; `SHRINK=no` stops at the first failure
instead of looking for a shorter one. A failure prints its steps and how to replay exactly that history.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

LONGEST = 900 if not os.environ.get("EXAMPLES") else 0
"""Seconds after which a test is given up; a run on demand takes as long as it takes."""


def settings_of(examples: int, steps: int = 50) -> settings:
    """Give the settings of a property that runs `examples` histories of at most `steps` steps by default."""
    wanted = os.environ.get("EXAMPLES", "")
    is_shrunk = os.environ.get("SHRINK", "") != "no"
    return settings(
        max_examples=int(wanted or examples),
        stateful_step_count=steps,
        derandomize=not wanted,
        database=None,
        print_blob=True,
        report_multiple_bugs=False,
        phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if is_shrunk else [])],
        suppress_health_check=list(HealthCheck),
    )
