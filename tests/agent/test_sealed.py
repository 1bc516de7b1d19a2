"""Sealed files over a real server: bridge and agent, gpg in the agent's place, and everything else refused."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pysequoia
import pytest

from agent.loop import Agent
from agent.sealed import Keyring
from agent.selftest import findings
from sage_bridge.errors import BadConfig, LaneStopped, RefusedTransfer
from sage_bridge.transfers import Manifest
from tests.agent.exchange_place import dc_file
from tests.openpgp import Gpg, both, key_of, open_sealed, sealed_by

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.config import Config
    from sage_hooks.exchange_sealed import SealedExchange
    from tests.agent.exchange_place import Place, SageFile
    from tests.conftest import SftpPlace

JOB = "JOB_AW_PROD_00000001_v1.csv"
ROOT = "exchange/"


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    return both(tmp_path / "keys")


@pytest.fixture
def bridge(sftp_server: SftpPlace, keys: tuple[Path, Path]) -> Iterator[SealedExchange]:
    with open_sealed(sftp_server, keys[0]) as exchange:
        yield exchange


def config(place: Place, keys: Path) -> Config:
    return place.config(openpgp={"folder": str(keys), "flows": ["sage"]})


def send(place: Place, bridge: SealedExchange, content: bytes) -> str:
    """Write what `place.send` wrote once more, as the bridge does where files are sealed."""
    name = place.send("DC", content)
    for written in (name, f"{name}.ok"):
        path = place.folder("to_sage") / written
        bridge.write(f"{ROOT}AW/to_sage/{written}", path.read_bytes())
    return name


def everything(place: Place) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(place.root.rglob("*")) if path.is_file())


def test_both_sides_understand_each_other_and_the_server_holds_nothing_clear(
    place: Place, sage: SageFile, bridge: SealedExchange, keys: tuple[Path, Path]
) -> None:
    sage.insert("JOB", Job="24-001", Description="Terminal")
    name = send(place, bridge, dc_file("R000000001", "R000000002"))
    with Agent(config(place, keys[1])) as agent:
        agent.settle()
        agent.extract(["JOB"])
    ack = json.loads(bridge.read(f"{ROOT}AW/ack/{name}.ack.json"))
    assert (ack["status"], ack["rows"]) == ("received", 2)
    assert bridge.read(f"{ROOT}AW/ack/{name}.res.csv").count(b"ACCEPTED") == 2
    assert bridge.read(f"{ROOT}AW/processed/{name}") == dc_file("R000000001", "R000000002")
    rows = bridge.read(f"{ROOT}AW/from_sage/{JOB}")
    assert b"24-001,Terminal" in rows
    manifest = Manifest.from_bytes(bridge.read(f"{ROOT}AW/from_sage/{JOB}.ok"), JOB)
    assert manifest.bytes == len(rows)
    for word in (b"R000000001", b"ACCEPTED", b"received", b"24-001", b"sha256"):
        assert word not in everything(place)


def test_the_agent_takes_nothing_that_the_bridge_did_not_sign(
    place: Place, bridge: SealedExchange, keys: tuple[Path, Path]
) -> None:
    place.send("DC", dc_file("R000000001"))
    with Agent(config(place, keys[1])) as agent:
        agent.settle()
        name = "DC_AW_PROD_00000001_v1.txt"
        ack = json.loads(bridge.read(f"{ROOT}AW/ack/{name}.ack.json"))
        ours = key_of(keys[0]).extract_certificate().fingerprint
        assert (ack["status"], ack["reason"].split("; ")[:1]) == (
            "refused", ["RS-220 file is not signed and encrypted as agreed"]
        )  # fmt: skip
        assert f"expected: encrypted, signed by {ours}; found: no signature" in ack["reason"]
        # Nothing was used up: the bridge's own file of that number would be next. A second copy calls a person.
        assert agent.state.head("DC").seq == 0
        place.folder("to_sage").joinpath(name).write_bytes(b"again")
        place.folder("to_sage").joinpath(f"{name}.ok").write_bytes(b"again")
        agent.settle()
    assert place.names("to_sage") == []


def test_what_another_put_under_the_agents_name_stops_the_extract(
    place: Place, sage: SageFile, keys: tuple[Path, Path]
) -> None:
    sage.insert("JOB", Job="24-001")
    place.folder("from_sage").mkdir()
    place.folder("from_sage").joinpath(JOB).write_bytes(b"Job\n")
    with Agent(config(place, keys[1])) as agent:
        agent.extract(["JOB"])
        (said,) = agent.failures
    assert said.startswith(LaneStopped("RS-561", "the server holds another content under a name of ours").args[0])
    assert [path.suffix for path in (place.host / "state" / "outgoing").iterdir()] == [".csv"]


def test_gpg_reads_what_the_bridge_wrote_and_writes_what_it_takes(
    place: Place, sftp_server: SftpPlace, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    with closing(Gpg(tmp_path / "gpg")) as gpg:
        (keys[0] / "sage.pub").write_bytes(gpg.run("--export", gpg.fingerprint).stdout)
        ours = key_of(keys[0]).extract_certificate()
        gpg.run("--import", content=bytes(ours))
        with open_sealed(sftp_server, keys[0]) as bridge:
            path = f"{ROOT}AW/to_sage/DC_AW_PROD_00000001_v1.txt"
            bridge.make_folder(f"{ROOT}AW/to_sage")
            bridge.write(path, b"cost line\r\n")
            raw = (sftp_server.root / path).read_bytes()
            opened = gpg.run("--decrypt", "--status-fd", "2", content=raw)
            assert opened.stdout == b"cost line\r\n"
            assert b"[GNUPG:] VALIDSIG" in opened.stderr
            assert ours.fingerprint.upper().encode() in opened.stderr

            place.folder("from_sage").mkdir()
            one = ["--sign", "--encrypt", "-u", gpg.fingerprint, "-r", ours.fingerprint]
            for options, said in (
                (["-z", "0"], ""),
                (["-z", "0", "--armor"], ""),
                ([], "compressed, which is not taken"),
            ):
                sealed = gpg.run(*options, *one, content=b"Job,Description\n" * 200).stdout
                place.folder("from_sage").joinpath(JOB).write_bytes(sealed)
                if said:
                    with pytest.raises(RefusedTransfer, match=said):
                        bridge.read(f"{ROOT}AW/from_sage/{JOB}")
                else:
                    assert bridge.read(f"{ROOT}AW/from_sage/{JOB}") == b"Job,Description\n" * 200


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("clear", "no signature; no encrypted OpenPGP message"),
        ("unsigned", "no signature; "),
        ("signed but not encrypted", "no signature; no encrypted OpenPGP message"),
        ("another key", r"signed by [0-9a-f]{40}; "),
        ("our own key", r"signed by [0-9a-f]{40}; "),
        ("for somebody else", "no signature; No key to decrypt message"),
        ("a byte altered", ""),
        ("cut", ""),
        ("empty", "no signature; "),
    ],
)  # fmt: skip
def test_everything_else_is_refused(
    place: Place, bridge: SealedExchange, keys: tuple[Path, Path], fault: str, found: str
) -> None:
    us, agent, other = key_of(keys[0]), key_of(keys[1]), pysequoia.Tsk.generate("other")
    good = sealed_by(b"x" * 3000, agent, us)
    content = {
        "clear": b"Job,Description\n",
        "unsigned": sealed_by(b"x", None, us),
        "signed but not encrypted": bytes(pysequoia.sign(agent.signer(), b"x", armor=False)),
        "another key": sealed_by(b"x", other, us),
        "our own key": sealed_by(b"x", us, us),
        "for somebody else": sealed_by(b"x", agent, other),
        "a byte altered": good[:1500] + bytes([good[1500] ^ 1]) + good[1501:],
        "cut": good[:-1],
        "empty": b"",
    }[fault]
    place.folder("from_sage").mkdir()
    path = f"{ROOT}AW/from_sage/{JOB}"
    place.folder("from_sage").joinpath(JOB).write_bytes(good)
    assert bridge.read(path) == b"x" * 3000
    with pytest.raises(RefusedTransfer, match="RS-202"):
        bridge.read(path, 2999)
    place.folder("from_sage").joinpath(JOB).write_bytes(content)
    expected = agent.extract_certificate().fingerprint
    with pytest.raises(RefusedTransfer, match=f"RS-220 .* record: {path}; .* signed by {expected}; found: {found}"):
        bridge.read(path)
    # The agent judges the bridge's files alike.
    with pytest.raises(RefusedTransfer, match="RS-220"):
        Keyring(keys[1]).open(content, "bridge", "x")


def test_a_key_is_changed_with_two_accepted(place: Place, sftp_server: SftpPlace, keys: tuple[Path, Path]) -> None:
    ours, theirs = keys
    old, new = key_of(theirs), pysequoia.Tsk.generate("agent, next")
    place.folder("from_sage").mkdir()
    file, path = place.folder("from_sage").joinpath(JOB), f"{ROOT}AW/from_sage/{JOB}"
    (ours / "next_sage.pub").write_text(str(new.extract_certificate()), encoding="ascii")
    with open_sealed(sftp_server, ours) as bridge:
        for signer in (old, new):
            file.write_bytes(sealed_by(b"rows", signer, key_of(ours)))
            assert bridge.read(path) == b"rows"
        bridge.make_folder(f"{ROOT}AW/to_sage")
        bridge.write(f"{ROOT}AW/to_sage/DC_AW_PROD_00000001_v1.txt", b"costs")
    sent = place.folder("to_sage").joinpath("DC_AW_PROD_00000001_v1.txt").read_bytes()
    # The agent's side: its new key signs, what was sealed to the old one is still read.
    (theirs / "own.key").rename(theirs / "old_own.key")
    (theirs / "own.key").write_text(str(new), encoding="ascii")
    assert Keyring(theirs).open(sent, "bridge", "x") == b"costs"
    (theirs / "old_own.key").unlink()
    assert Keyring(theirs).open(sent, "bridge", "x") == b"costs"
    # The old key is taken out, and is nobody's from then on.
    (ours / "next_sage.pub").rename(ours / "sage.pub")
    with open_sealed(sftp_server, ours) as bridge:
        file.write_bytes(sealed_by(b"rows", new, key_of(ours)))
        assert bridge.read(path) == b"rows"
        file.write_bytes(sealed_by(b"rows", old, key_of(ours)))
        with pytest.raises(RefusedTransfer, match="RS-220"):
            bridge.read(path)


def test_keys_that_are_missing_or_wrong_are_named(
    place: Place, sftp_server: SftpPlace, keys: tuple[Path, Path]
) -> None:
    (keys[1] / "bridge.pub").unlink()
    [said] = [str(one) for one in findings(config(place, keys[1])) if "OpenPGP" in one.subject]
    assert "FAIL" in said
    assert f"RS-130 an OpenPGP key of the exchange cannot be used; record: {keys[1] / 'bridge.pub'}" in said
    (keys[0] / "own.key").write_bytes((keys[0] / "own.pub").read_bytes())
    with pytest.raises(BadConfig, match=r"RS-130 .*own.key; expected: a private OpenPGP key"):
        open_sealed(sftp_server, keys[0])
