"""Heads of the event chain as files over a real SFTP server: once, in order, and a rewritten past stops them."""

from __future__ import annotations

import csv
import io
import os
import time
from typing import TYPE_CHECKING

import pytest

from ops.tamper_log import append_events, unlocked
from sage_bridge.errors import BadConfig, BrokenLaw, LaneStopped
from sage_bridge.transfers import Manifest
from sage_hooks import head_files, maintenance
from sage_hooks.exchange import Exchange
from sage_hooks.head_files import Published, publish_heads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace

FIRST, SECOND = "HEAD_AW_PROD_00000001_v1.csv", "HEAD_AW_PROD_00000002_v1.csv"

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("company")]


@pytest.fixture
def exchange(sftp_server: SftpPlace) -> Iterator[Exchange]:
    place = sftp_server
    with Exchange(place.host, place.port, place.user, str(place.key_file), place.host_key) as opened:
        yield opened


@pytest.fixture
def folder(sftp_server: SftpPlace) -> Path:
    return sftp_server.root / "AW" / "audit"


def test_every_head_is_published_once_and_marked(warehouse: Connection, exchange: Exchange, folder: Path) -> None:
    append_events(warehouse, 3)
    append_events(warehouse, 2)
    assert publish_heads(warehouse, exchange, "AW") == Published(1, 2)
    assert publish_heads(warehouse, exchange, "AW") == Published(0, 0)

    rows = warehouse.execute("select * from mart.audit_chain order by batch").fetchall()
    told = list(csv.DictReader(io.StringIO((folder / FIRST).read_text(encoding="utf-8"))))
    assert [(row["batch"], row["event_count"], row["root"], row["previous_root"]) for row in told] == [
        (str(row["batch"]), str(row["rows"]), row["root"], row["previous_root"]) for row in rows
    ]
    assert {row["published_as"] for row in rows} == {FIRST}
    assert all(row["published_at"] for row in rows)


def test_files_form_a_chain_of_their_own(warehouse: Connection, exchange: Exchange, folder: Path) -> None:
    for _day in range(2):
        append_events(warehouse, 2)
        publish_heads(warehouse, exchange, "AW")
    first, second = (Manifest.from_bytes((folder / f"{name}.ok").read_bytes(), name) for name in (FIRST, SECOND))
    assert (first.seq, first.previous_seq, first.previous_sha256) == (1, 0, "")
    assert (second.seq, second.previous_seq, second.previous_sha256) == (2, 1, first.sha256)
    assert sorted(path.name for path in folder.iterdir()) == [FIRST, f"{FIRST}.ok", SECOND, f"{SECOND}.ok"]


def test_a_long_chain_takes_several_files(
    warehouse: Connection, exchange: Exchange, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_files, "ROWS_PER_FILE", 2)
    for _batch in range(5):
        append_events(warehouse, 1)
    assert publish_heads(warehouse, exchange, "AW") == Published(3, 5)
    assert len(list(folder.glob("*.csv"))) == 3


def test_a_run_that_died_is_continued_with_the_same_bytes(
    warehouse: Connection, exchange: Exchange, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_events(warehouse, 2)

    def die(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(head_files, "place", die)
        with pytest.raises(ConnectionError):
            publish_heads(warehouse, exchange, "AW")
    sealed = warehouse.execute("select content, sent_at from audit.head_file").fetchone()
    assert sealed is not None
    assert sealed["sent_at"] is None
    append_events(warehouse, 1)
    assert publish_heads(warehouse, exchange, "AW") == Published(2, 2)
    assert (folder / FIRST).read_bytes() == sealed["content"]


def test_a_log_rewritten_with_good_hashes_is_not_published(warehouse: Connection, exchange: Exchange) -> None:
    append_events(warehouse, 3)
    publish_heads(warehouse, exchange, "AW")
    with unlocked(warehouse):
        warehouse.execute("update audit.chain_head set root = sha256('other')")
    append_events(warehouse, 1)
    with pytest.raises(BrokenLaw, match=r"RS-457 .*does not go on"):
        publish_heads(warehouse, exchange, "AW")


def test_a_tail_that_was_cut_is_not_published(warehouse: Connection, exchange: Exchange) -> None:
    append_events(warehouse, 3)
    publish_heads(warehouse, exchange, "AW")
    with unlocked(warehouse):
        warehouse.execute("delete from ledger.material_event")
        warehouse.execute("delete from audit.chain_head")
    with pytest.raises(BrokenLaw, match=r"RS-457 .*found: no head"):
        publish_heads(warehouse, exchange, "AW")


@pytest.mark.parametrize("content", [b"other\n", None])
def test_a_published_file_that_is_gone_or_changed_stops_the_next(
    warehouse: Connection, exchange: Exchange, folder: Path, content: bytes | None
) -> None:
    append_events(warehouse, 1)
    publish_heads(warehouse, exchange, "AW")
    if content is None:
        (folder / FIRST).unlink()
    else:
        (folder / FIRST).write_bytes(content)
    append_events(warehouse, 1)
    with pytest.raises(BrokenLaw, match=r"RS-458"):
        publish_heads(warehouse, exchange, "AW")


def test_another_file_under_the_sealed_name_is_left_alone(
    warehouse: Connection, exchange: Exchange, folder: Path
) -> None:
    append_events(warehouse, 1)
    folder.mkdir(parents=True)
    (folder / FIRST).write_bytes(b"theirs\n")
    with pytest.raises(LaneStopped, match=r"RS-552"):
        publish_heads(warehouse, exchange, "AW")
    assert (folder / FIRST).read_bytes() == b"theirs\n"


def test_a_company_that_is_not_there_is_named(warehouse: Connection, exchange: Exchange) -> None:
    with pytest.raises(BadConfig, match=r"RS-155 .*ZZ"):
        publish_heads(warehouse, exchange, "ZZ")


def test_only_old_parts_of_our_own_are_removed(
    exchange: Exchange, sftp_server: SftpPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGE_BRIDGE_VAR", str(tmp_path / "var"))
    yesterday = time.time() - maintenance.LEFT_AFTER_SECONDS - 60
    kept, gone = [], []
    for folder in (sftp_server.root / "AW" / name for name in ("audit", "to_runblu", "to_sage")):
        folder.mkdir(parents=True)
        old, new, whole = folder / "a.csv.part.1", folder / "a.csv.part.2", folder / "a.csv"
        for path in (old, new, whole):
            path.write_bytes(b"x")
        os.utime(old, (yesterday, yesterday))
        os.utime(whole, (yesterday, yesterday))
        kept += [new, whole] + ([old] if folder.name == "to_sage" else [])
        gone += [] if folder.name == "to_sage" else [old]
    raw = tmp_path / "var" / "raw"
    raw.mkdir(parents=True)
    for name in (".part.1", ".part.2"):
        (raw / name).write_bytes(b"x")
    os.utime(raw / ".part.1", (yesterday, yesterday))

    assert maintenance.remove_upload_leftovers(exchange, "AW") == 2
    assert maintenance.remove_raw_leftovers() == 1
    assert [path for path in kept if not path.exists()] == []
    assert [path for path in gone if path.exists()] == []
    assert [path.name for path in raw.iterdir()] == [".part.2"]
