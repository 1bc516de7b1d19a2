"""The DAGs that mirror Sage: wiring, parameters, and their tasks run on a real warehouse and file server."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sage_bridge.errors import BadConfig, NotApproved, RefusedTransfer
from tests.hooks.inbound_sender import JOB, Sender

if TYPE_CHECKING:
    from pathlib import Path

    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace

pytestmark = pytest.mark.airflow

FLOWS = {
    "sage_to_core__jobs": ("core.job", ("JOB", "EXTRA", "COSTCODE", "CATEGORY", "STDCODE", "STDCAT")),
    "sage_to_core__vendors_and_items": ("core.vendor", ("VENDOR", "ITEM")),
    "sage_to_core__commitments": ("core.commitment", ("COMMIT", "COMITEM", "COMCO", "COMCOITM")),
    "sage_to_core__job_cost": ("core.job_cost_transaction", ("PERIOD", "JCH", "JCT", "JCN")),
    "sage_to_core__ledger": ("core.ledger_transaction", ("GLT",)),
}


@pytest.fixture(scope="module", autouse=True)
def _airflow_home(test_var: Path) -> None:
    """Airflow writes into a folder of this test run, if nothing has imported it before."""
    os.environ.setdefault("AIRFLOW_HOME", str(test_var / "airflow"))


@pytest.fixture
def sender(warehouse: Connection, sftp_server: SftpPlace, company: str, monkeypatch: pytest.MonkeyPatch) -> Sender:
    """The other side, with the two connections of Airflow that the tasks open."""
    info = psycopg.conninfo.conninfo_to_dict(warehouse.info.dsn)
    database = {
        "conn_type": "postgres",
        "host": info["host"],
        "port": int(str(info["port"])),
        "login": info["user"],
        "password": warehouse.info.password,
        "schema": info["dbname"],
    }
    server = {
        "conn_type": "sftp",
        "host": sftp_server.host,
        "port": sftp_server.port,
        "login": sftp_server.user,
        "extra": {"key_file": str(sftp_server.key_file), "host_key": sftp_server.host_key},
    }
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(database))
    monkeypatch.setenv("AIRFLOW_CONN_SAGE_FILES", json.dumps(server))
    return Sender(warehouse, sftp_server, company)


def module(name: str) -> Any:
    return importlib.import_module(name)


def dag(name: str) -> Any:
    return getattr(module(name), name)()


@pytest.mark.parametrize("name", FLOWS)
def test_the_house_rules_hold(name: str) -> None:
    found = dag(name)
    asset, flows = FLOWS[name]
    assert found.dag_id == name
    assert all(word in found.doc_md for word in ("Moves:", "Grain:", "Fails:", "Rerun:", "Never:"))
    assert (found.catchup, found.max_active_runs) == (False, 1)
    assert "from-sage" in found.tags
    assert flows == module(name).FLOWS
    assert [one.name for one in found.get_task("extract_transfers").partial_kwargs["outlets"]] == [asset]
    assert found.get_task("extract_transfers").upstream_task_ids == {"list_companies"}
    assert found.get_task("check_transfers").upstream_task_ids == {"extract_transfers"}


def test_every_inbound_flow_has_one_dag() -> None:
    from sage_hooks.inbound import ORDER

    taken = [flow for _, flows in FLOWS.values() for flow in flows]
    assert sorted([*taken, "EVENT"]) == sorted(ORDER)


def test_postings_are_confirmed_after_their_transactions_landed() -> None:
    assert dag("sage_to_core__job_cost").get_task("confirm_postings").upstream_task_ids == {
        "extract_transfers",
        "list_companies",
    }


@pytest.mark.parametrize(
    ("name", "value"), [("company_id", "aw; drop table"), ("approve_file", "x" * 81), ("comment", "x" * 501)]
)
def test_a_wrong_parameter_is_refused_before_anything_runs(name: str, value: object) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    with pytest.raises(ParamValidationError):
        dag("sage_to_core__jobs").params.get_param(name).resolve(value)


def test_files_are_parsed_without_anything_heavy() -> None:
    """Every task parses its file again: beyond Airflow's own imports that may cost half a second at most."""
    code = (
        "import airflow.sdk, pendulum, time, sys; import dag_defaults; t = time.process_time(); "
        f"import {', '.join(FLOWS)}; spent = time.process_time() - t; "
        "heavy = {'great_expectations', 'pandas', 'asyncssh', 'psycopg'} & set(sys.modules); "
        f"assert not heavy, heavy; assert spent < 0.5 * {len(FLOWS)}, spent"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": "dags:plugins"})


class TestTasks:
    """The functions of the tasks, as Airflow calls them."""

    NAME = "sage_to_core__jobs"

    @pytest.fixture(autouse=True)
    def context(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        """What a task finds as its context."""
        run = SimpleNamespace(triggering_user_name="ann", dag_id=self.NAME, run_id="manual", run_type="manual")
        asset = module(self.NAME).JOBS
        self.event = SimpleNamespace(extra={})
        context = {
            "params": {"company_id": None, "approve_file": None, "comment": ""},
            "dag_run": run,
            "outlet_events": {asset: self.event},
        }
        monkeypatch.setattr(module(self.NAME), "get_current_context", lambda: context)
        return context

    def function(self, task_id: str) -> Any:
        """Give the plain function of a task of a freshly made DAG."""
        task = dag(self.NAME).get_task(task_id)
        return getattr(task, "python_callable", None) or task.partial_kwargs["python_callable"]

    def test_a_run_lands_what_waits_and_says_how_much(self, sender: Sender) -> None:
        sender.put("JOB", [JOB, {**JOB, "Job": "24-002"}])

        assert self.function("list_companies")() == ["AW"]
        outcomes = self.function("extract_transfers")("AW")
        self.function("check_transfers")(outcomes)

        assert self.event.extra == {
            "company_id": "AW", "transfers": 1, "rows_landed": 2, "rows_changed": 2, "rows_quarantined": 0,
        }  # fmt: skip
        assert json.loads(json.dumps(outcomes)) == outcomes
        assert sender.count("core.job") == 2

    def test_a_refused_file_fails_the_last_task_only(self, sender: Sender) -> None:
        sender.put("JOB", debit="1.00")
        sender.put("STDCAT")

        outcomes = self.function("extract_transfers")("AW")

        assert self.event.extra["rows_landed"] == 1
        with pytest.raises(RefusedTransfer, match=r"^RS-207 .*JOB_AW_PROD_00000001_v1\.csv"):
            self.function("check_transfers")(outcomes)

    def test_a_company_without_the_flow_is_left_out(self, sender: Sender, context: dict[str, Any]) -> None:
        sender.connection.execute("update core.company set profile = jsonb_set(profile, '{flows,jobs,is_on}', 'false')")
        sender.connection.commit()

        assert self.function("list_companies")() == []
        context["params"]["company_id"] = "AW"
        with pytest.raises(BadConfig, match=r"RS-125 .*AW, flow jobs"):
            self.function("list_companies")()

    def test_an_approval_is_kept_with_the_name_of_who_started_the_run(
        self, sender: Sender, context: dict[str, Any]
    ) -> None:
        sender.land("JOB")
        name = sender.put("JOB", seq=3, previous_seq=2)
        assert sender.take_one("JOB").state == "parked"
        context["params"].update(approve_file=name, comment="file 2 is lost")

        assert self.function("list_companies")() == ["AW"]

        (row,) = sender.rows("select * from audit.approval")
        assert (row["decided_by"], row["comment"], row["dag_id"], row["subject_id"]) == (
            "ann", "file 2 is lost", self.NAME, name,
        )  # fmt: skip
        assert self.function("extract_transfers")("AW")[0]["state"] == "landed"

    def test_nobody_and_nothing_is_not_approved(self, sender: Sender, context: dict[str, Any]) -> None:
        context["params"]["approve_file"] = "JOB_AW_PROD_00000001_v1.csv"
        with pytest.raises(NotApproved, match="RS-612"):
            self.function("list_companies")()
        context["dag_run"].triggering_user_name = None
        with pytest.raises(NotApproved, match="RS-611"):
            self.function("list_companies")()
        assert sender.count("audit.approval") == 0


class TestListening:
    """The task of the events' DAG that goes on with what comes."""

    NAME = "runblu_to_core__material_events"

    @pytest.fixture
    def listen(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """The task, as Airflow calls it, with less patience."""
        from sage_hooks import receiving

        monkeypatch.setattr(receiving, "listen", partial(receiving.listen, quiet_seconds=0.1))
        return dag(self.NAME).get_task("listen_for_events").python_callable

    @pytest.mark.parametrize(("events", "run_type"), [(0, "asset_triggered"), (3, "manual")])
    def test_a_run_that_no_event_started_does_not_listen(self, listen: Any, events: int, run_type: str) -> None:
        from airflow.sdk.exceptions import AirflowSkipException

        with pytest.raises(AirflowSkipException):
            listen(events, SimpleNamespace(run_type=run_type))

    def test_it_says_what_it_heard(self, sender: Sender, listen: Any) -> None:
        document = {"event_id": "E1", "event_type": "received"}
        sender.connection.execute(
            "insert into ledger.event_inbox (company_id, event_id, document) values ('AW', 'E1', %s)",
            (json.dumps(document),),
        )
        sender.connection.commit()
        heard = listen(1, SimpleNamespace(run_type="asset_triggered"))
        # A document without its form is kept as an exception, and is no event.
        assert heard == {"rounds": 0, "events": 0, "lines": 0, "files": 0, "ended": "no more events"}
        assert sender.count("audit.exception") == 1

    def test_bulk_files_do_not_wait_for_who_listens(self) -> None:
        found = dag(self.NAME)
        assert found.max_active_runs == 2
        assert "listen_for_events" not in found.get_task("check_landed").upstream_task_ids
