"""What Airflow calls when a task fails for good or a run is late: it is noted, and `tell__notices` tells it.

DAG files import this module, so it imports nothing that is slow to import.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

if TYPE_CHECKING:
    from datetime import timedelta


def task_failed(context: Any) -> None:
    """Note a task that has failed for good, with the first line of its error."""
    from sage_hooks import notices

    task, error = context["task_instance"], context.get("exception")
    sentence = str(error).splitlines()[0] if str(error or "") else type(error).__name__
    notices.note("run_failed", f"{task.dag_id} {task.task_id}", f"{task.task_id} of {task.dag_id} failed: {sentence}")


def in_time(dag_id: str, interval: timedelta) -> DeadlineAlert:
    """Give the deadline of a DAG's runs, counted from when they are queued; who is late is told of."""
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=interval,
        callback=AsyncCallback(run_late, {"dag_id": dag_id, "within": str(interval)}),
    )


async def run_late(dag_id: str, within: str, **context: Any) -> None:
    """Note that a run has not ended in time; the triggerer calls it at the deadline."""
    from sage_hooks import notices

    del context
    said = f"A run of {dag_id} has not ended within {within}: open it in Airflow and read the log of its task."
    await asyncio.to_thread(notices.note, "run_late", dag_id, said)
