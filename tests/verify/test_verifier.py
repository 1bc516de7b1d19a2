"""The command, its processes and its memory; and that it shares nothing with the product."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from ops.paths import REPOSITORY
from ops.tamper_log import append_events, unlocked
from sage_hooks import warehouse as hook
from verify import __main__ as command
from verify import verifier
from verify.chain import Range, verify_range
from verify.statements import connect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.verify.conftest import Log

pytestmark = pytest.mark.slow


def run(log: Log, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "verify", "--dsn", log.dsn, "--files", str(log.files), *words],
        capture_output=True, text=True, cwd=REPOSITORY, check=False,
    )  # fmt: skip


def test_it_needs_nothing_of_ours_on_its_path(log: Log) -> None:
    done = run(log)
    assert done.returncode == command.INTACT, done.stderr
    assert "verify: AW: 240 events in 6 batches, head " in done.stdout
    assert "verify: 5 heads compared with 2 published files and 0 evidence packs; 1 newer heads" in done.stdout
    assert "verify: intact: 240 events recomputed" in done.stdout
    assert "NO head outside" not in done.stdout


def test_a_broken_log_ends_in_one_sentence(log: Log) -> None:
    with hook.connect(log.dsn) as connection, unlocked(connection):
        connection.execute("update ledger.material_event set unit = 'FT' where batch = 3 and batch_position = 5")
    done = run(log)
    assert done.returncode == command.BROKEN
    assert "verify: BROKEN AW batch 3, event E-" in done.stdout
    assert done.stderr.strip().startswith("RS-456 event log is not what was hashed; record: AW batch 3, event E-")
    assert "found: 2 findings" in done.stderr


def test_without_published_heads_it_says_what_it_cannot_know(log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--dsn", log.dsn]) == command.INTACT
    assert "a full rewrite would not show" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--dsn", "host=127.0.0.1 port=1 dbname=none"], "RS-990"), (["--dsn", "x", "--files", "/not/there"], "RS-189")],
)
def test_what_cannot_be_verified_is_never_called_intact(
    words: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(words) == command.NOT_VERIFIED
    assert code in capsys.readouterr().err


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_shares_of_several_processes_cover_everything(log: Log, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "_SMALL", 0)
    verdict = verifier.verify(log.dsn, [log.files], workers=workers)
    assert (verdict.findings, verdict.chains["AW"].events, verdict.chains["AW"].batches) == ([], 240, 6)
    assert verdict.chains["AW"].last_batch == 6

    with hook.connect(log.dsn) as connection, unlocked(connection):
        connection.execute(
            "update ledger.material_event set batch_position = 41 where batch in (1, 6) and batch_position = 40"
        )
        connection.execute("update audit.chain_head set previous_root = sha256('x') where batch = 4")
    verdict = verifier.verify(log.dsn, workers=workers)
    assert {finding.batch for finding in verdict.findings} == {1, 4, 6}


def test_events_before_the_first_and_behind_the_last_head_are_found(log: Log) -> None:
    with hook.connect(log.dsn) as connection, unlocked(connection):
        connection.execute("update ledger.material_event set batch = -1 where batch = 2 and batch_position = 1")
        connection.execute("update ledger.material_event set batch = 99 where batch = 2 and batch_position = 2")
    told = [str(finding) for finding in verifier.verify(log.dsn).findings]
    assert sum("event of a batch without a head" in one for one in told) == 2


def test_companies_have_chains_of_their_own(log: Log) -> None:
    from ops.companies import default_profile, store_profile

    with hook.connect(log.dsn) as connection:
        store_profile(connection, default_profile("BX"))
        connection.commit()
        for company_id in ("BX", "AW", "BX"):
            append_events(connection, 3, company_id)
    verdict = verifier.verify(log.dsn, [log.files])
    assert verdict.findings == []
    assert {name: chain.batches for name, chain in verdict.chains.items()} == {"AW": 7, "BX": 2}


def test_pages_of_heads_join(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    from verify import chain

    monkeypatch.setattr(chain, "_HEADS_A_PAGE", 2)
    verdict = verifier.verify(log.dsn, [log.files])
    assert (verdict.findings, verdict.chains["AW"].batches) == ([], 6)


def test_memory_is_flat(log: Log) -> None:
    """Ten times the events, the same memory."""

    def peak() -> int:
        with connect(log.dsn) as connection:
            verify_range(connection, Range())
            tracemalloc.start()
            verify_range(connection, Range())
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        return most

    small = peak()
    with hook.connect(log.dsn) as connection:
        for _batch in range(4):
            append_events(connection, 600)
    assert peak() < small + 600 * 1024


def test_it_shares_nothing_with_the_product() -> None:
    code = (
        "import sys, pkgutil, importlib, verify\n"
        "for m in pkgutil.walk_packages(verify.__path__, 'verify.'):\n"
        "    if not m.name.endswith('__main__'): importlib.import_module(m.name)\n"
        "print(*sorted({n.partition('.')[0] for n in sys.modules} & "
        "{'sage_bridge', 'sage_hooks', 'sage_pages', 'agent', 'sandbox', 'ops', 'airflow'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY, check=True)
    assert done.stdout.strip() == ""


def test_its_statements_call_no_function_of_the_product() -> None:
    files: list[Path] = sorted((REPOSITORY / "verify" / "sql").glob("*.sql"))
    assert files
    told = " ".join(path.read_text(encoding="utf-8") for path in files)
    for name in ("event_leaf", "merkle_root", "batch_root", "verify_chain", "append_chain_heads"):
        assert name not in told
