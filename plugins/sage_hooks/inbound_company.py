"""One company's turn of an inbound DAG: connections opened, flows taken, what became of them given as plain data."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sage_bridge.errors import BadConfig, NotApproved
from sage_hooks import inbound
from sage_hooks.inbound_records import TransferOutcome
from sage_hooks.sage_side import PROFILE_FLOWS, sage_side
from sage_hooks.warehouse import fetch_file, warehouse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)


def companies_of_flow(flow: str, company_id: str | None, run_type: str = "manual", turn: str = "") -> list[str]:
    """Give the companies that have a flow of their profile on and whose turn it is, or the one that is wanted.

    A run that a person started takes every company; one by the clock or by an arrival those whose rhythm says so. Who
    is left out is logged with when it is next.

    Args:
        flow: data flow of the profile.
        company_id: only this company.
        run_type: as Airflow names it: scheduled, asset_triggered, manual, ...
        turn: name under which the run is noted where two DAGs share a flow.

    Raises:
        BadConfig: RS-125 the wanted company is unknown or has the flow off.
    """
    started_by = {"scheduled": "clock", "asset_triggered": "arrival"}.get(run_type, "person")
    values = {"flow": flow, "company_id": company_id, "started_by": started_by, "turn": turn or flow}
    with warehouse() as connection:
        rows = fetch_file(connection, "core/merge_flow_turns", {**values, "now": datetime.now(UTC)})
    if company_id and not rows:
        raise BadConfig(
            "RS-125",
            "company is unknown or has this flow off",
            record=f"{company_id}, flow {flow}",
            do="correct company_id, or switch the flow on in the company's profile",
        )
    for row in rows:
        if not row["is_due"]:
            next_at = (
                f"next at {row['next_due_at']:%Y-%m-%d %H:%M %Z}" if row["next_due_at"] else "started by hand only"
            )
            log.info("%s: flow %s is not due, %s; %s", row["company_id"], flow, row["rhythm"], next_at)
    return [row["company_id"] for row in rows if row["is_due"]]


def take_company(company_id: str, flows: Sequence[str]) -> list[dict[str, Any]]:
    """Take the waiting transfers of one company; gives their outcomes as mappings, errors as `take_transfers`."""
    with (
        warehouse() as connection,
        sage_side(connection, company_id, PROFILE_FLOWS.get(flows[0], "")) as sage,
    ):
        outcomes = sage.take(flows)
    return [asdict(outcome) for outcome in outcomes]


def require_landed(outcomes: Sequence[Mapping[str, Any]]) -> None:
    """Raise RefusedTransfer when a transfer among the outcomes of `take_company` needs a person."""
    inbound.require_landed([TransferOutcome(**outcome) for outcome in outcomes])


def counts(outcomes: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Give what an asset event says of a run: transfers, rows landed, rows changed, rows in quarantine."""
    names = ("rows_landed", "rows_changed", "rows_quarantined")
    return {"transfers": len(outcomes), **{name: sum(outcome[name] for outcome in outcomes) for name in names}}


def approve_file(file_name: str, *, decided_by: str | None, comment: str, dag_id: str, run_id: str) -> None:
    """Keep the decision of the person who started a run to take a file that waits for approval.

    Raises:
        NotApproved: RS-611 nobody can be named who decided; RS-612 no file of that name waits for approval.
    """
    if not decided_by:
        raise NotApproved("RS-611", "an approval needs a person", record=file_name, do="start the run from the UI")
    company_id = file_name.split("_")[1] if file_name.count("_") > 1 else ""
    with warehouse() as connection:
        is_kept = inbound.approve_transfer(
            connection, company_id, file_name, decided_by=decided_by, comment=comment, dag_id=dag_id, run_id=run_id
        )
    if not is_kept:
        raise NotApproved(
            "RS-612",
            "no transfer of this name waits for approval",
            record=file_name,
            do="take the name from mart.transfer, state parked or waiting_approval",
        )
