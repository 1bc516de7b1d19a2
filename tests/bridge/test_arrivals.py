"""The table of verdicts: take, skip, park or ask, by number, version, hash and size alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from sage_bridge.arrivals import Approvals, Known, Verdict, check_manifest, decide, extraction_time
from sage_bridge.errors import RefusedTransfer
from sage_bridge.transfers import FileName, Manifest

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
NAME = FileName("JOB", "AW", "PROD", 3, 1, "csv")
LANDED = Known(2, 1, A, "landed", 100)


def manifest(**changes: Any) -> Manifest:
    figures: dict[str, Any] = {
        "flow": "JOB", "company": "AW", "environment": "PROD", "seq": 3, "rev": 1, "previous_seq": 2,
        "previous_sha256": A, "sha256": B, "bytes": 10, "rows": 100, "debit": "0.00", "credit": "0.00", "net": "0.00",
        "key_hash_total": "0", "encoding": "cp1252", "extracted_at": "2026-02-01T08:00:00+00:00", "zone": "UTC",
        "extent": "full",
    }  # fmt: skip
    return Manifest(**{**figures, **changes})


def verdict(known: list[Known], approvals: Approvals | None = None, **changes: Any) -> Verdict:
    one = manifest(**changes)
    name = FileName(one.flow, "AW", "PROD", one.seq, one.rev, "csv")
    return decide(name, one, known, approvals or Approvals(), Decimal(5))


@pytest.mark.parametrize(
    ("known", "changes", "kind"),
    [
        ([], {"seq": 1, "previous_seq": 0, "previous_sha256": ""}, "take"),
        ([LANDED], {}, "take"),
        ([LANDED, Known(3, 1, B, "refused", 100)], {}, "take"),
        ([LANDED, Known(3, 1, B, "parked", 100)], {}, "take"),
        ([Known(2, 1, A, "refused", 100)], {}, "take"),
        ([Known(2, 1, A, "refused", 100)], {"extent": "delta"}, "park"),
        ([Known(2, 1, A, "waiting_approval", 100)], {"extent": "delta"}, "park"),
        ([Known(2, 1, A, "superseded", 100)], {"extent": "delta"}, "take"),
        ([Known(2, 1, A, "parked", 100)], {}, "park"),
        ([Known(2, 1, A, "quarantined", 9), Known(2, 1, C, "quarantined", 9)], {}, "take"),
        ([Known(2, 1, C, "refused", 100), Known(2, 2, A, "landed", 100)], {}, "take"),
        ([], {}, "park"),
        ([Known(1, 1, A, "landed", 100)], {}, "park"),
        ([LANDED], {"previous_seq": 1}, "park"),
        ([LANDED], {"previous_sha256": C}, "park"),
        ([LANDED], {"previous_seq": 0, "previous_sha256": ""}, "park"),
        ([LANDED, Known(3, 1, B, "landed", 100)], {}, "duplicate"),
        ([LANDED, Known(3, 1, B, "landed", 100)], {"rev": 2}, "duplicate"),
        ([LANDED, Known(3, 1, C, "landed", 100)], {}, "contradiction"),
        ([LANDED, Known(3, 1, C, "landed", 100)], {"rev": 2}, "contradiction"),
        ([LANDED, Known(3, 1, C, "refused", 100)], {}, "contradiction"),
        ([LANDED, Known(3, 1, C, "refused", 100)], {"rev": 2}, "take"),
        ([LANDED, Known(3, 2, C, "refused", 100)], {}, "superseded"),
        ([Known(5, 1, A, "landed", 100)], {}, "superseded"),
        ([LANDED], {"rows": 95}, "take"),
        ([LANDED], {"rows": 94}, "wait"),
        ([LANDED], {"rows": 94, "extent": "delta"}, "take"),
        ([LANDED], {"rows": 0}, "refuse"),
        ([LANDED], {"rows": 0, "flow": "JCT"}, "refuse"),
        ([LANDED], {"rows": 0, "flow": "JCN"}, "take"),
        ([Known(2, 1, A, "landed", 0)], {"rows": 0, "flow": "JCT"}, "take"),
        ([Known(2, 1, A, "landed", 0)], {"rows": 0}, "refuse"),
    ],
)
def test_the_table(known: list[Known], changes: dict[str, Any], kind: str) -> None:
    found = verdict(known, **changes)
    assert found.kind == kind
    assert (found.reason is None) == (kind in {"take", "duplicate"})


@pytest.mark.parametrize(
    ("known", "changes", "approvals", "kind"),
    [
        ([], {}, Approvals(gap=True), "take"),
        ([LANDED], {"rows": 1}, Approvals(shrink=True), "take"),
        ([LANDED], {"rows": 0}, Approvals(shrink=True), "take"),
        ([LANDED], {"rows": 1}, Approvals(gap=True), "wait"),
        ([], {}, Approvals(shrink=True), "park"),
        ([LANDED, Known(3, 1, C, "landed", 9)], {}, Approvals(gap=True, shrink=True), "contradiction"),
    ],
)
def test_an_approval_allows_what_it_names_and_nothing_else(
    known: list[Known], changes: dict[str, Any], approvals: Approvals, kind: str
) -> None:
    assert verdict(known, approvals, **changes).kind == kind


@pytest.mark.parametrize(
    "changes",
    [
        {"flow": "EXTRA"}, {"company": "XX"}, {"environment": "TEST"}, {"seq": 4}, {"rev": 2}, {"extent": "half"},
        {"rows": -1}, {"rows": 1001}, {"sha256": "A" * 64}, {"sha256": "a" * 63}, {"sha256": ""},
    ],
)  # fmt: skip
def test_a_manifest_that_speaks_of_another_file_is_refused(changes: dict[str, Any]) -> None:
    check_manifest(NAME, manifest(), 1000)
    with pytest.raises(RefusedTransfer, match=rf"RS-204 .*{next(iter(changes))}"):
        check_manifest(NAME, manifest(**changes), 1000)


@pytest.mark.parametrize(
    ("told", "zone", "instant"),
    [
        ("2026-02-01T08:00:00+00:00", "UTC", datetime(2026, 2, 1, 8, tzinfo=UTC)),
        ("2026-02-01T08:00:00Z", "America/Denver", datetime(2026, 2, 1, 8, tzinfo=UTC)),
        ("2026-02-01T08:00:00", "America/Denver", datetime(2026, 2, 1, 15, tzinfo=UTC)),
        ("2026-07-01 08:00:00", "America/Denver", datetime(2026, 7, 1, 14, tzinfo=UTC)),
        ("2026-02-01T08:00:00-07:00", "UTC", datetime(2026, 2, 1, 8, tzinfo=timezone(timedelta(hours=-7)))),
    ],
)
def test_the_time_of_an_extract_is_an_instant(told: str, zone: str, instant: datetime) -> None:
    assert extraction_time(NAME, manifest(extracted_at=told, zone=zone)) == instant


@pytest.mark.parametrize(
    ("told", "zone"), [("now", "UTC"), ("2026-02-01T08:00:00", "Nowhere"), ("", ""), ("2026", "../x")]
)
def test_a_time_that_is_none_is_refused(told: str, zone: str) -> None:
    with pytest.raises(RefusedTransfer, match="RS-204"):
        extraction_time(NAME, manifest(extracted_at=told, zone=zone))
