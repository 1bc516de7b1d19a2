"""Which layers material is drawn from: the walk through a line's events in canonical order.

Protects the rule that nothing is consumed that was not received (domain 3 and 4). Each receipt is a layer; an
allocation, installation or waste draws units from the layer it names, else first in, first out from the layers of its
line, else from those of its item at its location. Units are in the commitment item's unit. An event that cannot be
applied waits with the name of its rule and draws nothing; later events go on without it.

Most lines need no walk: where every draw names its layer and none is too large, SQL does the same arithmetic set-wise
(`include/sql/ledger/create_work_draw.sql`). This module takes the rest, one component at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Effect = Literal["receipt", "cut", "add", "allocate", "deallocate", "consume", "give_back"]
Track = Literal["Q", "A", "C"]
"""What a draw moves: Q units of the layer, A its allocated units, C its consumed units."""

ZERO = Decimal(0)


class Codes(NamedTuple):
    """Where cost belongs; `extra` '' is the base of the job."""

    job: str
    extra: str
    cost_code: str
    category: str


@dataclass(frozen=True, slots=True)
class Movement:
    """One event of a component.

    `own_codes` as the event carries them, `line_codes` what its line or mapping gives; `line_no` 0 = it names no line.
    `wanted_job` limits which layers an unnamed draw may take.
    """

    event_id: str
    event_type: str
    effect: Effect
    quantity: Decimal
    line_no: int
    layer_event_id: str | None = None
    owner_event_id: str | None = None
    own_codes: Codes | None = None
    line_codes: Codes | None = None
    wanted_job: str | None = None
    standard_item: str = ""
    location: str = ""


class Draw(NamedTuple):
    """Signed units an event moves on a layer; `owner_event_id` and `part` name the draw whose units change."""

    line_no: int
    event_id: str
    layer_event_id: str
    owner_event_id: str
    part: int
    track: Track
    units: Decimal
    codes: Codes | None
    source: str


@dataclass(slots=True)
class _Open:
    """A draw while walking: what is left of it."""

    draw: Draw
    measure: str
    units: Decimal


@dataclass(slots=True)
class _Layer:
    receipt: Movement
    units: Decimal
    allocated: list[_Open] = field(default_factory=list)
    consumed: list[_Open] = field(default_factory=list)

    def free(self, effect: Effect) -> Decimal:
        """Give the units an event of this effect may still take."""
        taken = self.allocated if effect == "allocate" else self.consumed
        return max(self.units - sum((one.units for one in taken), ZERO), ZERO)


class _Waits(Exception):  # noqa: N818 - not an error: the event becomes an exception of the books
    pass


@dataclass(slots=True)
class _Walk:
    layers: dict[str, _Layer] = field(default_factory=dict)
    made_by: dict[str, list[_Open]] = field(default_factory=dict)

    def apply(self, event: Movement) -> list[Draw]:
        if event.effect == "receipt":
            self.layers[event.event_id] = _Layer(event, event.quantity)
            return [
                Draw(event.line_no, event.event_id, event.event_id, event.event_id, 1, "Q", event.quantity, None, "")
            ]
        if event.layer_event_id is not None and event.layer_event_id not in self.layers:
            raise _Waits("receipt_waits")
        if event.effect in ("add", "deallocate", "give_back"):
            return self._undo(event)
        return self._draw(event)

    def _draw(self, event: Movement) -> list[Draw]:
        taken = self._take(event)
        made: list[_Open] = []
        for layer, units in taken:
            if event.effect == "cut":
                parts: list[tuple[Codes | None, Decimal, str]] = [(None, units, "")]
            elif event.effect == "allocate":
                parts = [
                    (event.own_codes or event.line_codes, units, "event" if event.own_codes else "commitment_item")
                ]
            else:
                parts = _by_codes(event, layer, units)
            for codes, part, source in parts:
                track: Track = "Q" if event.effect == "cut" else "A" if event.effect == "allocate" else "C"
                draw = Draw(
                    layer.receipt.line_no, event.event_id, layer.receipt.event_id, event.event_id, len(made) + 1, track,
                    -part if event.effect == "cut" else part, codes, source,
                )  # fmt: skip
                one = _Open(draw, event.event_type, part)
                made.append(one)
                if event.effect == "cut":
                    layer.units -= part
                else:
                    (layer.allocated if track == "A" else layer.consumed).append(one)
        self.made_by[event.event_id] = made
        return [one.draw for one in made]

    def _take(self, event: Movement) -> list[tuple[_Layer, Decimal]]:
        left, taken = event.quantity, []
        for layer in self.layers.values():
            if left > 0 and _may_use(event, layer):
                part = min(left, layer.free(event.effect))
                if part > 0:
                    taken.append((layer, part))
                    left -= part
        if left > 0:
            rule = {"allocate": "over_allocated", "cut": "layer_too_small"}
            raise _Waits(rule.get(event.effect, "over_consumed"))
        return taken

    def _undo(self, event: Movement) -> list[Draw]:
        track: Track = "Q" if event.effect == "add" else "A" if event.effect == "deallocate" else "C"
        if event.owner_event_id is not None:
            candidates = self.made_by.get(event.owner_event_id)
            if candidates is None:
                raise _Waits("receipt_waits")
        else:
            measure = {"uninstalled": "installed", "deallocated": "allocated"}.get(event.event_type, event.event_type)
            layers = [layer for layer in self.layers.values() if _names(event, layer)]
            drawn = [one for layer in layers for one in (layer.allocated if track == "A" else layer.consumed)]
            candidates = [one for one in drawn if one.measure == measure]
        if sum((one.units for one in candidates), ZERO) < event.quantity:
            raise _Waits("more_than_was_drawn")
        left, undone = event.quantity, []
        for one in reversed(candidates):
            part = min(left, one.units)
            if part <= 0:
                continue
            one.units -= part
            left -= part
            owner = event.event_id if track == "Q" else one.draw.owner_event_id
            if track == "Q":
                self.layers[one.draw.layer_event_id].units += part
            undone.append(
                one.draw._replace(event_id=event.event_id, owner_event_id=owner, units=part if track == "Q" else -part)
            )
        return undone


def _names(event: Movement, layer: _Layer) -> bool:
    if event.layer_event_id is not None:
        return layer.receipt.event_id == event.layer_event_id
    return event.line_no != 0 and layer.receipt.line_no == event.line_no


def _may_use(event: Movement, layer: _Layer) -> bool:
    """Tell whether a draw may take from a layer: the one it names, else its line's or its item's of its own job."""
    if event.layer_event_id is not None or event.line_no != 0:
        return _names(event, layer)
    is_there = (layer.receipt.standard_item, layer.receipt.location) == (event.standard_item, event.location)
    if not is_there or event.wanted_job is None:
        return is_there
    own = layer.receipt.own_codes or layer.receipt.line_codes
    jobs = {one.draw.codes.job for one in layer.allocated if one.units > 0 and one.draw.codes is not None}
    return event.wanted_job in jobs or (own is not None and own.job == event.wanted_job)


def _by_codes(event: Movement, layer: _Layer, units: Decimal) -> list[tuple[Codes | None, Decimal, str]]:
    """Split units consumed by the codes they count on.

    The event's own codes; else those of the layer's allocations, first in first out over their codes as far as not
    yet consumed; what is left over goes to the line's codes.
    """
    if event.own_codes is not None:
        return [(event.own_codes, units, "event")]
    parts: list[tuple[Codes | None, Decimal, str]] = []
    for codes in dict.fromkeys(one.draw.codes for one in layer.allocated):
        allocated = sum((one.units for one in layer.allocated if one.draw.codes == codes), ZERO)
        consumed = sum((one.units for one in layer.consumed if one.draw.codes == codes), ZERO)
        part = min(max(allocated - consumed, ZERO), units)
        if part > 0:
            parts.append((codes, part, "allocation"))
            units -= part
    if units > 0:
        rest = event.line_codes or layer.receipt.line_codes
        if rest is None:
            raise _Waits("untagged")
        parts.append((rest, units, "commitment_item"))
    return parts


def walk(movements: Iterable[Movement]) -> tuple[list[Draw], dict[str, str]]:
    """Apply the movements of one component in the canonical order they are given in.

    Returns:
        The draws made, in order, and the rule for each event that must wait.
    """
    state = _Walk()
    draws: list[Draw] = []
    waiting: dict[str, str] = {}
    for event in movements:
        try:
            draws.extend(state.apply(event))
        except _Waits as why:
            waiting[event.event_id] = str(why)
    return draws, waiting
