"""A month is closed in Airflow's own pages: one person starts it, another reads the proposal and refuses a line of it.

The month after those that the demo signed: Sage's clerk has entered two costs in it that nobody tracks on site. What
is approved goes to Sage by itself, what is refused does not; the month is signed once that line is settled, too.
"""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import time
import zipfile
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import unquote

import psycopg
import pytest
from psycopg import conninfo

from ops.approval import Approval
from ops.loop import RESULT_FEEDS
from ops.rest import ANSWER_DELAY_SECONDS, Run
from ops.sage_side import SageSide
from tests.pages.site import keep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.pages.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.timeout(600)]  # on what tests/pages/test_browser.py used

DAG = "reconcile__period"
PERIOD = "2026-06"
WAIT_SECONDS = 240
CRANE, GASKETS = "Crane hire, keyed as material", "Gaskets, card purchase"
ENTRIES = (
    ("26-101", "05 12 00", "2026-06-10", "250.00", CRANE),
    ("26-102", "33 14 19", "2026-06-12", "96.40", GASKETS),
)
REASON = "the clerk corrects it in Sage"


# The tests of this module are one story and run in this order.


@pytest.fixture(scope="module")
def entered(site: Site) -> dict[str, str]:
    """Give the rows of Sage that the clerk has entered, by their description, once the warehouse knows them."""
    sage = SageSide(site.state, site.demo.scenario.company_id)
    for job, cost_code, day, amount, description in ENTRIES:
        sage.sandbox("enter-cost", "--job", job, "--cost-code", cost_code, "--category", "M", "--date", day,
                     "--amount", amount, "--description", description)  # fmt: skip
    sage.agent("extract", "--flows", RESULT_FEEDS)
    began = time.monotonic()
    query = "select description, row_id from recon.sage_cost_row where description = any(%s)"
    with site.warehouse() as connection:
        while len(found := dict(connection.execute(query, ([CRANE, GASKETS],)).fetchall())) < len(ENTRIES):
            assert time.monotonic() - began < WAIT_SECONDS, found
            time.sleep(0.5)
    return found


@pytest.fixture(scope="module")
def finance(browser: Browser, site: Site) -> Iterator[Page]:
    yield from signed_in(browser, site, "finance")


@pytest.fixture(scope="module")
def controller(browser: Browser, site: Site) -> Iterator[Page]:
    yield from signed_in(browser, site, "controller")


def signed_in(browser: Browser, site: Site, user: str) -> Iterator[Page]:
    page = browser.new_context(viewport={"width": 1440, "height": 1400}).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{site.url}/required_actions")
    site.sign_in(page, user)
    page.wait_for_url(f"{site.url}/required_actions**")
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def run(finance: Page, site: Site, entered: dict[str, str]) -> Run:
    """The run that finance starts by filling Airflow's form."""
    finance.goto(f"{site.url}/dags/{DAG}")
    finance.get_by_role("button", name="Trigger").first.click()
    start = finance.get_by_role("button", name="Trigger").last
    finance.locator("#element_company_id").fill(site.demo.scenario.company_id)
    assert start.is_disabled(), "a month has to be named"
    finance.locator("#element_period").fill(PERIOD)
    finance.locator("#element_mode").click()
    finance.get_by_role("option", name="propose").click()
    finance.locator("#element_reverse_entries").fill("\n".join(entered.values()))
    keep(finance, "closing_form")
    start.click()
    finance.wait_for_url("**/runs/**")
    found = re.search(r"/runs/([^/?]+)", finance.url)
    assert found
    return Run(DAG, unquote(found[1]), "queued")


def open_question(page: Page, site: Site, run: Run) -> None:
    """Open what a run asks, once it asks."""
    api = site.api("oncall")
    began = time.monotonic()
    while not api.questions(run):
        assert time.monotonic() - began < WAIT_SECONDS, api.tasks(run)
        assert api.run(run).state != "failed", api.failure(run)
        time.sleep(1)
    page.goto(f"{site.url}{run.path.replace('dagRuns', 'runs')}/tasks/approve_proposal/required_actions")
    page.get_by_test_id("hitl-option-Approve").wait_for()


def lines(page: Page, heading: str) -> dict[str, list[str]]:
    """Give the rows below a heading of the proposal by what they are about."""
    table = page.get_by_role("heading", name=heading).locator("xpath=following::table[1]")
    return {row.inner_text(): row.locator("td").all_inner_texts() for row in table.locator("tbody tr").all()}


def line_about(page: Page, heading: str, words: str) -> list[str]:
    (found,) = (cells for text, cells in lines(page, heading).items() if words in text)
    return found


