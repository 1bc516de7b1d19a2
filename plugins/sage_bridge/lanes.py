"""The outbound state machine and the judgement of what is found on the server (protocol 3).

Law L2 lives here: once an intent to send is stored the outcome is unknown until seen, so what was
found decides. Absence counts as proof only while nothing says that the file was already put in place.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from sage_bridge.errors import BrokenLaw

INBOX = "to_sage"
TAKEN = ("processed", "rejected")
ACKS = "ack"
RECEIPT_FLOW = "RCV"
COST_FLOWS = ("DC", "ADJ")
JOURNAL_FLOW = "GLJ"
CHANGE_FLOW = "CMT"

ACK_WAIT_SECONDS = 30
"""How long a task waits for a technical ack before it leaves the lane's other files to the next run."""
ACK_OVERDUE_MINUTES = 120
"""After which a missing ack is an exception that somebody looks at."""
LEASE_SECONDS = 60
"""How long a worker that went silent without dying keeps its batch; a dead one loses it at once."""
KEPT_DAYS = 35
"""How long the Sage side keeps what it has taken (protocol 1); older intents prove nothing by absence."""


Lines = Literal["postings", "receipts", "journals", "changes"]
_LINES: dict[str, Lines] = {RECEIPT_FLOW: "receipts", JOURNAL_FLOW: "journals", CHANGE_FLOW: "changes"}


def lines_of(flow: str) -> Lines:
    """Say what the lines of a flow are: postings, receipts, journals or changes; statements are named by it."""
    return _LINES.get(flow, "postings")


class State(StrEnum):
    """States of a batch; lines have `eligible` and `held` before `sealed`."""

    SEALED = "sealed"
    SENDING = "sending"
    SENT = "sent"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    PART = "part"
    REJECTED = "rejected"
    POSTED = "posted"
    UNKNOWN = "unknown"


_ANSWERED = (State.ACCEPTED, State.PART, State.REJECTED)
TRANSITIONS: frozenset[tuple[State, State]] = frozenset(
    {
        (State.SEALED, State.SENDING),
        (State.SENDING, State.SENT),
        *((State.SENT, to) for to in (State.RECEIVED, *_ANSWERED)),
        *((State.RECEIVED, to) for to in _ANSWERED),
        # Evidence from Sage's side may come before we have stored our own.
        *((State.SENDING, to) for to in (State.RECEIVED, *_ANSWERED)),
        # Read-back from Sage is the strongest evidence there is.
        *((start, State.POSTED) for start in (State.SENT, State.RECEIVED, State.ACCEPTED, State.PART, State.UNKNOWN)),
        *((start, State.UNKNOWN) for start in (State.SENDING, State.SENT, State.RECEIVED)),
        # Left by two people with the evidence attached.
        (State.UNKNOWN, State.SENT),
        (State.UNKNOWN, State.SEALED),
    }
)


def check_transition(record: str, state: str, to: str) -> None:
    """Refuse a step that the protocol does not know.

    Raises:
        BrokenLaw: RS-441 the step is not in the table.
    """
    if (state, to) not in TRANSITIONS:
        known = ", ".join(sorted(target for start, target in TRANSITIONS if start == state)) or "none"
        raise BrokenLaw(
            "RS-441",
            "a batch cannot take this step",
            record=record,
            expected=f"from {state} to one of: {known}",
            found=to,
            do="read the batch's state log, then decide by the runbook outcome-unknown",
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one look over all folders found of a batch.

    Attributes:
        copies: (folder, sha256) of every file under the batch's name.
        part_tokens: tokens of unfinished uploads beside it.
        has_manifest: the `.ok` lies beside the data in the inbox folder.
        has_answer: a technical ack or a result of this name lies in the ack folder.
    """

    copies: tuple[tuple[str, str], ...] = ()
    part_tokens: frozenset[str] = frozenset()
    has_manifest: bool = False
    has_answer: bool = False


class Step(StrEnum):
    """What to do after a look."""

    UPLOAD = "upload"
    WRITE_MANIFEST = "write_manifest"
    RECORD_SENT = "record_sent"
    LOOK_AGAIN = "look_again"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The step that follows from the evidence, with its reason."""

    step: Step
    reason: str


def judge(evidence: Evidence, *, sha256: str, renaming_token: str, is_last_look: bool, is_overdue: bool) -> Verdict:
    """Decide how a batch in `sending` goes on.

    Args:
        evidence: what the look found.
        sha256: of the sealed bytes.
        renaming_token: token of the upload that an earlier attempt was about to rename into place; empty if none.
        is_last_look: contradictions count now; before, they may be a file caught moving between folders.
        is_overdue: the intent is older than the partner keeps files, so absence proves nothing.
    """
    foreign = _foreign(evidence, sha256)
    if foreign is not None:
        return foreign
    if evidence.copies:
        return _judge_copies(evidence, is_last_look=is_last_look)
    if evidence.has_answer:
        return Verdict(Step.RECORD_SENT, "the other side has answered")
    trace = _trace(evidence, renaming_token)
    if trace:
        return _contradiction(trace, is_last_look=is_last_look)
    if is_overdue:
        return Verdict(Step.STOP, "the intent is older than the other side keeps files, so absence proves nothing")
    return Verdict(Step.UPLOAD, "absent in every folder")


def _trace(evidence: Evidence, renaming_token: str) -> str:
    """Say what shows that an absent file was in place before; empty when nothing does."""
    if evidence.has_manifest:
        return "the manifest is there and its data file is gone"
    if renaming_token and renaming_token not in evidence.part_tokens:
        return "the file was put in place, is gone, and nobody acknowledged it"
    return ""


def _judge_copies(evidence: Evidence, *, is_last_look: bool) -> Verdict:
    folders = [folder for folder, _ in evidence.copies]
    if len(folders) > 1:
        return _contradiction(f"the file lies in {' and in '.join(folders)} at once", is_last_look=is_last_look)
    is_done = folders[0] in TAKEN or evidence.has_manifest
    return Verdict(Step.RECORD_SENT if is_done else Step.WRITE_MANIFEST, f"found in {folders[0]} with equal hash")


def _foreign(evidence: Evidence, sha256: str) -> Verdict | None:
    for folder, found in evidence.copies:
        if found != sha256:
            return Verdict(Step.STOP, f"another content under this name in {folder}")
    return None


def judge_sent(evidence: Evidence, *, sha256: str, is_last_look: bool) -> Verdict:
    """Decide whether a sent batch without acknowledgement is still under way or lost from sight."""
    foreign = _foreign(evidence, sha256)
    if foreign is not None:
        return foreign
    if evidence.copies or evidence.has_answer:
        return Verdict(Step.RECORD_SENT, "still there or answered")
    return _contradiction("the file was taken away and nobody acknowledged it", is_last_look=is_last_look)


def _contradiction(reason: str, *, is_last_look: bool) -> Verdict:
    return Verdict(Step.STOP if is_last_look else Step.LOOK_AGAIN, reason)
