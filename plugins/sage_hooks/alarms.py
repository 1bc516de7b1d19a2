"""What Airflow calls when a task failed for good or a run did not end in time: it is noted, `tell__notices` tells it.

DAG files import this module, so it imports nothing that is slow to import.
"""

from __future__ import annotations

import asyncio
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import BaseDeadlineReference, DeadlineAlert

from sage_bridge.errors import BadConfig, BridgeError
from sage_bridge.notifications import DEADLINES, read_deadlines

if TYPE_CHECKING:
    from datetime import timedelta

FILE_VARIABLE = "SAGE_BRIDGE_NOTIFICATIONS"
TRY_AGAIN_SECONDS = 30.0
_FILE = Path(__file__).parents[2] / "include" / "config" / "notifications.yaml"
_FINAL = frozenset({"success", "failed"})
log = logging.getLogger(__name__)


def task_failed(context: Any) -> None:
    """Note a task that has failed for good, with the first line of its error."""
    from sage_hooks import notices

    task, error = context["task_instance"], context.get("exception")
    sentence = str(error).splitlines()[0] if str(error or "") else type(error).__name__
    notices.note("run_failed", f"{task.dag_id} {task.task_id}", f"{task.task_id} of {task.dag_id} failed: {sentence}")


class RunDue(BaseDeadlineReference):
    """The moment from which a run can work: when it was made, or later where it was made for later.

    Of our own, because a run whose deadline counts from Airflow's `DAGRUN_QUEUED_AT` cannot be cleared (decision 13),
    and one that a person or a page starts has no logical date. Airflow finds it by plugins/sage_pages_plugin.py.
    """

    required_kwargs = frozenset({"dag_id", "run_id"})

    def _evaluate_with(self, *, session: Any, dag_id: str, run_id: str) -> datetime:
        from airflow.models import DagRun

        found = session.query(DagRun.run_after).filter_by(dag_id=dag_id, run_id=run_id).scalar()
        now = datetime.now(UTC)
        return max(found or now, now)


async def run_late(context: Any) -> None:
    """Note a run that has not ended in time; called in the triggerer, tries until the warehouse has it.

    A run that failed was told of as such.
    """
    from asgiref.sync import sync_to_async
    from psycopg import OperationalError

    from sage_hooks import notices

    run, by = context["dag_run"], context["deadline"]["deadline_time"]
    while run["state"] not in _FINAL:
        try:
            await sync_to_async(notices.note_late)(run, by)
        except (OperationalError, BridgeError) as error:
            log.warning("late run %s of %s is not noted (%s); trying again", run["dag_run_id"], run["dag_id"], error)
        else:
            return
        await asyncio.sleep(TRY_AGAIN_SECONDS)


def ends_in_time(dag_id: str) -> DeadlineAlert:
    """Give the deadline of a DAG's runs, as the file of notifications has it."""
    return DeadlineAlert(
        name="ends in time", reference=RunDue(), interval=deadlines()[dag_id], callback=AsyncCallback(run_late)
    )


def deadlines() -> dict[str, timedelta]:
    """Give the time within which a run has to end, by DAG; of a file that is wrong, `tell__notices` speaks (RS-138)."""
    try:
        return read_deadlines(*settings())
    except BadConfig:
        return dict(DEADLINES)


def settings() -> tuple[object, str]:
    """Give the content of `include/config/notifications.yaml`, or of the file that the environment names, and its path.

    Raises:
        BadConfig: RS-138 the file cannot be read.
    """
    import yaml

    file = Path(os.environ.get(FILE_VARIABLE) or _FILE)
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8")), str(file)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadConfig(
            "RS-138", "notifications cannot be as configured", record=str(file), found=str(error), do="correct the file"
        ) from error
