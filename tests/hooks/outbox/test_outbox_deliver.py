"""Delivery under every kind of death: a file arrives once, with the right bytes, or a person is called (L2)."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING

import pytest

from sage_bridge.errors import BadConfig, LaneStopped, Transient
from sage_bridge.lanes import Step, Verdict
from sage_hooks import outbox, outbox_deliver, outbox_gate, outbox_lane, outbox_server
from sage_hooks.checkpoint import CHECKPOINTS, checkpoint
from sage_hooks.outbox_company import load_company
from sage_hooks.outbox_seal import Lane
from tests.hooks.outbox.place import COMPANY, KILLED, Place, another_connection, open_exchange

if TYPE_CHECKING:
    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

FIRST = "DC_AW_PROD_00000001_v1.txt"
SECOND = "DC_AW_PROD_00000002_v1.txt"
PEOPLE = outbox.Decision("anna", "carl", "looked into Sage: batch RBD0000001 is not there")


def sealed(place: Place, count: int = 1) -> None:
    """Seal files of two lines each."""
    place.run("update core.company set profile = jsonb_set(profile, '{limits,batch_lines}', '2')")
    for number in range(1, 2 * count + 1):
        place.entry("10.00", "1", day=date(2026, 3, number))
    outbox.seal_costs(place.connection, COMPANY)


def deliver(place: Place, **over: float) -> outbox.Delivered:
    values: dict[str, float] = {"ack_wait_seconds": 0, **over}
    return outbox.deliver(place.connection, place.exchange, COMPANY, "DC", **values)  # type: ignore[arg-type]


def follow(place: Place) -> None:
    """Go on after a worker that was killed, as soon as the database has noticed its death."""
    until = time.monotonic() + 20
    while deliver(place).is_busy:
        assert time.monotonic() < until
        time.sleep(0.02)


def state(place: Place, name: str = FIRST) -> str:
    return str(place.one("select state from outbox.batch where file_name = %(n)s", n=name))


def content(place: Place, name: str = FIRST) -> bytes:
    return bytes(place.one("select content from outbox.batch where file_name = %(n)s", n=name))


def litter(place: Place) -> list[str]:
    return [path.name for path in (place.root / "to_sage").glob("*.part.*")]


def test_a_sealed_file_arrives_whole_with_its_manifest_last(place: Place) -> None:
    sealed(place)
    assert deliver(place) == outbox.Delivered(1, is_waiting=True)
    assert place.waiting() == [FIRST]
    assert (place.root / "to_sage" / FIRST).read_bytes() == content(place)
    manifest = bytes(place.one("select manifest from outbox.batch"))
    assert (place.root / "to_sage" / f"{FIRST}.ok").read_bytes() == manifest
    assert (state(place), place.states(), litter(place)) == ("sent", {"sent": 2}, [])
    assert place.one("select state from audit.transfer") == "sent"
    assert deliver(place) == outbox.Delivered(0, is_waiting=True)


def test_the_next_file_waits_for_the_ack_of_the_one_before(place: Place) -> None:
    sealed(place, 3)
    assert deliver(place).sent == 1
    assert deliver(place).sent == 0
    place.acknowledge(FIRST)
    assert deliver(place, ack_wait_seconds=0.1).sent == 1
    assert place.waiting() == [FIRST, SECOND]
    assert (state(place), state(place, SECOND)) == ("received", "sent")


def test_many_files_go_in_one_run_while_the_other_side_acknowledges(place: Place) -> None:
    sealed(place, 3)

    def sage_side(connection: Connection, exchange: Exchange) -> None:
        del connection, exchange
        for name in (FIRST, SECOND):
            while not (place.root / "to_sage" / f"{name}.ok").exists():
                time.sleep(0.01)
            place.acknowledge(name)

    beside = place.start(sage_side)
    assert deliver(place, ack_wait_seconds=10) == outbox.Delivered(3, is_waiting=True)
    assert place.end(beside) == 0


def test_receiving_confirmations_do_not_wait_for_acks(place: Place) -> None:
    sealed(place, 2)
    place.run("update outbox.batch set flow = 'RCV'")
    place.run("update outbox.file_counter set flow = 'RCV'")
    assert outbox.deliver(place.connection, place.exchange, COMPANY, "RCV").sent == 2


@pytest.mark.parametrize("point", [name for name in CHECKPOINTS if name.startswith("deliver.")])
def test_a_worker_killed_anywhere_is_followed_to_the_same_end(place: Place, point: str) -> None:
    sealed(place)
    assert place.child(lambda one, two: outbox.deliver(one, two, COMPANY, "DC", ack_wait_seconds=0), point) == KILLED
    follow(place)
    assert place.waiting() == [FIRST]
    assert (place.root / "to_sage" / FIRST).read_bytes() == content(place)
    assert (state(place), place.states(), litter(place)) == ("sent", {"sent": 2}, [])


@pytest.mark.parametrize("point", ["deliver.renamed", "deliver.manifest_part_written", "deliver.manifest_written"])
def test_a_file_taken_while_its_worker_was_dead_is_not_sent_again(place: Place, point: str) -> None:
    sealed(place)
    assert place.child(lambda one, two: outbox.deliver(one, two, COMPANY, "DC", ack_wait_seconds=0), point) == KILLED
    folder = place.root / "processed"
    folder.mkdir()
    (place.root / "to_sage" / FIRST).rename(folder / FIRST)
    (place.root / "to_sage" / f"{FIRST}.ok").unlink(missing_ok=True)
    follow(place)
    assert (state(place), place.waiting()) == ("sent", [])


@pytest.mark.parametrize(
    "point", ["postings.before_commit", "postings.committed", "seal.before_commit", "seal.committed"]
)
def test_a_sealing_killed_anywhere_seals_every_entry_once(place: Place, point: str) -> None:
    outbox_gate.load("DC")
    for number in (1, 2, 3):
        place.entry("10.00", "1", day=date(2026, 3, number))
    assert place.child(lambda one, _: outbox.seal_costs(one, COMPANY), point) == KILLED
    outbox.seal_costs(place.connection, COMPANY)
    assert place.states() == {"sealed": 3}
    assert place.one("select count(*) from outbox.posting_entry") == 3
    assert place.rows("select seq, row_count from outbox.batch") == [{"seq": 1, "row_count": 3}]


def test_two_workers_at_once_send_every_file_once(place: Place) -> None:
    sealed(place, 2)
    place.run("update outbox.batch set flow = 'RCV'")
    place.run("update outbox.file_counter set flow = 'RCV'")

    def work(connection: Connection, exchange: Exchange) -> None:
        while outbox.deliver(connection, exchange, COMPANY, "RCV").is_busy:
            pass

    workers = [place.start(work) for _ in range(3)]
    assert [place.end(worker) for worker in workers] == [0, 0, 0]
    assert place.waiting() == [FIRST, SECOND]
    taken = place.rows("select state_to, count(*) as n from outbox.state_log where state_to = 'sent' group by 1")
    assert taken == [{"state_to": "sent", "n": 2}]


def test_a_silent_worker_keeps_its_file_for_its_lease_only(place: Place) -> None:
    sealed(place)
    lane = Lane(load_company(place.connection, COMPANY), "DC")
    with another_connection(place.dsn) as silent, open_exchange(place.server) as its_exchange:
        taken = outbox_lane.claim(silent, lane).batch
        assert taken is not None
        assert deliver(place) == outbox.Delivered(0, is_busy=True)
        place.run("update outbox.batch set lease_until = now() - interval '1 second'")
        assert deliver(place).sent == 1
        # It wakes up: every write of its is refused, and what it finds needs none.
        with pytest.raises(Transient, match="RS-941"):
            outbox_lane.hold_lease(silent, taken)
        outbox_deliver._send(silent, its_exchange, taken, 60)
    assert (state(place), place.waiting(), litter(place)) == ("sent", [FIRST], [])


def test_a_worker_that_was_overtaken_may_not_write_any_more(place: Place) -> None:
    sealed(place)
    lane = Lane(load_company(place.connection, COMPANY), "DC")
    with another_connection(place.dsn) as silent:
        first = outbox_lane.claim(silent, lane).batch
        place.run("update outbox.batch set lease_until = now() - interval '1 second'")
        second = outbox_lane.claim(place.connection, lane).batch
        assert first is not None
        assert second is not None
        outbox_lane.hold_lease(place.connection, second)
        with pytest.raises(Transient, match="RS-941"):
            outbox_lane.hold_lease(silent, first)
        with pytest.raises(Transient, match="RS-941"):
            outbox_deliver._record_sent(silent, place.exchange, first, Verdict(Step.RECORD_SENT, "seen"))
    assert state(place) == "sending"


def test_a_worker_that_wakes_up_before_the_rename_cannot_put_the_file_in_place_again(place: Place) -> None:
    sealed(place)
    lane = Lane(load_company(place.connection, COMPANY), "DC")
    with another_connection(place.dsn) as silent:
        taken = outbox_lane.claim(silent, lane).batch
        assert taken is not None
        outbox_server.write_part(place.exchange, COMPANY, FIRST, taken.token, taken.content)
        outbox_lane.hold_lease(silent, taken, note={"renaming_token": taken.token})
        place.run("update outbox.batch set lease_until = now() - interval '1 second'")
        assert deliver(place).sent == 1
        place.take(FIRST)
        with pytest.raises(Transient, match="RS-901"):
            outbox_server.put_in_place(place.exchange, COMPANY, FIRST, taken.token)
    assert place.waiting() == []
    assert not (place.root / "to_sage" / FIRST).exists()


def test_what_other_attempts_left_is_removed_before_the_file_is_put_in_place(place: Place) -> None:
    sealed(place)
    outbox_server.write_part(place.exchange, COMPANY, FIRST, "dead", b"half a")
    work = "deliver.looked_again"
    assert place.child(lambda one, two: outbox.deliver(one, two, COMPANY, "DC", ack_wait_seconds=0), work) == KILLED
    assert len(litter(place)) == 1
    assert not litter(place)[0].endswith(".dead")


def test_a_file_that_vanishes_after_it_was_put_in_place_is_never_sent_again(place: Place) -> None:
    sealed(place)
    work = "deliver.renamed"
    assert place.child(lambda one, two: outbox.deliver(one, two, COMPANY, "DC", ack_wait_seconds=0), work) == KILLED
    (place.root / "to_sage" / FIRST).unlink()
    with pytest.raises(LaneStopped, match=r"RS-501.*put in place, is gone"):
        follow(place)
    assert (state(place), place.states()) == ("unknown", {"unknown": 2})
    assert place.open_rules() == ["outcome_unknown"]
    with pytest.raises(LaneStopped, match="RS-501"):
        deliver(place)
    assert place.waiting() == []


def test_another_content_under_the_name_stops_the_lane(place: Place) -> None:
    sealed(place)
    folder = place.root / "to_sage"
    folder.mkdir(parents=True)
    (folder / FIRST).write_bytes(b"something else")
    with pytest.raises(LaneStopped, match="another content"):
        deliver(place)
    assert (folder / FIRST).read_bytes() == b"something else"


def test_another_manifest_under_the_name_stops_the_lane(place: Place) -> None:
    sealed(place)
    folder = place.root / "to_sage"
    folder.mkdir(parents=True)
    (folder / FIRST).write_bytes(content(place))
    (folder / f"{FIRST}.ok").write_bytes(b"{}")
    assert deliver(place).sent == 1  # equal data with a manifest beside it: the other side compares the manifest
    place.run("update outbox.batch set state = 'sending'")
    (folder / f"{FIRST}.ok").unlink()
    deliver(place)
    assert (folder / f"{FIRST}.ok").read_bytes() == bytes(place.one("select manifest from outbox.batch"))


def test_a_file_in_two_folders_at_once_stops_the_lane(place: Place) -> None:
    sealed(place)
    for folder in ("to_sage", "processed"):
        (place.root / folder).mkdir(parents=True)
        (place.root / folder / FIRST).write_bytes(content(place))
    with pytest.raises(LaneStopped, match="at once"):
        deliver(place)


def test_an_intent_older_than_the_other_side_keeps_files_stops_the_lane(place: Place) -> None:
    sealed(place)
    assert place.child(lambda one, two: outbox.deliver(one, two, COMPANY, "DC"), "deliver.claimed") == KILLED
    place.run("update outbox.batch set sending_at = now() - interval '36 days'")
    with pytest.raises(LaneStopped, match="older than the other side keeps"):
        follow(place)


def test_a_file_whose_lines_sage_holds_already_is_not_sent(place: Place) -> None:
    sealed(place)
    (first, *_) = place.postings()
    place.sage_row("X", "10.00", ref_1=first["posting_reference"], transaction_type="JC cost")
    with pytest.raises(LaneStopped, match="Sage holds 1 of its lines"):
        deliver(place)
    assert place.waiting() == []


def test_the_server_going_away_leaves_the_file_to_the_next_try(place: Place) -> None:
    sealed(place)
    (place.server.root / COMPANY).mkdir(parents=True)
    (place.root / "to_sage").write_text("a file where a folder should be")
    with pytest.raises(Transient, match="RS-901"):
        deliver(place)
    (place.root / "to_sage").unlink()
    assert deliver(place).sent == 1


def test_a_checkpoint_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGE_BRIDGE_KILL_AT", "deliver.nowhere")
    with pytest.raises(BadConfig, match="RS-143"):
        checkpoint("deliver.sent")


def test_lanes_go_on_by_themselves_once_their_ack_has_come(place: Place) -> None:
    sealed(place, 2)
    assert outbox.continue_lanes(place.connection, place.exchange, COMPANY, ack_wait_seconds=0) == 1
    assert outbox.continue_lanes(place.connection, place.exchange, COMPANY, ack_wait_seconds=0) == 0
    place.acknowledge(FIRST)
    outbox.take_answers(place.connection, place.exchange, COMPANY)
    assert outbox.continue_lanes(place.connection, place.exchange, COMPANY, ack_wait_seconds=0) == 1


def test_a_lane_that_waits_for_a_person_or_is_off_is_left_alone(place: Place) -> None:
    sealed(place, 2)
    place.run("update outbox.batch set state = 'unknown' where seq = 1")
    assert outbox.continue_lanes(place.connection, place.exchange, COMPANY, ack_wait_seconds=0) == 0
    place.run("update outbox.batch set state = 'received' where seq = 1")
    off = "update core.company set profile = jsonb_set(profile, '{flows,material_costs,is_on}', 'false')"
    place.run(off)
    assert outbox.continue_lanes(place.connection, place.exchange, COMPANY, ack_wait_seconds=0) == 0
