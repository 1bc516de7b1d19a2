"""Whatever is booked, edited, rejected and re-sent in whatever order: every cost reaches Sage once (L2, L3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sage_hooks import outbox
from tests.hooks.outbox.place import COMPANY, Place

pytestmark = pytest.mark.slow

CENTS = st.integers(-500_000, 500_000).filter(bool).map(lambda cents: str(Decimal(cents) / 100))
BOOK = st.tuples(st.just("book"), CENTS, st.integers(1, 3))
INVOICE = st.tuples(st.just("invoice"), CENTS, st.integers(1, 3))
EDIT = st.tuples(st.just("edit"), CENTS, st.integers(0, 9))
OTHER = st.sampled_from(
    [
        ("seal",),
        ("send",),
        ("answer", 0),
        ("answer", 1),
        ("answer", 2),
        ("close job",),
        ("open job",),
        ("gone",),
        ("confirm",),
        ("release",),
        ("close month",),
        ("post",),
    ]
)
STEPS = st.lists(st.one_of(BOOK, BOOK, INVOICE, EDIT, OTHER, OTHER), min_size=5, max_size=25)


class Story:
    """Plays steps against the outbox and keeps the books a bookkeeper would keep beside it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.accepted: list[tuple[str, Decimal]] = []
        self.answered: set[str] = set()

    def play(self, step: tuple[object, ...]) -> None:
        name, *values = step
        getattr(self, str(name).replace(" ", "_"))(*values)

    def book(self, amount: str, day: int) -> None:
        self.place.entry(amount, "1", day=date(2026, 3, day))

    def invoice(self, amount: str, day: int) -> None:
        number = self.place.numbers
        self.place.sage_row(
            f"A{number}", amount, transaction_date=date(2026, 3, day), accounting_date=date(2026, 3, day)
        )

    def edit(self, amount: str, which: int) -> None:
        self.place.run(
            "update core.job_cost_transaction set amount = %(a)s where row_id ="
            " (select row_id from core.job_cost_transaction where transaction_type = 'AP cost'"
            " order by row_id offset %(n)s limit 1)",
            a=amount,
            n=which,
        )

    def gone(self) -> None:
        self.place.run(
            "update core.job_cost_transaction set gone_at = now() where row_id = (select min(row_id) from"
            " core.job_cost_transaction where transaction_type = 'AP cost' and gone_at is null)"
        )

    def seal(self) -> None:
        outbox.seal_costs(self.place.connection, COMPANY)

    def send(self) -> None:
        outbox.deliver(self.place.connection, self.place.exchange, COMPANY, "DC", ack_wait_seconds=0)

    def answer(self, rejected_every: int) -> None:
        """Take every waiting file, reject every n-th line, accept and import the others."""
        for name in self.place.waiting():
            lines = self.place.take(name)
            bad = {line.ref_1: "no" for line in lines[::rejected_every]} if rejected_every else {}
            self.accepted += [(line.ref_1, Decimal(line.amount)) for line in lines if line.ref_1 not in bad]
            self.place.acknowledge(name)
            self.place.report(name, bad)
        outbox.take_answers(self.place.connection, self.place.exchange, COMPANY)

    def post(self) -> None:
        good = {reference for reference, _ in self.accepted}
        shown = {
            row["ref_1"] for row in self.place.rows("select ref_1 from core.job_cost_transaction where ref_1 <> ''")
        }
        self.place.post([line for line in self.place.imported if line.ref_1 in good - shown])

    def confirm(self) -> None:
        outbox.confirm_posted(self.place.connection, COMPANY)

    def close_job(self) -> None:
        self.place.run("update core.job set status = 'Closed'")

    def open_job(self) -> None:
        self.place.run("update core.job set status = 'In progress'")

    def close_month(self) -> None:
        self.place.month("2026-03", "Closed")
        self.place.month("2026-04")

    def release(self) -> None:
        found = self.place.rows("select posting_reference from outbox.cost_posting where state = 'rejected'")
        outbox.release_rejected(self.place.connection, COMPANY, [row["posting_reference"] for row in found])

    def check(self) -> None:
        """Hold the laws after every step."""
        place = self.place
        assert (
            place.rows(
                "select posting_id from outbox.cost_posting as p where kind = 'consumption' and amount <> ("
                " select sum(e.amount) from outbox.posting_entry as x join ledger.value_entry as e using (entry_id)"
                " where x.posting_id = p.posting_id)"
            )
            == []
        )
        posted = place.one("select coalesce(sum(amount), 0) from outbox.cost_posting where kind = 'consumption'")
        waiting = place.one(
            "select coalesce(sum(amount), 0) from ledger.value_entry where entry_id not in"
            " (select entry_id from outbox.posting_entry)"
        )
        assert posted + waiting == place.total()
        references = [reference for reference, _ in self.accepted]
        assert len(references) == len(set(references))
        # What is due by all entries and links there are is what the next posting will look at.
        assert (
            place.rows(
                "select d.entry_id from outbox.consumption_due as d where not exists (select from outbox.touched_entry"
                " as t where t.company_id = d.company_id"
                " and d.entry_id between t.first_entry_id and t.last_entry_id)"
            )
            == []
        )

    def finish(self) -> None:
        """Cure everything and let it all go through."""
        self.open_job()
        self.post()
        for _ in range(40):
            self.confirm()
            self.release()
            self.seal()
            self.send()
            self.answer(0)
            self.post()
            self.confirm()
            if not self.place.rows("select 1 from outbox.cost_posting where state not in ('posted', 'reversed')"):
                return
        pytest.fail(f"it does not come to an end: {self.place.states()}")

    def check_books(self) -> None:
        """Sage holds what was consumed less what was invoiced, to the cent, and every reference once."""
        place = self.place
        invoiced = place.one(
            "select coalesce(sum(amount), 0) from core.job_cost_transaction"
            " where transaction_type = 'AP cost' and gone_at is null"
        )
        waiting = place.one(
            "select coalesce(sum(amount), 0) from ledger.value_entry where entry_id not in"
            " (select entry_id from outbox.posting_entry)"
        )
        in_sage = place.one("select coalesce(sum(amount), 0) from core.job_cost_transaction where ref_1 <> ''")
        assert waiting == 0
        assert in_sage == sum(amount for _, amount in self.accepted) == place.total() - invoiced
        assert (
            place.rows("select ref_1 from core.job_cost_transaction where ref_1 <> '' group by 1 having count(*) > 1")
            == []
        )


def reset(place: Place) -> None:
    """Empty the books; append-only is lifted for this, as no story may see another's rows."""
    place.run("alter table outbox.state_log disable trigger append_only")
    place.run("alter table ledger.value_entry disable trigger append_only")
    place.run("alter table ledger.cost_entry disable trigger append_only")
    place.run("alter table audit.exception_payload disable trigger append_only")
    place.run(
        "truncate outbox.hosted_write, outbox.batch, outbox.batch_line, outbox.cost_posting, outbox.posting_entry,"
        " outbox.state_log, outbox.file_counter, ledger.value_entry, ledger.cost_entry, core.job_cost_transaction,"
        " core.fiscal_period, audit.exception, audit.exception_payload, audit.transfer"
    )
    place.run("update core.job set status = 'In progress'")
    for path in place.root.glob("*/*"):
        path.unlink()
    place.imported = []


@given(STEPS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_cost_reaches_sage_once_whatever_happens(place: Place, steps: list[tuple[object, ...]]) -> None:
    reset(place)
    story = Story(place)
    for step in steps:
        story.play(step)
        story.check()
    story.finish()
    story.check()
    story.check_books()
