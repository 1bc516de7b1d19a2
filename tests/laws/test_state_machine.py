"""Whatever happens on site, in purchasing, in AP and on the wire, in any order: the laws hold after every step.

The whole product runs: real Postgres, a real file server, its own sealing, delivery, answers, reconciliation and
sign-off. Only Sage is written by hand, and beside it stands the oracle. See docs/laws.md for longer runs.
"""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import event as note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from tests.hooks.outbox.home import Home, home
from tests.laws import checks
from tests.laws.company import APPROVED, PENDING, Company
from tests.laws.histories import CODES, change_order, instants, lines, movement, standing, taken_back, unit_costs
from tests.laws.model_postings import CURRENT, HISTORY, ApRow
from tests.laws.profile import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.laws.model_records import ChangeOrder, Event, Line

MONTHS = ("2026-01", "2026-02", "2026-03")
GONE = "gone"
cents = st.integers(-90_000, 500_000).filter(bool).map(lambda number: Decimal(number).scaleb(-2))
days = st.integers(0, 59).map(lambda number: f"2026-0{1 + number // 28}-{1 + number % 28:02d}")


def step(when: Callable[[Any], object] = lambda _: True, **draws: Any) -> Callable[[Callable[..., None]], Any]:
    """A rule; while it runs the company is unsound, so that a failure is not followed by the story's end."""

    def decorate(method: Callable[..., None]) -> Any:
        @functools.wraps(method)
        def wrapped(self: Story, **values: Any) -> None:
            self.is_sound = False
            note(method.__name__)
            method(self, **values)

        return precondition(lambda self: self.company is not None and bool(when(self)))(rule(**draws)(wrapped))

    return decorate


