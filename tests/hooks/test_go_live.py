"""Go-live validation against real Postgres, SFTP server, sandbox and agent: each check green, then red once."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from agent import selftest
from agent.config import load
from agent.loop import Agent
from ops.companies import default_profile, store_profile
from ops.paths import REPOSITORY
from sage_bridge.errors import BrokenLaw, NotApproved
from sage_bridge.go_live_profile import GoLive, Masks
from sage_bridge.reconcile import Decision
from sage_hooks import go_live, go_live_sign, ledger, outbox
from sage_hooks.exchange import Exchange
from sage_hooks.go_live_server import agent_checks, server_checks
from sage_hooks.inbound import ORDER, require_landed, take_transfers
from tests.agent.exchange_place import COMPANY, Place

if TYPE_CHECKING:
    from pathlib import Path

    from sage_bridge.go_live import Check
    from sage_bridge.profiles import Profile
    from sage_hooks.hosted_api import HostedApi
    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace

pytestmark = pytest.mark.slow

FLOWS = tuple(flow for flow in ORDER if flow != "EVENT")
DAY = date(2026, 5, 20)
AGREED = GoLive("26-101", "PO-GOLIVE", 1, Decimal("2.00"), DAY, Masks("99-999", "99 99 99", ""))
GREEN = ("server.", "warehouse.", "agent.", "cost.", "sage.feed", "sage.code_mask")


class World:
    """A company on both sides: Sage's stand-in with its agent, and the bridge; every flow of the company by hand."""

    def __init__(self, connection: Connection, sftp: SftpPlace, folder: Path) -> None:
        self.connection, self.sftp, self.data = connection, sftp, folder / "sage"
        self.evidence = folder / "evidence"
        host = folder / "host"
        host.mkdir()
        self.sandbox("create", "--company", COMPANY, "--scenario", str(REPOSITORY / "include" / "scenario"))
        self.sandbox("add-account", "--account", "2-1490")
        command = [sys.executable, "-m", "sandbox", "--data", str(self.data)]
        document: dict[str, Any] = {
            "company": COMPANY, "environment": "PROD", "zone": "UTC", "encoding": "cp1252", "importer": "test-agent",
            "state_dir": "state", "receipts_dir": "receipts", "poll_seconds": 0.02,
            "source": {"kind": "sqlite", "path": str(self.data / "sage.db")},
            "sftp": {
                "host": sftp.host, "port": sftp.port, "user": sftp.user, "key_file": str(sftp.key_file),
                "host_key": sftp.host_key, "root": ".",
            },
            "import": {
                "inbox_dir": "inbox", "settle_seconds": 0, "quiet_seconds": 0, "cwd": str(REPOSITORY),
                "macro": [*command, "import", "--file", "{file}", "--reject", "{reject}", "--print", "{print}"],
            },
            "post": {"macro": [*command, "post-entries"], "cwd": str(REPOSITORY)},
            "extract_after_import": [],
        }  # fmt: skip
        self.place = Place(sftp.root, host, document)
        self.place.config()
        for name in ("from_runblu", "to_runblu"):
            (sftp.root / COMPANY / name).mkdir(parents=True)
        self.store(replace(default_profile(COMPANY), go_live=AGREED))

    def store(self, profile: Profile) -> None:
        """Store a profile as the administrator; everything else is done with the rights that the DAG has."""
        self.connection.execute("reset role")
        store_profile(self.connection, profile)
        self.connection.execute("set role pipeline")
        self.connection.commit()

    def sandbox(self, *words: str) -> None:
        command = [sys.executable, "-m", "sandbox", "--data", str(self.data), *words]
        done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def exchange(self, **changes: Any) -> Exchange:
        server = {
            "host": self.sftp.host, "port": self.sftp.port, "user": self.sftp.user,
            "key_file": str(self.sftp.key_file), "host_key": self.sftp.host_key,
        }  # fmt: skip
        return Exchange(**(server | changes))

    def read_sage(self, *flows: str) -> None:
        """The agent takes what came and extracts; the bridge lands it."""
        with Agent(load(self.place.file)) as agent:
            agent.settle()
            agent.extract(flows or agent.config.flows)
            assert agent.failures == []
        with self.exchange() as exchange:
            require_landed(take_transfers(self.connection, exchange, COMPANY, flows or FLOWS, "PROD"))

    def publish_self_test(self) -> None:
        config = load(self.place.file)
        selftest.publish(config, selftest.findings(config))

    def work(self) -> None:
        """Every flow of the company takes its turn once, as its DAG would."""
        ledger.land_inbox(self.connection)
        ledger.value_events(self.connection)
        with self.exchange() as exchange:
            outbox.seal_receipts(self.connection, COMPANY)
            outbox.deliver(self.connection, exchange, COMPANY, "RCV")
            outbox.seal_costs(self.connection, COMPANY)
            outbox.deliver(self.connection, exchange, COMPANY, "DC")
            self.read_sage("JCT", "JCN", "GLT")
            outbox.take_answers(self.connection, exchange, COMPANY)
        outbox.confirm_posted(self.connection, COMPANY)

    def check(self, run_no: int, now: datetime | None = None) -> list[str]:
        with self.exchange() as exchange:
            return go_live.check_company(self.connection, run_no, exchange, _no_api, now)

    def enter_order(self) -> None:
        self.sandbox(
            "enter-order-line", "--commitment", "PO-GOLIVE", "--item", "1", "--vendor", "V-1010", "--job", "26-101",
            "--cost-code", "03 30 00", "--category", "M", "--units", "5", "--unit-cost", "12.5", "--unit", "CY",
            "--date", "2026-05-01",
        )  # fmt: skip

    def sent(self) -> list[dict[str, Any]]:
        """All that was put in and all that was sent."""
        return self.rows("select event_id from ledger.event_inbox") + self.rows(
            "select reference from outbox.batch_line"
        )

    def rows(self, statement: str) -> list[dict[str, Any]]:
        found = self.connection.execute(statement.encode()).fetchall()
        self.connection.commit()
        return found


