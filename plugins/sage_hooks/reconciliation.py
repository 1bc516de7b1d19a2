"""Reconciliation of a month: figures, proposal, decision, proof, sign-off (domain 7); rules in `include/sql/recon`.

Every public function commits what the caller left open and then works in transactions of its own, so that each step is
either whole or not there, and a repeated task finds what the first one left.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from sage_bridge import proposals
from sage_bridge import reconcile as words
from sage_bridge.errors import BadConfig, BrokenLaw, NotApproved
from sage_hooks.checkpoint import checkpoint
from sage_hooks.prices import value_prices
from sage_hooks.warehouse import fetch_file, refresh_grown_statistics, run_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sage_bridge.reconcile import Decision, Terms
    from sage_hooks.warehouse import Connection

_FIGURES = (
    "insert_own_differences",
    "insert_waiting_differences",
    "insert_offset_differences",
    "insert_foreign_differences",
    "insert_ledger_differences",
    "insert_dismissals",
    "update_differences_dismissed",
    "insert_quantity_bridge",
    "insert_cost_bridge",
    "insert_residuals",
)

_WORK = {
    "sage_row": ("posting_id", "reference", "kind", "commitment", "item_number"),
    "line_policy": ("commitment", "item_number"),
    "offset": ("commitment", "item_number"),
    "consumption": ("commitment", "item_number"),
    "posting_entry": ("posting_id",),
    "line_entry": ("commitment", "item_number", "measure"),
    "line_units": ("commitment", "item_number", "effect"),
}
"""Work tables of a run, in order, with what plans ask of each; each goes through the books once for all figures."""

_PROPOSALS = (
    "insert_adjustments",
    "update_differences_proposed",
    "insert_proposed_events",
    "insert_journal_proposals",
)

_READ = (
    "core.job_cost_transaction",
    "ledger.event_tag",
    "ledger.value_entry",
    "ledger.cost_entry",
    "outbox.cost_posting",
    "outbox.posting_entry",
    "outbox.batch_line",
)
"""Tables whose states change in bulk just before a month is reconciled; a plan from old statistics takes minutes."""

_DROP = sql.SQL("drop table if exists {}")
_ANALYZE = sql.SQL("analyze {} ({})")

_DECISION_LOCK = "select pg_advisory_xact_lock(hashtext('sage-bridge decision'))"
"""One decision after the other: of two at once that cure the same difference, neither would see the other."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run came to; `is_signed` means the month was signed off before and nothing was done."""

    run_no: int
    company_id: str
    period: str
    mode: str
    differences: int
    adjustments: int
    decisions: int
    proposed_events: int
    is_signed: bool = False


def start(connection: Connection, params: Mapping[str, Any], prepared_by: str, dag_run_id: str) -> dict[str, Any]:
    """Reconcile as a DAG run asks for; gives the outcome with `prepared_by` and `approvers`, ready for XCom.

    Args:
        connection: warehouse.
        params: company_id, period, mode, materiality (None = as agreed), accept_entries, reverse_entries,
            link_entries (row=commitment/item), keep_accruals (commitment/item), dismiss_differences (number=reason),
            approvers.
        prepared_by: user who started the run.
        dag_run_id: Airflow's run.

    Raises:
        BadConfig: RS-15x a parameter is wrong, or nobody is left to approve; RS-159 nobody knows who started the run.
    """
    words.require_preparer(prepared_by, dag_run_id)
    agreed = company_materiality(connection, params["company_id"])
    accept, reverse = words.read_entries(params["accept_entries"], params["reverse_entries"])
    may_decide = words.approvers(params["approvers"], prepared_by) if params["mode"] == "propose" else []
    terms = words.Terms(
        company_id=params["company_id"],
        period=params["period"],
        mode=params["mode"],
        materiality=words.read_materiality(params["materiality"] or agreed),
        prepared_by=prepared_by,
        dag_run_id=dag_run_id,
        accept_entries=accept,
        reverse_entries=reverse,
        link_entries=words.read_links(params.get("link_entries", [])),
        dismiss_differences=words.read_dismissals(params.get("dismiss_differences", [])),
        keep_accruals=tuple(sorted(set(params.get("keep_accruals", [])))),
    )
    return {**asdict(reconcile(connection, terms)), "prepared_by": prepared_by, "approvers": may_decide}


