"""Sage's side of one company as its profile has it: the exchange folders, or the hosted service.

DAGs speak to this and do not know which it is; both do the same steps on the same lanes.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sage_hooks import outbox
from sage_hooks.company_files import exchange_of
from sage_hooks.hosted_answers import take_hosted_answers
from sage_hooks.hosted_connection import SageApiHook
from sage_hooks.hosted_deliver import continue_hosted, deliver_hosted
from sage_hooks.hosted_pull import take_hosted
from sage_hooks.inbound import take_transfers
from sage_hooks.outbox_company import load_company

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sage_bridge.profiles import Profile
    from sage_hooks.exchange import Exchange
    from sage_hooks.hosted_api import HostedApi
    from sage_hooks.inbound_records import TransferOutcome
    from sage_hooks.outbox import Answered, Delivered
    from sage_hooks.warehouse import Connection

PROFILE_FLOWS = {
    **dict.fromkeys(("JOB", "EXTRA", "COSTCODE", "CATEGORY", "STDCODE", "STDCAT"), "jobs"),
    **dict.fromkeys(("VENDOR", "ITEM"), "vendors_and_items"),
    **dict.fromkeys(("COMMIT", "COMITEM", "COMCO", "COMCOITM"), "commitments"),
    **dict.fromkeys(("PERIOD", "JCH", "JCT", "JCN"), "job_cost"),
}
"""Which flow of the profile a feed belongs to; others always come as files."""


@dataclass(frozen=True, slots=True)
class FileSide:
    """Sage behind the exchange folders of the SFTP server."""

    connection: Connection
    profile: Profile
    exchange: Exchange

    def take(self, flows: Sequence[str]) -> list[TransferOutcome]:
        """Land what waits of the flows; as `inbound.take_transfers`."""
        profile = self.profile
        return take_transfers(self.connection, self.exchange, profile.company_id, flows, profile.environment)

    def check_lane(self, flow: str) -> None:
        """As `outbox.check_lane`."""
        outbox.check_lane(self.connection, self.exchange, self.profile.company_id, flow)

    def deliver(self, flow: str) -> Delivered:
        """As `outbox.deliver`."""
        return outbox.deliver(self.connection, self.exchange, self.profile.company_id, flow)

    def take_answers(self) -> Answered:
        """As `outbox.take_answers`."""
        return outbox.take_answers(self.connection, self.exchange, self.profile.company_id)

    def go_on(self) -> int:
        """As `outbox.continue_lanes`."""
        return outbox.continue_lanes(self.connection, self.exchange, self.profile.company_id)


@dataclass(frozen=True, slots=True)
class HostedSide:
    """Sage behind the hosted service."""

    connection: Connection
    profile: Profile
    api: HostedApi

    def take(self, flows: Sequence[str]) -> list[TransferOutcome]:
        """Read what is new of the flows and land it; as `hosted_pull.take_hosted`."""
        return take_hosted(self.connection, self.api, self.profile.company_id, flows)

    def check_lane(self, flow: str) -> None:
        """As `outbox.check_lane`; Sage's mirror alone is asked for later numbers."""
        outbox.check_lane(self.connection, None, self.profile.company_id, flow)

    def deliver(self, flow: str) -> Delivered:
        """As `hosted_deliver.deliver_hosted`."""
        return deliver_hosted(self.connection, self.api, self.profile.company_id, flow)

    def take_answers(self) -> Answered:
        """As `hosted_answers.take_hosted_answers`."""
        return take_hosted_answers(self.connection, self.api, self.profile.company_id)

    def go_on(self) -> int:
        """As `hosted_deliver.continue_hosted`."""
        return continue_hosted(self.connection, self.api, self.profile.company_id)


@contextmanager
def sage_side(connection: Connection, company_id: str, flow: str) -> Iterator[FileSide | HostedSide]:
    """Open the side on which a flow of a company runs.

    Args:
        connection: the warehouse.
        company_id: whose Sage.
        flow: a flow of the profile, such as `material_costs`; one that is not in it comes as files.

    Raises:
        BadConfig: RS-144 the company is unknown; RS-111 to RS-118 its profile is wrong.
    """
    profile = load_company(connection, company_id).profile
    if any(one.name == flow and one.transport == "api" for one in profile.flows):
        with SageApiHook(profile.hosted.connection).get_conn() as api:
            yield HostedSide(connection, profile, api)
    else:
        with exchange_of(company_id) as exchange:
            yield FileSide(connection, profile, exchange)
