"""The whole verification: the chain recomputed by one or more processes, then compared with the heads outside."""

from __future__ import annotations

import zipfile
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from typing import TYPE_CHECKING

from verify import published
from verify.chain import FIRST, LAST, Range, verify_range
from verify.findings import Finding, Verdict
from verify.statements import connect, statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from verify.statements import Connection

WORKERS = 2
COLUMNS = frozenset(
    {
        *("company_id", "event_id", "event_type", "occurred_at", "occurred_text", "event_date", "recorded_at", "actor"),
        *("device", "commitment", "item_number", "standard_item", "location", "quantity", "unit", "job", "extra"),
        *("cost_code", "category", "receipt_event_id", "reverses_event_id", "reason", "disposition", "to_job"),
        *("to_location", "evidence_hash", "document", "leaf_hash", "batch", "batch_position", "close_count"),
        *("transfer_id", "landed_at"),
    }
)
"""Columns of the event log that the leaves cover, and the leaf itself."""
_SMALL = 50_000
"""Events below which a second process costs more than it saves."""


def verify(dsn: str, files: Sequence[Path] = (), packs: Sequence[Path] = (), workers: int = WORKERS) -> Verdict:
    """Verify the event logs of all companies of a database.

    Args:
        dsn: who may read all rows of `ledger.material_event` and `audit.chain_head`.
        files: folders with published heads, searched with everything below them.
        packs: evidence packs, or folders with them.
        workers: processes; each reads its own share of the log in the same snapshot.

    Raises:
        psycopg.Error: the database is away or lacks the tables.
    """
    with connect(dsn) as connection:
        verdict = Verdict()
        _judge_columns(connection, verdict)
        verdict.join(_recompute(dsn, connection, workers))
        compare(connection, files, packs, verdict)
    return verdict


def compare(connection: Connection, files: Sequence[Path], packs: Sequence[Path], verdict: Verdict) -> None:
    """Compare the heads in the database with those that left it; adds findings and figures to the verdict."""
    for folder in files:
        for (company_id, _), found in published.head_files(folder).items():
            wrong: list[Finding] = []
            heads = published.read_files(found, wrong)
            verdict.unpublished_heads += _compare(connection, company_id, heads, found[-1].path.name, verdict)
            verdict.published_files += len(found)
            _add(verdict, wrong)
    for path in [one for folder in packs for one in published.pack_files(folder)]:
        wrong = []
        try:
            pack = published.open_pack(path)
            _compare(connection, pack.company_id, published.read_pack(pack, wrong), path.name, verdict)
        except (KeyError, ValueError, zipfile.BadZipFile) as error:
            wrong.append(Finding("?", 0, f"evidence pack cannot be read: {error}", path.name))
        verdict.evidence_packs += 1
        _add(verdict, wrong)


def _recompute(dsn: str, connection: Connection, workers: int) -> Verdict:
    rows = connection.execute("select coalesce(sum(event_count), 0) from audit.chain_head").fetchone()
    if workers == 1 or rows is None or rows[0] < _SMALL:
        return verify_range(connection, Range())
    cuts = [row[0] for row in connection.execute(statement("select_split"), {"ranges": workers}).fetchall()]
    ranges = [Range(*bounds) for bounds in pairwise([FIRST, *cuts, LAST])]
    exported = connection.execute("select pg_export_snapshot()").fetchone()
    snapshot = str(exported[0]) if exported else ""
    verdict = Verdict()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for part in pool.map(_verify_share, [dsn] * len(ranges), [snapshot] * len(ranges), ranges):
            verdict.join(part)
    return verdict


def _verify_share(dsn: str, snapshot: str, wanted: Range) -> Verdict:
    """Verify a range in a process of its own, in the snapshot of the one that asked."""
    with connect(dsn, snapshot) as connection:
        return verify_range(connection, wanted)


def _judge_columns(connection: Connection, verdict: Verdict) -> None:
    found = {str(row[0]) for row in connection.execute(statement("select_columns")).fetchall()}
    for name in sorted(found ^ COLUMNS):
        what = "is covered by no leaf" if name in found else "is gone"
        verdict.add(Finding("all companies", 0, f"column {name} of ledger.material_event {what}"))


def _compare(
    connection: Connection, company_id: str, heads: Iterable[published.Head], name: str, verdict: Verdict
) -> int:
    """Walk published heads and those of the database side by side; gives how many of the latter came later."""
    with connection.cursor(name="company_heads") as cursor:
        cursor.execute(statement("select_company_heads"), {"company_id": company_id})
        rows = (published.Head(row[0], str(row[1]), *row[2:]) for row in cursor)
        row = next(rows, None)
        for head in heads:
            verdict.published_heads += 1
            while row is not None and row.batch < head.batch:
                verdict.add(Finding(company_id, row.batch, "head was put before one that was published", name))
                row = next(rows, None)
            if row is None or row.batch != head.batch:
                verdict.add(Finding(company_id, head.batch, "published head is not in the database any more", name))
                continue
            if row != head and row._replace(created_at="") != head:
                verdict.add(Finding(company_id, head.batch, _difference(row, head), name))
            row = next(rows, None)
        return (row is not None) + sum(1 for _ in rows)


def _difference(row: published.Head, head: published.Head) -> str:
    names = [name for name, one, other in zip(row._fields, row, head, strict=True) if one != other and other]
    return f"head differs from the published one in {', '.join(names)}"


def _add(verdict: Verdict, findings: Iterable[Finding]) -> None:
    for finding in findings:
        verdict.add(finding)
