"""Companies whose orders and events have the same names are valued together and do not touch each other."""

from __future__ import annotations

from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from sage_hooks import ledger
from tests.laws.found_histories import LINE
from tests.laws.model_records import ChangeOrder, Event
from tests.laws.profile import LONGEST, settings_of
from tests.laws.test_valuation import COMPANY, books, empty, expected, know_lines, land, prepare, recorded, worlds

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection
    from tests.laws.model_records import Line

__all__ = ["books"]

pytestmark = pytest.mark.slow

TWIN = "TWIN"


@pytest.fixture(scope="module")
def both(books: Connection) -> Connection:
    """That database with a second company, whose jobs and codes are called the same."""
    prepare(books, TWIN)
    return books


@pytest.mark.timeout(LONGEST)
@settings_of(examples=40)
@given(first=worlds(), second=worlds())
def test_each_has_the_oracles_money(
    both: Connection,
    first: tuple[list[Line], list[list[list[object]]]],
    second: tuple[list[Line], list[list[list[object]]]],
) -> None:
    told = {COMPANY: first, TWIN: second}
    both.rollback()
    empty(both)
    with both.transaction():
        for company, (known, _) in told.items():
            know_lines(both, known, company)
    arrivals = {company: [batch for part in parts for batch in part] for company, (_, parts) in told.items()}
    for batches in zip_longest(*arrivals.values(), fillvalue=[]):
        for company, batch in zip(arrivals, batches, strict=True):
            land(both, batch, company)
        ledger.value_events(both)
    for company, (known, _) in told.items():
        records = [record for batch in arrivals[company] for record in batch]
        orders = [record for record in records if isinstance(record, ChangeOrder)]
        wanted, waiting = expected(known, orders, [record for record in records if isinstance(record, Event)])
        assert recorded(both, company) == wanted, company
        query = "select event_id from ledger.event_tag where company_id = %s and status = 'waiting'"
        assert {row["event_id"] for row in both.execute(query, (company,)).fetchall()} == set(waiting), company
    both.commit()


def test_what_another_company_received_is_not_built_in(both: Connection) -> None:
    """Found by a soak: 60 of a layer of 40 waits, though the other company's layer of that name holds 100."""
    both.rollback()
    empty(both)
    received = {COMPANY: receipt("40"), TWIN: receipt("100")}
    too_much = moved("I1", "installed", "2026-01-03", "60", "R1")
    for company, event in received.items():
        with both.transaction():
            know_lines(both, [LINE], company)
        land(both, [event, too_much], company)
    ledger.value_events(both)
    found = {company: recorded(both, company) for company in received}
    assert found == {company: expected([LINE], [], [event, too_much])[0] for company, event in received.items()}
    rows = both.execute("select company_id, event_id, rule from ledger.event_tag where status = 'waiting'").fetchall()
    assert [tuple(row.values()) for row in rows] == [(COMPANY, "I1", "over_consumed")]
    both.commit()


def receipt(quantity: str) -> Event:
    return moved("R1", "received", "2026-01-02", quantity, "")


def moved(event_id: str, event_type: str, day: str, quantity: str, of: str) -> Event:
    return Event(
        event_id, event_type, f"{day}T08:00:00+00:00", Decimal(quantity), LINE.unit, LINE.commitment,
        LINE.item_number, LINE.standard_item, "YARD", receipt_event_id=of,
    )  # fmt: skip
