"""`python -m ops.warm_airflow <command>` is Airflow's command line with all that tasks need imported first.

LocalExecutor forks every task from the scheduler, Celery from a worker. What it has imported, no task imports again:
that saves seconds of processor time for each task that validates a transfer. As with every plugin of Airflow, a changed
hook is seen after a restart; DAG files and SQL files are read anew by every task.

`python -m ops.warm_airflow fork` forks commands on demand (`ops.launcher`): what they share is imported once for all.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
import warnings

import setproctitle

import sage_hooks

LIBRARIES = (
    *("asyncssh", "great_expectations", "psycopg"),
    # What every task process of Airflow itself needs.
    *("airflow.sdk.execution_time.task_runner", "airflow.dag_processing.bundles.manager"),
    *("airflow.providers.standard.decorators.python", "airflow.providers.standard.operators.hitl"),
)
FORK = "fork"


def main() -> None:
    """Import, then run Airflow with the arguments given, or those of a fork."""
    if sys.argv[1:] == [FORK]:
        _fork_on_demand()
    else:
        _import(*_what_tasks_need())
    importlib.import_module("airflow.__main__").main()


def _what_tasks_need() -> list[str]:
    ours = (module.name for module in pkgutil.iter_modules(sage_hooks.__path__, "sage_hooks."))
    return [*LIBRARIES, *ours]


def _import(*names: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            importlib.import_module(name)


def _fork_on_demand() -> None:
    """Answer each order on stdin with the pid, or the exit code where it is awaited; returns in a forked process alone.

    Ends with whoever gives the orders; what was forked lives on.
    """
    # What imports say on stdout is no answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _import("airflow.__main__")
    is_warm = False
    for line in sys.stdin:
        order = json.loads(line)
        # Whose end nobody awaits leaves nothing behind when it ends.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL if order["is_awaited"] else signal.SIG_IGN)
        pid = os.fork()
        if pid == 0:
            answers.close()
            _become(order["arguments"], order["log"])
            return
        if not is_warm:
            # The first one, which changes tables or is the api-server, needs none of this and need not wait for it.
            _import(*_what_tasks_need())
            gc.freeze()
            is_warm = True
        answers.write(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if order['is_awaited'] else pid}\n")
        answers.flush()
    sys.exit()


def _become(arguments: list[str], log: str) -> None:
    """Be a process of its own session that writes to a log, as one that was started anew."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, path, mode in ((0, os.devnull, os.O_RDONLY), (1, log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)):
        opened = os.open(path, mode, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.dup2(1, 2)
    sys.argv[1:] = arguments
    setproctitle.setproctitle(" ".join(("airflow", *arguments)))


if __name__ == "__main__":
    main()
