"""The pages as their users use them, in a browser, after a demo. Pictures are kept in `var/artifacts/pages`."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from ops.paths import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.pages.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # on what tests/ops/test_demo.py left

CHROMIUM = shutil.which("chromium")
PICTURES = REPOSITORY / "var" / "artifacts" / "pages"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no browser; next step: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


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
    problems: list[str] = []
    made.on("pageerror", lambda error: problems.append(str(error)))
    made.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield made
    made.close()
    assert problems == []


def keep(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def test_the_diagram_leads_to_the_transfers_of_a_flow(page: Page, site: Site) -> None:
    page.goto(f"{site.pages}/flows")
    keep(page, "flows")
    lanes = page.locator(".lane")
    assert lanes.count() == 11
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


EVERY_PAGE = (
    "flows",
    "transfers",
    "commitments",
    "commitments/DEMO/PO-26-0102",
    "reconciliation",
    "reconciliation/DEMO/2026-04",
    "exceptions",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(page: Page, site: Site, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    found = {}
    for path in EVERY_PAGE:
        page.goto(f"{site.pages}/{path}")
        if scheme == "dark":
            keep(page, f"dark_{path.replace('/', '_')}")
        results = Axe().run(page)
        if results.violations_count:
            found[path] = results.generate_report()
    assert found == {}, "\n".join(found.values())


def test_a_phone_at_the_site_shows_all_without_scrolling_sideways(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    for path in EVERY_PAGE:
        page.goto(f"{site.pages}/{path}")
        keep(page, f"phone_{path.replace('/', '_')}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    page.close()