class Story(RuleBasedStateMachine):
    """The steps; arguments choose among what there is."""

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

    @initialize(
        known=lines(),
        later=st.integers(0, 2),
        by_files=st.sampled_from([False] * 5 + [True]),
        lists_months=st.booleans(),
    )
    def begin(self, known: list[Line], later: int, by_files: bool, lists_months: bool) -> None:
        """A company with its codes; some PO lines are ordered only later."""
        self.company = Company(self.home, by_files)
        first = max(1, len(known) - later)
        self.unordered = known[first:]
        self.now.order_lines(known[:first])
        if lists_months:
            for month in (*MONTHS, "2026-04"):
                self.now.set_month(month, "Open")

    @property
    def all_lines(self) -> list[Line]:
        """PO lines, those Sage does not show yet included."""
        return [*self.now.lines, *self.unordered]

    # ---------------------------------------------------------------- RunBlu

    @step(lambda self: not self.now.closed_jobs, data=st.data(), count=st.integers(1, 4), as_file=st.booleans())
    def record(self, data: st.DataObject, count: int, as_file: bool) -> None:
        """Something happens on site; it arrives in any order, some of it later, some of it again."""
        for _ in range(count):
            happened = data.draw(movement(self.all_lines, self.made), label="happens")
            self.made.append(happened)
            self.held.append(happened)
        shuffled = data.draw(st.permutations(self.held), label="in this order")
        taken = data.draw(st.integers(0, len(shuffled)), label="arrive now")
        again = data.draw(st.lists(st.sampled_from(self.made), max_size=2), label="again") if self.now.known else []
        arriving = [*shuffled[:taken], *(one for one in again if one.event_id in self.now.known)]
        self.held = shuffled[taken:]
        if arriving:
            self.now.arrive(arriving, as_file=as_file)

    @step(lambda self: self.now.known and not self.now.closed_jobs, data=st.data())
    def forge(self, data: st.DataObject) -> None:
        """An event known already comes with another quantity: it is refused, the first one stands."""
        one = data.draw(st.sampled_from(sorted(self.now.known)), label="which")
        other = self.now.known[one]._replace(quantity=self.now.known[one].quantity + 1, close_count=0)
        self.now.arrive([other])

    # ---------------------------------------------------------------- purchasing

    @step(lambda self: not self.now.closed_jobs, data=st.data(), status=st.sampled_from([APPROVED, APPROVED, PENDING]))
    def change(self, data: st.DataObject, status: str) -> None:
        """A change order of quantity or price."""
        approved = [one._replace(close_count=0) for one in self.now.approved]
        order = data.draw(change_order(self.now.lines, approved), label="change")
        self.settle_change(order._replace(number=str(len(self.now.orders) + 1)), status)

    @step(lambda self: PENDING in self.now.status.values() and not self.now.closed_jobs, data=st.data())
    def approve(self, data: st.DataObject) -> None:
        """A pending change order is approved."""
        pending = [one for one in self.now.orders if self.now.status[one.number] == PENDING]
        self.settle_change(data.draw(st.sampled_from(pending), label="which"), APPROVED)

    @step(lambda self: self.now.approved and not self.now.closed_jobs, data=st.data(), at=instants)
    def reverse_change(self, data: st.DataObject, at: str) -> None:
        """A change order is taken back by another one."""
        undone = data.draw(st.sampled_from(self.now.approved), label="which")
        (line,) = [one for one in self.now.lines if one.item_number == undone.item_number]
        before = [one for one in self.now.approved if int(one.number) < int(undone.number)]
        cost = standing(line, before)[1]
        self.settle_change(taken_back(undone, len(self.now.orders) + 1, at, cost), APPROVED)

    def settle_change(self, order: ChangeOrder, status: str) -> None:
        """Show it, unless it would leave less than nothing ordered."""
        (line,) = [one for one in self.now.lines if one.item_number == order.item_number]
        units, _, amount = standing(line, [*self.now.approved, order])
        if units >= 0 and amount >= 0:
            self.now.change(order, status)

    @step(lambda self: not self.now.closed_jobs, cost=unit_costs)
    def order(self, cost: Decimal) -> None:
        """A PO line is entered in Sage that events may have named before; else one is corrected."""
        if self.unordered:
            self.now.order_lines([self.unordered.pop(0)])
            return
        line = self.now.lines[0]
        self.now.order_lines([line._replace(unit_cost=cost, amount=round(line.units * cost, 2))])

    @step(lambda self: not self.now.is_code_open and not self.now.closed_jobs)
    def open_code(self) -> None:
        """The code that took no cost is opened; what waited for it is valued as if it had always been."""
        self.now.open_code()

    # ---------------------------------------------------------------- AP and Sage

    @step(data=st.data(), amount=cents, day=days, booked=days, is_told=st.booleans())
    def invoice(self, data: st.DataObject, amount: Decimal, day: str, booked: str, is_told: bool) -> None:
        """A row of an invoice: of a line, of none, on codes of its own, or alike to one there is."""
        line = data.draw(st.sampled_from([*self.all_lines, None]), label="line")
        codes = data.draw(st.sampled_from([line.codes if line else CODES[0], *CODES]), label="codes")
        number = len(self.now.ap_rows) + 1
        key = (line.commitment, line.item_number) if line else None
        row = ApRow(f"A{number}", key, codes, f"I{number}", day, booked, Decimal(1), amount, sequence=number)
        there = [one for one, _ in self.now.ap_rows.values()]
        like = data.draw(st.sampled_from([None, *there]), label="alike")
        if like is not None:
            row = like._replace(row_id=row.row_id, sequence=number, amount=amount)
        self.put(row, CURRENT, is_told=is_told)

    @step(
        lambda self: self.now.ap_rows,
        data=st.data(),
        amount=cents,
        day=days,
        what=st.sampled_from(["amount", "codes", "day", "booked", "account", "cancel"]),
        is_told=st.booleans(),
    )
    def edit(self, data: st.DataObject, amount: Decimal, day: str, what: str, is_told: bool) -> None:
        """A clerk edits an AP row, or cancels it by its mirror image."""
        row, place = self.now.ap_rows[data.draw(st.sampled_from(sorted(self.now.ap_rows)), label="which")]
        number = len(self.now.ap_rows) + 1
        if what == "cancel":
            negative = row._replace(row_id=f"A{number}", sequence=number, amount=-row.amount, units=-row.units)
            self.put(negative, CURRENT, is_told=is_told)
            return
        changes: dict[str, dict[str, Any]] = {
            "amount": {"amount": amount}, "codes": {"codes": data.draw(st.sampled_from(CODES), label="codes")},
            "day": {"transaction_date": day}, "booked": {"accounting_date": day}, "account": {"account": "5-2000"},
        }  # fmt: skip
        self.put(row._replace(**changes[what]), place, is_told=is_told)

    @step(lambda self: self.now.ap_rows, data=st.data(), is_told=st.booleans())
    def move_row(self, data: st.DataObject, is_told: bool) -> None:
        """An AP row vanishes, comes back, or moves to the history for good."""
        row, place = self.now.ap_rows[data.draw(st.sampled_from(sorted(self.now.ap_rows)), label="which")]
        goals = {CURRENT: [GONE, HISTORY], GONE: [CURRENT], HISTORY: [HISTORY]}[place]
        self.put(row, data.draw(st.sampled_from(goals), label="to"), is_told=is_told)

    def put(self, row: ApRow, place: str, *, is_told: bool) -> None:
        """Note a row on Sage's side and extract it, or not yet."""
        self.now.ap_rows[row.row_id] = (row, place)
        if is_told:
            self.now.extract(("JCH", "JCT"))

    @step(flows=st.sampled_from([("JCH", "JCT"), ("JCT",), ("JCH",)]))
    def extract(self, flows: tuple[str, ...]) -> None:
        """Job cost is extracted, wholly or in part."""
        self.now.extract(flows)

    @step(period=st.sampled_from(MONTHS), status=st.sampled_from(["Open", "Closed"]))
    def set_month(self, period: str, status: str) -> None:
        """Sage opens or closes a month."""
        self.now.set_month(period, status)

    @step(jobs=st.sampled_from([(), (), ("J1",), ("J2",)]))
    def close_jobs(self, jobs: tuple[str, ...]) -> None:
        """Jobs are closed and opened again in Sage."""
        self.now.close_jobs(jobs)

    # ---------------------------------------------------------------- the bridge

    @step(through=st.sampled_from([None, None, None, "2026-01-20"]))
    def seal(self, through: str | None) -> None:
        """Costs and receipts are sealed."""
        checks.check_sealed(self.now, self.now.seal(through))

    @step(rejected_every=st.integers(0, 3), is_posted=st.booleans())
    def send(self, rejected_every: int, is_posted: bool) -> None:
        """Files go out, are imported but for some lines, and perhaps posted."""
        self.now.send()
        self.now.answer(rejected_every)
        if is_posted:
            self.now.post()

    @step()
    def release(self) -> None:
        """A person frees what was rejected."""
        self.now.release()

    @step()
    def replay(self) -> None:
        """Everything comes and runs once more: nothing changes."""
        before = self.picture()
        self.now.wire.again()
        if self.now.known and not self.now.closed_jobs:
            self.now.arrive([one._replace(close_count=0) for one in self.now.known.values()])
        assert self.picture() == before

    def picture(self) -> tuple[int, ...]:
        """Count everything that must not grow by repetition."""
        tables = ("ledger.material_event", "ledger.value_entry", "outbox.cost_posting", "core.job_cost_transaction")
        return tuple(self.now.place.one(f"select count(*) from {table}") for table in tables)  # noqa: S608 - names above

    @step(period=st.sampled_from(MONTHS))
    def close(self, period: str) -> None:
        """We sign a month off; what becomes known later is valued after that."""
        if period not in self.now.months.signed:
            self.now.close(period)

    @step(lambda self: not self.now.closed_jobs, period=st.sampled_from(MONTHS))
    def reconcile(self, period: str) -> None:
        """Everything is sent and posted, the month is reconciled and, if nothing stands in the way, signed off."""
        self.now.settle()
        signed = self.now.reconcile(period)
        note(f"sign-off {'done' if signed else 'refused'}")

    # ---------------------------------------------------------------- the laws

    @invariant()
    def laws(self) -> None:
        """The oracle and the bridge agree, and every law holds."""
        if self.company is None:
            return
        checks.check_books(self.company)
        checks.check_sage(self.company)
        checks.check_laws(self.company)
        self.is_sound = True

    def teardown(self) -> None:
        """Bring everything to its end: what was held back arrives, what can go goes, and Sage's books are compared."""
        if self.company is None or not self.is_sound:
            return
        self.now.close_jobs(())
        if self.held:
            self.now.arrive(self.held)
        for month in ("2026-05", "2026-06") if self.now.months.listed else ():
            self.now.set_month(month, "Open")
        for month in MONTHS if self.now.months.listed else ():
            self.now.set_month(month, self.now.months.listed.get(month, "Closed"))
        self.now.settle()
        self.now.extract(("JCH", "JCT"))
        self.now.settle()
        self.laws()
        checks.check_laws(self.company, is_revalued=True)
        checks.check_all_in_sage(self.company)
        for as_of in ("2026-01-31", "2026-12-31"):
            checks.check_positions(
                self.now.connection, self.now.lines, self.now.approved, self.now.result(), as_of
            )


@pytest.fixture(scope="module")
def shared(
    postgres_server: str, warehouse_template: str, _sftp_keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    """A database and a file server for all stories."""
    with home(postgres_server, warehouse_template, _sftp_keys, tmp_path_factory.mktemp("sftp")) as found:
        yield found


def test_the_laws_hold_after_every_step(shared: Home) -> None:
    Story.home = shared
    run_state_machine_as_test(Story, settings=settings_of(examples=25, steps=20))
