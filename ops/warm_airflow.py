"""`python -m ops.warm_airflow <command>` is Airflow's command line with all that tasks need imported first.

LocalExecutor forks every task from the scheduler, Celery from a worker. What it has imported, no task imports again:
that saves seconds of processor time for each task that validates a transfer. As with every plugin of Airflow, a changed
hook is seen after a restart; DAG files and SQL files are read anew by every task.
"""

from __future__ import annotations

import importlib
import pkgutil
import warnings

import sage_hooks

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
        for name in (*LIBRARIES, *(module.name for module in pkgutil.iter_modules(sage_hooks.__path__, "sage_hooks."))):
            importlib.import_module(name)
    importlib.import_module("airflow.__main__").main()


if __name__ == "__main__":
    main()
