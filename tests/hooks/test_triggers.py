"""Watching for arrivals: told once, complete files of the wanted flows only, whatever the company."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sage_hooks.exchange import Exchange
    from tests.conftest import SftpPlace

pytestmark = pytest.mark.airflow


@pytest.fixture
def exchange(sftp_server: SftpPlace) -> Iterator[Exchange]:
    from sage_hooks.exchange import Exchange

    place = sftp_server
    with Exchange(place.host, place.port, place.user, str(place.key_file), place.host_key) as one:
        yield one


@pytest.fixture
def folder(sftp_server: SftpPlace) -> Path:
    path = sftp_server.root / "AW" / "from_sage"
    path.mkdir(parents=True)
    return path


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("x", encoding="utf-8")


def test_a_complete_file_is_told_once(exchange: Exchange, folder: Path) -> None:
    from sage_hooks.triggers import Watch

    watch = Watch("from_sage", ["JOB"])
    put(folder, "JOB_AW_PROD_00000001_v1.csv", "JOB_AW_PROD_00000001_v1.csv.ok", "JCT_AW_PROD_00000001_v1.csv.ok")
    assert watch.look(exchange) == ["AW/from_sage/JOB_AW_PROD_00000001_v1.csv.ok"]
    assert watch.look(exchange) == []


def test_a_file_of_the_same_second_is_not_missed(exchange: Exchange, folder: Path) -> None:
    from sage_hooks.triggers import Watch

    watch = Watch("from_sage", ["JOB"])
    put(folder, "JOB_AW_PROD_00000001_v1.csv.ok")
    moment = folder.stat().st_mtime
    assert len(watch.look(exchange)) == 1
    put(folder, "JOB_AW_PROD_00000002_v1.csv.ok")
    os.utime(folder, (moment, moment))
    assert watch.look(exchange) == ["AW/from_sage/JOB_AW_PROD_00000002_v1.csv.ok"]


def test_an_unchanged_folder_is_listed_a_few_times_only(exchange: Exchange, folder: Path) -> None:
    from sage_hooks.triggers import LOOKS_AFTER_CHANGE, Watch

    watch = Watch("from_sage", ["JOB"])
    put(folder, "JOB_AW_PROD_00000001_v1.csv.ok")
    watch.look(exchange)
    listed: list[str] = []
    listing = exchange.listing
    exchange.listing = lambda path: listed.append(path) or listing(path)  # type: ignore[method-assign,func-returns-value]
    for _ in range(LOOKS_AFTER_CHANGE + 5):
        watch.look(exchange)
    assert listed.count("AW/from_sage") == LOOKS_AFTER_CHANGE - 1


def test_a_company_without_the_folder_is_no_error(exchange: Exchange, sftp_server: SftpPlace) -> None:
    from sage_hooks.triggers import Watch

    (sftp_server.root / "BX").mkdir()
    assert Watch("from_sage", ["JOB"]).look(exchange) == []


def test_the_trigger_comes_back_from_what_is_stored() -> None:
    from sage_hooks.triggers import ArrivalTrigger

    path, arguments = ArrivalTrigger("ack", ("DC", "RCV")).serialize()
    assert path == "sage_hooks.triggers.ArrivalTrigger"
    assert ArrivalTrigger(**arguments).serialize() == (path, arguments)
