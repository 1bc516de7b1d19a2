"""Receiving while it happens: a task that stays up lands, values and confirms what comes, with no DAG run per event.

Started by the first events of a while, it hears of the next ones from Postgres itself. Whatever it leaves undone, by
its end or by its death, lies in the inbox or in the outbox, where the next run of each DAG finds it.
"""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sage_bridge.errors import BridgeError
from sage_hooks import ledger, outbox
from sage_hooks.sage_side import sage_side
from sage_hooks.warehouse import away_is_transient, fetch_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from contextlib import AbstractContextManager

    from sage_hooks.sage_side import FileSide, HostedSide
    from sage_hooks.warehouse import Connection

    OpenSide = Callable[[Connection, str, str], AbstractContextManager[FileSide | HostedSide]]

QUIET_SECONDS = 30.0
"""Without new events for so long, the task ends: an idle site costs nothing but the trigger."""
LONGEST_SECONDS = 300.0
"""Then it ends though events come: the next one starts the next run, with profiles and connections read anew."""
PACE_SECONDS = 0.5
"""From the start of a round to the start of the next, at least: what comes in between goes in one file."""
FLOW, PROFILE_FLOW = "RCV", "receipts"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one listening did: rounds with events, events landed, confirmations sealed, files sent; why it ended."""

    rounds: int = 0
    events: int = 0
    lines: int = 0
    files: int = 0
    ended: str = ""


@away_is_transient
def listen(
    connection: Connection,
    ear: Connection,
    companies: Collection[str],
    *,
    open_side: OpenSide = sage_side,
    quiet_seconds: float = QUIET_SECONDS,
    longest_seconds: float = LONGEST_SECONDS,
) -> Heard:
    """Land, value and confirm what comes, until it is quiet for a while or long enough has passed.

    One task listens at a time; a second one ends at once. What cannot be confirmed ends the listening with a warning:
    DAG `core_to_sage__receipts` meets the same error and shows it.

    Args:
        connection: warehouse, for the work; nothing is left open on it.
        ear: a second connection to it, for the notices and for the lock that says that somebody listens.
        companies: whose receipts are confirmed at once; events of others are landed and valued.
        open_side: gives Sage's side of a company.
        quiet_seconds: how long to wait for the next event.
        longest_seconds: how long in all.

    Raises:
        Transient: RS-902 the warehouse went away.
    """
    if not take_ear(ear):
        return Heard(ended="another run listens")
    heard, is_begun, until = Heard(), False, time.monotonic() + longest_seconds
    with ExitStack() as opened:
        tell = _Teller(connection, companies, open_side, opened)
        while True:
            began = time.monotonic()
            landed = {one: landing.landed for one, landing in ledger.land_inbox(connection).items() if landing.landed}
            if landed or not is_begun:
                # The first time also what one that died has landed and not valued.
                ledger.value_events(connection)
            if landed:
                try:
                    heard = _added(heard, landed, [tell.confirm(one) for one in landed])
                except BridgeError as broken:
                    log.warning("%s; the run of core_to_sage__receipts that starts now meets the same", broken)
                    return replace(heard, ended="a confirmation could not be sent")
            is_begun, left = True, until - time.monotonic()
            if left <= 0:
                return replace(heard, ended="long enough, the next event starts the next run")
            if not _hears(ear, began + PACE_SECONDS, min(quiet_seconds, left)):
                return replace(heard, ended="no more events")


def take_ear(ear: Connection) -> bool:
    """Listen on the channel of the inbox, as the only one; False where somebody else does."""
    ear.commit()
    ear.autocommit = True
    if not fetch_file(ear, "ledger/select_listener_lock")[0]["is_taken"]:
        return False
    ear.execute("listen ledger_event_inbox")
    return True


def _hears(ear: Connection, earliest: float, seconds: float) -> bool:
    """Wait for a notice, not answering before the moment `earliest`; False when none came within the seconds."""
    time.sleep(max(0.0, earliest - time.monotonic()))
    # What has come by now is one notice, however many were sent.
    return any([*ear.notifies(timeout=0)]) or any([*ear.notifies(timeout=seconds, stop_after=1)])


def _added(heard: Heard, landed: Mapping[str, int], told: Sequence[tuple[int, int]]) -> Heard:
    return replace(
        heard,
        rounds=heard.rounds + 1,
        events=heard.events + sum(landed.values()),
        lines=heard.lines + sum(lines for lines, _ in told),
        files=heard.files + sum(files for _, files in told),
    )


class _Teller:
    """Confirms receipts to the sides of several companies, each opened once; `opened` closes them."""

    def __init__(
        self, connection: Connection, companies: Collection[str], open_side: OpenSide, opened: ExitStack
    ) -> None:
        self._connection, self._companies = connection, companies
        self._open_side, self._opened = open_side, opened
        self._sides: dict[str, FileSide | HostedSide] = {}

    def confirm(self, company_id: str) -> tuple[int, int]:
        """Seal and deliver what may leave; gives lines sealed and files delivered."""
        if company_id not in self._companies:
            return 0, 0
        if company_id not in self._sides:
            side = self._opened.enter_context(self._open_side(self._connection, company_id, PROFILE_FLOW))
            side.check_lane(FLOW)
            self._sides[company_id] = side
        sealed = outbox.seal_receipts(self._connection, company_id)
        return sealed.lines, self._sides[company_id].deliver(FLOW).sent
