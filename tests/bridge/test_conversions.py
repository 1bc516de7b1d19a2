"""Quantities in other units than their line's: each is near what was said, and together they are the whole."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sage_bridge.conversions import Said, quantities

PLACE = Fraction(1, 10_000)
factors = st.builds(Fraction, st.integers(1, 60), st.integers(1, 144))


def counted(*events: Said) -> dict[str, Decimal]:
    return dict(quantities(events))


def receipt(event_id: str, pieces: int, of: int) -> Said:
    return Said(event_id, "receipt", 1, Fraction(pieces, of))


def installed(event_id: str, pieces: int, of: int, names: str | None = None) -> Said:
    return Said(event_id, "consume", 1, Fraction(pieces, of), names)


def test_two_boxes_of_three_are_built_in_two_pieces_at_a_time() -> None:
    found = counted(receipt("R", 6, 3), *(installed(f"I{n}", 2, 3, "R") for n in range(3)))
    assert found == {
        "R": Decimal(2), "I0": Decimal("0.6667"), "I1": Decimal("0.6666"), "I2": Decimal("0.6667")
    }  # fmt: skip


def test_a_piece_that_is_named_is_the_whole_of_itself() -> None:
    found = counted(*(receipt(f"R{n}", 1, 3) for n in range(3)), *(installed(f"I{n}", 1, 3, f"R{n}") for n in range(3)))
    assert [found[f"R{n}"] for n in range(3)] == [Decimal("0.3333"), Decimal("0.3334"), Decimal("0.3333")]
    assert [found[f"I{n}"] for n in range(3)] == [found[f"R{n}"] for n in range(3)]


def test_what_is_undone_is_what_was_done() -> None:
    undone = Said("X", "cut", 1, Fraction(1, 3), "R1")
    found = counted(receipt("R0", 1, 3), receipt("R1", 1, 3), undone, receipt("R2", 1, 3))
    assert found["X"] == found["R1"] == Decimal("0.3334")
    assert found["R0"] + found["R2"] == Decimal("0.6667")


def test_what_four_places_hold_is_itself() -> None:
    found = counted(receipt("R", 7, 3), Said("I", "consume", 1, Fraction(1, 4), "R"), installed("J", 1, 2))
    assert (found["I"], found["J"]) == (Decimal("0.25"), Decimal("0.5"))


def test_the_last_of_what_is_named_is_all_that_is_left_of_it() -> None:
    found = counted(receipt("R", 4, 3), installed("I", 1, 3, "R"), Said("J", "consume", 1, Fraction(1), "R"))
    assert found["R"] == found["I"] + found["J"] == Decimal("1.3333")


@given(factor=factors, received=st.lists(st.integers(1, 50), min_size=1, max_size=8), data=st.data())
def test_what_is_consumed_to_the_last_piece_is_what_was_received(
    factor: Fraction, received: list[int], data: st.DataObject
) -> None:
    receipts = [Said(f"R{n}", "receipt", 1, pieces * factor) for n, pieces in enumerate(received)]
    is_named = data.draw(st.booleans())
    draws = []
    for n, pieces in enumerate(received):
        left = pieces
        while left:
            part = data.draw(st.integers(1, left))
            draws.append(Said(f"I{len(draws)}", "consume", 1, part * factor, f"R{n}" if is_named else None))
            left -= part
    found = counted(*receipts, *draws)
    assert sum(found[one.event_id] for one in receipts) == sum(found[one.event_id] for one in draws)
    total = sum((one.exact for one in receipts), Fraction(0))
    assert abs(Fraction(sum(found[one.event_id] for one in receipts)) - total) <= PLACE / 2
    assert all(abs(Fraction(found[one.event_id]) - one.exact) < 2 * PLACE for one in (*receipts, *draws))


@given(factor=factors, pieces=st.integers(2, 60), data=st.data())
def test_nothing_that_fits_in_pieces_is_too_large_in_the_lines_unit(
    factor: Fraction, pieces: int, data: st.DataObject
) -> None:
    left, draws = pieces, []
    while left:
        part = data.draw(st.integers(1, left))
        draws.append(Said(f"I{len(draws)}", data.draw(st.sampled_from(["consume", "cut"])), 1, part * factor, "R"))
        left -= part
    found = counted(Said("R", "receipt", 1, pieces * factor), *draws)
    # Consumption and returns are rounded apart.
    assert sum(found[one.event_id] for one in draws) <= found["R"] + Decimal("0.0001")