def test_who_prepared_it_may_not_decide(finance: Page, site: Site, run: Run) -> None:
    open_question(finance, site, run)
    # See ops.rest: an answer within seconds of the question meets a race of Airflow.
    time.sleep(ANSWER_DELAY_SECONDS)
    with finance.expect_response(lambda response: response.request.method == "PATCH") as answer:
        finance.get_by_test_id("hitl-option-Approve").click()
    assert answer.value.status == 403
    finance.get_by_text("You do not have permission to perform this action").first.wait_for()
    keep(finance, "closing_preparer_told_no")
    assert len(site.api("oncall").questions(run)) == 1, "it still waits for somebody else"


def clear(site: Site, run: Run, task_id: str) -> int:
    """Clear one task of a run, as who repairs it does; Airflow answers with what it cleared."""
    words = {"dry_run": False, "dag_run_id": run.run_id, "task_ids": [task_id], "only_failed": False}
    return len(site.api("admin").call("POST", f"/dags/{run.dag_id}/clearTaskInstances", words)["task_instances"])


def airflow_database(site: Site) -> psycopg.Connection:
    place = conninfo.conninfo_to_dict((site.state.folder / "warehouse.dsn").read_text(encoding="utf-8").strip())
    return psycopg.connect(conninfo.make_conninfo(**{**place, "dbname": "airflow"}), autocommit=True)


def deadlines(site: Site, run: Run) -> list[tuple[bool, int]]:
    """Give the deadlines that Airflow keeps of a run: missed or not, and days from now."""
    query = """
    select d.missed, round(extract(epoch from d.deadline_time - now()) / 86400)::int
    from deadline as d inner join dag_run as r on r.id = d.dagrun_id where r.dag_id = %s and r.run_id = %s
    """
    with airflow_database(site) as connection:
        return connection.execute(query, (run.dag_id, run.run_id)).fetchall()


def let_time_pass(site: Site, run: Run) -> None:
    """Make the run's deadline one that is over."""
    change = """
    update deadline as d set deadline_time = now() - interval '1 second'
    from dag_run as r where r.id = d.dagrun_id and r.dag_id = %s and r.run_id = %s
    """
    with airflow_database(site) as connection:
        assert connection.execute(change, (run.dag_id, run.run_id)).rowcount == 1


def late_notices(site: Site) -> list[tuple[str, str]]:
    with site.warehouse("oncall") as connection:
        return connection.execute("select company_id, message from mart.notice where kind = 'run_late'").fetchall()


def test_a_month_that_waits_within_its_time_is_not_late_and_can_be_repaired(site: Site, run: Run) -> None:
    assert deadlines(site, run) == [(False, 3)]
    assert clear(site, run, "check_mode") == 1
    assert site.api("oncall").run(run).state in {"queued", "running"}
    posting = site.api("oncall").trigger("core_to_sage__material_costs", {"company_id": site.demo.scenario.company_id})
    site.api("oncall").wait(posting, seconds=180)
    assert deadlines(site, posting) == [], "what ended in time has none left"
    assert late_notices(site) == []


def test_a_month_that_is_late_is_told_of_once_and_can_be_repaired(site: Site, run: Run) -> None:
    let_time_pass(site, run)
    began = time.monotonic()
    while not (told := late_notices(site)):
        assert time.monotonic() - began < WAIT_SECONDS, deadlines(site, run)
        time.sleep(0.2)
    ((company, message),) = told
    assert company == site.demo.scenario.company_id
    assert message.startswith(f"reconcile__period ({company}, {PERIOD}) is late: its run {run.run_id}, due since ")
    assert f"{site.url}{run.path.replace('dagRuns', 'runs')}" in message
    assert clear(site, run, "check_mode") == 1
    assert deadlines(site, run) == [(True, 0)]


