"""Who may see a page: whoever is logged in to Airflow. Plugin routes have no guard of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, HTTPException, Request, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.models.base_user import BaseUser

_bearer = HTTPBearer(auto_error=False)


async def signed_in(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None
) -> BaseUser:
    """Give the user of the request by Airflow's session cookie or bearer token.

    Raises:
        HTTPException: 401 nobody is signed in, or the session has ended; 403 the token is not one of Airflow's.
    """
    return await get_user(request, None, credentials)


def login_address(request: Request) -> str:
    """Give the address where a person signs in and comes back to the page they asked for."""
    return f"/auth/login?next={quote(str(request.url), safe='')}"


def is_for_a_person(request: Request, error: HTTPException) -> bool:
    """Tell whether a refused request came from a browser, which is better served with a page than with JSON."""
    return error.status_code == status.HTTP_401_UNAUTHORIZED and "text/html" in request.headers.get("accept", "")
