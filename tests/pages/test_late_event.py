"""Material of a signed month is reported late: its sign-off lapses, names the event, and people see it in the browser.

`SCENARIO=<folder>` tells the same story on the ended demo of another scenario, such as `aw_open`.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.pages.site import keep

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.pages.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.timeout(600)]  # on what tests/pages/test_browser.py used

VALUED_SECONDS = 180
EVENT = "late-00000001"
LIMIT = """
update core.company set profile = jsonb_set(profile, '{tolerances,amount_subsequent}', '"0.01"') where company_id = %s
"""
# A receipt of before the month's end with material left of it.
ON_HAND = """
select m.event_id, m.commitment, m.item_number, m.unit, p.job, p.cost_code
from ledger.material_event as m
inner join mart.commitment_position as p using (company_id, commitment, item_number)
where m.company_id = %s and m.event_type = 'received' and m.occurred_at < %s and p.units_on_hand >= 1
order by p.amount_on_hand / p.units_on_hand desc, m.event_id limit 1
"""


def test_a_late_event_lets_the_signed_month_lapse(browser: Browser, site: Site) -> None:
    company = site.demo.scenario.company_id
    with site.warehouse() as connection:
        (period,) = connection.execute(
            "select max(period) from ledger.period_close where company_id = %s and lapsed_at is null", (company,)
        ).fetchone() or ("",)
        connection.execute(LIMIT.encode(), (company,))
        receipt, commitment, item_number, unit, job, cost_code = (
            connection.execute(ON_HAND.encode(), (company, f"{period}-28")).fetchone() or ()
        )
    page_of_month = f"{site.pages}/reconciliation/{company}/{period}"
    page = browser.new_page()
    page.goto(page_of_month)
    site.sign_in(page)
    page.wait_for_url(page_of_month)
    assert page.locator("h1 .state").inner_text() == "signed"
    tell_late(site, receipt_event_id=receipt, commitment=commitment, item_number=str(item_number), unit=unit, job=job,
              cost_code=cost_code, occurred_at=f"{period}-28T12:00:00Z")  # fmt: skip
    api = site.api("oncall")
    run = api.wait(api.trigger("check__laws"), seconds=180)
    assert run.state == "success"
    page.reload()
    keep(page, "lapsed")
    assert page.locator("h1 .state").inner_text() == "lapsed"
    assert page.get_by_text(f"event {EVENT} moved").first.is_visible()
    assert page.get_by_role("heading", name="Known only after the sign-off").is_visible()
    assert page.get_by_text(EVENT).first.is_visible()
    page.goto(f"{site.pages}/reconciliation")
    assert "lapsed" in page.locator("tbody tr", has_text=period).first.inner_text()
    page.close()


def tell_late(site: Site, **words: str) -> None:
    """Let a field device report an installation of before the close, and wait until it is valued."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {"event_id": EVENT, "event_type": "installed", "quantity": "1", "recorded_at": now, **words}
    with site.warehouse("runblu_inbox") as connection:
        connection.execute(
            "insert into ledger.event_inbox (company_id, event_id, document) values (%s, %s, %s)",
            (site.demo.scenario.company_id, EVENT, json.dumps(document)),
        )
    began = time.monotonic()
    with site.warehouse() as connection:
        query = "select tag_status from mart.material_event where event_id = %s"
        while (found := connection.execute(query, (EVENT,)).fetchone()) is None or found[0] != "tagged":
            assert time.monotonic() - began < VALUED_SECONDS, found
            time.sleep(0.5)
