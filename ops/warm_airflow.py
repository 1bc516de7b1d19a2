"""`python -m ops.warm_airflow <command>` is Airflow's command line with the heavy libraries of tasks imported first.

LocalExecutor forks every task from the scheduler, Celery from a worker. What it has imported, no task imports again:
that saves seconds of processor time for each task that validates a transfer. Our own modules are left out: a change of
them is seen at once.
"""

from __future__ import annotations

import importlib
import warnings

LIBRARIES = (
    *("asyncssh", "great_expectations", "psycopg"),
    # What every task process of Airflow itself needs.
    *("airflow.sdk.execution_time.task_runner", "airflow.dag_processing.bundles.manager"),
    *("airflow.providers.standard.decorators.python", "airflow.providers.standard.operators.hitl"),
)


def main() -> None:
    """Import, then run Airflow with the arguments given."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in LIBRARIES:
            importlib.import_module(name)
    importlib.import_module("airflow.__main__").main()


if __name__ == "__main__":
    main()
