"""How extracts and events reach the warehouse: as files over SFTP, or by the very statements that land a file.

The second is some ten times faster and leaves out what the tests of the inbound already hold: manifest, hash, suite.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from psycopg import sql
from psycopg.types.json import Jsonb

from ops.companies import default_profile, store_profile
from sage_bridge.event_feed import INBOUND
from sage_hooks import inbound, ledger
from sage_hooks.inbound_landing import Context, run_landing
from sage_hooks.inbound_staging import create_stage, stage_views
from sage_hooks.warehouse import run_file
from tests.hooks.inbound_sender import Sender
from tests.hooks.outbox.home import GUARDED
from tests.hooks.outbox.place import COMPANY
from tests.laws import sage_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sage_hooks.warehouse import Connection
    from tests.hooks.outbox.home import Home
    from tests.laws.model_records import Event

MASTERS = frozenset(
    {
        "core.ap_rule", "core.category", "core.company", "core.cost_code", "core.item", "core.job", "core.vendor",
        "core.profile_version", "core.unit", "core.unit_spelling", "ledger.waiting_rule",
    }
)  # fmt: skip
"""What every history begins with."""
_transfers = itertools.count(1_000_000_000)
# When a file ended says whether a row of it was there before another file came.
_TRANSFER = b"""
insert into audit.transfer (
    transfer_id, company_id, flow, direction, environment, seq, rev, file_name, state, row_count, rows_landed,
    rows_quarantined, sha256, validation, finished_at, acknowledged_at
)
overriding system value
values (
    %(transfer_id)s, %(company_id)s, %(flow)s, 'in', %(environment)s, %(seq)s, 1, %(flow)s || ' ' || %(seq)s, 'landed',
    %(row_count)s, %(row_count)s, 0, %(sha256)s, '{"success": true}', now(), now()
)
"""


def empty(connection: Connection) -> None:
    """Forget all but masters; the append-only guards are lifted meanwhile, as no history may see another's rows."""
    connection.rollback()
    with connection.transaction():
        tables = [
            f"{row['place']}"
            for row in connection.execute(
                "select schemaname || '.' || tablename as place from pg_tables"
                " where schemaname in ('landing', 'core', 'ledger', 'outbox', 'audit', 'recon')"
            ).fetchall()
        ]
        for table in GUARDED:
            connection.execute(f"alter table {table} disable trigger append_only".encode())
        connection.execute("set local session_replication_role = replica")
        for table in sorted(set(tables) - MASTERS):
            connection.execute(f"delete from {table}".encode())  # noqa: S608 - names of the catalog
        connection.execute("set local session_replication_role = origin")
        for table in GUARDED:
            connection.execute(f"alter table {table} enable always trigger append_only".encode())


@dataclass
class Wire:
    """The way in for one history."""

    home: Home
    by_files: bool
    sender: Sender = field(init=False)
    sent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sender = Sender(self.home.connection, self.home.server)

    def open(self) -> None:
        """Empty the world and bring masters to their first state; a first time they are made."""
        connection = self.home.connection
        empty(connection)
        for path in self.home.server.root.glob(f"{COMPANY}/*/*"):
            path.unlink()
        # The oracle of cost lines knows no price variance; that has an oracle of its own (test_prices.py).
        profile = replace(default_profile(COMPANY), price_variance="in clearing")
        # Histories are small: one row less is more than the few percent an extract may shrink by without approval.
        with connection.transaction():
            store_profile(
                connection, replace(profile, tolerances=replace(profile.tolerances, extract_shrink_pct="100"))
            )
        self.land("JOB", sage_rows.jobs())
        self.land("COSTCODE", sage_rows.cost_codes())
        self.land("CATEGORY", sage_rows.categories())
        self.land("VENDOR", sage_rows.vendors())
        self.land("ITEM", sage_rows.items())
        self.land("COMMIT", sage_rows.commitments())

    def land(self, flow: str, rows: list[dict[str, str]]) -> None:
        """Bring a complete extract of a flow in."""
        if self.by_files:
            self.sent.append(self.sender.put(flow, rows))
            self._take("landed")
        else:
            self._land_by_statements(flow, rows)

    def events(self, events: Iterable[Event], *, as_file: bool) -> None:
        """Bring documents in, in this order, by the live inbox or as one bulk file."""
        documents = [sage_rows.document(event) for event in events]
        if as_file and self.by_files:
            self.sent.append(self.sender.put("EVENT", documents))
            self._take("landed")
            return
        connection = self.home.connection
        with connection.transaction():
            for document in documents:
                connection.execute(
                    "insert into ledger.event_inbox (company_id, event_id, document) values (%s, %s, %s)",
                    (COMPANY, document["event_id"], Jsonb(document)),
                )
        ledger.land_inbox(connection)

    def approve_counts(self, event_ids: Iterable[str]) -> None:
        """Have finance approve stock-take differences; once is enough."""
        connection = self.home.connection
        with connection.transaction():
            for event_id in sorted(event_ids):
                connection.execute(
                    "insert into ledger.count_decision (company_id, event_id, decided_by, reason)"
                    " select %(company)s, %(event)s, 'finance', 'counted twice'"
                    " where not exists (select from ledger.count_decision where event_id = %(event)s)",
                    {"company": COMPANY, "event": event_id},
                )

    def again(self) -> None:
        """Put every file there again, as a sender does who lost count of them: other times, other manifest bytes."""
        for name in self.sent:
            folder = self.sender.folder("from_runblu" if name.startswith("EVENT") else "from_sage")
            manifest = folder / f"{name}.ok"
            document = json.loads(manifest.read_bytes()) | {"possible_duplicate": True}
            manifest.write_text(json.dumps(document))
            os.utime(folder / name, (time.time() + 60, time.time() + 60))
        if self.sent:
            self._take("duplicate", "superseded")

    def _take(self, *states: str) -> None:
        outcomes = inbound.take_transfers(
            self.home.connection, self.home.exchange, COMPANY, inbound.ORDER, self.sender.environment
        )
        assert {outcome.state for outcome in outcomes} <= set(states), outcomes

    def _land_by_statements(self, flow: str, rows: list[dict[str, str]]) -> None:
        connection, feed = self.home.connection, INBOUND[flow]
        transfer_id = next(_transfers)
        context = Context(COMPANY, "UTC", {}, transfer_id, f"{flow} {transfer_id}", "UTC", is_complete=True)
        mark = {
            "company_id": COMPANY, "flow": flow, "environment": "PROD", "seq": transfer_id, "rev": 1, "sha256": "",
            "row_count": len(rows), "extracted_at": "2026-03-01T00:00:00Z",
        }  # fmt: skip
        with connection.transaction():
            create_stage(connection, feed)
            columns = sql.SQL(", ").join(map(sql.Identifier, feed.names))
            marks = sql.SQL(", ").join([sql.Placeholder()] * len(feed.names))
            with connection.cursor() as cursor:
                cursor.executemany(
                    sql.SQL("insert into staged ({}) values ({})").format(columns, marks),
                    [[row.get(name) or None for name in feed.names] for row in rows],
                )
            stage_views(connection, feed)
            run_landing(connection, flow, context)
            connection.execute(_TRANSFER, {**mark, "transfer_id": transfer_id})
            run_file(connection, "audit/merge_watermark", mark)
