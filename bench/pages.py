"""`python -m bench.pages <state>` asks the pages inside Airflow of a demo that has ended how long their answers take.

A state is a folder such as `var/demo/bpi_open`. Its Postgres is started, the pages are asked in this process, without
network and login, and each answer is timed beside the least one there is: a style sheet.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from ops.postgres import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROUNDS = 5
LEAST = "/static/pages.css"
# Records by which pages are asked: the greatest, and some of all, always the same ones.
KEYS = {
    "commitments": "(select commitment from core.commitment_item group by 1 order by count(*) desc limit 3) union "
    "(select commitment from core.commitment order by md5(commitment) limit 12)",
    "events": "select event_id from ledger.material_event order by md5(event_id) limit 15",
    "postings": "select posting_reference from outbox.cost_posting order by md5(posting_reference) limit 15",
    "periods": "select distinct period from recon.run where scope = 'period' order by period",
    "words": "select description from core.item order by md5(standard_item) limit 3",
}


def main() -> int:
    """Time the pages of a state; exit code 0 when every page answered."""
    parser = argparse.ArgumentParser(prog="bench.pages", description=__doc__)
    parser.add_argument("state", type=Path, help="folder of a demo that has ended")
    state = parser.parse_args().state.resolve()
    server = Server(state / "postgres")
    place = psycopg.conninfo.conninfo_to_dict(str(server.start()))
    try:
        with tempfile.TemporaryDirectory() as home, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _point_at(place, home)
            return _ask(dict(_addresses(place)))
    finally:
        server.stop()


def _point_at(place: Mapping[str, Any], home: str) -> None:
    entry = {"host": place["host"], "port": int(place["port"]), "login": place["user"], "password": place["password"]}
    os.environ |= {
        "AIRFLOW_HOME": home,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW_CONN_WAREHOUSE": json.dumps({"conn_type": "postgres", "schema": "warehouse", **entry}),
    }


def _addresses(place: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Give the addresses to ask by page."""
    with psycopg.connect(**{**place, "dbname": "warehouse"}) as connection:
        keys = {name: [row[0] for row in connection.execute(query.encode())] for name, query in KEYS.items()}
        (company,) = connection.execute("select company_id from core.company order by company_id").fetchone() or ("",)
    yield "flows", ["/flows"]
    yield "transfers", ["/transfers", "/transfers?flow=DC", "/transfers?page=2"]
    yield "commitments", ["/commitments", "/commitments?page=50", *[f"/commitments?q={word}" for word in keys["words"]]]
    yield "commitment", [f"/commitments/{company}/{key}" for key in keys["commitments"]]
    yield "event", [f"/events/{company}/{key}" for key in keys["events"]]
    yield "posting", [f"/postings/{company}/{key}" for key in keys["postings"]]
    yield "reconciliation", ["/reconciliation", *[f"/reconciliation/{company}/{period}" for period in keys["periods"]]]
    yield "exceptions", ["/exceptions", "/exceptions?page=2"]
    yield "mappings", ["/mappings"]
    yield "set-up", ["/setup"]


def _ask(addresses: Mapping[str, list[str]]) -> int:
    # After the environment is set: Airflow reads it when it is imported.
    importlib.import_module("airflow.api_fastapi.app").create_auth_manager()
    app = importlib.import_module("sage_pages.app").app
    app.dependency_overrides[importlib.import_module("sage_pages.guard").signed_in] = lambda: None
    failed = []
    times: dict[str, list[float]] = {}
    with importlib.import_module("fastapi.testclient").TestClient(app) as client:
        for name, pages in {"style sheet": [LEAST], **addresses}.items():
            for address in pages * (ROUNDS + 1):
                begun = time.perf_counter()
                answer = client.get(address)
                times.setdefault(name, []).append((time.perf_counter() - begun) * 1000)
                failed += [f"{address}: {answer.status_code}"] * (not answer.is_success)
            # The first time round fills caches.
            del times[name][: len(pages)]
    every = sorted(one for name, found in times.items() if name != "style sheet" for one in found)
    print("| page | answers | median ms | 95 % within ms | longest ms |\n|---|---|---|---|---|")
    for name, found in {**times, "all pages": every}.items():
        within = sorted(found)[int(len(found) * 0.95)]
        print(f"| {name} | {len(found)} | {statistics.median(found):.0f} | {within:.0f} | {max(found):.0f} |")
    print("\n".join(failed), end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
