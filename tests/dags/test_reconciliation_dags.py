"""The DAGs of finance, checks and RunBlu's files: wiring, parameters, and the gates between their tasks."""

from __future__ import annotations

import asyncio
import importlib
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytestmark = pytest.mark.airflow

DAGS = (
    *("reconcile__period", "reconcile__job", "core_to_sage__journals", "core_to_runblu__master_data"),
    *("core_to_sage__commitment_changes",),
    *("check__laws", "check__go_live", "change__mapping", "tell__notices"),
)


@pytest.fixture(scope="module", autouse=True)
def _airflow_home(test_var: Path) -> None:
    """Airflow writes into a folder of this test run, if nothing has imported it before."""
    os.environ.setdefault("AIRFLOW_HOME", str(test_var / "airflow"))


def dag(name: str) -> Any:
    module = importlib.import_module(name)
    return getattr(module, name)()


@pytest.mark.parametrize("name", DAGS)
def test_the_house_rules_hold(name: str) -> None:
    found = dag(name)
    assert found.dag_id == name
    assert "Never:" in found.doc_md
    assert not found.catchup
    assert found.tags


def test_runs_that_people_wait_for_have_a_deadline_that_lets_them_be_cleared() -> None:
    """A run whose deadline counts from when it was queued cannot be cleared in Airflow 3.3 (docs/decisions/0013)."""
    from airflow.serialization.encoders import encode_deadline_alert

    every = sorted(
        path.stem for path in Path(importlib.import_module("dag_defaults").__file__ or "").parent.glob("*__*.py")
    )
    found = {name: encode_deadline_alert(alert) for name in every for alert in dag(name).deadline or ()}
    assert set(found) == {"core_to_sage__material_costs", "reconcile__job", "reconcile__period"}
    for alert in found.values():
        assert alert["reference"] == {"reference_type": "RunDue", "__class_path": "sage_hooks.alarms.RunDue"}
        assert alert["callback"]["__data__"]["path"] == "sage_hooks.alarms.run_late"


@pytest.mark.parametrize(("state", "told"), [("running", 1), ("queued", 1), ("failed", 0), ("success", 0)])
def test_a_run_that_has_not_ended_in_time_is_noted_once_the_warehouse_is_there(
    monkeypatch: pytest.MonkeyPatch, state: str, told: int
) -> None:
    from sage_bridge.errors import BadConfig
    from sage_hooks import alarms, notices

    noted: list[object] = []

    def note_late(run: object, by: object) -> None:
        noted.append((run, by))
        if len(noted) == 1:
            raise BadConfig("RS-197", "the warehouse does not prove who it is", do="wait")

    monkeypatch.setattr(notices, "note_late", note_late)
    monkeypatch.setattr(alarms, "TRY_AGAIN_SECONDS", 0.0)
    run = {"dag_id": "d", "dag_run_id": "r", "state": state}
    asyncio.run(alarms.run_late({"dag_run": run, "deadline": {"deadline_time": 1}}))
    assert noted == [(run, 1)] * 2 * told


def test_a_task_that_fails_for_good_is_told_of_in_the_words_of_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from sage_hooks import notices

    noted: list[tuple[str, ...]] = []
    monkeypatch.setattr(notices, "note", lambda *values: noted.append(values))
    (callback,) = dag("reconcile__period").get_task("store_sign_off").on_failure_callback
    failed = SimpleNamespace(dag_id="reconcile__period", task_id="store_sign_off")
    callback({"task_instance": failed, "exception": ValueError("RS-451 no; next step: look\nmore")})
    callback({"task_instance": failed, "exception": ValueError()})
    assert [said for _, _, said in noted] == [
        "store_sign_off of reconcile__period failed: RS-451 no; next step: look",
        "store_sign_off of reconcile__period failed: ValueError",
    ]
    assert list(dag("tell__notices").get_task("tell_notices").on_failure_callback or []) == []


