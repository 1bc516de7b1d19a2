"""The comparisons: one file per path of the product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.cases.audit_chain import AuditChainCase
from bench.cases.inbound import InboundCase, RefreshCase
from bench.cases.ledger import LedgerCase, PostingCase

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.place import Place
    from bench.timing import Case

_CASES: dict[str, Callable[[Place, int], Case]] = {
    "inbound": InboundCase,
    "refresh": RefreshCase,
    "ledger": LedgerCase,
    "posting": PostingCase,
    "audit_chain": AuditChainCase,
}
NAMES = tuple(_CASES)


def make(name: str, place: Place, rows: int) -> Case:
    """Give a case with its ground prepared; takes as long as its history is big."""
    return _CASES[name](place, rows)
