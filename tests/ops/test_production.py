"""The production shape: parses with nothing set, refuses to start without its secrets, agrees with the embedded run."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import secrets
import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pytest
import yaml

from ops import airflow_settings, make_secrets, prepare
from ops.airflow_settings import Place
from ops.paths import REPOSITORY
from sage_hooks.inbound_staging import raw_folder
from tests.hooks.tls_place import front

pytestmark = pytest.mark.slow

COMPOSE = REPOSITORY / "docker-compose.yaml"
# What differs on purpose: another executor, another network, another place for files and passwords.
ONLY_IN_PRODUCTION = {
    "AIRFLOW__METRICS__OTEL_ON",
    *("AIRFLOW__FAB__UPDATE_FAB_PERMS", "AIRFLOW__FAB__COOKIE_SECURE", "AIRFLOW__FAB__CONFIG_FILE"),
}
ONLY_EMBEDDED = {
    "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY",
    *("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS", "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"),
}


def composition() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return content


def test_compose_accepts_it_with_no_variable_set(tmp_path: Path) -> None:
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("docker-compose is not installed: apt-get install docker-compose")
    shutil.copy(COMPOSE, tmp_path)
    done = subprocess.run(
        [program, "config"], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert set(yaml.safe_load(done.stdout)["services"]) >= {
        *("api-server", "scheduler", "dag-processor", "triggerer", "worker", "redis", "postgres", "sftp"),
    }


def test_no_variable_is_required_by_the_parser() -> None:
    assert re.findall(r"\$\{[A-Z_]+:?\?", COMPOSE.read_text(encoding="utf-8")) == []
    assert re.findall(r"(?<!\$)\$[A-Z_]+", COMPOSE.read_text(encoding="utf-8")) == []


def test_nothing_is_published_beyond_loopback() -> None:
    for service in composition()["services"].values():
        for port in service.get("ports", []):
            assert port.startswith(("127.0.0.1:", "${SFTP_LISTEN:-127.0.0.1}:"))


def test_settings_are_those_of_the_embedded_run(tmp_path: Path) -> None:
    shipped = {
        name for name in composition()["x-airflow"]["environment"] if name.startswith(("AIRFLOW__", "AIRFLOW_CONN"))
    }
    place = Place(tmp_path / "airflow", "postgresql://", 1, tmp_path, broker_url="redis://", workers=2)
    embedded = airflow_settings.environment(place, {"warehouse": "", "sage_files": ""})
    names = {name for name in embedded if name.startswith(("AIRFLOW__", "AIRFLOW_CONN"))}
    assert shipped - names == ONLY_IN_PRODUCTION
    assert names - shipped == ONLY_EMBEDDED


def started(folder: Path, settings: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Start a command as the image would, with the secrets of a folder."""
    return subprocess.run(
        [str(REPOSITORY / "ops" / "entrypoint.sh"), *command],
        env={"PATH": os.environ["PATH"], "SECRETS_FOLDER": str(folder), **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def settings_of(service: str) -> dict[str, str]:
    shape = composition()
    return dict(shape["services"][service].get("environment") or shape["x-airflow"]["environment"])


@pytest.mark.parametrize("service", ["prepare", "scheduler"])
def test_a_missing_or_well_known_secret_refuses_at_start(service: str, tmp_path: Path) -> None:
    settings = {**settings_of(service), "SFTP_HOST_KEY": "ssh-ed25519 AAAA"}
    given = [name for name in settings["REQUIRED"].split() if name != "SFTP_HOST_KEY"]
    mounted = composition()["services"][service].get("secrets") or composition()["x-airflow"]["secrets"]
    assert {name.lower() for name in given} <= set(mounted) <= set(composition()["secrets"])
    for name in given:
        (tmp_path / name.lower()).write_text(secrets.token_urlsafe(24) + "\n", encoding="ascii")
    assert started(tmp_path, settings, "echo", "started").stdout == "started\n"
    for name in given:
        kept = (tmp_path / name.lower()).read_text(encoding="ascii")
        for wrong, words in (
            ("", "RS-188 the secret {} is missing"),
            ("Airflow-Airflow-Airflow", "RS-188 the secret {} is a well-known or short one"),
            ("tiny", "RS-188 the secret {} is a well-known or short one"),
            ("with/other@characters:in-it", "RS-188 the secret {} has other characters"),
        ):
            (tmp_path / name.lower()).write_text(wrong, encoding="ascii")
            done = started(tmp_path, settings, "echo", "started")
            assert (done.returncode, done.stdout) == (64, "")
            assert words.format(name) in done.stderr
            assert not wrong or wrong not in done.stderr
        (tmp_path / name.lower()).write_text(kept, encoding="ascii")


def test_a_key_in_change_stands_before_the_old_one_and_no_third(tmp_path: Path) -> None:
    settings = {**settings_of("scheduler"), "SFTP_HOST_KEY": "ssh-ed25519 AAAA"}
    for name in settings["REQUIRED"].split():
        (tmp_path / name.lower()).write_text(secrets.token_urlsafe(24), encoding="ascii")
    old, new, third = (base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() for _ in range(3))
    (tmp_path / "airflow_fernet_key").write_text(f"{new},{old}", encoding="ascii")
    assert f"AIRFLOW__CORE__FERNET_KEY={new},{old}" in started(tmp_path, settings, "env", "-0").stdout.split("\0")
    (tmp_path / "airflow_fernet_key").write_text(f"{new},{old},{third}", encoding="ascii")
    assert "AIRFLOW_FERNET_KEY has other characters" in started(tmp_path, settings, "env", "-0").stderr


def test_secrets_are_made_once_as_the_services_take_them(tmp_path: Path) -> None:
    made = make_secrets.write(tmp_path / "secrets")
    assert set(made) == set(composition()["secrets"])
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    before = {name: (tmp_path / "secrets" / name).read_bytes() for name in made}
    assert make_secrets.write(tmp_path / "secrets") == []
    assert {name: (tmp_path / "secrets" / name).read_bytes() for name in made} == before
    settings = {**settings_of("prepare"), "SFTP_HOST_KEY": "ssh-ed25519 AAAA"}
    assert started(tmp_path / "secrets", settings, "echo", "started").stdout == "started\n"


@pytest.mark.parametrize(("host", "is_known"), [("postgres", True), ("elsewhere", False)])
def test_clients_know_postgres_by_the_certificate_made_for_it(
    host: str, *, is_known: bool, warehouse_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A front shows it, as the service does: libpq and asyncpg take it for the name of the service and for no other."""
    make_secrets.write(tmp_path)
    terms = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    terms.load_cert_chain(tmp_path / make_secrets.CERTIFICATE, tmp_path / make_secrets.CERTIFICATE_KEY)
    clients = composition()["x-airflow"]["environment"]
    monkeypatch.setenv("PGSSLMODE", re.sub(r"\$\{\w+:-(.*)\}", r"\1", clients["PGSSLMODE"]))
    monkeypatch.setenv("PGSSLROOTCERT", str(tmp_path / Path(clients["PGSSLROOTCERT"]).name))
    known = psycopg.conninfo.conninfo_to_dict(warehouse_dsn)
    names = {"user": known["user"], "password": known["password"]}

    async def ask(port: int) -> bool:
        # It has no word for an address beside the name: the name is looked up where tests say.
        found = asyncio.get_running_loop()
        monkeypatch.setattr(found, "getaddrinfo", lambda *_, **__: _address(port))
        connection = await asyncpg.connect(host=host, port=port, database=known["dbname"], **names)
        try:
            return bool(await connection.fetchval("select true"))
        finally:
            await connection.close()

    with front(terms, int(known["port"] or 0)) as port:
        if is_known:
            with psycopg.connect(host=host, hostaddr="127.0.0.1", port=port, dbname=known["dbname"], **names) as made:
                assert made.pgconn.ssl_in_use
            assert asyncio.run(ask(port))
        else:
            with pytest.raises(psycopg.OperationalError, match="does not match host name"):
                psycopg.connect(host=host, hostaddr="127.0.0.1", port=port, dbname=known["dbname"], **names)
            with pytest.raises(ssl.SSLCertVerificationError, match="elsewhere"):
                asyncio.run(ask(port))


async def _address(port: int) -> list[tuple[Any, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]


def test_without_openssl_the_next_step_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert make_secrets.main([str(tmp_path)]) == 1
    assert (
        "openssl is not installed; next step: install it, or put postgres_certificate of your server"
        in capsys.readouterr().err
    )


def test_the_certificate_of_a_server_of_one_s_own_stays(tmp_path: Path) -> None:
    (tmp_path / make_secrets.CERTIFICATE).write_text("of our authority", encoding="ascii")
    make_secrets.write(tmp_path)
    assert (tmp_path / make_secrets.CERTIFICATE).read_text(encoding="ascii") == "of our authority"
    assert (tmp_path / make_secrets.CERTIFICATE_KEY).read_text(encoding="ascii") == ""


def test_a_secret_stands_in_its_settings_and_nowhere_else(tmp_path: Path) -> None:
    settings = {**settings_of("scheduler"), "SFTP_HOST_KEY": "ssh-ed25519 AA/A+="}
    values = {name: secrets.token_urlsafe(24) for name in settings["REQUIRED"].split() if name != "SFTP_HOST_KEY"}
    for name, value in values.items():
        (tmp_path / name.lower()).write_text(value, encoding="ascii")
    shown = started(tmp_path, settings, "env", "-0").stdout.split("\0")
    found = dict(setting.split("=", 1) for setting in shown if setting)
    assert found["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == (
        f"postgresql+psycopg2://airflow:{values['AIRFLOW_DB_PASSWORD']}@postgres/airflow"
    )
    assert json.loads(found["AIRFLOW_CONN_WAREHOUSE"])["password"] == values["PIPELINE_PASSWORD"]
    assert json.loads(found["AIRFLOW_CONN_SAGE_FILES"])["extra"]["host_key"] == settings["SFTP_HOST_KEY"]
    assert [name for name, value in found.items() if re.search(r"(?<!\$)\{[A-Z_]+\}", value)] == []
    assert not set(values) & set(found)


def test_no_service_has_more_rights_than_it_needs() -> None:
    shape = composition()
    for name, service in shape["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "mem_limit" in service, name
        assert service.get("read_only") or name == "postgres", name


def test_what_is_kept_as_evidence_lies_on_a_volume(monkeypatch: pytest.MonkeyPatch) -> None:
    """The root file system cannot be written; a large raw file, an evidence pack and lineage are kept all the same."""
    shape = composition()["x-airflow"]
    settings = {name: re.sub(r"\$\{\w+:?-([^}]*)\}", r"\1", str(value)) for name, value in shape["environment"].items()}
    volumes = [entry.split(":")[1] for entry in shape["volumes"] if not entry.endswith(":ro")]
    monkeypatch.setenv("SAGE_BRIDGE_VAR", settings["SAGE_BRIDGE_VAR"])
    places = [str(raw_folder()), settings["SAGE_BRIDGE_EVIDENCE_DIR"], settings["SAGE_BRIDGE_LINEAGE_DIR"]]
    assert [place for place in places if not any(f"{place}/".startswith(f"{volume}/") for volume in volumes)] == []


def test_prepare_makes_databases_roles_and_companies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from ops.postgres import Server

    server = Server(tmp_path / "pg", options={"fsync": "off", "shared_buffers": "32MB"})
    dsn = server.start()
    try:
        shutil.copy(REPOSITORY / "include" / "config" / "company.yaml", tmp_path / "first.yaml")
        given = {"HOST": dsn.host, "PORT": str(dsn.port), "PASSWORD": dsn.password}
        for name, value in given.items():
            monkeypatch.setenv(f"POSTGRES_{name}", value)
        monkeypatch.setenv("SAGE_BRIDGE_PROFILES", str(tmp_path))
        monkeypatch.delenv("AIRFLOW_DB_PASSWORD", raising=False)
        assert prepare.main() == 1
        assert "RS-188 the secret AIRFLOW_DB_PASSWORD is missing" in capsys.readouterr().err
        for role in ("AIRFLOW_DB", "PIPELINE", "RUNBLU_INBOX", "FINANCE", "ONCALL", "ANALYST", "AUDITOR"):
            monkeypatch.setenv(f"{role}_PASSWORD", f"secret-of-{role}")
        assert prepare.main() == 0
        assert "company DEFAULT: 3 rows changed" in capsys.readouterr().out
        assert prepare.main() == 0
        assert "0 migrations applied now\ncompany DEFAULT: 0 rows changed" in capsys.readouterr().out
        login = {"host": dsn.host, "port": dsn.port, "user": "pipeline", "password": "secret-of-PIPELINE"}
        with psycopg.connect(dbname="warehouse", **login) as connection:  # type: ignore[arg-type]
            assert connection.execute("select count(*) from core.company").fetchone() == (1,)
    finally:
        server.stop()
