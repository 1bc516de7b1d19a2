"""What became of what was written to hosted Sage: operations are asked for until they have completed.

A batch is answered when all its operations are: then acknowledgement and line results are made of what the service
said and kept by the same code, with the same comparisons, as those that come as files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sage_bridge import answers, hosted_writes
from sage_bridge.lanes import KEPT_DAYS, RECEIPT_FLOW, State
from sage_hooks.checkpoint import checkpoint
from sage_hooks.hosted_deliver import note_write
from sage_hooks.outbox_answers import Answered, keep_ack, keep_result, sealed, settle_answers
from sage_hooks.outbox_company import settle
from sage_hooks.warehouse import away_is_transient, fetch_file

if TYPE_CHECKING:
    from sage_hooks.hosted_api import HostedApi
    from sage_hooks.warehouse import Connection

ACCEPTED, REJECTED = "ACCEPTED", "REJECTED"


@away_is_transient
def take_hosted_answers(connection: Connection, api: HostedApi, company_id: str) -> Answered:
    """Ask for every operation that is open and settle the batches of which all are done.

    Raises:
        RefusedTransfer: RS-241, RS-242 what was stored does not fit what was sealed.
        Transient: RS-903 the service is away.
    """
    settle(connection)
    awaited = fetch_file(
        connection, "outbox/select_awaited_batches", {"company_id": company_id, "kept_days": KEPT_DAYS}
    )
    connection.commit()
    total = Answered()
    for row in awaited:
        if row["state"] != State.SENDING:
            total += _take(connection, api, row)
    settle_answers(connection, company_id)
    return total


def _take(connection: Connection, api: HostedApi, row: dict[str, Any]) -> Answered:
    one = {"company_id": row["company_id"], "batch_id": row["batch_id"]}
    with connection.transaction():
        writes = fetch_file(connection, "outbox/select_hosted_writes", one)
    last = ""
    for some in api.rounds([write for write in writes if write["result"] is None]):
        asked = api.at_once(lambda write: _asked(api, row["flow"], write), some)
        checkpoint("hosted.polled")
        with connection.transaction():
            for write, (completed_on, result, message) in zip(some, asked, strict=True):
                if completed_on:
                    note_write(connection, one, write, result=result, message=message)
                    last = max(last, completed_on)
            checkpoint("hosted.result_before_commit")
        checkpoint("hosted.result_noted")
        if not all(completed_on for completed_on, _, _ in asked):
            return Answered()
    if not writes:
        return Answered()
    with connection.transaction():
        references = [line["reference"] for line in fetch_file(connection, "outbox/select_batch_references", one)]
    # A document stands for all lines of its batch.
    by_line = {write["line_number"]: write for write in writes}
    results = [_line(number, name, by_line.get(number, writes[0])) for number, name in enumerate(references, 1)]
    taken = Answered()
    if not row["has_ack"]:
        ack = hosted_writes.acknowledgement(sealed(row), last)
        taken += keep_ack(connection, row, ack, hosted_writes.proof(ack, 1))
        checkpoint("hosted.ack_kept")
    content = hosted_writes.result_file(results)
    taken += keep_result(connection, row, content, hosted_writes.proof(content, len(results)))
    checkpoint("hosted.answered")
    return taken


def _asked(api: HostedApi, flow: str, write: dict[str, Any]) -> tuple[str, str, str]:
    """Give when the operation of a part was completed, '' if it is not, and what became of it."""
    completed_on = str(api.status(write["operation_id"]).get("CompletedOn") or "")
    return (completed_on, *_outcome(api, flow, write["entity_id"])) if completed_on else ("", "", "")


def _outcome(api: HostedApi, flow: str, entity: str) -> tuple[str, str]:
    """Give what became of a completed operation: the failures list speaks for costs, the state for documents."""
    failures = api.get(hosted_writes.FAILURES, entity=entity)
    message = "; ".join(str(failure.get("ErrorMessage") or "no reason given") for failure in failures)
    if flow == RECEIPT_FLOW and not failures:
        state = api.get(hosted_writes.DOCUMENT, id=entity).get("CurrentState")
        message = "" if state == hosted_writes.DONE else f"CurrentState {state}"
    return (REJECTED, message) if message else (ACCEPTED, "")


def _line(number: int, reference: str, write: dict[str, Any]) -> answers.LineResult:
    is_rejected = write["result"] == REJECTED
    return answers.LineResult(
        number, reference, write["result"], "hosted" if is_rejected else "", " ".join(write["message"].split())
    )
