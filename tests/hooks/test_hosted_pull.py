"""Hosted Sage's documents land as the agent's files do: the same mirror, row for row, whatever happens on the way."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from ops.paths import REPOSITORY
from sage_bridge.errors import BadConfig
from sage_bridge.feeds import FEEDS
from sage_hooks import inbound
from sage_hooks.exchange import Exchange
from sage_hooks.hosted_pull import take_hosted
from sage_hooks.inbound import ORDER, require_landed, take_transfers
from sage_hooks.warehouse import fetch_file, run_file
from tests.hooks.hosted_place import Hosted, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

SCENARIO = REPOSITORY / "include" / "scenario"
MIRROR = (
    "job", "cost_code", "category", "standard_cost_code", "standard_category", "vendor", "item", "commitment",
    "commitment_item", "change_order", "change_order_item", "job_cost_transaction", "fiscal_period",
)  # fmt: skip
ARRIVAL = ["transfer_id", "row_id", "first_seen_at", "changed_at", "landed_at", "seen_at", "updated_at", "created_at"]
FLOWS = tuple(flow for flow in ORDER if flow not in {"EVENT", "GLT"})


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    with served(tmp_path / "hosted", SCENARIO, "AW") as place:
        yield place


def _take(connection: Connection, hosted: Hosted, flows: tuple[str, ...] = FLOWS, **link: Any) -> dict[str, int]:
    with hosted.api(**link) as api:
        outcomes = take_hosted(connection, api, "AW", flows)
    require_landed(outcomes)
    return {one.flow: one.rows_landed for one in outcomes}


def _mirror(connection: Connection) -> dict[str, list[str]]:
    """Everything of the mirror but what says how and when it came."""
    found = {}
    for table in MIRROR:
        rows = connection.execute(f"select (to_jsonb(t) - %s::text[])::text as row from core.{table} as t", (ARRIVAL,))  # type: ignore[arg-type]  # noqa: S608 - names of this module
        found[table] = sorted(row["row"] for row in rows.fetchall())
    return found


def test_the_mirror_is_the_one_of_the_files(
    warehouse: Connection, company: str, hosted: Hosted, sender: Any, tmp_path: Path
) -> None:
    landed = _take(warehouse, hosted)
    assert landed["JOB"] == 3
    from_api = _mirror(warehouse)
    assert len(from_api["job_cost_transaction"]) > 40
    # The same rows as the sandbox exports them, as files: nothing differs, so nothing changes.
    hosted.do("export", "--out", str(tmp_path / "tables"))
    for flow in FLOWS:
        with (tmp_path / "tables" / f"{FEEDS[flow].table}.csv").open(encoding="utf-8", newline="") as file:
            rows = [{name: row[name] for name in FEEDS[flow].names} for row in csv.DictReader(file)]
        last = fetch_file(
            warehouse, "landing/select_last_hosted_feed", {"company_id": company, "flow": flow, "environment": "PROD"}
        )
        sender.last[flow] = (last[0]["seq"], last[0]["sha256"]) if last else (0, "")
        for row in rows:
            if "Row_ID" in row:
                row["Row_ID"] = row["Row_ID"].lower()
        sender.put(flow, rows, encoding="utf-8")
    place = sender.server
    key = {"key_file": str(place.key_file), "host_key": place.host_key}
    with Exchange(place.host, place.port, place.user, **key) as exchange:
        outcomes = take_transfers(warehouse, exchange, company, FLOWS, "PROD")
    require_landed(outcomes)
    assert {one.flow: one.rows_changed for one in outcomes if one.rows_changed} == {}
    assert _mirror(warehouse) == from_api


@pytest.mark.usefixtures("company")
def test_only_what_differs_makes_a_new_feed(warehouse: Connection, hosted: Hosted) -> None:
    _take(warehouse, hosted)
    assert _take(warehouse, hosted) == {}
    hosted.do("set-status", "--job", _a_job(warehouse), "--status", "Closed")
    assert list(_take(warehouse, hosted)) == ["JOB"]


@pytest.mark.usefixtures("company")
def test_a_row_deleted_in_sage_is_gone_in_the_mirror(warehouse: Connection, hosted: Hosted) -> None:
    _take(warehouse, hosted)
    row = warehouse.execute("select min(row_id) as row_id from core.job_cost_transaction").fetchone()
    assert row is not None
    hosted.do("delete-transaction", "--row-id", row["row_id"].upper())
    _take(warehouse, hosted)
    gone = warehouse.execute("select row_id from core.job_cost_transaction where gone_at is not null").fetchall()
    assert gone == [row]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize("kind", ["too-many", "error-before", "error-after", "broken-after", "expired", "drift"])
def test_a_fault_while_reading_costs_time_and_nothing_else(warehouse: Connection, hosted: Hosted, kind: str) -> None:
    hosted.fault(kind=kind, method="GET", path="jobs/categories", skip=1, seconds=0)
    _take(warehouse, hosted, ("JOB", "COSTCODE", "CATEGORY"))
    assert hosted.faults_left() == 0
    held = warehouse.execute("select count(*) as n from core.category").fetchone()
    assert held == {"n": 11}


@pytest.mark.usefixtures("company")
def test_a_wrong_secret_is_one_sentence(warehouse: Connection, hosted: Hosted) -> None:
    with pytest.raises(BadConfig, match=r"RS-191 .* API key or secret is wrong"):
        _take(warehouse, hosted, api_secret="guess")


@pytest.mark.usefixtures("company")
def test_a_feed_that_was_sealed_by_a_worker_that_died_lands_by_the_next(
    warehouse: Connection, hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(inbound, "take_transfers", _die)
        with pytest.raises(KeyboardInterrupt):
            _take(warehouse, hosted)
    sealed = warehouse.execute("select count(*) as n from landing.hosted_feed").fetchone()
    assert sealed is not None
    assert sealed["n"] > 10
    assert _take(warehouse, hosted)["JOB"] == 3
    # What has landed is kept with the raw files.
    assert warehouse.execute("select count(*) as n from landing.hosted_feed").fetchone() == {"n": 0}


def test_an_older_version_never_replaces_a_newer_one(warehouse: Connection, company: str) -> None:
    one = {"company_id": company, "resource": "jobs", "parent_id": "", "ids": ["a"]}
    run_file(warehouse, "landing/merge_hosted_documents", {**one, "versions": [5], "bodies": ['{"Code": "new"}']})
    run_file(warehouse, "landing/merge_hosted_documents", {**one, "versions": [4], "bodies": ['{"Code": "old"}']})
    rows = fetch_file(warehouse, "landing/select_hosted_documents", {"company_id": company, "resources": ["jobs"]})
    assert [row["body"]["Code"] for row in rows] == ["new"]


def _a_job(connection: Connection) -> str:
    row = connection.execute("select min(job) as job from core.job where status = 'In progress'").fetchone()
    assert row is not None
    return str(row["job"])


def _die(*_: object) -> None:
    raise KeyboardInterrupt
