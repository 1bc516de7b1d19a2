"""Where the oracle finds the codes an event counts on, and when it lets the event wait."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.laws.model import run
from tests.laws.model_records import CodeRule, Codes, Event
from tests.laws.notation import CLOSED, PIPE, VALID, VALVES, event, line, valued, worth


def sources(events: list[Event], **more: object) -> dict[str, tuple[str, list[str]]]:
    result = run([line("9", "2.00")], [], events, VALID, **more)  # type: ignore[arg-type]
    return {name: (tag.source, [codes.cost_code for codes in tag.codes]) for name, tag in result.tags.items()}


def test_a_tag_comes_from_the_event_then_the_allocation_then_the_purchase_order_line() -> None:
    events = [
        event("R", "received", 1, "6"),
        event("I1", "installed", 2, "1", on="R"),
        event("A", "allocated", 3, "2", on="R", codes=VALVES),
        event("I2", "installed", 4, "1", on="R"),
        event("I3", "installed", 5, "1", on="R", codes=PIPE),
    ]
    assert sources(events) == {
        "R": ("commitment_item", ["33 14 13"]),
        "I1": ("commitment_item", ["33 14 13"]),
        "A": ("event", ["33 14 19"]),
        "I2": ("allocation", ["33 14 19"]),
        "I3": ("event", ["33 14 13"]),
    }


def test_what_is_given_back_counts_where_it_was_taken() -> None:
    events = [
        event("R", "received", 1, "6"),
        event("A", "allocated", 2, "2", on="R", codes=VALVES),
        event("I", "installed", 3, "2", on="R"),
        event("U", "uninstalled", 4, "1", on="I"),
        event("X", "rejected", 5, "1", on="R"),
    ]
    assert sources(events)["U"] == ("allocation", ["33 14 19"])
    assert sources(events)["X"] == ("commitment_item", ["33 14 13"])


def test_a_draw_goes_over_the_codes_of_its_layers_allocation_first_in_first_out() -> None:
    events = [
        event("R", "received", 1, "6"),
        event("A", "allocated", 2, "2", on="R", codes=VALVES),
        event("B", "allocated", 3, "3", on="R"),
        event("I", "installed", 4, "1", on="R"),
        event("J", "installed", 5, "3", on="R"),
        event("K", "installed", 6, "2", on="R"),
    ]
    result = valued(events)
    assert worth(result, "event_id", "measure", "codes") == {
        f"R received {PIPE}": Decimal("12.00"),
        f"A allocated {VALVES}": Decimal("4.00"),
        f"B allocated {PIPE}": Decimal("6.00"),
        f"I installed {VALVES}": Decimal("2.00"),
        f"J installed {VALVES}": Decimal("2.00"),
        f"J installed {PIPE}": Decimal("4.00"),
        f"K installed {PIPE}": Decimal("4.00"),
    }
    assert result.tags["K"].source == "allocation"


def test_an_allocation_known_later_moves_cost_by_a_line_on_each_code() -> None:
    events = [event("R", "received", 1, "6"), event("I", "installed", 3, "2", on="R")]
    before = worth(valued(events), "event_id", "codes")
    after = worth(valued([*events, event("A", "allocated", 2, "2", on="R", codes=VALVES)]), "event_id", "codes")
    assert before[f"I {PIPE}"] == after[f"I {VALVES}"] == Decimal("4.00")
    assert f"I {PIPE}" not in after


def test_a_mapping_gives_the_code_of_its_class_job_and_day() -> None:
    bare = line("9", "2.00", codes=Codes("J1", "", "", ""))
    rules = [
        CodeRule("pipe", "", "2026-01-01", "", PIPE),
        CodeRule("pipe", "", "2026-03-07", "", PIPE),
        CodeRule("pipe", "J1", "2026-03-05", "2026-03-08", VALVES),
        CodeRule("pipe", "J2", "2026-03-09", "", VALVES),
        CodeRule("wire", "J1", "2026-03-09", "", VALVES),
    ]
    events = [event(f"R{day}", "received", day, "1") for day in (4, 5, 8, 9)]
    result = run([bare], [], events, VALID, code_rules=rules, material_classes={"DIP-8": "pipe"})
    assert {name: tag.codes[0].cost_code[-2:] for name, tag in result.tags.items()} == {
        "R4": "13",
        "R5": "19",
        "R8": "19",
        "R9": "13",
    }
    assert {tag.source for tag in result.tags.values()} == {"mapping"}
    assert set(run([bare], [], events, VALID).waiting.values()) == {"untagged"}


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"codes": CLOSED}, "job_not_in_progress"),
        ({"codes": Codes("J7", "", "33 14 13", "M")}, "job_unknown"),
        ({"codes": Codes("J1", "", "99 99 99", "M")}, "cost_code_unknown"),
        ({"commitment": "PO7"}, "commitment_unknown"),
        ({"commitment": "", "item_number": 0, "standard_item": "DIP-8"}, "untagged"),
        ({"unit": "M"}, "unit_without_factor"),
        ({"event_type": "transferred"}, "over_consumed"),
        ({"event_type": "counted"}, "count_not_approved"),
    ],
)
def test_an_event_that_cannot_be_placed_waits_and_so_does_what_draws_from_it(
    said: dict[str, object], rule: str
) -> None:
    receipt = event("R", "received", 1, "5")._replace(**said)  # type: ignore[arg-type]
    events = [receipt, event("I", "installed", 2, "1", on="R")]
    result = valued(events)
    assert (result.waiting, result.entries) == ({"R": rule, "I": "receipt_waits"}, [])
    assert valued(events[1:]).waiting == {"I": "receipt_unknown"}
