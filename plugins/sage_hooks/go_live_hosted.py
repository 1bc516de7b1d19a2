"""What the hosted service of a company says before go-live: login, rights by resource, and where its versions stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sage_bridge import go_live as rules
from sage_bridge.errors import BadConfig, Transient
from sage_bridge.hosted_documents import RESOURCES
from sage_hooks.hosted_api import Refused
from sage_hooks.warehouse import fetch_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from sage_bridge.go_live import Check
    from sage_bridge.profiles import Profile
    from sage_hooks.hosted_api import HostedApi
    from sage_hooks.warehouse import Connection

_CHILDREN = frozenset({"commitment_items"})


def hosted_checks(connection: Connection, open_api: Callable[[str], HostedApi], profile: Profile) -> list[Check]:
    """Log in, read every resource the link serves above our cursor, and see that the service has not gone back."""
    checks: list[Check] = []
    with open_api(profile.hosted.connection) as api:
        for name, resource in RESOURCES.items():
            if name in _CHILDREN or resource.served_by not in {"", *profile.hosted.serves}:
                continue
            one = {"company_id": profile.company_id, "resource": name}
            rows = fetch_file(connection, "landing/select_hosted_cursor", one)
            connection.commit()
            cursor = int(rows[0]["version"]) if rows else 0
            try:
                documents = api.pages(resource.path, max(cursor - 1, 0), is_paged=resource.is_paged)
            except (BadConfig, Transient) as error:
                if error.code != "RS-192":
                    return [*checks, rules.failed("hosted.login", error)]
                checks.append(rules.failed(f"hosted.right {name}", error))
                continue
            except Refused as error:
                do = "correct hosted.serves of the profile: this link does not have the resource"
                checks.append(rules.Check(f"hosted.right {name}", "failed", str(error), "readable", do))
                continue
            checks.append(rules.Check(f"hosted.right {name}", "passed", "readable", "readable"))
            checks.append(_cursor(name, cursor, max((int(one["Version"]) for one in documents), default=0)))
    return [rules.Check("hosted.login", "passed", "logged in", "a session"), *checks]


def _cursor(name: str, cursor: int, newest: int) -> Check:
    return rules.judged(
        f"hosted.version {name}",
        f"read up to {cursor}, the service shows {newest}" if cursor else "not read yet",
        "the service stands at our cursor or above it",
        "the service has gone back (restored, another company?): find out, then have the resource read anew",
        is_good=newest >= cursor,
    )
