"""Size and time: what is beyond a limit is refused early, whatever the other side sends and however slowly."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest

from ops.companies import default_profile, store_profile
from ops.processes import LOOPBACK
from ops.sftp_server import Keys, _Files, _Login
from tests.conftest import SftpPlace
from tests.hooks.hardness.reading import key_hash_total
from tests.hooks.inbound_sender import EVENT, JOB, Sender, csv_bytes, event_bytes, manifest_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

GIGABYTE = 1 << 30
HEADER = csv_bytes("JOB", [])


class Made:
    """What a server of our own says of a file: its size, and its bytes made when they are asked for."""

    def __init__(self) -> None:
        self.size = 0
        self.bytes_at: Callable[[int, int], bytes] = lambda _offset, _size: b""
        self.seconds_per_read = 0.0
        self.served = 0


class MadeFiles(_Files):
    """A server's files, but for CSVs: those are made up."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], root: Path, made: Made) -> None:
        super().__init__(channel, chroot=str(root).encode())
        self._made = made

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        return self._made if path.endswith(b".csv") else super().open(path, pflags, attrs)

    def fstat(self, file_obj: object) -> Any:
        if file_obj is self._made:
            return asyncssh.SFTPAttrs(size=self._made.size, permissions=0o100600)
        return super().fstat(file_obj)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        if file_obj is not self._made:
            return super().read(file_obj, offset, size)
        await asyncio.sleep(self._made.seconds_per_read)
        found = self._made.bytes_at(offset, min(size, self._made.size - offset))
        self._made.served += len(found)
        return found

    def close(self, file_obj: object) -> None:
        if file_obj is not self._made:
            super().close(file_obj)


@pytest.fixture
def made() -> Made:
    return Made()


@pytest.fixture
def sender(warehouse: Connection, made: Made, tmp_path: Path, _sftp_keys: Path) -> Iterator[Sender]:
    """A sender whose server makes up the content of every CSV; the profile allows a reading of two seconds."""
    profile = default_profile("AW")
    store_profile(warehouse, profile)
    warehouse.execute("update core.company set profile = jsonb_set(profile, '{limits,file_seconds}', '2')")
    warehouse.commit()
    keys, root = Keys(_sftp_keys), tmp_path / "sftp"
    root.mkdir()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listening = asyncssh.listen(
        LOOPBACK,
        0,
        server_factory=lambda: _Login(keys),
        server_host_keys=[str(keys.host_key_file)],
        sftp_factory=lambda channel: MadeFiles(channel, root, made),
        encoding=None,
    )
    server = asyncio.run_coroutine_threadsafe(_made(listening), loop).result(timeout=20)
    place = SftpPlace(root, LOOPBACK, server.get_port(), "bridge", keys.key_file("bridge"), keys.host_key)
    yield Sender(warehouse, place)

    async def close() -> None:
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(close(), loop).result(timeout=20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=20)
    loop.close()


async def _made(listening: Any) -> asyncssh.SSHAcceptor:
    return await listening


def announce(sender: Sender, made: Made, size: int, bytes_at: Callable[[int, int], bytes]) -> None:
    made.size, made.bytes_at = size, bytes_at
    sender.put("JOB", [JOB], b"made by the server", bytes=size)


def repeated(pattern: bytes) -> Callable[[int, int], bytes]:
    block = pattern * (300_000 // len(pattern))

    def bytes_at(offset: int, size: int) -> bytes:
        start = offset % len(pattern)
        return (HEADER + block)[:size] if offset == 0 else block[start : start + size]

    return bytes_at


def peak(work: Callable[[], object]) -> int:
    """Run a piece of work and give by how much this process's memory rose above what it was, in MiB at the highest."""
    status, clear = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    clear.write_text("5", encoding="ascii")
    before = _figure(status, "VmRSS")
    work()
    return (_figure(status, "VmHWM") - before) // 1024


def _figure(status: Path, name: str) -> int:
    return next(int(line.split()[1]) for line in status.read_text(encoding="ascii").splitlines() if name in line)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        pytest.param(b"x", "RS-206 a line is longer", id="one-line"),
        pytest.param(b",", "RS-206 a line is longer", id="columns"),
    ],
)
def test_a_gigabyte_without_a_line_end_is_refused_early(sender: Sender, made: Made, pattern: bytes, words: str) -> None:
    announce(sender, made, GIGABYTE, repeated(pattern))
    reasons: list[str] = []

    risen = peak(lambda: reasons.append(sender.take_one("JOB").reason))

    assert reasons[0].startswith(words)
    assert "JOB_AW_PROD_00000001_v1.csv" in reasons[0]
    assert made.served < 32 * 1024 * 1024
    assert risen < 150
    assert sender.count("core.job") == sender.count("landing.raw_file") == 0


def test_a_gigabyte_inside_one_pair_of_quotes_is_refused_early(sender: Sender, made: Made) -> None:
    body = repeated(b"24-001,Terminal\n")
    announce(
        sender,
        made,
        GIGABYTE,
        lambda offset, size: (HEADER + b'"' + body(1, size))[:size] if not offset else body(offset, size),
    )

    outcome = sender.take_one("JOB")

    assert outcome.reason.startswith("RS-206 a quoted record is longer")
    assert made.served < 32 * 1024 * 1024


def test_more_than_the_limit_is_not_even_opened(sender: Sender, made: Made) -> None:
    announce(sender, made, 3 * GIGABYTE, repeated(b"x\n"))
    assert sender.take_one("JOB").reason.startswith("RS-202 file is larger than allowed")
    assert made.served == 0


