"""One company in a history: the real bridge, a Sage written by hand on its other side, and the oracle beside both.

Every method is something that happens. What the oracle must know of it is noted here, never read from the bridge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sage_bridge.errors import BrokenLaw
from sage_bridge.reconcile import Decision, Terms
from sage_bridge.sage_files import parse_receipts
from sage_hooks import ledger, outbox, reconciliation, sign_off
from sage_hooks.warehouse import run_file
from tests.hooks.outbox.place import COMPANY, Place
from tests.laws import sage_rows
from tests.laws.histories import CLOSED, VALID, approved_counts
from tests.laws.model import run
from tests.laws.model_postings import CURRENT, HISTORY, Key, Mirror, Months, sealed_through, targets
from tests.laws.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction

    from sage_bridge.sage_files import DirectCostLine
    from sage_hooks.sign_off import SignOff
    from tests.hooks.outbox.home import Home
    from tests.laws.model_postings import ApRow
    from tests.laws.model_records import ChangeOrder, Event, Line, Result

FLOWS = {"JCH": HISTORY, "JCT": CURRENT}
PENDING, APPROVED = "Pending", "Approved"


@dataclass
class Company:
    """The state of both sides, and what the bridge must have made of it."""

    home: Home
    by_files: bool
    lines: list[Line] = field(default_factory=list)
    orders: list[ChangeOrder] = field(default_factory=list)
    status: dict[str, str] = field(default_factory=dict)
    approved: list[ChangeOrder] = field(default_factory=list)
    known: dict[str, Event] = field(default_factory=dict)
    closes: int = 0
    months: Months = field(default_factory=Months)
    mirror: Mirror = field(default_factory=Mirror)
    ap_rows: dict[str, tuple[ApRow, str]] = field(default_factory=dict)
    closed_jobs: set[str] = field(default_factory=set)
    is_code_open: bool = False
    on_lines: dict[Key, Fraction] = field(default_factory=dict)
    outcome_of: dict[str, str] = field(default_factory=dict)
    in_sage: dict[str, DirectCostLine] = field(default_factory=dict)
    posted: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    told: dict[str, Decimal] = field(default_factory=dict)
    runs: int = 0

    def __post_init__(self) -> None:
        self.wire = Wire(self.home, self.by_files)
        self.wire.open()
        self.place = Place(self.home.dsn, self.home.connection, self.home.exchange, self.home.server)
        self.connection = self.home.connection

    # ---------------------------------------------------------------- what is known

    def result(self) -> Result:
        """Give the oracle's books of everything the bridge has been told."""
        valid = {**VALID, CLOSED: ""} if self.is_code_open else VALID
        shown = {line.item_number for line in self.lines}
        orders = [order for order in self.approved if order.item_number in shown]
        known = self.known.values()
        return run(self.lines, orders, known, valid, approved_counts=approved_counts(known))

    def due(self) -> dict[Key, Fraction]:
        """Give what all cost lines must add up to once everything is sealed."""
        managed = {(line.commitment, line.item_number) for line in self.lines}
        return targets(self.result().entries, self.mirror.counting(), managed)

    # ---------------------------------------------------------------- RunBlu and purchasing

    def value(self) -> None:
        """Value what is new."""
        ledger.value_events(self.connection)
        self.connection.commit()

    def order_lines(self, lines: Iterable[Line]) -> None:
        """Have Sage show PO lines: new ones, or old ones corrected."""
        found = {line.item_number: line for line in self.lines} | {line.item_number: line for line in lines}
        self.lines = [found[number] for number in sorted(found)]
        self.wire.land("COMITEM", [sage_rows.line_row(line) for line in self.lines])
        if self.known:
            self.value()

    def change(self, order: ChangeOrder, status: str) -> None:
        """Have Sage show a new change order, or an old one in another status."""
        if order.number not in self.status:
            self.orders.append(order)
        self.status[order.number] = status
        if status == APPROVED:
            self.approved.append(order._replace(close_count=self.closes))
        self.show_changes()
        self.value()

    def show_changes(self) -> None:
        """Bring Sage's change orders in, all of them as ever."""
        self.wire.land("COMCO", [sage_rows.change_order_row(one, self.status[one.number]) for one in self.orders])
        self.wire.land("COMCOITM", [sage_rows.change_item_row(one) for one in self.orders])

    def arrive(self, events: Sequence[Event], *, as_file: bool = False) -> None:
        """Have events arrive, in this order; of those known already only the first content counts."""
        self.wire.events(events, as_file=as_file)
        self.wire.approve_counts(approved_counts(events))
        for event in events:
            self.known.setdefault(event.event_id, event._replace(close_count=self.closes))
        self.value()

    def open_code(self) -> None:
        """Have Sage let cost onto the code that took none."""
        self.is_code_open = True
        self.wire.land("CATEGORY", sage_rows.categories(is_opened=True))
        self.value()

    # ---------------------------------------------------------------- Sage

    def close_jobs(self, jobs: Iterable[str]) -> None:
        """Have Sage show these jobs as closed and the others as in progress."""
        self.closed_jobs = set(jobs)
        self.wire.land("JOB", sage_rows.jobs(self.closed_jobs))

    def set_month(self, period: str, status: str) -> None:
        """Have Sage show a month of Job Cost as open or closed."""
        self.months.listed[period] = status
        rows = [
            {"Period": one, "Application": "JC", "Status": state} for one, state in sorted(self.months.listed.items())
        ]
        self.wire.land("PERIOD", rows)

    def extract(self, flows: Iterable[str]) -> None:
        """Have Sage's job cost extracted, compare our lines with it, and look whether a sign-off still stands."""
        for flow in flows:
            rows = [row for row, place in self.ap_rows.values() if place == FLOWS[flow]]
            own = [self.in_sage[one] for one in sorted(self.posted)] if flow == "JCT" else []
            extract = [*map(sage_rows.ap_row, rows), *map(sage_rows.own_row, own)]
            if not extract and self.by_files:
                continue  # An empty file is refused until somebody approves it.
            self.wire.land(flow, extract)
            self.mirror.show(FLOWS[flow], rows)
            self.shown |= self.posted if flow == "JCT" else set()
        outbox.confirm_posted(self.connection, COMPANY)
        for sentence in sign_off.lapse_sign_offs(self.connection, COMPANY):
            self.months.signed.discard(sentence.split()[2])

    def answer(self, rejected_every: int = 0) -> None:
        """Have Sage's side take every file, import it but for each n-th line, and say so."""
        for name in self.place.waiting():
            if name.startswith("RCV"):
                self.hear_of_receipts((self.place.root / "to_sage" / name).read_bytes())
            lines = self.place.take(name)
            bad = {line.ref_1: "no" for line in lines[::rejected_every]} if rejected_every else {}
            for line in lines:
                self.outcome_of[line.ref_1] = "rejected" if line.ref_1 in bad else "accepted"
                if line.ref_1 not in bad:
                    assert line.ref_1 not in self.in_sage, f"{line.ref_1} reached Sage twice"
                    self.in_sage[line.ref_1] = line
            self.place.acknowledge(name)
            self.place.report(name, bad)
        outbox.take_answers(self.connection, self.place.exchange, COMPANY)

    def hear_of_receipts(self, content: bytes) -> None:
        """Have the receiving clerk read a file of confirmations."""
        for line in parse_receipts(content):
            assert line.event_id not in self.told, f"{line.event_id} was confirmed twice"
            self.told[line.event_id] = Decimal(line.units)

    def post(self) -> None:
        """Have Sage post what was imported."""
        self.posted |= set(self.in_sage)

    # ---------------------------------------------------------------- the bridge's side

    def seal(self, through: str | None = None, *, with_receipts: bool = True) -> list[DirectCostLine]:
        """Seal costs, and receipts or not; gives the lines of the new cost files, as their bytes say."""
        last = self.place.one("select coalesce(max(batch_id), 0) from outbox.batch")
        outbox.seal_costs(self.connection, COMPANY, date.fromisoformat(through) if through else None)
        if with_receipts:
            outbox.seal_receipts(self.connection, COMPANY)
        self.on_lines = sealed_through(self.due(), self.on_lines, through)
        files = self.place.rows(
            "select content from outbox.batch where batch_id > %(n)s and flow = 'DC' order by seq", n=last
        )
        sealed = [line for row in files for line in self.place.layout().parse(row["content"])]
        for line in sealed:
            before = self.outcome_of.get(line.ref_1, "new")
            assert before in ("new", "rejected"), f"{line.ref_1} is sealed again though it was {before}"
            self.outcome_of[line.ref_1] = "sealed"
        return sealed

    def send(self) -> None:
        """Deliver what is sealed, as far as the lanes are free."""
        for flow in ("DC", "RCV"):
            outbox.deliver(self.connection, self.place.exchange, COMPANY, flow, ack_wait_seconds=0)

    def release(self) -> None:
        """Have a person free every rejected line."""
        rejected = [reference for reference, outcome in self.outcome_of.items() if outcome == "rejected"]
        events = self.place.rows("select event_id from outbox.receiving_confirmation where state = 'rejected'")
        outbox.release_rejected(self.connection, COMPANY, [*rejected, *(row["event_id"] for row in events)])

    def settle(self) -> None:
        """Let everything go through that can, until nothing more moves."""
        for _ in range(12):
            before = self.moving()
            self.release()
            self.seal(with_receipts=False)
            self.send()
            self.answer()
            self.post()
            self.extract(("JCH", "JCT"))
            if before == self.moving():
                return
        message = f"it does not come to an end: {self.place.states()}"
        raise AssertionError(message)

    def moving(self) -> tuple[object, ...]:
        """Give what moves until all has gone through."""
        return dict(self.outcome_of), set(self.shown), dict(self.on_lines)

    def close(self, period: str) -> None:
        """Sign a month off by its record alone, as the last step of a sign-off writes it."""
        values = {"company_id": COMPANY, "period": period, "sign_off_hash": "h", "decided_by": "controller"}
        with self.connection.transaction():
            run_file(self.connection, "recon/insert_period_close", values)
        self.closed(period)

    def closed(self, period: str) -> None:
        """Note that a month is signed off: what waits now can only be cured by what becomes known after it."""
        self.closes += 1
        self.months.signed.add(period)
        for event_id in self.result().waiting:
            self.known[event_id] = self.known[event_id]._replace(close_count=self.closes)
        self.value()

    def reconcile(self, period: str) -> SignOff | None:
        """Reconcile a month, have it approved and try to sign it off; None when something stands in the way."""
        self.runs += 1
        terms = Terms(COMPANY, period, "propose", Decimal("0.01"), "finance", f"run {self.runs}")
        outcome = reconciliation.reconcile(self.connection, terms)
        if outcome.is_signed:
            return None
        assert outcome.adjustments == 0, f"{outcome}: a Sage that does what it is told needs no adjustment"
        decision = Decision("controller", is_approved=True, comment="", decided_at=datetime(2026, 4, 1, tzinfo=UTC))
        reconciliation.store_decision(self.connection, outcome.run_no, decision, "reconcile__period", "manual")
        try:
            signed = sign_off.sign_off(self.connection, outcome.run_no)
        except BrokenLaw as refusal:
            if refusal.code == "RS-451":
                return None
            raise
        self.closed(period)
        return signed
