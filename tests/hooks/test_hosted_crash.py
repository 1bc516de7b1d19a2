"""Workers of a hosted link are killed at every named point while the service errs: nothing is lost, nothing doubled."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import traceback
from collections import Counter
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from ops.companies import default_profile, store_profile
from sage_hooks import ledger, outbox
from sage_hooks.checkpoint import CHECKPOINTS, HOSTED_CHECKPOINTS, VARIABLE
from sage_hooks.hosted_answers import take_hosted_answers
from sage_hooks.hosted_deliver import deliver_hosted
from sage_hooks.hosted_pull import take_hosted
from sage_hooks.inbound import require_landed
from sage_hooks.warehouse import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from sage_hooks.warehouse import Connection
    from tests.hooks.hosted_company import Company

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
READING = (
    "hosted.page_read", "hosted.cursor_before_commit", "hosted.cursor_committed", "hosted.items_kept",
    "hosted.derived_before_commit", "hosted.derived", "hosted.feed_before_commit", "hosted.feed_sealed",
)  # fmt: skip
WRITING = (
    "hosted.bodies_before_commit", "hosted.bodies_stored", "hosted.before_create", "hosted.created",
    "hosted.create_noted", "hosted.before_submit", "hosted.submitted", "hosted.submit_noted", "hosted.looked_up",
    "hosted.sent_before_commit", "hosted.sent",
)  # fmt: skip
HEARING = (
    "hosted.polled", "hosted.result_before_commit", "hosted.result_noted", "hosted.ack_kept", "hosted.answered",
)  # fmt: skip
FAULTS = ("error-before", "error-after", "timeout-after", "broken-after", "too-many")
STEPS = ("direct-costs", "synchronize")
COMMITMENT_FLOWS = ("COMMIT", "COMITEM", "COMCO", "COMCOITM")
PATIENCE_SECONDS = 0.7
LINES_PER_BATCH = 2
LINE = ("--commitment", "PO-26-0101", "--item", "1")


ROWS = """
select Job, Extra, Cost_Code, Category, Amount, Ref_1, Transaction_Type, Commitment_Line_Item
from JCT_NEW__TRANSACTION
union all
select Job, Extra, Cost_Code, Category, Amount, Ref_1, Transaction_Type, Commitment_Line_Item
from JCT_CURRENT__TRANSACTION
union all
select Job, Extra, Cost_Code, Category, Amount, Ref_1, Transaction_Type, Commitment_Line_Item
from JCT_HISTORY__TRANSACTION
"""
DOCUMENTS = "select Body from SANDBOX_API_WRITE where Kind = 'document'"


class Work:
    """What workers of one company do, each with connections of its own."""

    def __init__(self, company: Company) -> None:
        self.company, self.hosted, self.dsn = company, company.hosted, company.dsn

    def read(self, connection: Connection) -> None:
        with self.hosted.api() as api:
            require_landed(take_hosted(connection, api, "AW", COMMITMENT_FLOWS))

    def send(self, connection: Connection, flow: str = "DC") -> None:
        with self.hosted.api(seconds=PATIENCE_SECONDS) as api:
            while deliver_hosted(connection, api, "AW", flow).is_busy:
                pass

    def hear(self, connection: Connection) -> None:
        with self.hosted.api() as api:
            take_hosted_answers(connection, api, "AW")

    def do(self, work: Callable[[Connection], None]) -> None:
        with connect(self.dsn) as connection:
            work(connection)

    def kill_at(self, point: str, work: Callable[[Connection], None]) -> None:
        """Let a worker die at a point; one that never comes there has proved nothing."""
        pid = os.fork()
        if pid == 0:
            os.environ[VARIABLE] = point
            try:
                self.do(work)
            except BaseException:  # noqa: BLE001 - a forked child must not go on as its parent
                traceback.print_exc()
            os._exit(70)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, f"no worker came to {point}"


def test_the_points_of_files_and_of_hosted_links_are_two_groups() -> None:
    assert sorted(READING + WRITING + HEARING) == sorted(HOSTED_CHECKPOINTS)
    assert set(CHECKPOINTS).isdisjoint(HOSTED_CHECKPOINTS)


def test_killed_at_every_point_sage_holds_every_line_once(company_served: Company) -> None:
    warehouse, hosted, work = company_served.warehouse, company_served.hosted, Work(company_served)
    profile = default_profile("AW")
    serves = tuple(one for one in profile.hosted.serves if one != "change_orders")
    link = replace(profile.hosted, serves=serves, settle_seconds=0)
    limits = replace(profile.limits, batch_lines=LINES_PER_BATCH)
    store_profile(warehouse, replace(profile, hosted=link, limits=limits))
    outbox.seal_costs(warehouse, "AW")

    for point in READING:
        # Change orders of such a link are derived; each is approved once.
        hosted.do("enter-change-order", *LINE, "--units", "1", "--amount", "168.40", "--date", "2026-05-04")
        work.kill_at(point, work.read)
        work.do(work.read)
    for place, point in enumerate(WRITING):
        kind = "error-after" if point == "hosted.looked_up" else FAULTS[place % len(FAULTS)]
        hosted.fault(kind=kind, path=STEPS[place % 2], skip=place % LINES_PER_BATCH, seconds=1)
        work.kill_at(point, work.send)
        work.do(work.send)
        if place < len(HEARING):
            work.kill_at(HEARING[place], work.hear)
        work.do(work.hear)
    while set(company_served.states()) - {"accepted"}:
        before = company_served.states()
        work.do(work.send)
        work.do(work.hear)
        assert company_served.states() != before

    company_served.require_once()
    approved = warehouse.execute(
        "select sum(x.amount) as amount from core.change_order_item as x inner join core.change_order as o "
        "using (company_id, commitment, change_order) where o.status = 'Approved'"
    ).fetchone()
    with closing(sqlite3.connect(hosted.data / "sage.db")) as books:
        changes = books.execute("select Approved_Changes from JCM_MASTER__COMMITMENT_ITEM").fetchall()
        billed, sent = _billed_and_sent(books)
        staged = Counter(
            json.loads(row[0])["Reference1"] for row in books.execute("select Body from SANDBOX_API_WRITE")
        )
    assert approved == {"amount": sum(Decimal(row[0]) for row in changes)}
    # Not even the service's first step was done twice.
    assert set(staged.values()) == {1}
    # What was billed on lines is taken back in Sage, code by code and to the cent, by what we have sent.
    assert sent == billed


def test_killed_at_every_point_a_receipt_is_told_in_one_document(company_served: Company) -> None:
    warehouse, hosted, work = company_served.warehouse, company_served.hosted, Work(company_served)
    profile = default_profile("AW")
    store_profile(warehouse, replace(profile, hosted=replace(profile.hosted, settle_seconds=0)))
    for place, point in enumerate(WRITING):
        receive(warehouse, f"RCV-{place}")
        outbox.seal_receipts(warehouse, "AW")
        if point == "hosted.looked_up":
            hosted.fault(kind="error-after", path="Document.svc/document", seconds=1)
        work.kill_at(point, lambda connection: work.send(connection, "RCV"))
        work.do(lambda connection: work.send(connection, "RCV"))
        work.do(work.hear)
    with closing(sqlite3.connect(hosted.data / "sage.db")) as books:
        bodies = [json.loads(row[0]) for row in books.execute(DOCUMENTS)]
    told = Counter(line["event_id"] for body in bodies for line in body["Snapshot"]["Distributions"])
    assert told == Counter({f"RCV-{place}": 1 for place in range(len(WRITING))})
    states = warehouse.execute("select state, count(*) as n from outbox.receiving_confirmation group by 1").fetchall()
    assert states == [{"state": "accepted", "n": len(WRITING)}]


def receive(warehouse: Connection, event_id: str) -> None:
    """Let one unit of a line come to the site."""
    document = {
        "event_id": event_id, "event_type": "received", "occurred_at": "2026-05-04T15:00:00Z",
        "recorded_at": "2026-05-04T15:00:00Z", "commitment": LINE[1], "item_number": LINE[3], "quantity": "1",
    }  # fmt: skip
    warehouse.execute(
        "insert into ledger.event_inbox (company_id, event_id, document) select 'AW', %s, %s::jsonb || "
        "jsonb_build_object('unit', unit) from core.commitment_item where commitment = %s and item_number = %s",
        (event_id, json.dumps(document), LINE[1], int(LINE[3])),
    )
    warehouse.commit()
    ledger.land_inbox(warehouse)
    ledger.value_events(warehouse)


def _billed_and_sent(books: sqlite3.Connection) -> tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]]:
    """Give cents per code: AP cost on lines, and our own entries with the sign turned."""
    billed, sent = (Counter[tuple[str, ...]](), Counter[tuple[str, ...]]())
    for *codes, amount, reference, kind, item in books.execute(ROWS):
        cents = int(Decimal(amount) * 100)
        if reference:
            sent[tuple(codes)] -= cents
        elif kind == "AP cost" and item:
            billed[tuple(codes)] += cents
    return billed, sent
