"""Lanes and landing where files are sealed by OpenPGP: the books are those of clear files, the server holds none."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from typing import TYPE_CHECKING

import pysequoia
import pytest

from sage_bridge.errors import LaneStopped
from sage_bridge.transfers import FileName, Manifest, Totals
from sage_hooks import inbound, outbox, runblu_files
from tests.hooks.outbox.place import COMPANY, Place
from tests.openpgp import Gpg, both, key_of, open_sealed, sealed_by

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sage_hooks.exchange_sealed import SealedExchange

pytestmark = pytest.mark.slow

FIRST = "DC_AW_PROD_00000001_v1.txt"
PERIOD = "PERIOD_AW_PROD_00000001_v1.csv"


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    return both(tmp_path / "keys")


@pytest.fixture
def sealing(place: Place, keys: tuple[Path, Path]) -> Iterator[SealedExchange]:
    with open_sealed(place.server, keys[0]) as exchange:
        yield exchange


def content(place: Place) -> bytes:
    return bytes(place.one("select content from outbox.batch where file_name = %(n)s", n=FIRST))


def answer(place: Place, keys: tuple[Path, Path], suffix: str, text: str, rows: int, signer: pysequoia.Tsk) -> None:
    """Put an answer with its proof as the agent does: signed, and encrypted to the bridge."""
    body = text.encode()
    proof = {"format": 1, "sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body), "rows": rows}
    folder = place.root / "ack"
    folder.mkdir(parents=True, exist_ok=True)
    for name, written in ((f"{FIRST}{suffix}", body), (f"{FIRST}{suffix}.ok", json.dumps(proof).encode())):
        (folder / name).write_bytes(sealed_by(written, signer, key_of(keys[0])))


def ack(place: Place) -> str:
    sent = content(place)
    return json.dumps(
        {
            "format": 1, "file": FIRST, "flow": "DC", "company": COMPANY, "environment": "PROD", "seq": 1, "rev": 1,
            "sha256": hashlib.sha256(sent).hexdigest(), "bytes": len(sent), "rows": 1, "importer": "test",
            "received_at": "2026-03-03T00:00:00+00:00", "status": "received", "reason": "",
        }
    )  # fmt: skip


def test_a_sealed_lane_ends_as_a_clear_one_and_hides_its_content(
    place: Place, sealing: SealedExchange, keys: tuple[Path, Path]
) -> None:
    place.entry("10.00", "1")
    outbox.seal_costs(place.connection, COMPANY)
    assert outbox.deliver(place.connection, sealing, COMPANY, "DC", ack_wait_seconds=0).sent == 1
    # Looked for again, it is known by its clear bytes; nothing is sent twice.
    assert outbox.deliver(place.connection, sealing, COMPANY, "DC", ack_wait_seconds=0).sent == 0
    inbox = {path.name: path.read_bytes() for path in (place.root / "to_sage").iterdir()}
    assert set(inbox) == {FIRST, f"{FIRST}.ok"}
    assert sealing.read(f"AW/to_sage/{FIRST}") == content(place)
    assert b"03 30 00" in content(place)
    assert b"03 30 00" not in inbox[FIRST]
    assert hashlib.sha256(content(place)).hexdigest().encode() not in inbox[f"{FIRST}.ok"]
    reference = place.one("select posting_reference from outbox.cost_posting")
    agent = key_of(keys[1])
    answer(place, keys, ".ack.json", ack(place), 1, agent)
    answer(place, keys, ".res.csv", f"line,reference,result,code,message\n1,{reference},ACCEPTED,,\n", 1, agent)
    assert outbox.take_answers(place.connection, sealing, COMPANY) == outbox.Answered(1, 1, accepted=1)
    assert place.states() == {"accepted": 1}


def test_an_answer_that_another_signed_stops_the_lane(
    place: Place, sealing: SealedExchange, keys: tuple[Path, Path]
) -> None:
    place.entry("10.00", "1")
    outbox.seal_costs(place.connection, COMPANY)
    outbox.deliver(place.connection, sealing, COMPANY, "DC", ack_wait_seconds=0)
    answer(place, keys, ".ack.json", ack(place), 1, pysequoia.Tsk.generate("another"))
    theirs = key_of(keys[1]).extract_certificate().fingerprint
    with pytest.raises(
        LaneStopped, match=f"RS-501 .*RS-220 .*{FIRST}.ack.json; expected: encrypted, signed by {theirs}"
    ):
        outbox.take_answers(place.connection, sealing, COMPANY)


def test_a_clear_file_under_our_name_is_not_taken_for_ours(place: Place, sealing: SealedExchange) -> None:
    place.entry("10.00", "1")
    outbox.seal_costs(place.connection, COMPANY)
    (place.root / "to_sage").mkdir(parents=True, exist_ok=True)
    # Even the very bytes: who wrote them did not hold our key.
    (place.root / "to_sage" / FIRST).write_bytes(content(place))
    with pytest.raises(LaneStopped, match="RS-501"):
        outbox.deliver(place.connection, sealing, COMPANY, "DC", ack_wait_seconds=0)


def period(
    place: Place, signer: pysequoia.Tsk | None, data_signer: pysequoia.Tsk | None, reader: pysequoia.Tsk
) -> None:
    """Put a calendar of Sage's, manifest and data each sealed by somebody."""
    body = b"Period,Application,Status\n2026-03,JC,Open\n"
    totals = Totals()
    totals.add(["2026-03", "JC"], totals.debit)
    figures = totals.fields()
    name = FileName.parse(PERIOD)
    assert name is not None
    manifest = Manifest(
        flow=name.flow, company=name.company, environment=name.environment, seq=1, rev=1, previous_seq=0,
        previous_sha256="", sha256=hashlib.sha256(body).hexdigest(), bytes=len(body), rows=1,
        debit=str(figures["debit"]), credit=str(figures["credit"]), net=str(figures["net"]),
        key_hash_total=str(figures["key_hash_total"]), encoding="utf-8",
        extracted_at="2026-03-05T06:00:00+00:00", zone="UTC", extent="full",
    )  # fmt: skip
    folder = place.root / "from_sage"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PERIOD).write_bytes(sealed_by(body, data_signer, reader))
    (folder / f"{PERIOD}.ok").write_bytes(sealed_by(manifest.to_bytes(), signer, reader))


