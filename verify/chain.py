"""Recompute leaves, Merkle roots and heads of a range of batches while the events stream by.

Each range starts from the head stored before it, which the range before recomputes: together they prove the chain.
Memory holds a page of heads and one block of leaves, however long the log is.
"""

from __future__ import annotations

from itertools import chain as joined
from typing import TYPE_CHECKING, NamedTuple

from verify.canonical import Row, row_of
from verify.findings import Finding, Verdict
from verify.merkle import NO_ROOT, Tree, batch_root
from verify.statements import statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from verify.statements import Connection

FIRST, LAST = -(1 << 62), 1 << 62
"""Bounds outside of every number of a batch: rows put before the first or behind the last are looked at too."""
_HEADS_A_PAGE = 2_000


class Range(NamedTuple):
    """Batches above `after`, up to `upto`."""

    after: int = FIRST
    upto: int = LAST


class _Head(NamedTuple):
    batch: int
    company_id: str
    event_count: int
    root: bytes
    previous_root: bytes
    created_at: str


def verify_range(connection: Connection, wanted: Range) -> Verdict:
    """Recompute the chains of all companies within a range of batches, inside the caller's transaction.

    Company by company, as the log lies: its keys begin with the company.
    """
    verdict = Verdict()
    rows = connection.execute(statement("select_last_roots"), {"batch": wanted.after}).fetchall()
    roots = {str(company_id): bytes(root) for company_id, root in rows}
    for (company_id,) in connection.execute(statement("select_companies")).fetchall():
        after = wanted.after
        while after < wanted.upto:
            bounds = {"company_id": company_id, "after": after, "upto": wanted.upto}
            found = connection.execute(statement("select_heads"), {**bounds, "most": _HEADS_A_PAGE}).fetchall()
            page = [_Head(*row) for row in found]
            bounds["upto"] = page[-1].batch if len(page) == _HEADS_A_PAGE else wanted.upto
            with connection.cursor() as cursor, cursor.copy(statement("copy_events"), bounds) as copy:
                _compare(page, map(row_of, _lines(copy)), roots, verdict)
            after = bounds["upto"]
    return verdict


def _lines(copy: psycopg.Copy) -> Iterator[bytes]:
    """Give the lines of a COPY without their line feeds, wherever the server cuts its messages."""
    rest = b""
    for block in copy:
        line = rest + bytes(block) if rest else bytes(block)
        # One message is one line as servers do it; a line feed within a value is written as an escape.
        if line.endswith(b"\n") and line.count(b"\n") == 1:
            rest = b""
            yield line[:-1]
        else:
            *lines, rest = line.split(b"\n")
            yield from lines


def _compare(page: list[_Head], rows: Iterator[Row], roots: dict[str, bytes], verdict: Verdict) -> None:
    """Walk heads and events side by side, batch by batch."""
    row = next(rows, None)
    for head in page:
        while row is not None and row.batch < head.batch:
            row = _headless(row, rows, verdict)
        tree = Tree()
        while row is not None and row.batch == head.batch:
            _look(row, head, tree, verdict)
            row = next(rows, None)
        _judge(head, tree, roots, verdict)
    for left in joined([row] if row is not None else [], rows):
        verdict.add(Finding(_text(left.company_id), left.batch, "event of a batch without a head", _event(left)))


def _headless(row: Row, rows: Iterator[Row], verdict: Verdict) -> Row | None:
    verdict.add(Finding(_text(row.company_id), row.batch, "event of a batch without a head", _event(row)))
    return next(rows, None)


def _look(row: Row, head: _Head, tree: Tree, verdict: Verdict) -> None:
    """Judge one event by itself and hand its recomputed leaf to the tree."""
    tree.add(row.leaf)
    wrong = ""
    if row.stored_leaf != row.leaf.hex().encode():
        wrong = "event differs from its leaf hash"
    elif not row.is_clean:
        wrong = "a value of the event holds a mark of the canonical form (U+001E or U+001F)"
    elif row.position != b"%d" % tree.count:
        wrong = f"event stands at position {_text(row.position)}, expected {tree.count}"
    elif row.landed_at != head.created_at.encode():
        # One transaction lands events and makes their head. No hash covers the head's own time.
        wrong = f"event landed at another time than its head says ({head.created_at})"
    if wrong:
        verdict.add(Finding(_text(row.company_id), row.batch, wrong, _event(row)))


def _judge(head: _Head, tree: Tree, roots: dict[str, bytes], verdict: Verdict) -> None:
    """Judge a batch as a whole, and remember its head for the next one of its company."""
    company_id, batch = head.company_id, head.batch
    if head.previous_root != roots.get(company_id, NO_ROOT):
        verdict.add(Finding(company_id, batch, "previous root is not the root of the batch before"))
    if tree.count != head.event_count:
        verdict.add(Finding(company_id, batch, f"{tree.count} events, the head counts {head.event_count}"))
    expected = batch_root(head.previous_root, company_id.encode(), batch, tree.count, tree.root())
    if head.root != expected:
        verdict.add(
            Finding(company_id, batch, f"root {head.root.hex()[:16]} is not the recomputed {expected.hex()[:16]}")
        )
    roots[company_id] = head.root
    figures = verdict.chain(company_id)
    figures.events += tree.count
    figures.batches += 1
    figures.last_batch, figures.head = batch, head.root.hex()


def _event(row: Row) -> str:
    return f"event {_text(row.event_id)}"


def _text(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")
