"""The hosted service over real HTTP: sessions, pages, versions, two-step writes, and faults that can be switched on."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ops.paths import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandbox.company_files import Sage

pytestmark = pytest.mark.slow

SECRETS = {"api_key": "key", "api_secret": "secret", "username": "bridge", "password": "word"}
JOBS, TRANSACTIONS = "/JobCosting/Api/V1/JobCost.svc", "/JobCosting/Api/V1/JobTransaction.svc"
COMMITMENTS = "/JobCosting/Api/V1/Commitment.svc/commitments"
DIRECT_COSTS, SYNCHRONIZE = f"{TRANSACTIONS}/transactions/direct-costs", f"{TRANSACTIONS}/job/transaction/synchronize"


class Caller:
    """A caller of the service who knows nothing of ours."""

    def __init__(self, port: int) -> None:
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5, trust_env=False)

    def log_in(self, **changes: str) -> int:
        words = {"ApiKey": "key", "ApiSecret": "secret", "Username": "bridge", "Password": "word"} | changes
        answer = self.http.post("/Api/Security/V3/Session.svc/authenticate", json=words)
        return int(answer.json()["Result"])

    def pages(self, path: str, version: int = 0) -> list[list[dict[str, Any]]]:
        found: list[list[dict[str, Any]]] = []
        while True:
            answer = self.http.get(path, params={"page": len(found), "version": version})
            page = json.loads(answer.raise_for_status().text, parse_float=Decimal)
            if not page:
                return found
            found.append(page)

    def all(self, path: str, version: int = 0) -> list[dict[str, Any]]:
        return [document for page in self.pages(path, version) for document in page]

    def whole(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.http.get(path).raise_for_status().text, parse_float=Decimal)
        return found

    def fault(self, **fault: object) -> None:
        self.http.post("/sandbox/faults", json=fault).raise_for_status()

    def cost(self, **changes: object) -> dict[str, object]:
        category = next(one for one in self.all(f"{JOBS}/jobs/categories") if one["Code"] == "M")
        body: dict[str, object] = {
            "JobId": category["JobId"], "CostCodeId": category["CostCodeId"], "CategoryId": category["Id"],
            "AccountingDate": "2024-05-31", "TransactionDate": "2024-05-30", "Amount": 12.34, "Code": "X1",
            "Description": "Installed", "TransactionType": 1, "Reference1": "X1", "Tag": "B1",
        }  # fmt: skip
        return body | changes

    def write(self, **changes: object) -> tuple[str, dict[str, Any]]:
        identity = self.http.post(DIRECT_COSTS, json=self.cost(**changes)).raise_for_status().json()
        operation = self.http.post(SYNCHRONIZE, params={"id": identity}).raise_for_status().json()
        status = self.http.post(f"/Synchronization/RequestService.svc/status/{operation}").raise_for_status().json()
        return identity, status

    def failures(self, identity: str) -> list[dict[str, Any]]:
        path = "/Synchronization/EventService.svc/events/failures"
        found: list[dict[str, Any]] = self.http.get(path, params={"entity": identity}).raise_for_status().json()
        return found


@pytest.fixture
def caller(sage: Sage, tmp_path: Path) -> Iterator[Caller]:
    secrets, ready = tmp_path / "secrets.json", tmp_path / "port"
    secrets.write_text(json.dumps(SECRETS), encoding="utf-8")
    words = ["--data", str(sage.data), "serve", "--secrets", str(secrets), "--ready", str(ready), "--page-size", "3"]
    server = subprocess.Popen([sys.executable, "-m", "sandbox", *words], cwd=REPOSITORY)
    try:
        until = time.monotonic() + 30
        while not ready.exists() and server.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        found = Caller(int(ready.read_text(encoding="ascii")))
        with found.http:
            yield found
    finally:
        server.terminate()
        server.wait(20)


def test_only_who_knows_the_secrets_gets_a_session(caller: Caller) -> None:
    assert caller.http.get(f"{JOBS}/jobs").status_code == 401
    assert caller.log_in(ApiSecret="guess") == 2
    assert caller.log_in(Password="guess") == 1
    assert caller.http.get(f"{JOBS}/jobs").status_code == 401
    assert caller.log_in() == 5
    assert [job["Code"] for job in caller.all(f"{JOBS}/jobs")] == ["24-101", "24-102", "24-900"]


def test_pages_end_at_the_empty_one_and_hold_every_record_once(caller: Caller) -> None:
    caller.log_in()
    pages = caller.pages(f"{JOBS}/jobs/categories")
    assert [len(page) for page in pages] == [3, 3]
    assert len({document["Id"] for page in pages for document in page}) == 6
    assert caller.whole(COMMITMENTS)[0]["AmountApproved"] == Decimal("568.65")


def test_a_version_gives_what_changed_since_and_what_is_gone(caller: Caller, sage: Sage) -> None:
    caller.log_in()
    before = caller.all(f"{JOBS}/jobs")
    newest = max(job["Version"] for job in before)
    assert caller.all(f"{JOBS}/jobs", newest) == []
    sage.do("set-status", "--job", "24-102", "--status", "Closed")
    changed = caller.all(f"{JOBS}/jobs", newest)
    assert [(job["Code"], job["Status"]) for job in changed] == [("24-102", 2)]
    rows = caller.all(f"{TRANSACTIONS}/transactions")
    sage.do("delete-transaction", "--row-id", rows[0]["Id"].upper())
    gone = caller.all(f"{TRANSACTIONS}/transactions", max(row["Version"] for row in rows))
    assert [(row["Id"], row["IsArchived"]) for row in gone if row["IsArchived"]] == [(rows[0]["Id"], True)]


def test_items_are_asked_for_by_commitment(caller: Caller) -> None:
    caller.log_in()
    commitment = caller.whole(COMMITMENTS)[0]
    items = caller.http.get(f"{COMMITMENTS}/items", params={"commitment": commitment["Id"]}).json()
    assert {item["CommitmentId"] for item in items} == {commitment["Id"]}
    assert caller.http.get(f"{COMMITMENTS}/items").status_code == 400
    assert caller.http.get(f"{COMMITMENTS}/items", params={"commitment": "no"}).status_code == 404


def test_a_cost_is_written_in_two_steps_and_waits_for_posting(caller: Caller, sage: Sage) -> None:
    caller.log_in()
    identity, status = caller.write()
    assert status["CompletedOn"]
    assert caller.failures(identity) == []
    rows = [row for row in caller.all(f"{TRANSACTIONS}/transactions") if row["Reference1"] == "X1"]
    assert [(row["File"], row["Amount"], row["Batch"]) for row in rows] == [("New", Decimal("12.34"), "B1")]
    sage.do("post-entries")
    rows = [row for row in caller.all(f"{TRANSACTIONS}/transactions") if row["Reference1"] == "X1"]
    assert [row["File"] for row in rows] == ["Current"]


def test_the_same_cost_sent_twice_is_entered_twice(caller: Caller) -> None:
    caller.log_in()
    caller.write()
    caller.write()
    assert [row["Reference1"] for row in caller.all(f"{TRANSACTIONS}/transactions")].count("X1") == 2


def test_what_sage_refuses_completes_with_a_failure(caller: Caller) -> None:
    caller.log_in()
    closed = next(job for job in caller.all(f"{JOBS}/jobs") if job["Code"] == "24-900")
    category = next(one for one in caller.all(f"{JOBS}/jobs/categories") if one["JobId"] == closed["Id"])
    codes = {"JobId": closed["Id"], "CostCodeId": category["CostCodeId"], "CategoryId": category["Id"]}
    identity, status = caller.write(**codes)
    assert status["CompletedOn"]
    assert [one["ErrorMessage"] for one in caller.failures(identity)] == ["job 24-900 is not In progress (Closed)"]


def test_a_malformed_cost_is_refused_at_once(caller: Caller) -> None:
    caller.log_in()
    for changes in ({"JobId": ""}, {"Amount": "12"}, {"Description": "x" * 31}, {"TransactionType": 2}):
        assert caller.http.post(DIRECT_COSTS, json=caller.cost(**changes)).status_code == 400
    assert caller.http.post(SYNCHRONIZE, params={"id": "no"}).status_code == 404


@pytest.mark.parametrize(
    ("kind", "status", "is_done"),
    [("too-many", 429, False), ("error-before", 500, False), ("error-after", 500, True), ("broken-after", 200, True)],
)
def test_a_fault_before_the_work_leaves_nothing_and_one_after_it_leaves_all(
    caller: Caller, kind: str, status: int, is_done: bool
) -> None:
    caller.log_in()
    body = caller.cost()
    caller.fault(kind=kind, path="direct-costs")
    assert caller.http.post(DIRECT_COSTS, json=body).status_code == status
    assert len(caller.all(DIRECT_COSTS)) == int(is_done)
    assert caller.http.get("/sandbox/faults").json() == {"left": 0}


def test_a_late_answer_comes_after_the_work(caller: Caller) -> None:
    caller.log_in()
    body = caller.cost()
    caller.fault(kind="timeout-after", path="direct-costs", seconds=2)
    with pytest.raises(httpx.ReadTimeout):
        caller.http.post(DIRECT_COSTS, json=body, timeout=0.3)
    assert len(caller.all(DIRECT_COSTS)) == 1


def test_a_session_can_end_early(caller: Caller) -> None:
    caller.log_in()
    caller.fault(kind="expired", method="GET")
    assert caller.http.get(f"{JOBS}/jobs").status_code == 401
    caller.log_in()
    assert caller.http.get(f"{JOBS}/jobs").status_code == 200


def test_pages_drift_when_a_record_changes_between_them(caller: Caller) -> None:
    caller.log_in()
    caller.fault(kind="drift", method="GET")
    shown = {document["Id"] for document in caller.all(f"{JOBS}/jobs/categories")}
    assert len(shown) == 5
    assert len({document["Id"] for document in caller.all(f"{JOBS}/jobs/categories")}) == 6


def test_a_poorer_link_lacks_what_it_is_told_to(caller: Caller) -> None:
    caller.log_in()
    path = f"{COMMITMENTS}/changeorders"
    assert caller.http.get(path).status_code == 200
    assert caller.http.put("/sandbox/lacks", json=["change_orders", "sent"]).json() == ["change_orders", "sent"]
    assert caller.http.get(path).status_code == 404
    assert caller.http.get(f"{path}/items").status_code == 404
    assert caller.http.get(DIRECT_COSTS).status_code == 404
    assert caller.http.get(f"{TRANSACTIONS}/transactions").status_code == 200
    # Only reading is taken away.
    caller.write()
    assert caller.http.put("/sandbox/lacks", json=["everything"]).status_code == 400
