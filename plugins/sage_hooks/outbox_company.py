"""What the outbox needs to know of a company, and the one rule about transactions all its steps share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sage_bridge.errors import BadConfig
from sage_bridge.lanes import lines_of
from sage_bridge.profiles import Profile, read_profile
from sage_hooks.warehouse import fetch_file

if TYPE_CHECKING:
    from decimal import Decimal

    from sage_hooks.warehouse import Connection


@dataclass(frozen=True, slots=True)
class Company:
    """A company's profile and the clock of the database when it was read (UTC, ISO)."""

    profile: Profile
    read_at: str

    @property
    def company_id(self) -> str:
        """Give the key that every row of the company starts with."""
        return self.profile.company_id

    @property
    def environment(self) -> str:
        """Give PROD or TEST, a part of every file name."""
        return self.profile.environment

    @property
    def tolerance_pct(self) -> Decimal:
        """Give the percent of the ordered units that may be received beyond them."""
        return self.profile.tolerances.over_receipt_pct


def settle(connection: Connection) -> None:
    """Commit what the caller left open: from here on every step commits by itself, or it would prove nothing."""
    connection.commit()


def lock_lines(connection: Connection, company_id: str, flow: str) -> None:
    """Let one worker at a time change the lines of a company, to the end of the caller's transaction.

    Statements over many lines would meet each other's row locks in any order and deadlock. Every transaction that
    changes lines takes this lock before it touches a batch, and after the lane's counter where it needs that too.
    """
    what = {"postings": "cost lines"}.get(lines_of(flow), lines_of(flow))
    fetch_file(connection, "outbox/select_lines_lock", {"company_id": company_id, "what": what})


def load_company(connection: Connection, company_id: str) -> Company:
    """Read a company's profile.

    Raises:
        BadConfig: RS-144 there is no such company; RS-111 to RS-118 its profile is wrong.
    """
    rows = fetch_file(connection, "outbox/select_company", {"company_id": company_id})
    connection.commit()
    if not rows:
        raise BadConfig(
            "RS-144",
            "company is unknown",
            record=company_id,
            expected="a row of core.company",
            do="load its profile first",
        )
    return Company(read_profile(rows[0]["profile"], f"core.company {company_id}"), rows[0]["now_text"])
