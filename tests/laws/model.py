"""The oracle: what material events are worth, computed slowly and plainly, one record at a time.

It restates the domain's rules on tagging, layers and money in ordinary Python so that the set-wise SQL of
the warehouse can be compared with something a person can read in one sitting. It shares no code with the
product and uses exact fractions only; a value becomes a decimal when it leaves.

The walk: all records are put into the canonical order (period closes known, instant, rank, id bytes) and
applied one after the other. Every record may move three things:

* what a *layer* (one receipt) holds and is worth: receipts, rejections, returns, change orders of price;
* what was *allocated* from a layer;
* what was *consumed* from a layer (installed or wasted).

After each step every draw of the touched layers is worth `f(cum_j) - f(cum_j-1)` with
`f(c) = round(layer value * c / layer units, 2)`; the changes are the entries of that step. A record that cannot
be applied (no code, over-consumption, ...) is left out with the name of the rule and changes nothing.

Quantities are in the unit of the commitment item, money in company currency, debit positive.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.laws.model_records import (
    RANK,
    ZERO,
    ChangeOrder,
    CodeRule,
    Codes,
    Draft,
    Entry,
    Event,
    Line,
    LineKey,
    Result,
    Tag,
    Waits,
    cost_in_force,
)
from tests.laws.model_state import Draw, Layer, LineState, Move, total
from tests.laws.model_tags import Tagger

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping


class Walk:
    """The state of the books while records are applied in canonical order."""

    def __init__(self, lines: Iterable[Line], tagger: Tagger, known: Container[str]) -> None:
        """Open every line with what was first ordered; `known` are the ids of all events."""
        self.tagger, self.known = tagger, known
        self.states: dict[LineKey, LineState] = {}
        for line in lines:
            units, unit_cost, amount = Fraction(line.units), Fraction(line.unit_cost), Fraction(line.amount)
            cost = cost_in_force(units, unit_cost, amount, None if amount else unit_cost or None)
            self.states[line.commitment, line.item_number] = LineState(line, units, unit_cost, amount, cost)
        self.layers: dict[str, Layer] = {}
        self.shelves: dict[tuple[str, str], list[Layer]] = defaultdict(list)
        self.moves: dict[str, list[Move]] = {}
        self.types: dict[str, str] = {}
        self.result = Result()

    # ---------------------------------------------------------------- money

    def book(self, layer: Layer, cause: Event | ChangeOrder, entry: Draft) -> None:
        """Write an entry unless it is zero."""
        if entry.units or entry.amount:
            line = (layer.state.line.commitment, layer.state.line.item_number)
            if isinstance(cause, Event):
                kind, cause_id, date = "event", cause.event_id, cause.occurred_at[:10]
            else:
                kind, cause_id, date = "change_order", cause.number, cause.date
            self.result.entries.append(
                Entry(entry.event_id, kind, cause_id, entry.measure, line, entry.codes, date, entry.units, entry.amount)
            )

    def revalue(self, layer: Layer, cause: Event | ChangeOrder, moved: Container[Draw]) -> None:
        """Bring what is booked for every draw of a layer to what it is worth now; `moved` = draws the cause changes.

        What an event gives back stands on that event, every other change on the event that drew. A return can
        leave less in the layer than was allocated: the last allocations then hold less.
        """
        for draws in (layer.allocated, layer.consumed):
            taken = reached = ZERO
            for draw in draws:
                before, taken = reached, taken + draw.units
                reached = min(taken, layer.units)
                units, amount = reached - before, layer.share(reached) - layer.share(before)
                event_id = cause.event_id if draw in moved and isinstance(cause, Event) else draw.event_id
                change = (units - draw.booked_units, amount - draw.booked_amount)
                self.book(layer, cause, Draft(event_id, draw.measure, draw.codes, *change))
                draw.booked_units, draw.booked_amount = units, amount

    def change(self, order: ChangeOrder) -> None:
        """Apply a change order; when the unit cost changes, spread V with the new one over the layers."""
        state = self.states[order.commitment, order.item_number]
        state.units += Fraction(order.units)
        state.amount += Fraction(order.amount)
        if order.unit_cost is not None:
            state.unit_cost = Fraction(order.unit_cost)
        old, state.cost = state.cost, cost_in_force(state.units, state.unit_cost, state.amount, state.cost)
        if state.cost == old:
            return
        reached = ZERO
        for layer in state.layers:
            value = state.value_of(reached + layer.units) - state.value_of(reached)
            reached += layer.units
            draft = Draft(layer.receipt.event_id, "received", layer.codes, ZERO, value - layer.value)
            self.book(layer, order, draft)
            layer.value = value
            self.revalue(layer, order, ())

    # ---------------------------------------------------------------- events

    def apply(self, event: Event) -> None:
        """Apply an event, or note the rule for which it waits."""
        try:
            moves = self.moves_of(event)
            self.check_room(moves)
        except Waits as why:
            self.result.waiting[event.event_id] = str(why)
            self.result.tags.pop(event.event_id, None)
            return
        self.moves[event.event_id], self.types[event.event_id] = moves, event.event_type
        moved: dict[Layer, set[Draw]] = {}
        for move in moves:
            of_layer = moved.setdefault(move.layer, set())
            if move.undoes is not None:
                move.undoes.take_back(abs(move.units))
            if move.draw is None:
                self.move_layer(event, move)
                continue
            if move.undoes is None:
                (move.layer.allocated if move.side == "allocated" else move.layer.consumed).append(move.draw)
            move.draw.units += move.units
            of_layer.add(move.draw)
        for layer, draws in moved.items():
            self.revalue(layer, event, draws)

    def move_layer(self, event: Event, move: Move) -> None:
        """Change what a layer holds; the event is worth the difference it makes to V of the line.

        It counts on the codes the event carries, else on those of each layer it takes from.
        """
        layer, state = move.layer, move.layer.state
        if move.side == "received" and layer.receipt is event:
            state.layers.append(layer)
            self.layers[event.event_id] = layer
            item = event.standard_item or state.line.standard_item
            self.shelves[item, event.location].append(layer)
        accepted = sum((one.units for one in state.layers), ZERO)
        amount = state.value_of(accepted + move.units) - state.value_of(accepted)
        layer.units += move.units
        layer.value += amount
        self.result.sides[event.event_id] = move.side
        carries_codes = event.codes.job and event.codes.cost_code
        codes = self.result.tags[event.event_id].codes[0] if carries_codes else layer.codes
        self.book(layer, event, Draft(event.event_id, "received", codes, move.units, amount))

    def moves_of(self, event: Event) -> list[Move]:
        """Say what an event does; raises Waits with the rule it breaks."""
        quantity = Fraction(event.quantity)
        if event.event_type not in RANK:
            raise Waits("event_type_not_open")
        if event.event_type == "received":
            return [self.receipt(event, quantity)]
        if event.event_type in ("rejected", "returned"):
            return self.cut(event, quantity)
        if event.event_type == "reversed":
            self.named(event.reverses_event_id)
            return self.undo(event, self.moves[event.reverses_event_id], quantity)
        if event.event_type in ("uninstalled", "deallocated"):
            return self.undo(event, self.draws_to_give_back(event), quantity)
        return self.draw(event, quantity)

    def line_of(self, event: Event) -> LineState:
        """Give the PO line an event names."""
        state = self.states.get((event.commitment, event.item_number))
        if state is None:
            raise Waits("commitment_unknown" if event.commitment else "untagged")
        return state

    def named(self, event_id: str) -> str:
        """Give the type of the event that an event names, once that is applied."""
        if event_id not in self.moves:
            raise Waits("receipt_waits" if event_id in self.known else "receipt_unknown")
        return self.types[event_id]

    def layers_of(self, event: Event) -> list[Layer]:
        """Give the layers an event may touch, in canonical order, all in its unit.

        Those of the receipt it names, else of the PO line it names, else of its item at its location. Stock
        of another job is never drawn: the last count only where the event's job received them or had part of
        them allocated. (Stock without a job comes from transfers only, which this model leaves out.)
        """
        if event.receipt_event_id:
            if self.named(event.receipt_event_id) != "received":
                raise Waits("names_wrong_event")
            found = [self.layers[event.receipt_event_id]]
        elif event.commitment:
            found = self.line_of(event).layers
        else:
            shelf = self.shelves[event.standard_item, event.location]
            found = [layer for layer in shelf if layer.is_for(event.codes.job)]
        if any(event.unit not in ("", layer.state.line.unit) for layer in found):
            raise Waits("unit_without_factor")
        return found

    def receipt(self, event: Event, quantity: Fraction) -> Move:
        """Make the layer of a receipt."""
        state = self.line_of(event)
        if event.unit not in ("", state.line.unit):
            raise Waits("unit_without_factor")
        tag = self.tagger.own_tag(event, state) or self.tagger.fallback_tag(event, state)
        state.value_of(quantity)
        self.result.tags[event.event_id] = tag
        return Move(Layer(event, state, tag), "received", quantity)

    def cut(self, event: Event, quantity: Fraction) -> list[Move]:
        """Take a rejection or return from the receipt it names, else first in first out from what its line has left."""
        if not event.receipt_event_id:
            self.line_of(event)
        layers = self.layers_of(event)
        free = [layer.units - total(layer.consumed) for layer in layers]
        parts = split(quantity, layers, free, "layer_too_small")
        layer = parts[0][0]
        self.result.tags[event.event_id] = self.tagger.own_tag(event, layer.state) or layer.tag
        return [Move(layer, event.event_type, -units) for layer, units in parts]

    def draw(self, event: Event, quantity: Fraction) -> list[Move]:
        """Draw for an allocation, an installation or waste from the layers it may touch, first in first out."""
        is_allocation = event.event_type == "allocated"
        layers = self.layers_of(event)
        free = [layer.units - total(layer.allocated if is_allocation else layer.consumed) for layer in layers]
        moves, tags = [], []
        for layer, units in split(quantity, layers, free, "over_allocated" if is_allocation else "over_consumed"):
            for codes, part, source in self.tagger.parts(event, layer, units):
                tags.append((source, codes))
                moves.append(Move(layer, event.event_type, part, Draw(event.event_id, event.event_type, codes)))
        self.result.tags[event.event_id] = Tag(tags[0][0], tuple(dict.fromkeys(codes for _, codes in tags)))
        return moves

    def draws_to_give_back(self, event: Event) -> list[Move]:
        """Give what an uninstall or deallocation may take back: of the event, the receipt or the line it names."""
        wanted = "installed" if event.event_type == "uninstalled" else "allocated"
        name = event.receipt_event_id
        if name and self.named(name) != "received":
            if self.named(name) != wanted:
                raise Waits("names_wrong_event")
            return self.moves[name]
        if not name:
            self.line_of(event)
        layers = self.layers_of(event)
        return [
            move
            for moves in self.moves.values()
            for move in moves
            if move.layer in layers and move.side == wanted and move.undoes is None
        ]

    def undo(self, event: Event, moves: list[Move], quantity: Fraction) -> list[Move]:
        """Take back part of earlier moves, the last first."""
        taken = []
        for move in reversed(moves):
            part = min(quantity, abs(move.units) - move.undone)
            if part > 0:
                signed = -part if move.units > 0 else part
                taken.append(Move(move.layer, move.side, signed, move.draw, undoes=move))
                quantity -= part
        if quantity > 0 or not taken:
            raise Waits("more_than_was_drawn")
        last = taken[0]
        if event.unit not in ("", last.layer.state.line.unit):
            raise Waits("unit_without_factor")
        target = last.layer.tag
        if last.draw is not None:
            target = Tag(self.result.tags[last.draw.event_id].source, (last.draw.codes,))
        self.result.tags[event.event_id] = self.tagger.own_tag(event, last.layer.state) or target
        return taken

    def check_room(self, moves: list[Move]) -> None:
        """Raise Waits when a layer would hold less than was consumed, or give more than it holds."""
        for layer in dict.fromkeys(move.layer for move in moves):
            here = [move for move in moves if move.layer is layer]
            change = sum((move.units for move in here), ZERO)
            if here[0].draw is None:
                if layer.units + change < total(layer.consumed):
                    raise Waits("layer_too_small")
            elif change > 0:
                is_allocation = here[0].draw.measure == "allocated"
                drawn = layer.allocated if is_allocation else layer.consumed
                if total(drawn) + change > layer.units:
                    raise Waits("over_allocated" if is_allocation else "over_consumed")


def split(quantity: Fraction, layers: list[Layer], free: list[Fraction], rule: str) -> list[tuple[Layer, Fraction]]:
    """Take a quantity from layers in their order as far as each has units free; raises Waits with `rule`."""
    parts = []
    for layer, units in zip(layers, free, strict=True):
        part = min(quantity, max(units, ZERO))
        if part > 0:
            parts.append((layer, part))
            quantity -= part
    if quantity > 0 or not parts:
        raise Waits(rule)
    return parts


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


def run(
    lines: Iterable[Line],
    change_orders: Iterable[ChangeOrder],
    events: Iterable[Event],
    valid_codes: Mapping[Codes, str],
    *,
    code_rules: Iterable[CodeRule] = (),
    material_classes: Mapping[str, str] | None = None,
) -> Result:
    """Value everything known, whatever the order it comes in; an event given twice counts once.

    Args:
        lines: commitment items as first ordered.
        change_orders: approved changes; pending ones are not given here.
        events: material events; the same id with other content is a ValueError.
        valid_codes: '' or the rule broken (`job_not_in_progress`, `group_cost_code`, ...) per code of the Sage
            mirror; what is not there is `job_unknown` or `cost_code_unknown`.
        code_rules: the controller's mapping of material classes to codes.
        material_classes: class per standard item.
    """
    known: dict[str, Event] = {}
    for event in events:
        if known.setdefault(event.event_id, event) != event:
            message = f"event {event.event_id} came with two contents"
            raise ValueError(message)
    walk = Walk(lines, Tagger(valid_codes, list(code_rules), material_classes or {}), known)
    records: list[Event | ChangeOrder] = [*known.values(), *dict.fromkeys(change_orders)]
    for record in sorted(records, key=canonical_key):
        if isinstance(record, Event):
            walk.apply(record)
        else:
            walk.change(record)
    walk.result.entries = merged(walk.result.entries)
    return walk.result
