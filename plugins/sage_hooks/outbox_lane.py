"""Who sends what in a lane, and every change of a file's state: claim, lease, step, stop (protocol 3, steps 2, 4, 5).

A claim commits the intent before the first byte. Beside the lease, a claim holds a session lock of the database: it
falls with the worker's process, so a killed worker's file is taken over at once and a silent one's after its lease.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from psycopg.types.json import Jsonb

from sage_bridge.errors import LaneStopped, Transient
from sage_bridge.lanes import KEPT_DAYS, LEASE_SECONDS, State, check_transition, lines_of
from sage_hooks.outbox_company import lock_lines
from sage_hooks.outbox_findings import settle_findings
from sage_hooks.warehouse import fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sage_hooks.outbox_seal import Lane
    from sage_hooks.warehouse import Connection

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """A claimed file: what to send, and the token that says it is ours to send."""

    batch_id: int
    company_id: str
    flow: str
    file_name: str
    content: bytes
    manifest: bytes
    sha256: str
    token: str
    renaming_token: str
    is_overdue: bool
    is_first_try: bool
    has_session_lock: bool

    @property
    def key(self) -> dict[str, Any]:
        """The parameters that name it in a statement."""
        return {"company_id": self.company_id, "batch_id": self.batch_id}


@dataclass(frozen=True, slots=True)
class Claim:
    """Outcome of a claim: a file to send, or why there is none now."""

    outcome: Literal["send", "empty", "busy", "waiting"]
    batch: Batch | None = None


def claim(connection: Connection, lane: Lane, lease_seconds: int = LEASE_SECONDS) -> Claim:
    """Take the lane's next file; the intent is committed when this returns.

    Raises:
        LaneStopped: RS-501 the outcome of a file is unknown; RS-502 the lane is locked.
    """
    with connection.transaction():
        require_open(connection, lane)
        state = fetch_file(connection, "outbox/select_lane", lane.key)[0]
        if state["unknown_file"]:
            raise stopped(state["unknown_file"], "its outcome is unknown")
        batch_id = state["sending_batch"]
        if batch_id is None and state["waiting_batch"] is not None:
            return Claim("waiting")
        if batch_id is None:
            batch_id = state["sealed_batch"]
        if batch_id is None:
            return Claim("empty")
        lock_lines(connection, lane.company.company_id, lane.flow)
        return _take(connection, lane.company.company_id, batch_id, lease_seconds)


def require_open(connection: Connection, lane: Lane) -> dict[str, Any]:
    """Give the lane's counter, locked to the end of the caller's transaction.

    Raises:
        LaneStopped: RS-502 the lane is locked.
    """
    run_file(connection, "outbox/insert_file_counter", lane.key)
    counter = fetch_file(connection, "outbox/select_file_counter", lane.key)[0]
    if counter["is_locked"]:
        raise _locked(lane, counter["lock_reason"])
    return counter


def _take(connection: Connection, company_id: str, batch_id: int, lease_seconds: int) -> Claim:
    token = uuid.uuid4().hex
    one = {"company_id": company_id, "batch_id": batch_id}
    has_session_lock = fetch_file(connection, "outbox/select_batch_session_lock", one)[0]["is_taken"]
    values = {
        **one,
        "token": token,
        "lease_seconds": lease_seconds,
        "kept_days": KEPT_DAYS,
        "has_session_lock": has_session_lock,
    }
    rows = fetch_file(connection, "outbox/update_batch_claim", values)
    if not rows:
        return Claim("busy")
    row = rows[0]
    _move_lines(connection, one, row["flow"], State.SENDING)
    batch = Batch(
        batch_id=batch_id,
        company_id=company_id,
        flow=row["flow"],
        file_name=row["file_name"],
        content=bytes(row["content"]),
        manifest=bytes(row["manifest"]),
        sha256=row["sha256"],
        token=token,
        renaming_token=row["renaming_token"],
        is_overdue=row["is_overdue"],
        is_first_try=row["state_before"] == State.SEALED,
        has_session_lock=has_session_lock,
    )
    return Claim("send", batch)


def free(connection: Connection, batch: Batch) -> None:
    """Give the session lock back; the lease stays as it is."""
    if batch.has_session_lock and not connection.closed:
        with connection.transaction():
            fetch_file(connection, "outbox/select_batch_session_unlock", {"batch_id": batch.batch_id})


def hold_lease(
    connection: Connection,
    batch: Batch,
    *,
    lease_seconds: int = LEASE_SECONDS,
    note: Mapping[str, object] | None = None,
) -> None:
    """Prolong our lease before the next write, with what must be known of it before it happens; commits.

    Raises:
        Transient: RS-941 another worker has taken the file over; this one must not write any more.
    """
    values = {
        **batch.key,
        "token": batch.token,
        "lease_seconds": lease_seconds,
        "evidence": Jsonb(note or {}),
    }
    with connection.transaction():
        kept = run_file(connection, "outbox/update_batch_lease", values)
    if not kept:
        raise lease_lost(batch.file_name)


def require_moved_on(connection: Connection, batch: Batch) -> None:
    """Accept that the file was moved on by the other side's answer meanwhile, and nothing else.

    Raises:
        Transient: RS-941 another worker has taken the file over.
        LaneStopped: RS-501 its outcome became unknown.
    """
    with connection.transaction():
        state = fetch_file(connection, "outbox/select_batch_state", batch.key)[0]["state"]
    if state == State.UNKNOWN:
        raise stopped(batch.file_name, "its outcome is unknown")
    if state == State.SENDING:
        raise lease_lost(batch.file_name)


def lease_lost(file_name: str) -> Transient:
    """Give the error of a worker that was overtaken."""
    return Transient(
        "RS-941",
        "another worker has taken this file over",
        record=file_name,
        expected="our lease",
        found="another token",
        do="nothing; the other worker goes on with it",
    )


def step(
    connection: Connection,
    company_id: str,
    batch_id: int,
    file_name: str,
    *,
    start: Sequence[str],
    to: State,
    evidence: Mapping[str, object],
    token: str | None = None,
) -> bool:
    """Move a file from a state of `start` to `to` inside the caller's transaction; False when it stood elsewhere.

    Raises:
        BrokenLaw: RS-441 the protocol knows no such step.
    """
    for state in start:
        check_transition(file_name, state, to)
    values = {
        "company_id": company_id,
        "batch_id": batch_id,
        "states_from": list(start),
        "state": to,
        "evidence": Jsonb(dict(evidence)),
        "token": token,
    }
    return run_file(connection, "outbox/update_batch_state", values) == 1


def move(
    connection: Connection,
    company_id: str,
    batch_id: int,
    flow: str,
    file_name: str,
    *,
    start: Sequence[str],
    to: State,
    evidence: Mapping[str, object],
    token: str | None = None,
) -> bool:
    """As `step`, and bring the file's lines along."""
    if not step(connection, company_id, batch_id, file_name, start=start, to=to, evidence=evidence, token=token):
        return False
    _move_lines(connection, {"company_id": company_id, "batch_id": batch_id}, flow, to)
    log.info("%s is %s", file_name, to)
    return True


