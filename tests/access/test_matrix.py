"""Role x endpoint, all cells: every route of the api-server, ours and Airflow's, asked as every role of production.

`matrix.txt` holds what is agreed; a route that comes with a new release is red until somebody has decided about it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ops.paths import DAGS, PLUGINS, REPOSITORY
from ops.processes import python_environment
from sage_access.roles import dag_ids, roles

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(600)]
AGREED = Path(__file__).parent / "matrix.txt"
LETTERS = {
    "Data engineer": "D", "On-call": "O", "Finance preparer": "P", "Finance approver": "A", "Analyst": "N",
    "Auditor": "U", "nobody": "X",
}  # fmt: skip
REFUSED = {401, 403}
OPEN_TO_ALL = {"GET /api/v2/monitor/health", "GET /api/v2/version"}
# Told by a token of one's own that stands in a header.
BY_TOKEN = "GET /api/v2/connections/enqueue-test"
# Those that read by a body too long for an address.
READS = ("/dagRuns/list", "/taskInstances/list", "/favorite", "/unfavorite", "/auth/token", "dry_run", "/clearDagRuns")


@pytest.fixture(scope="module")
def told(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    name = "airflow_access"
    with psycopg.connect(f"{postgres_server} dbname=postgres", autocommit=True) as admin:
        admin.execute(f"create database {name}".encode())
        try:
            yield asked(f"{postgres_server} dbname={name}", tmp_path_factory.mktemp("airflow"))
        finally:
            admin.execute(f"drop database {name} with (force)".encode())


def asked(dsn: str, home: Path) -> dict[str, Any]:
    info = psycopg.conninfo.conninfo_to_dict(dsn)
    address = f"postgresql+psycopg2://{info['user']}:{info['password']}@{info['host']}:{info['port']}/{info['dbname']}"
    away = {"conn_type": "postgres", "host": "127.0.0.1", "port": 1, "login": "x", "password": "x", "schema": "x"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.access.probe"],
        cwd=REPOSITORY,
        env=python_environment(
            AIRFLOW_HOME=str(home),
            AIRFLOW__CORE__AUTH_MANAGER="sage_access.manager.BridgeAuthManager",
            AIRFLOW__CORE__DAGS_FOLDER=str(DAGS),
            AIRFLOW__CORE__PLUGINS_FOLDER=str(PLUGINS),
            AIRFLOW__CORE__LOAD_EXAMPLES="False",
            AIRFLOW__CORE__TEST_CONNECTION="Enabled",
            AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=address,
            AIRFLOW__API__SECRET_KEY="s" * 40,
            AIRFLOW__API_AUTH__JWT_SECRET="j" * 64,
            AIRFLOW__FAB__UPDATE_FAB_PERMS="False",
            AIRFLOW__LOGGING__LOGGING_LEVEL="ERROR",
            AIRFLOW_CONN_WAREHOUSE=json.dumps(away),
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def lines(told: dict[str, Any]) -> list[str]:
    cells = told["cells"]
    found = [
        "".join(letter if cells[role][request] not in REFUSED else "." for role, letter in LETTERS.items())
        + f" {request}"
        for request in cells["nobody"]
    ]
    return sorted(found, key=lambda line: line.split(" ", 1)[1].split(" ")[::-1])


def test_every_cell_is_as_agreed(told: dict[str, Any]) -> None:
    # To agree on a change: write the list that this compares, and read every line of the difference.
    assert lines(told) == AGREED.read_text(encoding="utf-8").splitlines()


def test_the_laws_of_the_matrix(told: dict[str, Any]) -> None:
    broken = []
    for line in lines(told):
        who, request = line.split(" ", 1)
        is_change = not request.startswith("GET") and not request.endswith(READS)
        # Where the thing itself is not there, Airflow may say so to everybody who is signed in, before it asks who may.
        cells = {LETTERS[role]: told["cells"][role][request] for role in told["cells"]}
        may = {letter for letter in who if letter != "." and not (is_change and cells[letter] == 404)}
        if "X" in may and request not in OPEN_TO_ALL:
            broken.append(f"a stranger: {line}")
        if is_change and may & set("NU"):
            broken.append(f"who only reads: {line}")
        if request.endswith("/hitlDetails") and is_change and may - set("A"):
            broken.append(f"answers: {line}")
        if "/connections" in request and request != BY_TOKEN and may - set("D"):
            broken.append(f"connections: {line}")
        if "/sage-bridge/" not in request and request.startswith("GET /api/v2/dags/") and "N" in may:
            broken.append(f"an analyst: {line}")
    assert broken == []


def test_every_right_per_dag(told: dict[str, Any]) -> None:
    every = dag_ids()
    finance = [dag_id for dag_id in every if dag_id.startswith("reconcile__")] + ["change__mapping"]
    others = sorted(set(every) - set(finance))
    nothing: list[str] = []
    none = {"delete": nothing, "write XCom": nothing}
    reader = {"start": nothing, "answer": nothing, "edit": nothing, "clear": nothing, **none}
    finance_or_live = sorted([*finance, "check__go_live"])
    assert {role: {verb: sorted(ids) for verb, ids in held.items()} for role, held in told["rights"].items()} == {
        "Data engineer": {
            "see": every, "inspect": every, "start": others, "answer": nothing, "edit": every, "clear": every,
            **none,
        },
        "On-call": {
            "see": every, "inspect": every, "start": others, "answer": nothing, "edit": others, "clear": others,
            **none,
        },
        "Finance preparer": {
            **reader, "see": every, "inspect": nothing, "start": sorted([*finance_or_live, "replay__exceptions"]),
        },
        "Finance approver": {**reader, "see": every, "inspect": nothing, "answer": finance_or_live},
        "Analyst": {**reader, "see": nothing, "inspect": nothing},
        "Auditor": {**reader, "see": every, "inspect": every},
    }  # fmt: skip


def test_roles_are_applied_once_and_passwords_count(told: dict[str, Any]) -> None:
    first, second = told["applied"]
    assert [line.split(",")[1] for line in first] == [f" {len(role.pairs)} given now" for role in roles().values()]
    assert all(line.endswith("0 given now, 0 taken away") for line in second)
    assert told["wrong_password"] == 401
