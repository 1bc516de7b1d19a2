"""Delivery: sealed files reach the server exactly once, whatever dies in between (protocol 3).

Intent first; then look before writing; upload under another name, read back, look again, rename without overwriting,
write the manifest last. What contradicts itself stops the lane: nothing that may have arrived is ever sent again by
itself.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sage_bridge.errors import BrokenLaw, LaneStopped, Transient
from sage_bridge.identity import BATCH_LETTERS
from sage_bridge.lanes import ACK_WAIT_SECONDS, COST_FLOWS, LEASE_SECONDS, RECEIPT_FLOW, State, Step, Verdict, judge
from sage_hooks import outbox_lane, outbox_server
from sage_hooks.checkpoint import checkpoint
from sage_hooks.outbox_answers import take_lane_answers
from sage_hooks.outbox_company import load_company, lock_lines, settle
from sage_hooks.outbox_findings import settle_findings
from sage_hooks.outbox_seal import Lane
from sage_hooks.warehouse import away_is_transient, fetch_file, run_file

if TYPE_CHECKING:
    from sage_bridge.lanes import Evidence
    from sage_hooks.exchange import Exchange
    from sage_hooks.outbox_lane import Batch
    from sage_hooks.warehouse import Connection

SHORT_WAIT_SECONDS = 5
"""How long a run that other answers wait behind stays with one file's ack."""
FLOW_NAMES = {
    "DC": "material_costs",
    "ADJ": "adjustments",
    "RCV": "receipts",
    "GLJ": "journals",
    "CMT": "commitment_changes",
}
_SECONDS_BETWEEN_LOOKS = 0.3
_LOOKS = 3
_SECONDS_BETWEEN_ASKING = 0.25
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one delivery did: files sent, whether the lane waits for an ack or is in another worker's hands."""

    sent: int = 0
    is_waiting: bool = False
    is_busy: bool = False


@away_is_transient
def deliver(
    connection: Connection,
    exchange: Exchange,
    company_id: str,
    flow: str,
    *,
    ack_wait_seconds: float = ACK_WAIT_SECONDS,
    lease_seconds: int = LEASE_SECONDS,
) -> Delivered:
    """Send the sealed files of a lane, one after another; safe at any time, by any number of workers.

    Args:
        connection: warehouse; what the caller left open on it is committed.
        exchange: file server.
        company_id: whose lane.
        flow: DC, ADJ, RCV, GLJ or CMT.
        ack_wait_seconds: how long to wait for each ack before the rest is left to the next run (not RCV).
        lease_seconds: how long a silent worker keeps its file.

    Raises:
        LaneStopped: RS-501 an outcome is unknown, RS-502 the lane is locked: a person decides.
        Transient: RS-901 the server is away; RS-941 another worker took over; RS-942 an upload read back differently.
    """
    settle(connection)
    lane = Lane(load_company(connection, company_id), flow)
    require_known_numbers(connection, exchange, lane)
    sent = 0
    while True:
        claim = outbox_lane.claim(connection, lane, lease_seconds)
        if claim.batch is not None:
            _send(connection, exchange, claim.batch, lease_seconds)
            sent += 1
        elif claim.outcome != "waiting":
            return Delivered(sent, is_busy=claim.outcome == "busy")
        if flow != RECEIPT_FLOW and not _may_go_on(connection, exchange, lane, ack_wait_seconds):
            return Delivered(sent, is_waiting=True)


@away_is_transient
def continue_lanes(
    connection: Connection, exchange: Exchange, company_id: str, *, ack_wait_seconds: float = SHORT_WAIT_SECONDS
) -> int:
    """Go on with what earlier runs left: files behind an ack that has come, and files of workers that died.

    Lanes that wait for a person or for an ack are left alone, as are flows the profile has switched off.

    Returns:
        Number of files sent.
    """
    settle(connection)
    company = load_company(connection, company_id)
    with connection.transaction():
        lanes = fetch_file(connection, "outbox/select_lanes_to_continue", {"company_id": company_id})
    flows = [lane["flow"] for lane in lanes if company.profile.flow(FLOW_NAMES[lane["flow"]]).is_on]
    return sum(
        deliver(connection, exchange, company_id, flow, ack_wait_seconds=ack_wait_seconds).sent for flow in flows
    )


