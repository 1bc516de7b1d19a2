"""The steps of the loop as functions of a world: what the DAGs do on our side, what the others do on theirs.

Each opens connections of its own and is meant to run in a process of its own (`World.start`).
"""

from __future__ import annotations

import io
import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.crash.company import COMMITMENTS, JOB_COST, MASTERS
from tests.crash.history import COMPANY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.runblu.documents import Document
    from sandbox.runblu.server import Server
    from tests.crash.history import Feed, Row
    from tests.crash.world import World

# A confirmation is done once its file lies on the server: its lane waits for no answer (protocol 3.5).
_UNDER_WAY = """
    select 'batch ' || state as what from outbox.batch where state in ('sealed', 'sending', 'unknown')
    union select 'cost file ' || state from outbox.batch
        where flow <> 'RCV' and state in ('sent', 'received', 'accepted')
    union select 'cost ' || state from outbox.cost_posting where state <> 'posted'
    union select 'receipt ' || state from outbox.receiving_confirmation
        where state not in ('sent', 'received', 'accepted')
    union select 'inbox' from ledger.event_inbox where taken_at is null
    union select 'touched' from ledger.touched_line
"""
ACK_WAIT_SECONDS = 4.0
"""How long a delivery stays with one file's ack where the agent works beside it."""


def warm_up() -> None:
    """Import here what every worker needs, so that a fork has it."""
    import sandbox.cli
    import sandbox.runblu.cli  # noqa: F401 - imported to be there
    from sage_hooks import inbound_gate, outbox_gate

    inbound_gate.warm_up()
    for flow in ("DC", "RCV"):
        outbox_gate.load(flow)


# Our side: what the DAGs call.


def land_masters(world: World) -> None:
    """Land jobs, codes, vendors, items and commitments."""
    _land(world, MASTERS)


def land_commitments(world: World) -> None:
    """Land commitments and change orders."""
    _land(world, COMMITMENTS)


def land_all(world: World) -> None:
    """Land everything Sage has sent."""
    _land(world, (*MASTERS, *JOB_COST))


def _land(world: World, flows: Sequence[str]) -> None:
    from sage_hooks import inbound

    with world.connection() as connection, world.exchange() as exchange:
        outcomes = inbound.take_transfers(connection, exchange, COMPANY, flows, "PROD")
    inbound.require_landed(outcomes)


def land_events(world: World) -> None:
    """Land the live inbox, then RunBlu's files."""
    from sage_hooks import inbound, ledger

    with world.connection() as connection, world.exchange() as exchange:
        ledger.land_inbox(connection)
        inbound.take_event_files(connection, exchange)


def value_events(world: World) -> None:
    """Tag and value what is new or touched."""
    from sage_hooks import ledger

    with world.connection() as connection:
        ledger.value_events(connection)


def send_receipts(world: World) -> None:
    """Seal confirmations and deliver them."""
    from sage_hooks import outbox

    with world.connection() as connection, world.exchange() as exchange:
        outbox.seal_receipts(connection, COMPANY)
        outbox.deliver(connection, exchange, COMPANY, "RCV")


def send_costs(world: World) -> None:
    """Seal costs and deliver what the lane takes without waiting for an ack."""
    _send_costs(world, 0)


def send_costs_and_wait(world: World) -> None:
    """As `send_costs`, and stay for the acks of an agent that works beside it."""
    _send_costs(world, ACK_WAIT_SECONDS)


def _send_costs(world: World, ack_wait_seconds: float) -> None:
    from sage_hooks import outbox

    with world.connection() as connection, world.exchange() as exchange:
        outbox.seal_costs(connection, COMPANY)
        outbox.deliver(connection, exchange, COMPANY, "DC", ack_wait_seconds=ack_wait_seconds)


def take_answers(world: World) -> None:
    """Take acks and results, then go on with what waited for them."""
    from sage_hooks import outbox

    with world.connection() as connection, world.exchange() as exchange:
        outbox.take_answers(connection, exchange, COMPANY)
        outbox.continue_lanes(connection, exchange, COMPANY, ack_wait_seconds=0)


def read_back(world: World) -> None:
    """Land Sage's job cost and confirm what we posted."""
    from sage_hooks import outbox

    _land(world, JOB_COST)
    with world.connection() as connection:
        outbox.confirm_posted(connection, COMPANY)


def release_rejected(world: World) -> None:
    """Free every line Sage has rejected, as a person does once the cause is repaired."""
    from sage_hooks import outbox

    with world.connection() as connection:
        found = connection.execute("select posting_reference from outbox.cost_posting where state = 'rejected'")
        outbox.release_rejected(connection, COMPANY, [row["posting_reference"] for row in found.fetchall()])


