"""Files nobody agreed on: left unopened, named in an exception, and forgotten when they are gone."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from sage_hooks import inbound_folder
from sage_hooks.exchange import Entry
from tests.hooks.inbound_sender import EVENT, JOB, csv_bytes, manifest_bytes

if TYPE_CHECKING:
    from tests.hooks.inbound_sender import Sender

pytestmark = pytest.mark.slow


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


@dataclass(frozen=True)
class LyingServer:
    """Lists names that no file system of ours would hold, each as a file with its manifest."""

    names: tuple[str, ...]

    def listing(self, folder: str) -> list[Entry]:  # noqa: ARG002 - the same everywhere
        return [Entry(f"{name}{end}", 10, 1, is_regular=True) for name in self.names for end in ("", ".ok")]


GOOD_NAME = "JOB_AW_PROD_00000001_v1.csv"
PLACES = (
    "",
    "/",
    "../",
    "../../to_sage/",
    "./",
    "AW/from_sage/",
    "/etc/",
    "C:\\",
    "\\\\host\\",
    "file://",
    "~/",
    "%2e%2e/",
)
FRINGES = (
    "\x00",
    "\n",
    "\r",
    "\t",
    "\x1b[2J",
    "\x7f",
    "\u202e",
    "\u00a0",
    "\ufeff",
    " ",
    ".",
    ";",
    "|",
    "$(id)",
    "`id`",
    "%00",
    "*",
)


def hostile_names() -> tuple[str, ...]:
    """Give more than 500 names close to a good one, none of them it."""
    made = [f"{place}{GOOD_NAME}{fringe}" for place in PLACES for fringe in ("", *FRINGES)]
    made += [f"{place}{fringe}{GOOD_NAME}" for place in PLACES for fringe in FRINGES]
    made += [f"{GOOD_NAME[:at]}{fringe}{GOOD_NAME[at:]}" for at in range(1, len(GOOD_NAME)) for fringe in FRINGES[:4]]
    made += [f"{GOOD_NAME[:at]}{GOOD_NAME[at].swapcase()}{GOOD_NAME[at + 1 :]}" for at in range(len(GOOD_NAME))]
    made += [
        GOOD_NAME.replace("A", "\u0410"),
        GOOD_NAME.replace("1", "\u0661"),
        GOOD_NAME.replace("_", "\u2010"),
        ".",
        "..",
    ]
    return tuple(sorted(set(made) - {GOOD_NAME}))


def test_no_name_of_a_lying_server_is_taken() -> None:
    names = hostile_names()
    assert len(names) > 500
    arrivals, strays = inbound_folder.look(LyingServer(names), "AW/from_sage", "AW", "PROD")  # type: ignore[arg-type]
    assert arrivals == []
    assert {stray.why.code for stray in strays} == {"RS-214"}
    assert len(strays) == len(names)
    assert all(stray.name.isascii() and stray.name.isprintable() and "\n" not in str(stray.why) for stray in strays)
    good, _ = inbound_folder.look(LyingServer((*names, GOOD_NAME)), "AW/from_sage", "AW", "PROD")  # type: ignore[arg-type]
    assert [arrival.path for arrival in good] == [f"AW/from_sage/{GOOD_NAME}"]


@pytest.mark.parametrize("which", ["", ".ok"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "socket", "device"])
def test_what_is_no_file_stays_unopened(sender: Sender, which: str, kind: str) -> None:
    name = sender.put("JOB")
    place = sender.folder("from_sage") / f"{name}{which}"
    place.unlink()
    if kind == "folder":
        place.mkdir()
    elif kind == "device" and os.geteuid() != 0:
        # Only root makes one; a name for a device that is there looks the same, and is a link besides.
        place.symlink_to("/dev/zero")
    else:
        # 1, 5: /dev/zero, which never ends.
        mode = {"pipe": stat.S_IFIFO, "socket": stat.S_IFSOCK, "device": stat.S_IFCHR}[kind]
        os.mknod(place, 0o600 | mode, os.makedev(1, 5))
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
