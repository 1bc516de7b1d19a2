"""Three companies at once, one of them broken: the others finish, and the broken one catches up once it is repaired."""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ops.companies import default_profile, store_profile
from sage_bridge.errors import Transient
from sage_hooks import ledger, outbox
from sage_hooks import warehouse as hook
from sage_hooks.company_files import exchange_of
from tests.hooks.outbox.place import Place, open_exchange
from tests.sql.recon.books import CODE, JOB, OTHER_CODE, Books

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

COMPANIES = ("AW", "BPI", "CO3")
BROKEN = "BPI"
BARE = {"job": None, "extra": None, "cost_code": None, "category": None}
WORTH = Decimal("300.00")


class CompanyPlace(Place):
    """The Sage side of one company of several on one warehouse and file server."""

    company = ""

    @property
    def root(self) -> Path:
        return self.server.root / self.company

    def sage_row(self, row_id: str, amount: str, **over: object) -> None:
        super().sage_row(row_id, amount, **{"company_id": self.company, **over})


@pytest.fixture(autouse=True)
def _airflow(test_var: Path, sftp_server: SftpPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection all companies share."""
    os.environ.setdefault("AIRFLOW_HOME", str(test_var / "airflow"))
    monkeypatch.setenv("AIRFLOW_CONN_SAGE_FILES", connection_of(sftp_server, sftp_server.port))


@pytest.fixture
def places(warehouse_dsn: str, warehouse: Connection, sftp_server: SftpPlace) -> Iterator[dict[str, CompanyPlace]]:
    """Each company has a PO line without codes and a mapping; 30 of its 100 units at 10.00 are built in."""
    found = {}
    with open_exchange(sftp_server) as exchange:
        for company in COMPANIES:
            found[company] = CompanyPlace(warehouse_dsn, warehouse, exchange, sftp_server)
            found[company].company = company
            store_profile(warehouse, default_profile(company))
            books = Books(warehouse, company)
            books.order("PO1", "100", "10", "2026-01-02")
            warehouse.execute("update core.commitment_item set cost_code = '', category = ''")
            map_steel(warehouse, company, CODE)
            for period in ("2026-02", "2026-03"):
                warehouse.execute("insert into core.fiscal_period values (%s, %s, 'JC', 'Open', 1)", (company, period))
            books.happen("received", "R1", "2026-02-01", "100", "PO1", **BARE)
            books.happen("installed", "I1", "2026-02-10", "30", "PO1", receipt_event_id="R1", **BARE)
            for document in books._documents:
                warehouse.execute(
                    "insert into ledger.event_inbox (company_id, event_id, document) values (%s, %s, %s)",
                    (company, document["event_id"], json.dumps(document)),
                )
        warehouse.commit()
        yield found


def connection_of(server: SftpPlace, port: int) -> str:
    extra = {"key_file": str(server.key_file), "host_key": server.host_key}
    values = {"conn_type": "sage_files", "host": server.host, "port": port, "login": server.user, "extra": extra}
    return json.dumps(values)


def map_steel(connection: Connection, company: str, code: str, start: str = "2026-01-01") -> None:
    row = connection.execute(
        "insert into core.mapping_proposal (company_id, material_class, cost_code, category, effective_from, owner, "
        "proposed_by) values (%s, 'steel', %s, 'M', %s, 'pm', 'ann') returning proposal_no",
        (company, code, start),
    ).fetchone()
    assert row is not None
    connection.execute("select core.decide_mapping(%s, 'approved', '', 'bob')", (row["proposal_no"],))


def run(place: CompanyPlace, together: threading.Barrier) -> str:
    """Do for one company what its tasks of the DAGs do, and what Sage does in between; gives how it ended."""
    together.wait(timeout=60)
    company = place.company
    try:
        with hook.connect(place.dsn) as connection, exchange_of(company) as exchange:
            mine = CompanyPlace(place.dsn, connection, exchange, place.server)
            mine.company = company
            outbox.check_lane(connection, exchange, company, "DC")
            outbox.seal_costs(connection, company)
            outbox.deliver(connection, exchange, company, "DC", ack_wait_seconds=0)
            for name in mine.waiting():
                lines = mine.take(name)
                mine.acknowledge(name)
                mine.report(name)
                outbox.take_answers(connection, exchange, company)
                mine.post(lines)
            outbox.confirm_posted(connection, company)
    except Transient as error:
        return error.code
    return "done"


def run_all(places: dict[str, CompanyPlace]) -> dict[str, str]:
    """Land and value what the companies have, then run them all at the same moment."""
    connection = places["AW"].connection
    ledger.land_inbox(connection)
    ledger.value_events(connection)
    connection.commit()
    together = threading.Barrier(len(places))
    with ThreadPoolExecutor(len(places)) as pool:
        ends = {company: pool.submit(run, place, together) for company, place in places.items()}
        return {company: end.result(timeout=120) for company, end in ends.items()}


def posted(connection: Connection) -> dict[str, Decimal]:
    rows = connection.execute(
        "select company_id, sum(amount) as amount from outbox.cost_posting where state = 'posted' group by company_id"
    ).fetchall()
    connection.commit()
    return {row["company_id"]: row["amount"] for row in rows}


def rules(connection: Connection, company: str) -> set[str]:
    rows = connection.execute("select rule from mart.open_exception where company_id = %s", (company,)).fetchall()
    connection.commit()
    return {row["rule"] for row in rows}


def close_job(places: dict[str, CompanyPlace], _patch: pytest.MonkeyPatch) -> None:
    places[BROKEN].run("update core.job set status = 'Closed' where company_id = %(c)s", c=BROKEN)


def reopen_job(places: dict[str, CompanyPlace], _patch: pytest.MonkeyPatch) -> None:
    places[BROKEN].run("update core.job set status = 'In progress' where company_id = %(c)s", c=BROKEN)


def map_to_another_job(places: dict[str, CompanyPlace], _patch: pytest.MonkeyPatch) -> None:
    """Approve a mapping whose code the company has, but only on another job."""
    connection = places[BROKEN].connection
    key = {"c": BROKEN}
    connection.execute("insert into core.job values (%(c)s, '22-102', '', 'In progress', false, '', 1)", key)
    connection.execute(
        "insert into core.cost_code values (%(c)s, '22-102', '', '09 90 00', '', false, 'In progress', '', '', '', "
        "null, null, null, null, 1)",
        key,
    )
    connection.execute(
        "insert into core.category values (%(c)s, '22-102', '', '09 90 00', 'M', '', 'In progress', 'Material', '', "
        "'', null, null, 1)",
        key,
    )
    map_steel(connection, BROKEN, "09 90 00")
    connection.commit()


def map_rightly(places: dict[str, CompanyPlace], _patch: pytest.MonkeyPatch) -> None:
    map_steel(places[BROKEN].connection, BROKEN, OTHER_CODE)
    places[BROKEN].connection.commit()


def kill_server(places: dict[str, CompanyPlace], patch: pytest.MonkeyPatch) -> None:
    """Give the company a server of its own on which nothing listens."""
    patch.setenv(f"AIRFLOW_CONN_SAGE_FILES_{BROKEN}", connection_of(places[BROKEN].server, 1))


def revive_server(_places: dict[str, CompanyPlace], patch: pytest.MonkeyPatch) -> None:
    patch.delenv(f"AIRFLOW_CONN_SAGE_FILES_{BROKEN}")


@pytest.mark.parametrize(
    ("breaks", "cures", "end", "rule"),
    [
        (close_job, reopen_job, "done", "job_not_in_progress"),
        (map_to_another_job, map_rightly, "done", "cost_code_unknown"),
        (kill_server, revive_server, "RS-901", None),
    ],
)
def test_one_broken_company_stops_nobody_else(
    places: dict[str, CompanyPlace],
    monkeypatch: pytest.MonkeyPatch,
    breaks: Any,
    cures: Any,
    end: str,
    rule: str | None,
) -> None:
    connection = places["AW"].connection
    breaks(places, monkeypatch)
    assert run_all(places) == {"AW": "done", BROKEN: end, "CO3": "done"}
    assert posted(connection) == {"AW": WORTH, "CO3": WORTH}
    assert rules(connection, BROKEN) == ({rule} if rule else set())
    assert rules(connection, "AW") == rules(connection, "CO3") == set()
    cures(places, monkeypatch)
    assert run_all(places) == dict.fromkeys(COMPANIES, "done")
    assert posted(connection) == dict.fromkeys(COMPANIES, WORTH)
    assert rules(connection, BROKEN) == set()
    files = sorted(path.name for path in places["AW"].server.root.glob("*/processed/*.txt"))
    assert files == [f"DC_{company}_PROD_00000001_v1.txt" for company in COMPANIES]


def test_a_stopped_lane_is_one_companys_alone(places: dict[str, CompanyPlace]) -> None:
    ledger.land_inbox(places["AW"].connection)
    ledger.value_events(places["AW"].connection)
    place = places[BROKEN]
    place.connection.commit()
    outbox.seal_costs(place.connection, BROKEN)
    outbox.deliver(place.connection, place.exchange, BROKEN, "DC", ack_wait_seconds=0)
    (name,) = place.waiting()
    place.take(name)
    place.acknowledge(name, sha256="0" * 64)
    with pytest.raises(Exception, match="RS-5"):
        outbox.take_answers(place.connection, place.exchange, BROKEN)
    place.connection.rollback()
    together = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(run, places[company], together) for company in ("AW", "CO3")]
        assert [one.result(timeout=120) for one in ends] == ["done", "done"]
    assert posted(place.connection) == {"AW": WORTH, "CO3": WORTH}


def test_no_reference_of_two_companies_meets_the_other(places: dict[str, CompanyPlace]) -> None:
    run_all(places)
    rows = places["AW"].connection.execute("select company_id, job, ref_1 from core.job_cost_transaction").fetchall()
    assert {row["company_id"] for row in rows} == set(COMPANIES)
    assert {row["job"] for row in rows} == {JOB}
    with psycopg.connect(places["AW"].dsn) as other:
        (mixed,) = other.execute(
            "select count(*) from outbox.batch_line as l inner join outbox.batch as b using (batch_id) "
            "inner join outbox.cost_posting as p using (posting_id) where p.company_id <> b.company_id"
        ).fetchone() or (None,)
    assert mixed == 0
