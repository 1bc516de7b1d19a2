"""Changes of mappings that people ask for in Airflow: proposed, shown with what they would move, decided by another."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sage_bridge.errors import BadConfig, NotApproved
from sage_bridge.proposals import table
from sage_hooks.warehouse import fetch_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sage_bridge.reconcile import Decision
    from sage_hooks.warehouse import Connection

_TEXTS = ("company_id", "material_class", "job", "extra", "cost_code", "category")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as it is kept: its number, and who made it."""

    proposal_no: int
    proposed_by: str


def faults(connection: Connection, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give what is wrong with a mapping as it is wanted: setting, found, allowed; none = it may be proposed.

    Args:
        connection: the warehouse.
        wanted: company_id, material_class, job, extra, cost_code, category, effective_from, effective_to.
    """
    found = [
        {"setting": name, "found": "nothing", "allowed": "a value"}
        for name in ("company_id", "material_class", "effective_from")
        if not wanted[name]
    ]
    if bool(wanted["cost_code"]) != bool(wanted["category"]):
        found.append({
            "setting": "category" if wanted["cost_code"] else "cost_code",
            "found": "nothing",
            "allowed": "cost code and category, or neither: then the mapping ends",
        })  # fmt: skip
    if wanted["effective_to"] and wanted["effective_from"] and wanted["effective_to"] < wanted["effective_from"]:
        found.append({
            "setting": "effective_to",
            "found": wanted["effective_to"],
            "allowed": f"empty, or a day from {wanted['effective_from']} on",
        })  # fmt: skip
    return found or fetch_file(connection, "core/select_mapping_faults", wanted)


def propose(connection: Connection, wanted: Mapping[str, Any], proposed_by: str, run_id: str) -> Proposal:
    """Keep a proposal, or take the open one that `proposal_no` names; a run has one, however often it asks.

    Raises:
        BadConfig: RS-159 nobody can be named who proposes; RS-131 it cannot be as proposed.
        NotApproved: RS-632 no open proposal has that number.
    """
    origin = f"Airflow run {run_id}"
    key = {"proposal_no": wanted["proposal_no"], "origin": origin}
    held = fetch_file(connection, "core/select_mapping_proposal", key)
    if held and (held[0]["origin"] == origin or held[0]["state"] == "open"):
        return Proposal(held[0]["proposal_no"], held[0]["proposed_by"])
    if wanted["proposal_no"]:
        raise _not_open(wanted["proposal_no"], held[0]["state"] if held else "no such proposal")
    if not proposed_by:
        raise BadConfig(
            "RS-159",
            "preparer is unknown",
            record=f"mapping of {wanted['material_class']}",
            do="start the run in the UI or over the API, or name the preparer in prepared_by",
        )
    # A field of a form that was emptied is null.
    values = {name: wanted[name] or "" for name in _TEXTS}
    values |= {"effective_from": wanted["effective_from"], "effective_to": wanted["effective_to"], "origin": origin}
    for fault in faults(connection, values):
        raise BadConfig(
            "RS-131",
            "a mapping cannot be as proposed",
            record=f"{wanted['company_id']}, class {wanted['material_class']}, {fault['setting']}",
            expected=fault["allowed"],
            found=str(fault["found"]),
            do="start the run again with the value corrected",
        )
    values |= {"owner": proposed_by, "proposed_by": proposed_by}
    (row,) = fetch_file(connection, "core/insert_mapping_proposal", values)
    return Proposal(row["proposal_no"], proposed_by)


def question(connection: Connection, proposal_no: int) -> tuple[str, str]:
    """Give headline and Markdown text of a proposal and of what it would move, for the person who decides."""
    (row,) = fetch_file(connection, "core/select_mapping_proposal", {"proposal_no": proposal_no, "origin": None})
    moves = fetch_file(connection, "core/select_mapping_preview", row)
    until = f" to {row['effective_to']}" if row["effective_to"] else " on"
    codes = " / ".join(code for code in (row["extra"], row["cost_code"], row["category"]) if code)
    where = f"job {row['job']}" if row["job"] else "every job without its own"
    headers = ("Job", "Codes now", "Codes then", "Measure", "Events", "Units", "Amount")
    lines = [
        (
            move["job"],
            move["codes_now"] or "waits",
            move["codes_then"] or "waits",
            move["measure"] or "not valued yet",
            str(move["events"]),
            f"{move['units']:f}",
            Decimal(move["amount"] or 0),
        )
        for move in moves
    ]
    body = (
        f"**{row['material_class']}**, {where}, from {row['effective_from']}{until}: "
        f"**{codes or 'no mapping any more'}**.\n\n"
        f"Proposed by {row['proposed_by']}. What would move, as of now:\n\n{table(headers, lines)}\n"
        "What is posted, on its way to Sage or in a closed month keeps its codes.\n"
    )
    return f"Mapping of {row['material_class']}, {row['company_id']}", body


def decide(connection: Connection, proposal_no: int, decision: Decision) -> bool:
    """Carry a decision out; gives whether it was approved. The same answer again has no effect.

    Raises:
        NotApproved: RS-632 somebody has decided otherwise meanwhile.
        psycopg.Error: RS-131, RS-132 the day is closed or booked by now; RS-633 the proposer decides.
    """
    wanted = "approved" if decision.is_approved else "refused"
    (row,) = fetch_file(connection, "core/select_mapping_proposal", {"proposal_no": proposal_no, "origin": None})
    if row["state"] == "open":
        values = {
            "proposal_no": proposal_no,
            "decision": wanted,
            "comment": decision.comment,
            "decided_by": decision.decided_by,
        }
        fetch_file(connection, "core/select_mapping_decision", values)
    elif (row["state"], row["decided_by"]) != (wanted, decision.decided_by):
        raise _not_open(proposal_no, f"{row['state']} by {row['decided_by']}")
    return decision.is_approved


def _not_open(proposal_no: int, found: str) -> NotApproved:
    return NotApproved(
        "RS-632",
        "no open proposal of a mapping has this number",
        record=f"proposal {proposal_no}",
        expected="open",
        found=found,
        do="take the number from mart.mapping_proposal",
    )
