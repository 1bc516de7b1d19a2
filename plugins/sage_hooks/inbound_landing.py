"""What happens to a staged transfer inside its one transaction: counted, judged, then landed whole or not at all."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.types.json import Jsonb

from sage_bridge import rule_sql
from sage_bridge.errors import RefusedTransfer
from sage_bridge.suites import FILE_KINDS
from sage_hooks import inbound_gate, ledger
from sage_hooks.inbound_staging import create_stage, stage_views
from sage_hooks.warehouse import fetch_file, refresh_statistics, run_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sage_bridge.csv_proof import Proof
    from sage_bridge.rule_sql import Compiled
    from sage_bridge.suites import Rule, Suite
    from sage_bridge.transfers import Manifest
    from sage_hooks.inbound_gate import Judgement
    from sage_hooks.warehouse import Connection

LANDINGS: dict[str, tuple[str, ...]] = {
    "JOB": ("core/merge_jobs",),
    "EXTRA": ("core/merge_extras",),
    "COSTCODE": ("core/merge_cost_codes",),
    "CATEGORY": ("core/merge_categories",),
    "STDCODE": ("core/merge_standard_cost_codes",),
    "STDCAT": ("core/merge_standard_categories",),
    "VENDOR": ("core/merge_vendors",),
    "ITEM": ("core/merge_items",),
    "COMMIT": ("core/merge_commitments",),
    "COMITEM": ("core/merge_commitment_items", "ledger/insert_touched_lines_of_commitment_items"),
    "COMCO": ("core/merge_change_orders", "ledger/insert_touched_lines_of_change_orders"),
    "COMCOITM": ("core/merge_change_order_items", "ledger/insert_touched_lines_of_change_order_items"),
    "PERIOD": ("core/merge_fiscal_periods",),
    "JCH": ("core/merge_job_cost_transactions",),
    "JCT": ("core/merge_job_cost_transactions",),
    "JCN": ("core/merge_job_cost_transactions",),
    "GLT": ("core/merge_ledger_transactions",),
}
"""Statements that land a feed, in order; the first one's count is the number of rows that changed."""

_TABLES: dict[str, str] = {
    "CATEGORY": "core.category",
    "COSTCODE": "core.cost_code",
    "COMMIT": "core.commitment",
    "COMITEM": "core.commitment_item",
    "COMCO": "core.change_order",
    "COMCOITM": "core.change_order_item",
    "JCT": "core.job_cost_transaction",
}
"""Tables that grow enough in one landing for the planner to be told at once."""

SOURCES = {"JCT": "CURRENT", "JCH": "HISTORY", "JCN": "NEW"}
NOTES_GONE = frozenset({"JCT", "JCN"})
"""Feeds whose complete extract tells that a row is gone; history only grows, all others never lose rows by absence."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Context:
    """Where a transfer belongs: company, its clock, and the record it is kept under."""

    company_id: str
    time_zone: str
    masks: Mapping[str, str]
    transfer_id: int
    file_name: str
    zone: str
    is_complete: bool
    notes_gone: bool = True


@dataclass(frozen=True, slots=True)
class Landed:
    """What a transfer came to: rows landed, changed and kept out; `refused` when none of it landed."""

    rows_landed: int = 0
    rows_changed: int = 0
    rows_quarantined: int = 0
    validation: dict[str, Any] | None = None
    refused: RefusedTransfer | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What the checks of a staged transfer found: the judgement, violations by rule, control totals that differ."""

    judgement: Judgement
    counts: Mapping[str, int]
    differences: list[str]
    row_count: int


def land_staged(
    connection: Connection,
    suite: Suite,
    manifest: Manifest,
    context: Context,
    *,
    may_hold_controls: bool,
    proof: Proof | None = None,
) -> Landed:
    """Judge what is staged and land it, inside the caller's transaction.

    A refused transfer leaves its broken rows as exceptions and nothing else. Raises psycopg errors of the landing
    statements; the caller rolls back.
    """
    judged = judge_staged(connection, suite, manifest, context, may_hold_controls=may_hold_controls, proof=proof)
    judgement = judged.judgement
    if judgement.refused:
        refused = _refusal(connection, context, judgement, judged.counts, judged.differences)
        _keep_exceptions(connection, suite, context, [rule for rule in suite.rules if rule.severity != "info"])
        return Landed(rows_quarantined=0, validation=judgement.result, refused=refused)
    return _land(connection, suite, context, judgement, judged.row_count)