def _no_api(_: str) -> HostedApi:
    raise AssertionError


@pytest.fixture
def world(warehouse: Connection, sftp_server: SftpPlace, tmp_path: Path) -> World:
    return World(warehouse, sftp_server, tmp_path)


def test_a_company_is_checked_then_proven_by_a_golden_transaction_and_signed(world: World) -> None:
    run_no = go_live.start(world.connection, COMPANY, "finance", "run 1")
    red = world.check(run_no)
    assert {"agent.self_test", "sage.feed JOB", "sage.code_mask job", "cost.managed_lines", "cost.period"} <= set(red)
    assert [name for name in red if name.startswith("warehouse.")] == []

    world.read_sage()
    world.publish_self_test()
    red = world.check(run_no)
    assert [name for name in red if name.startswith(GREEN)] == []

    assert "a person enters purchase order PO-GOLIVE, line 1, job 26-101 in Sage" in go_live.advance(
        world.connection, run_no
    )
    world.enter_order()
    world.read_sage("COMMIT", "COMITEM")
    waited = []
    while waits_for := go_live.advance(world.connection, run_no):
        waited.append(waits_for)
        assert go_live.advance(world.connection, run_no), "looking twice puts nothing in twice"
        world.work()
        assert len(waited) < 6, waited
    checks = {check.name: check for check in _checks(world, run_no)}
    golden = [check for name, check in checks.items() if name.startswith("golden.")]
    assert {check.state for check in golden} == {"passed"}
    assert checks["golden.net_zero"].found == "26-101 03 30 00 M: ours 0.00, Sage 0.00"
    lines = world.rows(
        "select amount, state from outbox.cost_posting where commitment = 'PO-GOLIVE' order by posting_id"
    )
    assert [(row["amount"], row["state"]) for row in lines] == [
        (Decimal("25.00"), "posted"), (Decimal("-25.00"), "posted")
    ]  # fmt: skip

    # Again, in another run: the same result, and nothing is sent a second time.
    before = world.rows("select count(*) as n from ledger.event_inbox") + world.rows(
        "select reference from outbox.batch_line"
    )
    again = go_live.start(world.connection, COMPANY, "finance", "run 2")
    world.check(again)
    assert go_live.advance(world.connection, again) == ""
    world.work()
    after = world.rows("select count(*) as n from ledger.event_inbox") + world.rows(
        "select reference from outbox.batch_line"
    )
    assert after == before
    _sign(world, again)


def _checks(world: World, run_no: int) -> list[Check]:
    return go_live.read_checks(world.connection, go_live.read_run(world.connection, run_no))


def _sign(world: World, run_no: int) -> None:
    """The report is bound to its hash; red ones need names and a reason; who started may not sign."""
    report = go_live_sign.publish_report(world.connection, run_no, world.evidence)
    text = report.read_text(encoding="utf-8")
    assert "purchase order line | PO-GOLIVE/1" in text
    assert text.count("job cost row, Ref 1 C") == 2
    assert report.with_suffix(".xlsx").stat().st_size > 4_000
    red = [check.name for check in _checks(world, run_no) if check.state == "failed"]
    assert red == ["sage.mappings"]
    subject, body = go_live_sign.question(world.connection, run_no)
    assert "1 red" in subject
    assert "sage.mappings" in body

    at = datetime.now(UTC)
    decision = Decision("controller", True, "codes come from the orders", at)
    with pytest.raises(NotApproved, match=r"RS-657.*sage\.mappings"):
        go_live_sign.store_signature(world.connection, run_no, decision, [], "check__go_live", "run 2")
    assert go_live_sign.store_signature(world.connection, run_no, decision, red, "check__go_live", "run 2")
    assert go_live_sign.store_signature(world.connection, run_no, decision, red, "check__go_live", "run 2"), "again"
    shown = world.rows(
        "select check_name, signed_by, run_state from mart.go_live_check where is_exception and is_newest"
    )
    assert shown == [{"check_name": "sage.mappings", "signed_by": "controller", "run_state": "signed"}]
    assert len(world.rows("select from audit.approval where subject_kind = 'recon.go_live_run'")) == 1
    with pytest.raises(Exception, match="RS-658"):
        world.connection.execute("update recon.go_live_check set state = 'passed' where state = 'failed'")
    world.connection.rollback()


