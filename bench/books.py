"""Event logs of a size that several cases share: landed, chained, tagged and valued once, copied for each round."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import data
from bench.timing import require
from sage_hooks import ledger

if TYPE_CHECKING:
    from bench.data import Shape
    from bench.place import Place
    from sage_hooks.warehouse import Connection


@dataclass(frozen=True, slots=True)
class Books:
    """A database of the bench with so many valued events; `seconds` it took the product to land and value them."""

    database: str
    events: int
    lines: int
    seconds: float


_known: dict[tuple[str, str], Books] = {}


def books(place: Place, name: str, shape: Shape, events: int, *, spare_lines: int = 0) -> Books:
    """Give the books of a name and size; made at the first call, kept until the place ends.

    `spare_lines` are order lines that nothing has happened to yet.
    """
    key = (str(place.folder), f"{name}_{events}")
    if key not in _known or key[1] not in place.kept:
        place.make(key[1], "plain")
        lines = shape.lines(events)
        with place.connect(key[1]) as connection:
            data.store_codes(connection)
            data.store_orders(connection, lines + spare_lines)
            data.store_documents(connection, shape, 0, events)
            began = time.monotonic()
            require(land_and_value(connection), shape.whole(events))
            seconds = time.monotonic() - began
            settle(connection)
        place.kept.add(key[1])
        _known[key] = Books(key[1], shape.whole(events), lines, seconds)
    return _known[key]


def settle(connection: Connection) -> None:
    """Leave tables as they are after a night: vacuumed, their statistics new."""
    connection.commit()
    connection.autocommit = True
    connection.execute("vacuum analyze")
    connection.autocommit = False


def land_all(connection: Connection) -> int:
    """Land everything that waits in the inbox; gives the number of events."""
    landed = 0
    while found := ledger.land_inbox(connection):
        landed += sum(one.landed for one in found.values())
    return landed


def land_and_value(connection: Connection) -> int:
    """Land everything that waits and value it, as the DAG of the events does; gives the number of events."""
    landed = land_all(connection)
    ledger.value_events(connection)
    connection.commit()
    return landed