def judge_staged(
    connection: Connection,
    suite: Suite,
    manifest: Manifest,
    context: Context,
    *,
    may_hold_controls: bool,
    proof: Proof | None = None,
) -> Judged:
    """Hold what is staged against all promises of its suite; the broken rows are in `staged_violation` afterwards."""
    stage_views(connection, suite.feed)
    figures = _figures(connection, suite)
    counts = _count(connection, suite, context, may_hold_controls=may_hold_controls, proof=proof)
    differences = _differences(manifest, figures)
    kept_out = _rows_kept_out(connection, suite)
    for rule in suite.rules:
        if rule.kind == "control_totals":
            counts[rule.name] = len(differences)
        if rule.kind == "quarantine_share":
            counts[rule.name] = max(0, kept_out - suite.allowed(manifest.rows))
    judgement = inbound_gate.judge(suite, counts, manifest.rows)
    return Judged(judgement, counts, differences, int(figures["row_count"]))


def replay_quarantined(connection: Connection, suite: Suite, context: Context, record_kind: str) -> Landed:
    """Try the quarantined rows of one landed transfer again, inside the caller's transaction.

    Rows whose cause is cured land, the others stay with one more attempt counted. Nothing is judged by Great
    Expectations where every row is still broken, since nothing could land.
    """
    create_stage(connection, suite.feed)
    names = suite.feed.names
    values = sql.SQL(", ").join(sql.SQL("q.payload ->> {}").format(sql.Literal(name)) for name in names)
    row_count = connection.execute(
        sql.SQL(
            "insert into staged ({}) select {} from (select distinct on (record_key) payload from audit.exception "
            "where company_id = %s and record_kind = %s and transfer_id = %s and closed_at is null "
            "and jsonb_typeof(payload) = 'object' order by record_key, exception_id) as q"
        ).format(sql.SQL(", ").join(map(sql.Identifier, names)), values),
        (context.company_id, record_kind, context.transfer_id),
    ).rowcount
    stage_views(connection, suite.feed)
    counts = _count(connection, suite, context, may_hold_controls=True)
    if _rows_kept_out(connection, suite, severities=("critical", "warning")) >= row_count:
        _keep_exceptions(connection, suite, context, [rule for rule in suite.rules if rule.severity != "info"])
        return Landed(rows_quarantined=row_count)
    judgement = inbound_gate.judge(suite, counts, row_count)
    if judgement.refused:
        _keep_exceptions(connection, suite, context, [rule for rule in suite.rules if rule.severity != "info"])
        return Landed(rows_quarantined=row_count, validation=judgement.result)
    return _land(connection, suite, context, judgement, row_count)


def _figures(connection: Connection, suite: Suite) -> dict[str, Any]:
    return connection.execute(*_statement(rule_sql.control_totals(suite.feed))).fetchone() or {}


def _statement(compiled: Compiled, **more: object) -> tuple[bytes, dict[str, Any]]:
    return compiled.text.encode(), {**compiled.parameters, **more}


def _count(
    connection: Connection, suite: Suite, context: Context, *, may_hold_controls: bool, proof: Proof | None = None
) -> dict[str, int]:
    """Bring codes into the mirror's spelling and count the violations of every row rule."""
    references_hold = False
    if suite.flow != "EVENT":
        if proof is None or proof.suspects:
            connection.execute(*_statement(rule_sql.trim(suite.feed, proof)))
        unmatched, respelled = _spell(connection, suite, context)
        references_hold = unmatched == 0
        if respelled:
            # What the bytes have shown is not what stands in these rows any more.
            proof = None
    rules = rule_sql.row_rules(
        suite, context.masks, may_hold_controls=may_hold_controls, proof=proof, references_hold=references_hold
    )
    rows = connection.execute(*_statement(rules, company_id=context.company_id)).fetchall()
    return {row["rule"]: row["violations"] for row in rows}


def _spell(connection: Connection, suite: Suite, context: Context) -> tuple[int, int]:
    """Write codes as the mirror does; gives the rows whose code it does not have as it came, and those changed."""
    unmatched = respelled = 0
    for compiled in rule_sql.spellings(suite):
        row = connection.execute(*_statement(compiled, company_id=context.company_id)).fetchone() or {}
        unmatched += row["unmatched"]
        respelled += row["respelled"]
    return unmatched, respelled


def _rows_kept_out(connection: Connection, suite: Suite, severities: tuple[str, ...] = ("warning",)) -> int:
    names = [rule.name for rule in suite.rules if rule.severity in severities and rule.is_about_rows]
    row = connection.execute(
        "select count(distinct row_no) as n from staged_violation where rule = any(%s)", (names,)
    ).fetchone()
    return int(row["n"]) if row else 0


def _differences(manifest: Manifest, figures: Mapping[str, Any]) -> list[str]:
    """Name the control totals of the manifest that the staged rows do not have."""
    told = {
        "rows": (manifest.rows, figures["row_count"]),
        "debit": (Decimal(manifest.debit), figures["debit"]),
        "credit": (Decimal(manifest.credit), figures["credit"]),
        "net": (Decimal(manifest.net), figures["debit"] - figures["credit"]),
        "key hash total": (manifest.key_hash_total, str(figures["key_hash_total"])),
    }
    return [f"{name} {expected} but {found}" for name, (expected, found) in told.items() if expected != found]


