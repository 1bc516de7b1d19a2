"""Nobody sees a page without a login, and a page that cannot be made says why."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi.testclient import TestClient

    from sage_hooks.warehouse import Connection

# Starlette asks for a client that Airflow's own pins leave out; httpx serves until then.
pytestmark = [pytest.mark.airflow, pytest.mark.filterwarnings("ignore:Using .httpx. with .starlette.testclient.")]

COMPANY_PAGES = (
    "commitments/AW/PO-1",
    "events/AW/EV-1",
    "postings/AW/C000000001",
    "reconciliation/AW/2026-04",
    "transfers/AW/in/JOB/1/1",
)
SETUP_PAGES = ("mappings", "mappings/preview", "setup")
PAGES = ("", "flows", "transfers", "commitments", "reconciliation", "exceptions", *SETUP_PAGES, *COMPANY_PAGES)


@pytest.fixture
def client(test_var: Path) -> Iterator[TestClient]:
    """A program without a login."""
    os.environ.setdefault("AIRFLOW_HOME", str(test_var / "airflow"))
    os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
    from airflow.api_fastapi.app import create_auth_manager
    from fastapi.testclient import TestClient

    from sage_pages.app import app

    create_auth_manager()
    with TestClient(app, follow_redirects=False) as made:
        yield made
    app.dependency_overrides.clear()


@pytest.fixture
def signed_in(client: TestClient) -> TestClient:
    """A program whose login was found good; the login itself is tested in the browser."""
    from sage_pages.app import app
    from sage_pages.guard import signed_in

    app.dependency_overrides[signed_in] = lambda: None
    return client


def connection_of(warehouse: Connection, **other: Any) -> str:
    info = psycopg.conninfo.conninfo_to_dict(warehouse.info.dsn)
    place = {"host": info["host"], "port": int(str(info["port"])), "login": info["user"], "schema": info["dbname"]}
    return json.dumps({"conn_type": "postgres", "password": warehouse.info.password, **place, **other})


def test_every_route_but_the_style_asks_for_a_login(client: TestClient) -> None:
    from fastapi.routing import APIRoute
    from starlette.routing import Mount

    from sage_pages.app import app
    from sage_pages.guard import signed_in

    for route in app.routes:
        if isinstance(route, Mount):
            assert route.path == "/static"
        else:
            assert isinstance(route, APIRoute), f"{route} has no guard"
            assert [one.call for one in route.dependant.dependencies] == [signed_in], route.path
            assert route.methods == {"GET"}, f"{route.path} changes something; it needs a guard against other sites"
    assert client.get("/static/pages.css").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_gets_nothing(client: TestClient, page: str) -> None:
    answer = client.get(f"/{page}")
    assert answer.status_code == 401
    assert "amount" not in answer.text
    person = client.get(f"/{page}", headers={"Accept": "text/html"})
    assert person.status_code == 303
    assert person.headers["location"].startswith("/auth/login?next=http")
    assert client.get(f"/{page}", headers={"Cookie": "_token=forged"}).status_code in {401, 403}
    assert client.get(f"/{page}", headers={"Authorization": "Bearer forged"}).status_code in {401, 403}


@pytest.mark.parametrize("user", ["analyst", "auditor", "finance", "eve"])
def test_a_role_gets_its_pages_and_sees_no_way_to_others(
    client: TestClient, warehouse: Connection, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    from sage_access.demo import DemoAuthManager
    from sage_pages import guard

    async def known(*_: object) -> SimpleAuthManagerUser:
        return SimpleAuthManagerUser(username=user, role="viewer")

    monkeypatch.setattr(guard, "get_user", known)
    monkeypatch.setattr(guard, "get_auth_manager", DemoAuthManager)
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", connection_of(warehouse))
    answers = {page: client.get(f"/{page}") for page in ("flows", "commitments", "exceptions", "mappings", "setup")}
    hers = {"analyst": {"flows", "commitments"}, "eve": set()}.get(user, set(answers))
    assert {page for page, answer in answers.items() if answer.status_code == 200} == hers
    assert {answer.status_code for page, answer in answers.items() if page not in hers} <= {403}
    for page in hers:
        menu = answers[page].text.partition("</header>")[0]
        assert {one for one in answers if f'/sage-bridge/{one}"' in menu} == hers
    assert client.post("/flows").status_code == 405
    assert user != "analyst" or "Your role does not have the page setup" in answers["setup"].text


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_warehouse_is_said_in_words(
    signed_in: TestClient, warehouse: Connection, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", connection_of(warehouse))
    answer = signed_in.get(f"/{page}")
    assert answer.status_code == (404 if page in COMPANY_PAGES else 200), answer.text
    assert 'class="empty"' in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")


def test_what_is_asked_for_is_shown_as_text(
    signed_in: TestClient, warehouse: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", connection_of(warehouse))
    for words in ("<script>alert(1)</script>", "%' or 1=1 --", "{{ 7 * 7 }}", "é" * 100):
        answer = signed_in.get("/commitments", params={"q": words})
        assert answer.status_code == 200, answer.text
        assert "<script>alert" not in answer.text
        assert "49" not in answer.text
    assert signed_in.get("/commitments", params={"q": "x" * 101}).status_code == 422
    assert signed_in.get("/commitments", params={"page": 0}).status_code == 422
    assert signed_in.get("/events/AW/%2e%2e%2f%2e%2e%2fetc").status_code == 404


def test_a_warehouse_that_is_away_is_said_in_words(
    signed_in: TestClient, warehouse: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", connection_of(warehouse, port=1))
    answer = signed_in.get("/flows")
    assert answer.status_code == 503
    assert "The warehouse does not answer" in answer.text
    assert warehouse.info.password not in answer.text