def require_known_numbers(connection: Connection, exchange: Exchange | None, lane: Lane) -> None:
    """Lock the lane if server or Sage hold a later file than we know: our database was restored (protocol 3.7).

    Without a server (`exchange` None) Sage alone is asked.
    """
    with connection.transaction():
        run_file(connection, "outbox/insert_file_counter", lane.key)
        last_seq = fetch_file(connection, "outbox/select_file_counter", lane.key)[0]["last_seq"]
    found = greatest_known_number(connection, exchange, lane, last_seq)
    if found <= last_seq:
        return
    reason = f"file {found} was sent, our last is {last_seq}; our database is older than what it sent"
    with connection.transaction():
        run_file(connection, "outbox/update_file_counter_lock", {**lane.key, "is_locked": True, "reason": reason})
        settle_findings(connection, lane.company.company_id, "batches")


def greatest_known_number(connection: Connection, exchange: Exchange | None, lane: Lane, last_seq: int) -> int:
    """Give a file number beyond ours that server or Sage know, else ours; without gaps, the next number tells."""
    company = lane.company
    following = lane.file_name(last_seq + 1)
    if exchange is not None and outbox_server.is_seq_on_server(exchange, company.company_id, following):
        return outbox_server.greatest_seq(exchange, company.company_id, lane.flow, company.environment)
    # Sage shows our batch on job cost rows alone.
    if lane.flow not in COST_FLOWS:
        return last_seq
    marks = f"{company.profile.direct_cost.batch_prefix}{BATCH_LETTERS[lane.flow]}"
    values = {"company_id": company.company_id, "marks": marks}
    with connection.transaction():
        in_sage = fetch_file(connection, "outbox/select_greatest_batch_in_sage", values)[0]["seq"]
    return max(last_seq, in_sage or 0)


def _send(connection: Connection, exchange: Exchange, batch: Batch, lease_seconds: int) -> None:
    try:
        checkpoint("deliver.claimed")
        verdict = _looked(connection, exchange, batch)
        checkpoint("deliver.looked")
        if verdict.step is not Step.RECORD_SENT:
            require_not_in_sage(connection, batch)
        if verdict.step is Step.UPLOAD:
            verdict = _upload(connection, exchange, batch, lease_seconds)
        if verdict.step is Step.WRITE_MANIFEST:
            _write_manifest(connection, exchange, batch, lease_seconds)
        _record_sent(connection, exchange, batch, verdict)
    except Transient:
        # A worker that was silent and overtaken misses on the server what the other one has cleared away.
        if not connection.closed:
            outbox_lane.hold_lease(connection, batch, lease_seconds=0)
        raise
    finally:
        outbox_lane.free(connection, batch)


def require_not_in_sage(connection: Connection, batch: Batch) -> None:
    """Stop before the first send of a file whose lines Sage holds already and which no folder shows.

    Raises:
        LaneStopped: RS-501 it does.
    """
    if not batch.is_first_try:
        return
    with connection.transaction():
        found = fetch_file(connection, "outbox/select_batch_in_sage", batch.key)[0]
    if found["lines_in_sage"]:
        reason = (
            f"Sage holds {found['lines_in_sage']} of its lines before it was sent, first {found['first_reference']}"
        )
        raise _stop(connection, batch, reason)


def _stop(connection: Connection, batch: Batch, reason: str) -> LaneStopped:
    return outbox_lane.stop(
        connection,
        batch.company_id,
        batch.batch_id,
        batch.flow,
        batch.file_name,
        start=(State.SENDING,),
        reason=reason,
        token=batch.token,
    )


