"""Airflow's processes for real: healthy, loopback only, the users' logins, and nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import psutil
import pytest
from cryptography.fernet import Fernet

from ops import airflow, processes
from ops.airflow import Airflow
from ops.airflow_settings import USERS, Place, environment, passwords
from ops.postgres import Dsn, Server
from ops.processes import LOOPBACK
from ops.rest import RestApi
from sage_bridge.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

# What docs/security.md has people do, in one process: Airflow reads its key once.
CHANGE_OF_KEY = """
import os, sys
from airflow.cli.commands.rotate_fernet_key_command import rotate_items_in_batches
from airflow.models import Connection, Variable
from airflow.models.crypto import get_fernet
from airflow.utils.session import create_session
from cryptography.fernet import InvalidToken

def use(keys):
    os.environ["AIRFLOW__CORE__FERNET_KEY"] = keys
    get_fernet.cache_clear()

old, new = sys.argv[1:]
with create_session() as session:
    session.add(Connection(conn_id="entered", conn_type="generic", password="first", extra='{"k": "second"}'))
use(f"{new},{old}")
with create_session() as session:
    rotate_items_in_batches(session, Connection, Connection.is_encrypted | Connection.is_extra_encrypted)
for keys in (new, old):
    use(keys)
    try:
        with create_session() as session:
            entered = session.query(Connection).filter_by(conn_id="entered").one()
            print(entered.password, entered.extra)
    except InvalidToken:
        print("unreadable")
"""


def metadata(dsn: Dsn) -> str:
    return f"postgresql+psycopg2://{dsn.user}:{dsn.password}@{dsn.host}:{dsn.port}/postgres"


@pytest.fixture(scope="module")
def running(test_var: Path) -> Iterator[Airflow]:
    folder = test_var / "airflow"
    server = Server(folder / "pg", options={"fsync": "off", "shared_buffers": "64MB"})
    address = metadata(server.start())
    place = Place(folder / "home", address, processes.free_port(), folder, starts_by_itself=False)
    started = Airflow(place, {}, runs=folder / "run", logs=folder / "logs")
    try:
        started.migrate()
        started.launch()
        started.wait_healthy(lambda _: None)
        yield started
    finally:
        started.close()
        airflow.stop(folder / "run")
        server.stop()


def family(runs: Path) -> list[psutil.Process]:
    parents = [psutil.Process(found.pid) for name in airflow.COMPONENTS if (found := airflow.process_of(runs, name))]
    return [member for parent in parents for member in (parent, *parent.children(recursive=True))]


def test_every_component_is_healthy(running: Airflow) -> None:
    assert running.health() == dict.fromkeys(("metadatabase", "scheduler", "triggerer", "dag_processor"), "healthy")


def test_nothing_listens_beyond_loopback(running: Airflow) -> None:
    # The whole machine's connections, ours picked out: task processes come and go while we look.
    ours = {member.pid for member in family(running.runs)}
    listening = {
        (found.laddr.ip, found.laddr.port)
        for found in psutil.net_connections("inet")
        if found.pid in ours and found.status == psutil.CONN_LISTEN
    }
    assert listening == {(LOOPBACK, running.place.port)}


def test_every_user_logs_in_with_the_password_written_for_them(running: Airflow) -> None:
    url = f"http://{LOOPBACK}:{running.place.port}"
    kept = passwords(running.place.home)
    assert set(kept) == set(USERS)
    # Analysts read our pages and no DAG: known, and refused.
    with pytest.raises(Transient, match=r"RS-985 .*403"):
        RestApi(url, "analyst", kept.pop("analyst")).call("GET", "/dags?limit=1")
    for user, password in kept.items():
        assert "total_entries" in RestApi(url, user, password).call("GET", "/dags?limit=1")
    with pytest.raises(Transient, match=r"RS-985 .*401"):
        RestApi(url, "finance", "guess").call("GET", "/dags?limit=1")


def test_secrets_are_private(running: Airflow) -> None:
    home = running.place.home
    for name in ("passwords.json", "fernet.key", "api.key", "jwt.key"):
        assert (home / name).stat().st_mode & 0o077 == 0, name


def test_a_component_that_cannot_start_is_named_with_its_last_words(test_var: Path) -> None:
    folder = test_var / "airflow-broken"
    nowhere = "postgresql+psycopg2://nobody:nothing@127.0.0.1:1/none"
    broken = Airflow(Place(folder / "home", nowhere, 1, folder), {}, runs=folder / "run", logs=folder / "logs")
    with closing(broken), pytest.raises(Transient, match=r"RS-983 .*connection"):
        broken.migrate()


def test_what_ends_is_started_again_though_its_starter_was_killed(running: Airflow) -> None:
    ended = airflow.process_of(running.runs, "dag-processor")
    assert ended is not None
    one = psutil.Process(ended.pid)
    starter = one.parent()
    assert starter is not None
    assert {member.ppid() for member in family(running.runs)} >= {starter.pid}
    assert os.getsid(one.pid) == one.pid
    for process in (starter, one):
        process.kill()
    assert processes.wait_until(lambda: ended.living() is None, seconds=20)
    assert list(running.revive()) == ["airflow-dag-processor"]
    again = airflow.process_of(running.runs, "dag-processor")
    assert again is not None
    assert again.pid != ended.pid
    assert running.revive() == {}


# The last one: it takes Airflow down.
def test_what_a_killed_conductor_left_is_stopped_whole(running: Airflow) -> None:
    members = family(running.runs)
    assert len(members) > len(airflow.COMPONENTS)
    assert airflow.stop(running.runs)
    assert [member for member in members if member.is_running() and member.status() != psutil.STATUS_ZOMBIE] == []
    assert not airflow.stop(running.runs)


def test_what_people_entered_is_read_by_the_new_key_alone_after_a_change_of_keys(running: Airflow) -> None:
    known = environment(running.place, {})
    old, new = known["AIRFLOW__CORE__FERNET_KEY"], Fernet.generate_key().decode()
    done = subprocess.run(
        [sys.executable, "-c", CHANGE_OF_KEY, old, new],
        env=os.environ | known, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout.splitlines()[-2:] == ['first {"k": "second"}', "unreadable"], done.stderr[-2000:]
