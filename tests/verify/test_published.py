"""Published heads and evidence packs: what is wrong with them, or with the database beside them, is found."""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from sage_hooks import warehouse as hook
from verify.verifier import verify

if TYPE_CHECKING:
    from pathlib import Path

    from tests.verify.conftest import Log

pytestmark = pytest.mark.slow

FIRST, SECOND = "HEAD_AW_PROD_00000001_v1.csv", "HEAD_AW_PROD_00000002_v1.csv"


def findings(log: Log, *packs: Path) -> list[str]:
    return [str(finding) for finding in verify(log.dsn, [log.files], packs).findings]


def folder(log: Log) -> Path:
    return log.files / "AW" / "audit"


def test_all_is_well_at_first(log: Log) -> None:
    assert findings(log) == []


def test_a_published_file_that_was_changed_is_found(log: Log) -> None:
    path = folder(log) / FIRST
    path.write_bytes(path.read_bytes().replace(b",40,", b",41,", 1))
    told = findings(log)
    assert any("file is not the one of its manifest" in one for one in told)
    assert any("head differs from the published one in event_count" in one for one in told)


def test_a_published_file_changed_with_its_manifest_breaks_the_chain_of_files(log: Log) -> None:
    path = folder(log) / FIRST
    content = path.read_bytes().rstrip(b"\r\n") + b"\n"
    path.write_bytes(content)
    manifest = folder(log) / f"{FIRST}.ok"
    told = json.loads(manifest.read_bytes()) | {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    manifest.write_text(json.dumps(told), encoding="utf-8")
    assert any(f"{SECOND}: file does not follow number 1" in one for one in findings(log))


def test_a_published_file_that_is_missing_is_found(log: Log) -> None:
    (folder(log) / FIRST).unlink()
    told = findings(log)
    assert any("file does not follow number 0" in one for one in told)
    assert any("head was put before one that was published" in one for one in told)


@pytest.mark.parametrize(("content", "words"), [(None, "file has no manifest"), (b"{", "manifest cannot be read")])
def test_a_manifest_that_is_gone_or_broken_is_found(log: Log, content: bytes | None, words: str) -> None:
    path = folder(log) / f"{SECOND}.ok"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert any(words in one for one in findings(log))


def test_a_line_that_is_no_head_is_found(log: Log) -> None:
    path = folder(log) / SECOND
    path.write_bytes(path.read_bytes() + b"AW,x,1,,,\r\n")
    assert any("is no head" in one for one in findings(log))


def test_a_published_company_that_the_database_does_not_have_is_found(log: Log) -> None:
    with hook.connect(log.dsn) as connection:
        connection.execute("alter table audit.chain_head disable trigger all")
        connection.execute("set session_replication_role = replica")
        connection.execute("alter table ledger.material_event disable trigger all")
        connection.execute("delete from ledger.material_event")
        connection.execute("delete from audit.chain_head")
    assert len(findings(log)) == 5


def test_an_unpublished_head_is_counted_and_no_finding(log: Log) -> None:
    verdict = verify(log.dsn, [log.files])
    assert (verdict.is_intact, verdict.unpublished_heads) == (True, 1)


def pack(log: Log, path: Path, heads: int = 4, **changes: Any) -> Path:
    """Write an evidence pack with the first heads of the log, as the product lays it out."""
    with hook.connect(log.dsn) as connection:
        rows = connection.execute("select * from mart.audit_chain order by batch limit %s", (heads,)).fetchall()
    names = ("batch", "rows", "root", "previous_root", "created_at", "published_at", "published_as")
    lines = [",".join(names), *(",".join(str(row[name] or "") for name in names) for row in rows)]
    content = ("\n".join(lines) + "\n").encode()
    manifest = {
        "company": {"company_id": "AW"},
        "event_chain": {"head": rows[-1]["root"], "events": sum(row["rows"] for row in rows)} | changes,
        "members": {"data/chain.csv": {"sha256": hashlib.sha256(content).hexdigest()}},
    }
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/chain.csv", content)
        archive.writestr("manifest.json", json.dumps(manifest))
    return path


def test_an_evidence_pack_is_compared(log: Log, tmp_path: Path) -> None:
    written = pack(log, tmp_path / "evidence_AW_2026-03.zip")
    assert findings(log, tmp_path) == []
    assert verify(log.dsn, [], [written]).published_heads == 4


def test_a_log_rewritten_after_the_pack_is_found_by_it(log: Log, tmp_path: Path) -> None:
    written = pack(log, tmp_path / "evidence_AW_2026-03.zip")
    with hook.connect(log.dsn) as connection:
        connection.execute("alter table audit.chain_head disable trigger all")
        connection.execute("update audit.chain_head set created_at = created_at, root = sha256('x') where batch = 2")
    told = [str(one) for one in verify(log.dsn, [], [written]).findings]
    assert any("evidence_AW_2026-03.zip: head differs from the published one in root" in one for one in told)


@pytest.mark.parametrize("changes", [{"head": "00"}, {"events": 1}])
def test_a_manifest_that_names_another_head_than_the_pack_holds_is_found(
    log: Log, tmp_path: Path, changes: dict[str, Any]
) -> None:
    written = pack(log, tmp_path / "evidence_AW_2026-03.zip", **changes)
    assert any("is not its last head" in one for one in findings(log, written))


def test_a_pack_that_is_none_is_found(log: Log, tmp_path: Path) -> None:
    path = tmp_path / "evidence_AW_2026-03.zip"
    path.write_bytes(b"no zip")
    assert any("evidence pack cannot be read" in one for one in findings(log, path))
