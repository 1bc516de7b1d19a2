"""What the guard refuses, each with the sentence that goes back to the sender."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from agent.loop import Agent
from tests.agent.exchange_place import dc_file, rcv_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.agent.exchange_place import Place, SageFile

DC = "DC_AW_PROD_00000001_v1.txt"
GOOD = dc_file("R1", "R2")


def refusal(place: Place, name: str) -> str:
    with Agent(place.config()) as agent:
        agent.settle()
    assert f"{name}.res.csv" not in place.names("ack")
    ack = place.ack(name)
    assert ack["status"] == "refused"
    assert place.names("to_sage") == []
    assert place.names("rejected") == [name, f"{name}.ok"]
    return str(ack["reason"])


MANIFESTS: dict[str, tuple[dict[str, Any], str]] = {
    "another company": ({"company": "BB"}, "RS-263 manifest and file name differ"),
    "another revision": ({"rev": 2}, "RS-263 manifest and file name differ"),
    "hash": ({"sha256": "0" * 64}, "RS-264 sha256 differ from the manifest"),
    "size": ({"bytes": 1}, "RS-264 bytes differ from the manifest"),
    "encoding": ({"encoding": "utf-16"}, "RS-265 unknown encoding"),
    "rows": (
        {"rows": 3},
        "RS-271 rows differs from the manifest; record: DC_AW_PROD_00000001_v1.txt; expected: 3; found: 2",
    ),
    "debit": ({"debit": "251.01"}, "RS-271 debit differs"),
    "credit": ({"credit": "0.01"}, "RS-271 credit differs"),
    "net": ({"net": "-251.00"}, "RS-271 net differs"),
    "keys": ({"key_hash_total": "1"}, "RS-271 key_hash_total differs"),
    "chain": ({"previous_sha256": "f" * 64}, "RS-269 the file does not follow the last one taken"),
    "previous seq": ({"previous_seq": 7}, "RS-269 the file does not follow the last one taken"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifests_that_lie(place: Place, sage: SageFile, name: str) -> None:
    changes, sentence = MANIFESTS[name]
    file = place.send("DC", GOOD, **changes)
    assert refusal(place, file).startswith(sentence)
    assert sage.rows("select * from STAND_IN_RUN") == []


CONTENTS = {
    "header": (b'"Record","Job"\r\n', "RS-266 unknown record id; record: DC_AW_PROD_00000001_v1.txt line 1"),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, "RS-266"),
    "a field too few": (GOOD.replace(b',"B1"\r\n', b"\r\n", 1), "RS-266 wrong number of fields"),
    "LF": (GOOD.replace(b"\r\n", b"\n"), "RS-266 line ends are not as agreed"),
    "mixed ends": (GOOD.replace(b"\r\n", b"\n", 1), "RS-266 line ends are not as agreed"),
    "lone CR": (GOOD.replace(b"Install", b"Ins\rtall", 1), "RS-266 line ends are not as agreed"),
    "cut off": (GOOD[:-2], "RS-266 line ends are not as agreed"),
    "no lines": (b"", "RS-266 the file has no lines"),
    "blank line": (GOOD + b"\r\n", "RS-266 unknown record id"),
    "newline in a field": (GOOD.replace(b"Install", b"Ins\r\ntall", 1), "RS-266 a control character in a field"),
    "unclosed quote": (GOOD.replace(b'"B1"', b'"B1', 1), "RS-266"),
    "control character": (GOOD.replace(b"Install", b"Ins\x00tall", 1), "RS-266"),
    "not cp1252": (GOOD.replace(b"Install", b"Ins\x81tall", 1), "RS-265 the file is not cp1252"),
    "NaN": (dc_file("R1", amount="NaN"), "RS-267 the amount is no plain decimal"),
    "exponent": (dc_file("R1", amount="1e5"), "RS-267 the amount is no plain decimal"),
    "three decimals": (dc_file("R1", amount="1.005"), "RS-267 the amount is no plain decimal"),
    "no reference": (dc_file(""), "RS-267 the line has no usable reference"),
    "long reference": (dc_file("R2345678901"), "RS-267 the line has no usable reference"),
    "twice": (dc_file("R1", "R1"), "RS-272 a reference stands twice in the file"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_contents_that_break_the_layout(place: Place, sage: SageFile, name: str) -> None:
    content, sentence = CONTENTS[name]
    file = place.send_raw("DC", content)
    reason = refusal(place, file)
    assert reason.startswith(sentence), reason
    assert sage.rows("select * from STAND_IN_RUN") == []


def test_a_content_refusal_uses_up_the_number_so_that_the_next_file_goes_on(place: Place, sage: SageFile) -> None:
    place.send("DC", dc_file("R1"), rows=9)
    following = place.send("DC", dc_file("R2"))
    with Agent(place.config()) as agent:
        agent.settle()
    assert place.ack(following)["status"] == "received"
    assert sage.rows('select "Ref_1" from "JCT_NEW__TRANSACTION"') == [("R2",)]


def test_a_broken_chain_uses_up_nothing(place: Place) -> None:
    place.send("DC", dc_file("R1"), previous_sha256="f" * 64)
    following = place.send("DC", dc_file("R2"))
    with Agent(place.config()) as agent:
        agent.settle()
    assert following in place.names("to_sage")


def test_a_number_that_was_answered(place: Place) -> None:
    place.send("DC", dc_file("R1"))
    with Agent(place.config()) as agent:
        agent.settle()
    place.sent.clear()
    name = place.send("DC", dc_file("R2"))
    place.folder("to_sage").joinpath(name).rename(place.folder("to_sage") / name.replace("_v1", "_v2"))
    ok = place.folder("to_sage") / f"{name}.ok"
    place.folder("to_sage").joinpath(f"{name.replace('_v1', '_v2')}.ok").write_text(
        ok.read_text().replace('"rev": 1', '"rev": 2')
    )
    ok.unlink()
    assert refusal(place, name.replace("_v1", "_v2")).startswith(
        "RS-268 this number was answered before; record: DC_AW_PROD_00000001_v2.txt; expected: seq 2; found: seq 1"
    )


def test_bytes_that_were_taken_before(place: Place) -> None:
    first = place.send("RCV", rcv_file("E-1"))
    with Agent(place.config()) as agent:
        agent.settle()
    second = place.send("RCV", rcv_file("E-1"))
    reason = refusal(place, second)
    assert re.match(rf"RS-274 the same bytes were taken before; record: {second}; .*found: {first} ", reason)


def test_another_companys_file(place: Place) -> None:
    place.send("DC", GOOD)
    folder = place.folder("to_sage")
    stranger = DC.replace("_AW_", "_BB_")
    folder.joinpath(DC).rename(folder / stranger)
    folder.joinpath(f"{DC}.ok").rename(folder / f"{stranger}.ok")
    assert refusal(place, stranger).startswith("RS-262 the file is meant for another company or environment")


def test_links_are_not_followed(place: Place, tmp_path: Path) -> None:
    name = place.send("DC", GOOD)
    secret = tmp_path / "secret"
    secret.write_bytes(GOOD)
    data = place.folder("to_sage") / name
    data.unlink()
    data.symlink_to(secret)
    assert refusal(place, name).startswith("RS-260 not a regular file")


def test_files_that_are_too_great(place: Place) -> None:
    name = place.send("DC", GOOD)
    place.config(import__max_bytes=100)
    assert refusal(place, name).startswith("RS-261 the file is greater than allowed")


def test_receipts_are_proven_too(place: Place) -> None:
    name = place.send_raw("RCV", rcv_file("E-1").replace(b"Units,Unit,", b"Unit,Units,"))
    assert refusal(place, name).startswith("RS-266 the header is another")


def test_a_layout_of_the_companys_own(place: Place) -> None:
    columns = ["record_id", "job", "cost_code", "amount", "ref_1"]
    place.config(import__layouts={"DC": columns}, import__macro=[])
    content = b'"DC","1001","05 05 23",10.00,"R1"\r\n'
    name = place.send_raw("DC", content, rows=1, debit="10.00", net="10.00", key_hash_total=place.key_hash("R1"))
    with Agent(place.config()) as agent:
        agent.settle()
    assert place.ack(name)["status"] == "received"
