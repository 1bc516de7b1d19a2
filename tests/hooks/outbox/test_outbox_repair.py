"""What people decide about a lane: an unknown outcome, and what was sent before our database was restored."""

from __future__ import annotations

import time
from datetime import date

import pytest

from sage_bridge.errors import BadConfig, LaneStopped, NotApproved
from sage_hooks import outbox, outbox_command
from tests.hooks.outbox.place import COMPANY, KILLED, Place

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


def vanished(place: Place) -> None:
    """Lose a file that was put in place and stop the lane over it."""
    sealed(place)
    work = "deliver.renamed"
    assert place.child(lambda one, two: outbox.deliver(one, two, COMPANY, "DC", ack_wait_seconds=0), work) == KILLED
    (place.root / "to_sage" / FIRST).unlink()
    with pytest.raises(LaneStopped, match=r"RS-501.*put in place, is gone"):
        follow(place)


# What people decide.


def test_two_people_send_a_file_again_that_did_not_arrive(place: Place) -> None:
    vanished(place)
    with pytest.raises(NotApproved, match="RS-602"):
        outbox.resolve_unknown(
            place.connection, COMPANY, FIRST, outbox.Decision("anna", "anna", "x"), has_arrived=False
        )
    outbox.resolve_unknown(place.connection, COMPANY, FIRST, PEOPLE, has_arrived=False)
    assert place.open_rules() == []
    assert deliver(place).sent == 1
    assert (place.root / "to_sage" / FIRST).read_bytes() == content(place)
    assert b'"possible_duplicate": true' in (place.root / "to_sage" / f"{FIRST}.ok").read_bytes()
    (decision,) = place.rows("select prepared_by, decided_by, subject_kind from audit.approval")
    assert decision == {"prepared_by": "anna", "decided_by": "carl", "subject_kind": "batch_outcome"}


def test_two_people_find_that_a_file_arrived(place: Place) -> None:
    vanished(place)
    outbox.resolve_unknown(place.connection, COMPANY, FIRST, PEOPLE, has_arrived=True)
    assert (state(place), place.states()) == ("sent", {"sent": 2})


def test_only_an_unknown_outcome_can_be_decided(place: Place) -> None:
    sealed(place)
    with pytest.raises(BadConfig, match="RS-146"):
        outbox.resolve_unknown(place.connection, COMPANY, FIRST, PEOPLE, has_arrived=True)


# A restored database.


def restore(place: Place) -> None:
    """Make the warehouse forget the last file it sent, as a restore of yesterday's copy does."""
    place.run(
        "update outbox.batch_line set posting_id = null where batch_id = (select max(batch_id) from outbox.batch)"
    )
    place.run(
        "update outbox.cost_posting set state = 'eligible' where posting_id not in"
        " (select posting_id from outbox.batch_line where posting_id is not null)"
    )
    place.run("alter table outbox.state_log disable trigger append_only")
    place.run("delete from outbox.batch_line where batch_id = (select max(batch_id) from outbox.batch)")
    place.run("delete from outbox.state_log where batch_id not in (select batch_id from outbox.batch_line)")
    place.run("delete from outbox.batch where batch_id not in (select batch_id from outbox.batch_line)")
    place.run("delete from audit.transfer where file_name not in (select file_name from outbox.batch)")
    place.run("update outbox.file_counter set last_seq = last_seq - 1")


def lost_one(place: Place) -> None:
    sealed(place, 2)
    assert deliver(place).sent == 1
    place.take(FIRST)
    place.acknowledge(FIRST)
    assert deliver(place, ack_wait_seconds=0.1).sent == 1
    place.take(SECOND)
    restore(place)


def test_a_restored_database_locks_its_lane(place: Place) -> None:
    lost_one(place)
    with pytest.raises(LaneStopped, match=r"RS-502.*file 2 was sent, our last is 1"):
        deliver(place)
    assert place.open_rules() == ["lane_locked"]


def test_a_locked_lane_seals_nothing(place: Place) -> None:
    lost_one(place)
    place.entry("7.00", "1", day=date(2026, 3, 20))
    for _ in range(2):
        with pytest.raises(LaneStopped, match=r"RS-502.*file 2 was sent, our last is 1"):
            outbox.check_lane(place.connection, place.exchange, COMPANY, "DC")
        with pytest.raises(LaneStopped, match="RS-502"):
            outbox.seal_costs(place.connection, COMPANY)
    assert place.one("select max(seq) from outbox.batch") == 1