def test_only_what_sage_s_side_signed_lands(place: Place, sealing: SealedExchange, keys: tuple[Path, Path]) -> None:
    us, agent, other = key_of(keys[0]), key_of(keys[1]), pysequoia.Tsk.generate("other")
    taken = []
    for signers in ((None, agent), (other, agent), (agent, None), (agent, other), (agent, agent)):
        period(place, *signers, us)
        (outcome,) = inbound.take_transfers(place.connection, sealing, COMPANY, ("PERIOD",), "PROD")
        taken.append((outcome.state, outcome.reason[:6], PERIOD in outcome.reason))
    assert taken == [*[("refused", "RS-220", True)] * 4, ("landed", "", False)]
    assert place.one("select count(*) from core.fiscal_period") == 1
    # Our acknowledgement is for Sage's side alone, too.
    written = (place.root / "ack" / f"{PERIOD}.ack.json").read_bytes()
    assert b"received" not in written
    assert json.loads(sealing.read(f"AW/ack/{PERIOD}.ack.json"))["status"] == "received"


def test_runblu_reads_and_answers_with_gpg(place: Place, keys: tuple[Path, Path], tmp_path: Path) -> None:
    with closing(Gpg(tmp_path / "gpg")) as gpg:
        (keys[0] / "runblu.pub").write_bytes(gpg.run("--export", gpg.fingerprint).stdout)
        ours = key_of(keys[0]).extract_certificate()
        gpg.run("--import", content=bytes(ours))
        name = "MASTER_AW_PROD_00000001_v1.ndjson"
        with open_sealed(place.server, keys[0], "runblu") as exchange:
            assert runblu_files.deliver_files(place.connection, exchange, COMPANY).sent
            raw = (place.root / "to_runblu" / name).read_bytes()
            clear = gpg.run("--decrypt", content=raw).stdout
            manifest = json.loads(
                gpg.run("--decrypt", content=(place.root / "to_runblu" / f"{name}.ok").read_bytes()).stdout
            )
            assert manifest["sha256"] == hashlib.sha256(clear).hexdigest()
            assert b"24-0012" in clear
            assert b"24-0012" not in raw
            said = {
                name: manifest[name]
                for name in ("flow", "company", "environment", "seq", "rev", "sha256", "bytes", "rows")
            }
            body = json.dumps(
                {
                    **said, "format": 1, "file": name, "importer": "runblu", "status": "received", "reason": "",
                    "received_at": "2026-03-03T00:00:00+00:00",
                }
            ).encode()  # fmt: skip
            proof = {"format": 1, "sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body), "rows": 1}
            acks = place.root / "ack"
            acks.mkdir(parents=True, exist_ok=True)
            to_us = ["-z", "0", "--sign", "--encrypt", "-u", gpg.fingerprint, "-r", ours.fingerprint]
            for end, written in ((".ack.json", body), (".ack.json.ok", json.dumps(proof).encode())):
                (acks / f"{name}{end}").write_bytes(gpg.run(*to_us, content=written).stdout)
            assert runblu_files.deliver_files(place.connection, exchange, COMPANY).received == 1
