"""The file of roles: what it says of whom, what it refuses, and that the embedded run holds to it as well."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ops.airflow_settings import USERS
from sage_access.roles import VERBS, dag, dag_ids, page, read, roles
from sage_bridge.errors import BadConfig


def verbs(role: str, dag_id: str) -> set[str]:
    held = {action for action, on in roles()[role].pairs if on == dag(dag_id)}
    return {verb for verb, action in VERBS.items() if action in held}


def test_the_roles_are_those_of_the_trade() -> None:
    assert list(roles()) == ["Data engineer", "On-call", "Finance preparer", "Finance approver", "Analyst", "Auditor"]
    assert sorted(role.demo_user for role in roles().values()) == sorted(USERS)
    assert all(role.job for role in roles().values())


@pytest.mark.parametrize("dag_id", dag_ids())
def test_who_starts_does_not_answer_and_nobody_rewrites(dag_id: str) -> None:
    by_role = {role: verbs(role, dag_id) for role in roles()}
    assert [role for role, held in by_role.items() if {"start", "answer"} <= held] == []
    assert [role for role, held in by_role.items() if "rewrite" in held] == []
    assert [role for role, held in by_role.items() if "answer" in held] in ([], ["Finance approver"])
    assert [role for role, held in by_role.items() if "edit" in held and "finance" in role.lower()] == []
    assert by_role["Auditor"] == {"see", "inspect"}
    assert by_role["Analyst"] == set()
    assert any("start" in held for held in by_role.values()), "nobody may start it"


def test_everything_wrong_is_told_at_once() -> None:
    content = {
        "roles": {
            "Clerk": {
                "pages": ["flows", "ledger"],
                "dags": {"reconcile__*": ["see", "own"], "pay__*": ["see"]},
                "airflow": {"Users": ["read"], "Pools": ["drain"]},
            }
        }
    }
    with pytest.raises(BadConfig) as refused:
        read(content, dag_ids())
    for fault in ("page ledger", "reconcile__* own", "DAG pay__*", "Clerk: Users", "Pools drain"):
        assert fault in str(refused.value)
    with pytest.raises(BadConfig, match="RS-194"):
        read({}, dag_ids())


# Starlette asks for a client that Airflow's own pins leave out.
@pytest.mark.filterwarnings("ignore:Using .httpx. with .starlette.testclient.")
@pytest.mark.airflow
def test_the_embedded_run_lets_its_users_do_what_their_role_may() -> None:
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails

    from sage_access.demo import DemoAuthManager

    manager: Any = DemoAuthManager()
    asked = {
        "see": ("GET", None),
        "inspect": ("GET", DagAccessEntity.TASK_LOGS),
        "start": ("POST", DagAccessEntity.RUN),
        "answer": ("PUT", DagAccessEntity.HITL_DETAIL),
        "edit": ("PUT", DagAccessEntity.TASK_INSTANCE),
        "rewrite": ("DELETE", DagAccessEntity.RUN),
    }
    for role in roles().values():
        user = SimpleNamespace(username=role.demo_user, role="USER", get_name=lambda: "x")
        for dag_id in dag_ids():
            may = {
                verb
                for verb, (method, entity) in asked.items()
                if manager.is_authorized_dag(
                    method=method, access_entity=entity, details=DagDetails(id=dag_id), user=user
                )
            }
            assert may == verbs(role.name, dag_id), f"{role.name} {dag_id}"
        seen = [
            name
            for name in ("flows", "setup")
            if manager.is_authorized_custom_view(method="GET", resource_name=page(name), user=user)
        ]
        assert seen == (["flows"] if role.name == "Analyst" else ["flows", "setup"])
        assert not manager.is_authorized_custom_view(method="POST", resource_name=page("flows"), user=user)
    stranger = SimpleNamespace(username="eve", role="ADMIN", get_name=lambda: "eve")
    assert not manager.is_authorized_dag(method="GET", user=stranger)
    assert not manager.is_authorized_hitl_task(assigned_users={"controller"}, user=stranger)
