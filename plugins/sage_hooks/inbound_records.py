"""The record of inbound transfers: what arrived, what it is judged against, what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from sage_bridge.arrivals import Approvals, Known, Verdict, decide
from sage_hooks import inbound_folder
from sage_hooks.warehouse import fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from sage_bridge.arrivals import State
    from sage_bridge.errors import RefusedTransfer
    from sage_bridge.transfers import Manifest
    from sage_hooks.inbound_folder import Arrival
    from sage_hooks.inbound_landing import Landed
    from sage_hooks.inbound_staging import RawFile
    from sage_hooks.warehouse import Connection


@dataclass(frozen=True, slots=True)
class TransferOutcome:
    """What became of one file in this run; `reason` is '' when nothing is wrong, `needs_person` fails the task."""

    flow: str
    file_name: str
    seq: int
    rev: int
    state: str
    transfer_id: int
    row_count: int = 0
    rows_landed: int = 0
    rows_changed: int = 0
    rows_quarantined: int = 0
    reason: str = ""
    needs_person: bool = False


@dataclass(frozen=True, slots=True)
class Company:
    """What landing has to know of a company: its clock, limits and code masks."""

    company_id: str
    environment: str
    time_zone: str
    shrink_pct: Decimal
    file_bytes: int
    file_rows: int
    file_seconds: int
    masks: Mapping[str, str]

    def of_flow(self, flow: str) -> dict[str, object]:
        """Give the parameters that name one of its flows."""
        return {"company_id": self.company_id, "environment": self.environment, "flow": flow}


def judge_arrival(connection: Connection, company: Company, arrival: Arrival, manifest: Manifest) -> Verdict:
    """Decide about a file by its manifest, by what arrived before and by what a person approved."""
    with connection.transaction():
        known = fetch_file(
            connection,
            "audit/select_known_transfers",
            {**company.of_flow(manifest.flow), "from_seq": manifest.seq - 1},
        )
        approved = fetch_file(
            connection,
            "audit/select_approvals",
            {"company_id": company.company_id, "file_name": str(arrival.name), "sha256": manifest.sha256},
        )
    kinds = {row["subject_kind"] for row in approved}
    approvals = Approvals(gap="transfer_gap" in kinds, shrink="transfer_shrink" in kinds)
    return decide(arrival.name, manifest, [Known(**row) for row in known], approvals, company.shrink_pct)


def note_arrival(
    connection: Connection, company: Company, arrival: Arrival, manifest: Manifest | None
) -> dict[str, Any]:
    """Note that a file arrived or is tried again; gives `transfer_id`, `attempts` and how long it is `waiting`."""
    with connection.transaction():
        return fetch_file(
            connection,
            "audit/insert_transfer",
            {
                **company.of_flow(arrival.name.flow),
                "seq": arrival.name.seq,
                "rev": arrival.name.rev,
                "file_name": str(arrival.name),
                "row_count": manifest.rows if manifest else None,
                "byte_count": manifest.bytes if manifest else None,
                "sha256": manifest.sha256 if manifest else "",
                "manifest": Jsonb(json.loads(manifest.to_bytes())) if manifest else None,
                "server_stamp": arrival.stamp,
            },
        )[0]


def has_open_transfer(connection: Connection, company: Company, flow: str) -> bool:
    """Tell whether a transfer of a flow has arrived that could not land yet."""
    return bool(fetch_file(connection, "audit/select_open_transfer", company.of_flow(flow)))


def keep_raw(connection: Connection, company: Company, raw: RawFile) -> None:
    """Keep the bytes of a file as received; bytes that came to the company before are kept once."""
    run_file(
        connection,
        "landing/insert_raw_file",
        {
            "company_id": company.company_id,
            "sha256": raw.sha256,
            "byte_count": raw.byte_count,
            "content": raw.content,
            "file_path": str(raw.path) if raw.path else None,
        },
    )


def advance(connection: Connection, company: Company, manifest: Manifest, extracted_at: datetime) -> None:
    """Move the flow's watermark to a transfer that lands now; what it makes needless need not land any more."""
    parameters = {
        **company.of_flow(manifest.flow),
        "seq": manifest.seq,
        "rev": manifest.rev,
        "sha256": manifest.sha256,
        "row_count": manifest.rows,
        "extracted_at": extracted_at,
        "is_full": manifest.extent == "full",
    }
    run_file(connection, "audit/merge_watermark", parameters)
    run_file(connection, "audit/update_transfers_superseded", parameters)
    run_file(connection, "audit/update_superseded_rows_cured", parameters)


def settle(
    connection: Connection, company: Company, outcome: TransferOutcome, state: State,
    reason: RefusedTransfer | None = None, landed: Landed | None = None, *, is_overdue: bool = True,
) -> TransferOutcome:  # fmt: skip
    """Note what became of a transfer, open or close exceptions about its file, and give the outcome.

    Args:
        connection: the warehouse; a transaction of its own, or part of the caller's.
        company: whose transfer it is.
        outcome: what is known of it so far.
        state: what it is now.
        reason: the sentence for a person, if something is wrong.
        landed: what its rows came to, if they were judged.
        is_overdue: False while nobody has to be asked yet.
    """
    needs_person = reason is not None and is_overdue and state != "superseded"
    key = {"company_id": company.company_id, "transfer_id": outcome.transfer_id}
    with connection.transaction():
        if state == "duplicate" and run_file(connection, "audit/update_landed_again", key):
            return replace(outcome, state=state)
        run_file(
            connection,
            "audit/update_transfer",
            {
                **key,
                "state": state,
                "reason": str(reason or ""),
                "rows_landed": landed.rows_landed if landed else None,
                "rows_quarantined": landed.rows_quarantined if landed else None,
                "rows_changed": landed.rows_changed if landed else None,
                "validation": Jsonb(landed.validation) if landed and landed.validation else None,
            },
        )
        if state == "quarantined":
            run_file(connection, "audit/update_contradicted", {**company.of_flow(outcome.flow), "seq": outcome.seq})
        if reason is not None and needs_person:
            run_file(connection, "audit/insert_exception", _exception(company, outcome, state, reason))
        if state in {"landed", "duplicate"}:
            run_file(
                connection,
                "audit/update_file_exceptions_cured",
                {**company.of_flow(outcome.flow), "file_name": outcome.file_name, "closed_by": outcome.file_name},
            )
    return replace(outcome, state=state, reason=str(reason or ""), needs_person=needs_person)


def _exception(company: Company, outcome: TransferOutcome, state: State, reason: RefusedTransfer) -> dict[str, object]:
    return inbound_folder.file_exception(
        company.company_id, outcome.file_name, reason,
        {"state": state, "seq": outcome.seq, "rev": outcome.rev}, outcome.transfer_id,
    )  # fmt: skip
