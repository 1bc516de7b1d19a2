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

from fractions import Fraction
from typing import TYPE_CHECKING

from tests.laws.model_records import (
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
    cents,
    cost_in_force,
)
from tests.laws.model_state import Draw, Layer, LineState, Move, Spot
from tests.laws.model_steps import asks_for, canonical_key, check_room, merged, split, withdrawn
from tests.laws.model_tags import Tagger

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping


class Walk:
    """The state of the books while records are applied in canonical order."""

    def __init__(
        self, lines: Iterable[Line], tagger: Tagger, known: Container[str], approved_counts: Container[str]
    ) -> None:
        """Open every line with what was first ordered; `known` are the ids of all events."""
        self.tagger, self.known, self.approved_counts = tagger, known, approved_counts
        self.states: dict[LineKey, LineState] = {}
        for line in lines:
            units, unit_cost, amount = Fraction(line.units), Fraction(line.unit_cost), Fraction(line.amount)
            cost = cost_in_force(units, unit_cost, amount, None if amount else unit_cost or None)
            self.states[line.commitment, line.item_number] = LineState(line, units, unit_cost, amount, cost)
        self.spots: dict[str, list[Spot]] = {}
        self.stock: dict[tuple[str, str], list[Spot]] = {}
        self.moves: dict[str, list[Move]] = {}
        self.types: dict[str, str] = {}
        self.count = 0
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

    def book_transfers(self, layer: Layer, cause: Event | ChangeOrder) -> None:
        """Bring what is booked for every transfer of a layer to what it moved: out of the place before, into its own.

        What came to a place is worth what was consumed or returned there, what lies there, and what went on from it.
        What lies in the layer is spread over its places by their units, in the order in which they were made.
        """
        if len(layer.spots) == 1:
            return
        on_hand = [spot.on_hand for spot in layer.spots]
        left = layer.value - sum((draw.booked_amount for draw in layer.consumed), ZERO)
        worth: dict[Spot, Fraction] = {}
        reached = ZERO
        for spot, units in zip(layer.spots, on_hand, strict=True):
            lying = ZERO
            if sum(on_hand):
                lying = cents(left * (reached + units) / sum(on_hand)) - cents(left * reached / sum(on_hand))
            reached += units
            consumed = sum((draw.booked_amount for draw in spot.drawn(layer.consumed)), ZERO)
            worth[spot] = lying + consumed + spot.gone
        for spot in reversed(layer.spots):
            if spot.origin is None:
                continue
            worth[spot.origin] += worth[spot]
            units, amount = spot.brought - spot.booked_units, worth[spot] - spot.booked_amount
            self.book(layer, cause, Draft(spot.event_id, "transferred", spot.codes, units, amount))
            self.book(layer, cause, Draft(spot.event_id, "transferred", spot.origin.codes, -units, -amount))
            spot.booked_units, spot.booked_amount = spot.brought, worth[spot]

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
            self.book_transfers(layer, order)

    # ---------------------------------------------------------------- events

    def apply(self, event: Event) -> None:
        """Apply an event, or note the rule for which it waits."""
        try:
            moves = self.moves_of(event)
            check_room(moves)
        except Waits as why:
            self.result.waiting[event.event_id] = str(why)
            self.result.tags.pop(event.event_id, None)
            return
        self.moves[event.event_id], self.types[event.event_id] = moves, event.event_type
        moved: dict[Layer, set[Draw]] = {}
        for move in moves:
            self.count += 1
            move.number = self.count
            move.spot.moves.append(move)
            of_layer = moved.setdefault(move.layer, set())
            if move.undoes is not None:
                move.undoes.take_back(abs(move.units))
            if move.side == "transferred":
                self.bring(event, move)
                continue
            if move.draw is None:
                self.move_layer(event, move)
                continue
            if move.undoes is None:
                (move.layer.allocated if move.side == "allocated" else move.layer.consumed).append(move.draw)
            move.draw.units += move.units
            of_layer.add(move.draw)
        for layer, draws in moved.items():
            self.revalue(layer, event, draws)
            self.book_transfers(layer, event)

    def place(self, event: Event, spot: Spot) -> None:
        """Note a place that an event makes: by the event, by its PO line, and by what lies at which location."""
        state = spot.layer.state
        item = spot.layer.receipt.standard_item or state.line.standard_item
        self.spots.setdefault(event.event_id, []).append(spot)
        state.spots.append(spot)
        self.stock.setdefault((item, spot.location), []).append(spot)

    def bring(self, event: Event, move: Move) -> None:
        """Bring units to the place of a transfer, or back from there."""
        spot = move.spot
        assert spot.origin is not None
        if move.undoes is None:
            spot.layer.spots.append(spot)
            self.place(event, spot)
        spot.origin.units -= move.units
        spot.units += move.units
        spot.brought += move.units

    def move_layer(self, event: Event, move: Move) -> None:
        """Change what a layer holds; the event is worth the difference it makes to V of the line.

        It counts on the codes the event carries, else on those of each layer it takes from.
        """
        layer, state = move.layer, move.layer.state
        if move.side == "received" and layer.receipt is event:
            state.layers.append(layer)
            self.place(event, move.spot)
        accepted = sum((one.units for one in state.layers), ZERO)
        amount = state.value_of(accepted + move.units) - state.value_of(accepted)
        layer.units += move.units
        layer.value += amount
        move.spot.units += move.units
        move.spot.gone -= amount
        self.result.sides[event.event_id] = move.side
        carries_codes = event.codes.job and event.codes.cost_code
        codes = self.result.tags[event.event_id].codes[0] if carries_codes else move.spot.codes
        self.book(layer, event, Draft(event.event_id, "received", codes, move.units, amount))

    def moves_of(self, event: Event) -> list[Move]:
        """Say what an event does; raises Waits with the rule it breaks."""
        quantity = Fraction(event.quantity)
        if event.event_type == "received":
            return [self.receipt(event, quantity)]
        if event.event_type in ("rejected", "returned"):
            return self.cut(event, quantity)
        if event.event_type == "reversed":
            self.named(event.reverses_event_id)
            return self.undo(event, self.moves[event.reverses_event_id], quantity)
        if event.event_type == "counted" and event.event_id not in self.approved_counts:
            raise Waits("count_not_approved")
        if event.event_type in ("uninstalled", "deallocated") or (quantity > 0 and event.event_type == "counted"):
            return self.undo(event, self.draws_to_give_back(event), quantity)
        if event.event_type == "transferred":
            return self.transfer(event, quantity)
        return self.draw(event, abs(quantity))

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

    def spots_of(self, event: Event) -> list[Spot]:
        """Give the places an event may take from, in the order they came to be, all in its unit.

        Those of the receipt or transfer it names, else of the PO line it names, else of its item at its location.
        Stock of another job is never drawn: the last count only where the event's job received them or had part of
        them allocated. On a line, what a transfer brought to a job is drawn for that job only, and first.
        """
        if event.receipt_event_id:
            if self.named(event.receipt_event_id) not in ("received", "transferred"):
                raise Waits("names_wrong_event")
            found = self.spots[event.receipt_event_id]
        elif event.commitment:
            state, said = self.line_of(event), event.codes.job
            job = said or state.line.codes.job
            held = [spot for spot in state.spots if spot.origin is None or spot.codes.job == job]
            own = [spot for spot in held if said not in ("", state.line.codes.job) and spot.origin is not None]
            found = [*own, *(spot for spot in held if spot not in own)]
        else:
            stock = self.stock.get((event.standard_item, event.location), [])
            found = [spot for spot in stock if spot.is_for(event.codes.job)]
        if any(event.unit not in ("", spot.layer.state.line.unit) for spot in found):
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
        return Move(Layer(event, state, tag).spots[0], "received", quantity)

    def cut(self, event: Event, quantity: Fraction) -> list[Move]:
        """Take a rejection or return from the receipt it names, else first in first out from what its line has left."""
        if not event.receipt_event_id:
            self.line_of(event)
        parts = split(quantity, self.spots_of(event), "on_hand", "layer_too_small")
        layer = parts[0][0].layer
        self.result.tags[event.event_id] = self.tagger.own_tag(event, layer.state) or layer.tag
        return [Move(spot, event.event_type, -units) for spot, units in parts]

    def transfer(self, event: Event, quantity: Fraction) -> list[Move]:
        """Take units on to another place, first in first out; each part stays on the layer it came from."""
        moves = []
        for spot, units in split(quantity, self.spots_of(event), "on_hand", "over_consumed", asks_for(event)):
            codes = self.tagger.at_receiver(event, spot)
            location = event.to_location or event.to.job or spot.location
            there = Spot(spot.layer, codes, location, spot, event.event_id)
            moves.append(Move(there, "transferred", units))
        self.result.tags[event.event_id] = Tag("transfer", tuple(move.spot.codes for move in moves))
        return moves

    def draw(self, event: Event, quantity: Fraction) -> list[Move]:
        """Draw for an allocation, an installation or waste from the layers it may touch, first in first out."""
        is_allocation = event.event_type == "allocated"
        free, rule = ("unallocated", "over_allocated") if is_allocation else ("on_hand", "over_consumed")
        measure = "wasted" if event.event_type == "counted" else event.event_type
        moves, tags = [], []
        for spot, units in split(quantity, self.spots_of(event), free, rule, asks_for(event)):
            for codes, part, source in self.tagger.parts(event, spot, units):
                tags.append((source, codes))
                moves.append(Move(spot, event.event_type, part, Draw(event.event_id, measure, codes, spot)))
        self.result.tags[event.event_id] = Tag(tags[0][0], tuple(dict.fromkeys(codes for _, codes in tags)))
        return moves

    def draws_to_give_back(self, event: Event) -> list[Move]:
        """Give what may be taken back: of the event, receipt or line named, else of the item at its location."""
        wanted = {"uninstalled": "installed", "deallocated": "allocated"}.get(event.event_type, "counted")
        name = event.receipt_event_id
        if name and self.named(name) not in ("received", "transferred"):
            if self.named(name) != wanted or wanted == "counted":
                raise Waits("names_wrong_event")
            return self.moves[name]
        made = (move for spot in self.spots_of(event) for move in spot.moves)
        wanted_ones = (move for move in made if move.side == wanted and move.undoes is None)
        return sorted(wanted_ones, key=lambda move: move.number)

    def undo(self, event: Event, moves: list[Move], quantity: Fraction) -> list[Move]:
        """Take back part of earlier moves, the last first."""
        taken = []
        if sum((abs(move.units) - move.undone for move in moves), ZERO) < quantity or not moves:
            raise Waits("count_gain_unexplained" if event.event_type == "counted" else "more_than_was_drawn")
        for move in reversed(moves):
            most = min(quantity, abs(move.units) - move.undone)
            part = min(most, move.spot.on_hand) if move.side == "transferred" else most
            if part > 0:
                signed = -part if move.units > 0 else part
                taken.append(Move(move.spot, move.side, signed, move.draw, undoes=move))
                quantity -= part
        if quantity > 0:
            raise Waits("layer_too_small")
        last = taken[0]
        if event.unit not in ("", last.layer.state.line.unit):
            raise Waits("unit_without_factor")
        target = last.layer.tag
        if last.draw is not None:
            target = Tag(self.result.tags[last.draw.event_id].source, (last.draw.codes,))
        self.result.tags[event.event_id] = self.tagger.own_tag(event, last.layer.state) or target
        return taken


def run(
    lines: Iterable[Line],
    change_orders: Iterable[ChangeOrder],
    events: Iterable[Event],
    valid_codes: Mapping[Codes, str],
    *,
    code_rules: Iterable[CodeRule] = (),
    material_classes: Mapping[str, str] | None = None,
    approved_counts: Container[str] = (),
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
        approved_counts: ids of the stock-take differences that finance approved.
    """
    known: dict[str, Event] = {}
    for event in events:
        if known.setdefault(event.event_id, event) != event:
            message = f"event {event.event_id} came with two contents"
            raise ValueError(message)
    walk = Walk(lines, Tagger(valid_codes, list(code_rules), material_classes or {}), known, approved_counts)
    records: list[Event | ChangeOrder] = [*known.values(), *dict.fromkeys(change_orders)]
    for record in sorted(records, key=canonical_key):
        if isinstance(record, Event):
            walk.apply(record)
        else:
            walk.change(record)
    walk.result.waiting |= dict.fromkeys(withdrawn(known, walk.result.waiting), "withdrawn")
    walk.result.entries = merged(walk.result.entries)
    return walk.result
