"""Material events: landing them in the chained log, tagging and valuing them. The rules are in include/sql/ledger."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from psycopg import sql

from sage_bridge.conversions import Said, quantities
from sage_bridge.layers import Codes, Movement, walk
from sage_hooks.checkpoint import checkpoint
from sage_hooks.sql_files import statement
from sage_hooks.warehouse import away_is_transient, fetch_file, refresh_statistics, run_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sage_hooks.warehouse import Connection

CHAIN_BATCH_SIZE = 10_000
"""Events under one Merkle root: one event is proved with 14 hashes, one batch is verified in about 0.1 s."""

_DRAWS_HELD = 100_000
"""Draws the walk keeps before it copies them to the database: memory stays bounded."""

_LANDING_LOCK = "select pg_advisory_xact_lock(hashtext('sage-bridge ledger landing'))"
_VALUATION_LOCK = "select pg_advisory_xact_lock(hashtext('sage-bridge valuation'))"
_COPY = sql.SQL("copy {} from stdin")
_INDEX = sql.SQL("create index on {} ({})")

_LINES = (
    ("work_touch", ()),
    ("work_item", (("company_id", "event_id"),)),
    ("work_line", (("company_id", "commitment", "item_number"), ("line_no",))),
)
_CANDIDATES = (
    ("work_cost", (("line_no", "seg"),)),
    ("work_candidate", ()),
)
_EVENTS = (
    ("work_event", (("component", "event_id"), ("company_id", "event_id"))),
    ("work_mapping", (("component", "event_id"),)),
    ("work_draw", (("component", "event_id"), ("component", "layer_event_id"))),
)
_STEP_INDEXES = (("line_no", "k"), ("line_no", "layer_event_id"))
_VALUES = (
    ("work_step", _STEP_INDEXES),
    ("work_layer", _STEP_INDEXES),
    ("work_share", ()),
    ("work_place", ()),
    ("work_entry", ()),
)

_WORK_TABLES = ("work_wait", "work_quantity", *(table for table, _ in (*_LINES, *_CANDIDATES, *_EVENTS, *_VALUES)))


@dataclass(frozen=True, slots=True)
class Landing:
    """What one landing did: new events, repeats without effect, documents refused into exceptions."""

    landed: int
    repeated: int
    refused: int


@dataclass(frozen=True, slots=True)
class Valuation:
    """What one valuation did: lines looked at, their events, entries recorded, events that wait afterwards."""

    lines: int
    events: int
    entries: int
    waiting: int


def land_staged_events(connection: Connection, company_id: str, transfer_id: int | None = None) -> Landing:
    """Land the documents of temp table `staged_event` (one company) inside the caller's transaction.

    A document already held under the same id and content has no effect; the same id with other content, or a
    document that breaks a rule of its form, becomes an exception with its payload. New events are chained.
    """
    connection.execute(_LANDING_LOCK)
    connection.execute("drop table if exists typed_event")
    run_file(connection, "ledger/create_typed_event")
    run_file(connection, "ledger/update_typed_event_repeats")
    repeated = connection.execute("select count(*) as n from typed_event where rule = 'repeat'").fetchone()
    refused = run_file(connection, "ledger/insert_document_exceptions", {"transfer_id": transfer_id})
    landed = run_file(
        connection,
        "ledger/insert_material_events",
        {"company_id": company_id, "batch_size": CHAIN_BATCH_SIZE, "transfer_id": transfer_id},
    )
    if landed:
        connection.execute("select ledger.append_chain_heads(%s)", (company_id,))
        run_file(connection, "ledger/insert_event_tags", {"company_id": company_id})
        refresh_statistics(connection, landed, "ledger.material_event", "ledger.event_tag")
    run_file(connection, "ledger/update_document_exceptions_cured")
    return Landing(landed, repeated["n"] if repeated else 0, refused)


@away_is_transient
def land_inbox(connection: Connection, limit: int = 50_000) -> dict[str, Landing]:
    """Take the waiting documents of the live inbox, oldest first, in one transaction for all companies.

    Returns:
        What happened, per company.
    """
    with connection.transaction():
        connection.execute(_LANDING_LOCK)
        run_file(connection, "ledger/create_staged_event")
        run_file(connection, "ledger/insert_staged_event_from_inbox", {"document_limit": limit})
        checkpoint("ledger.inbox_taken")
        companies = [
            row["company_id"]
            for row in connection.execute("select distinct company_id from staged_event order by 1").fetchall()
        ]
        outcome = {}
        for company_id in companies:
            outcome[company_id] = land_staged_events(connection, company_id)
        checkpoint("ledger.landing_before_commit")
    checkpoint("ledger.landed")
    return outcome


@away_is_transient
def replay_documents(connection: Connection, company_id: str) -> Landing:
    """Try the refused documents of a company again, in one transaction: what is good now lands.

    The others stay refused under the rule they have, with one more attempt counted. A document without an id of its own
    cannot become good here and is left alone.
    """
    with connection.transaction():
        connection.execute(_LANDING_LOCK)
        run_file(connection, "ledger/create_staged_event")
        connection.execute("delete from staged_event")
        run_file(connection, "ledger/insert_staged_event_from_exceptions", {"company_id": company_id})
        connection.execute("drop table if exists typed_event")
        run_file(connection, "ledger/create_typed_event")
        run_file(connection, "ledger/update_typed_event_repeats")
        refused = run_file(connection, "ledger/update_document_attempts", {"company_id": company_id})
        run_file(connection, "ledger/delete_staged_events_refused")
        landing = land_staged_events(connection, company_id)
    return Landing(landing.landed, landing.repeated, refused)


def lock_valuation(connection: Connection) -> None:
    """Keep valuations out until the transaction ends, so that what they write is read as of one moment."""
    connection.execute(_VALUATION_LOCK)


@away_is_transient
def value_events(connection: Connection) -> Valuation:
    """Tag and value everything new or touched, in one transaction; running it again at once records nothing.

    The value of every event is a function of the events and change orders known (domain 4); what is recorded is
    the difference to what was recorded before.
    """
    with connection.transaction():
        lock_valuation(connection)
        # Within a caller's longer transaction the tables of an earlier valuation are still there.
        connection.execute(("drop table if exists " + ", ".join(_WORK_TABLES)).encode())
        while run_file(connection, "ledger/update_event_tags_by_reference"):
            pass
        _create(connection, _LINES)
        has_lines = bool(connection.execute("select from work_line limit 1").fetchall())
        if has_lines:
            _value_lines(connection)
        else:
            # Most calls find nothing new: forty statements about no line would take a hundred times what this takes.
            connection.execute("create temporary table work_event (like ledger.event_tag) on commit drop")
        valuation = fetch_file(connection, "ledger/insert_valuation")[0]
        entries = _record(connection, valuation) if has_lines else 0
        run_file(connection, "ledger/update_event_tags_refused")
        run_file(connection, "ledger/update_event_tags_unplaced")
        run_file(connection, "ledger/update_event_tags_withdrawn")
        run_file(connection, "ledger/update_event_exceptions_cured")
        waiting = run_file(connection, "ledger/insert_event_exceptions")
        run_file(connection, "ledger/delete_touched_lines")
        run_file(connection, "ledger/update_valuation", {**valuation, "entry_count": entries})
        checkpoint("ledger.valuation_before_commit")
    checkpoint("ledger.valued")
    return Valuation(valuation["line_count"], valuation["event_count"], entries, waiting)


def _create(connection: Connection, tables: Sequence[tuple[str, Sequence[Sequence[str]]]]) -> None:
    for table, indexes in tables:
        run_file(connection, f"ledger/create_{table}")
        for columns in indexes:
            create_index(connection, table, columns)
        connection.execute(f"analyze {table}".encode())


def _value_lines(connection: Connection) -> None:
    """Work out what the lines at work are worth."""
    _create(connection, _CANDIDATES)
    are_rounded = _count_fractions(connection)
    _create(connection, _EVENTS)
    _walk_components(connection)
    if are_rounded:
        run_file(connection, "ledger/update_work_events_taken")
    checkpoint("ledger.valuation_walked")
    _create(connection, _VALUES)


def _record(connection: Connection, valuation: Mapping[str, Any]) -> int:
    """Record what that differs by from what is recorded; gives the new entries."""
    entries = run_file(connection, "ledger/insert_value_entries", valuation)
    checkpoint("ledger.valuation_entered")
    run_file(connection, "ledger/update_event_tags")
    run_file(connection, "ledger/delete_layer_movements")
    moved = run_file(connection, "ledger/insert_layer_movements")
    refresh_statistics(connection, moved, "ledger.layer_movement")
    refresh_statistics(connection, entries, "ledger.event_tag", "ledger.value_entry")
    return entries


def create_index(connection: Connection, table: str, columns: Sequence[str]) -> None:
    """Index a working table."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    connection.execute(_INDEX.format(sql.Identifier(table), names))


