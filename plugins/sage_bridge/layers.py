"""Which layers material is drawn from: the walk through a line's events in canonical order.

Protects the rule that nothing is consumed that was not received (domain 3 and 4). Each receipt is a layer; an
allocation, installation or waste draws units from the layer it names, else first in, first out from the layers of its
line, else from those of its item at its location. A transfer moves units of a layer to another place: they stay units
of their receipt, and count on the codes of the place from then on. Units are in the commitment item's unit. An event
that cannot be applied waits with the name of its rule and draws nothing; later events go on without it.

Most lines need no walk: where every draw names its layer and none is too large, SQL does the same arithmetic set-wise
(`include/sql/ledger/create_work_draw.sql`). This module takes the rest, one component at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Effect = Literal["receipt", "cut", "add", "allocate", "deallocate", "consume", "give_back", "transfer", "transfer_back"]
Track = Literal["Q", "A", "C", "T"]
"""What a draw moves: Q units of the layer, A its allocated, C its consumed units, T units into another place."""
_UNDONE_TRACK: dict[Effect, Track] = {"add": "Q", "deallocate": "A", "give_back": "C", "transfer_back": "T"}
_DRAWN_TRACK: dict[Effect, Track] = {"cut": "Q", "allocate": "A", "consume": "C"}

ZERO = Decimal(0)
ROUNDED = Decimal("0.0004")
"""Up to this, what lacks on a line with rounded quantities is no material but their rounding."""


class Codes(NamedTuple):
    """Where cost belongs; `extra` '' is the base of the job."""

    job: str
    extra: str
    cost_code: str
    category: str


@dataclass(frozen=True, slots=True)
class Movement:
    """One event of a component.

    `own_codes` as the event carries them (of a transfer: those at the receiver), `line_codes` those of its line;
    `line_no` 0 = it names no line. `wanted_*` is what the event says, whole codes or not: it limits which layers an
    unnamed draw may take, and which allocations and codes of the line speak for it. `mapped` are the codes its mapping
    gives by job on its day, or the rule by which Sage takes no cost on them. `is_rounded`: quantities of its line were
    rounded, so that less than half a thousandth may lack (`sage_bridge.conversions`).
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
    wanted_cost_code: str | None = None
    standard_item: str = ""
    location: str = ""
    line_job: str = ""
    to_job: str | None = None
    to_location: str | None = None
    mapped: Mapping[str, Codes | str] = field(default_factory=dict)
    is_rounded: bool = False


class Draw(NamedTuple):
    """Signed units an event moves on a layer; `owner_event_id` and `part` name the draw whose units change.

    `place` is where on the layer: '' where it was received, else the transfer that brought the units there and its
    part; `from_place` is where a transfer took them.
    """

    line_no: int
    event_id: str
    layer_event_id: str
    owner_event_id: str
    part: int
    track: Track
    units: Decimal
    codes: Codes | None
    place: str = ""
    from_place: str = ""
    source: str | None = None


@dataclass(slots=True)
class _Open:
    """A draw while walking: what is left of it, on which layer."""

    draw: Draw
    measure: str
    units: Decimal
    layer: _Layer
    source: _Layer | None = None
    no: int = 0


