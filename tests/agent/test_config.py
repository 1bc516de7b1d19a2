"""The configuration is read strictly: a misspelt key would switch a guard off unseen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.config import load
from sage_bridge.errors import BadConfig
from sage_bridge.feeds import FEEDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.agent.exchange_place import Place

SMALLEST: dict[str, Any] = {
    "company": "AW", "environment": "PROD", "zone": "UTC", "state_dir": "state", "receipts_dir": "/srv/receipts",
    "source": {"kind": "sqlite", "path": "sage.db"},
    "sftp": {"host": "localhost", "user": "sage", "key_file": "key", "host_key": "ssh-ed25519 AAAA"},
    "import": {"inbox_dir": "inbox"},
}  # fmt: skip


def loaded(tmp_path: Path, **changes: object) -> Any:
    path = tmp_path / "agent.json"
    path.write_text(json.dumps(SMALLEST | changes), encoding="utf-8")
    return load(path)


def test_defaults(tmp_path: Path) -> None:
    config = loaded(tmp_path)
    assert config.state_dir == tmp_path / "state"
    assert str(config.receipts_dir) == "/srv/receipts"
    assert config.imports.cwd == tmp_path
    assert config.flows == tuple(FEEDS)
    assert config.imports.flows == ("DC", "ADJ", "RCV")
    assert (config.poll_seconds, config.skip_unchanged, config.encoding) == (0.5, True, "utf-8")
    assert config.extract_after_import == ("JCN", "JCT")


def test_flows_can_be_switched_off(tmp_path: Path) -> None:
    config = loaded(tmp_path, source={"kind": "sqlite", "path": "sage.db", "flows_off": ["GLT", "ITEM"]})
    assert "GLT" not in config.flows
    assert "JCT" in config.flows


def test_the_direct_cost_macro_is_never_run_on_other_layouts(tmp_path: Path) -> None:
    layout = {"records": {"GL": ["record", "amount", "account"]}, "amount": "amount"}
    imports = {"inbox_dir": "inbox", "macro": ["dc"], "flows": ["DC", "GLJ"], "layouts": {"GLJ": layout}}
    config = loaded(tmp_path, **{"import": imports})
    assert config.imports.macro_of("ADJ") == ("dc",)
    assert config.imports.macro_of("GLJ") == ()
    assert loaded(tmp_path, **{"import": imports | {"macros": {"GLJ": ["gl"]}}}).imports.macro_of("GLJ") == ("gl",)


def test_a_password_stays_out_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = {"kind": "odbc", "connection_string": "Driver={Timberline Data};PWD=${SAGE_PASSWORD};StandardMode=1"}
    monkeypatch.setenv("SAGE_PASSWORD", "s3cret")
    assert loaded(tmp_path, source=source).source.connection_string.endswith("PWD=s3cret;StandardMode=1")
    monkeypatch.delenv("SAGE_PASSWORD")
    with pytest.raises(BadConfig, match=r"source.connection_string is wrong.*SAGE_PASSWORD set; found: not set"):
        loaded(tmp_path, source=source)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pol_seconds": 1}, "configuration key pol_seconds is wrong"),
        ({"company": "aw"}, "configuration key company is wrong"),
        ({"environment": "LIVE"}, "environment is wrong; record: .*; expected: one of PROD, TEST; found: LIVE"),
        ({"encoding": "utf-16"}, "encoding is wrong"),
        ({"poll_seconds": -1}, "poll_seconds is wrong"),
        ({"poll_seconds": True}, "poll_seconds is wrong"),
        ({"skip_unchanged": "yes"}, "skip_unchanged is wrong"),
        ({"state_dir": 7}, "state_dir is wrong; record: .*; expected: a text; found: 7"),
        ({"source": "sage.db"}, "source is wrong"),
        ({"source": {"kind": "sqlite"}}, "source.path is wrong; record: .*; found: nothing"),
        ({"source": {"kind": "oracle"}}, "source.kind is wrong"),
        ({"source": {"kind": "sqlite", "path": "x", "connection_string": "y"}}, "source.connection_string is wrong"),
        ({"source": {"kind": "sqlite", "path": "x", "tables": {"JOBS": "T"}}}, "source.tables.JOBS is wrong"),
        ({"source": {"kind": "sqlite", "path": "x", "tables": {"JOB": 'T" --'}}}, "source.tables.JOB is wrong"),
        (
            {"source": {"kind": "sqlite", "path": "x", "columns": {"JOB": {"Jab": []}}}},
            "source.columns.JOB.Jab is wrong",
        ),
        (
            {"source": {"kind": "sqlite", "path": "x", "columns": {"JOB": {"Job": ["a b"]}}}},
            "source.columns.JOB.Job is",
        ),
        ({"source": {"kind": "sqlite", "path": "x", "flows_off": ["JCN"]}}, "source.flows_off is wrong"),
        ({"schedule": {"DC": 5}}, "schedule.DC is wrong"),
        ({"extract_after_import": ["DC"]}, "extract_after_import is wrong"),
        ({"import": {}}, "import.inbox_dir is wrong"),
        ({"import": {"inbox_dir": "i", "macro": "sage.exe"}}, "import.macro is wrong"),
        ({"import": {"inbox_dir": "i", "flows": ["GLJ"]}}, "import.layouts is wrong"),
        ({"import": {"inbox_dir": "i", "layouts": {"DC": ["record", "amount"]}}}, "import.layouts.DC is wrong"),
        ({"import": {"inbox_dir": "i", "layouts": {"ADJ": {"records": {"DC": ["x"]}}}}}, "import.layouts.ADJ is wrong"),
        ({"import": {"inbox_dir": "i", "layouts": {"GLJ": "GL"}}}, "import.layouts.GLJ is wrong"),
        ({"import": {"inbox_dir": "i", "print": {"summary": "("}}}, "import.print.summary is wrong"),
        ({"import": {"inbox_dir": "i", "print": {"summary": "x"}}}, "import.print.summary is wrong.*group accepted"),
        ({"import": {"inbox_dir": "i", "max_attempts": 0}}, "import.max_attempts is wrong"),
        ({"post": {"marco": []}}, "post.marco is wrong"),
    ],
)
def test_what_is_refused(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadConfig, match=f"RS-160 .*{sentence}"):
        loaded(tmp_path, **changes)


@pytest.mark.parametrize("content", [None, b"{", b"[]", b"\xff\xfe"])
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "agent.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadConfig, match=r"RS-160 configuration .*see docs/agent.md, Configuration"):
        load(path)


def test_a_wrong_host_key_is_a_hard_stop(place: Place) -> None:
    import asyncssh

    from agent.transport import FileServer

    ours = place.config().sftp.host_key
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    with (
        FileServer(place.config(sftp__host_key=stranger).sftp) as server,
        pytest.raises(BadConfig, match="RS-165 the file server or its key is not the one agreed"),
    ):
        server.listing("AW")
    # While the server's key is being changed, the next one is accepted beside it.
    with FileServer(place.config(sftp__host_key=stranger, sftp__next_host_key=ours).sftp) as server:
        assert server.listing("nowhere") == []