def _count_fractions(connection: Connection) -> bool:
    """Let what was said in other units add up on the lines where four places cannot hold it; False = there are none."""
    run_file(connection, "ledger/create_work_quantity")
    counted: list[tuple[object, ...]] = []
    are_rounded = False
    with connection.cursor(name="said_quantities") as events:
        events.itersize = 10_000
        events.execute(statement("ledger/select_said_quantities").encode())
        for _, rows in groupby(events, key=lambda row: row["component"]):
            are_rounded, known = True, {row["event_id"]: row for row in rows}
            for event_id, quantity in quantities(map(_said, known.values())):
                if quantity != known[event_id]["quantity"]:
                    counted.append((known[event_id]["company_id"], event_id, quantity))
            if len(counted) > _DRAWS_HELD:
                _copy(connection, "work_quantity", counted)
    if are_rounded:
        _copy(connection, "work_quantity", counted)
        run_file(connection, "ledger/update_work_candidates_counted")
    return are_rounded


def _said(row: Mapping[str, Any]) -> Said:
    factor = Fraction(row["numerator"]) / Fraction(row["denominator"]) if row["numerator"] is not None else 1
    exact = Fraction(row["said_quantity"]) * factor
    return Said(row["event_id"], row["effect"], row["line_no"], exact, row["names"])