@dataclass(slots=True)
class _Layer:
    """A receipt, or the part of it that a transfer brought to another `place`; `units` are those held here."""

    receipt: Movement
    units: Decimal
    codes: Codes | None
    location: str
    place: str = ""
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
    layers: list[_Layer] = field(default_factory=list)
    by_name: dict[str, list[_Layer]] = field(default_factory=dict)
    made_by: dict[str, list[_Open]] = field(default_factory=dict)
    drawn: int = 0

    def apply(self, event: Movement) -> list[Draw]:
        if event.effect == "receipt":
            layer = _Layer(event, event.quantity, event.own_codes or _fallback(event, event)[0], event.location)
            self.layers.append(layer)
            self.by_name[event.event_id] = [layer]
            return [Draw(event.line_no, event.event_id, event.event_id, event.event_id, 1, "Q", event.quantity, None)]
        if event.layer_event_id is not None and event.layer_event_id not in self.by_name:
            raise _Waits("receipt_waits")
        if event.effect in _UNDONE_TRACK:
            return self._undo(event)
        return self._transfer(event) if event.effect == "transfer" else self._draw(event)

    def _draw(self, event: Movement) -> list[Draw]:
        track = _DRAWN_TRACK[event.effect]
        parts = [
            (layer, codes, units, source)
            for layer, taken in self._take(event)
            for codes, units, source in _by_codes(event, layer, taken)
        ]
        made: list[_Open] = []
        for layer, codes, units, source in parts:
            draw = Draw(
                layer.receipt.line_no, event.event_id, layer.receipt.event_id, event.event_id, len(made) + 1, track,
                -units if track == "Q" else units, codes, layer.place, source=source,
            )  # fmt: skip
            self.drawn += 1
            one = _Open(draw, event.event_type, units, layer, no=self.drawn)
            made.append(one)
            if track == "Q":
                layer.units -= units
            else:
                (layer.allocated if track == "A" else layer.consumed).append(one)
        self.made_by[event.event_id] = made
        return [one.draw for one in made]

    def _transfer(self, event: Movement) -> list[Draw]:
        """Move units to the place a transfer names; what it took from several layers stays apart there."""
        parts = [(layer, units, _codes_at_receiver(event, layer)) for layer, units in self._take(event)]
        made: list[_Open] = []
        for layer, units, codes in parts:
            place = f"{event.event_id}/{len(made) + 1}"
            draw = Draw(
                layer.receipt.line_no, event.event_id, layer.receipt.event_id, event.event_id, len(made) + 1, "T",
                units, codes, place, layer.place,
            )  # fmt: skip
            there = _Layer(layer.receipt, units, codes, event.to_location or event.to_job or layer.location, place)
            layer.units -= units
            made.append(_Open(draw, event.event_type, units, there, layer))
        self.made_by[event.event_id] = made
        self.by_name[event.event_id] = [one.layer for one in made]
        self.layers.extend(self.by_name[event.event_id])
        return [one.draw for one in made]

    def _take(self, event: Movement) -> list[tuple[_Layer, Decimal]]:
        left, taken = event.quantity, []
        for layer in self._usable(event):
            part = min(left, layer.free(event.effect), _open_to(event, layer))
            if part > 0:
                taken.append((layer, part))
                left -= part
        if left > _lacking(event) or not taken:
            rule = {"allocate": "over_allocated", "cut": "layer_too_small"}
            raise _Waits(rule.get(event.effect, "over_consumed"))
        return taken

    def _usable(self, event: Movement) -> list[_Layer]:
        """Give the layers an event may take from, in order: for another job than the line's its places first."""
        if event.layer_event_id is not None:
            return self.by_name[event.layer_event_id]
        if event.line_no == 0:
            return [layer for layer in self.layers if _is_there(event, layer)]
        job = event.wanted_job or event.line_job
        held = [
            layer
            for layer in self.layers
            if layer.receipt.line_no == event.line_no and (not layer.place or _job(layer) == job)
        ]
        if event.wanted_job in (None, event.line_job):
            return held
        return sorted(held, key=lambda layer: not (layer.place and _job(layer) == event.wanted_job))

    def _undo(self, event: Movement) -> list[Draw]:
        track = _UNDONE_TRACK[event.effect]
        candidates = self._undoable(event, track)
        if sum((one.units for one in candidates), ZERO) + _lacking(event) < event.quantity:
            is_count = event.event_type == "counted"
            raise _Waits("count_gain_unexplained" if is_count else "more_than_was_drawn")
        movable = [min(one.units, one.layer.free("consume")) if track == "T" else one.units for one in candidates]
        if sum(movable, ZERO) + _lacking(event) < event.quantity:
            raise _Waits("layer_too_small")
        left, undone = event.quantity, []
        for one, most in zip(reversed(candidates), reversed(movable), strict=True):
            part = min(left, most)
            if part <= 0:
                continue
            one.units -= part
            left -= part
            if track == "Q":
                one.layer.units += part
            if one.source is not None:
                one.layer.units -= part
                one.source.units += part
            owner = event.event_id if track == "Q" else one.draw.owner_event_id
            undone.append(
                one.draw._replace(event_id=event.event_id, owner_event_id=owner, units=part if track == "Q" else -part)
            )
        return undone

    def _undoable(self, event: Movement, track: Track) -> list[_Open]:
        """Give the draws an event may take back, in the order they were made: of the event, layer or place it names."""
        if event.owner_event_id is not None:
            if event.owner_event_id not in self.made_by:
                raise _Waits("receipt_waits")
            return self.made_by[event.owner_event_id]
        measure = {"uninstalled": "installed", "deallocated": "allocated"}.get(event.event_type, event.event_type)
        layers = self._usable(event)
        drawn = [one for layer in layers for one in (layer.allocated if track == "A" else layer.consumed)]
        return sorted((one for one in drawn if one.measure == measure), key=lambda one: one.no)


