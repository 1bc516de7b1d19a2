"""The golden transaction of a go-live under a running Airflow, to its end; a person starts only the daily costs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.types.json import Jsonb

from ops.sage_side import SageSide

if TYPE_CHECKING:
    from tests.pages.site import Site

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.timeout(900)]

ENDED = {"success", "failed"}
# On a day of a month that Sage of this scenario lists.
DAY = "2026-07-15"
LINE = {"job": "26-101", "commitment": "PO-GOLIVE", "item_number": 1, "units": "1", "event_day": DAY}
GO_LIVE = """
update core.company set profile = jsonb_set(profile, '{go_live}', (profile -> 'go_live') || %s) where company_id = %s
"""
CHECKS = """
select check_name, state, found, expected from mart.go_live_check
where company_id = %s and is_newest and check_name like 'golden.%%'
"""
ORDER = (
    "enter-order-line", "--commitment", "PO-GOLIVE", "--item", "1", "--vendor", "V-1010", "--job", "26-101",
    "--cost-code", "03 30 00", "--category", "M", "--units", "5", "--unit-cost", "12.5", "--unit", "CY",
    "--date", "2026-05-01",
)  # fmt: skip


def test_a_company_is_proven_by_a_transaction_through_both_systems(site: Site) -> None:
    company = site.demo.scenario.company_id
    with site.warehouse() as connection:
        connection.execute(GO_LIVE.encode(), (Jsonb(LINE), company))
    finance, operator = site.api("finance"), site.api("oncall")
    run = finance.trigger("check__go_live", {"company_id": company, "wait_minutes": 20})
    entered, costs = False, None
    began = time.monotonic()
    while (state := finance.run(run).state) not in ENDED:
        assert time.monotonic() - began < 800, waits_for(site)
        words = " ".join(waits_for(site))
        if "enters purchase order PO-GOLIVE" in words and not entered:
            sage = SageSide(site.state, company)
            sage.sandbox(*ORDER)
            # By the clock it would come within a quarter of an hour.
            sage.agent("extract", "--flows", "COMMIT,COMITEM")
            entered = True
        if "core_to_sage__material_costs" in words and (costs is None or operator.run(costs).state in ENDED):
            costs = operator.trigger("core_to_sage__material_costs", {"company_id": company})
        time.sleep(2)
    assert state == "success"
    with site.warehouse("auditor") as connection:
        found = connection.execute(CHECKS.encode(), (company,)).fetchall()
    assert {row[1] for row in found} == {"passed"}, found
    (report,) = site.state.folder.glob(f"go_live_{company}_*.md")
    assert "golden.net_zero" in report.read_text(encoding="utf-8")


def waits_for(site: Site) -> list[Any]:
    """What the checks of the newest run say is missing."""
    with site.warehouse("auditor") as connection:
        rows = connection.execute(CHECKS.encode(), (site.demo.scenario.company_id,)).fetchall()
    return [text for _, state, *words in rows if state != "passed" for text in words if text]
