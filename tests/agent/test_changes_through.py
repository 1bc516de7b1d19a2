"""A correction of commitments through both systems: proposed, approved, imported by Sage, read back, and never again.

The bridge's side is killed at every step on the way; Sage has each change order once all the same.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from agent.loop import Agent
from ops.companies import changing_profile, default_profile, store_profile
from ops.sage_side import change_layout
from sage_bridge.reconcile import Decision
from sage_hooks import job_end, ledger, outbox, outbox_gate, reconciliation
from sage_hooks.inbound import take_transfers
from tests.agent.exchange_place import SageFile
from tests.agent.test_with_sandbox import sandbox, sandbox_place
from tests.hooks.outbox.place import KILLED, open_exchange
from tests.hooks.outbox.place import Place as Bridge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection
    from tests.agent.exchange_place import Place
    from tests.conftest import SftpPlace

pytestmark = pytest.mark.slow

__all__ = ["sandbox_place"]

JOB = "26-101"
MASTERS = ("JOB", "EXTRA", "COSTCODE", "CATEGORY", "STDCODE", "STDCAT", "VENDOR", "ITEM")
COMMITMENTS = ("COMMIT", "COMITEM", "COMCO", "COMCOITM")
SENDING = (
    *("postings.before_commit", "postings.committed", "seal.before_commit", "seal.committed", "deliver.claimed"),
    *("deliver.part_written", "deliver.renaming_noted", "deliver.renamed", "deliver.manifest_written"),
    *("deliver.sent_before_commit", "deliver.sent"),
)
ANSWERING = ("answers.ack_before_commit", "answers.result_before_commit")
FILE = "CMT_AW_PROD_00000001_v1.txt"
ORDERS = "select * from outbox.change_order order by commitment"


@pytest.fixture
def bridge(warehouse: Connection, warehouse_dsn: str, sftp_server: SftpPlace, sandbox_place: Place) -> Iterator[Bridge]:
    """Our side, on the server and the folders of the agent's place, with the flow on."""
    profile = changing_profile(default_profile("AW"))
    store_profile(warehouse, profile)
    warehouse.commit()
    outbox_gate.load("CMT")
    command = [sys.executable, "-m", "sandbox", "--data", str(sandbox_place.host.parent / "sage")]
    macro = [*command, "import", "--file", "{file}", "--reject", "{reject}", "--print", "{print}"]
    sandbox_place.root = sftp_server.root
    sandbox_place.root.joinpath("AW").mkdir(exist_ok=True)
    sandbox_place.config(
        sftp__root="/",
        import__flows=["DC", "ADJ", "RCV", "CMT"],
        import__macros={"CMT": macro},
        import__layouts={"CMT": change_layout(profile)},
        extract_after_import=list(COMMITMENTS),
        post={},
    )
    with open_exchange(sftp_server) as exchange:
        yield Bridge(warehouse_dsn, warehouse, exchange, sftp_server)


def take(bridge: Bridge, flows: tuple[str, ...]) -> None:
    outcomes = take_transfers(bridge.connection, bridge.exchange, "AW", flows, "PROD")
    assert outcomes
    assert [one for one in outcomes if one.state not in ("landed", "duplicate")] == []
    ledger.value_events(bridge.connection)


def propose(bridge: Bridge, name: str) -> Any:
    terms = {"company_id": "AW", "job": JOB, "mode": "propose", "prepared_by": "finance", "dag_run_id": name}
    return job_end.reconcile_job(bridge.connection, terms)


def decide(bridge: Bridge, run_no: int) -> None:
    decision = Decision("controller", True, "looked at", datetime.now(UTC), ())
    reconciliation.store_decision(bridge.connection, run_no, decision, "reconcile__job", "manual")


def send(connection: Connection, exchange: Exchange) -> None:
    outbox.check_lane(connection, exchange, "AW", "CMT")
    outbox.seal_changes(connection, "AW")
    outbox.deliver(connection, exchange, "AW", "CMT", ack_wait_seconds=0)


def answers(connection: Connection, exchange: Exchange) -> None:
    outbox.take_answers(connection, exchange, "AW")


def confirm(connection: Connection, _exchange: Exchange) -> None:
    outbox.confirm_changes(connection, "AW")