def _copy(connection: Connection, table: str, rows: list[tuple[object, ...]]) -> None:
    """Copy rows to a working table and forget them."""
    with connection.cursor() as writer, writer.copy(_COPY.format(sql.Identifier(table))) as copy:
        for row in rows:
            copy.write_row(row)
    rows.clear()


def _walk_components(connection: Connection) -> None:
    """Walk the components that set-wise arithmetic left out; streams them one by one, memory stays with the largest."""
    run_file(connection, "ledger/create_work_wait")
    draws: list[tuple[object, ...]] = []
    waits: list[tuple[object, ...]] = []

    def flush() -> None:
        _copy(connection, "work_draw", draws)
        _copy(connection, "work_wait", waits)

    with connection.cursor(name="walk_movements") as movements:
        movements.itersize = 10_000
        movements.execute(statement("ledger/select_walk_movements").encode())
        for component, rows in groupby(movements, key=lambda row: row["component"]):
            made, waiting = walk(map(_movement, rows))
            draws.extend((d.line_no, component, *d[1:7], *(d.codes or (None, None, None, None)), *d[8:]) for d in made)
            waits.extend((component, event_id, rule) for event_id, rule in waiting.items())
            if len(draws) > _DRAWS_HELD:
                flush()
    flush()
    run_file(connection, "ledger/update_work_events_waiting")


def _movement(row: Mapping[str, Any]) -> Movement:
    # Of a transfer, codes that are said or mapped are those at the receiver.
    own = row["source"] == "event" or (row["effect"] == "transfer" and row["source"] is not None)
    line = (row["line_job"], row["line_extra"], row["line_cost_code"], row["line_category"])
    found = (row["job"], row["extra"], row["cost_code"], row["category"])
    return Movement(
        event_id=row["event_id"],
        event_type=row["event_type"],
        effect=row["effect"],
        quantity=row["quantity"],
        line_no=row["line_no"],
        layer_event_id=row["layer_event_id"],
        owner_event_id=row["owner_event_id"],
        own_codes=Codes(*found) if own else None,
        line_codes=Codes(*line) if line[0] and line[2] else None,
        wanted_job=row["wanted_job"],
        wanted_cost_code=row["wanted_cost_code"],
        standard_item=row["standard_item"],
        location=row["location"],
        line_job=row["line_job"] or "",
        to_job=row["to_job"],
        to_location=row["to_location"],
        mapped={job: given[0] or Codes(job, *given[1:]) for job, given in (row["mapped"] or {}).items()},
        is_rounded=row["is_rounded"],
    )
