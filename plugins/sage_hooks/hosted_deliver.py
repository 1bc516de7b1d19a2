"""Delivery to hosted Sage: every line of a batch is written once, in two steps, whatever dies in between.

Bodies are stored before the first call. Before anything is sent, and after every silence, what the service holds under
our references is looked up: found, it is taken as ours and never sent again; absent after the link's settling time, the
same body goes again. A link that cannot be looked into stops the lane instead (docs/hosted.md).
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sage_bridge import hosted_writes
from sage_bridge.errors import BridgeError, LaneStopped, Transient
from sage_bridge.hosted_documents import RESOURCES, Held
from sage_bridge.lanes import RECEIPT_FLOW, State
from sage_bridge.sage_files import DirectCostLayout, parse_receipts
from sage_hooks import outbox_lane
from sage_hooks.checkpoint import checkpoint
from sage_hooks.hosted_api import OutcomeUnknown, Refused
from sage_hooks.hosted_pull import read_resource
from sage_hooks.outbox_company import load_company, lock_lines, settle
from sage_hooks.outbox_deliver import FLOW_NAMES, Delivered, require_known_numbers, require_not_in_sage
from sage_hooks.outbox_seal import Lane
from sage_hooks.warehouse import away_is_transient, fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sage_bridge.hosted_documents import Document
    from sage_bridge.profiles import Profile
    from sage_hooks.hosted_api import HostedApi
    from sage_hooks.outbox_lane import Batch
    from sage_hooks.warehouse import Connection

LEASE_SECONDS = 3600
"""A live worker is never overtaken: the service has no guard of its own. A dead one loses its batch at once."""
SENDS = 3
Known = dict[str, str | None]
"""What became known of a part: `entity_id`, `operation_id`, or `result` and `message`."""
_POINTED_AT = ("jobs", "extras", "cost_codes", "categories", "accounts", "commitments", "commitment_items")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Way:
    """How a flow is written: the resource of the first step, of the second, and of what was sent."""

    first: str
    second: str
    second_name: str
    sent: str

    @classmethod
    def of(cls, flow: str) -> Way:
        """Give the way of a flow."""
        if flow == RECEIPT_FLOW:
            return cls(hosted_writes.DOCUMENT, hosted_writes.EXPORT, "document", hosted_writes.DOCUMENTS)
        return cls(hosted_writes.COSTS, hosted_writes.SYNCHRONIZE, "id", hosted_writes.COSTS)


@dataclass(frozen=True, slots=True)
class Step:
    """One of the two steps: what it gives, and the points around it at which a worker may die."""

    gives: str
    before: str
    done: str
    noted: str


CREATE = Step("entity_id", "hosted.before_create", "hosted.created", "hosted.create_noted")
SUBMIT = Step("operation_id", "hosted.before_submit", "hosted.submitted", "hosted.submit_noted")


@away_is_transient
def deliver_hosted(connection: Connection, api: HostedApi, company_id: str, flow: str) -> Delivered:
    """Write the sealed batches of a lane, one after another; safe at any time, by any number of workers.

    Raises:
        LaneStopped: RS-501 an outcome is unknown, RS-502 the lane is locked: a person decides.
        Transient: RS-903 the service is away; RS-941 another worker took over.
    """
    settle(connection)
    lane = Lane(load_company(connection, company_id), flow)
    require_known_numbers(connection, None, lane)
    sent = 0
    while True:
        claim = outbox_lane.claim(connection, lane, LEASE_SECONDS)
        if claim.batch is None:
            return Delivered(sent, is_waiting=claim.outcome == "waiting", is_busy=claim.outcome == "busy")
        try:
            _Delivery(connection, api, lane.company.profile, claim.batch).run()
        except Transient:
            if not connection.closed:
                outbox_lane.hold_lease(connection, claim.batch, lease_seconds=0)
            raise
        finally:
            outbox_lane.free(connection, claim.batch)
        sent += 1


@away_is_transient
def continue_hosted(connection: Connection, api: HostedApi, company_id: str) -> int:
    """Go on with what earlier runs left, of the flows that are on; gives the number of batches sent."""
    settle(connection)
    profile = load_company(connection, company_id).profile
    with connection.transaction():
        lanes = fetch_file(connection, "outbox/select_lanes_to_continue", {"company_id": company_id})
    flows = [lane["flow"] for lane in lanes if profile.flow(FLOW_NAMES[lane["flow"]]).is_on]
    return sum(deliver_hosted(connection, api, company_id, flow).sent for flow in flows)


def note_write(connection: Connection, batch: Mapping[str, object], write: dict[str, Any], **known: str | None) -> None:
    """Note what became known of one part, there and in `write`; what was known before stays."""
    values = {"entity_id": None, "operation_id": None, "result": None, "message": None, **known}
    one = {**batch, "line_number": write["line_number"]}
    run_file(connection, "outbox/update_hosted_write", {**one, **values})
    write.update({name: value for name, value in values.items() if value is not None})


class _Delivery:
    """One claimed batch on its way."""

    def __init__(self, connection: Connection, api: HostedApi, profile: Profile, batch: Batch) -> None:
        self._connection, self._api, self._profile, self._batch = connection, api, profile, batch
        self._way = Way.of(batch.flow)
        self._cursor = {"company_id": batch.company_id, "resource": self._way.sent}

    def run(self) -> None:
        """Store, look, write what is absent, start its operations, and say that it is sent."""
        writes = self._writes()
        if not writes:
            require_not_in_sage(self._connection, self._batch)
            self._store()
            writes = self._writes()
            newest = self._require_absent(writes)
        else:
            newest = self._adopt(writes)
        self._step(CREATE, writes)
        self._step(SUBMIT, writes)
        self._record_sent(len(writes), newest)

    def _writes(self) -> list[dict[str, Any]]:
        with self._connection.transaction():
            return fetch_file(self._connection, "outbox/select_hosted_writes", self._batch.key)

    def _store(self) -> None:
        """Make every body and keep it with the place from which to look; a line without a body is rejected here.

        What a line points at is asked for only where we do not hold it: items are served commitment by commitment.
        """
        batch = self._batch
        bodies = self._bodies()
        if any(message for _, _, _, message in bodies):
            for resource in _POINTED_AT:
                if RESOURCES[resource].served_by in {"", *self._profile.hosted.serves}:
                    read_resource(self._connection, self._api, batch.company_id, resource)
            bodies = self._bodies()
        with self._connection.transaction():
            cursor = fetch_file(self._connection, "landing/select_hosted_cursor", self._cursor)
            one = {
                **batch.key,
                "look_from": cursor[0]["version"] if cursor else 0,
            }
            for number, reference, body, message in bodies:
                values = {"line_number": number, "reference": reference, "body": body}
                kept = {**one, **values, "result": "REJECTED" if message else None, "message": message}
                run_file(self._connection, "outbox/insert_hosted_write", kept)
            checkpoint("hosted.bodies_before_commit")
        checkpoint("hosted.bodies_stored")

    def _bodies(self) -> list[tuple[int, str, str, str]]:
        """Give number, reference, body and why there is none, of every part, by the documents we hold."""
        found = []
        for number, reference, make in self._parts(hosted_writes.Directory(self._held())):
            try:
                found.append((number, reference, make(), ""))
            except hosted_writes.Unwritable as why:
                found.append((number, reference, "", str(why)))
        return found

    def _parts(self, directory: hosted_writes.Directory) -> list[tuple[int, str, Callable[[], str]]]:
        batch, profile = self._batch, self._profile
        if batch.flow == RECEIPT_FLOW:
            lines = parse_receipts(batch.content)
            kind = profile.hosted.receipt_document_type
            return [
                (0, batch.file_name,
                 lambda: hosted_writes.receipts_body(batch.file_name, batch.sha256, lines, directory, kind))
            ]  # fmt: skip
        costs = DirectCostLayout(profile.direct_cost, profile.file_encoding).parse(batch.content)
        return [
            (number, line.ref_1, lambda line=line: hosted_writes.cost_body(line, directory, profile))  # type: ignore[misc]
            for number, line in enumerate(costs, 1)
        ]

    def _held(self) -> Held:
        documents: dict[str, dict[str, Document]] = {name: {} for name in _POINTED_AT}
        values = {"company_id": self._batch.company_id, "resources": list(_POINTED_AT)}
        with self._connection.transaction():
            for row in fetch_file(self._connection, "landing/select_hosted_documents", values):
                documents[row["resource"]][row["document_id"]] = row["body"]
        return Held(self._profile.hosted, documents)

    def _sent(self, look_from: int) -> tuple[dict[str, list[Document]], int]:
        """Give what the service holds of what was sent since a version, by reference, and the newest version."""
        with self._connection.transaction():
            rows = fetch_file(self._connection, "outbox/select_hosted_entities", self._batch.key)
        documents = self._api.pages(self._way.sent, look_from)
        newest = max((int(document["Version"]) for document in documents), default=look_from)
        return hosted_writes.by_reference(documents, frozenset(row["entity_id"] for row in rows)), newest

    def _require_absent(self, writes: list[dict[str, Any]]) -> int:
        """Stop before the first call if the service holds our references already: our database was restored.

        Gives the newest version seen: the next batch need not look further back.
        """
        look_from = int(writes[0]["look_from"])
        if not self._can_look:
            return look_from
        found, newest = self._sent(look_from)
        held = [write["reference"] for write in writes if write["reference"] in found]
        if held:
            raise self._stop(f"the service holds {len(held)} of its lines before it was sent, first {held[0]}")
        return newest

    def _adopt(self, writes: list[dict[str, Any]]) -> int:
        """Take over what an earlier attempt has sent and not noted; gives the newest version seen."""
        look_from = int(writes[0]["look_from"])
        if self._can_look:
            found, newest = self._sent(look_from)
            for write in writes:
                if write["result"] is None and write["operation_id"] is None:
                    self._take(write, found)
            return newest
        # Sealed again means that two people have found that nothing arrived.
        is_open = any(write["result"] is None and write["operation_id"] is None for write in writes)
        if is_open and not self._batch.is_first_try:
            raise self._stop("an earlier attempt ended without word, and the link cannot be looked into")
        return look_from

    def _take(self, write: dict[str, Any], found: dict[str, list[Document]]) -> None:
        """Note what the service holds under a reference, if anything.

        Raises:
            LaneStopped: RS-501 it holds two, or another content.
        """
        documents = found.get(write["reference"], [])
        if not documents:
            return
        if len(documents) > 1:
            raise self._stop(f"the service holds {write['reference']} {len(documents)} times")
        name = hosted_writes.differs(write["body"], documents[0])
        if name:
            raise self._stop(f"the service holds {write['reference']} with another {name}")
        operation = documents[0].get("OperationId")
        known: Known = {"entity_id": str(documents[0]["Id"]), "operation_id": str(operation) if operation else None}
        self._note([(write, known)])

    def _step(self, step: Step, writes: list[dict[str, Any]]) -> None:
        """Take every part one step on that has not come so far and is not refused, many at a time."""
        open_parts = [write for write in writes if write["result"] is None and write[step.gives] is None]
        for some in self._api.rounds(open_parts):
            self._call(step, some)

    def _call(self, step: Step, writes: list[dict[str, Any]]) -> None:
        """Call about each part and note what came; what was silent is looked up, and goes again where it is absent."""
        for _ in range(SENDS):
            outbox_lane.hold_lease(self._connection, self._batch, lease_seconds=LEASE_SECONDS)
            checkpoint(step.before)
            came = self._api.at_once(lambda write: self._outcome(step, write), writes)
            checkpoint(step.done)
            self._note([(write, known) for write, known in zip(writes, came, strict=True) if isinstance(known, dict)])
            checkpoint(step.noted)
            for broken in came:
                if isinstance(broken, BridgeError):
                    raise broken
            silent = [write for write, known in zip(writes, came, strict=True) if isinstance(known, OutcomeUnknown)]
            if not silent:
                return
            self._look_up(silent, next(known for known in came if isinstance(known, OutcomeUnknown)))
            writes = [write for write in silent if write[step.gives] is None]
            if not writes:
                return
        raise self._gives_no_word(writes[0]["reference"])

    def _outcome(self, step: Step, write: dict[str, Any]) -> Known | OutcomeUnknown | BridgeError:
        """Give what a call made known of a part, or why nothing is known; beside others, so it is only told."""
        try:
            if step is CREATE:
                return {step.gives: self._api.write(self._way.first, content=write["body"])}
            return {step.gives: self._api.write(self._way.second, **{self._way.second_name: write["entity_id"]})}
        except Refused as refused:
            return {"result": "REJECTED", "message": str(refused)}
        except (OutcomeUnknown, BridgeError) as error:
            return error

    def _look_up(self, writes: list[dict[str, Any]], unknown: OutcomeUnknown) -> None:
        """Look after a silence which parts were done; what was silent may still come, so not at once."""
        first = writes[0]["reference"]
        if not self._can_look:
            raise self._stop(f"{first}: {unknown}, and the link cannot be looked into") from unknown
        log.warning("%s: %s; looking it up, and %s more", first, unknown, len(writes) - 1)
        time.sleep(self._profile.hosted.settle_seconds)
        found, _ = self._sent(min(write["look_from"] for write in writes))
        checkpoint("hosted.looked_up")
        for write in writes:
            self._take(write, found)

    def _note(self, known_of: list[tuple[dict[str, Any], Known]]) -> None:
        """Note what became known of parts, in one transaction."""
        with self._connection.transaction():
            for write, known in known_of:
                note_write(self._connection, self._batch.key, write, **known)

    def _record_sent(self, parts: int, newest: int) -> None:
        batch = self._batch
        evidence = {"seen": "every part has an operation", "parts": parts, "sha256": batch.sha256}
        with self._connection.transaction():
            lock_lines(self._connection, batch.company_id, batch.flow)
            run_file(self._connection, "landing/merge_hosted_cursor", {**self._cursor, "version": newest})
            moved = outbox_lane.move(
                self._connection, batch.company_id, batch.batch_id, batch.flow, batch.file_name,
                start=(State.SENDING,), to=State.SENT, evidence=evidence, token=batch.token,
            )  # fmt: skip
            checkpoint("hosted.sent_before_commit")
        checkpoint("hosted.sent")
        if not moved:
            outbox_lane.require_moved_on(self._connection, batch)

    @property
    def _can_look(self) -> bool:
        return "sent" in self._profile.hosted.serves

    def _gives_no_word(self, reference: str) -> Transient:
        return Transient(
            "RS-904",
            "the hosted service gives no word about a write",
            record=f"{self._batch.file_name} {reference}",
            found=f"{SENDS} silences, each time absent when looked up",
            do="wait for the next try: it looks first",
        )

    def _stop(self, reason: str) -> LaneStopped:
        batch = self._batch
        return outbox_lane.stop(
            self._connection, batch.company_id, batch.batch_id, batch.flow, batch.file_name,
            start=(State.SENDING,), reason=reason, token=batch.token,
        )  # fmt: skip
