"""What Sage itself says it holds, read from the tables it exports: the view from the other side of the books."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Types of Sage's cost transactions; commitments and estimates stand in the same table.
COST_TYPES = frozenset({"JC cost", "AP cost", "PR cost", "EQ cost", "IV cost", "SM cost"})
TABLES = ("JCT_CURRENT__TRANSACTION.csv", "JCT_HISTORY__TRANSACTION.csv")


@dataclass(frozen=True, slots=True)
class Compared:
    """Cost in Sage's export against ours: codes whose sums differ, references and how many stand more than once."""

    amount: Decimal
    off: int
    references: int
    repeated: int


def compare(folder: Path, ours: Mapping[tuple[str, ...], Decimal]) -> Compared:
    """Compare Sage's posted cost by job, extra, cost code and category with `ours`; what one side lacks counts as 0."""
    sums: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    references: Counter[str] = Counter()
    for name in TABLES:
        path = folder / name
        if not path.is_file():
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["Transaction_Type"] in COST_TYPES:
                    sums[row["Job"], row["Extra"], row["Cost_Code"], row["Category"]] += Decimal(row["Amount"])
                    if row["Transaction_Type"] == "JC cost" and row["Ref_1"]:
                        references[row["Ref_1"]] += 1
    keys = sums.keys() | ours.keys()
    return Compared(
        amount=sum(sums.values(), Decimal()),
        off=sum(sums.get(key, Decimal()) != ours.get(key, Decimal()) for key in keys),
        references=len(references),
        repeated=sum(count > 1 for count in references.values()),
    )
