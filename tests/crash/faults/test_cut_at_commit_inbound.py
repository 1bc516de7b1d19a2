"""The line to the database is cut around a COMMIT of a landing, of the inbox or of a valuation: landed once, whole.

Every commit of taking a file is tried both ways: the request never arrives, or only the answer is lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from psycopg.conninfo import conninfo_to_dict

from sage_bridge.errors import Transient
from sage_hooks import ledger
from sage_hooks.warehouse import connect
from tests.crash.faults.inbound_side import MASTERS, UNIT_COST, insert_live, receipt, sender_on
from tests.crash.faults.wire import Cut, Plan, wire
from tests.hooks.inbound_sender import VENDOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from sage_hooks.warehouse import Connection
    from tests.hooks.inbound_sender import Sender
    from tests.hooks.outbox.home import Home

pytestmark = pytest.mark.slow

CUTS: tuple[Cut, ...] = ("request lost", "reply lost")
# A file is noted, landed and acknowledged, each with its own commit, under the lane's lock.
LEAST_COMMITS = 8


def over_a_wire(dsn: str, plan: Plan, work: Callable[[Connection], object]) -> None:
    where = conninfo_to_dict(dsn)
    with wire(str(where["host"]), int(where["port"]), plan.relay) as line:
        connection = connect(f"{dsn} host=127.0.0.1 port={line.own_port} sslmode=disable gssencmode=disable")
        try:
            work(connection)
        finally:
            connection.close()


def commits_of(dsn: str, work: Callable[[Connection], object]) -> int:
    counting = Plan()
    over_a_wire(dsn, counting, work)
    return counting.seen


def cut_off(dsn: str, number: int, cut: Cut, work: Callable[[Connection], object]) -> None:
    plan = Plan(at=number, cut=cut)
    with pytest.raises(Transient, match="RS-902 warehouse went away"):
        over_a_wire(dsn, plan, work)
    assert plan.is_done


def put_next_vendor(sender: Sender) -> str:
    """Send the vendor under the next number with another name; gives the name."""
    wanted = f"Acme {sender.last.get('VENDOR', (0, ''))[0] + 1}"
    sender.put("VENDOR", [{**VENDOR, "Name": wanted}])
    return wanted


def taking(sender: Sender, *flows: str) -> Callable[[Connection], object]:
    return lambda connection: replace(sender, connection=connection).take(*flows)


@pytest.mark.parametrize("cut", CUTS)
def test_an_extract_lands_once_whichever_commit_goes_unanswered(
    shared: Home, warehouse_template: str, cut: Cut
) -> None:
    with sender_on(shared, warehouse_template) as (sender, dsn):
        put_next_vendor(sender)
        commits = commits_of(dsn, taking(sender, "VENDOR"))
        assert commits >= LEAST_COMMITS
        for number in range(1, commits + 1):
            name = put_next_vendor(sender)
            cut_off(dsn, number, cut, taking(sender, "VENDOR"))
            sender.take("VENDOR")
            seq, sha256 = sender.last["VENDOR"]
            assert sender.rows("select vendor_name from core.vendor") == [{"vendor_name": name}]
            assert sender.rows("select seq, sha256 from audit.watermark") == [{"seq": seq, "sha256": sha256}]
            assert sender.rows(
                "select state, rows_landed, rows_changed from audit.transfer order by seq desc limit 1"
            ) == [{"state": "landed", "rows_landed": 1, "rows_changed": 1}]
            assert sender.answer(f"VENDOR_AW_PROD_{seq:08d}_v1.csv")["rows_landed"] == 1
        states = sender.rows("select distinct state from audit.transfer")
        assert (states, sender.exceptions()) == ([{"state": "landed"}], [])


@pytest.mark.parametrize("cut", CUTS)
def test_events_of_files_and_inbox_land_and_are_valued_once(shared: Home, warehouse_template: str, cut: Cut) -> None:
    numbers = iter(range(1, 1000))
    with sender_on(shared, warehouse_template) as (sender, dsn):
        sender.land(*MASTERS)
        events: list[int] = [next(numbers)]
        sender.put("EVENT", [receipt(events[0], 1)])
        commits = commits_of(dsn, taking(sender, "EVENT"))
        for number in range(1, commits + 1):
            events.append(next(numbers))
            sender.put("EVENT", [receipt(events[-1], 1)])
            cut_off(dsn, number, cut, taking(sender, "EVENT"))
            sender.take("EVENT")
        for work in (ledger.land_inbox, ledger.value_events):
            events.append(next(numbers))
            insert_live(sender.connection, receipt(events[-1], 1))
            if work is ledger.value_events:
                ledger.land_inbox(sender.connection)
            # Both are one transaction, or a half of them could be seen.
            cut_off(dsn, 1, cut, work)
            ledger.land_inbox(sender.connection)
            ledger.value_events(sender.connection)
        assert commits_of(dsn, ledger.land_inbox) == commits_of(dsn, ledger.value_events) == 1
        landed = sender.rows("select event_id from ledger.material_event order by batch, batch_position")
        assert [row["event_id"] for row in landed] == [f"R-{number}" for number in events]
        (worth,) = sender.rows("select sum(amount) as amount, count(*) as n from ledger.value_entry")
        assert (worth["amount"], worth["n"]) == (len(events) * UNIT_COST, len(events))
        assert sender.rows("select finding from ledger.verify_chain('AW')") == []
        assert sender.exceptions() == []
