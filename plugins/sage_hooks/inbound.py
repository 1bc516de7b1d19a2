"""Inbound transfers: from a partner's folder into the warehouse, whole or not at all.

A data file with its `.ok` beside it is judged by its manifest (`sage_bridge.arrivals`), streamed into a temp table of
text while it is hashed and kept, judged as a whole by its suite (`inbound_gate`) and landed in one transaction together
with history, watermark and audit row. Whatever is refused lands nothing and says why in one sentence; it stays in its
folder and is tried again at every run until it lands or a later transfer takes its place. A crash anywhere leaves
either nothing or the whole landing; what was answered is answered again.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import psycopg

from sage_bridge.arrivals import check_manifest, extraction_time
from sage_bridge.errors import BadConfig, RefusedTransfer
from sage_bridge.transfers import Manifest
from sage_hooks import inbound_folder, inbound_gate, inbound_staging
from sage_hooks.checkpoint import checkpoint
from sage_hooks.inbound_landing import Context, land_staged, quarantined_transfers, record_kind, replay_quarantined
from sage_hooks.inbound_records import (
    Company,
    TransferOutcome,
    advance,
    has_open_transfer,
    judge_arrival,
    keep_raw,
    note_arrival,
    settle,
)
from sage_hooks.sealed_feeds import SealedFeeds
from sage_hooks.warehouse import away_is_transient, fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sage_bridge.arrivals import State
    from sage_bridge.csv_proof import Shape
    from sage_hooks.exchange import Exchange
    from sage_hooks.inbound_folder import Arrival, Source
    from sage_hooks.warehouse import Connection

ORDER = (
    "JOB", "EXTRA", "COSTCODE", "CATEGORY", "STDCODE", "STDCAT", "VENDOR", "ITEM", "COMMIT", "COMITEM", "COMCO",
    "COMCOITM", "PERIOD", "JCH", "JCT", "JCN", "GLT", "EVENT",
)  # fmt: skip
"""What is referred to comes first. History before current transactions: a row that moved is found where it went."""

PATIENCE = timedelta(hours=1)
"""How long a transfer waits for the one before it until a person is asked."""

PROVEN_FROM = 1_000
"""Rows from which on lines are looked at while they stream by; smaller files are judged in the warehouse alone."""

MANIFEST_LIMIT = 64 * 1024
_KIND_TO_STATE: dict[str, State] = {
    "duplicate": "duplicate",
    "park": "parked",
    "wait": "waiting_approval",
    "refuse": "refused",
    "superseded": "superseded",
    "contradiction": "quarantined",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Announced:
    """A file with its checked manifest."""

    path: str
    manifest: Manifest
    extracted_at: datetime


@away_is_transient
def take_transfers(
    connection: Connection, exchange: Source, company_id: str, flows: Sequence[str], environment: str
) -> list[TransferOutcome]:
    """Take every file of the given flows that waits in the company's folders, in order of dependency and number.

    Commits what `connection` has open, then uses transactions of its own. A refused file does not stop the others;
    its outcome says so (`require_landed` turns that into an error at the end). Rows that an earlier landing put into
    quarantine are tried again. Every outcome of a file is acknowledged in the company's `ack/` folder.

    Args:
        connection: the warehouse, as role pipeline.
        exchange: the SFTP server, or feeds that lie sealed in the warehouse.
        company_id: one company.
        flows: names of INBOUND feeds, in any order.
        environment: PROD or TEST; files of the other one are strays.

    Raises:
        BadConfig: RS-125 the company or a flow is unknown; RS-124 a suite is malformed.
        Transient: RS-901 or RS-902 the SFTP server or the warehouse went away; what is committed stays.
    """
    unknown = sorted(set(flows) - set(ORDER))
    if unknown:
        raise BadConfig("RS-125", "flow is unknown", record=", ".join(unknown), expected=", ".join(ORDER))
    outcomes: list[TransferOutcome] = []
    connection.commit()
    company = _company(connection, company_id, environment)
    by_folder: dict[str, list[Arrival]] = {}
    for flow in (one for one in ORDER if one in flows):
        folder = inbound_folder.partner_folder(company_id, flow)
        if folder not in by_folder:
            by_folder[folder], strays = inbound_folder.look(exchange, folder, company_id, environment)
            inbound_folder.record_strays(connection, company_id, folder, strays)
        arrivals = [arrival for arrival in by_folder[folder] if arrival.name.flow == flow]
        with _lane(connection, company_id, flow, environment):
            outcomes += _take_flow(connection, exchange, company, flow, arrivals)
    if isinstance(exchange, SealedFeeds):
        return outcomes
    for flow in flows:
        with _lane(connection, company_id, flow, environment):
            inbound_folder.acknowledge(connection, exchange, company_id, environment, flow)
    return outcomes


def require_landed(outcomes: Sequence[TransferOutcome]) -> None:
    """Raise RefusedTransfer when a transfer of this run needs a person: its sentence, or RS-200 with all of them."""
    reasons = [outcome.reason for outcome in outcomes if outcome.needs_person]
    if not reasons:
        return
    if len(reasons) == 1:
        code, _, sentence = reasons[0].partition(" ")
        raise RefusedTransfer(code, sentence)
    raise RefusedTransfer("RS-200", f"{len(reasons)} transfers need a person", found=" | ".join(reasons))


def take_event_files(connection: Connection, exchange: Exchange) -> int:
    """Take RunBlu's bulk event files of all companies that have the flow on; gives the number of new events.

    Raises:
        RefusedTransfer: after everything else has landed, when a file needs a person.
    """
    rows = fetch_file(connection, "core/select_companies_of_flow", {"flow": "material_events", "company_id": None})
    outcomes: list[TransferOutcome] = []
    for row in rows:
        company = fetch_file(connection, "core/select_company", row)[0]
        outcomes += take_transfers(connection, exchange, row["company_id"], ["EVENT"], company["environment"])
    require_landed(outcomes)
    return sum(outcome.rows_changed for outcome in outcomes)


def replay_rows(connection: Connection, company_id: str, environment: str) -> int:
    """Try every row in quarantine of every feed again, without looking for new files; gives how many rows landed.

    Raises:
        BadConfig: RS-125 the company is unknown.
    """
    connection.commit()
    company = _company(connection, company_id, environment)
    landed = 0
    for flow in (one for one in ORDER if one != "EVENT"):
        with _lane(connection, company_id, flow, environment):
            landed += _replay(connection, company, flow, [])
    return landed


def approve_transfer(
    connection: Connection, company_id: str, file_name: str, *, decided_by: str, comment: str, dag_id: str, run_id: str
) -> bool:
    """Keep a person's decision to take a transfer that waits because of a gap or of too few rows.

    The decision is bound to the content by its hash and allows nothing else. Gives False when no such transfer waits.
    """
    with connection.transaction():
        return bool(
            run_file(
                connection,
                "audit/insert_transfer_approval",
                {
                    "company_id": company_id,
                    "file_name": file_name,
                    "decided_by": decided_by,
                    "comment": comment,
                    "dag_id": dag_id,
                    "run_id": run_id,
                },
            )
        )


def _company(connection: Connection, company_id: str, environment: str) -> Company:
    with connection.transaction():
        rows = fetch_file(connection, "core/select_company", {"company_id": company_id})
    if not rows:
        raise BadConfig(
            "RS-125", "company is unknown", record=company_id, expected="a row of core.company", do="load its profile"
        )
    profile = rows[0]["profile"]
    limits, tolerances = profile.get("limits", {}), profile.get("tolerances", {})
    return Company(
        company_id=company_id,
        environment=environment,
        time_zone=rows[0]["time_zone"],
        shrink_pct=Decimal(tolerances.get("extract_shrink_pct", "5")),
        file_bytes=int(limits.get("file_bytes", 2_000_000_000)),
        file_rows=int(limits.get("file_rows", 10_000_000)),
        file_seconds=int(limits.get("file_seconds", 3_600)),
        masks=dict(profile.get("code_masks", {})),
    )


@contextmanager
def _lane(connection: Connection, company_id: str, flow: str, environment: str) -> Iterator[None]:
    """Hold a flow of a company: a second run waits, then finds everything done."""
    lane = f"inbound {company_id} {flow} {environment}"
    connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", (lane,))
    connection.commit()
    try:
        yield
    finally:
        if not connection.closed:
            connection.rollback()
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", (lane,))
            connection.commit()


def _take_flow(
    connection: Connection, exchange: Source, company: Company, flow: str, arrivals: list[Arrival]
) -> list[TransferOutcome]:
    waiting = inbound_folder.unsettled(connection, company.company_id, company.environment, arrivals)
    outcomes = []
    for arrival in waiting:
        outcome = _take(connection, exchange, company, arrival)
        level = logging.ERROR if outcome.needs_person else logging.INFO
        _log.log(level, "%s", outcome.reason or _in_words(outcome))
        outcomes.append(outcome)
    if flow != "EVENT":
        _replay(connection, company, flow, [outcome.transfer_id for outcome in outcomes])
    return outcomes


def _in_words(outcome: TransferOutcome) -> str:
    return (
        f"{outcome.file_name} {outcome.state}: {outcome.rows_landed} of {outcome.row_count} rows, "
        f"{outcome.rows_changed} changed, {outcome.rows_quarantined} in quarantine"
    )


def _take(connection: Connection, exchange: Source, company: Company, arrival: Arrival) -> TransferOutcome:
    outcome = TransferOutcome(
        arrival.name.flow, str(arrival.name), arrival.name.seq, arrival.name.rev, state="arrived", transfer_id=0
    )
    try:
        manifest = Manifest.from_bytes(
            exchange.read(arrival.manifest_path, MANIFEST_LIMIT, company.file_seconds), arrival.manifest_path
        )
        check_manifest(arrival.name, manifest, company.file_rows)
        extracted_at = extraction_time(arrival.name, manifest)
    except RefusedTransfer as refused:
        noted = note_arrival(connection, company, arrival, None)
        return settle(connection, company, replace(outcome, transfer_id=noted["transfer_id"]), "refused", refused)
    verdict = judge_arrival(connection, company, arrival, manifest)
    noted = note_arrival(connection, company, arrival, manifest)
    checkpoint("inbound.noted")
    outcome = replace(outcome, transfer_id=noted["transfer_id"], row_count=manifest.rows)
    if verdict.kind == "take":
        return _land(connection, exchange, company, _Announced(arrival.path, manifest, extracted_at), outcome)
    is_overdue = verdict.kind != "park" or noted["waiting"] > PATIENCE
    return settle(connection, company, outcome, _KIND_TO_STATE[verdict.kind], verdict.reason, is_overdue=is_overdue)


def _land(
    connection: Connection, exchange: Source, company: Company, announced: _Announced, outcome: TransferOutcome
) -> TransferOutcome:
    manifest = announced.manifest
    suite = inbound_gate.suite(manifest.flow)
    inbound_gate.warm_up()
    received = None
    try:
        with connection.transaction():
            received = inbound_staging.receive(
                connection,
                exchange,
                announced.path,
                suite.feed,
                manifest,
                byte_limit=company.file_bytes,
                seconds=company.file_seconds,
                line_shape=_line_shape(manifest),
            )
            checkpoint("inbound.received")
            if received.fault is not None:
                raise received.fault
            context = _context(connection, company, manifest, outcome)
            may_hold_controls = received.scan.may_hold_controls(manifest.rows + 1)
            landed = land_staged(
                connection, suite, manifest, context, may_hold_controls=may_hold_controls, proof=received.proof
            )
            keep_raw(connection, company, received.raw)
            if landed.refused is not None:
                return settle(connection, company, outcome, "refused", landed.refused, landed)
            advance(connection, company, manifest, announced.extracted_at)
            outcome = replace(
                outcome,
                rows_landed=landed.rows_landed,
                rows_changed=landed.rows_changed,
                rows_quarantined=landed.rows_quarantined,
            )
            outcome = settle(connection, company, outcome, "landed", None, landed)
            checkpoint("inbound.before_commit")
    except RefusedTransfer as refused:
        reason = refused
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        reason = RefusedTransfer(
            "RS-213",
            "warehouse does not take the rows",
            record=outcome.file_name,
            found=str(error).split("\n", 1)[0],
            do="report it: a rule of the suite is missing",
        )
    else:
        checkpoint("inbound.landed")
        return outcome
    with connection.transaction():
        if received is not None:
            keep_raw(connection, company, received.raw)
        return settle(connection, company, outcome, "refused", reason)


def _line_shape(manifest: Manifest) -> Shape | None:
    """Give what good lines look like, where there are enough of them to be worth the making of the expression."""
    is_worth_it = manifest.flow != "EVENT" and manifest.rows >= PROVEN_FROM
    return inbound_gate.line_shape(manifest.flow) if is_worth_it else None


def _context(connection: Connection, company: Company, manifest: Manifest, outcome: TransferOutcome) -> Context:
    return Context(
        company_id=company.company_id,
        time_zone=company.time_zone,
        masks=company.masks,
        transfer_id=outcome.transfer_id,
        file_name=outcome.file_name,
        zone=manifest.zone,
        is_complete=manifest.extent == "full" and manifest.flow != "EVENT",
        notes_gone=manifest.flow != "JCT" or not has_open_transfer(connection, company, "JCH"),
    )


def _replay(connection: Connection, company: Company, flow: str, just_taken: list[int]) -> int:
    """Try the rows again that earlier landings of a flow left in quarantine; gives how many landed."""
    left = 0
    with connection.transaction():
        rows = quarantined_transfers(connection, company.company_id, company.environment, flow, just_taken)
    for row in rows:
        context = Context(
            company_id=company.company_id,
            time_zone=company.time_zone,
            masks=company.masks,
            transfer_id=row["transfer_id"],
            file_name=row["file_name"],
            zone=row["zone"],
            is_complete=False,
        )
        with connection.transaction():
            landed = replay_quarantined(connection, inbound_gate.suite(flow), context, record_kind(flow))
            run_file(
                connection,
                "audit/update_transfer_replayed",
                {
                    "company_id": company.company_id,
                    "transfer_id": row["transfer_id"],
                    "landed": landed.rows_landed,
                    "changed": landed.rows_changed,
                },
            )
            checkpoint("inbound.replay_before_commit")
        checkpoint("inbound.replayed")
        left += landed.rows_landed
        if landed.rows_landed:
            _log.info("%s: %s rows left the quarantine", row["file_name"], landed.rows_landed)
    return left
