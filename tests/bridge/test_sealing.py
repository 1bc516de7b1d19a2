"""Which files are sealed and whose signature counts follows from the name alone."""

from __future__ import annotations

import pytest

from sage_bridge.errors import BadConfig
from sage_bridge.sealing import Agreement, Sealed, is_encrypted, refusal


def writer(path: str, words: str = "sage, runblu") -> str:
    sealed = Agreement.of(words, "test").of_path(path)
    return sealed.writer if sealed else ""


@pytest.mark.parametrize(
    ("path", "by"),
    [
        ("AW/from_sage/JOB_AW_PROD_00000001_v1.csv", "sage"),
        ("AW/from_sage/JOB_AW_PROD_00000001_v1.csv.ok", "sage"),
        ("AW/from_sage/JOB_AW_PROD_00000001_v1.csv.part.0a1b2c3d", "sage"),
        ("AW/ack/JOB_AW_PROD_00000001_v1.csv.ack.json", "bridge"),
        ("AW/to_sage/DC_AW_PROD_00000001_v1.txt", "bridge"),
        ("AW/to_sage/DC_AW_PROD_00000001_v1.txt.ok.part.0a1b", "bridge"),
        ("AW/processed/DC_AW_PROD_00000001_v1.txt", "bridge"),
        ("AW/rejected/RCV_AW_TEST_00000001_v1.csv", "bridge"),
        ("AW/ack/DC_AW_PROD_00000001_v1.txt.res.csv.ok", "sage"),
        ("AW/from_runblu/EVENT_AW_PROD_00000001_v1.ndjson", "runblu"),
        ("AW/ack/EVENT_AW_PROD_00000001_v1.ndjson.ack.json", "bridge"),
        ("AW/to_runblu/MASTER_AW_PROD_00000001_v1.ndjson", "bridge"),
        ("AW/ack/MASTER_AW_PROD_00000001_v1.ndjson.ack.json.ok", "runblu"),
        ("root/AW/from_sage/JOB_AW_PROD_00000001_v1.csv", "sage"),
        # No file of a flow, or not in its company's folder.
        ("AW/from_sage/probe.part.0a1b", ""),
        ("AW/health/agent_AW_PROD_20260101T000000Z.json", ""),
        ("AW/from_sage/JOB_BPI_PROD_00000001_v1.csv", ""),
        ("AW/audit/head_00000001.json", ""),
    ],
)  # fmt: skip
def test_who_writes_a_file_follows_from_folder_and_flow(path: str, by: str) -> None:
    assert writer(path) == by


def test_what_is_sealed_is_agreed_by_partner_flow_and_company() -> None:
    costs, jobs = "AW/to_sage/DC_AW_PROD_00000001_v1.txt", "AW/from_sage/JOB_AW_PROD_00000001_v1.csv"
    other, events = "BPI/to_sage/DC_BPI_PROD_00000001_v1.txt", "AW/from_runblu/EVENT_AW_PROD_00000001_v1.ndjson"
    agreed = {
        "sage": [costs, jobs, other],
        "DC": [costs, other],
        "AW/sage": [costs, jobs],
        "AW/DC BPI/JOB": [costs],
        "runblu": [events],
        "AW/EVENT,sage": [costs, jobs, other, events],
    }
    for words, paths in agreed.items():
        assert [path for path in (costs, jobs, other, events) if writer(path, words)] == paths, words
    assert Agreement.of("AW/EVENT,DC", "test").partners == {"sage", "runblu"}
    assert Agreement.of("sage", "").of_path(costs) == Sealed("DC", "bridge", "sage")
    with pytest.raises(BadConfig, match=r"RS-130 .*; record: x; .* found: aw/sage"):
        Agreement.of("sage aw/sage", "x")


def test_only_what_is_encrypted_begins_as_such() -> None:
    armor = b"-----BEGIN PGP MESSAGE-----\nComment: x\n\nwV4D"
    assert is_encrypted(b"\xc1\x6c\x06")
    assert is_encrypted(b"\x84\x5e\x03")
    assert is_encrypted(armor)
    assert is_encrypted(armor.replace(b"\n", b"\r\n"))
    signed, literal = b"\xc4\x0d\x03", b"\xcb\x0d\x03"
    for other in (b"", b"job,code", signed, literal, armor.replace(b"wV4D", b"xA0D"), b"-----BEGIN PGP MESSAGE-----\n"):
        assert not is_encrypted(other), other


def test_the_refusal_names_file_keys_and_next_step() -> None:
    said = str(refusal("AW/x.csv", ["aa", "bb"], ["cc"], "Message has been manipulated"))
    assert said.startswith("RS-220 file is not signed and encrypted as agreed; record: AW/x.csv; ")
    assert (
        "expected: encrypted, signed by aa or bb; found: signed by cc; Message has been manipulated; next step" in said
    )
    assert "no signature; compressed" in str(refusal("x", ["aa"], [], "Unexpected message structure"))