def in_sage(place: Place) -> list[tuple[Any, ...]]:
    file = SageFile.__new__(SageFile)
    file.path = place.host.parent / "sage" / "sage.db"
    shown = "select Commitment, Commitment_CO, Status from JCM_MASTER__COMMITMENT_CO"
    return file.rows(f"{shown} where Commitment_CO like 'M%' order by 1")


def at_sage(place: Place) -> None:
    """Let the agent import what waits and extract what Sage shows then."""
    with Agent(place.config()) as agent:
        agent.settle()
        assert agent.importer.waits_for_a_person() == []
        agent.once()
        assert agent.failures == []


def read_back(bridge: Bridge) -> list[str]:
    """Land Sage's commitments and compare; gives the states of our change orders."""
    take(bridge, COMMITMENTS)
    confirm(bridge.connection, bridge.exchange)
    return [row["state"] for row in bridge.rows(ORDERS)]


def killed_at(bridge: Bridge, work: Callable[[Connection, Exchange], None], points: tuple[str, ...]) -> None:
    """Do work in processes that are killed at each of the points, then in one that is not."""
    for point in points:
        assert bridge.child(work, point) == KILLED, point
    assert bridge.child(work) == 0


def test_a_correction_goes_through_both_systems_once(sandbox_place: Place, bridge: Bridge) -> None:
    sage = sandbox_place.host.parent / "sage"
    at_sage(sandbox_place)
    take(bridge, MASTERS)
    take(bridge, COMMITMENTS)
    outcome = propose(bridge, "first")
    send(bridge.connection, bridge.exchange)
    assert bridge.rows(ORDERS) == []
    decide(bridge, outcome.run_no)
    killed_at(bridge, send, SENDING)
    sent = [name for name in sandbox_place.names("to_sage") if name.startswith("CMT") and name.endswith(".txt")]
    assert sent == [FILE]

    # The people of Sage close the first order before the import.
    closed = bridge.rows(ORDERS)[0]["commitment"]
    sandbox(sage, "close-commitment", "--commitment", closed)
    at_sage(sandbox_place)
    killed_at(bridge, answers, ANSWERING)
    first, *others = bridge.rows(ORDERS)
    assert [first["state"], *{row["state"] for row in others}] == ["rejected", "accepted"]
    assert f"commitment {closed} is closed" in first["reject_reason"]
    assert in_sage(sandbox_place) == [(row["commitment"], row["reference"], "Approved") for row in others]
    take(bridge, COMMITMENTS)
    killed_at(bridge, confirm, ("confirm.before_commit",))
    assert [row["state"] for row in bridge.rows(ORDERS)] == ["rejected"] + ["posted"] * len(others)
    to_receive = (
        "select sum(units_to_receive) from mart.commitment_position where job = %(job)s and commitment <> %(c)s"
    )
    assert bridge.one(to_receive, job=JOB, c=closed) == Decimal(0)

    # Nothing is left to propose, and nothing goes again.
    assert propose(bridge, "second").proposed_events == 0
    send(bridge.connection, bridge.exchange)
    assert bridge.one("select count(*) from outbox.batch where flow = 'CMT'") == 1

    # The order is opened again: the same change order, the same number, the next version.
    sandbox(sage, "close-commitment", "--commitment", closed, "--reopen")
    at_sage(sandbox_place)
    assert "rejected" in read_back(bridge)
    assert outbox.release_rejected(bridge.connection, "AW", [first["reference"]]) == [first["reference"]]
    send(bridge.connection, bridge.exchange)
    at_sage(sandbox_place)
    answers(bridge.connection, bridge.exchange)
    assert set(read_back(bridge)) == {"posted"}
    assert len(in_sage(sandbox_place)) == len(others) + 1

    # Somebody imports the first file once more, past the guard: it shows.
    again = sandbox_place.host.parent / "again.txt"
    again.write_bytes(sandbox_place.folder("processed").joinpath(FILE).read_bytes())
    sandbox(sage, "import", "--file", str(again), "--reject", f"{again}.rej", "--print", f"{again}.prn")
    at_sage(sandbox_place)
    read_back(bridge)
    found = bridge.rows("select rule, count(*) from mart.open_exception where record_kind = 'change_order' group by 1")
    assert found == [{"rule": "posted_twice", "count": len(others) + 1}]