def company_materiality(connection: Connection, company_id: str) -> str:
    """Give the materiality agreed with a company as text.

    Raises:
        BadConfig: RS-155 there is no such company.
    """
    rows = fetch_file(connection, "recon/select_company", {"company_id": company_id})
    connection.commit()
    if not rows:
        raise BadConfig(
            "RS-155", "company is unknown", record=company_id, do="load its profile, or correct the parameter"
        )
    return str(rows[0]["materiality"])


def reconcile(connection: Connection, terms: Terms) -> Outcome:
    """Compute bridges, differences and tie-out of a month, and in mode `propose` what would cure them.

    A month that is signed off already is not proposed again; previews of it are.

    Raises:
        BadConfig: RS-151 the period is no month; RS-157 an entry to accept or reverse is none of the undecided
            ones, or a difference to dismiss none that can be.
    """
    connection.commit()
    value_prices(connection, terms.company_id)  # Of what came after the last posting, too.
    with snapshot(connection):
        signed = fetch_file(connection, "recon/select_unlapsed_close", asdict(terms))
        if signed and terms.mode == "propose":
            return Outcome(0, terms.company_id, terms.period, terms.mode, 0, 0, 0, 0, is_signed=True)
        values = {**asdict(terms), "period_end": terms.period_end, "proves_run_no": None, "approval_id": None}
        values["accept_entries"], values["reverse_entries"] = list(terms.accept_entries), list(terms.reverse_entries)
        values["link_rows"] = [link.row_id for link in terms.link_entries]
        values["link_commitments"] = [link.commitment for link in terms.link_entries]
        values["link_items"] = [link.item_number for link in terms.link_entries]
        values["run_no"] = fetch_file(connection, "recon/insert_run", values)[0]["run_no"]
        values["keep_accruals"] = list(terms.keep_accruals)
        _decide_entries(connection, terms, values)
        if terms.mode == "propose":
            # The journal leaves out what is released.
            run_file(connection, "recon/insert_accrual_releases", values)
        values["dismiss_numbers"] = [number for number, _ in terms.dismiss_differences]
        values["dismiss_reasons"] = [reason for _, reason in terms.dismiss_differences]
        compute(connection, values)
        if terms.mode == "propose":
            for name in _PROPOSALS:
                run_file(connection, f"recon/{name}", values)
            run_file(connection, "recon/update_reduction_amounts", {**values, "as_of": terms.period_end})
        close_figures(connection, values)
        run = fetch_file(connection, "recon/select_run", values)[0]
        _require_dismissals(run, terms)
        checkpoint("reconcile.before_commit")
    checkpoint("reconcile.committed")
    return Outcome(
        run["run_no"],
        run["company_id"],
        run["period"],
        run["mode"],
        run["differences"],
        run["adjustments"],
        run["decisions"],
        run["proposed_events"],
    )


def _decide_entries(connection: Connection, terms: Terms, values: Mapping[str, object]) -> None:
    """Write down what the preparer says of entries of others; raises RS-157 where one is none of the undecided."""
    linked = tuple(link.row_id for link in terms.link_entries)
    wanted = len(terms.accept_entries) + len(terms.reverse_entries) + len(linked)
    decided = 0
    if wanted:
        # They look at every row of Sage.
        decided = run_file(connection, "recon/insert_foreign_decisions", values)
        decided += run_file(connection, "recon/insert_ledger_decisions", values)
    if decided != wanted:
        raise BadConfig(
            "RS-157",
            "an entry to accept, reverse or link is not an open entry of others by the period's end",
            record=", ".join(terms.accept_entries + terms.reverse_entries + linked),
            expected=f"{wanted} such rows in Sage",
            found=str(decided),
            do="take the row ids from mart.sage_difference, the lines to link to from mart.commitment_position",
        )


