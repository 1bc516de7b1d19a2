"""Writes the roles of the file into FAB's tables of Airflow's database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.providers.fab.www.security_appless import ApplessAirflowSecurityManager
from airflow.utils.session import create_session
from werkzeug.security import generate_password_hash

from sage_access.roles import roles
from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sage_access.roles import Role

LEAST_PASSWORD = 12
# FAB wants an address of everybody; nothing is ever sent to this one.
_NO_MAIL = "invalid"


def apply() -> Iterator[str]:
    """Set every role of the file to exactly its rights; gives a line per role.

    Roles of other names, also FAB's own, are left alone: nobody has one of them unless somebody gave it by hand.
    """
    wanted = roles()
    with create_session(scoped=False) as session:
        manager = ApplessAirflowSecurityManager(session=session)
        for role in wanted.values():
            given, taken = _set(manager, role)
            yield f"role {role.name}: {len(role.pairs)} rights, {given} given now, {taken} taken away"


def _set(manager: ApplessAirflowSecurityManager, wanted: Role) -> tuple[int, int]:
    role = manager.find_role(wanted.name) or manager.add_role(wanted.name)
    held = {(one.action.name, one.resource.name): one for one in role.permissions}
    missing = wanted.pairs - held.keys()
    surplus = held.keys() - wanted.pairs
    if missing or surplus:
        kept = [one for pair, one in held.items() if pair not in surplus]
        made = [manager.create_permission(*pair) for pair in sorted(missing)]
        role.permissions = [*kept, *(one for one in made if one is not None)]
        manager.session.commit()
    return len(missing), len(surplus)


def add_user(name: str, role_name: str, password: str) -> None:
    """Add somebody who signs in with a password; of a name that is there already, role and password are set.

    Raises:
        BadConfig: RS-195 the file has no such role, or the password is shorter than `LEAST_PASSWORD`.
    """
    if role_name not in roles() or len(password) < LEAST_PASSWORD:
        raise BadConfig(
            "RS-195",
            "a user cannot be added so",
            record=name,
            expected=f"a role of {', '.join(roles())}; {LEAST_PASSWORD} characters or more on standard input",
            found=f"role {role_name}, {len(password)} characters",
            do="give both as expected",
        )
    with create_session(scoped=False) as session:
        manager = ApplessAirflowSecurityManager(session=session)
        hashed = generate_password_hash(password)
        role = manager.find_role(role_name) or manager.add_role(role_name)
        user = manager.find_user(username=name)
        if user is None:
            manager.add_user(name, name, "", f"{name}@{_NO_MAIL}", role, hashed_password=hashed)
        else:
            user.roles, user.password, user.active = [role], hashed, True
