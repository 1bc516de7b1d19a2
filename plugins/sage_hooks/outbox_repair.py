"""What people decide about a lane: an unknown outcome, and files that were sent before our database was restored.

Both take two people and leave their names, evidence and the content's hash in the approvals (protocol 3, steps 4, 7).
"""

from __future__ import annotations

import dataclasses
import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING

from sage_bridge import sage_files
from sage_bridge.answers import PROOF_SUFFIX
from sage_bridge.change_files import ChangeLayout
from sage_bridge.errors import BadConfig, LaneStopped, NotApproved
from sage_bridge.journal_files import JournalLayout
from sage_bridge.lanes import CHANGE_FLOW, INBOX, JOURNAL_FLOW, RECEIPT_FLOW, TAKEN, State
from sage_bridge.transfers import Manifest
from sage_hooks import outbox_lane, outbox_server
from sage_hooks.outbox_company import load_company, lock_lines, settle
from sage_hooks.outbox_deliver import greatest_known_number
from sage_hooks.outbox_findings import settle_findings
from sage_hooks.outbox_seal import Draft, Lane, insert_batch
from sage_hooks.warehouse import away_is_transient, fetch_file, run_file

if TYPE_CHECKING:
    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection

_FILE_LIMIT = 64 * 1024 * 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """Who decided, who confirmed, and on what evidence (a sentence or the place of a document)."""

    decided_by: str
    confirmed_by: str
    evidence: str

    def require(self, record: str) -> None:
        """Refuse one person's decision or one without evidence.

        Raises:
            NotApproved: RS-602.
        """
        if not (self.decided_by and self.confirmed_by and self.evidence) or self.decided_by == self.confirmed_by:
            raise NotApproved(
                "RS-602",
                "a lane is freed by two people with evidence",
                record=record,
                expected="two different names and a sentence of evidence",
                found=f"{self.decided_by!r}, {self.confirmed_by!r}, {self.evidence!r}",
                do="let a second person confirm",
            )


@away_is_transient
def resolve_unknown(
    connection: Connection, company_id: str, file_name: str, decision: Decision, *, has_arrived: bool
) -> None:
    """Settle a file of unknown outcome: it arrived and its answers are awaited, or it is sent again.

    Args:
        connection: warehouse; what the caller left open on it is committed.
        company_id: whose file.
        file_name: as the exception names it.
        decision: two people and their evidence.
        has_arrived: what they found out. False sends the same bytes and name, marked as a possible duplicate.

    Raises:
        NotApproved: RS-602 not two people, or no evidence.
        BadConfig: RS-146 no such file, or its outcome is known.
    """
    decision.require(file_name)
    settle(connection)
    with connection.transaction():
        rows = fetch_file(connection, "outbox/select_unknown_batch", {"company_id": company_id, "file_name": file_name})
        if not rows:
            raise BadConfig(
                "RS-146",
                "no file of this name has an unknown outcome",
                record=f"{company_id} {file_name}",
                do="take the name from the exception",
            )
        row = rows[0]
        lock_lines(connection, company_id, row["flow"])
        if not has_arrived:
            manifest = Manifest.from_bytes(bytes(row["manifest"]), file_name)
            values = {
                "company_id": company_id,
                "batch_id": row["batch_id"],
                "manifest": dataclasses.replace(manifest, possible_duplicate=True).to_bytes(),
            }
            run_file(connection, "outbox/update_batch_resend", values)
        outbox_lane.move(
            connection,
            company_id,
            row["batch_id"],
            row["flow"],
            file_name,
            start=(State.UNKNOWN,),
            to=State.SENT if has_arrived else State.SEALED,
            evidence={"reason": decision.evidence, "decided_by": [decision.decided_by, decision.confirmed_by]},
        )
        _keep_decision(connection, company_id, ("batch_outcome", file_name, row["sha256"]), decision)
        settle_findings(connection, company_id, "batches")


def _keep_decision(connection: Connection, company_id: str, subject: tuple[str, str, str], decision: Decision) -> None:
    kind, subject_id, content_hash = subject
    values = {
        "company_id": company_id,
        "subject_kind": kind,
        "subject_id": subject_id,
        "content_hash": content_hash,
        "prepared_by": decision.decided_by,
        "decided_by": decision.confirmed_by,
        "comment": decision.evidence,
    }
    run_file(connection, "outbox/insert_outcome_decision", values)


