"""What a request to Airflow needs: which right of a role answers it. One place for every auth manager of ours.

Airflow's own managers let whoever may start a DAG also pause it, and whoever may answer one question answer all; here
each needs its own right on that one DAG.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity

from sage_access import roles

if TYPE_CHECKING:
    from collections.abc import Collection

    from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod
    from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails

_INSPECTED = frozenset(
    {DagAccessEntity.AUDIT_LOG, DagAccessEntity.CODE, DagAccessEntity.TASK_LOGS, DagAccessEntity.XCOM}
)


def verb_for(method: str, entity: DagAccessEntity | None) -> str:
    """Give what somebody has to be allowed to do with a DAG for a request to it or to a part of it."""
    if method == "GET":
        return "inspect" if entity in _INSPECTED else "see"
    if entity == DagAccessEntity.RUN and method == "POST":
        return "start"
    if entity == DagAccessEntity.HITL_DETAIL and method == "PUT":
        return "answer"
    # What is deleted tells nothing any more, and a task takes what stands in an XCom for what the task before has
    # found: also who approved.
    return "rewrite" if method == "DELETE" or entity == DagAccessEntity.XCOM else "edit"


class Decisions(ABC):
    """Mixed into an auth manager: decides by the pairs of a user."""

    @abstractmethod
    def pairs_of(self, user: Any) -> Collection[roles.Pair]:
        """Give the rights of a user."""

    def is_authorized_dag(
        self,
        *,
        method: ResourceMethod,
        user: Any,
        access_entity: DagAccessEntity | None = None,
        details: DagDetails | None = None,
    ) -> bool:
        """Tell whether a user may do this with a DAG.

        Without a DAG only lists are asked for, whose rows Airflow filters afterwards; a change has to name its DAG.
        """
        action = roles.VERBS[verb_for(method, access_entity)]
        pairs = self.pairs_of(user)
        if details is not None and details.id:
            return (action, roles.dag(details.id)) in pairs
        return method == "GET" and any(one == action and on.startswith(roles.dag("")) for one, on in pairs)

    def is_authorized_custom_view(self, *, method: ResourceMethod | str, resource_name: str, user: Any) -> bool:
        """Tell whether a user may open a page of ours."""
        return method == "GET" and ("can_read", resource_name) in self.pairs_of(user)

    def is_authorized_hitl_task(self, *, assigned_users: set[str], user: Any) -> bool:
        """Tell whether a question was put to this user; who may answer is named by login, which numbers do not tell."""
        return user.get_name() in assigned_users
