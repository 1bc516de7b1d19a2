"""The auth manager of the embedded run: Airflow's simple users, each standing for one role of the file.

What its simple levels say of connections, variables and pools stays as it is; DAGs and pages follow the role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

from sage_access.decisions import Decisions
from sage_access.roles import roles

if TYPE_CHECKING:
    from collections.abc import Collection

    from sage_access.roles import Pair


class DemoAuthManager(Decisions, SimpleAuthManager):
    """Not for production: passwords lie in a file."""

    def pairs_of(self, user: Any) -> Collection[Pair]:
        """Give the rights of the role that the user stands for; none for a name that stands for nothing."""
        return next((role.pairs for role in roles().values() if role.demo_user == user.username), ())