def test_the_order_of_a_month() -> None:
    found = dag("reconcile__period")
    assert {task.task_id: sorted(task.downstream_task_ids) for task in found.tasks} == {
        "reconcile_figures": ["check_mode", "confirm_adjustments", "store_decision", "store_sign_off"],
        "check_mode": ["approve_proposal"],
        "approve_proposal": ["store_decision"],
        "store_decision": ["confirm_adjustments"],
        "confirm_adjustments": ["store_sign_off"],
        "store_sign_off": ["publish_evidence"],
        "publish_evidence": [],
    }


def test_a_person_is_asked_and_nobody_answers_for_them() -> None:
    task = dag("reconcile__period").get_task("approve_proposal")
    assert (task.execution_timeout, task.response_timeout.days) == (None, 14)
    assert task.options == ["Approve", "Reject"]
    assert task.defaults is None, "no answer is taken for anybody"


def test_only_an_open_proposal_goes_on() -> None:
    check = dag("reconcile__period").get_task("check_mode").python_callable
    assert check({"mode": "propose", "is_signed": False})
    assert not check({"mode": "preview", "is_signed": False})
    assert not check({"mode": "propose", "is_signed": True})


def test_a_decision_tells_who_sends_adjustments_journals_and_costs() -> None:
    task = dag("reconcile__period").get_task("store_decision")
    assert [asset.name for asset in task.outlets] == [
        "recon.adjustment",
        "recon.journal",
        "recon.proposed_event",
        "recon.run",
    ]
    assert dag("core_to_sage__material_costs").timetable.asset_condition.name == "recon.run"
    job_end = dag("reconcile__job").get_task("store_decision")
    assert [asset.name for asset in job_end.outlets] == ["recon.proposed_event"]
    condition = dag("core_to_sage__commitment_changes").timetable.asset_condition
    assert [asset.name for asset in condition.objects] == ["recon.proposed_event"]
    read_back = dag("sage_to_core__commitments").get_task("confirm_changes")
    assert read_back.upstream_task_ids == {"list_companies", "extract_transfers"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("period", "2024-13"),
        ("period", "2024-1"),
        ("company_id", "aw; drop table"),
        ("mode", "post"),
        ("materiality", "-1"),
        ("materiality", "1e5"),
        ("accept_entries", ["a", "a"]),
        ("keep_accruals", ["PO-1"]),
        ("dismiss_differences", ["7= "]),
        ("wait_minutes", -1),
    ],
)
def test_a_wrong_parameter_is_refused_before_anything_runs(name: str, value: object) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    param = dag("reconcile__period").params.get_param(name)
    with pytest.raises(ParamValidationError):
        param.resolve(value)


def test_no_field_of_a_form_has_to_be_filled_that_may_stay_empty() -> None:
    """Airflow's forms keep their buttons grey while a field is empty whose type does not allow null."""
    blocking = []
    for path in sorted(Path(importlib.import_module("dag_defaults").__file__ or "").parent.glob("*__*.py")):
        found = dag(path.stem)
        for owner in (found, *(task for task in found.tasks if hasattr(task, "options"))):
            for name in owner.params:
                param = owner.params.get_param(name)
                if param.value in ("", None) and "null" not in param.schema["type"]:
                    blocking.append(f"{path.stem}: {name}")
    assert blocking == []


def test_the_order_of_a_go_live() -> None:
    found = dag("check__go_live")
    assert {task.task_id: sorted(task.downstream_task_ids) for task in found.tasks} == {
        "check_connections": ["confirm_golden", "publish_report", "store_signature"],
        "confirm_golden": ["publish_report"],
        "publish_report": ["check_mode"],
        "check_mode": ["approve_go_live"],
        "approve_go_live": ["store_signature"],
        "store_signature": [],
    }
    golden = found.get_task("confirm_golden")
    assert golden.mode == "reschedule", "no worker is held while Sage is waited for"
    assert found.get_task("publish_report").trigger_rule == "all_done", "what was given up is reported too"
    assert found.get_task("approve_go_live").defaults is None


def test_the_rest_fans_out_by_company() -> None:
    for name, task_id in (("core_to_runblu__master_data", "deliver_files"), ("check__laws", "check_company")):
        assert dag(name).get_task(task_id).upstream_task_ids == {"list_companies"}
