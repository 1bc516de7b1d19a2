"""Any order and any batches of the same input, given the same period closes, end in the same books (L4).

A history is played twice, shuffled and cut anew, with sealings in between or not. Both must give the same positions,
value entries, waiting events, and the same money on lines and in Sage by day, booked day, codes and PO line. How the
money is cut into lines (references, difference numbers) may differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hooks.outbox.home import Home, home
from tests.laws import checks
from tests.laws.company import APPROVED, Company
from tests.laws.histories import CODES, change_orders, events, lines
from tests.laws.model_postings import CURRENT, HISTORY, ApRow
from tests.laws.model_records import ChangeOrder, Event, Line
from tests.laws.profile import LONGEST, settings_of
from tests.laws.story import GONE, cents, days

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

MONTHS = ("2026-01", "2026-02")


@dataclass(frozen=True, repr=False)
class Version:
    """An AP row as it stood at one time; of two versions of a row the later one counts, in whatever order they come."""

    number: int
    row: ApRow
    place: str

    def __repr__(self) -> str:
        """Give it in one short sentence."""
        return f"<version {self.number}, {self.place}: {self.row}>"


@dataclass(frozen=True, repr=False)
class Batch:
    """Records that become known together, in this order; then costs are sealed or not yet."""

    records: tuple[Any, ...]
    is_sealed: bool

    def __repr__(self) -> str:
        """Give one record a line."""
        body = "".join(f"\n    {record}," for record in self.records)
        return f"Batch({'sealed' if self.is_sealed else 'not sealed'}:{body})"


@st.composite
def versions(draw: st.DrawFn, known: list[Line]) -> list[Version]:
    """Invoices of the lines, each edited up to twice."""
    made: list[Version] = []
    for number in range(1, draw(st.integers(0, 4)) + 1):
        line = draw(st.sampled_from(known))
        key = (line.commitment, line.item_number)
        # Few invoices, so that rows alike to the last column of their key are common.
        invoice, day = f"I{draw(st.integers(1, 2))}", draw(st.sampled_from(["2026-01-10", "2026-02-10"]))
        row = ApRow(f"A{number}", key, line.codes, invoice, day, day, Decimal(1), draw(cents), sequence=number)
        place = CURRENT
        for version in range(draw(st.integers(1, 3))):
            # What has moved to the history stays there.
            place = HISTORY if place == HISTORY else draw(st.sampled_from([CURRENT, CURRENT, HISTORY, GONE]))
            made.append(Version(version, row, place))
            row = row._replace(amount=draw(cents), codes=draw(st.sampled_from(CODES)), accounting_date=draw(days))
    return made


@st.composite
def played(draw: st.DrawFn, parts: list[list[Any]]) -> list[list[Batch]]:
    """The same parts in an order and in batches of their own; some events come twice."""
    found = []
    for part in parts:
        happened = [one for one in part if isinstance(one, Event)]
        again = draw(st.lists(st.sampled_from(happened), max_size=2)) if happened else []
        records = draw(st.permutations([*part, *again]))
        cuts = sorted(draw(st.lists(st.integers(0, len(records)), max_size=3)))
        edges = pairwise([0, *cuts, len(records)])
        found.append([Batch(tuple(records[a:b]), draw(st.booleans())) for a, b in edges if a < b])
    return found


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[list[Batch]], list[list[Batch]]]:
    """One input, parted by period closes, in two ways."""
    known = draw(lines())
    records = [*known, *draw(change_orders(known)), *draw(events(known)), *draw(versions(known))]
    closes = draw(st.integers(0, len(MONTHS)))
    shuffled = draw(st.permutations(records))
    cuts = sorted(draw(st.lists(st.integers(0, len(shuffled)), min_size=closes, max_size=closes)))
    parts = [list(shuffled[a:b]) for a, b in pairwise([0, *cuts, len(shuffled)])]
    return draw(played(parts)), draw(played(parts))


def play(shared: Home, parts: list[list[Batch]]) -> Company:
    """Play a history: each part ends with everything sent and posted, then a month is closed."""
    company = Company(shared, by_files=False)
    seen: dict[str, int] = {}
    for number, part in enumerate(parts):
        if number:
            company.close(MONTHS[number - 1])
        for batch in part:
            become_known(company, batch.records, seen)
            if batch.is_sealed:
                company.seal()
        company.extract(("JCH", "JCT"))
        company.extract(("JCH", "JCT"))
        company.settle()
    return company


def become_known(company: Company, records: tuple[Any, ...], seen: dict[str, int]) -> None:
    """Let records become known; a change order of a line Sage does not show yet is shown all the same."""
    new_lines = [one for one in records if isinstance(one, Line)]
    if new_lines:
        company.order_lines(new_lines)
    for record in records:
        if isinstance(record, ChangeOrder):
            company.change(record, APPROVED)
        elif isinstance(record, Version) and record.number >= seen.get(record.row.row_id, 0):
            seen[record.row.row_id] = record.number
            company.ap_rows[record.row.row_id] = (record.row, record.place)
    if any(isinstance(one, Version) for one in records):
        company.extract(("JCH", "JCT"))
    happened = [one for one in records if isinstance(one, Event)]
    if happened:
        company.arrive(happened)


def books(company: Company) -> dict[str, Any]:
    """Give all that must come out the same."""
    booked = checks.rows(
        company.connection,
        "select kind, transaction_date::text, accounting_date::text, job, extra, cost_code, category, commitment,"
        " item_number, debit_account, sum(amount) as amount from outbox.cost_posting where state <> 'reversed'"
        " group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 having sum(amount) <> 0",
    )
    in_sage: dict[Any, Fraction] = {}
    for line in company.in_sage.values():
        key = (line.ref_1[0], *line[:6], line.debit_account)
        in_sage[key] = in_sage.get(key, Fraction(0)) + Fraction(line.amount)
    positions = checks.rows(company.connection, "select * from mart.commitment_position_at('AW', '2026-12-31')")
    return {
        "value entries": checks.recorded(company.connection),
        "waiting": dict.fromkeys(checks.waiting(company.connection), True),
        "booked": {tuple(row.values())[:-1]: Fraction(row["amount"]) for row in booked},
        "in Sage": {key: amount for key, amount in in_sage.items() if amount},
        "positions": {(row["commitment"], row["item_number"]): tuple(row.values()) for row in positions},
    }


@pytest.fixture(scope="module")
def shared(
    postgres_server: str, warehouse_template: str, _sftp_keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    """A database and a file server for all histories."""
    with home(postgres_server, warehouse_template, _sftp_keys, tmp_path_factory.mktemp("sftp")) as found:
        yield found


@pytest.mark.timeout(LONGEST)
@settings_of(examples=5)
@given(pair=pairs())
def test_any_order_and_batches_end_in_the_same_books(
    shared: Home, pair: tuple[list[list[Batch]], list[list[Batch]]]
) -> None:
    first = play(shared, pair[0])
    checks.check_books(first)
    once = books(first)
    second = play(shared, pair[1])
    checks.check_books(second)
    twice = books(second)
    for what, found in twice.items():
        checks.same(found, once[what], what)
