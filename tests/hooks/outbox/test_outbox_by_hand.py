"""What people do in Sage with lines of ours that have not left: a reject file entered by hand, an entry on its way."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from sage_hooks import outbox
from tests.hooks.outbox.place import COMPANY

if TYPE_CHECKING:
    from tests.hooks.outbox.place import Place

pytestmark = pytest.mark.slow


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


def landed(place: Place, flow: str, age: str) -> None:
    """Note that an extract of a flow landed so long ago."""
    place.run(
        "insert into audit.watermark (company_id, flow, environment, seq, rev, sha256, row_count, extracted_at,"
        " landed_at) values ('AW', %(flow)s, 'PROD', 1, 1, '', 0, now(), now() - %(age)s::interval)"
        " on conflict (company_id, flow, environment) do update set landed_at = excluded.landed_at",
        flow=flow,
        age=age,
    )


def test_sage_never_keeps_one_half_of_what_undoes_itself(place: Place) -> None:
    reference = entered_by_hand(place)
    place.entry("-10.00", "-1")
    assert outbox.seal_costs(place.connection, COMPANY).lines == 1
    place.run("update core.job_cost_transaction set source = 'CURRENT'")
    outbox.confirm_posted(place.connection, COMPANY)
    first, second = place.postings()
    assert (first["posting_reference"], first["state"], second["state"]) == (reference, "posted", "sealed")
    assert place.total() == first["amount"] + second["amount"] == Decimal(0)


@pytest.mark.parametrize("source", ["NEW", "CURRENT"])
def test_an_entry_on_its_way_through_sage_is_not_sent_again(place: Place, source: str) -> None:
    entered_by_hand(place, source)
    # Posted, or moved to the history, between two extracts: the one that shows it now is still to come.
    landed(place, "JCT", "1 hour")
    place.run("update core.job_cost_transaction set gone_at = now() - interval '1 minute'")
    assert outbox.seal_costs(place.connection, COMPANY).lines == 0
    # It has come and does not show it: it was taken out.
    landed(place, "JCT", "0 seconds")
    assert outbox.seal_costs(place.connection, COMPANY).lines == 1


def test_an_inch_mark_holds_no_cost_back(place: Place) -> None:
    place.line(item=2, standard_item='BOLT3/4"')
    place.entry("10.00", "1", item_number=2)
    place.sage_row("A1", "10.00", invoice='12" pipe')
    assert outbox.seal_costs(place.connection, COMPANY).lines == 2
    assert {row["description"] for row in place.postings()} == {"Installed PO-7/2 BOLT3/4'", "Offset 12' pipe V100"}
