"""The steps of the loop as functions of a world: what the DAGs do on our side, what the others do on theirs.

Each opens connections of its own and is meant to run in a process of its own (`World.start`).
"""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from contextlib import closing, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.crash import runblu_side
from tests.crash.company import CODES, COMMITMENTS, JOB_COST, MASTERS
from tests.crash.history import CATEGORY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.crash.history import Feed, Row
    from tests.crash.world import World

# A confirmation is done once its file lies on the server: its lane waits for no answer (protocol 3.5).
_UNDER_WAY = """
    select company_id, 'batch ' || state as what from outbox.batch where state in ('sealed', 'sending', 'unknown')
    union select company_id, 'cost file ' || state from outbox.batch
        where flow <> 'RCV' and state in ('sent', 'received', 'accepted')
    union select company_id, 'cost ' || state from outbox.cost_posting where state not in ('posted', 'reversed')
    union select company_id, 'receipt ' || state from outbox.receiving_confirmation
        where state not in ('sent', 'received', 'accepted')
    union select company_id, 'inbox' from ledger.event_inbox where taken_at is null
    union select company_id, 'touched' from ledger.touched_line
"""
_COST_FILES = """
    select from outbox.batch
    where company_id = %(company)s and flow <> 'RCV' and state in ('sealed', 'sending', 'sent')
"""
ACK_WAIT_SECONDS = 4.0
"""How long a delivery stays with one file's ack where the agent works beside it."""
_TURNS = 60
"""More files than any round leaves."""


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


def land_codes(world: World) -> None:
    """Land cost codes and categories."""
    _land(world, CODES)


def land_all(world: World) -> None:
    """Land everything Sage has sent."""
    _land(world, (*MASTERS, *JOB_COST))


def _land(world: World, flows: Sequence[str]) -> None:
    from sage_hooks import inbound

    with world.connection() as connection, world.exchange() as exchange:
        outcomes = inbound.take_transfers(connection, exchange, world.company, flows, "PROD")
    inbound.require_landed(outcomes)


def land_moved(world: World) -> None:
    """Land what changes while a world lives: codes, commitments, job cost."""
    _land(world, (*CODES, *COMMITMENTS, *JOB_COST))


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
        outbox.check_lane(connection, exchange, world.company, "RCV")
        outbox.seal_receipts(connection, world.company)
        outbox.deliver(connection, exchange, world.company, "RCV")


def send_costs(world: World) -> None:
    """Seal costs and deliver what the lane takes without waiting for an ack."""
    _send_costs(world, 0)


def send_costs_and_wait(world: World) -> None:
    """As `send_costs`, and stay for the acks of an agent that works beside it."""
    _send_costs(world, ACK_WAIT_SECONDS)


def _send_costs(world: World, ack_wait_seconds: float) -> None:
    from sage_hooks import outbox

    with world.connection() as connection, world.exchange() as exchange:
        outbox.check_lane(connection, exchange, world.company, "DC")
        outbox.seal_costs(connection, world.company)
        outbox.deliver(connection, exchange, world.company, "DC", ack_wait_seconds=ack_wait_seconds)


def take_answers(world: World) -> None:
    """Take acks and results, then go on with what waited for them."""
    from sage_hooks import outbox

    with world.connection() as connection, world.exchange() as exchange:
        outbox.take_answers(connection, exchange, world.company)
        outbox.continue_lanes(connection, exchange, world.company, ack_wait_seconds=0)


def land_job_cost(world: World) -> None:
    """Land Sage's job cost."""
    _land(world, JOB_COST)


def read_back(world: World) -> None:
    """Land Sage's job cost and confirm what we posted."""
    land_job_cost(world)
    confirm(world)


def confirm(world: World) -> None:
    """Confirm what we posted by what has landed."""
    from sage_hooks import outbox

    with world.connection() as connection:
        outbox.confirm_posted(connection, world.company)