def test_what_changed_since_it_was_shown_is_not_signed(world: World) -> None:
    run_no = go_live.start(world.connection, COMPANY, "finance", "run")
    world.check(run_no)
    go_live_sign.publish_report(world.connection, run_no, world.evidence)
    world.connection.execute("update recon.go_live_check set state = 'passed'")
    world.connection.commit()
    decision = Decision("controller", True, "", datetime.now(UTC))
    with pytest.raises(NotApproved, match="RS-659"):
        go_live_sign.store_signature(world.connection, run_no, decision, [], "d", "r")


def test_waiting_ends_with_a_sentence() -> None:
    go_live.require_in_time("AW", "the order", 10, 60)
    with pytest.raises(BrokenLaw, match=r"RS-461.*within 1 minutes.*waits for the order.*clear this task"):
        go_live.require_in_time("AW", "the order", 61, 60)


def test_each_entrance_can_be_red(world: World) -> None:
    def red(now: float = 0, **changes: Any) -> dict[str, str]:
        with world.exchange(**changes) as exchange:
            checks = server_checks(exchange, COMPANY, lambda: time.time() + now)
        return {check.name: f"{check.found} {check.next_step}" for check in checks if check.state == "failed"}

    world.read_sage("JOB")
    assert red() == {}
    assert list(red(host_key=_fresh_key())) == ["server.host_key"]
    assert list(red(user="stranger")) == ["server.login"]
    assert list(red(port=1)) == ["server.reached"]
    assert list(red(key_file="/nowhere")) == ["server.login"]
    assert re.match(r"1[0-9]{2} s behind ours let the server and", red(now=120)["server.clock"])
    (world.sftp.root / COMPANY / "ack").rename(world.sftp.root / COMPANY / "gone")
    assert "have it made on the server" in red()["server.folder ack"]


def _fresh_key() -> str:
    import asyncssh

    return asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()


def test_the_agents_findings_arrive_with_their_reason(world: World) -> None:
    world.read_sage("JOB")
    world.place.config(source__columns={"VENDOR": {"ZIP": ["Postcode"]}})
    world.publish_self_test()
    world.publish_self_test()
    with world.exchange() as exchange:
        checks = agent_checks(exchange, COMPANY, "PROD", datetime.now(UTC))
    assert [check.name for check in checks if check.state == "failed"] == [
        "agent.Sage table of flow VENDOR can be read"
    ]
    assert "Postcode" in checks[[check.state for check in checks].index("failed")].found
    names = list((world.sftp.root / COMPANY / "health").iterdir())
    assert len(names) == 2, "older reports are cleared away"


def test_each_check_of_the_warehouse_can_be_red(world: World) -> None:
    world.read_sage()
    run_no = go_live.start(world.connection, COMPANY, "finance", "run")

    def red(**changes: Any) -> set[str]:
        profile = default_profile(COMPANY)
        world.store(replace(profile, go_live=replace(AGREED, **changes)))
        return {name for name in world.check(run_no) if not name.startswith("agent.")} - {"sage.mappings"}

    assert red() == set()
    assert red(masks=Masks("AAA", "99", "9-9")) == {
        f"sage.code_mask {kind}" for kind in ("job", "cost_code", "account")
    }
    assert red(event_day=date(2031, 1, 1)) == {"cost.period"}
    assert "sage.feed JOB" in world.check(run_no, datetime(2040, 1, 1, tzinfo=UTC))
    for statement, name in (
        ("update core.commitment set is_closed = true", "cost.managed_lines"),
        ("insert into core.cost_policy values ('AW', 'NOJOB', '2026-01-01', 'receipt', 'cfo')", "cost.policy"),
        ("grant select on ledger.event_inbox to runblu_inbox", "warehouse.right inbox"),
        ("grant update on ledger.material_event to pipeline", "warehouse.right append only"),
        ("grant usage on schema ledger to analyst", "warehouse.right analyst"),
    ):
        world.connection.execute("reset role")
        world.connection.execute(statement.encode())
        world.connection.commit()
        assert name in world.check(run_no), name
    world.connection.execute("alter role analyst rename to analyst_away")
    try:
        world.connection.commit()
        assert {"warehouse.role analyst"} <= set(world.check(run_no))
    finally:
        world.connection.execute("alter role analyst_away rename to analyst")
        world.connection.commit()
