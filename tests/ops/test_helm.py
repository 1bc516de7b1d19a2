"""The values of Airflow's Helm chart say what docker-compose.yaml says: settings, commands, health, secrets."""

from __future__ import annotations

import json
import re
import secrets
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ops.paths import REPOSITORY
from tests.ops.test_production import composition, started

if TYPE_CHECKING:
    from pathlib import Path

VALUES: dict[str, Any] = yaml.safe_load((REPOSITORY / "include" / "helm" / "values.yaml").read_text(encoding="utf-8"))
# The chart names its Services after the release.
ELSEWHERE = {
    "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": ("//api-server:", "//sage-bridge-api-server:"),
    "AIRFLOW__CELERY__BROKER_URL": ("@redis:", "@sage-bridge-redis:"),
}
COMPONENTS = {
    "apiServer": "api-server", "scheduler": "scheduler", "dagProcessor": "dag-processor", "triggerer": "triggerer",
    "workers": "worker",
}  # fmt: skip


def settings(entries: list[dict[str, str]]) -> dict[str, str]:
    assert len({entry["name"] for entry in entries}) == len(entries)
    return {entry["name"]: entry["value"] for entry in entries}


def test_settings_are_those_of_compose() -> None:
    wanted = {
        name: re.sub(r"\$\{[A-Z_]+:?-([^}]*)\}", r"\1", str(value))
        for name, value in composition()["x-airflow"]["environment"].items()
    }
    for name, (here, there) in ELSEWHERE.items():
        assert here in wanted[name]
        wanted[name] = wanted[name].replace(here, there)
    assert settings(VALUES["env"]) == wanted
    assert [name for name, value in settings(VALUES["env"]).items() if not isinstance(value, str)] == []


@pytest.mark.parametrize(("component", "service"), COMPONENTS.items())
def test_commands_and_health_are_those_of_compose(component: str, service: str) -> None:
    shape = composition()["services"][service]
    assert VALUES[component]["args"] == shape["command"].split()
    assert VALUES[component]["resources"]["limits"] == {"memory": "2Gi", "cpu": "2"}
    # The chart asks the api-server over HTTP by itself.
    if component != "apiServer":
        asked = " ".join(VALUES[component]["livenessProbe"]["command"])
        test = shape["healthcheck"]["test"]
        wanted = " ".join(test[1:]).replace("$$", "$")
        assert asked == (f"sh -c {wanted}" if test[0] == "CMD-SHELL" else wanted)


def test_the_chart_makes_no_secret_and_nobody_may_more_than_needed() -> None:
    assert set(VALUES["enableBuiltInSecretEnvVars"].values()) == {False}
    assert not VALUES["postgresql"]["enabled"]
    assert not VALUES["createUserJob"]["enabled"]
    assert not VALUES["allowPodLaunching"]
    assert VALUES["securityContexts"]["containers"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    dockerfile = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    assert f"USER {VALUES['uid']}:{VALUES['gid']}" in dockerfile
    wanted = re.search(r"^apache-airflow==(.+)$", (REPOSITORY / "requirements.in").read_text("utf-8"), re.MULTILINE)
    assert wanted is not None
    assert VALUES["airflowVersion"] == VALUES["defaultAirflowTag"] == wanted[1]
    assert VALUES["fullnameOverride"] in settings(VALUES["env"])["AIRFLOW__CELERY__BROKER_URL"]


@pytest.mark.parametrize("is_prepare", [False, True])
def test_a_pod_starts_with_the_secrets_that_are_mounted(is_prepare: bool, tmp_path: Path) -> None:
    """With the files of the mounted secret nothing stays in braces; without one of them nothing starts."""
    job = VALUES["migrateDatabaseJob"]
    environment = settings(VALUES["env"])
    if is_prepare:
        # The chart appends the job's own to those of all; a name that stands twice is refused by newer servers.
        environment = settings([*VALUES["env"], *job["env"]])
        shape = composition()["services"]["prepare"]
        program, required, entry_point = job["command"]
        assert (program, entry_point) == ("env", VALUES["scheduler"]["livenessProbe"]["command"][0])
        environment["REQUIRED"] = required.removeprefix("REQUIRED=")
        assert environment["REQUIRED"] == shape["environment"]["REQUIRED"]
        assert environment["SECRETS_FOLDER"] == job["extraVolumeMounts"][0]["mountPath"]
        assert job["args"] == [shape["command"]]
    names = environment["REQUIRED"].split()
    values = {name: secrets.token_urlsafe(24) for name in names}
    for name, value in values.items():
        (tmp_path / name.lower()).write_text(value, encoding="ascii")
    environment["SECRETS_FOLDER"] = str(tmp_path)
    assert environment["PGSSLROOTCERT"].startswith(VALUES["volumeMounts"][0]["mountPath"])
    environment["PGSSLROOTCERT"] = str(tmp_path / "postgres_certificate")
    assert "RS-188 the certificate by which Postgres is known" in started(tmp_path, environment, "echo").stderr
    (tmp_path / "postgres_certificate").write_text("-----BEGIN CERTIFICATE-----", encoding="ascii")
    shown = started(tmp_path, environment, "env", "-0").stdout.split("\0")
    found = dict(setting.split("=", 1) for setting in shown if setting)
    assert values["REDIS_PASSWORD"] in found["AIRFLOW__CELERY__BROKER_URL"]
    if not is_prepare:
        assert json.loads(found["AIRFLOW_CONN_SAGE_FILES"])["extra"]["host_key"] == values["SFTP_HOST_KEY"]
    (tmp_path / names[0].lower()).unlink()
    assert started(tmp_path, environment, "echo").returncode == 64
