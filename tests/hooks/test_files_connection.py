"""The connection type for Sage by files: found by Airflow, with its form, and a test that says what to repair."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from sage_bridge.transfers import READ_FOLDERS, WRITTEN_FOLDERS
from sage_hooks.files_hook import check
from sage_hooks.provider import get_provider_info

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SftpPlace

pytestmark = pytest.mark.airflow

ASK = """
import json
from airflow.providers_manager import ProvidersManager
manager = ProvidersManager()
hook = manager.hooks["sage_files"]
form = {n: f.field for n, f in manager.connection_form_widgets.items() if n.startswith("extra__sage_files__")}
print(json.dumps([hook.hook_name, hook.hook_class_name, manager.field_behaviours["sage_files"]["hidden_fields"], form]))
"""


@pytest.fixture(scope="module", autouse=True)
def _airflow_home(test_var: Path) -> None:
    """Airflow writes into a folder of this test run, if nothing has imported it before."""
    os.environ.setdefault("AIRFLOW_HOME", str(test_var / "airflow"))


@pytest.fixture
def place(sftp_server: SftpPlace) -> SftpPlace:
    for folder in (*READ_FOLDERS, *WRITTEN_FOLDERS):
        (sftp_server.root / "AW" / folder).mkdir(parents=True)
    return sftp_server


def attempt(place: SftpPlace, monkeypatch: pytest.MonkeyPatch, **changed: Any) -> tuple[bool, str]:
    """Test the connection as the form's button does: by type and id, through Airflow's own connection."""
    from airflow.models.connection import Connection

    extra = {"key_file": str(place.key_file), "host_key": place.host_key, "companies": "AW"}
    values = {"conn_type": "sage_files", "host": place.host, "port": place.port, "login": place.user}
    values |= {name: value for name, value in changed.items() if name in values}
    extra |= {name: value for name, value in changed.items() if name not in values}
    monkeypatch.setenv("AIRFLOW_CONN_PROBE", json.dumps({**values, "extra": extra}))
    with warnings.catch_warnings():
        # Airflow's own button asks its providers in the way it has deprecated for others.
        warnings.simplefilter("ignore")
        return Connection.get_connection_from_secrets("probe").test_connection()  # type: ignore[no-any-return]


def test_airflow_finds_the_type_and_its_form_without_an_installation(test_var: Path) -> None:
    environment = {**os.environ, "AIRFLOW_HOME": str(test_var / "airflow-forms"), "PYTHONPATH": "plugins"}
    asked = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True, env=environment)
    name, hook, hidden, form = json.loads(asked.stdout.splitlines()[-1])
    assert (name, hook) == ("Sage 300 CRE (files)", "sage_hooks.files_hook.SageFilesHook")
    assert "password" in hidden
    fields = {field.removeprefix("extra__sage_files__"): shown for field, shown in form.items()}
    assert set(fields) == {
        "host_key", "next_host_key", "key_file", "private_key", "openpgp_flows", "openpgp_folder", "companies",
    }  # fmt: skip
    assert fields["private_key"]["schema"]["format"] == "password"
    assert all(shown["description"] and shown["schema"]["title"] for shown in fields.values())


def test_the_provider_is_of_airflows_schema() -> None:
    from airflow.providers_manager import _create_provider_info_schema_validator

    _create_provider_info_schema_validator().validate(get_provider_info())


def test_a_right_connection_is_told_and_leaves_nothing(place: SftpPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    is_good, said = attempt(place, monkeypatch)
    assert is_good, said
    assert said == "Server, key and login are right; folders of AW can be read and written."
    assert [path for path in place.root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"port": 1}, ("RS-129", "no SFTP server answers", "ConnectionRefusedError", "check host, port")),
        ({"host": "nowhere.invalid"}, ("RS-129", "bridge@nowhere.invalid", "name service")),
        ({"login": "stranger"}, ("RS-122", "refuses the login", "stranger@", "check user and key")),
        ({"host_key": ""}, ("RS-123", "host_key", "copy it from the server's .pub file")),
        ({"key_file": "/nowhere"}, ("RS-123", "private key", "set key_file or private_key")),
        ({"companies": ""}, ("RS-127", "field companies", "AW, BPI")),
        ({"companies": "AW, BPI"}, ("RS-128", "record: BPI/from_sage", "no such folder", "have it made")),
    ],
)
def test_what_is_wrong_is_told_with_what_to_repair(
    place: SftpPlace, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], said: tuple[str, ...]
) -> None:
    is_good, sentence = attempt(place, monkeypatch, **changed)
    assert not is_good
    assert [words for words in said if words not in sentence] == [], sentence


def test_another_host_key_is_never_accepted(place: SftpPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncssh

    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    is_good, sentence = attempt(place, monkeypatch, host_key=other)
    assert not is_good
    assert sentence.startswith("RS-121")
    assert "only then correct host_key" in sentence


class Locked:
    """An exchange whose server refuses a right: root may do everything on this machine, so the refusal is put in."""

    def __init__(self, place: SftpPlace, method: str, folder: str) -> None:
        from sage_hooks.exchange import Exchange

        self._real = Exchange(place.host, place.port, place.user, str(place.key_file), place.host_key)
        self._method, self._folder = method, folder

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        if name != self._method:
            return real

        def refused(path: str, *arguments: Any) -> Any:
            import asyncssh

            if path.startswith(self._folder):
                with self._real._errors(path):
                    raise asyncssh.SFTPPermissionDenied("no")
            return real(path, *arguments)

        return refused


@pytest.mark.parametrize(
    ("method", "folder", "do"),
    [
        ("listing", "AW/ack", "let the login read this folder"),
        ("write", "AW/to_sage", "write, rename and remove files in this folder; it could not write"),
        ("rename", "AW/to_sage", "write, rename and remove files in this folder; it could not rename"),
    ],
)
def test_a_missing_right_names_folder_and_right(place: SftpPlace, method: str, folder: str, do: str) -> None:
    from sage_bridge.errors import BadConfig

    exchange: Any = Locked(place, method, folder)
    with pytest.raises(BadConfig) as refused:
        check(exchange, ["AW"])
    exchange.close()
    sentence = str(refused.value)
    assert sentence.startswith("RS-128")
    assert f"record: {folder};" in sentence
    assert "found: permission denied" in sentence
    assert do in sentence
