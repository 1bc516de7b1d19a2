"""The pages as their users use them, in a browser, after a demo. Pictures are kept in `var/artifacts/pages`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from ops.approval import Approval
from ops.rest import Run
from tests.pages.site import keep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Route

    from tests.pages.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.timeout(600)]  # on what tests/ops/test_demo.py left


@pytest.fixture(scope="module")
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A browser in which finance is signed in, sent to the login by the page it asked for, and back."""
    made = browser.new_context(viewport={"width": 1440, "height": 900})
    page = made.new_page()
    page.goto(f"{site.pages}/exceptions")
    assert "/auth/login" in page.url
    site.sign_in(page)
    page.wait_for_url(f"{site.pages}/exceptions")
    page.close()
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    made = context.new_page()
    # The first Data Docs of a server bring in all of Great Expectations.
    made.set_default_timeout(120_000)
    problems: list[str] = []
    made.on("pageerror", lambda error: problems.append(str(error)))
    made.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield made
    made.close()
    assert problems == []


def test_the_diagram_leads_to_the_transfers_of_a_flow(page: Page, site: Site) -> None:
    page.goto(f"{site.pages}/flows")
    keep(page, "flows")
    lanes = page.locator(".lane")
    assert lanes.count() == 12
    assert (
        "s ago" in lanes.filter(has_text="Material costs").inner_text()
        or "min ago" in lanes.filter(has_text="Material costs").inner_text()
    )
    assert page.locator(".is-stopped").count() == 0
    page.get_by_role("link", name="Material costs", exact=True).click()
    keep(page, "transfers")
    files = page.locator("tbody tr:not(.more)")
    assert files.count() >= 2
    assert all(text.startswith("DC_DEMO_PROD_") for text in page.locator("tbody th").all_inner_texts())
    page.locator("tbody th a").first.click()
    keep(page, "transfer")
    assert page.get_by_text("broken").count() == 0
    page.get_by_role("link", name="Data Docs of Great Expectations").click()
    assert page.get_by_text("DC-00").count() >= 1


def test_the_pages_stand_in_the_menu_of_airflow(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/plugin/sage-bridge-flows")
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", name="Data flows").wait_for()
    keep(page, "inside_airflow")


def test_an_item_is_found_with_the_keyboard_and_followed_to_its_row_in_sage(page: Page, site: Site) -> None:
    page.goto(f"{site.pages}/commitments")
    page.keyboard.press("/")
    page.keyboard.type("rebar")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=rebar**")
    keep(page, "commitments")
    page.locator("tbody th a").first.click()
    keep(page, "commitment")
    page.locator("tr", has=page.get_by_role("cell", name="installed", exact=True)).locator("th a").first.click()
    keep(page, "event")
    row = page.locator(".trace tbody tr", has=page.locator(".state")).first
    assert row.locator(".state").inner_text() == "posted"
    reference = row.locator("td a").inner_text()
    row.locator("td a").click()
    keep(page, "posting")
    page.get_by_role("heading", name="In Sage").wait_for()
    (sage,) = [one for one in site.demo.rows("sage/JCT_CURRENT__TRANSACTION.csv") if one["Ref_1"] == reference]
    shown = page.locator("table").first.locator("tbody tr")
    assert shown.count() == 1
    assert f"{float(sage['Amount']):,.2f}" in shown.inner_text()


def test_a_month_shows_both_bridges_without_residual(page: Page, site: Site) -> None:
    page.goto(f"{site.pages}/reconciliation")
    keep(page, "reconciliation")
    page.locator("tbody th a").last.click()
    keep(page, "period")
    residuals = page.locator(".role-residual")
    assert residuals.count() == 2
    assert [row.locator("td").nth(1).inner_text() for row in residuals.all()] == ["0.00", "0.00"]
    assert page.locator("h1 .state").inner_text() == "signed"
    assert page.get_by_role("heading", name="Adjustments").is_visible()


def test_exceptions_say_what_to_do_and_narrow_by_rule(page: Page, site: Site) -> None:
    page.goto(f"{site.pages}/exceptions")
    keep(page, "exceptions")
    assert page.locator("tbody tr").count() == len(site.demo.rows("mart/open_exception.csv")) > 1
    page.locator(".groups a", has_text="over_receipt").click()
    assert page.locator("tbody tr").count() == 1
    assert "change order" in page.locator("tbody tr").inner_text()


def started(page: Page, dag_id: str) -> Run:
    """The run that a button of the page has just started, as the page tells it."""
    follow = page.locator("[data-said] a")
    follow.wait_for()
    begin = f"/dags/{dag_id}/runs/"
    link = follow.get_attribute("href") or ""
    assert link.startswith(begin), link
    return Run(dag_id, unquote(link.removeprefix(begin)), "queued")


def test_a_mapping_is_previewed_proposed_and_decided_by_another(page: Page, site: Site) -> None:
    page.goto(f"{site.pages}/mappings")
    page.get_by_role("link", name="Change a mapping", exact=True).click()
    fill = {"Class of material": "gold", "Cost code": "05 12 00", "Category": "M", "First day": "2030-01-01"}
    page.get_by_label("Company").select_option("DEMO")
    for label, value in fill.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="See what would move").click()
    assert "a class of the catalog" in page.get_by_role("alert").inner_text()
    keep(page, "mapping_refused")
    assert page.get_by_role("button", name="Propose it").count() == 0
    page.get_by_label("Class of material", exact=True).fill("steel")
    page.get_by_role("button", name="See what would move").click()
    page.get_by_text("No event moves today").wait_for()
    page.get_by_role("button", name="Propose it").click()
    run = started(page, "change__mapping")
    keep(page, "mapping_proposed")

    controller = site.api("controller")
    approval = Approval(controller, run)
    controller.wait(run, seconds=180, during=lambda _: approval.is_stored() and None)
    page.goto(f"{site.pages}/mappings?q=steel")
    keep(page, "mappings")
    row = page.locator("tbody tr", has_text="steel")
    assert row.count() == 1
    assert "05 12 00 · M" in row.inner_text()
    assert ("finance" in row.inner_text(), "controller" in row.inner_text()) == (True, True)


