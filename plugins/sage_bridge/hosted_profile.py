"""What is agreed about a hosted link: which resources it serves, and what its numbers and types mean.

The service's public clients show neither the meaning of its status numbers nor every resource, so both are settings of
each company; the flows that go over it are those with `transport: api`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast, get_args

if TYPE_CHECKING:
    from sage_bridge.profile_reader import Reader

Moves = Literal["units", "price"]
Served = Literal["extras", "items", "change_orders", "transactions", "sent", "periods"]
SERVED: tuple[str, ...] = get_args(Served)
MOVES: tuple[str, ...] = get_args(Moves)
_STATUSES = ("Unstarted", "In progress", "Closed")
_TYPES = ("none", "Subcontract", "Purchase order")


@dataclass(frozen=True, slots=True)
class Hosted:
    """A hosted link.

    Attributes:
        connection: id of the Airflow connection of type `sage_api`.
        serves: resources beyond the documented ones that this link has (docs/hosted.md).
        statuses: what the numbers 0, 1, ... of a job, extra, cost code or category mean.
        commitment_types: what the numbers 0, 1, ... of a commitment's type mean.
        direct_cost_type: TransactionType of a job cost.
        receipt_document_type: DocumentTypeId of receiving confirmations.
        derived_changes: what a move of a line's total is taken for on a link without change orders: units at the line's
            unit cost where the money fits a number of them, or always its price.
        settle_seconds: how long a request without an answer may still take effect; looked up after it.
    """

    connection: str
    serves: tuple[str, ...]
    statuses: tuple[str, ...]
    commitment_types: tuple[str, ...]
    direct_cost_type: int
    receipt_document_type: str
    derived_changes: Moves
    settle_seconds: int


def derives_change_orders(hosted: Hosted) -> bool:
    """Tell whether change orders have to be derived from totals."""
    return "change_orders" not in hosted.serves


def derives_invoices(hosted: Hosted) -> bool:
    """Tell whether invoices have to be derived from totals."""
    return "transactions" not in hosted.serves


def read_hosted(reader: Reader) -> Hosted:
    """Check the section `hosted` of a profile; raises BadConfig RS-111 to RS-118."""
    found = Hosted(
        connection=reader.text("connection", most=60, pattern="[A-Za-z0-9_.-]+"),
        serves=reader.choices("serves", SERVED, frozenset()),
        statuses=reader.choices("statuses", _STATUSES, frozenset(_STATUSES)),
        commitment_types=reader.choices("commitment_types", _TYPES, frozenset(_TYPES) - {"none"}),
        direct_cost_type=reader.whole("direct_cost_type", least=0, most=99),
        receipt_document_type=reader.text("receipt_document_type", most=36, pattern="[0-9a-fA-F-]{36}"),
        derived_changes=cast("Moves", reader.choice("derived_changes", MOVES)),
        settle_seconds=reader.whole("settle_seconds", least=0, most=600),
    )
    reader.finish()
    return found
