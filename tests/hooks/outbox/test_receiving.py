"""The task that stays up: what comes while it listens is landed, valued and confirmed; what it leaves is not lost."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from sage_bridge.sage_files import parse_receipts
from sage_hooks import outbox, receiving
from sage_hooks.outbox_company import load_company
from sage_hooks.sage_side import FileSide
from sage_hooks.sql_files import statement
from sage_hooks.warehouse import connect
from tests.hooks.outbox.place import COMPANY, JOB, KILLED, another_connection, open_exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection
    from tests.hooks.outbox.place import Place

pytestmark = pytest.mark.slow
SECONDS = 20.0
WAITING = statement("ledger/select_waiting_documents")


def receive(place: Place, *event_ids: str, company_id: str = COMPANY) -> None:
    """Have RunBlu write receipts into the inbox, all in one statement."""
    with another_connection(place.dsn) as runblu:
        runblu.cursor().executemany(
            "insert into ledger.event_inbox (company_id, event_id, document) values (%s, %s, %s)",
            [(company_id, event_id, json.dumps(document(event_id))) for event_id in event_ids],
        )


def document(event_id: str) -> dict[str, object]:
    moment = "2026-03-02T08:00:00-06:00"
    return {
        "event_id": event_id, "event_type": "received", "occurred_at": moment, "recorded_at": moment,
        "commitment": "PO-7", "item_number": 1, "location": JOB, "quantity": "1", "unit": "CY", "actor": "sue",
        "device": "tab-1",
    }  # fmt: skip


def confirmed(place: Place) -> list[str]:
    """Give the events that Sage's side can see, in order, each as often as it stands in a file."""
    files = [place.root / "to_sage" / name for name in place.waiting()]
    return sorted(line.event_id for file in files for line in parse_receipts(file.read_bytes()))


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def listen(place: Place, exchange: Exchange, companies: tuple[str, ...] = (COMPANY,), **seconds: float) -> Any:
    """Listen as the task does."""

    @contextmanager
    def side(connection: Connection, company_id: str, flow: str) -> Iterator[FileSide]:
        assert flow == "receipts"
        yield FileSide(connection, load_company(connection, company_id).profile, exchange)

    with connect(place.dsn) as connection, connect(place.dsn) as ear:
        return receiving.listen(connection, ear, companies, open_side=side, **seconds)


class Listener:
    """A listening task in a thread of its own."""

    def __init__(self, place: Place, **seconds: float) -> None:
        self._place, self._seconds, self.heard = place, seconds, receiving.Heard()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        wait_for(lambda: is_heard(place))

    def _run(self) -> None:
        with open_exchange(self._place.server) as exchange:
            self.heard = listen(self._place, exchange, **self._seconds)

    def end(self) -> receiving.Heard:
        self._thread.join(timeout=SECONDS)
        assert not self._thread.is_alive()
        return self.heard


def is_heard(place: Place) -> bool:
    """Tell whether somebody holds the lock of the one who listens."""
    return not place.one("select pg_try_advisory_xact_lock_shared(hashtext('sage-bridge listener'))")


def test_what_comes_while_it_listens_is_confirmed_by_and_by(place: Place) -> None:
    listener = Listener(place, quiet_seconds=1.5)
    receive(place, "A", "B")
    wait_for(lambda: confirmed(place) == ["A", "B"])
    receive(place, "C")
    wait_for(lambda: confirmed(place) == ["A", "B", "C"])
    heard = listener.end()
    assert (heard.rounds, heard.events, heard.lines, heard.files) == (2, 3, 3, 2)
    assert heard.ended == "no more events"
    assert not is_heard(place)


def test_it_ends_though_events_come(place: Place) -> None:
    listener = Listener(place, quiet_seconds=5.0, longest_seconds=1.5)
    for number in range(12):
        receive(place, f"E{number}")
        time.sleep(0.2)
    assert listener.end().ended == "long enough, the next event starts the next run"
    # Nothing that came in its time is left; what came later waits for the next run.
    waiting = place.one("select count(*) from ledger.event_inbox where taken_at is null")
    assert len(confirmed(place)) + waiting == 12


def test_only_one_listens(place: Place) -> None:
    listener = Listener(place, quiet_seconds=2.0)
    began = time.monotonic()
    assert listen(place, place.exchange, quiet_seconds=SECONDS) == receiving.Heard(ended="another run listens")
    assert time.monotonic() - began < 2
    listener.end()


def test_a_company_whose_receipts_are_not_due_is_landed_and_valued(place: Place) -> None:
    receive(place, "A")
    heard = listen(place, place.exchange, (), quiet_seconds=0.1)
    assert (heard.events, heard.lines, confirmed(place)) == (1, 0, [])
    assert place.one("select status from ledger.event_tag where event_id = 'A'") == "tagged"


def test_a_lane_that_has_stopped_ends_the_listening_with_everything_landed(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    outbox.check_lane(place.connection, place.exchange, COMPANY, "RCV")
    place.run("update outbox.file_counter set is_locked = true, lock_reason = 'restored' where flow = 'RCV'")
    receive(place, "A")
    assert listen(place, place.exchange).ended == "a confirmation could not be sent"
    assert "RS-502" in caplog.text
    assert place.one("select status from ledger.event_tag where event_id = 'A'") == "tagged"


@pytest.mark.parametrize("kill_at", ["ledger.inbox_taken", "ledger.landed", "ledger.valued", "deliver.renamed"])
def test_what_a_killed_one_leaves_the_next_ones_bring(place: Place, kill_at: str) -> None:
    receive(place, "A", "B")
    assert place.child(lambda _, exchange: listen(place, exchange, quiet_seconds=0.1), kill_at) == KILLED
    assert not is_heard(place)
    # The task tried again, then the DAG that starts when it ends.
    listen(place, place.exchange, quiet_seconds=0.1)
    outbox.seal_receipts(place.connection, COMPANY)
    outbox.deliver(place.connection, place.exchange, COMPANY, "RCV")
    assert confirmed(place) == ["A", "B"]


def test_the_trigger_leaves_to_the_listener_what_has_just_come(place: Place) -> None:
    receive(place, "A")
    (row,) = place.rows(WAITING)
    assert (row["newest"] > 0, row["is_heard"]) == (True, False)
    with another_connection(place.dsn) as ear:
        assert receiving.take_ear(ear)
        (row,) = place.rows(WAITING)
        assert (row["newest"] > 0, row["is_heard"]) == (True, True)
        # Whoever listens and takes nothing is not waited for.
        place.run("update ledger.event_inbox set inserted_at = now() - interval '6 seconds'")
        assert not place.rows(WAITING)[0]["is_heard"]
    place.run("delete from ledger.event_inbox")
    assert place.rows(WAITING) == [{"newest": 0, "is_heard": False}]
