"""What the oracle remembers while it walks: lines, layers, draws on layers, and moves that can be undone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.laws.model_records import ZERO, Codes, Event, Line, Tag, Waits, cents

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction


@dataclass(eq=False)
class Draw:
    """Units an event took from a layer, net of what was undone, and what is on the books for them."""

    event_id: str
    measure: str
    codes: Codes
    spot: Spot
    units: Fraction = ZERO
    booked_units: Fraction = ZERO
    booked_amount: Fraction = ZERO


@dataclass(eq=False)
class Spot:
    """Where units of a layer are: where they were received, or a place that a transfer brought them to.

    `units` are those brought here less those taken on or returned from here, consumed ones included; `gone` is what the
    returned ones were worth. `booked_*` is what the books say the transfer moved.
    """

    layer: Layer
    codes: Codes
    location: str
    origin: Spot | None = None
    event_id: str = ""
    units: Fraction = ZERO
    gone: Fraction = ZERO
    brought: Fraction = ZERO
    booked_units: Fraction = ZERO
    booked_amount: Fraction = ZERO
    moves: list[Move] = field(default_factory=list)

    def drawn(self, draws: Iterable[Draw]) -> list[Draw]:
        """Give those of a layer's draws that were made here."""
        return [draw for draw in draws if draw.spot is self]

    @property
    def on_hand(self) -> Fraction:
        """Units that lie here."""
        return self.units - total(self.drawn(self.layer.consumed))

    @property
    def unallocated(self) -> Fraction:
        """Units here that no allocation speaks for."""
        return self.units - total(self.drawn(self.layer.allocated))

    def is_for(self, job: str) -> bool:
        """Tell whether a job may draw from here unasked; '' = the event does not say its job."""
        allocated = self.drawn(self.layer.allocated)
        return job in ("", self.codes.job, *(draw.codes.job for draw in allocated if draw.units > 0))

    def open_to(self, job: str) -> Fraction:
        """Give the units a job may draw from here unasked: of another job's, what is allocated to it and not drawn."""
        if job in ("", self.codes.job):
            return self.units
        allocated = total(draw for draw in self.drawn(self.layer.allocated) if draw.codes.job == job)
        return allocated - total(draw for draw in self.drawn(self.layer.consumed) if draw.codes.job == job)


@dataclass(eq=False)
class LineState:
    """A line while walking: its current commitment, its layers in the order of their receipts, where its units are."""

    line: Line
    units: Fraction
    unit_cost: Fraction
    amount: Fraction
    cost: Fraction | None
    layers: list[Layer] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)

    def value_of(self, quantity: Fraction) -> Fraction:
        """Give V(q): the received value of a net accepted quantity."""
        if self.cost is None:
            raise Waits("lump_sum_without_quantity")
        return cents(quantity * self.cost)


@dataclass(eq=False)
class Layer:
    """One receipt: units net of rejections, returns and reversals, their value, and what was drawn from them."""

    receipt: Event
    state: LineState
    tag: Tag
    units: Fraction = ZERO
    value: Fraction = ZERO
    allocated: list[Draw] = field(default_factory=list)
    consumed: list[Draw] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin where the units were received."""
        self.spots.append(Spot(self, self.codes, self.receipt.location))

    def share(self, units: Fraction) -> Fraction:
        """Give f(c): the value of the first c of the layer's units that were drawn."""
        return cents(self.value * units / self.units) if self.units else ZERO

    @property
    def codes(self) -> Codes:
        """Codes of the receipt."""
        return self.tag.codes[0]


@dataclass(eq=False)
class Move:
    """A signed change of a layer's units, or of one draw's; `undoes` the move it takes back; numbered as applied."""

    spot: Spot
    side: str
    units: Fraction
    draw: Draw | None = None
    undoes: Move | None = None
    undone: Fraction = ZERO
    number: int = 0

    @property
    def layer(self) -> Layer:
        """The layer whose units these are."""
        return self.spot.layer

    def take_back(self, units: Fraction) -> None:
        """Note that so many of this move's units were undone; undoing an undo gives them back."""
        self.undone += units
        if self.undoes is not None:
            self.undoes.take_back(-units)


def total(draws: Iterable[Draw]) -> Fraction:
    """Add up the net units of draws."""
    return sum((draw.units for draw in draws), ZERO)