def release_rejected(world: World) -> None:
    """Free every line Sage has rejected, as a person does once the cause is repaired."""
    from sage_hooks import outbox

    with world.connection() as connection:
        found = connection.execute(
            "select posting_reference from outbox.cost_posting where company_id = %s and state = 'rejected'",
            (world.company,),
        )
        outbox.release_rejected(connection, world.company, [row["posting_reference"] for row in found.fetchall()])


def tell_runblu(world: World) -> None:
    """Seal and send what RunBlu is to know, take its answers."""
    from sage_hooks import runblu_files

    with world.connection() as connection, world.exchange() as exchange:
        runblu_files.deliver_files(connection, exchange, world.company)


# The other side.


def sandbox(world: World, *words: str) -> str:
    """Run a command of the sandbox in this process; gives what it prints."""
    from sandbox.cli import main

    said, wrong = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(wrong):
        code = main(["--data", str(world.folder / "sage"), *words])
    assert code == 0, f"sandbox {words[0]}: {wrong.getvalue()}"
    return said.getvalue()


def reconcile(world: World, period: str) -> str:
    """Propose what a month comes to; gives the run's number, '' where the month is signed off."""
    from sage_hooks import reconciliation

    params = {
        "company_id": world.company, "period": period, "mode": "propose", "materiality": None, "accept_entries": [],
        "reverse_entries": [], "approvers": ["controller"],
    }  # fmt: skip
    with world.connection() as connection:
        run = reconciliation.start(connection, params, "finance", f"crash {period}")
    return "" if run["is_signed"] else str(run["run_no"])


def decide(world: World, run_no: str) -> None:
    """Approve a proposal."""
    from sage_bridge.reconcile import Decision
    from sage_hooks import reconciliation

    decision = Decision("controller", is_approved=True, comment="as shown", decided_at=datetime.now(UTC))
    with world.connection() as connection:
        reconciliation.store_decision(connection, int(run_no), decision, "reconcile__period", f"crash {run_no}")


def sign_off(world: World, run_no: str) -> None:
    """Prove an approved run and sign the month off."""
    from sage_hooks import sign_off as closing_of_months

    with world.connection() as connection:
        closing_of_months.sign_off(connection, int(run_no))


def post_entries(world: World) -> None:
    """Let Sage's clerk post what was imported."""
    sandbox(world, "post-entries")


def agent_takes(world: World) -> None:
    """Let the agent take, import, acknowledge and put away every file that is there."""
    from agent.loop import Agent

    with Agent(world.agent_config()) as agent:
        agent.settle()
        assert not agent.importer.waits_for_a_person(), agent.importer.waits_for_a_person()


def drain(world: World) -> None:
    """Let agent and product take turns until no cost file waits for its answer."""
    for _ in range(_TURNS):
        agent_takes(world)
        take_answers(world)
        if not world.rows(_COST_FILES, company=world.company):
            return


def agent_stays(world: World) -> None:
    """Let the agent take files as they come, until it is killed."""
    from agent.loop import Agent

    with Agent(world.agent_config()) as agent:
        agent.run()


def extract_all(world: World) -> None:
    """Let the agent extract everything."""
    _extract(world, (*MASTERS, *JOB_COST))


def extract_moved(world: World) -> None:
    """Let the agent extract what changes while a world lives."""
    _extract(world, (*CODES, *COMMITMENTS, *JOB_COST))


def extract_job_cost(world: World) -> None:
    """Let the agent extract job cost."""
    _extract(world, JOB_COST)


def extract_codes(world: World) -> None:
    """Let the agent extract cost codes and categories."""
    _extract(world, CODES)


def extract_commitments(world: World) -> None:
    """Let the agent extract commitments and change orders."""
    _extract(world, COMMITMENTS)


def _extract(world: World, flows: Sequence[str]) -> None:
    from agent.loop import Agent

    with Agent(world.agent_config()) as agent:
        # As its command does: what an agent that died has sealed goes first, and shows an earlier moment.
        agent.extract(agent.extractor.waiting())
        agent.extract(flows)
        assert not agent.failures, agent.failures


