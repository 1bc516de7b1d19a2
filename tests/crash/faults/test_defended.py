"""Protections that no other test would miss; each is here because a seeded defect had survived."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from sage_bridge.errors import Transient
from sage_hooks import ledger, outbox, outbox_deliver
from tests.crash.faults.books import Books
from tests.crash.faults.inbound_side import MASTERS, insert_live, receipt
from tests.hooks.inbound_sender import COMMITMENT_ITEM
from tests.hooks.outbox.place import COMPANY, Place

if TYPE_CHECKING:
    from tests.hooks.inbound_sender import Sender

pytestmark = pytest.mark.slow


def test_an_upload_that_changed_on_the_server_is_not_put_in_place(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = Books(place)
    books.consume(2)
    outbox.seal_costs(place.connection, COMPANY)

    def spoil(point: str) -> None:
        if point == "deliver.part_written":
            (part,) = (place.root / "to_sage").glob("*.part.*")
            part.write_bytes(part.read_bytes().replace(b"10.00", b"99.00"))

    with monkeypatch.context() as patched:
        patched.setattr(outbox_deliver, "checkpoint", spoil)
        with pytest.raises(Transient, match="RS-942 an upload reads back differently"):
            outbox.deliver(place.connection, place.exchange, COMPANY, "DC", ack_wait_seconds=0)
    assert [path.name for path in (place.root / "to_sage").glob("*") if ".part." not in path.name] == []
    books.finish()


def test_a_landing_that_is_cut_leaves_its_watermark(sender: Sender) -> None:
    sender.put("VENDOR", sha256="0" * 64)
    assert sender.take_one("VENDOR").state == "refused"
    assert sender.rows("select * from audit.watermark") == []


def test_valuing_again_after_a_change_records_the_difference(sender: Sender) -> None:
    sender.land(*MASTERS)
    insert_live(sender.connection, receipt(1, 10))
    ledger.land_inbox(sender.connection)
    ledger.value_events(sender.connection)
    sender.put("COMITEM", [{**COMMITMENT_ITEM, "Unit_Cost": "2.000000", "Amount": "200.00"}])
    assert sender.take_one("COMITEM").state == "landed"
    for _ in range(2):
        ledger.value_events(sender.connection)
    amounts = sender.rows("select amount from ledger.value_entry order by entry_id")
    assert [row["amount"] for row in amounts] == [Decimal("12.50"), Decimal("7.50")]