def _lacking(event: Movement) -> Decimal:
    """Give what may lack for an event: sums of a line that were rounded apart differ by ten-thousandths."""
    return ROUNDED if event.is_rounded and event.quantity > ROUNDED else ZERO


def _job(layer: _Layer) -> str | None:
    return layer.codes.job if layer.codes is not None else None


def _is_there(event: Movement, layer: _Layer) -> bool:
    """Tell whether a draw by item and location may take from a layer: of its own job, or allocated to it."""
    is_there = (layer.receipt.standard_item, layer.location) == (event.standard_item, event.location)
    if not is_there or event.wanted_job is None:
        return is_there
    jobs = {one.draw.codes.job for one in layer.allocated if one.units > 0 and one.draw.codes is not None}
    return event.wanted_job in jobs or _job(layer) == event.wanted_job


def _open_to(event: Movement, layer: _Layer) -> Decimal:
    """Give the units a draw by item and location may take: of another job's layer what is allocated to its own."""
    if event.line_no or event.layer_event_id is not None or event.wanted_job in (None, _job(layer)):
        return layer.units
    return max(_of_job(layer.allocated, event.wanted_job) - _of_job(layer.consumed, event.wanted_job), ZERO)


def _of_job(draws: list[_Open], job: str | None) -> Decimal:
    return sum((one.units for one in draws if one.draw.codes is not None and one.draw.codes.job == job), ZERO)


def _agrees(event: Movement, codes: Codes) -> bool:
    """Tell whether codes found elsewhere contradict nothing the event says itself."""
    return event.wanted_job in (None, codes.job) and event.wanted_cost_code in (None, codes.cost_code)


def _codes_at_receiver(event: Movement, layer: _Layer) -> Codes | None:
    """Give the codes that units count on after a transfer: those named or mapped, else the same where the job is."""
    if event.own_codes is not None:
        return event.own_codes
    if event.to_job in (None, _job(layer)):
        return layer.codes
    raise _Waits("untagged")


def _fallback(event: Movement, receipt: Movement) -> tuple[Codes | None, str]:
    """Give the codes of a receipt's line where they contradict nothing the event says, else those of the mapping.

    The mapping is that of the job the event says, else of the line's job, in force on the event's day.
    """
    line = receipt.line_codes
    if line is not None and _agrees(event, line):
        return line, "commitment_item"
    mapped = event.mapped.get(event.wanted_job or receipt.line_job)
    if isinstance(mapped, str):
        raise _Waits(mapped)
    return (mapped if mapped is not None and _agrees(event, mapped) else None), "mapping"


def _by_codes(event: Movement, layer: _Layer, units: Decimal) -> list[tuple[Codes | None, Decimal, str | None]]:
    """Split units taken from a layer by the codes they count on, with where these come from.

    Of a consumption the event's own codes; else those of the layer's allocations, first in first out over their codes
    as far as not yet consumed; what is left over goes to the codes of its place, where it was received or these
    contradict the event to the line's or the mapping's.
    """
    if event.effect == "cut":
        return [(layer.codes if layer.place else None, units, None)]
    if event.own_codes is not None:
        return [(event.own_codes, units, "event")]
    parts: list[tuple[Codes | None, Decimal, str | None]] = []
    spoken_for = () if event.effect == "allocate" else layer.allocated
    for codes in dict.fromkeys(one.draw.codes for one in spoken_for):
        if codes is not None and not _agrees(event, codes):
            continue
        allocated = sum((one.units for one in layer.allocated if one.draw.codes == codes), ZERO)
        consumed = sum((one.units for one in layer.consumed if one.draw.codes == codes), ZERO)
        part = min(max(allocated - consumed, ZERO), units)
        if part > 0:
            parts.append((codes, part, "allocation"))
            units -= part
    if units > 0:
        is_of_place = layer.place and (layer.codes is None or _agrees(event, layer.codes))
        rest, source = (layer.codes, None) if is_of_place else _fallback(event, layer.receipt)
        if rest is None:
            raise _Waits("untagged")
        parts.append((rest, units, source))
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
