"""Services kept running: events are confirmed to Sage by themselves, and everything stops again."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from sage_bridge.transfers import READ_FOLDERS, WRITTEN_FOLDERS

if TYPE_CHECKING:
    from tests.pages.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.stack, pytest.mark.timeout(600)]  # on what tests/pages/test_browser.py used

# Generous: the machine may be busy with other things; the figure itself is in mart.receiving_confirmation.
CONFIRMED_SECONDS = 120
EVENT = "up-00000001"
RECEIVABLE = """
select commitment, item_number, unit from mart.commitment_position
where units_to_receive >= 1 order by 1, 2 limit 1
"""


# The tests of this module are one story and run in this order.


def test_up_tells_where_and_how_to_enter(site: Site) -> None:
    assert site.url in site.told
    for user in ("finance", "controller", "oncall", "analyst", "auditor", "admin"):
        assert f" {user} " in site.told


def test_up_makes_every_folder_that_go_live_asks_for(site: Site) -> None:
    place = site.state.sftp_root / site.demo.scenario.company_id
    assert {folder.name for folder in place.iterdir()} >= {*READ_FOLDERS, *WRITTEN_FOLDERS}


def test_up_again_changes_nothing_and_a_demo_is_refused(site: Site) -> None:
    folder = str(site.demo.scenario.folder)
    assert "run already" in site.run("ops.up", folder).stdout
    refused = site.run("ops.demo", folder)
    assert refused.returncode == 1
    assert "RS-187" in refused.stderr
    assert "make down" in refused.stderr


def test_an_event_is_confirmed_to_sage_without_anybody_starting_anything(site: Site) -> None:
    company = site.demo.scenario.company_id
    processed = site.state.sftp_root / company / "processed"
    before = set(processed.glob("RCV_*.csv"))
    with site.warehouse() as connection:
        commitment, item_number, unit = connection.execute(RECEIVABLE).fetchone() or ()
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    document = {
        "event_id": EVENT, "event_type": "received", "occurred_at": now, "recorded_at": now, "commitment": commitment,
        "item_number": str(item_number), "quantity": "1", "unit": unit,
    }  # fmt: skip
    with site.warehouse("runblu_inbox") as connection:
        connection.execute(
            "insert into ledger.event_inbox (company_id, event_id, document) values (%s, %s, %s)",
            (company, EVENT, json.dumps(document)),
        )
    began = time.monotonic()
    while not (new := set(processed.glob("RCV_*.csv")) - before):
        assert time.monotonic() - began < CONFIRMED_SECONDS, sorted(processed.parent.rglob("*"))[-20:]
        time.sleep(0.2)
    assert len(new) == 1
    assert commitment in new.pop().read_text(encoding="cp1252")
    with site.warehouse("analyst") as connection:
        states = connection.execute("select distinct state from mart.receiving_confirmation").fetchall()
    assert states
    assert ("unknown",) not in states


def test_down_leaves_nothing_running(site: Site) -> None:
    assert len(list(site.state.runs.glob("*.pid"))) == 6
    done = site.run("ops.down")
    assert done.returncode == 0
    assert "airflow, agent, sftp, postgres" in done.stdout
    assert list(site.state.runs.glob("*.pid")) == []
    assert not (site.state.folder / "postgres" / "data" / "postmaster.pid").exists()
    assert site.run("ops.down").returncode == 0
