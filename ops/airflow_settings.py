"""Airflow's settings of the embedded run, as environment variables; docker-compose.yaml sets the same names."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.paths import DAGS, PLUGINS, REPOSITORY, kept_secret, private_dir, write_private
from ops.processes import LOOPBACK, python_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Airflow's simple levels (viewer < user < op < admin) decide about connections, variables and pools; about DAGs and
# pages the role of include/config/access.yaml that the name stands for.
USERS = {
    "finance": "user",
    "controller": "user",
    "oncall": "user",
    "analyst": "viewer",
    "auditor": "viewer",
    "admin": "op",
}
LEAST_PARALLELISM = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where this Airflow lives: `home` is its own folder, `metadata_dsn` its database, `port` its loopback port.

    Evidence packs of signed months are put into `evidence`. `starts_by_itself` is off in a demo, whose conductor starts
    every run: else each DAG would also run once for the hours before it was there, and compete for the processors.
    With a `broker_url` tasks go through it to `workers` processes of Celery, as in docker-compose.yaml; else they run
    below the scheduler.
    """

    home: Path
    metadata_dsn: str
    port: int
    evidence: Path
    starts_by_itself: bool = True
    broker_url: str = ""
    workers: int = 0

    @property
    def url(self) -> str:
        """Give the address a browser uses."""
        return f"http://localhost:{self.port}"


def passwords(home: Path) -> dict[str, str]:
    """Give the passwords of the users; made once and kept where the simple auth manager reads them."""
    file = home / "passwords.json"
    if not file.is_file():
        write_private(file, json.dumps({user: secrets.token_urlsafe(12) for user in USERS}) + "\n")
    content: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return content


def fernet_key(path: Path) -> str:
    """Give the key Airflow encrypts with: 32 random bytes, made once."""
    if not path.is_file():
        write_private(path, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii"))
    return path.read_text(encoding="ascii").strip()


def release() -> str:
    """Give the commit of the repository, as git says it; '' without git or outside of a clone."""
    git = shutil.which("git")
    if git is None:
        return ""
    asked = subprocess.run(
        [git, "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()


def environment(place: Place, connections: Mapping[str, str]) -> dict[str, str]:
    """Give the whole environment of Airflow's processes.

    Args:
        place: home, database and port of this Airflow.
        connections: connection id -> JSON of the connection; seen by tasks, not by the UI or the REST API.
    """
    home = private_dir(place.home)
    passwords(home)
    # Forked task processes wait for the api-server: more of them than the machine can feed make each other time out.
    parallelism = max(LEAST_PARALLELISM, 2 * (os.cpu_count() or 1))
    settings = {
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__DAGS_FOLDER": str(DAGS),
        "CORE__PLUGINS_FOLDER": str(PLUGINS),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__PARALLELISM": str(parallelism),
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        # Who may edit connections may test them; the button stands in their form.
        "CORE__TEST_CONNECTION": "Enabled",
        "CORE__FERNET_KEY": fernet_key(home / "fernet.key"),
        "CORE__AUTH_MANAGER": "sage_access.demo.DemoAuthManager",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in USERS.items()),
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "CORE__EXECUTION_API_SERVER_URL": f"http://{LOOPBACK}:{place.port}/execution/",
        "API__HOST": LOOPBACK,
        "API__PORT": str(place.port),
        "API__BASE_URL": place.url,
        "API__WORKERS": "1",
        "API__SECRET_KEY": kept_secret(home / "api.key", 32),
        "API_AUTH__JWT_SECRET": kept_secret(home / "jwt.key", 48),
        "DATABASE__SQL_ALCHEMY_CONN": place.metadata_dsn,
        # A changed file is read at once; all are read again only so that schedules follow the profiles, and by the
        # default of 30 s that takes a sixth of a processor for ever.
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300" if place.starts_by_itself else "3600",
        "LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dag_processor"),
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        # Tasks of a scheduler that was killed are found by the next one after this long, instead of after 5 minutes.
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
        "SCHEDULER__USE_JOB_SCHEDULE": str(place.starts_by_itself),
        "WORKERS__EXECUTION_API_TIMEOUT": "30",
        # A task outlives an API server that is away for a minute or two: by the defaults it gives up within some ten
        # seconds, and a busy machine needs sixty to start one.
        "WORKERS__EXECUTION_API_RETRIES": "15",
        "WORKERS__EXECUTION_API_RETRY_WAIT_MAX": "15",
        # How long a slot may stay taken after its task has ended; the default of 5 s starves chains of short tasks.
        "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    if place.broker_url:
        settings |= _settings_of_workers(place, parallelism)
    return python_environment(
        AIRFLOW_HOME=str(home),
        GX_ANALYTICS_ENABLED="false",
        SAGE_BRIDGE_EVIDENCE_DIR=str(place.evidence),
        SAGE_BRIDGE_RELEASE=release(),
        **{f"AIRFLOW__{name}": value for name, value in settings.items()},
        **{f"AIRFLOW_CONN_{name.upper()}": value for name, value in connections.items()},
    )


def _settings_of_workers(place: Place, parallelism: int) -> dict[str, str]:
    return {
        "CORE__EXECUTOR": "CeleryExecutor",
        "CELERY__BROKER_URL": place.broker_url,
        "CELERY__RESULT_BACKEND": f"db+{place.metadata_dsn}",
        "CELERY__WORKER_CONCURRENCY": str(max(2, parallelism // place.workers)),
        # A worker that died is noticed by the silence of its tasks.
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        # What a broker lost is handed over again.
        "SCHEDULER__TASK_QUEUED_TIMEOUT": "120",
        "SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "20",
    }
