"""Services kept running: events are confirmed to Sage by themselves, and everything stops again."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from ops.paths import REPOSITORY
from ops.processes import free_port, python_environment
from ops.scenario import open_scenario
from ops.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SCENARIO = REPOSITORY / "include" / "scenario"
# Generous: the machine may be busy with other things; the figure itself is in mart.receiving_confirmation.
CONFIRMED_SECONDS = 120


class Services:
    def __init__(self, var: Path) -> None:
        self.scenario = open_scenario(SCENARIO)
        self.state = State(var / "demo" / self.scenario.name)
        self._environment = python_environment(SAGE_BRIDGE_VAR=str(var), SAGE_BRIDGE_PORT=str(free_port()))

    def run(self, module: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *words],
            cwd=REPOSITORY,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def port(self) -> int:
        return int(self._environment["SAGE_BRIDGE_PORT"])

    def warehouse(self) -> psycopg.Connection:
        return psycopg.connect((self.state.folder / "warehouse.dsn").read_text(encoding="utf-8").strip())


@pytest.fixture(scope="module")
def services(test_var: Path) -> Iterator[Services]:
    var = test_var / "up-var"
    var.mkdir(parents=True)
    made = Services(var)
    try:
        yield made
    finally:
        made.run("ops.down")


# The tests of this module are one story and run in this order.


def test_up_tells_where_and_how_to_enter(services: Services) -> None:
    done = services.run("ops.up", str(SCENARIO))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"http://localhost:{services.port}" in done.stdout
    for user in ("finance", "controller", "oncall", "admin"):
        assert f" {user} " in done.stdout


def test_up_again_changes_nothing_and_a_demo_is_refused(services: Services) -> None:
    assert "run already" in services.run("ops.up", str(SCENARIO)).stdout
    refused = services.run("ops.demo", str(SCENARIO))
    assert refused.returncode == 1
    assert "RS-187" in refused.stderr
    assert "make down" in refused.stderr


def test_an_event_is_confirmed_to_sage_without_anybody_starting_anything(services: Services) -> None:
    with services.warehouse() as connection:
        port, password = connection.info.port, services.state.secret("runblu_inbox")
    inbox = f"postgresql://runblu_inbox:{password}@127.0.0.1:{port}/warehouse"
    pushed = services.run(
        "sandbox.runblu", "push", "--company", services.scenario.company_id, "--scenario", str(SCENARIO),
        "--to-posted", services.scenario.last_recorded_day()[:7] + "-01", "--dsn", inbox, "--role", "",
    )  # fmt: skip
    assert pushed.returncode == 0, pushed.stderr
    began = time.monotonic()
    processed = services.state.sftp_root / services.scenario.company_id / "processed"
    while not list(processed.glob("RCV_*.csv")):
        assert time.monotonic() - began < CONFIRMED_SECONDS, sorted(processed.parent.rglob("*"))[-20:]
        time.sleep(0.2)
    with services.warehouse() as connection:
        states = connection.execute("select distinct state from mart.receiving_confirmation").fetchall()
    assert ("unknown",) not in states


def test_down_leaves_nothing_running(services: Services) -> None:
    assert len(list(services.state.runs.glob("*.pid"))) == 6
    done = services.run("ops.down")
    assert done.returncode == 0
    assert "airflow, agent, sftp, postgres" in done.stdout
    assert list(services.state.runs.glob("*.pid")) == []
    assert not (services.state.folder / "postgres" / "data" / "postmaster.pid").exists()
    assert services.run("ops.down").returncode == 0