@away_is_transient
def readopt_lane(
    connection: Connection, exchange: Exchange, company_id: str, flow: str, decision: Decision
) -> list[str]:
    """Take the files that were sent before a restore back into the books and free the lane; gives their names.

    Their lines count as sent: a line that comes into being again with the same reference and amount takes over what
    became of it, one with another amount is held for a person. Answers in `ack` are taken by the next run.

    Raises:
        NotApproved: RS-602 not two people, or no evidence.
        LaneStopped: RS-503 a number is missing on the server, so what it carried cannot be known.
    """
    decision.require(f"{company_id} {flow}")
    settle(connection)
    lane = Lane(load_company(connection, company_id), flow)
    with connection.transaction():
        run_file(connection, "outbox/insert_file_counter", lane.key)
        last_seq = fetch_file(connection, "outbox/select_file_counter", lane.key)[0]["last_seq"]
        greatest = greatest_known_number(connection, exchange, lane, last_seq)
        lock_lines(connection, company_id, flow)
        adopted = [_adopt(connection, exchange, lane, seq) for seq in range(last_seq + 1, greatest + 1)]
        run_file(connection, "outbox/update_file_counter_lock", {**lane.key, "is_locked": False, "reason": ""})
        names = "\n".join(adopted)
        subject = ("lane_adoption", f"{flow} {lane.company.environment}", hashlib.sha256(names.encode()).hexdigest())
        _keep_decision(connection, company_id, subject, decision)
        settle_findings(connection, company_id, "batches")
    return adopted


def _adopt(connection: Connection, exchange: Exchange, lane: Lane, seq: int) -> str:
    """Register one file of the server as sent, with its lines; gives its name."""
    name = lane.file_name(seq)
    company_id = lane.company.company_id
    content, manifest = _fetch(exchange, company_id, str(name))
    batch_id = insert_batch(connection, lane, _lines(connection, lane, content), name, content, manifest)
    evidence = {"adopted": "found on the server"}
    for start, to in ((State.SEALED, State.SENDING), (State.SENDING, State.RECEIVED)):
        outbox_lane.move(
            connection, company_id, batch_id, lane.flow, str(name), start=(start,), to=to, evidence=evidence
        )
    taken = {**lane.key, "seq": seq, "sha256": hashlib.sha256(content).hexdigest()}
    run_file(connection, "outbox/update_file_counter", taken)
    return str(name)


def _fetch(exchange: Exchange, company_id: str, name: str) -> tuple[bytes, bytes]:
    for folder in (INBOX, *TAKEN):
        place = outbox_server.path(company_id, folder, name)
        if exchange.stat(place) is None:
            continue
        proof = f"{place}{PROOF_SUFFIX}"
        manifest = exchange.read(proof, _FILE_LIMIT) if exchange.stat(proof) is not None else b"{}"
        return exchange.read(place, _FILE_LIMIT), manifest
    raise LaneStopped(
        "RS-503",
        "a file that was sent is on the server no more",
        record=name,
        expected="the file in to_sage, processed or rejected",
        found="nothing",
        do="have the Sage side put it back, or settle its lines from Sage's own batch",
    )


def _lines(connection: Connection, lane: Lane, content: bytes) -> Draft:
    """Read a file of ours back into lines, joined with the cost lines we still know by reference and amount."""
    draft = Draft()
    if lane.flow == RECEIPT_FLOW:
        for receipt in sage_files.parse_receipts(content):
            draft.add(b"", receipt.event_id, Decimal(0), key={"event_id": receipt.event_id}, version_no=1)
        return draft
    profile = lane.company.profile
    if lane.flow == JOURNAL_FLOW:
        name, key_name = "outbox/select_journals_to_adopt", "journal_line_id"
        written = JournalLayout(profile.journal, profile.file_encoding).parse(content)
        lines = [(line.reference, Decimal(line.amount)) for line in written]
    elif lane.flow == CHANGE_FLOW:
        name, key_name = "outbox/select_changes_to_adopt", "change_id"
        changes = ChangeLayout(profile.commitment_change, profile.file_encoding).parse(content)
        lines = [(line.reference, Decimal(line.amount or 0)) for line in changes]
    else:
        name, key_name = "outbox/select_lines_to_adopt", "posting_id"
        costs = sage_files.DirectCostLayout(profile.direct_cost, profile.file_encoding).parse(content)
        lines = [(line.ref_1, Decimal(line.amount)) for line in costs]
    wanted = {"company_id": lane.company.company_id, "wanted": [reference for reference, _ in lines]}
    known = {row["reference"]: row for row in fetch_file(connection, name, wanted)}
    for reference, amount in lines:
        found = known.get(reference)
        is_same = found is not None and found["amount"] == amount
        key = {key_name: found[key_name]} if found is not None and is_same else {}
        version_no = found["version_no"] if found is not None and is_same else 1
        draft.add(b"", reference, amount, key=key, version_no=version_no)
    return draft