def test_the_approver_reads_it_and_refuses_one_line(controller: Page, site: Site, run: Run) -> None:
    controller.goto(f"{site.url}/required_actions?response_received=false")
    controller.get_by_role("link", name=f"{PERIOD}: approve 2 adjustments of -346.40 in all").first.wait_for()
    keep(controller, "closing_required_actions")
    open_question(controller, site, run)
    crane = line_about(controller, "Adjustments to approve", CRANE)
    gaskets = line_about(controller, "Adjustments to approve", GASKETS)
    assert (crane[4], gaskets[4]) == ("-250.00", "-96.40")
    assert line_about(controller, "Entries of others", GASKETS)[2] == "reverse"
    assert line_about(controller, "Differences", GASKETS)[5] == "96.40"
    keep(controller, "closing_question")
    controller.locator("#element_comment").fill("looked at both")
    controller.locator("#element_refuse").fill(f"{gaskets[0]}={REASON}")
    controller.locator("#element_comment").scroll_into_view_if_needed()
    keep(controller, "closing_answer")
    controller.get_by_test_id("hitl-option-Approve").click()
    controller.get_by_text(re.compile("response successful|Approval Received")).first.wait_for()

    # Nobody starts anything: adjustments and journal go to Sage, are posted and read back; then the month is proven.
    api = site.api("oncall")
    began = time.monotonic()
    while api.run(run).state not in {"failed", "success"}:
        assert time.monotonic() - began < WAIT_SECONDS, api.tasks(run)
        time.sleep(1)
    assert re.search(r"RS-451 month cannot be signed off.*1 foreign_entry of -96\.40", api.failure(run))
    controller.goto(f"{site.url}{run.path.replace('dagRuns', 'runs')}")
    keep(controller, "closing_not_signed")
    # What comes after the task that failed is set by hand: the run has a deadline, and Airflow does it all the same.
    path = f"{run.path}/taskInstances/publish_evidence"
    assert site.api("admin").call("PATCH", path, {"new_state": "success"})["total_entries"] == 1
    assert len(late_notices(site)) == 1


def in_sage(site: Site) -> list[Decimal]:
    """Give what Sage itself holds of our adjustments in the month, from its own tables."""
    with closing(sqlite3.connect(site.state.sandbox / "sage.db")) as connection:
        found = connection.execute(
            "select Amount from JCT_CURRENT__TRANSACTION where Ref_1 like 'J%' and Transaction_Date like ? || '%'",
            (PERIOD,),
        )
        return [Decimal(amount) for (amount,) in found]


def test_what_was_approved_stands_in_sage_and_what_was_refused_does_not(site: Site) -> None:
    assert in_sage(site) == [Decimal("-250.00")]
    with site.warehouse("auditor") as connection:
        decided = connection.execute(
            "select l.kind, l.decision, l.reason, l.proposed_by, l.decided_by, length(d.line_hash) as hashed "
            "from mart.proposal_line as l inner join recon.line_decision as d using (run_no, line) "
            "where l.period = %s and l.kind in ('adjustment', 'entry') and l.decision is not null order by 1, 2",
            (PERIOD,),
        ).fetchall()
    assert [row[1:3] for row in decided] == [("approved", "looked at both"), ("refused", REASON)] * 2, decided
    assert {row[3:] for row in decided} == {("finance", "controller", 64)}
    with site.warehouse() as connection, pytest.raises(psycopg.Error, match="RS-450"):
        connection.execute("update recon.line_decision set reason = 'another'")


def test_settled_the_month_is_signed_and_all_of_it_is_told(
    controller: Page, site: Site, entered: dict[str, str]
) -> None:
    company = site.demo.scenario.company_id
    preparer = site.api("finance")
    second = preparer.trigger(
        DAG, {"company_id": company, "period": PERIOD, "mode": "propose", "accept_entries": [entered[GASKETS]]}
    )
    approval = Approval(site.api("controller"), second)
    preparer.wait(second, seconds=WAIT_SECONDS, during=lambda _: approval.is_stored() and None)
    controller.goto(f"{site.pages}/reconciliation/{company}/{PERIOD}")
    keep(controller, "closing_month")
    assert controller.locator("h1 .state").inner_text() == "signed"
    refused = controller.get_by_role("heading", name="Refused lines").locator("xpath=following::table[1]")
    assert refused.get_by_text(REASON).count() == 2, "the entry and the adjustment that would have reversed it"
    assert refused.get_by_text(GASKETS).count() == 1
    left_out = controller.locator("tr", has_text="−96.40").filter(has=controller.locator(".state"))
    assert "refused by controller" in left_out.last.inner_text()
    assert refused.get_by_role("cell", name="controller", exact=True).count() == 2
    with zipfile.ZipFile(site.state.folder / f"evidence_{company}_{PERIOD}.zip") as pack:
        told = list(csv.DictReader(io.StringIO(pack.read("data/decisions.csv").decode())))
    assert {(row["decision"], row["reason"]) for row in told if row["amount"] in {"-96.40", "96.40"}} == {
        ("refused", REASON),
        ("approved", "tied out"),
    }
    assert {(row["proposed_by"], row["decided_by"]) for row in told} == {("finance", "controller")}
    assert [row["decision"] for row in told if GASKETS in row["subject"]] == ["refused", "approved"]
