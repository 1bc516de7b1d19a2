"""What is said in pieces of a line's unit adds up to it, in the whole valuation (domain 3 and 4)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from sage_hooks import ledger
from tests.sql.core.test_units import books, know, waiting
from tests.sql.mart.conftest import mart_dsn, warehouse

if TYPE_CHECKING:
    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "mart_dsn", "warehouse"]


@pytest.fixture
def boxes(books: Books) -> Books:
    """A line that orders boxes of three at 1,000.00 each."""
    connection = books.connection
    connection.execute(b"update core.commitment_item set unit = 'BOX', units = 100, unit_cost = 1000, amount = 100000")
    know(connection, "REBAR", "BOX", "EA", "3")
    return books


def worth(books: Books, measure: str) -> tuple[Decimal, Decimal]:
    row = books.connection.execute(
        "select sum(units) as units, sum(amount) as amount from ledger.value_entry where measure = %s", (measure,)
    ).fetchone()
    assert row is not None
    return row["units"], row["amount"]


def test_boxes_are_built_in_piece_by_piece_to_the_last_one_and_the_last_cent(boxes: Books) -> None:
    boxes.happen("received", "R", "2024-11-02", "2", "PO-1", unit="BOX")
    for number in range(3):
        boxes.happen("installed", f"I{number}", "2024-11-03", "2", "PO-1", receipt_event_id="R")
    boxes.value()
    assert waiting(boxes) == {}
    assert worth(boxes, "installed") == (2, 2000)


def test_pieces_that_come_one_by_one_are_boxes_whichever_is_named(boxes: Books) -> None:
    for number in range(12):
        boxes.happen("received", f"R{number:02d}", "2024-11-02", "1", "PO-1")
    for number in reversed(range(12)):
        boxes.happen("installed", f"I{number:02d}", "2024-11-03", "1", "PO-1", receipt_event_id=f"R{number:02d}")
    boxes.value()
    assert waiting(boxes) == {}
    assert worth(boxes, "received") == worth(boxes, "installed") == (4, 4000)
    assert ledger.value_events(boxes.connection).entries == 0


def test_more_pieces_than_came_wait(boxes: Books) -> None:
    boxes.happen("received", "R", "2024-11-02", "2", "PO-1", unit="BOX")
    for number in range(7):
        boxes.happen("installed", f"I{number}", "2024-11-03", "1", "PO-1")
    boxes.value()
    assert waiting(boxes) == {"I6": "over_consumed"}
    assert worth(boxes, "installed") == (2, 2000)


def test_returns_moves_and_what_is_taken_back_leave_no_crumb(boxes: Books) -> None:
    for number in range(3):
        boxes.happen("received", f"R{number}", "2024-11-02", "2", "PO-1")
    boxes.happen("rejected", "X", "2024-11-03", "1", "PO-1", receipt_event_id="R1", reason="damaged")
    boxes.happen("transferred", "T", "2024-11-04", "2", "PO-1", receipt_event_id="R0", to_location="SITE")
    boxes.happen("installed", "I", "2024-11-05", "2", "PO-1", receipt_event_id="T")
    boxes.happen("uninstalled", "U", "2024-11-06", "1", "PO-1", receipt_event_id="I")
    boxes.happen("installed", "J", "2024-11-07", "4", "PO-1")
    boxes.value()
    assert waiting(boxes) == {}
    received, installed = worth(boxes, "received"), worth(boxes, "installed")
    assert received == installed
    assert abs(received[0] - Decimal(5) / 3) < Decimal("0.0002")


def test_what_comes_late_makes_the_same_books(boxes: Books) -> None:
    boxes.happen("received", "R", "2024-11-02", "2", "PO-1", unit="BOX")
    for number in (0, 2, 1):
        boxes.happen("installed", f"I{number}", f"2024-11-0{number + 3}", "2", "PO-1", receipt_event_id="R")
        boxes.value()
    assert waiting(boxes) == {}
    assert worth(boxes, "installed") == (2, 2000)
    rows = boxes.connection.execute(b"select event_id, units from ledger.event_tag order by event_id").fetchall()
    assert [str(row["units"]) for row in rows] == ["0.6667", "0.6666", "0.6667", "2.0000"]


def test_what_rounding_alone_makes_lack_holds_nothing_back(boxes: Books) -> None:
    boxes.connection.execute(b"update core.unit_conversion set numerator = 20000")
    boxes.happen("received", "R", "2024-11-02", "1", "PO-1", unit="BOX")
    # Half a ten-thousandth of a box, and the rest of it: each is rounded up.
    boxes.happen("rejected", "X", "2024-11-03", "1", "PO-1", receipt_event_id="R", reason="damaged")
    boxes.happen("installed", "I", "2024-11-04", "19999", "PO-1", receipt_event_id="R")
    boxes.value()
    assert waiting(boxes) == {}
    assert worth(boxes, "received") == worth(boxes, "installed") == (Decimal("0.9999"), Decimal("999.90"))
    row = boxes.connection.execute(b"select units from ledger.event_tag where event_id = 'I'").fetchone()
    assert row == {"units": Decimal("0.9999")}
