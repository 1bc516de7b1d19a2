"""Receiving confirmations: every tagged receipt once, what takes it back with the other sign, over-receipts held."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sage_bridge.errors import BrokenLaw
from sage_bridge.sage_files import parse_receipts
from sage_bridge.transfers import Manifest
from sage_hooks import ledger, outbox, outbox_gate
from sage_hooks.outbox_company import load_company
from sage_hooks.outbox_receipts import prepare_receipts
from sage_hooks.warehouse import connect, run_file
from tests.hooks.outbox.place import CATEGORY, CODE, COMPANY, JOB, KILLED, Place

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parents[2] / "golden" / "outbound" / "RCV_AW_PROD_00000001_v1.csv"
FIRST = "RCV_AW_PROD_00000001_v1.csv"


def event(place: Place, event_id: str, kind: str, quantity: str, *, tagged: bool = True, **over: Any) -> None:
    """Land one event and tag it."""
    place.numbers += 1
    minute = f"{place.numbers // 60:02d}:{place.numbers % 60:02d}"
    document = {
        "event_id": event_id,
        "event_type": kind,
        "occurred_at": f"2026-03-02T{minute}:00-06:00",
        "recorded_at": f"2026-03-02T{minute}:30-06:00",
        "commitment": "PO-7",
        "item_number": 1,
        "location": JOB,
        "quantity": quantity,
        "unit": "CY",
        "actor": "sue",
        "device": "tab-1",
        "disposition": "credit" if kind in {"rejected", "returned"} else None,
        "reason": "damaged",
        **over,
    }
    with place.connection.transaction():
        place.connection.execute("drop table if exists staged_event")
        run_file(place.connection, "ledger/create_staged_event")
        place.connection.execute("insert into staged_event values (1, 'AW', %s, %s)", (event_id, json.dumps(document)))
        assert ledger.land_staged_events(place.connection, COMPANY).landed == 1
    if tagged:
        place.run(
            "update ledger.event_tag set status = 'tagged', rule = null, source = 'event', commitment = 'PO-7',"
            " item_number = 1, job = %(job)s, extra = '', cost_code = %(code)s, category = %(category)s,"
            " units = %(units)s"
            " where event_id = %(id)s",
            job=JOB,
            code=CODE,
            category=CATEGORY,
            units=document["quantity"],
            id=event_id,
        )


def seal(place: Place) -> list[tuple[str, str]]:
    """Seal what can be confirmed; gives (event, units) of the new file."""
    if not outbox.seal_receipts(place.connection, COMPANY).files:
        return []
    content = bytes(place.one("select content from outbox.batch order by batch_id desc limit 1"))
    return [(line.event_id, line.units) for line in parse_receipts(content)]


def held(place: Place) -> dict[str, str]:
    found = place.rows("select event_id, hold_rule from outbox.receiving_confirmation where state = 'held'")
    return {row["event_id"]: row["hold_rule"] for row in found}


def test_a_receipt_file_is_byte_for_byte_the_golden_one(place: Place) -> None:
    event(place, "0198c1f2-7a3e-7b11-9c55-3d1f6a2b9e01", "received", "12.5")
    event(place, 'R,"2"', "rejected", "0.5", receipt_event_id="0198c1f2-7a3e-7b11-9c55-3d1f6a2b9e01")
    assert outbox.seal_receipts(place.connection, COMPANY).lines == 2
    (row,) = place.rows("select content, manifest, file_name from outbox.batch")
    assert bytes(row["content"]) == GOLDEN.read_bytes()
    manifest = Manifest.from_bytes(bytes(row["manifest"]), "test")
    assert (row["file_name"], manifest.rows, manifest.encoding, manifest.net) == (FIRST, 2, "utf-8", "0.00")


def test_a_receipt_is_confirmed_within_one_run_and_once(place: Place) -> None:
    event(place, "R1", "received", "10")
    assert seal(place) == [("R1", "10.0000")]
    assert seal(place) == []
    outbox.deliver(place.connection, place.exchange, COMPANY, "RCV")
    assert place.waiting() == [FIRST]
    seconds = place.one(
        "select extract(epoch from r.sent_at - m.landed_at) from outbox.receiving_confirmation as r"
        " join ledger.material_event as m using (company_id, event_id)"
    )
    assert 0 < seconds < 30
    place.take(FIRST)
    place.acknowledge(FIRST)
    place.report(FIRST)
    outbox.take_answers(place.connection, place.exchange, COMPANY)
    assert place.one("select state from outbox.receiving_confirmation") == "accepted"


def test_what_was_touched_is_lost_neither_with_a_run_that_dies_nor_beside_one(place: Place) -> None:
    event(place, "R1", "received", "10")
    company = load_company(place.connection, COMPANY)
    with place.connection.transaction() as died:
        assert prepare_receipts(place.connection, company) == 1
        raise psycopg.Rollback(died)
    assert seal(place) == [("R1", "10.0000")]
    # Touched by what commits only after the marks were taken, beside a mark that is taken.
    more = "update ledger.event_tag set units = units + 1"
    place.run(more)
    with connect(place.dsn) as other:
        other.execute(more.encode())
        assert seal(place) == [("R1#2", "1.0000")]
        other.commit()
    assert seal(place) == [("R1#3", "1.0000")]
    assert seal(place) == []


def test_what_takes_a_receipt_back_has_the_other_sign(place: Place) -> None:
    event(place, "R1", "received", "10")
    event(place, "J1", "rejected", "2", receipt_event_id="R1")
    event(place, "B1", "returned", "1", receipt_event_id="R1")
    event(place, "V1", "reversed", "3", reverses_event_id="R1")
    event(place, "V2", "reversed", "1", reverses_event_id="J1")
    event(place, "I1", "installed", "4", receipt_event_id="R1")
    event(place, "V3", "reversed", "1", reverses_event_id="I1")
    assert dict(seal(place)) == {
        "R1": "10.0000",
        "J1": "-2.0000",
        "B1": "-1.0000",
        "V1": "-3.0000",
        "V2": "1.0000",
    }


def test_an_event_is_confirmed_once_it_is_tagged(place: Place) -> None:
    event(place, "R1", "received", "10", tagged=False)
    assert seal(place) == []
    place.run(
        "update ledger.event_tag set status = 'tagged', rule = null, commitment = 'PO-7', item_number = 1, units = 10"
    )
    assert seal(place) == [("R1", "10.0000")]


def change_order(place: Place, units: str, status: str = "Approved") -> None:
    place.insert(
        "core.change_order",
        company_id=COMPANY,
        commitment="PO-7",
        change_order=units,
        description="",
        change_order_date="2026-03-03",
        status=status,
        approved_at="2026-03-03",
        transfer_id=1,
    )
    place.insert(
        "core.change_order_item",
        company_id=COMPANY,
        commitment="PO-7",
        change_order=units,
        item_number=1,
        units=units,
        amount=0,
        transfer_id=1,
    )


def test_an_over_receipt_is_held_until_the_order_is_raised(place: Place) -> None:
    event(place, "R1", "received", "100")
    event(place, "R2", "received", "4")
    event(place, "R3", "received", "2")
    event(place, "R4", "received", "1")
    assert seal(place) == [("R1", "100.0000"), ("R2", "4.0000")]  # five percent are tolerated
    assert held(place) == {"R3": "over_receipt", "R4": "over_receipt"}
    assert place.open_rules() == ["over_receipt", "over_receipt"]
    (row, _) = place.rows("select reason from audit.exception order by record_key")
    assert row["reason"] == "confirmation of 2 CY on commitment PO-7, item 1: 107 received of 105 ordered and tolerated"
    change_order(place, "1", status="Pending")
    assert seal(place) == []
    change_order(place, "2")
    assert seal(place) == [("R3", "2.0000"), ("R4", "1.0000")]
    assert (held(place), place.open_rules()) == ({}, [])


def test_what_takes_an_over_receipt_back_frees_both(place: Place) -> None:
    event(place, "R1", "received", "100")
    event(place, "R2", "received", "20")
    assert seal(place) == [("R1", "100.0000")]
    event(place, "V1", "reversed", "5", reverses_event_id="R2")
    assert seal(place) == []
    assert held(place) == {"R2": "over_receipt", "V1": "receipt_held"}
    event(place, "V2", "reversed", "15", reverses_event_id="R2")
    assert dict(seal(place)) == {"R2": "20.0000", "V1": "-5.0000", "V2": "-15.0000"}


@pytest.mark.parametrize(
    ("what", "disposition", "is_held"),
    [
        ("returned", "credit", True),
        ("returned", "pay", True),
        ("returned", "replace", False),
        ("rejected", "credit", False),
        ("rejected", "replace", False),
    ],
)
def test_only_what_is_to_come_again_makes_room(place: Place, what: str, disposition: str, *, is_held: bool) -> None:
    place.run("insert into core.receipt_tolerance values ('AW', '', 0, '', 'percent', 0, 'finance')")
    event(place, "R1", "received", "100")
    event(place, "B1", what, "10", receipt_event_id="R1", disposition=disposition)
    event(place, "R2", "received", "10")
    seal(place)
    assert held(place) == ({"R2": "over_receipt"} if is_held else {})
    # A return that is taken back gives nothing and takes nothing, unless it had made room.
    event(place, "U1", "reversed", "10", reverses_event_id="B1")
    seal(place)
    state = place.one("select state from outbox.receiving_confirmation where event_id = 'R2'")
    assert state == ("held" if is_held else "sealed")


def test_a_lump_sum_line_has_no_units_to_exceed(place: Place) -> None:
    place.run("update core.commitment_item set units = 0")
    event(place, "R1", "received", "100")
    assert seal(place) == [("R1", "100.0000")]


def test_a_cut_order_holds_what_comes_after(place: Place) -> None:
    change_order(place, "-100")
    event(place, "R1", "received", "1")
    assert (seal(place), held(place)) == ([], {"R1": "over_receipt"})


def test_a_receipt_of_a_line_sage_does_not_know_is_held(place: Place) -> None:
    event(place, "R1", "received", "10")
    place.run("update core.commitment_item set item_number = 2")
    assert (seal(place), held(place)) == ([], {"R1": "unknown_line"})
    place.run("update core.commitment_item set item_number = 1")
    assert seal(place) == [("R1", "10.0000")]


def test_an_id_that_cannot_be_written_is_held_with_its_reason(place: Place) -> None:
    event(place, "=R1", "received", "10")
    event(place, "R2", "received", "10")
    assert seal(place) == [("R2", "10.0000")]
    assert (held(place), place.open_rules()) == ({"=R1": "unwritable_line"}, ["unwritable_line"])


def test_a_rejected_confirmation_goes_again_when_a_person_releases_it(place: Place) -> None:
    event(place, "R1", "received", "10")
    seal(place)
    outbox.deliver(place.connection, place.exchange, COMPANY, "RCV")
    place.take(FIRST)
    place.report(FIRST, {"R1": "unknown vendor"})
    outbox.take_answers(place.connection, place.exchange, COMPANY)
    assert place.open_rules() == ["rejected_by_sage"]
    event(place, "J1", "rejected", "1", receipt_event_id="R1")
    assert (seal(place), held(place)) == ([], {"J1": "receipt_held"})
    assert outbox.release_rejected(place.connection, COMPANY, ["R1"]) == ["R1"]
    assert seal(place) == [("R1", "10.0000"), ("J1", "-1.0000")]
    assert place.open_rules() == []


@pytest.mark.parametrize("point", ["postings.before_commit", "seal.before_commit", "seal.committed", "deliver.renamed"])
def test_a_killed_run_confirms_every_receipt_once(place: Place, point: str) -> None:
    outbox_gate.load("RCV")
    event(place, "R1", "received", "10")

    def work(connection: Connection, exchange: Any) -> None:
        outbox.seal_receipts(connection, COMPANY)
        outbox.deliver(connection, exchange, COMPANY, "RCV")

    assert place.child(work, point) == KILLED
    until = time.monotonic() + 20
    while place.waiting() != [FIRST]:
        assert time.monotonic() < until
        place.child(work)
    place.child(work)
    assert place.waiting() == [FIRST]
    assert place.one("select count(*) from outbox.batch_line") == 1


BREAKING = {
    "RCV-01": "update outbox.batch set row_count = 3",
    "RCV-02": "update outbox.batch_line set line_number = line_number + 10",
    "RCV-03": "update outbox.batch_line set reference = 'R1'",
    "RCV-04": "update outbox.batch_line set reference = 'X' || reference",
    "RCV-05": "update outbox.receiving_confirmation set state = 'accepted'",
    "RCV-06": "update ledger.event_tag set status = 'waiting', rule = 'x'",
    "RCV-07": "update core.commitment_item set item_number = 9",
    "RCV-08": "update outbox.batch_line set event_id = 'X' || event_id",
    "RCV-09": "update outbox.receiving_confirmation set units = -1",
    "RCV-10": "update outbox.receiving_confirmation set units = 1",
}


@pytest.mark.parametrize("rule", sorted(BREAKING))
def test_the_suite_refuses_a_file_that_breaks_a_promise(place: Place, rule: str) -> None:
    event(place, "R1", "received", "10")
    event(place, "J1", "rejected", "1", receipt_event_id="R1")
    assert len(seal(place)) == 2
    number = place.one("select batch_id from outbox.batch")
    outbox_gate.pass_gate(place.connection, COMPANY, "RCV", number, "file")
    place.run(BREAKING[rule])
    with pytest.raises(BrokenLaw, match=f"RS-443.*{rule} "):
        outbox_gate.pass_gate(place.connection, COMPANY, "RCV", number, "file")
