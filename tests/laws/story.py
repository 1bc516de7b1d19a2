"""A state machine: what may happen to a company, step by step, and what must hold after each.

One rule draws which step comes next, by weights: with a rule for each, hypothesis leaves most of them out of a story.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.laws import checks
from tests.laws.company import APPROVED, PENDING, Company
from tests.laws.histories import (
    CODES,
    change_order,
    events,
    instants,
    lines,
    movement,
    standing,
    taken_back,
    unit_costs,
)
from tests.laws.model_postings import CURRENT, HISTORY, ApRow

if TYPE_CHECKING:
    from tests.hooks.outbox.home import Home
    from tests.laws.model_records import ChangeOrder, Event, Line

#: How often each step is drawn.
WEIGHTS = {
    "record": 5, "change": 3, "invoice": 3, "edit": 3, "vanish": 2, "extract": 2, "seal": 3, "send": 3, "master": 2,
    "repeat": 1, "month_end": 2,
}  # fmt: skip
VALUING = ("record", "change", "month_end")
"""Closed jobs are opened before these: what is tagged meanwhile would depend on when."""
MONTHS = ("2026-01", "2026-02", "2026-03")
GONE = "gone"
cents = st.integers(-90_000, 500_000).filter(bool).map(lambda number: Decimal(number).scaleb(-2))
days = st.integers(0, 59).map(lambda number: f"2026-0{1 + number // 28}-{1 + number % 28:02d}")


class Story(RuleBasedStateMachine):
    """One company's history; `data` shows in a failing example as a line for each choice."""

    home: ClassVar[Home]

    def __init__(self) -> None:
        super().__init__()
        self.company: Company | None = None
        self.is_sound = False
        self.made: list[Event] = []
        self.held: list[Event] = []
        self.unordered: list[Line] = []

    @property
    def now(self) -> Company:
        """The company, once the story has begun."""
        assert self.company is not None
        return self.company

    @property
    def all_lines(self) -> list[Line]:
        """PO lines, those Sage does not show yet included."""
        return [*self.now.lines, *self.unordered]

    @initialize(
        data=st.data(),
        known=lines(),
        unordered=st.integers(0, 2),
        by_files=st.sampled_from([False] * 7 + [True]),
        lists_months=st.booleans(),
    )
    def begin(
        self, data: st.DataObject, known: list[Line], unordered: int, *, by_files: bool, lists_months: bool
    ) -> None:
        """A company with its codes and a first few days on site; some PO lines are ordered only later."""
        self.company = Company(self.home, by_files)
        first = max(1, len(known) - unordered)
        self.unordered = known[first:]
        self.now.order_lines(known[:first])
        for month in (*MONTHS, "2026-04") if lists_months else ():
            self.now.set_month(month, "Open")
        self.made = data.draw(events(known, most=6), label="happens")
        self.now.arrive(self.made)

    @rule(data=st.data(), what=st.sampled_from([name for name, weight in WEIGHTS.items() for _ in range(weight)]))
    def step(self, data: st.DataObject, what: str) -> None:
        """One thing happens; until the laws are checked the company is not known to be sound."""
        self.is_sound = False
        if what in VALUING and self.now.closed_jobs:
            self.now.close_jobs(())
        getattr(self, what)(data)

    # ---------------------------------------------------------------- on site

    def record(self, data: st.DataObject) -> None:
        """Events happen; they arrive in any order, some of them later, some of them again."""
        for _ in range(data.draw(st.integers(1, 4))):
            happened = data.draw(movement(self.all_lines, self.made), label="happens")
            self.made.append(happened)
            self.held.append(happened)
        shuffled = data.draw(st.permutations(self.held))
        taken = data.draw(st.integers(0, len(shuffled)))
        known = [one for one in self.made if one.event_id in self.now.known]
        again = data.draw(st.lists(st.sampled_from(known), max_size=2)) if known else []
        self.held = list(shuffled[taken:])
        if arriving := [*shuffled[:taken], *again]:
            self.now.arrive(
                arriving, as_file=data.draw(st.booleans(), label=f"as a file arrive {checks.ids(arriving)}")
            )

    def repeat(self, data: st.DataObject) -> None:
        """All comes and runs once more; or an event comes with another quantity; or what was rejected is freed."""
        what = data.draw(st.sampled_from(["replay", "forge", "release"]), label="what")
        if what == "release":
            self.now.release()
            return
        before = self.picture()
        if what == "replay":
            self.now.wire.again()
        if self.now.known and not self.now.closed_jobs:
            arriving = list(self.now.known.values())
            if what == "forge":
                one = data.draw(st.sampled_from(arriving), label="which")
                arriving = [one._replace(quantity=one.quantity + 1)]
            self.now.arrive(arriving)
        assert self.picture() == before

    def picture(self) -> tuple[int, ...]:
        """Count everything that must not grow by repetition."""
        tables = ("ledger.material_event", "ledger.value_entry", "outbox.cost_posting", "core.job_cost_transaction")
        return tuple(self.now.place.one(f"select count(*) from {table}") for table in tables)  # noqa: S608 - named above

    # ---------------------------------------------------------------- purchasing

    def change(self, data: st.DataObject) -> None:
        """A change order of quantity or price comes, is approved, or is taken back by another one."""
        what = data.draw(st.sampled_from([APPROVED, APPROVED, PENDING, "approve", "reverse"]), label="what")
        pending = [one for one in self.now.orders if self.now.status[one.number] == PENDING]
        number = len(self.now.orders) + 1
        if what == "approve" and pending:
            self.settle_change(data.draw(st.sampled_from(pending), label="which"), APPROVED)
        elif what == "reverse" and self.now.approved:
            undone = data.draw(st.sampled_from(self.now.approved), label="which")
            before = [one for one in self.now.approved if int(one.number) < int(undone.number)]
            cost = standing(self.line(undone.item_number), before)[1]
            self.settle_change(taken_back(undone, number, data.draw(instants, label="at"), cost), APPROVED)
        else:
            order = data.draw(change_order(self.now.lines, self.now.approved), label="change")
            self.settle_change(order._replace(number=str(number)), PENDING if what == PENDING else APPROVED)

    def line(self, item_number: int) -> Line:
        """Give a PO line that Sage shows."""
        return next(line for line in self.now.lines if line.item_number == item_number)

    def settle_change(self, order: ChangeOrder, status: str) -> None:
        """Show it, unless it would leave less than nothing ordered."""
        units, _, amount = standing(self.line(order.item_number), [*self.now.approved, order])
        if units >= 0 and amount >= 0:
            self.now.change(order, status)

    def master(self, data: st.DataObject) -> None:
        """A PO line is entered that events may have named before, or corrected; a code, months and jobs open, close."""
        what = data.draw(st.sampled_from(["order", "open code", "month", "month", "jobs", "jobs"]), label="what")
        if what == "month":
            month = data.draw(st.sampled_from(MONTHS), label="which")
            self.now.set_month(month, data.draw(st.sampled_from(["Open", "Closed"]), label="is"))
        elif what == "jobs" or self.now.closed_jobs:
            self.now.close_jobs(data.draw(st.sampled_from([(), (), ("J1",), ("J2",)]), label="closed"))
        elif what == "open code":
            self.now.open_code()
        elif self.unordered:
            self.now.order_lines([self.unordered.pop(0)])
        else:
            line, cost = self.now.lines[0], data.draw(unit_costs, label="unit cost")
            self.now.order_lines([line._replace(unit_cost=cost, amount=round(line.units * cost, 2))])

    # ---------------------------------------------------------------- AP and Sage

    def invoice(self, data: st.DataObject) -> None:
        """A row of an invoice: of a line, of none, on codes of its own, or alike to one there is."""
        number = len(self.now.ap_rows) + 1
        there = [one for one, _ in self.now.ap_rows.values()]
        row = data.draw(st.sampled_from([None, *there]), label="alike")
        amount = data.draw(cents, label="amount")
        if row is None:
            line = data.draw(st.sampled_from([*self.all_lines, None]), label="line")
            key = (line.commitment, line.item_number) if line else None
            codes = data.draw(st.sampled_from([line.codes if line else CODES[0], *CODES]), label="codes")
            day, booked = data.draw(days, label="day"), data.draw(days, label="booked")
            row = ApRow("", key, codes, f"I{number}", day, booked, Decimal(1), amount)
        self.put(data, row._replace(row_id=f"A{number}", sequence=number, amount=amount), CURRENT)

    def edit(self, data: st.DataObject) -> None:
        """A clerk edits an AP row or cancels it by its mirror image; or it moves to the history, if it is there."""
        if not self.now.ap_rows:
            self.invoice(data)
            return
        changes = ["amount", "codes", "day", "booked", "account", "cancel", "move", "move"]
        what = data.draw(st.sampled_from(changes), label="what")
        row, place = data.draw(st.sampled_from(list(self.now.ap_rows.values())), label="which")
        if what == "amount":
            row = row._replace(amount=data.draw(cents, label="amount"))
        elif what == "codes":
            row = row._replace(codes=data.draw(st.sampled_from(CODES), label="codes"))
        elif what == "day":
            row = row._replace(transaction_date=data.draw(days, label="day"))
        elif what == "booked":
            row = row._replace(accounting_date=data.draw(days, label="booked"))
        elif what == "account":
            row = row._replace(account="5-2000")
        elif what == "move":
            place = place if place == GONE else HISTORY
        else:
            number, place = len(self.now.ap_rows) + 1, CURRENT
            row = row._replace(row_id=f"A{number}", sequence=number, amount=-row.amount, units=-row.units)
        self.put(data, row, place)

    def vanish(self, data: st.DataObject) -> None:
        """An AP row vanishes from the current file, or one that did comes back."""
        movable = [(row, place) for row, place in self.now.ap_rows.values() if place != HISTORY]
        if not movable:
            self.invoice(data)
            return
        row, place = data.draw(st.sampled_from(movable), label="which")
        self.put(data, row, CURRENT if place == GONE else GONE)

    def put(self, data: st.DataObject, row: ApRow, place: str) -> None:
        """Note a row on Sage's side; extract it, or not yet; seal at once, or not."""
        self.now.ap_rows[row.row_id] = (row, place)
        if place == GONE or data.draw(st.booleans(), label="extracted at once"):
            self.now.extract(("JCH", "JCT"))
            if data.draw(st.booleans(), label="sealed at once"):
                checks.check_sealed(self.now, self.now.seal())

    def extract(self, data: st.DataObject) -> None:
        """Job cost is extracted, wholly or in part."""
        parts = [("JCH", "JCT"), ("JCH", "JCT"), ("JCT",), ("JCH",)]
        self.now.extract(data.draw(st.sampled_from(parts), label="what"))

    # ---------------------------------------------------------------- the bridge

    def seal(self, data: st.DataObject) -> None:
        """Costs and receipts are sealed, and sent or not yet."""
        if closed := data.draw(st.sampled_from([(), (), (), ("J1",), ("J2",)]), label="closed jobs"):
            self.now.close_jobs(closed)
        through = data.draw(st.sampled_from([None, None, None, "2026-01-20"]), label="through")
        checks.check_sealed(self.now, self.now.seal(through))
        if data.draw(st.booleans(), label="sent"):
            self.now.send()

    def send(self, data: st.DataObject) -> None:
        """Files go out, are imported but for some lines, and perhaps posted and shown."""
        self.now.send()
        self.now.answer(data.draw(st.integers(0, 3), label="reject every"))
        if data.draw(st.booleans(), label="posted"):
            self.now.post()
            self.now.extract(("JCT",))

    def month_end(self, data: st.DataObject) -> None:
        """We sign a month off, by a whole reconciliation or by its record alone; later news are valued after it."""
        period = data.draw(st.sampled_from(MONTHS), label="month")
        if data.draw(st.booleans(), label="reconciled"):
            self.now.settle()
            self.now.reconcile(period)
        elif period not in self.now.months.signed:
            self.now.close(period)

    # ---------------------------------------------------------------- what must hold

    @invariant()
    def laws(self) -> None:
        """The oracle and the bridge agree, and every law holds."""
        if self.company is not None:
            checks.check_books(self.company)
            checks.check_sage(self.company)
            checks.check_laws(self.company)
            self.is_sound = True

    def teardown(self) -> None:
        """Bring all to its end: what was held back arrives, what can go goes, and Sage's books are compared."""
        if self.company is None or not self.is_sound:
            return
        self.now.close_jobs(())
        if self.held:
            self.now.arrive(self.held)
        for month in (*MONTHS, "2026-04", "2026-05") if self.now.months.listed else ():
            self.now.set_month(month, self.now.months.listed.get(month, "Open"))
        self.now.extract(("JCH", "JCT"))
        self.now.extract(("JCH", "JCT"))
        self.now.settle()
        self.now.seal()
        self.now.send()
        self.now.answer()
        self.laws()
        checks.check_laws(self.company, is_revalued=True)
        checks.check_all_in_sage(self.company)
        checks.check_confirmed(self.company)
        for day in ("2026-01-31", "2026-12-31"):
            checks.check_positions(self.now.connection, self.now.lines, self.now.approved, self.now.result(), day)
