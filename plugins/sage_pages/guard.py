"""Who may see a page: whoever is logged in with a role that has it. Plugin routes have no guard of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, HTTPException, Request, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from sage_access.roles import page

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod
    from airflow.api_fastapi.auth.managers.models.base_user import BaseUser

_bearer = HTTPBearer(auto_error=False)
# Routes that belong to a page of another name; a route of neither is seen by nobody.
_PAGES = {"": "flows", "events": "commitments", "postings": "commitments"}
_METHODS: dict[str, ResourceMethod] = {"GET": "GET", "POST": "POST", "PUT": "PUT", "DELETE": "DELETE"}


async def signed_in(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None
) -> BaseUser:
    """Give the user of the request by Airflow's session cookie or bearer token, if their role has the page.

    Raises:
        HTTPException: 401 nobody is signed in, or the session has ended; 403 the token is not one of Airflow's, or the
            role does not have the page, or may not change anything there.
    """
    user = await get_user(request, None, credentials)
    name = page_of(request)
    if not may_see(user, name, _METHODS.get(request.method, "DELETE")):
        raise HTTPException(
            status.HTTP_403_FORBIDDEN,
            f"Your role does not have the page {name}; who gives roles can say which one does (docs/access.md).",
        )
    request.state.page_user = user
    return user


def page_of(request: Request) -> str:
    """Give the page that a route belongs to, by the first part of its path."""
    route = getattr(request.scope.get("route"), "path", "")
    first = route.strip("/").split("/", maxsplit=1)[0]
    return _PAGES.get(first, first)


def may_see(user: BaseUser | None, name: str, method: ResourceMethod = "GET") -> bool:
    """Tell whether a user's role has a page; nobody's has it when nobody is signed in."""
    return user is not None and get_auth_manager().is_authorized_custom_view(
        method=method, resource_name=page(name), user=user
    )


def may_start(user: BaseUser | None, dag_id: str) -> bool:
    """Tell whether a user may start a DAG: a button is shown to whom it serves, and Airflow itself decides again."""
    return user is not None and get_auth_manager().is_authorized_dag(
        method="POST", access_entity=DagAccessEntity.RUN, details=DagDetails(id=dag_id), user=user
    )


def login_address(request: Request) -> str:
    """Give the address where a person signs in and comes back to the page they asked for."""
    return f"/auth/login?next={quote(str(request.url), safe='')}"


def is_for_a_person(request: Request, error: HTTPException) -> bool:
    """Tell whether a refused request came from a browser, which is better served with a page than with JSON."""
    return error.status_code == status.HTTP_401_UNAUTHORIZED and "text/html" in request.headers.get("accept", "")
