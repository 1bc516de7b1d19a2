"""Answers of the Sage side: acks and line results move files and their lines on, in whatever order they come.

Idempotent: an answer that was taken has no effect again. What contradicts the sealed content makes the outcome
unknown; what comes late to a settled file is kept, and named where it contradicts.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sage_bridge import answers
from sage_bridge.errors import LaneStopped, RefusedTransfer
from sage_bridge.lanes import (
    ACKS,
    CHANGE_FLOW,
    INBOX,
    JOURNAL_FLOW,
    KEPT_DAYS,
    RECEIPT_FLOW,
    State,
    Step,
    judge_sent,
    lines_of,
)
from sage_hooks import outbox_lane, outbox_server
from sage_hooks.checkpoint import checkpoint
from sage_hooks.outbox_company import lock_lines, settle
from sage_hooks.outbox_findings import settle_findings
from sage_hooks.warehouse import away_is_transient, fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection

_ASKED_ONE_BY_ONE = 20
_UNANSWERED = (State.SENDING, State.SENT, State.RECEIVED)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """What one run took: acks and results kept, lines accepted and rejected, files whose outcome became unknown."""

    acks: int = 0
    results: int = 0
    accepted: int = 0
    rejected: int = 0
    unknown: int = 0

    def __add__(self, other: Answered) -> Answered:
        return Answered(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


def take_answers(connection: Connection, exchange: Exchange, company_id: str) -> Answered:
    """Take every new ack and result of a company, all flows.

    Raises:
        LaneStopped: RS-501 an answer contradicts what was sent, or a file vanished unacknowledged; after all others
            were taken.
    """
    return take_lane_answers(connection, exchange, company_id, "")


@away_is_transient
def take_lane_answers(connection: Connection, exchange: Exchange, company_id: str, flow: str) -> Answered:
    """As `take_answers`, for one flow; an empty `flow` means all."""
    settle(connection)
    values = {"company_id": company_id, "kept_days": KEPT_DAYS}
    awaited = fetch_file(connection, "outbox/select_awaited_batches", values)
    connection.commit()
    awaited = [row for row in awaited if flow in {"", row["flow"]}]
    if not awaited:
        return Answered()
    names, waiting = _names(exchange, company_id, awaited)
    total, stops = Answered(), []
    for row in awaited:
        taken, stopped = _take_batch(connection, exchange, row, names, waiting)
        total += taken
        stops += stopped
    if flow == "" or total.rejected or stops:
        settle_answers(connection, company_id)
    if stops:
        raise stops[0]
    return total


def _names(exchange: Exchange, company_id: str, awaited: list[dict[str, Any]]) -> tuple[set[str], set[str]]:
    """Give the names of answers that are there, and of files the Sage side has not taken yet.

    Few files are asked for one by one; with many, one listing is faster.
    """
    if len(awaited) > _ASKED_ONE_BY_ONE:
        names = {entry.name for entry in exchange.listing(f"{company_id}/{ACKS}")}
        return names, {entry.name for entry in exchange.listing(f"{company_id}/{INBOX}")}
    files = [row["file_name"] for row in awaited]
    wanted = [f"{file}{suffix}" for file in files for suffix in (answers.ACK_SUFFIX, answers.RESULT_SUFFIX)]
    wanted += [f"{name}{answers.PROOF_SUFFIX}" for name in wanted]
    names = {name for name in wanted if exchange.stat(outbox_server.path(company_id, ACKS, name)) is not None}
    return names, {name for name in files if exchange.stat(outbox_server.path(company_id, INBOX, name)) is not None}


def _take_batch(
    connection: Connection, exchange: Exchange, row: dict[str, Any], names: set[str], waiting: set[str]
) -> tuple[Answered, list[LaneStopped]]:
    name, taken = row["file_name"], Answered()
    try:
        if not row["has_ack"] and _is_complete(f"{name}{answers.ACK_SUFFIX}", names):
            taken += _take_ack(connection, exchange, row)
        if not row["has_result"] and _is_complete(f"{name}{answers.RESULT_SUFFIX}", names):
            taken += _take_result(connection, exchange, row)
        if taken == Answered() and row["state"] == State.SENT and name not in waiting:
            _require_under_way(connection, exchange, row)
    except RefusedTransfer as contradiction:
        if row["state"] in _UNANSWERED:
            return taken + Answered(unknown=1), [_stop(connection, row, str(contradiction))]
        with connection.transaction():
            values = {**_key(row), "reason": str(contradiction)}
            run_file(connection, "outbox/update_batch_late_answer", values)
    except LaneStopped as stopped:
        return taken + Answered(unknown=1), [stopped]
    return taken, []


def _is_complete(name: str, names: set[str]) -> bool:
    return name in names and f"{name}{answers.PROOF_SUFFIX}" in names


def sealed(row: dict[str, Any]) -> answers.Sealed:
    """Give what an answer to an awaited batch must repeat."""
    return answers.Sealed(
        row["file_name"],
        row["flow"],
        row["company_id"],
        row["environment"],
        row["seq"],
        row["rev"],
        row["sha256"],
        row["byte_count"],
        row["row_count"],
    )


def _key(row: dict[str, Any]) -> dict[str, object]:
    return {"company_id": row["company_id"], "batch_id": row["batch_id"]}


def _read(exchange: Exchange, row: dict[str, Any], suffix: str, limit: int) -> tuple[bytes, bytes]:
    place = outbox_server.path(row["company_id"], ACKS, f"{row['file_name']}{suffix}")
    return exchange.read(place, limit), exchange.read(f"{place}{answers.PROOF_SUFFIX}", answers.ACK_LIMIT)


def _take_ack(connection: Connection, exchange: Exchange, row: dict[str, Any]) -> Answered:
    content, proof = _read(exchange, row, answers.ACK_SUFFIX, answers.ACK_LIMIT)
    checkpoint("answers.ack_read")
    return keep_ack(connection, row, content, proof)


def keep_ack(connection: Connection, row: dict[str, Any], content: bytes, proof: bytes) -> Answered:
    """Compare a technical ack with what was sealed, keep it and move its file on.

    Raises:
        RefusedTransfer: RS-241 it speaks of other content; RS-243 it turns the file away.
    """
    name = f"{row['file_name']}{answers.ACK_SUFFIX}"
    answers.check_proof(content, proof, name)
    ack = answers.read_ack(content, sealed(row))
    if ack.status == "refused":
        raise RefusedTransfer(
            "RS-243",
            "the Sage side refused a whole file",
            record=name,
            expected="received",
            found=ack.reason,
            do="read the reason, then decide by the runbook outcome-unknown",
        )
    evidence = {"importer": ack.importer, "received_at": ack.received_at}
    with connection.transaction():
        lock_lines(connection, row["company_id"], row["flow"])
        kept = run_file(connection, "outbox/update_batch_ack", {**_key(row), "content": content})
        if kept and row["state"] in (State.SENDING, State.SENT):
            outbox_lane.move(
                connection,
                row["company_id"],
                row["batch_id"],
                row["flow"],
                row["file_name"],
                start=(State.SENDING, State.SENT),
                to=State.RECEIVED,
                evidence=evidence,
            )
        checkpoint("answers.ack_before_commit")
    checkpoint("answers.ack_committed")
    return Answered(acks=kept)


def _take_result(connection: Connection, exchange: Exchange, row: dict[str, Any]) -> Answered:
    content, proof = _read(exchange, row, answers.RESULT_SUFFIX, answers.RESULT_LIMIT)
    checkpoint("answers.result_read")
    return keep_result(connection, row, content, proof)


def keep_result(connection: Connection, row: dict[str, Any], content: bytes, proof: bytes) -> Answered:
    """Compare line results with what was sealed, keep them and move file and lines on.

    Raises:
        RefusedTransfer: RS-241, RS-242 they do not fit.
    """
    one = _key(row)
    references = [line["reference"] for line in fetch_file(connection, "outbox/select_batch_references", one)]
    connection.commit()
    results = answers.read_result(content, sealed(row), references)
    answers.check_proof(content, proof, f"{row['file_name']}{answers.RESULT_SUFFIX}", len(results))
    with connection.transaction():
        lock_lines(connection, row["company_id"], row["flow"])
        if not run_file(connection, "outbox/update_batch_result", {**one, "content": content}):
            return Answered()
        _record_results(connection, row, results)
        checkpoint("answers.result_before_commit")
    checkpoint("answers.result_committed")
    accepted = sum(result.result == "ACCEPTED" for result in results)
    return Answered(results=1, accepted=accepted, rejected=len(results) - accepted)


def _record_results(connection: Connection, row: dict[str, Any], results: Iterable[answers.LineResult]) -> None:
    found = list(results)
    values = {
        **_key(row),
        "lines": [result.line for result in found],
        "results": [result.result for result in found],
        "codes": [result.code for result in found],
        "messages": [result.message for result in found],
    }
    run_file(connection, "outbox/update_batch_lines", values)
    evidence = {"accepted": sum(one.result == "ACCEPTED" for one in found), "lines": len(found)}
    outbox_lane.step(
        connection,
        row["company_id"],
        row["batch_id"],
        row["file_name"],
        start=_UNANSWERED,
        to=State(answers.state_of(found)),
        evidence=evidence,
    )
    run_file(connection, f"outbox/update_answered_{lines_of(row['flow'])}", _key(row))


def _require_under_way(connection: Connection, exchange: Exchange, row: dict[str, Any]) -> None:
    """Stop the lane when a sent file is nowhere to be seen and nobody has acknowledged it.

    Raises:
        LaneStopped: RS-501 it vanished, or another content stands under its name.
    """
    for is_last_look in (False, True):
        evidence = outbox_server.look(exchange, row["company_id"], row["file_name"])
        verdict = judge_sent(evidence, sha256=row["sha256"], is_last_look=is_last_look)
        if verdict.step is Step.STOP:
            raise _stop(connection, row, verdict.reason)
        if verdict.step is not Step.LOOK_AGAIN:
            return


def _stop(connection: Connection, row: dict[str, Any], reason: str) -> LaneStopped:
    return outbox_lane.stop(
        connection, row["company_id"], row["batch_id"], row["flow"], row["file_name"], start=_UNANSWERED, reason=reason
    )


def settle_answers(connection: Connection, company_id: str) -> None:
    """Open and close the exceptions that follow from answers."""
    with connection.transaction():
        settle_findings(connection, company_id, "postings")
        settle_findings(connection, company_id, "receipts")
        settle_findings(connection, company_id, "journals")
        settle_findings(connection, company_id, "changes")
        settle_findings(connection, company_id, "batches")
        checkpoint("answers.settled_before_commit")
    checkpoint("answers.settled")


@away_is_transient
def release_rejected(connection: Connection, company_id: str, references: Iterable[str]) -> list[str]:
    """Free rejected lines whose cause a person has repaired; they go with the next file, same reference, next version.

    Args:
        connection: warehouse; what the caller left open on it is committed.
        company_id: whose lines.
        references: posting references or event ids; those not rejected are left alone.

    Returns:
        What was freed, sorted.
    """
    settle(connection)
    values = {"company_id": company_id, "wanted": list(references)}
    with connection.transaction():
        for flow in ("DC", RECEIPT_FLOW, JOURNAL_FLOW, CHANGE_FLOW):
            lock_lines(connection, company_id, flow)
        freed = [row["posting_reference"] for row in fetch_file(connection, "outbox/update_released_postings", values)]
        freed += [row["event_id"] for row in fetch_file(connection, "outbox/update_released_receipts", values)]
        freed += [row["reference"] for row in fetch_file(connection, "outbox/update_released_journals", values)]
        freed += [row["reference"] for row in fetch_file(connection, "outbox/update_released_changes", values)]
        for check in ("postings", "receipts", "journals", "changes"):
            settle_findings(connection, company_id, check)
    return sorted(freed)