def _refusal(
    connection: Connection, context: Context, judgement: Judgement, counts: Mapping[str, int], differences: list[str]
) -> RefusedTransfer:
    rows = [rule for rule in judgement.refused if rule.kind not in FILE_KINDS]
    if not rows and differences:
        return RefusedTransfer(
            "RS-207",
            "content does not have the control totals of its manifest",
            record=context.file_name,
            expected="what the manifest says",
            found="; ".join(differences),
            do="have the sender extract again; both sides must read the file alike",
        )
    # Too many rows in quarantine: the rule most of them break is the cause a person has to know.
    causes = rows or sorted(judgement.quarantining, key=lambda rule: -counts[rule.name])
    rule = causes[0]
    first = connection.execute(
        "select row_no, found from staged_violation where rule = %s order by row_no limit 1", (rule.name,)
    ).fetchone() or {"row_no": "?", "found": ""}
    limit = "" if rows else ", more rows than may be quarantined"
    return RefusedTransfer(
        "RS-208",
        f"transfer breaks the promise {rule.name}{limit}",
        record=f"{context.file_name}, row {first['row_no']}",
        expected=rule.promise,
        found=f"{first['found']!r}, {counts[rule.name]} rows in all",
        do=rule.remedy,
    )


def _land(connection: Connection, suite: Suite, context: Context, judgement: Judgement, row_count: int) -> Landed:
    rules = list(judgement.quarantining)
    quarantined = run_file(connection, "landing/insert_staged_quarantine", {"rules": [rule.name for rule in rules]})
    _keep_exceptions(connection, suite, context, rules)
    run_file(
        connection,
        "audit/update_row_exceptions_cured",
        {
            "company_id": context.company_id,
            "record_kind": record_kind(suite.flow),
            "closed_by": context.file_name,
            "is_full": context.is_complete,
        },
    )
    changed, refused_rows = run_landing(connection, suite.flow, context)
    quarantined += refused_rows
    for rule in judgement.broken:
        if rule.severity == "info":
            _log.info("%s: %s (%s)", context.file_name, rule.promise, rule.name)
    return Landed(row_count - quarantined, changed, quarantined, judgement.result)


def run_landing(connection: Connection, flow: str, context: Context) -> tuple[int, int]:
    """Land what is `landable` inside the caller's transaction: rows that changed, rows the event log refused."""
    parameters = {
        "company_id": context.company_id,
        "transfer_id": context.transfer_id,
        "zone": context.zone,
        "time_zone": context.time_zone,
        "source": SOURCES.get(flow, ""),
    }
    if flow == "EVENT":
        run_file(connection, "ledger/create_staged_event")
        connection.execute("delete from staged_event")
        run_file(connection, "landing/insert_staged_event", parameters)
        landing = ledger.land_staged_events(connection, context.company_id, context.transfer_id)
        return landing.landed, landing.refused
    changed, *_ = [run_file(connection, name, parameters) for name in LANDINGS[flow]]
    if flow in _TABLES:
        refresh_statistics(connection, changed, _TABLES[flow])
    if flow in NOTES_GONE and context.is_complete and context.notes_gone:
        changed += run_file(connection, "core/update_gone_transactions", parameters)
    return changed, 0


def record_kind(flow: str) -> str:
    """Give the kind under which broken rows of a flow stand among the exceptions."""
    return "event_document" if flow == "EVENT" else flow


def _keep_exceptions(connection: Connection, suite: Suite, context: Context, rules: list[Rule]) -> None:
    words = [{"name": rule.name, "promise": rule.promise, "remedy": rule.remedy} for rule in rules]
    connection.execute("drop table if exists staged_exception")
    run_file(
        connection,
        "audit/create_staged_exception",
        {"rules": Jsonb(words), "file_name": context.file_name, "empty_key": "/" * (len(suite.feed.key) - 1)},
    )
    run_file(
        connection,
        "audit/insert_row_exceptions",
        {
            "company_id": context.company_id,
            "record_kind": record_kind(suite.flow),
            "owner": suite.owner,
            "transfer_id": context.transfer_id,
        },
    )


def quarantined_transfers(
    connection: Connection, company_id: str, environment: str, flow: str, just_taken: list[int]
) -> list[dict[str, Any]]:
    """Give the landed transfers of a flow that left rows in quarantine, but for those just taken."""
    return fetch_file(
        connection,
        "audit/select_quarantined_transfers",
        {
            "company_id": company_id,
            "environment": environment,
            "flow": flow,
            "record_kind": record_kind(flow),
            "just_taken": just_taken,
        },
    )
