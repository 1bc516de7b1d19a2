"""Looking into Sage for lines of ours, by their reference in `Ref_1`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.source import Source

REFERENCE_COLUMN = "Ref_1"


def count_in_sage(source: Source, references: Iterable[str]) -> Counter[str]:
    """Count the rows of each reference among entered and posted job cost transactions.

    Entered ones are read first: a row that is posted in between is then seen twice rather than not
    at all, and a second look clears that up. One pass over the column, whatever the number of references.
    """
    wanted = frozenset(references)
    counts = _look(source, wanted)
    return counts if all(count == 1 for count in counts.values()) else _look(source, wanted)


def _look(source: Source, wanted: frozenset[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    with source.snapshot():
        for flow in ("JCN", "JCT"):
            for rows in source.read(flow, (REFERENCE_COLUMN,), ordered=False).chunks:
                counts.update(row[0] for row in rows if row[0] in wanted)
    return counts
