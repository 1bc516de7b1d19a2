"""Named points at which the crash harness watches and kills a worker; without watcher and variable they do nothing.

`SAGE_BRIDGE_KILL_AT=deliver.renamed` kills the process (SIGKILL, as a power cut would) when it first comes to that
point, `SAGE_BRIDGE_KILL_AT=deliver.renamed:3` when it comes there for the third time. `listen` tells a harness of every
visit. Points stand around transactions, files and calls, never around rows.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import TYPE_CHECKING

from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "SAGE_BRIDGE_KILL_AT"
CHECKPOINTS = (
    "inbound.noted",
    "inbound.received",
    "inbound.before_commit",
    "inbound.landed",
    "inbound.replay_before_commit",
    "inbound.replayed",
    "inbound.ack_cleared",
    "inbound.ack_content_written",
    "inbound.ack_written",
    "inbound.acknowledged",
    "ledger.inbox_taken",
    "ledger.landing_before_commit",
    "ledger.landed",
    "ledger.valuation_walked",
    "ledger.valuation_entered",
    "ledger.valuation_before_commit",
    "ledger.valued",
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
    "answers.settled_before_commit",
    "answers.settled",
    "confirm.before_commit",
    "confirm.committed",
    "runblu.seal_before_commit",
    "runblu.sealed",
    "runblu.part_written",
    "runblu.renamed",
    "runblu.manifest_written",
    "runblu.sent_before_commit",
    "runblu.sent",
    "runblu.answer_read",
    "runblu.answer_before_commit",
    "runblu.answered",
    "reconcile.before_commit",
    "reconcile.committed",
    "decision.before_commit",
    "decision.committed",
    "sign_off.before_commit",
    "sign_off.committed",
)
"""Points of the loop over files: a campaign of kills has to come to every one (tests/crash)."""
HOSTED_CHECKPOINTS = (
    "hosted.page_read",
    "hosted.cursor_before_commit",
    "hosted.cursor_committed",
    "hosted.items_kept",
    "hosted.derived_before_commit",
    "hosted.derived",
    "hosted.feed_before_commit",
    "hosted.feed_sealed",
    "hosted.bodies_before_commit",
    "hosted.bodies_stored",
    "hosted.before_create",
    "hosted.created",
    "hosted.create_noted",
    "hosted.before_submit",
    "hosted.submitted",
    "hosted.submit_noted",
    "hosted.looked_up",
    "hosted.sent_before_commit",
    "hosted.sent",
    "hosted.polled",
    "hosted.result_before_commit",
    "hosted.result_noted",
    "hosted.ack_kept",
    "hosted.answered",
)
"""Points of a hosted link, which the loop over files never comes to (tests/hooks/test_hosted_crash.py)."""
_visits: Counter[str] = Counter()
_listeners: list[Callable[[str], None]] = []


def listen(listener: Callable[[str], None]) -> None:
    """Tell `listener` of every visit in this process from now on."""
    _listeners.append(listener)


def checkpoint(name: str) -> None:
    """Tell who listens, and die here if the variable asks for it.

    Raises:
        BadConfig: RS-143 the variable names a point that does not exist, which would test nothing.
    """
    for listener in _listeners:
        listener(name)
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    point, _, visit = wanted.partition(":")
    known = CHECKPOINTS + HOSTED_CHECKPOINTS
    if point not in known or name not in known:
        raise BadConfig(
            "RS-143",
            "no such checkpoint",
            record=VARIABLE,
            expected=", ".join(known),
            found=f"{point}, at {name}",
            do="name one of the points",
        )
    if name != point:
        return
    _visits[name] += 1
    if _visits[name] == int(visit or "1"):
        os.kill(os.getpid(), signal.SIGKILL)
