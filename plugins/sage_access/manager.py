"""The auth manager of production: users and logins of Airflow's FAB, rights of `include/config/access.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager

from sage_access.decisions import Decisions

if TYPE_CHECKING:
    from collections.abc import Collection

    from sage_access.roles import Pair


class BridgeAuthManager(Decisions, FabAuthManager):
    """Who somebody is, is FAB's matter: its database, a directory or an OpenID provider (docs/access.md)."""

    def pairs_of(self, user: Any) -> Collection[Pair]:
        """Give the rights of a user as FAB keeps them; none for a user who is gone."""
        return user.perms or () if user else ()