def tell(world: World, feed: Feed) -> None:
    """Tell a feed to everybody: live events, a file of events, AP rows and change orders entered in Sage."""
    runblu_side.push(world, feed.live)
    runblu_side.upload(world, feed.bulk)
    for row in feed.ap_rows:
        enter_invoice(world, row)
    for row in feed.change_orders:
        sandbox(
            world, "--now", row["at"], "enter-change-order", "--commitment", row["commitment"], "--item", row["item"],
            f"--units={row['units']}", f"--amount={row['amount']}", "--unit-cost", row["unit_cost"],
            "--date", row["at"][:10], "--description", "Price", "--status", "Approved",
        )  # fmt: skip


def enter_invoice(world: World, row: Row) -> None:
    """Enter an invoice in accounts payable, which posts its AP cost; one that is there already is left alone."""
    with closing(sqlite3.connect(world.folder / "sage" / "sage.db")) as sage:
        known = sage.execute("select 1 from JCT_CURRENT__TRANSACTION where Invoice = ?", (row["invoice"],)).fetchone()
    if known:
        return
    sandbox(
        world, "enter-cost", "--type", "AP cost", "--job", row["job"], "--cost-code", row["cost_code"],
        "--category", row["category"], "--date", row["date"], "--amount", row["amount"], "--units", row["units"],
        "--vendor", row["vendor"], "--invoice", row["invoice"], "--commitment", row["commitment"],
        "--item", row["item"], "--description", f"Rods {row['invoice']}",
    )  # fmt: skip


def set_up_code(world: World, job: str, cost_code: str) -> None:
    """Set a cost code up in Sage; one that is there already is left alone."""
    with closing(sqlite3.connect(world.folder / "sage" / "sage.db")) as sage:
        found = sage.execute(
            "select 1 from JCM_MASTER__COST_CODE where Job = ? and Cost_Code = ?", (job, cost_code)
        ).fetchone()
    if not found:
        sandbox(
            world, "add-cost-code", "--job", job, "--cost-code", cost_code, "--category", CATEGORY,
            "--description", "Set up late",
        )  # fmt: skip


def enter_late_invoice(world: World, row: Row) -> None:
    """Enter an invoice on a cost code that is set up for it; what is there already is left alone."""
    set_up_code(world, row["job"], row["cost_code"])
    enter_invoice(world, row)


def set_status(world: World, job: str, cost_code: str, status: str) -> None:
    """Close or open a cost code in Sage; the mirror hears of it with the next extract only."""
    sandbox(world, "set-status", "--job", job, "--cost-code", cost_code, "--status", status)


def export(world: World) -> None:
    """Write Sage's tables as CSV into `export/`, for the check."""
    shutil.rmtree(world.folder / "export", ignore_errors=True)
    sandbox(world, "export", "--out", str(world.folder / "export"))


def hide_answers(world: World, mark: str = "") -> int:
    """Lose the answers to our files that lie on the server, those with `mark` in their name; `lost/` keeps them."""
    lost = world.folder / "lost"
    lost.mkdir(exist_ok=True)
    found = [path for path in (world.exchange_root / "ack").glob(f"*{mark}*") if path.name.startswith(("DC_", "RCV_"))]
    for path in found:
        path.replace(lost / path.name)
    return len(found)


def bring_back_answers(world: World) -> None:
    """Let the answers that were lost turn up after all."""
    for path in sorted((world.folder / "lost").glob("*")):
        path.replace(world.exchange_root / "ack" / path.name)


def is_quiet(world: World) -> str:
    """Tell what is still under way, '' when everything has come to its end."""
    states = [str(row["what"]) for row in world.rows(_UNDER_WAY) if row["company_id"] == world.company]
    return json.dumps(sorted(states)) if states else ""
