"""The comparisons: one class per path of the product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.cases.dag_files import DagFilesCase
from bench.cases.inbound import InboundCase
from bench.cases.ledger import AuditChainCase, LedgerCase
from bench.cases.posting import PostingCase, RoundTripCase
from bench.cases.reconciliation import ReconciliationCase
from bench.cases.refresh import RefreshCase
from bench.cases.validation import ValidationCase

if TYPE_CHECKING:
    from bench.place import Place
    from bench.timing import Case

CASES: dict[str, type[Case]] = {
    one.name: one
    for one in (
        InboundCase,
        ValidationCase,
        RefreshCase,
        LedgerCase,
        AuditChainCase,
        PostingCase,
        RoundTripCase,
        ReconciliationCase,
        DagFilesCase,
    )
}
NAMES = tuple(CASES)


def make(name: str, place: Place, rows: int) -> Case:
    """Give a case with its ground prepared; takes as long as its history is big."""
    return CASES[name](place, rows)
