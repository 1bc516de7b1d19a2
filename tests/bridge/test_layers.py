"""The walk through layers: who draws from where, and who must wait."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sage_bridge.layers import Codes, Movement, walk

LINE = Codes("24-101", "", "03 30 00", "M")
OTHER = Codes("24-101", "", "05 12 00", "M")


def received(event_id: str, units: int) -> Movement:
    return Movement(event_id, "received", "receipt", Decimal(units), 1, event_id, line_codes=LINE)


def installed(event_id: str, units: int, layer: str | None = None, codes: Codes | None = None) -> Movement:
    return Movement(event_id, "installed", "consume", Decimal(units), 1, layer, own_codes=codes, line_codes=LINE)


def allocated(event_id: str, units: int, layer: str, codes: Codes) -> Movement:
    return Movement(event_id, "allocated", "allocate", Decimal(units), 1, layer, own_codes=codes, line_codes=LINE)


def test_an_unnamed_draw_takes_the_oldest_layer_first() -> None:
    draws, waiting = walk([received("R1", 4), received("R2", 4), installed("I1", 6)])
    assert [(d.event_id, d.layer_event_id, d.units) for d in draws[2:]] == [("I1", "R1", 4), ("I1", "R2", 2)]
    assert waiting == {}


def test_a_draw_above_what_is_left_waits_and_the_next_one_goes_on() -> None:
    draws, waiting = walk([received("R1", 4), installed("I1", 5, "R1"), installed("I2", 4, "R1")])
    assert waiting == {"I1": "over_consumed"}
    assert draws[-1].event_id == "I2"


def test_a_rejection_that_would_cut_below_what_is_installed_waits() -> None:
    cut = Movement("X1", "rejected", "cut", Decimal(2), 1, "R1")
    _, waiting = walk([received("R1", 4), installed("I1", 3, "R1"), cut])
    assert waiting == {"X1": "layer_too_small"}


def test_consumption_without_codes_follows_the_allocations_first_in_first_out() -> None:
    draws, _ = walk([received("R1", 10), allocated("A1", 4, "R1", OTHER), installed("I1", 6, "R1")])
    assert [(d.codes, d.units, d.part) for d in draws[2:]] == [(OTHER, 4, 1), (LINE, 2, 2)]


def test_an_uninstall_gives_back_to_the_layers_of_the_install_last_first() -> None:
    back = Movement("U1", "uninstalled", "give_back", Decimal(3), 1, None, "I1")
    draws, waiting = walk([received("R1", 4), received("R2", 4), installed("I1", 6), back])
    assert [(d.layer_event_id, d.units, d.owner_event_id) for d in draws[4:]] == [("R2", -2, "I1"), ("R1", -1, "I1")]
    assert waiting == {}


def test_nothing_is_given_back_twice() -> None:
    back = [Movement(f"U{n}", "uninstalled", "give_back", Decimal(2), 1, None, "I1") for n in (1, 2)]
    _, waiting = walk([received("R1", 4), installed("I1", 3, "R1"), *back])
    assert waiting == {"U2": "more_than_was_drawn"}


def test_stock_without_a_line_is_drawn_from_its_item_place_and_job_only() -> None:
    there = Movement(
        "R1", "received", "receipt", Decimal(4), 1, "R1", line_codes=LINE, standard_item="PIPE", location="A"
    )
    draw = Movement(
        "I1",
        "installed",
        "consume",
        Decimal(1),
        0,
        own_codes=LINE,
        wanted_job="24-101",
        standard_item="PIPE",
        location="A",
    )
    elsewhere = Movement(
        "I2", "installed", "consume", Decimal(1), 0, own_codes=LINE, standard_item="PIPE", location="B"
    )
    stranger = Movement(
        "I3", "installed", "consume", Decimal(1), 0, wanted_job="24-102", standard_item="PIPE", location="A"
    )
    draws, waiting = walk([there, draw, elsewhere, stranger])
    assert draws[-1].event_id == "I1"
    assert waiting == {"I2": "over_consumed", "I3": "over_consumed"}


def test_less_than_half_a_thousandth_may_lack_where_quantities_were_rounded() -> None:
    def waits_for(lacking: str, *, is_rounded: bool) -> dict[str, str]:
        last = installed("I1", 4, "R1")
        last = replace(last, quantity=last.quantity + Decimal(lacking), is_rounded=is_rounded)
        draws, waiting = walk([received("R1", 4), last])
        assert sum(draw.units for draw in draws[1:]) in (0, 4)
        return waiting

    assert waits_for("0.0004", is_rounded=True) == {}
    assert waits_for("0.0005", is_rounded=True) == {"I1": "over_consumed"}
    assert waits_for("0.0001", is_rounded=False) == {"I1": "over_consumed"}