def _move_lines(connection: Connection, one: Mapping[str, object], flow: str, state: State) -> None:
    run_file(connection, f"outbox/update_batch_{lines_of(flow)}", {**one, "state": state})
    if flow == "ADJ" and state is State.SENT:
        run_file(connection, "outbox/update_batch_adjustments", one)


def stop(
    connection: Connection,
    company_id: str,
    batch_id: int,
    flow: str,
    file_name: str,
    *,
    start: Sequence[str],
    reason: str,
    token: str | None = None,
) -> LaneStopped:
    """Record that a file's outcome is unknown, in a transaction of its own; gives the error to raise.

    Raises:
        Transient: RS-941 the worker of this `token` was overtaken; what it found stops nothing.
    """
    with connection.transaction():
        lock_lines(connection, company_id, flow)
        moved = move(
            connection,
            company_id,
            batch_id,
            flow,
            file_name,
            start=start,
            to=State.UNKNOWN,
            evidence={"reason": reason},
            token=token,
        )
        settle_findings(connection, company_id, "batches")
    if not moved and token is not None:
        raise lease_lost(file_name)
    return stopped(file_name, reason if moved else "another worker has moved it on meanwhile")


def stopped(file_name: str, reason: str) -> LaneStopped:
    """Give the error of a lane that waits for a person."""
    return LaneStopped(
        "RS-501",
        "a lane waits for a person",
        record=file_name,
        expected="proof that the file arrived or did not",
        found=reason,
        do="find out in Sage, then decide by two people (runbook outcome-unknown)",
    )


def _locked(lane: Lane, reason: str) -> LaneStopped:
    return LaneStopped(
        "RS-502",
        "a lane is locked",
        record=f"{lane.company.company_id} {lane.flow}",
        found=reason,
        do="re-adopt the files that were sent before the restore (runbook restored-database)",
    )