def test_a_batch_in_sage_beyond_our_last_number_locks_the_lane(place: Place) -> None:
    sealed(place)
    place.sage_row("X", "1.00", batch="RBD0000009", ref_2="RBD0000009", transaction_type="JC cost")
    with pytest.raises(LaneStopped, match="file 9 was sent, our last is 1"):
        deliver(place)


def test_a_file_that_only_sage_knows_cannot_be_adopted(place: Place) -> None:
    sealed(place)
    place.sage_row("X", "1.00", batch="RBD0000002", ref_2="RBD0000002", transaction_type="JC cost")
    with pytest.raises(LaneStopped, match=r"RS-503.*DC_AW_PROD_00000002"):
        outbox.readopt_lane(place.connection, place.exchange, COMPANY, "DC", PEOPLE)


def test_a_lane_is_readopted_and_its_lines_are_not_sent_again(place: Place) -> None:
    lost_one(place)
    with pytest.raises(LaneStopped, match="RS-502"):
        deliver(place)
    assert outbox.readopt_lane(place.connection, place.exchange, COMPANY, "DC", PEOPLE) == [SECOND]
    assert (state(place, SECOND), place.open_rules()) == ("received", [])
    assert outbox.seal_costs(place.connection, COMPANY).lines == 0
    place.report(SECOND)
    outbox.take_answers(place.connection, place.exchange, COMPANY)
    assert state(place, SECOND) == "accepted"
    place.entry("5.00", "1", day=date(2026, 3, 20))
    assert outbox.seal_costs(place.connection, COMPANY).lines == 1
    assert place.one("select max(seq) from outbox.batch") == 3


def test_a_line_that_comes_into_being_again_takes_over_what_was_sent(place: Place) -> None:
    lost_one(place)
    place.run(
        "delete from outbox.posting_entry where posting_id in"
        " (select posting_id from outbox.cost_posting where is_open)"
    )
    place.run("delete from outbox.cost_posting where is_open")
    outbox.readopt_lane(place.connection, place.exchange, COMPANY, "DC", PEOPLE)
    place.entry("1.00", "0", day=date(2026, 3, 4))
    assert outbox.seal_costs(place.connection, COMPANY).lines == 0
    found = place.rows(
        "select state, hold_rule, amount::text from outbox.cost_posting order by posting_id desc limit 2"
    )
    assert {(row["state"], row["hold_rule"], row["amount"]) for row in found} == {
        ("received", None, "10.00"),
        ("held", "sent_before_restore", "11.00"),
    }


def command(place: Place, *words: str) -> int:
    return outbox_command.main(["--dsn", place.dsn, *words, "--company", COMPANY])


def test_people_decide_from_the_command_line(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    vanished(place)
    assert command(place, "status") == 0
    assert capsys.readouterr().out == "DC PROD: last number 1, 0 to send, 0 under way, 1 unknown\n"
    people = ("--decided-by", "anna", "--evidence", "not in Sage")
    assert command(place, "resolve", "--file", FIRST, "--not-arrived", *people, "--confirmed-by", "anna") == 1
    assert "RS-602" in capsys.readouterr().err
    assert command(place, "resolve", "--file", FIRST, "--not-arrived", *people, "--confirmed-by", "carl") == 0
    assert capsys.readouterr().out == f"{FIRST}: will be sent again\n"
    assert deliver(place).sent == 1
    place.run("update outbox.cost_posting set state = 'rejected'")
    (first, _) = place.postings()
    assert command(place, "release", str(first["posting_reference"]), "CNONE00000") == 0
    assert capsys.readouterr().out == f"{first['posting_reference']}\n1 of 2 freed\n"


def test_a_lane_is_readopted_from_the_command_line(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    lost_one(place)
    server = place.server
    words = (
        "--host",
        server.host,
        "--port",
        str(server.port),
        "--user",
        server.user,
        "--key-file",
        str(server.key_file),
    )
    people = ("--decided-by", "anna", "--confirmed-by", "carl", "--evidence", "restored from last night")
    assert command(place, "readopt", "--flow", "DC", *words, "--host-key", server.host_key, *people) == 0
    assert capsys.readouterr().out == f"{SECOND}\nlane DC is free, 1 files adopted\n"
