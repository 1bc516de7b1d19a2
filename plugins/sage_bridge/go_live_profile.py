"""What is agreed for the go-live validation of a company: the marked test line, and the form of its codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from sage_bridge.profile_reader import Reader

MASK = "[9AX .,/#&_-]*"


@dataclass(frozen=True, slots=True)
class Masks:
    """Forms of codes: 9 a digit, A a letter, X one of both, all else itself; '' = any form."""

    job: str
    cost_code: str
    account: str


@dataclass(frozen=True, slots=True)
class GoLive:
    """The golden transaction of a company, off where `job` is empty.

    Attributes:
        job: the job made for tests, on which the line stands.
        commitment: the purchase order a person enters there.
        item_number: its line.
        units: what is received and installed, in the line's unit.
        event_day: the day its events bear; None = the day of the run.
        masks: forms of the company's codes.
    """

    job: str
    commitment: str
    item_number: int
    units: Decimal
    event_day: date | None
    masks: Masks

    @property
    def is_on(self) -> bool:
        """Tell whether the golden transaction is agreed."""
        return bool(self.job)


def read_go_live(reader: Reader) -> GoLive:
    """Check the section `go_live` of a profile; raises BadConfig RS-111 to RS-118."""
    found = GoLive(
        job=reader.text("job", most=12, least=0),
        commitment=reader.text("commitment", most=12, least=0),
        item_number=reader.whole("item_number", least=0, most=99_999),
        units=reader.decimal("units", least="0.0001", most="9999", places=4),
        event_day=reader.day_or_none("event_day"),
        masks=_masks(reader.section("masks")),
    )
    reader.finish()
    for key, value in (("commitment", found.commitment), ("item_number", found.item_number)):
        if bool(value) != found.is_on:
            reader.refuse(key, value, "job, commitment and item_number together, or none of them")
    return found


def _masks(reader: Reader) -> Masks:
    found = Masks(
        job=reader.text("job", most=12, pattern=MASK, least=0),
        cost_code=reader.text("cost_code", most=13, pattern=MASK, least=0),
        account=reader.text("account", most=25, pattern=MASK, least=0),
    )
    reader.finish()
    return found
