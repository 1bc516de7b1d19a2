"""What people do in Sage with lines of ours that have not left: a reject file entered by hand, an entry on its way."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sage_hooks import outbox
from tests.hooks.outbox.place import COMPANY

if TYPE_CHECKING:
    from tests.hooks.outbox.place import Place


def entered_by_hand(place: Place, source: str = "NEW") -> str:
    """Sage rejects a line and a clerk enters it from the reject file; gives its reference."""
    place.entry("10.00", "1")
    outbox.seal_costs(place.connection, COMPANY)
    (row,) = place.postings()
    place.run("update outbox.cost_posting set state = 'rejected'")
    reference = str(row["posting_reference"])
    place.sage_row("N1", "10.00", ref_1=reference, transaction_type="JC cost", source=source)
    assert outbox.seal_costs(place.connection, COMPANY).lines == 0
    return reference


def test_sage_never_keeps_one_half_of_what_undoes_itself(place: Place) -> None:
    reference = entered_by_hand(place)
    place.entry("-10.00", "-1")
    assert outbox.seal_costs(place.connection, COMPANY).lines == 1
    place.run("update core.job_cost_transaction set source = 'CURRENT'")
    outbox.confirm_posted(place.connection, COMPANY)
    first, second = place.postings()
    assert (first["posting_reference"], first["state"], second["state"]) == (reference, "posted", "sealed")
    assert place.total() == first["amount"] + second["amount"] == Decimal(0)