def proposal(connection: Connection, run_no: int) -> tuple[str, str]:
    """Give headline and Markdown text of what a run proposes, for the person who decides."""
    run = read_run(connection, run_no)
    values = {name: run[name] for name in ("company_id", "period", "run_no")} | {"most_rows": proposals.MOST_LINES}
    body = proposals.proposal_body(
        run,
        fetch_file(connection, "recon/select_bridge_totals", values),
        fetch_file(connection, "recon/select_differences", values),
        fetch_file(connection, "recon/select_adjustments", values),
        fetch_file(connection, "recon/select_foreign_decisions", values),
        fetch_file(connection, "recon/select_proposed_events", values),
        journal=fetch_file(connection, "recon/select_journals", values),
        releases=fetch_file(connection, "recon/select_accrual_releases", values),
        dismissals=fetch_file(connection, "recon/select_dismissals", values),
    )
    connection.commit()
    return proposals.proposal_subject(run), body


def store_decision(connection: Connection, run_no: int, decision: Decision, dag_id: str, dag_run_id: str) -> bool:
    """Write a decision down and carry it to what the run proposed; gives whether it was approved.

    Repeating it with the same answer has no effect, also when the month has been signed off since.

    Raises:
        NotApproved: RS-653 the run is not waiting for a decision (replaced by a newer one, or a preview); RS-654 what
            was proposed is not what the run recorded; RS-655 Sage or our books moved since; RS-650 a line to refuse is
            none of the proposal.
    """
    connection.commit()
    with connection.transaction():
        connection.execute(_DECISION_LOCK)
        run = read_run(connection, run_no)
        wanted = "approved" if decision.is_approved else "refused"
        # A run is `posted` once the proof of what was approved is signed.
        states = (wanted, "posted") if decision.is_approved else (wanted,)
        if run["state"] in states and run["approval_id"] is not None:
            return decision.is_approved
        if run["state"] != "proposed" or run["mode"] != "propose":
            raise NotApproved(
                "RS-653",
                "run does not wait for a decision",
                record=f"run {run_no}",
                expected="proposed",
                found=f"{run['mode']} {run['state']}",
                do="start the reconciliation anew and decide about that run",
            )
        now_hash = fetch_file(connection, "recon/select_proposal_hash", {"run_no": run_no})[0]["content_hash"]
        if now_hash != run["content_hash"]:
            raise NotApproved(
                "RS-654",
                "proposal differs from what was shown",
                record=f"run {run_no}",
                expected=run["content_hash"],
                found=str(now_hash),
                do="find out who changed recon tables, then start the reconciliation anew",
            )
        refused = _refused_lines(connection, run_no, decision)
        if decision.is_approved:
            _refuse_stale(connection, {**run, **refused})
        values = {
            **refused,
            **{key: run[key] for key in ("run_no", "company_id", "content_hash", "prepared_by")},
            "decided_by": decision.decided_by,
            "decision": wanted,
            "comment": decision.comment,
            "decided_at": decision.decided_at,
            "dag_id": dag_id,
            "dag_run_id": dag_run_id,
        }
        values["approval_id"] = fetch_file(connection, "recon/insert_approval", values)[0]["approval_id"]
        run_file(connection, "recon/insert_line_decisions", values)
        run_file(connection, "recon/update_run_decided", values)
        if decision.is_approved and run["releases"]:
            # What leaves job cost by it is known before the month can be proven.
            value_prices(connection, run["company_id"])
        checkpoint("decision.before_commit")
    checkpoint("decision.committed")
    return decision.is_approved


