"""`python -m tests.sandbox.foreign_client FOLDER`: a client of the hosted service, not written here, on the sandbox.

FOLDER holds the package `sage_desktop_sdk` of the public repository fylein/fyle-sage-desktop-api, with which its owners
talk to the real service; docs/hosted.md says how to get it and what came of it. Nothing of it is kept here. Only its
address is set: it knows nothing but https.
"""

from __future__ import annotations

import importlib
import itertools
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ops.paths import REPOSITORY
from tests.sandbox.company_files import Sage, tables, write
from tests.sandbox.test_api import SECRETS

CLOSED = 2


def main(folder: str) -> int:
    """Start a sandbox, let the client do all it can do there, print each step; ends with an error where it cannot."""
    sys.path.insert(0, folder)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        sage = Sage(place / "sage")
        sage.do("create", "--company", "AW", "--scenario", write(place / "aw_small", tables()))
        secrets, ready = place / "secrets.json", place / "port"
        secrets.write_text(json.dumps(SECRETS), encoding="utf-8")
        words = [
            "--data",
            str(sage.data),
            "serve",
            "--secrets",
            str(secrets),
            "--ready",
            str(ready),
            "--page-size",
            "3",
        ]
        server = subprocess.Popen([sys.executable, "-m", "sandbox", *words], cwd=REPOSITORY)
        try:
            until = time.monotonic() + 30
            while not ready.exists() and server.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            talk(int(ready.read_text(encoding="ascii")), sage)
        finally:
            server.terminate()
            server.wait(20)
    return 0


def talk(port: int, sage: Sage) -> None:
    """Do what an integration does: log in, read what there is, write a cost, follow it to its end."""
    client = importlib.import_module("sage_desktop_sdk.core.client").Client
    sdk = importlib.import_module("sage_desktop_sdk.sage_desktop_sdk").SageDesktopSDK
    exceptions = importlib.import_module("sage_desktop_sdk.exceptions")
    client.set_api_url = lambda self, identifier: setattr(self, "_Client__api_url", f"http://{identifier}")
    address = f"127.0.0.1:{port}"
    try:
        sdk("key", "guess", "bridge", "word", address)
    except exceptions.SageDesktopSDKError as error:
        found("refused a wrong secret", error)
    api = sdk("key", "secret", "bridge", "word", address)
    found("logged in", address)
    jobs = all_of(api.jobs.get_all_jobs())
    found("jobs, page by page", [job["Code"] for job in jobs], ["24-101", "24-102", "24-900"])
    newest = max(job["Version"] for job in jobs)
    sage.do("set-status", "--job", "24-102", "--status", "Closed")
    changed = all_of(api.jobs.get_all_jobs(version=newest))
    found("jobs since a version", [(job["Code"], job["Status"]) for job in changed], [("24-102", 2)])
    found("standard cost codes", len(all_of(api.jobs.get_standard_costcodes())))
    categories = all_of(api.categories.get_all_categories())
    found("categories of jobs", len({one["Id"] for one in categories}), 6)
    found("cost codes of jobs", len(all_of(api.cost_codes.get_all_costcodes())))
    found("vendors", len(all_of(api.vendors.get_all())))
    commitments = all_of(api.commitments.get_all())
    items = list(api.commitments.get_commitment_items(commitments[0]["Id"]))
    found(
        "commitments and items of one", (len(commitments), len(items), items[0].commitment_id == commitments[0]["Id"])
    )
    category = next(one for one in categories if one["Code"] == "M")
    cost = {
        "JobId": category["JobId"], "CostCodeId": category["CostCodeId"], "CategoryId": category["Id"],
        "AccountingDate": "2024-05-31", "TransactionDate": "2024-05-30", "Amount": 12.34, "Code": "X1",
        "Description": "Installed", "TransactionType": 1,
    }  # fmt: skip
    identity = api.direct_costs.post_direct_cost(cost)
    status = api.operation_status.get(api.direct_costs.export_direct_cost(identity))
    found("a cost written in two steps", bool(status["CompletedOn"]), True)
    found("its failures", api.event_failures.get(identity), [])
    depot = next(job["Id"] for job in jobs if job["Status"] == CLOSED)
    closed = next(one for one in categories if one["JobId"] == depot)
    cost |= {"JobId": depot, "CostCodeId": closed["CostCodeId"], "CategoryId": closed["Id"]}
    identity = api.direct_costs.post_direct_cost(cost)
    api.operation_status.get(api.direct_costs.export_direct_cost(identity))
    why = [one["ErrorMessage"] for one in api.event_failures.get(identity)]
    found("why a closed job takes no cost", why, ["job 24-900 is not In progress (Closed)"])


def all_of(pages: Any) -> list[dict[str, Any]]:
    """Flatten what the client yields: generators of generators of pages."""
    return list(itertools.chain.from_iterable(itertools.chain.from_iterable(pages)))


def found(what: str, value: object, expected: object = None) -> None:
    """Print a step; one that differs ends the run."""
    if expected is not None and value != expected:
        sys.exit(f"{what}: found {value!r}, expected {expected!r}")
    sys.stdout.write(f"{what}: {value}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
