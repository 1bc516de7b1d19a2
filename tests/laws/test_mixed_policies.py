"""Material that goes to a job of another policy: that of the job that bought it holds, all jobs together tie."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.laws.worked_cases import Story
from tests.sql.mart.conftest import mart_dsn, warehouse
from tests.sql.recon.books import CODE, JOB, Books

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

__all__ = ["mart_dsn", "warehouse"]

OTHER_JOB = "22-102"
POLICIES = ("installation", "receipt", "invoice")
SET_UP = """
insert into core.job select (jsonb_populate_record(t, '{"job": "22-102"}')).* from core.job as t;
insert into core.cost_code select (jsonb_populate_record(t, '{"job": "22-102"}')).* from core.cost_code as t;
insert into core.category select (jsonb_populate_record(t, '{"job": "22-102"}')).* from core.category as t;
update core.company set profile = profile || '{"price_variance": "posted"}'::jsonb;
"""
# Posted by job once 60 of 60 are billed with 630.00, 30 lie on the other job and 20 of these are built in there.
POSTED = {
    "installation": {JOB: Decimal("-630.00"), OTHER_JOB: Decimal("210.00")},
    "receipt": {JOB: Decimal("-300.00"), OTHER_JOB: Decimal("300.00")},
    "invoice": {},
}
IN_SAGE = {"installation": Decimal("210.00"), "receipt": Decimal("630.00"), "invoice": Decimal("630.00")}


@pytest.mark.parametrize("of_line", POLICIES)
@pytest.mark.parametrize("of_other", POLICIES)
def test_the_policy_of_the_line_holds_wherever_its_material_goes(
    warehouse: Connection, company: str, of_line: str, of_other: str
) -> None:
    story = Story(Books(warehouse, company))
    warehouse.execute(SET_UP)
    for job, policy in ((JOB, of_line), (OTHER_JOB, of_other)):
        story.run("insert into core.cost_policy values ('AW', %s, '2024-01-01', %s, 'controller')", job, policy)
    story.tell("11-02 receive R1 60")
    story.books.happen(
        "transferred", "T1", "2024-11-05", "30", "PO-1", receipt_event_id="R1", job=None, cost_code=None, category=None,
        to_job=OTHER_JOB, to_location=OTHER_JOB, to_cost_code=CODE, to_category="M",
    )  # fmt: skip
    story.tell("11-10 invoice A 60 630.00")
    story.books.happen(
        "installed", "I1", "2024-11-12", "20", "PO-1", receipt_event_id="T1", job=OTHER_JOB, location=OTHER_JOB,
        cost_code=None, category=None,
    )  # fmt: skip
    story.post()
    assert story.post() == 0
    rows = story.rows_of(
        "select job, sum(amount) as amount from outbox.cost_posting group by job having sum(amount) <> 0"
    )
    assert {row["job"]: row["amount"] for row in rows} == POSTED[of_line]
    (row,) = story.rows_of("select sum(amount) as amount from core.job_cost_transaction where gone_at is null")
    assert row["amount"] == IN_SAGE[of_line]
