"""The DAGs of upkeep and replay: parameters, and their tasks run on a real warehouse and file server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ops.tamper_log import append_events
from sage_bridge.errors import NotApproved
from tests.dags.test_inbound_dags import _airflow_home, dag, module, sender
from tests.hooks.inbound_sender import JOB

if TYPE_CHECKING:
    from tests.hooks.inbound_sender import Sender

pytestmark = pytest.mark.airflow
__all__ = ["_airflow_home", "sender"]
MAINTAIN, REPLAY = "maintain__warehouse", "replay__exceptions"


def function(dag_id: str, task_id: str) -> Any:
    task = dag(dag_id).get_task(task_id)
    return getattr(task, "python_callable", None) or task.partial_kwargs["python_callable"]


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a task finds as its context."""
    found: dict[str, Any] = {
        "params": {"company_id": None, "dismiss_exceptions": [], "dismiss_reason": ""},
        "dag_run": SimpleNamespace(triggering_user_name="ann", dag_id=REPLAY, run_id="manual"),
    }
    monkeypatch.setattr(module(REPLAY), "get_current_context", lambda: found)
    monkeypatch.setattr("dag_defaults.get_current_context", lambda: found)
    return found


@pytest.mark.usefixtures("context")
def test_the_nightly_run_publishes_and_tidies_up(sender: Sender) -> None:
    append_events(sender.connection, 3)
    assert function(MAINTAIN, "list_companies")(params={"company_id": None}) == ["AW"]
    assert function(MAINTAIN, "publish_heads")("AW") == {"files": 1, "heads": 1}
    assert function(MAINTAIN, "remove_leftovers")(["AW"]) == {"uploads": 0, "raw_files": 0, "figures": 0}
    function(MAINTAIN, "refresh_statistics")()
    (row,) = sender.rows("select published_as from mart.audit_chain")
    assert row["published_as"] == "HEAD_AW_PROD_00000001_v1.csv"
    assert dag(MAINTAIN).get_task("refresh_statistics").upstream_task_ids == set()


@pytest.mark.usefixtures("context")
def test_a_replay_runs_over_all_companies_and_values_what_landed(sender: Sender) -> None:
    sender.put("JOB", [JOB, {**JOB, "Job": "24-666", "Status": "Sleeping"}])
    sender.take_one("JOB")
    assert function(REPLAY, "list_companies")() == ["AW"]
    told = function(REPLAY, "replay_records")("AW")
    assert told == {"rows_landed": 0, "events_landed": 0, "documents_refused": 0}
    assert function(REPLAY, "match_events")([told]) == 0
    assert sender.exceptions()[0]["attempts"] == 2


def test_a_dismissal_is_kept_with_the_name_of_who_started_the_run(sender: Sender, context: dict[str, Any]) -> None:
    sender.put("JOB", [JOB, {**JOB, "Job": "24-666", "Status": "Sleeping"}])
    sender.take_one("JOB")
    context["params"]["dismiss_exceptions"] = [sender.exceptions()[0]["exception_id"]]
    with pytest.raises(NotApproved, match="RS-614"):
        function(REPLAY, "list_companies")()
    context["params"]["dismiss_reason"] = "never ours"
    assert function(REPLAY, "list_companies")() == ["AW"]
    # A task that is tried again after it was done changes nothing.
    assert function(REPLAY, "list_companies")() == ["AW"]
    (row,) = sender.rows("select decided_by, comment, dag_id from audit.approval")
    assert tuple(row.values()) == ("ann", "never ours", REPLAY)
    assert sender.exceptions() == []


@pytest.mark.parametrize(
    ("name", "value"), [("dismiss_exceptions", [0]), ("dismiss_exceptions", ["1; drop"]), ("company_id", "aw")]
)
def test_a_wrong_parameter_is_refused(name: str, value: object) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    with pytest.raises(ParamValidationError):
        dag(REPLAY).params.get_param(name).resolve(value)
