"""What a person does about records that wait: try them again after a repair, or give one up for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sage_bridge.errors import NotApproved
from sage_hooks import inbound, ledger
from sage_hooks.warehouse import fetch_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sage_hooks.warehouse import Connection


@dataclass(frozen=True, slots=True)
class Replay:
    """What one replay of a company did: rows and documents that landed, documents still refused."""

    rows_landed: int
    events_landed: int
    documents_refused: int


def replay(connection: Connection, company_id: str) -> Replay:
    """Try every row in quarantine and every refused document of a company again; attempts are counted.

    Raises:
        BadConfig: RS-125 the company is unknown.
    """
    companies = fetch_file(connection, "runblu/select_environment", {"company_id": company_id})
    environment = str(companies[0]["environment"]) if companies else ""
    rows = inbound.replay_rows(connection, company_id, environment)
    documents = ledger.replay_documents(connection, company_id)
    return Replay(rows, documents.landed, documents.refused)


def dismiss(
    connection: Connection,
    exception_ids: Sequence[int],
    *,
    decided_by: str | None,
    reason: str,
    dag_id: str,
    run_id: str,
) -> None:
    """Close exceptions about records that will never land, all or none; who and why are kept as approvals.

    The same run asking again has no effect.

    Raises:
        NotApproved: RS-611 nobody can be named who decided; RS-614 there is no reason; RS-613 one is no open exception,
            or about a record of ours, which is cured and never given up.
    """
    record = "exceptions " + ", ".join(map(str, exception_ids[:20]))
    if not decided_by:
        raise NotApproved("RS-611", "an approval needs a person", record=record, do="start the run from the UI")
    if not reason.strip():
        raise NotApproved(
            "RS-614", "a dismissal needs a reason", record=record, do="start the run again with dismiss_reason"
        )
    values = {"exception_ids": list(exception_ids), "decided_by": decided_by, "reason": reason.strip()}
    with connection.transaction():
        rows = fetch_file(
            connection, "audit/update_exception_dismissed", {**values, "dag_id": dag_id, "run_id": run_id}
        )
        left = sorted(set(exception_ids) - {row["exception_id"] for row in rows})
        if left:
            raise NotApproved(
                "RS-613",
                "exception cannot be dismissed",
                record="exceptions " + ", ".join(map(str, left[:20])),
                expected="open exceptions about a row, a document or a contradicted file",
                do="take them from mart.open_exception; an event in the log is taken back by a reversal in RunBlu",
            )
