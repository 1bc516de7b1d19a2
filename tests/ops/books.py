"""Books after a demo of the own scenario, without what only says when and in which order a row came.

The agreed ones lie in `tests/golden/books`; `python -m tests.ops.books FOLDER` takes those of a demo's folder for them
(`var/demo/demo_small` after `make demo`), which then stand in the change under review.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden" / "books"
BOOKS = (
    "sage/JCT_CURRENT__TRANSACTION.csv",
    "sage/JCT_NEW__TRANSACTION.csv",
    "sage/JCT_HISTORY__TRANSACTION.csv",
    "mart/job_cost_by_period.csv",
    "mart/commitment_position.csv",
    "mart/period_variance.csv",
)
ARRIVAL = {
    *("Row_ID", "Run", "Sequence", "Date_Stamp", "Time_Stamp", "Row_Version", "Operator_Stamp", "Batch", "Ref_2"),
    "run_no",
}


def off_from_agreed(folder: Path) -> list[str]:
    """Every row that stands in the agreed books alone, or in those of a demo's folder alone."""
    off = []
    for name in BOOKS:
        agreed, found = _rows(GOLDEN / name), _rows(folder / name)
        off += [f"{name}: missing {row}" for row in (agreed - found).elements()]
        off += [f"{name}: not agreed {row}" for row in (found - agreed).elements()]
    return off


def _rows(path: Path) -> Counter[tuple[tuple[str, str], ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        return Counter(
            tuple((name, value) for name, value in row.items() if name not in ARRIVAL) for row in csv.DictReader(file)
        )


def agree(folder: Path) -> None:
    """Take the books of a demo's folder for the agreed ones."""
    for name in BOOKS:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            names = [column for column in next(csv.reader(file)) if column not in ARRIVAL]
        (GOLDEN / name).parent.mkdir(parents=True, exist_ok=True)
        with (GOLDEN / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(names)
            writer.writerows(sorted([value for _, value in row] for row in _rows(folder / name).elements()))


if __name__ == "__main__":
    agree(Path(sys.argv[1]))