def test_a_trickle_ends_when_its_time_is_over(sender: Sender, made: Made) -> None:
    announce(sender, made, 10_000, lambda _offset, size: b"x" * min(size, 1))
    made.seconds_per_read = 1
    sender.put("EVENT", [EVENT])
    started = time.monotonic()

    outcomes = {one.flow: one for one in sender.take("JOB", "EVENT")}

    assert time.monotonic() - started < 60
    assert outcomes["JOB"].reason.startswith("RS-217 file arrives too slowly")
    assert "10000 bytes within 2 seconds" in outcomes["JOB"].reason
    # The next file is taken over a connection of its own.
    assert outcomes["EVENT"].state == "landed"


def test_a_file_that_grows_while_it_is_read_is_refused(sender: Sender, made: Made) -> None:
    content = csv_bytes("JOB", [JOB])
    sender.put("JOB", [JOB], content)
    made.size = len(content)
    grown = content + b"24-002,More,In progress,0,\n"

    def bytes_at(offset: int, _size: int) -> bytes:
        made.size = len(grown)
        return grown[offset:]

    made.bytes_at = bytes_at
    assert sender.take_one("JOB").reason.startswith("RS-203 file is not the one its manifest describes")
    assert sender.count("core.job") == 0


def test_a_hundred_thousand_columns_are_refused(sender: Sender, made: Made) -> None:
    for content in (b",".join(b"c%d" % number for number in range(40_000)) + b"\n", HEADER + b"," * 100_000 + b"\n"):
        sender.last.clear()
        sender.connection.execute("delete from audit.transfer")
        made.size, made.bytes_at = len(content), lambda offset, size, whole=content: whole[offset : offset + size]  # type: ignore[misc]
        sender.put("JOB", [JOB], content)
        started = time.monotonic()
        assert sender.take_one("JOB").reason[:6] in {"RS-205", "RS-206"}
        assert time.monotonic() - started < 30


def test_a_huge_manifest_is_not_read(sender: Sender, made: Made) -> None:
    content = csv_bytes("JOB", [JOB])
    name = sender.put("JOB", [JOB], content)
    made.size = len(content)
    with (sender.folder("from_sage") / f"{name}.ok").open("r+b") as manifest:
        manifest.truncate(GIGABYTE)
    assert peak(lambda: sender.take_one("JOB")) < 150
    assert sender.rows("select left(reason, 6) as code from audit.transfer") == [{"code": "RS-202"}]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"zone": [[[]]]}, "zone is missing or of a wrong kind"),
        ({"previous_sha256": "\0"}, "previous_sha256 is no plain text"),
        ({"zone": "\ud800"}, "zone is no plain text"),
        ({"key_hash_total": "9" * 201}, "key_hash_total is no plain text"),
        ({"bytes": 2**63}, "bytes is out of bounds"),
        ({"previous_seq": -1}, "previous_seq is out of bounds"),
        ({"rows": int("9" * 4000)}, "another rows than its file"),
        ({"extracted_at": "0001-01-01T00:00:00+23:59"}, "time of extraction cannot be read"),
    ],
)
def test_figures_that_nothing_can_hold_refuse_the_file(
    sender: Sender, made: Made, changes: dict[str, Any], words: str
) -> None:
    content = csv_bytes("JOB", [JOB])
    name = sender.put("JOB", [JOB], content)
    sender.write(
        name,
        content,
        manifest_bytes(sender.manifest("JOB", [JOB], content, seq=1, previous_seq=0, previous_sha256=""), **changes),
    )
    made.size, made.bytes_at = len(content), lambda offset, size: content[offset : offset + size]
    reason = sender.take_one("JOB").reason
    assert words in reason
    assert len(reason) < 600


@pytest.mark.parametrize(
    "manifest",
    [b"[" * 60_000, b'{"a":' * 9_000, b'{"seq": ' + b"9" * 5_000 + b"}", b'{"seq": 1, "seq": 2}', b"\xff"],
    ids=["lists", "objects", "digits", "twice", "no-text"],
)
def test_a_manifest_that_no_reader_can_take_is_refused(sender: Sender, manifest: bytes) -> None:
    sender.write("JOB_AW_PROD_00000001_v1.csv", HEADER, manifest)
    assert sender.take_one("JOB").reason.startswith("RS-201 manifest ")


def test_documents_that_could_mean_two_things_or_break_the_server_stay_out_alone(sender: Sender) -> None:
    good = event_bytes([EVENT])
    bad = [
        good.replace(b"0a1b", b"e1").replace(b'"unit"', b'"quantity": "99", "unit"'),
        good.replace(b"0a1b", b"e2").replace(b'"kim"', b"[" * 30_000 + b"]" * 30_000),
        good.replace(b"0a1b", b"e3").replace(b'"10.0000"', b"1e400000"),
    ]
    rows = [EVENT, {"event_id": "e1"}, {}, {}]
    manifest = sender.manifest("EVENT", rows, b"".join([good, *bad]))
    # What cannot be read has no key.
    changed = manifest_bytes(manifest, key_hash_total=key_hash_total([["0a1b"], ["e1"], [""], [""]]))
    sender.write("EVENT_AW_PROD_00000001_v1.ndjson", b"".join([good, *bad]), changed)

    outcome = sender.take_one("EVENT")

    assert (outcome.state, outcome.rows_landed, outcome.rows_quarantined) == ("landed", 1, 3), outcome
    name = "EVENT_AW_PROD_00000001_v1.ndjson"
    keys = [row["record_key"] for row in sender.exceptions() if row["rule"] == "EVENT.json_object"]
    assert sorted(keys) == [f"{name} row 3", f"{name} row 4", "e1"]
