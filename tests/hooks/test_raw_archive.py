"""Old raw files leave the database for the raw folder as they came; none is lost, a changed one is noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ops import archive
from sage_hooks import raw_archive
from sage_hooks.warehouse import connect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hooks.inbound_sender import Sender


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SAGE_BRIDGE_VAR", str(tmp_path / "var"))
    return tmp_path / "var" / "raw"


@pytest.fixture
def kept(sender: Sender) -> dict[str, bytes]:
    """Two files that have landed, the job's 500 days ago: hash -> bytes, the older one first."""
    sender.land("JOB", "VENDOR")
    rows = sender.rows("select sha256, content from landing.raw_file order by stored_at")
    with sender.connection.transaction():
        sender.connection.execute(
            "update landing.raw_file set stored_at = now() - interval '500 days' where sha256 = %s",
            (rows[0]["sha256"],),
        )
    return {row["sha256"]: bytes(row["content"]) for row in rows}


def lie(sender: Sender) -> dict[str, tuple[bytes | None, str | None]]:
    rows = sender.rows("select sha256, content, file_path from landing.raw_file order by stored_at")
    return {row["sha256"]: (row["content"] and bytes(row["content"]), row["file_path"]) for row in rows}


def test_old_files_are_moved_as_they_came_and_young_ones_stay(
    sender: Sender, warehouse_dsn: str, kept: dict[str, bytes], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, young = kept
    place = folder / old[:2] / old
    assert archive.main(["--dsn", warehouse_dsn]) == 0
    assert "1 raw files of before " in capsys.readouterr().out
    assert lie(sender) == {old: (None, str(place)), young: (kept[young], None)}
    assert place.read_bytes() == kept[old]
    assert place.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == [old[:2]]
    # Again: nothing is left to move. The same file once more: it lands, and lies where it lay.
    assert archive.main(["--dsn", warehouse_dsn]) == 0
    assert "0 raw files" in capsys.readouterr().out
    sender.put("JOB")
    assert sender.take_one("JOB").state == "landed"
    assert lie(sender)[old] == (None, str(place))
    assert archive.main(["--dsn", warehouse_dsn, "--check"]) == 0


def test_bytes_that_two_companies_received_lie_in_one_place(
    sender: Sender, warehouse_dsn: str, kept: dict[str, bytes], folder: Path
) -> None:
    with sender.connection.transaction():
        sender.connection.execute(
            "insert into landing.raw_file (company_id, sha256, byte_count, content, stored_at) "
            "select 'BW', sha256, byte_count, content, stored_at from landing.raw_file where company_id = 'AW'"
        )
    old = next(iter(kept))
    assert archive.main(["--dsn", warehouse_dsn]) == 0
    rows = sender.rows("select company_id, file_path from landing.raw_file where content is null order by 1")
    assert [(row["company_id"], row["file_path"]) for row in rows] == [
        (company_id, str(folder / old[:2] / old)) for company_id in ("AW", "BW")
    ]
    assert archive.main(["--dsn", warehouse_dsn, "--check"]) == 0


@pytest.mark.parametrize("how", ["changed", "gone"])
def test_a_file_that_is_not_there_as_it_came_is_named(
    warehouse_dsn: str, kept: dict[str, bytes], folder: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    archive.main(["--dsn", warehouse_dsn, "--days", "0"])
    place = next(folder.glob(f"*/{next(iter(kept))}"))
    place.unlink()
    if how == "changed":
        place.write_bytes(b"another")
    assert archive.main(["--dsn", warehouse_dsn, "--check"]) == 1
    told = capsys.readouterr()
    assert told.out.endswith("1 raw files of the folder are not there as they came\n")
    assert f"{place}: {'No such file' if how == 'gone' else ''}" in told.err
    assert "next step: bring it back from a backup" in told.err


def test_bytes_changed_in_the_row_are_not_archived_as_evidence(
    sender: Sender, warehouse_dsn: str, kept: dict[str, bytes], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, _ = kept
    with sender.connection.transaction():
        sender.connection.execute("update landing.raw_file set content = 'another' where sha256 = %s", (old,))
    assert archive.main(["--dsn", warehouse_dsn]) == 1
    assert (
        f"RS-446 the bytes of a raw file are not those that came; record: landing.raw_file {old}"
        in capsys.readouterr().err
    )
    assert lie(sender)[old] == (b"another", None)
    assert list(folder.rglob("*")) == []


def test_who_dies_before_the_row_lets_go_is_followed_by_one_who_finishes(
    sender: Sender, warehouse_dsn: str, kept: dict[str, bytes], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(raw_archive, "run_file", die)
        with pytest.raises(KeyboardInterrupt):
            archive.main(["--dsn", warehouse_dsn])
    assert {content for content, _ in lie(sender).values()} == set(kept.values())
    assert archive.main(["--dsn", warehouse_dsn, "--days", "0"]) == 0
    assert [content for content, _ in lie(sender).values()] == [None, None]
    assert {path.name: path.read_bytes() for path in folder.glob("*/*")} == kept


def test_two_at_once_move_a_file_once(warehouse_dsn: str, kept: dict[str, bytes], folder: Path) -> None:
    from datetime import UTC, datetime

    with connect(warehouse_dsn) as first, connect(warehouse_dsn) as second:
        waiting = raw_archive.fetch_file(second, "landing/select_raw_files_before", {"before": datetime.now(UTC)})
        second.commit()
        assert raw_archive.move_raw_files(first, folder, datetime.now(UTC)).files == len(waiting) == len(kept)
        assert raw_archive.move_raw_files(second, folder, datetime.now(UTC)).files == 0


def test_what_cannot_be_reached_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert archive.main(["--dsn", "host=127.0.0.1 port=1"]) == 1
    assert "cannot be used: connection failed" in capsys.readouterr().err
