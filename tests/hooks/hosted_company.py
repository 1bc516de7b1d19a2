"""A hosted company whose masters and invoices have landed, so that its offsets wait to be sent."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

from ops.paths import REPOSITORY
from sage_hooks import outbox
from sage_hooks.hosted_answers import take_hosted_answers
from sage_hooks.hosted_deliver import deliver_hosted
from sage_hooks.hosted_pull import take_hosted
from sage_hooks.inbound import ORDER, require_landed

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection
    from tests.hooks.hosted_place import Hosted

SCENARIO = REPOSITORY / "include" / "scenario"
FLOWS = tuple(flow for flow in ORDER if flow not in {"EVENT", "GLT"})
REFERENCES = "select Ref_1 from JCT_NEW__TRANSACTION union all select Ref_1 from JCT_CURRENT__TRANSACTION"


class Company:
    """A hosted company whose masters have landed and whose invoices wait to be offset."""

    def __init__(self, warehouse: Connection, hosted: Hosted, dsn: str) -> None:
        self.warehouse, self.hosted, self.dsn = warehouse, hosted, dsn

    def read(self, flows: tuple[str, ...] = ("COSTCODE", "CATEGORY", "JCH", "JCT", "JCN")) -> None:
        with self.hosted.api() as api:
            require_landed(take_hosted(self.warehouse, api, "AW", flows))

    def send(self, *, seconds: float = 10) -> None:
        outbox.seal_costs(self.warehouse, "AW")
        with self.hosted.api(seconds=seconds) as api:
            deliver_hosted(self.warehouse, api, "AW", "DC")

    def answers(self) -> outbox.Answered:
        with self.hosted.api() as api:
            return take_hosted_answers(self.warehouse, api, "AW")

    def post(self) -> None:
        self.hosted.do("post-entries")
        self.read()
        outbox.confirm_posted(self.warehouse, "AW")

    def states(self) -> Counter[str]:
        rows = self.warehouse.execute("select state from outbox.cost_posting").fetchall()
        return Counter(row["state"] for row in rows)

    def in_sage(self) -> Counter[str]:
        """How often each reference of ours stands in Sage, by Sage's own tables."""
        with closing(sqlite3.connect(self.hosted.data / "sage.db")) as books:
            return Counter(row[0] for row in books.execute(REFERENCES) if row[0])

    def require_once(self) -> None:
        rows = self.warehouse.execute("select reference from outbox.batch_line where result = 'ACCEPTED'").fetchall()
        assert rows
        assert self.in_sage() == Counter(row["reference"] for row in rows)