@contextmanager
def snapshot(connection: Connection) -> Iterator[None]:
    """One transaction that sees one state of all tables, whatever lands meanwhile."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        yield


def read_run(connection: Connection, run_no: int) -> dict[str, Any]:
    """Give a run with what it proposes in numbers; raises BrokenLaw RS-452 when there is none."""
    rows = fetch_file(connection, "recon/select_run", {"run_no": run_no})
    if not rows:
        raise BrokenLaw(
            "RS-452", "reconciliation run is gone", record=f"run {run_no}", do="start the reconciliation anew"
        )
    return rows[0]


def gather(connection: Connection, values: Mapping[str, object]) -> None:
    """Add up the books once for all figures of a run, in work tables that are gone at commit."""
    for name, columns in _WORK.items():
        table = sql.Identifier(f"work_{name}")
        connection.execute(_DROP.format(table))
        run_file(connection, f"recon/create_work_{name}", values)
        connection.execute(_ANALYZE.format(table, sql.SQL(", ").join(map(sql.Identifier, columns))))


def compute(connection: Connection, values: Mapping[str, object]) -> None:
    """Compute differences and bridges of a run inside the caller's transaction."""
    refresh_grown_statistics(connection, *_READ)
    gather(connection, values)
    # A proof dismisses nothing by itself.
    terms = {"dismiss_numbers": [], "dismiss_reasons": [], **values}
    for name in _FIGURES:
        run_file(connection, f"recon/{name}", terms)
    refresh_grown_statistics(connection, "recon.variance", "recon.difference")
    # Proposal and tie-out read the same positions of all lines, which take seconds.
    connection.execute("drop table if exists work_journal")
    run_file(connection, "recon/create_work_journal", values)


def close_figures(connection: Connection, values: Mapping[str, object]) -> dict[str, Any]:
    """Keep the tie-out on the run and bind the proposal to its hash; gives the tie-out."""
    run_file(connection, "recon/insert_run_accounts", values)
    tie_out = {
        "mirror": fetch_file(connection, "recon/select_mirror_tie_out", values),
        "promises": fetch_file(connection, "recon/select_ledger_tie_out", values)
        + fetch_file(connection, "recon/select_sage_tie_out", values)
        + fetch_file(connection, "recon/select_ledger_accounts_tie_out", values),
        "bridges": fetch_file(connection, "recon/select_bridge_totals", values),
        "differences": fetch_file(connection, "recon/select_difference_totals", values),
    }
    text = json.dumps(tie_out, default=str, sort_keys=True)
    run_file(connection, "recon/update_run_proposed", {**values, "tie_out": text})
    run_file(connection, "recon/update_run_hash", values)
    return tie_out


def _require_dismissals(run: Mapping[str, Any], terms: Terms) -> None:
    if run["dismissals"] != len(terms.dismiss_differences):
        raise BadConfig(
            "RS-157",
            "a difference to dismiss is none of our own lines that is open with the amounts it had",
            record=", ".join(str(number) for number, _ in terms.dismiss_differences),
            expected=f"{len(terms.dismiss_differences)} such differences",
            found=str(run["dismissals"]),
            do="take the numbers from mart.sage_difference; accept or reverse entries of others",
        )


def _refused_lines(connection: Connection, run_no: int, decision: Decision) -> dict[str, object]:
    refused: dict[str, object] = {
        "refused_lines": [line for line, _ in decision.refused],
        "refused_reasons": [reason for _, reason in decision.refused],
    }
    unknown = fetch_file(connection, "recon/select_unknown_lines", {"run_no": run_no, **refused})
    if unknown:
        raise NotApproved(
            "RS-650",
            "a line to refuse is none of the proposal",
            record=f"run {run_no}",
            expected="lines as the question shows them, such as A12",
            found=", ".join(row["line"] for row in unknown),
            do="clear the approval task and answer it with lines of this proposal",
        )
    return refused


def _refuse_stale(connection: Connection, run: Mapping[str, Any]) -> None:
    found = fetch_file(connection, "recon/select_stale_adjustments", run)
    stale = [{**row, "record": f"adjustment {row['adjustment_id']}"} for row in found]
    lines = fetch_file(connection, "recon/select_stale_journals", run) if run["scope"] == "period" else []
    stale += [{**row, "record": f"journal of {row['line']}"} for row in lines]
    changes = fetch_file(connection, "recon/select_stale_changes", run)
    stale += [{**row, "record": f"correction of {row['line']}"} for row in changes]
    if run["releases"]:
        values = {**run, "period_end": words.period_end(run["period"])}
        moved = fetch_file(connection, "recon/select_stale_releases", values)
        stale += [{**row, "record": f"accrual of {row['line']}"} for row in moved]
    if stale:
        raise NotApproved(
            "RS-655",
            "Sage or our books moved since the proposal",
            record=stale[0]["record"],
            expected=f"{stale[0]['amount']} still due",
            found=str(stale[0]["amount_due"]),
            do="start the reconciliation anew and decide about that run",
        )
