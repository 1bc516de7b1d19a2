"""Named points at which the crash harness kills a worker; without its variable a checkpoint does nothing.

`SAGE_BRIDGE_KILL_AT=deliver.renamed` kills the process (SIGKILL, as a power cut would) when it first comes to that
point, `SAGE_BRIDGE_KILL_AT=deliver.renamed:3` when it comes there for the third time.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

from sage_bridge.errors import BadConfig

VARIABLE = "SAGE_BRIDGE_KILL_AT"
CHECKPOINTS = (
    "postings.before_commit",
    "postings.committed",
    "seal.before_commit",
    "seal.committed",
    "deliver.claimed",
    "deliver.looked",
    "deliver.part_written",
    "deliver.part_read_back",
    "deliver.renaming_noted",
    "deliver.looked_again",
    "deliver.renamed",
    "deliver.manifest_part_written",
    "deliver.manifest_written",
    "deliver.sent_before_commit",
    "deliver.sent",
    "answers.ack_read",
    "answers.ack_before_commit",
    "answers.ack_committed",
    "answers.result_read",
    "answers.result_before_commit",
    "answers.result_committed",
    "confirm.before_commit",
    "confirm.committed",
)
_visits: Counter[str] = Counter()


def checkpoint(name: str) -> None:
    """Die here if the harness asks for it.

    Raises:
        BadConfig: RS-143 the variable names a point that does not exist, which would test nothing.
    """
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    point, _, visit = wanted.partition(":")
    if point not in CHECKPOINTS or name not in CHECKPOINTS:
        raise BadConfig(
            "RS-143",
            "no such checkpoint",
            record=VARIABLE,
            expected=", ".join(CHECKPOINTS),
            found=f"{point}, at {name}",
            do="name one of the points",
        )
    if name != point:
        return
    _visits[name] += 1
    if _visits[name] == int(visit or "1"):
        os.kill(os.getpid(), signal.SIGKILL)
