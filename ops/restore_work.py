"""What happens around the moment of a restore drill: RunBlu records events, the lanes send, people re-adopt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ops.pitr import moment_of
from sage_bridge.errors import BrokenLaw, LaneStopped
from sage_hooks import ledger, outbox, warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from ops.databases import Databases
    from sage_hooks.exchange import Exchange
    from sage_hooks.warehouse import Connection

LANES = ("DC", "RCV")
PEOPLE = outbox.Decision("drill-one", "drill-two", "restore drill: the files lie on the server")
_LINE = """
select p.commitment, p.item_number, p.unit, n.occurred_at
from mart.commitment_position as p
cross join (select max(occurred_at) as occurred_at from mart.material_event where company_id = %(company_id)s) as n
where p.company_id = %(company_id)s and p.units_to_receive >= 2
order by 1, 2
limit 1
"""
# A lane of costs has one file on its way until it is answered, so its file is among what is lost.
KINDS = {"kept": ("received",), "lost": ("received", "installed")}
_EVENTS = "select event_id from ledger.material_event where company_id = %s and event_id like 'drill-%%' order by 1"
_TAKEN_OVER = """
select count(*) as lines from outbox.cost_posting
where company_id = %s and state in ('sent', 'received')
"""


def require(holds: bool, expected: str, found: object) -> None:  # noqa: FBT001 - the condition is the sentence's verb
    """Raise BrokenLaw RS-463 where a promise of the drill does not hold."""
    if not holds:
        raise broken(expected, found)


def broken(expected: str, found: object) -> BrokenLaw:
    """Give the error of a promise that does not hold."""
    return BrokenLaw(
        "RS-463",
        "the restored database is not what it has to be",
        expected=expected,
        found=str(found)[:1000],
        do="do not rely on these backups; the copies of the drill are left for a look",
    )


class Work:
    """Events and sending of one company on one database."""

    def __init__(self, databases: Databases, exchange: Exchange, company_id: str, root: Path) -> None:
        """Name both sides; `root` is the file server's folder."""
        self._databases = databases
        self._exchange = exchange
        self._company = company_id
        self._root = root
        self.moment = ""
        self.sent: dict[str, list[str]] = {}
        with warehouse.connect(self._dsn) as connection:
            self._line = connection.execute(_LINE.encode(), {"company_id": company_id}).fetchone() or {}

    @property
    def _dsn(self) -> str:
        return self._databases.url(self._databases.server.user)

    @property
    def kept_events(self) -> int:
        """Give the number of events that were recorded before the moment."""
        return len(self.of("kept"))

    def of(self, name: str) -> list[str]:
        """Give the ids of the events of one piece of work."""
        return [f"drill-{name}-{kind}" for kind in KINDS[name]]

    def do(self, name: str) -> list[str]:
        """Let RunBlu record what happened, land and value it, send; gives the files that are new."""
        before = set(self.files())
        with warehouse.connect(self._databases.url("runblu_inbox")) as runblu:
            for event_id, kind in zip(self.of(name), KINDS[name], strict=True):
                runblu.execute(
                    "insert into ledger.event_inbox (company_id, event_id, document) values (%s, %s, %s)",
                    [self._company, event_id, json.dumps(self._event(event_id, kind))],
                )
        with warehouse.connect(self._dsn) as connection:
            ledger.land_inbox(connection)
            ledger.value_events(connection)
            for lane, seal in (("RCV", outbox.seal_receipts), ("DC", outbox.seal_costs)):
                outbox.check_lane(connection, self._exchange, self._company, lane)
                seal(connection, self._company)
                outbox.deliver(connection, self._exchange, self._company, lane)
        self.sent[name] = sorted(set(self.files()) - before)
        return self.sent[name]

    def pass_the_moment(self) -> None:
        """Remember the moment between what is kept and what is lost."""
        self.moment = moment_of(self._dsn)

    def files(self) -> list[str]:
        """Give the names of all our files on the server, wherever they lie."""
        found = [path for lane in LANES for path in (self._root / self._company).rglob(f"{lane}_*")]
        return sorted(path.name for path in found if path.suffix in {".txt", ".csv"} and "ack" not in path.parts)

    def events_there(self, connection: Connection) -> list[str]:
        """Give the drill's events that the database knows."""
        return [row["event_id"] for row in connection.execute(_EVENTS.encode(), [self._company]).fetchall()]

    def require_locked(self) -> list[str]:
        """See every lane of which the server knows a later file refuse to send; gives them."""
        with warehouse.connect(self._dsn) as connection:
            for lane in LANES:
                try:
                    outbox.check_lane(connection, self._exchange, self._company, lane)
                except LaneStopped as stopped:
                    require(stopped.code == "RS-502", f"lane {lane} is locked", stopped)
                else:
                    raise broken(f"lane {lane} is locked", "it would send")
        return list(LANES)

    def adopt(self) -> list[str]:
        """Let two people take the lanes over again; gives the files adopted."""
        with warehouse.connect(self._dsn) as connection:
            return sorted(
                name
                for lane in LANES
                for name in outbox.readopt_lane(connection, self._exchange, self._company, lane, PEOPLE)
            )

    def require_taken_over(self) -> int:
        """See the lines that came into being again stand as on their way, without a new file; gives their number."""
        with warehouse.connect(self._dsn) as connection:
            row: dict[str, Any] = connection.execute(_TAKEN_OVER.encode(), [self._company]).fetchone() or {}
        require(row["lines"] > 0, "lines of the adopted file are sent", row)
        return int(row["lines"])

    def _event(self, event_id: str, kind: str) -> dict[str, str]:
        # Sage lists the months of the scenario, not today's.
        at = self._line["occurred_at"].isoformat()
        line = {"commitment": self._line["commitment"], "item_number": str(self._line["item_number"])}
        return {
            **line, "event_id": event_id, "event_type": kind, "occurred_at": at, "recorded_at": at, "quantity": "1",
            "unit": self._line["unit"],
        }  # fmt: skip