def test_marked_exceptions_are_given_up_with_a_reason(page: Page, site: Site) -> None:
    with site.warehouse("runblu_inbox") as connection:
        connection.execute(
            "insert into ledger.event_inbox (company_id, event_id, document) values ('DEMO', 'rig-1', %s)",
            (json.dumps({"event_id": "rig-1", "event_type": "test"}),),
        )
    api = site.api("oncall")
    api.wait(api.trigger("runblu_to_core__material_events"), seconds=180)
    page.goto(f"{site.pages}/exceptions")
    row = page.locator("tbody tr", has_text="rig-1")
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Give up marked").click()
    assert "Say why" in page.locator("[data-said]").inner_text()
    page.get_by_label("Why the marked records will never land").fill("a test rig")
    keep(page, "exceptions_marked")
    page.get_by_role("button", name="Give up marked").click()
    api.wait(started(page, "replay__exceptions"), seconds=180)
    page.reload()
    assert page.locator("tbody tr", has_text="rig-1").count() == 0
    with site.warehouse("auditor") as connection:
        decided = connection.execute("select decided_by, comment from audit.approval where subject_kind = 'exception'")
        assert decided.fetchall() == [("finance", "a test rig")]


def test_set_up_tells_how_far_a_company_is(page: Page, site: Site) -> None:
    page.goto(f"{site.pages}/setup")
    assert page.get_by_text("never validated").count() == 1
    assert page.get_by_role("cell", name="daily at 18:00").count() == 1
    page.get_by_role("button", name="Check now").click()
    run = started(page, "check__go_live")
    site.api("oncall").wait(run, seconds=180)
    page.reload()
    keep(page, "setup")
    assert page.get_by_role("cell", name="failed", exact=True).count() > 0
    page.get_by_text(re.compile(r"[0-9]+ passed")).click()
    assert page.get_by_role("cell", name="passed", exact=True).count() > 5


def test_who_may_not_start_a_run_is_told(browser: Browser, site: Site) -> None:
    made = browser.new_context()
    page = made.new_page()
    page.goto(f"{site.pages}/mappings")
    site.sign_in(page)
    page.wait_for_url(f"{site.pages}/mappings")
    page.route("**/api/v2/**", lambda route: route.fulfill(status=403, json={"detail": "Forbidden"}))
    page.goto(f"{site.pages}/setup")
    page.get_by_role("button", name="Check now").click()
    page.get_by_text("Your role may not start check__go_live").wait_for()
    made.close()


EVERY_PAGE = (
    "flows",
    "transfers",
    "transfers/DEMO/in/JOB/1/1",
    "transfers/DEMO/out/DC/1/1",
    "transfers/DEMO/out/DC/1/1/data-docs",
    "commitments",
    "commitments/DEMO/PO-26-0102",
    "events/DEMO/EV-00229",
    "reconciliation",
    "reconciliation/DEMO/2026-04",
    "exceptions",
    "mappings",
    "mappings/preview?company=DEMO&material_class=steel&cost_code=05+12+00&category=M&effective_from=2030-01-01",
    "setup",
)


def every_page(site: Site) -> tuple[str, ...]:
    """Give all pages; the reference of a posting is known when there is one."""
    return (*EVERY_PAGE, f"postings/DEMO/{site.demo.rows('mart/cost_posting.csv')[0]['posting_reference']}")


def let_scripts_look(page: Page) -> None:
    """Take the policy off Data Docs that lets no script run there, ours neither."""

    def without_policy(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": ""})

    page.route("**/data-docs", without_policy)


def picture_of(path: str) -> str:
    return re.sub(r"\?.*", "", path).replace("/", "_")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(page: Page, site: Site, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    let_scripts_look(page)
    found = {}
    for path in every_page(site):
        page.goto(f"{site.pages}/{path}")
        if scheme == "dark":
            keep(page, f"dark_{picture_of(path)}")
        results = Axe().run(page)
        if results.violations_count:
            found[path] = results.generate_report()
    assert found == {}, "\n".join(found.values())


def test_a_phone_at_the_site_shows_all_without_scrolling_sideways(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    let_scripts_look(page)
    for path in every_page(site):
        page.goto(f"{site.pages}/{path}")
        keep(page, f"phone_{picture_of(path)}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    page.close()
