"""What Airflow calls when a task fails for good: it is noted, and `tell__notices` tells it.

DAG files import this module, so it imports nothing that is slow to import.
"""

from __future__ import annotations

from typing import Any


def task_failed(context: Any) -> None:
    """Note a task that has failed for good, with the first line of its error."""
    from sage_hooks import notices

    task, error = context["task_instance"], context.get("exception")
    sentence = str(error).splitlines()[0] if str(error or "") else type(error).__name__
    notices.note("run_failed", f"{task.dag_id} {task.task_id}", f"{task.task_id} of {task.dag_id} failed: {sentence}")
