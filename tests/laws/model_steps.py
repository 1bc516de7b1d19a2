"""The oracle's small steps: records in canonical order, units taken in the order of their places, entries added up."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tests.laws.model_records import RANK, ZERO, ChangeOrder, Entry, Event, Waits

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from fractions import Fraction

    from tests.laws.model_state import Move, Spot


def asks_for(event: Event) -> str:
    """Give the job whose stock an event draws from by item and location; '' where it names what it draws from."""
    return "" if event.commitment or event.receipt_event_id else event.codes.job


def split(quantity: Fraction, spots: list[Spot], free: str, rule: str, job: str = "") -> list[tuple[Spot, Fraction]]:
    """Take a quantity from places in their order as far as each has units free for a job; raises Waits with `rule`."""
    parts = []
    for spot in spots:
        part = min(quantity, max(min(getattr(spot, free), spot.open_to(job)), ZERO))
        if part > 0:
            parts.append((spot, part))
            quantity -= part
    if quantity > 0 or not parts:
        raise Waits(rule)
    return parts


def check_room(moves: list[Move]) -> None:
    """Raise Waits when a layer would hold less than was consumed, or give more than it holds."""
    for spot in dict.fromkeys(move.spot for move in moves):
        here = [move for move in moves if move.spot is spot]
        change = sum((move.units for move in here), ZERO)
        if here[0].side == "transferred":
            continue
        if here[0].draw is None:
            if spot.on_hand + change < 0:
                raise Waits("layer_too_small")
        elif change > 0:
            is_allocation = here[0].draw.measure == "allocated"
            if change > (spot.unallocated if is_allocation else spot.on_hand):
                raise Waits("over_allocated" if is_allocation else "over_consumed")


def canonical_key(record: Event | ChangeOrder) -> tuple[int, datetime, int, int, bytes]:
    """Give a record's place: closes known, instant, rank, then a change order's number or an event's id bytes."""
    if isinstance(record, Event):
        instant = datetime.fromisoformat(record.occurred_at)
        return record.close_count, instant, RANK.get(record.event_type, 5), 0, record.event_id.encode()
    instant = datetime.fromisoformat(record.approved_at)
    line = f"{record.commitment}/{record.item_number:06d}".encode()
    return record.close_count, instant, 0, int(record.number), line


def merged(entries: Iterable[Entry]) -> list[Entry]:
    """Add entries of one key (event, cause, measure, line, codes) together, leave zero ones out, sort."""
    sums: dict[Entry, list[Fraction]] = {}
    for entry in entries:
        both = sums.setdefault(entry._replace(units=ZERO, amount=ZERO), [ZERO, ZERO])
        both[0] += entry.units
        both[1] += entry.amount
    found = [key._replace(units=units, amount=amount) for key, (units, amount) in sums.items() if units or amount]
    return sorted(found, key=lambda entry: entry[:7])


def withdrawn(known: Mapping[str, Event], waiting: Collection[str]) -> set[str]:
    """Give the waiting events that waiting reversals take back to the last unit, and those reversals.

    A reversal that asks for more than those before it left takes nothing. What takes back itself is not withdrawn.
    """
    found: set[str] = set()
    reversals = [known[name] for name in waiting if known[name].event_type == "reversed"]
    for event in (known[name] for name in waiting):
        takes_back = event.event_type in ("reversed", "uninstalled", "deallocated")
        if takes_back or (event.event_type == "counted" and event.quantity > 0):
            continue
        left, taking = abs(event.quantity), {event.event_id}
        for one in sorted(reversals, key=canonical_key):
            fits = abs(one.quantity) <= left and (not one.unit or not event.unit or one.unit == event.unit)
            if one.reverses_event_id == event.event_id and fits:
                left -= abs(one.quantity)
                taking.add(one.event_id)
        if left == 0:
            found |= taking
    return found
