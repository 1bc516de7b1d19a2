"""Books of a small month: what was consumed, what a Sage that trusts everybody has booked, and whether both agree.

The check adds up what the test itself put in and what the other side took from the server; it asks the product for
nothing but the states it claims.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import psycopg

from sage_bridge.errors import Transient
from sage_hooks import outbox
from tests.hooks.outbox.place import COMPANY

if TYPE_CHECKING:
    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection
    from tests.hooks.outbox.place import Place

FIRST_DAY = date(2026, 3, 1)
LINES_PER_FILE = 2
ROUNDS = 30


@dataclass
class Books:
    """What the field consumed day by day, and the Sage side of `place`."""

    place: Place
    consumed: dict[date, Decimal] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)

    def consume(self, days: int = 4) -> None:
        """Consume once on each of the next days, another amount each time; two lines make a file."""
        self.place.run(
            "update core.company set profile = jsonb_set(profile, '{limits,batch_lines}', %(n)s::text::jsonb)",
            n=str(LINES_PER_FILE),
        )
        for _ in range(days):
            number = len(self.consumed)
            day, amount = FIRST_DAY + timedelta(days=number), Decimal(1000 + 37 * number) / 100
            self.place.entry(str(amount), "1", day=day)
            self.consumed[day] = amount

    def sage_side(self) -> int:
        """Do as a Sage side without a guard: import every file that has its manifest, answer, post; gives how many."""
        names = self.place.waiting()
        for name in names:
            lines = self.place.take(name)
            self.place.acknowledge(name)
            self.place.report(name)
            self.place.post(lines, suffix=f"-{len(self.taken)}")
            self.taken.append(name)
        return len(names)

    def run(self) -> None:
        """Run every step once, as the DAGs do, and let the other side work."""
        place = self.place
        work_once(place.connection, place.exchange)
        self.sage_side()
        outbox.take_answers(place.connection, place.exchange, COMPANY)
        outbox.confirm_posted(place.connection, COMPANY)

    def is_done(self) -> bool:
        """Tell whether every line and file says of itself that it is posted."""
        files = self.place.rows("select distinct state from outbox.batch")
        lines = self.place.rows("select distinct state from outbox.cost_posting")
        return [row["state"] for row in files] == ["posted"] == [row["state"] for row in lines]

    def converge(self) -> None:
        """Run on until everything is posted; a database or server that is not back yet is waited for by trying."""
        for _ in range(ROUNDS):
            self.run()
            if self.is_done():
                return
        raise AssertionError(f"not posted after {ROUNDS} rounds: {self.place.states()}")

    def require_exact(self) -> None:
        """Compare to the cent, day by day: nothing twice, nothing lost, nothing left lying about, nobody called."""
        imported = self.place.imported
        assert Counter(line.ref_1 for line in imported).most_common(1)[0][1] == 1
        assert {date.fromisoformat(line.transaction_date): Decimal(line.amount) for line in imported} == self.consumed
        assert len(imported) == len(self.consumed)
        assert Counter(self.taken).most_common(1)[0][1] == 1
        assert self.is_done()
        assert self.place.open_rules() == []
        assert list((self.place.root / "to_sage").glob("*")) == []
        numbers = [row["seq"] for row in self.place.rows("select seq from outbox.batch order by seq")]
        assert numbers == list(range(1, len(numbers) + 1))

    def finish(self) -> None:
        """Go on to the end and compare."""
        self.converge()
        self.require_exact()


def work_once(connection: Connection, exchange: Exchange) -> outbox.Delivered:
    """Seal what is due and send what is sealed."""
    outbox.seal_costs(connection, COMPANY)
    return outbox.deliver(connection, exchange, COMPANY, "DC", ack_wait_seconds=0)


def try_until_back(books: Books, tries: int = 100) -> None:
    """Finish with a connection of one's own while the database may still be on its way up."""
    for _ in range(tries):
        try:
            books.finish()
        except (Transient, psycopg.OperationalError):
            continue
        return
    raise AssertionError("the database did not come back")