def tell_runblu(world: World) -> None:
    """Seal and send what RunBlu is to know, take its answers."""
    from sage_hooks import runblu_files

    with world.connection() as connection, world.exchange() as exchange:
        runblu_files.deliver_files(connection, exchange, COMPANY)


# The other side.


def sandbox(world: World, *words: str) -> str:
    """Run a command of the sandbox in this process; gives what it prints."""
    from sandbox.cli import main

    said, wrong = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(wrong):
        code = main(["--data", str(world.folder / "sage"), *words])
    assert code == 0, f"sandbox {words[0]}: {wrong.getvalue()}"
    return said.getvalue()


def post_entries(world: World) -> None:
    """Let Sage's clerk post what was imported."""
    sandbox(world, "post-entries")


def agent_takes(world: World) -> None:
    """Let the agent take, import, acknowledge and put away every file that is there."""
    from agent.loop import Agent

    with Agent(world.agent_config()) as agent:
        agent.settle()
        assert not agent.importer.waits_for_a_person(), agent.importer.waits_for_a_person()


def agent_stays(world: World) -> None:
    """Let the agent take files as they come, until it is killed."""
    from agent.loop import Agent

    with Agent(world.agent_config()) as agent:
        agent.run()


def extract_all(world: World) -> None:
    """Let the agent extract everything."""
    _extract(world, (*MASTERS, *JOB_COST))


def extract_job_cost(world: World) -> None:
    """Let the agent extract job cost."""
    _extract(world, JOB_COST)


def extract_commitments(world: World) -> None:
    """Let the agent extract commitments and change orders."""
    _extract(world, COMMITMENTS)


def _extract(world: World, flows: Sequence[str]) -> None:
    from agent.loop import Agent

    with Agent(world.agent_config()) as agent:
        agent.extract(flows)
        assert not agent.failures, agent.failures


def tell(world: World, feed: Feed) -> None:
    """Tell a feed to everybody: live events, a file of events, AP rows and change orders entered in Sage."""
    push(world, feed.live)
    upload(world, feed.bulk)
    for row in feed.ap_rows:
        sandbox(
            world, "enter-cost", "--type", "AP cost", "--job", row["job"], "--cost-code", row["cost_code"],
            "--category", row["category"], "--date", row["date"], "--amount", row["amount"], "--units", row["units"],
            "--vendor", row["vendor"], "--invoice", row["invoice"], "--commitment", row["commitment"],
            "--item", row["item"], "--description", f"Rods {row['invoice']}",
        )  # fmt: skip
    for row in feed.change_orders:
        sandbox(
            world, "--now", row["at"], "enter-change-order", "--commitment", row["commitment"], "--item", row["item"],
            f"--units={row['units']}", f"--amount={row['amount']}", "--unit-cost", row["unit_cost"],
            "--date", row["at"][:10], "--description", "Price", "--status", "Approved",
        )  # fmt: skip


def push(world: World, documents: Sequence[Row]) -> None:
    """Let RunBlu insert documents into the live inbox."""
    from sandbox.runblu import inbox

    if documents:
        inbox.push(world.dsn, COMPANY, map(_document, documents))


def upload(world: World, documents: Sequence[Row]) -> None:
    """Let RunBlu send documents as a file."""
    from sandbox.runblu.sealing import Outgoing
    from sandbox.runblu.server import upload as send

    if documents:
        outgoing = Outgoing(world.folder / "runblu" / "state", COMPANY, "PROD")
        outgoing.seal(map(_document, documents), datetime.now(UTC))
        send(_runblu(world), outgoing)


def runblu_takes(world: World) -> None:
    """Let RunBlu take and acknowledge what lies there for it."""
    from sandbox.runblu.server import take

    take(_runblu(world), COMPANY, "PROD", world.folder / "runblu" / "out", datetime.now(UTC))


def _document(row: Row) -> Document:
    return {**row}


def _runblu(world: World) -> Server:
    from sandbox.runblu.server import Server

    place = world.server
    return Server(place.host, place.port, "runblu", place.key_file.with_name("runblu.key"), place.host_key)


def export(world: World) -> None:
    """Write Sage's tables as CSV into `export/`, for the check."""
    shutil.rmtree(world.folder / "export", ignore_errors=True)
    sandbox(world, "export", "--out", str(world.folder / "export"))


def hide_answers(world: World) -> int:
    """Lose every answer to our files that lies on the server; gives how many. `lost/` keeps them."""
    lost = world.folder / "lost"
    lost.mkdir(exist_ok=True)
    found = [path for path in (world.exchange_root / "ack").glob("*") if path.name.startswith(("DC_", "RCV_"))]
    for path in found:
        path.replace(lost / path.name)
    return len(found)


def is_quiet(world: World) -> str:
    """Tell what is still under way, '' when everything has come to its end."""
    states = world.rows(_UNDER_WAY)
    return json.dumps(sorted(str(row["what"]) for row in states)) if states else ""
