"""Asks the whole api-server application as every role, in a process of its own, and prints what it answered.

The application, the auth manager, the users and their tokens are the real ones; Airflow's settings come from the
environment. Run with `python -m tests.access.probe`; the last line printed is JSON.
"""

from __future__ import annotations

import json
import re
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.testclient import TestClient

PASSWORD = "a-long-password-of-a-test"
DAGS = ("reconcile__period", "core_to_sage__material_costs")
# These end or begin a session, and what is shown to everybody is no right.
LEFT_OUT = re.compile(r"^/(auth/|api/v2/auth/|docs|redoc|openapi|health|execution/|api/\{|api/v1|\{)")
PLACES = {
    "company": "AW", "direction": "in", "flow": "JOB", "seq": "1", "rev": "1", "period": "2026-04", "dag_run_id": "r",
    "run_id": "r", "task_id": "t", "map_index": "0", "try_number": "1", "task_try_number": "1", "version_number": "1",
}  # fmt: skip
ONE_DELETED = {"actions": [{"action": "delete", "entities": ["x"]}]}
BODIES: dict[str, Any] = {
    "PATCH /api/v2/connections": ONE_DELETED,
    "PATCH /api/v2/pools": ONE_DELETED,
    "PATCH /api/v2/variables": ONE_DELETED,
    "POST /api/v2/connections/enqueue-test": {"connection_id": "x", "conn_type": "http"},
    "POST /api/v2/backfills": {"dag_id": DAGS[0]},
    "POST /api/v2/backfills/dry_run": {"dag_id": DAGS[0]},
    "PATCH /api/v2/dags/{dag_id}/dagRuns": ONE_DELETED,
    "POST /api/v2/dags/{dag_id}/clearDagRuns": {"dag_runs": [{"dag_run_id": "r"}]},
}


def routes(application: Any, begin: str = "") -> Iterator[tuple[str, str]]:
    """Give method and path of every route, also of mounted applications."""
    for route in application.routes:
        if getattr(route, "methods", None):
            yield from ((method, begin + route.path) for method in sorted(route.methods - {"HEAD", "OPTIONS"}))
        elif hasattr(getattr(route, "app", None), "routes"):
            yield from routes(route.app, begin + route.path)


def ask(client: TestClient, headers: dict[str, str], method: str, path: str, dag_id: str) -> int:
    """Give the status of one request; places in the path are filled with something that is not there."""
    filled = re.sub(r"\{(\w+)(:path)?\}", lambda found: {**PLACES, "dag_id": dag_id}.get(found[1], "1"), path)
    body = BODIES.get(f"{method} {path}", {}) if method != "GET" else None
    return client.request(method, filled, headers=headers, json=body).status_code


def cells(client: TestClient, headers: dict[str, str]) -> dict[str, int]:
    """Give the status of every request by its name, as one user."""
    found = {}
    for method, path in routes(client.app):
        if not LEFT_OUT.match(path):
            for dag_id in DAGS if "{dag_id}" in path else DAGS[:1]:
                found[f"{method} {path.replace('{dag_id}', dag_id)}"] = ask(client, headers, method, path, dag_id)
    return found


def rights() -> dict[str, dict[str, list[str]]]:
    """Give by user and verb the DAGs that the auth manager lets them have, for all DAGs of the release."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
    from airflow.providers.fab.auth_manager.models import User
    from airflow.utils.session import create_session
    from sqlalchemy import select

    from sage_access.roles import dag_ids

    asked: dict[str, tuple[Any, Any]] = {
        "see": ("GET", None),
        "inspect": ("GET", DagAccessEntity.TASK_LOGS),
        "start": ("POST", DagAccessEntity.RUN),
        "answer": ("PUT", DagAccessEntity.HITL_DETAIL),
        "edit": ("PUT", None),
        "clear": ("PUT", DagAccessEntity.TASK_INSTANCE),
        "delete": ("DELETE", DagAccessEntity.RUN),
        "write XCom": ("PUT", DagAccessEntity.XCOM),
    }
    manager = get_auth_manager()
    with create_session(scoped=False) as session:
        return {
            user.roles[0].name: {
                verb: [
                    dag_id
                    for dag_id in dag_ids()
                    if manager.is_authorized_dag(
                        method=method, access_entity=entity, details=DagDetails(id=dag_id), user=user
                    )
                ]
                for verb, (method, entity) in asked.items()
            }
            for user in session.scalars(select(User)).unique()
        }


def main() -> None:
    """Print what every role got."""
    warnings.simplefilter("ignore")
    from airflow.api_fastapi.app import create_app
    from airflow.utils.db import initdb
    from fastapi.testclient import TestClient

    from sage_access.roles import roles
    from sage_access.store import add_user, apply

    initdb()
    told: dict[str, Any] = {"applied": [list(apply()), list(apply())], "cells": {}}
    for number, role in enumerate(roles()):
        add_user(f"user{number}", role, PASSWORD)
    with TestClient(create_app(), follow_redirects=False, raise_server_exceptions=False) as client:
        for number, role in enumerate(roles()):
            answer = client.post("/auth/token", json={"username": f"user{number}", "password": PASSWORD})
            told["cells"][role] = cells(client, {"Authorization": f"Bearer {answer.json()['access_token']}"})
        client.cookies.clear()
        told["cells"]["nobody"] = cells(client, {})
        wrong = client.post("/auth/token", json={"username": "user0", "password": f"{PASSWORD}x"})
        told["wrong_password"] = wrong.status_code
        told["rights"] = rights()
    print("\n" + json.dumps(told))


if __name__ == "__main__":
    main()
