"""Bad files: each is refused whole with a sentence that names file, place and reason; nothing of it lands."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from sage_bridge.errors import RefusedTransfer
from sage_hooks import inbound
from sage_hooks.exchange import BLOCK, Exchange
from tests.hooks.inbound_sender import EVENT, JOB, csv_bytes, event_bytes, manifest_bytes
from tests.hooks.inbound_sender import GOOD as GOOD_ROWS

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.hooks.inbound_sender import Sender

pytestmark = pytest.mark.slow

GOOD = csv_bytes("JOB", [JOB])
HEADER, LINE = GOOD.split(b"\n")[:2]


def assert_refused(sender: Sender, flow: str, *words: str) -> None:
    """One transfer was refused, by these words, and left nothing but its record, an exception and an answer."""
    (outcome,) = sender.take(flow)
    assert outcome.state == "refused", outcome
    for word in words:
        assert word in outcome.reason
    assert outcome.needs_person
    assert (outcome.rows_landed, outcome.rows_changed) == (0, 0)
    table = {"JOB": "core.job", "JCT": "core.job_cost_transaction", "EVENT": "ledger.material_event"}[flow]
    assert sender.count(table) == 0
    assert sender.count("audit.watermark") == 0
    assert outcome.file_name in [row["record_key"] for row in sender.exceptions() if row["record_kind"] == "file"]
    answer = sender.answer(outcome.file_name)
    assert (answer["status"], answer["reason"]) == ("refused", outcome.reason)
    with pytest.raises(RefusedTransfer, match=words[0]):
        inbound.require_landed([outcome])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        pytest.param({"sha256": "0" * 64}, ["RS-203", "sha256"], id="hash"),
        pytest.param({"bytes": 7}, ["RS-203", "expected: 7 bytes", f"found: {len(GOOD)} bytes"], id="bytes"),
        pytest.param({"rows": 2}, ["RS-207", "rows 2 but 1"], id="rows"),
        pytest.param({"debit": "1.00"}, ["RS-207", "debit 1.00 but 0"], id="debit"),
        pytest.param({"credit": "1.00"}, ["RS-207", "credit 1.00 but 0"], id="credit"),
        pytest.param({"net": "-0.01"}, ["RS-207", "net -0.01 but 0"], id="net"),
        pytest.param({"key_hash_total": "1"}, ["RS-207", "key hash total 1 but"], id="key-hash"),
        pytest.param({"encoding": "utf-16"}, ["RS-204", "utf-16"], id="encoding"),
        pytest.param({"extent": "some"}, ["RS-204", "extent"], id="extent"),
        pytest.param({"zone": "Mars/Olympus"}, ["RS-204", "Mars/Olympus"], id="zone"),
        pytest.param({"extracted_at": "yesterday"}, ["RS-204", "yesterday"], id="time"),
    ],
)
def test_a_manifest_that_does_not_fit_refuses_the_file(sender: Sender, wrong: dict[str, Any], words: list[str]) -> None:
    content = csv_bytes("JOB", [JOB])
    sender.put("JOB", [JOB], content, **wrong)
    assert_refused(sender, "JOB", *words)


@pytest.mark.parametrize(
    "wrong", [{"flow": "EXTRA"}, {"company": "XX"}, {"environment": "TEST"}, {"seq": 2}, {"rev": 2}, {"rows": -1}]
)
def test_a_manifest_of_another_file_refuses_it(sender: Sender, wrong: dict[str, Any]) -> None:
    manifest = sender.manifest("JOB", [JOB], GOOD)
    sender.write("JOB_AW_PROD_00000001_v1.csv", GOOD, manifest_bytes(manifest, **wrong))
    assert_refused(sender, "JOB", "RS-204", next(iter(wrong)), str(next(iter(wrong.values()))))


@pytest.mark.parametrize(
    "content",
    [b"", b"no json", b"[]", b'{"format": 1}', b"\xff\xfe", b"{}" * 40_000],
    ids=["empty", "text", "list", "fields", "utf-16", "huge"],
)
def test_an_unreadable_manifest_refuses_the_file(sender: Sender, content: bytes) -> None:
    sender.write("JOB_AW_PROD_00000001_v1.csv", GOOD, content)
    assert_refused(sender, "JOB", "RS-202" if len(content) > 70_000 else "RS-201")


def test_a_manifest_written_again_cures_the_file(sender: Sender) -> None:
    manifest = sender.manifest("JOB", [JOB], GOOD)
    sender.write("JOB_AW_PROD_00000001_v1.csv", GOOD, b"no json")
    assert sender.take_one("JOB").state == "refused"

    sender.write("JOB_AW_PROD_00000001_v1.csv", GOOD, manifest.to_bytes())

    assert sender.take_one("JOB").state == "landed"
    assert sender.exceptions() == []
    assert sender.answer("JOB_AW_PROD_00000001_v1.csv")["status"] == "received"
    assert sender.take("JOB") == []


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (HEADER + b",Colour", ["RS-205", "unknown: Colour", "row 1"]),
        (HEADER.replace(b",Status", b""), ["RS-205", "missing: Status"]),
        (HEADER + b",Job", ["RS-205", "named twice: Job"]),
        (HEADER.replace(b"Job,Description", b"Description,Job"), ["RS-205", "1 is Description where Job belongs"]),
        (HEADER.replace(b"Status", b"status"), ["RS-205", "unknown: status"]),
        (b"", ["RS-205"]),
        (HEADER.replace(b"Job", b'"Job'), ["RS-206", "header line cannot be read"]),
        (b"\xff\xfe" + HEADER, ["RS-206", "UTF-16"]),
        (b"\xef\xbb\xbf" + HEADER, ["RS-206", "byte order mark"]),
    ],
)  # fmt: skip
def test_a_header_that_is_not_the_feeds_refuses_the_file(sender: Sender, header: bytes, words: list[str]) -> None:
    sender.put("JOB", [JOB], header + b"\n" + LINE + b"\n")
    assert_refused(sender, "JOB", *words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(GOOD + LINE + b",more\n", ["RS-206", "line 3", "extra data"], id="row-too-long"),
        pytest.param(GOOD + b"24-002,x\n", ["RS-206", "line 3", "column", "missing data"], id="row-too-short"),
        pytest.param(GOOD + b"\n", ["RS-206", "line 3", "missing data"], id="blank-line"),
        pytest.param(GOOD + b'24-002,"x\n', ["RS-206", "unterminated"], id="unclosed-quote"),
        pytest.param(GOOD.replace(b"Terminal", b"Termi\0nal"), ["RS-206", "NUL", "byte"], id="nul"),
        pytest.param(GOOD.replace(b"\n", b"\r"), ["RS-206", "CR alone"], id="lone-cr"),
        pytest.param(HEADER + b"\r\n" + LINE + b"\n", ["RS-206", "newline"], id="mixed-crlf-lf"),
        pytest.param(HEADER + b"\n" + LINE + b"\r\n", ["RS-206", "carriage return"], id="mixed-lf-crlf"),
        pytest.param(HEADER + b"\n" + LINE + b"\r" + LINE + b"\n", ["RS-206", "carriage return"], id="cr-inside"),
        pytest.param(GOOD.replace(b"Terminal", b"Termi\x81nal"), ["RS-206", "0x81"], id="not-cp1252"),
        pytest.param(b"", ["RS-206", "an empty file"], id="no-byte"),
        pytest.param(HEADER, ["RS-206", "no line end"], id="header-only-unended"),
        pytest.param(GOOD.replace(b"Terminal", b"x" * 300_000), ["RS-206", "line is longer"], id="endless-line"),
        pytest.param(GOOD + b"Total,1,,,\n", ["RS-208", "JOB.no_total_row", "row 2", "'Total'"], id="trailing-total"),
        pytest.param(GOOD + LINE + b"\n", ["RS-207", "rows 1 but 2"], id="row-too-many"),
    ],
)
def test_bytes_that_are_no_clean_csv_refuse_the_file(sender: Sender, content: bytes, words: list[str]) -> None:
    sender.put("JOB", [JOB], content)
    assert_refused(sender, "JOB", *words)


def test_a_reading_that_is_given_up_is_ended_there(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    readings = []

    def chunks(exchange: Exchange, path: str, limit: int, seconds: float) -> Generator[bytes, None, None]:
        readings.append(original(exchange, path, limit, seconds))
        return readings[-1]

    original = Exchange.chunks
    monkeypatch.setattr(Exchange, "chunks", chunks)
    sender.put("JOB", [JOB], GOOD.replace(b"Terminal", b"x" * (2 * BLOCK)))

    assert_refused(sender, "JOB", "RS-206", "line is longer")

    # The last is the file; its manifest was read before.
    assert inspect.getgeneratorstate(readings[-1]) == inspect.GEN_CLOSED


def test_utf8_that_is_none_refuses_the_file(sender: Sender) -> None:
    sender.put("JOB", [JOB], GOOD.replace(b"Terminal", b"T\xfcrminal"), encoding="utf-8")
    assert_refused(sender, "JOB", "RS-206", "0xfc")


def test_a_file_above_the_limit_is_not_read_on(sender: Sender) -> None:
    sender.connection.execute("update core.company set profile = jsonb_set(profile, '{limits,file_bytes}', '20')")
    sender.put("JOB")
    assert_refused(sender, "JOB", "RS-202", "at most 20 bytes")


def test_more_rows_than_the_limit_are_refused_unread(sender: Sender) -> None:
    sender.connection.execute("update core.company set profile = jsonb_set(profile, '{limits,file_rows}', '0')")
    sender.put("JOB")
    assert_refused(sender, "JOB", "RS-204", "rows", "0 to 0")


@pytest.mark.parametrize(
    "content", [b"{}\n\n", event_bytes([EVENT]).replace(b"kim", b"k\x01m"), b"{}\0\n", b"{}\r{}\n"]
)
def test_bytes_that_are_no_clean_lines_refuse_an_event_file(sender: Sender, content: bytes) -> None:
    sender.put("EVENT", [EVENT], content)
    assert_refused(sender, "EVENT", "RS-20")


def test_what_the_warehouse_does_not_take_is_refused_not_crashed(sender: Sender) -> None:
    sender.connection.execute("alter table core.job add constraint no_terminal check (description <> 'Terminal')")
    sender.put("JOB")
    assert_refused(sender, "JOB", "RS-213", "no_terminal")


def test_a_refused_file_does_not_stop_the_others(sender: Sender) -> None:
    sender.put("VENDOR", sha256="0" * 64)
    sender.put("JOB")
    sender.put("ITEM", debit="9.99")

    outcomes = {one.flow: one.state for one in sender.take("JOB", "VENDOR", "ITEM")}

    assert outcomes == {"JOB": "landed", "VENDOR": "refused", "ITEM": "refused"}


def test_several_refusals_are_one_error(sender: Sender) -> None:
    sender.put("VENDOR", sha256="0" * 64)
    sender.put("ITEM", debit="9.99")
    with pytest.raises(RefusedTransfer, match=r"RS-200 2 transfers .*VENDOR_AW.*ITEM_AW"):
        inbound.require_landed(sender.take("VENDOR", "ITEM"))


def test_a_refused_file_is_tried_again_and_its_attempts_are_counted(sender: Sender) -> None:
    name = sender.put("EXTRA", [{**GOOD_ROWS["EXTRA"], "Extra": f"A{number}"} for number in range(6)])
    reasons = {sender.take_one("EXTRA").reason for _ in range(3)}

    assert len(reasons) == 1
    assert sender.rows("select attempts from audit.transfer where file_name = %s", name)[0]["attempts"] == 3
    assert {row["attempts"] for row in sender.exceptions()} == {3}
    assert len(sender.exceptions()) == 7
    assert sender.count("landing.raw_file") == 1
