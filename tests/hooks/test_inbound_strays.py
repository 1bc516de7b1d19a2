"""Files nobody agreed on: left unopened, named in an exception, and forgotten when they are gone."""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

import pytest

from sage_hooks import inbound_folder
from tests.hooks.inbound_sender import EVENT, JOB, csv_bytes, manifest_bytes

if TYPE_CHECKING:
    from tests.hooks.inbound_sender import Sender


@pytest.mark.parametrize(
    "name",
    [
        "JOB_AW_PROD_1_v1.csv",
        "JOB_AW_PROD_00000000_v1.csv",
        "JOB_AW_PROD_00000001_v1.txt",
        "JOB_AW_PROD_00000001_v1.ndjson",
        "JOB_XX_PROD_00000001_v1.csv",
        "JOB_AW_TEST_00000001_v1.csv",
        "NOPE_AW_PROD_00000001_v1.csv",
        "EVENT_AW_PROD_00000001_v1.ndjson",
        "job_aw_prod_00000001_v1.csv",
        "jobs final (2).csv",
        "JOB_AW_PROD_00000001_v1.csv ",
        "=cmd|' C calc'!A0.csv",
        "J\u00f6B_AW_PROD_00000001_v1.csv",
        "JOB_AW_PROD_00000001_v01.csv",
        "JOB_AW_PROD_00000001_v0.csv",
        "JOB_AW_PROD_\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0661_v1.csv",
        "\u202ejob.csv",
        "a" * 240 + ".csv",
        "..csv",
        "$(reboot).csv",
    ],
)  # fmt: skip
def test_a_name_that_is_not_agreed_stays_unopened(sender: Sender, name: str) -> None:
    content = csv_bytes("JOB", [JOB])
    manifest = sender.manifest("JOB", [JOB], content)
    folder = sender.folder("from_sage")
    (folder / name).write_bytes(content)
    (folder / f"{name}.ok").write_bytes(manifest_bytes(manifest))

    assert sender.take() == []

    (exception,) = sender.exceptions()
    assert (exception["record_kind"], exception["rule"]) == ("file", "RS-214")
    assert exception["record_key"] == name.encode("ascii", "backslashreplace").decode()
    assert sender.count("core.job") == 0
    (folder / name).unlink()
    (folder / f"{name}.ok").unlink()
    assert sender.take() == []
    assert sender.exceptions() == []


def test_a_name_cannot_forge_a_line_of_the_log(sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
    (sender.folder("from_sage") / "x\nERROR RS-902 all is lost\x1b[2J.csv").write_bytes(b"")
    assert sender.take("JOB") == []
    assert [row["record_key"] for row in sender.exceptions()] == ["x\\x0aERROR RS-902 all is lost\\x1b[2J.csv"]
    assert all(message.isprintable() for message in caplog.messages)


@pytest.mark.parametrize("which", ["", ".ok"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "socket"])
def test_what_is_no_file_stays_unopened(sender: Sender, which: str, kind: str) -> None:
    name = sender.put("JOB")
    place = sender.folder("from_sage") / f"{name}{which}"
    place.unlink()
    if kind == "folder":
        place.mkdir()
    else:
        os.mknod(place, 0o600 | (stat.S_IFIFO if kind == "pipe" else stat.S_IFSOCK))
    sender.put("VENDOR")

    assert [(one.flow, one.state) for one in sender.take("JOB", "VENDOR")] == [("VENDOR", "landed")]
    assert [row["rule"] for row in sender.exceptions()] == ["RS-214"]


def test_a_name_that_is_no_text_stays_unopened(sender: Sender) -> None:
    (sender.folder("from_sage") / os.fsdecode(b"J\xff.csv")).write_bytes(b"")
    assert sender.take("JOB") == []
    assert [row["record_key"] for row in sender.exceptions()] == ["J\\udcff.csv"]


@pytest.mark.parametrize("which", ["", ".ok"])
def test_a_link_stays_unopened(sender: Sender, which: str) -> None:
    name = sender.put("JOB")
    folder = sender.folder("from_sage")
    (folder / f"{name}{which}").rename(sender.server.root / "elsewhere")
    (folder / f"{name}{which}").symlink_to(sender.server.root / "elsewhere")

    assert sender.take("JOB") == []
    assert [row["rule"] for row in sender.exceptions()] == ["RS-214"]
    assert sender.count("core.job") == 0


def test_a_file_without_manifest_is_left_alone_and_reported_after_a_while(sender: Sender) -> None:
    content = csv_bytes("JOB", [JOB])
    name = "JOB_AW_PROD_00000001_v1.csv"
    sender.write(name, content, None)
    assert sender.take("JOB") == []
    assert sender.exceptions() == []
    old = time.time() - inbound_folder.SECONDS_WITHOUT_MANIFEST - 1
    os.utime(sender.folder("from_sage") / name, (old, old))

    assert sender.take("JOB") == []
    assert [(row["record_key"], row["rule"]) for row in sender.exceptions()] == [(name, "RS-215")]
    assert sender.count("core.job") == 0

    sender.write(name, content, sender.manifest("JOB", [JOB], content).to_bytes())
    assert sender.take_one("JOB").state == "landed"
    assert sender.exceptions() == []


def test_a_manifest_without_its_file_is_reported_too(sender: Sender) -> None:
    name = sender.put("JOB")
    (sender.folder("from_sage") / name).unlink()
    old = time.time() - inbound_folder.SECONDS_WITHOUT_MANIFEST - 1
    os.utime(sender.folder("from_sage") / f"{name}.ok", (old, old))

    assert sender.take("JOB") == []
    assert [row["rule"] for row in sender.exceptions()] == ["RS-215"]


def test_uploads_under_way_are_not_looked_at(sender: Sender) -> None:
    sender.write("JOB_AW_PROD_00000001_v1.csv.part.0a1b", b"half", None)
    assert sender.take() == []
    assert sender.exceptions() == []


def test_events_and_extracts_come_in_their_own_folders(sender: Sender) -> None:
    name = sender.put("EVENT", [EVENT])
    folder = sender.folder("from_sage")
    for suffix in ("", ".ok"):
        (sender.folder("from_runblu") / f"{name}{suffix}").rename(folder / f"{name}{suffix}")

    assert sender.take() == []
    assert {row["rule"] for row in sender.exceptions()} == {"RS-214"}