def _looked(connection: Connection, exchange: Exchange, batch: Batch, renaming_token: str | None = None) -> Verdict:
    """Look into every folder and judge; a contradiction is looked at again before it counts.

    Raises:
        LaneStopped: RS-501 the evidence contradicts itself.
    """
    noted = batch.renaming_token if renaming_token is None else renaming_token
    for number in range(1, _LOOKS + 1):
        evidence: Evidence = outbox_server.look(exchange, batch.company_id, batch.file_name)
        verdict = judge(
            evidence,
            sha256=batch.sha256,
            renaming_token=noted,
            is_last_look=number == _LOOKS,
            is_overdue=batch.is_overdue,
        )
        if verdict.step is Step.STOP:
            raise _stop(connection, batch, verdict.reason)
        if verdict.step is not Step.LOOK_AGAIN:
            break
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    return verdict


def _upload(connection: Connection, exchange: Exchange, batch: Batch, lease_seconds: int) -> Verdict:
    """Bring the bytes to the server and put them in place; gives the verdict of the last look."""
    company_id, name, token = batch.company_id, batch.file_name, batch.token
    outbox_lane.hold_lease(connection, batch, lease_seconds=lease_seconds)
    outbox_server.write_part(exchange, company_id, name, token, batch.content)
    checkpoint("deliver.part_written")
    outbox_server.require_part(exchange, company_id, name, token, batch.sha256)
    checkpoint("deliver.part_read_back")
    # Noted before it happens: an upload that is gone afterwards was put in place, whatever a later look finds.
    outbox_lane.hold_lease(connection, batch, lease_seconds=lease_seconds, note={"renaming_token": token})
    checkpoint("deliver.renaming_noted")
    outbox_server.remove_other_parts(exchange, company_id, name, token)
    verdict = _looked(connection, exchange, batch, token)
    checkpoint("deliver.looked_again")
    if verdict.step is not Step.UPLOAD:
        return verdict
    try:
        outbox_server.put_in_place(exchange, company_id, name, token)
    except FileExistsError:
        log.warning("%s was put in place by another worker", name)
    checkpoint("deliver.renamed")
    verdict = _looked(connection, exchange, batch, token)
    if verdict.step is Step.UPLOAD:
        raise _stop(connection, batch, "the file is not to be seen after it was put in place")
    return verdict


def _write_manifest(connection: Connection, exchange: Exchange, batch: Batch, lease_seconds: int) -> None:
    one = (exchange, batch.company_id, batch.file_name, batch.token, batch.manifest)
    outbox_server.write_manifest_part(*one)
    checkpoint("deliver.manifest_part_written")
    outbox_lane.hold_lease(connection, batch, lease_seconds=lease_seconds)
    try:
        outbox_server.put_manifest_in_place(*one)
    except BrokenLaw as broken:
        raise _stop(connection, batch, str(broken)) from broken
    checkpoint("deliver.manifest_written")


def _record_sent(connection: Connection, exchange: Exchange, batch: Batch, verdict: Verdict) -> None:
    evidence = {"seen": verdict.reason, "bytes": len(batch.content), "sha256": batch.sha256}
    with connection.transaction():
        lock_lines(connection, batch.company_id, batch.flow)
        moved = outbox_lane.move(
            connection,
            batch.company_id,
            batch.batch_id,
            batch.flow,
            batch.file_name,
            start=(State.SENDING,),
            to=State.SENT,
            evidence=evidence,
            token=batch.token,
        )
        checkpoint("deliver.sent_before_commit")
    if not moved:
        outbox_lane.require_moved_on(connection, batch)
    checkpoint("deliver.sent")
    outbox_server.remove_other_parts(exchange, batch.company_id, batch.file_name, "")


def _may_go_on(connection: Connection, exchange: Exchange, lane: Lane, seconds: float) -> bool:
    """Wait, bounded, for the ack of the file under way if another stands behind it; False when the lane stays taken."""
    until = time.monotonic() + seconds
    while True:
        with connection.transaction():
            state = fetch_file(connection, "outbox/select_lane", lane.key)[0]
        if state["waiting_batch"] is None:
            return True
        if state["sealed_batch"] is None or time.monotonic() >= until:
            return False
        take_lane_answers(connection, exchange, lane.company.company_id, lane.flow)
        time.sleep(_SECONDS_BETWEEN_ASKING)
