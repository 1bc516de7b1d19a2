"""Interleaved rounds of two ways to do the same work: wall and CPU seconds of each, and the ratio of their medians."""

from __future__ import annotations

import resource
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Case(Protocol):
    """One comparison; each way is prepared outside the clock, run inside it, and says how many rows it moved."""

    name: str
    product: str
    beside: str
    target: str

    def prepare(self, way: str) -> None:
        """Make the state the way starts from."""

    def run(self, way: str) -> int:
        """Do the work; gives rows or events done."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One run of one way."""

    rows: int
    wall_seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """All rounds of one case."""

    name: str
    product: str
    beside: str
    target: str
    peak_megabytes: int
    runs: dict[str, list[Timed]] = field(default_factory=dict)

    def median(self, way: str, figure: str) -> float:
        """Give the median of `rows`, `wall_seconds` or `cpu_seconds`."""
        return float(statistics.median(getattr(run, figure) for run in self.runs[way]))

    def rate(self, way: str) -> float:
        """Give rows per second, by the median of the wall time."""
        return self.median(way, "rows") / self.median(way, "wall_seconds")

    @property
    def ratio(self) -> float:
        """Give the product's rate as a share of the rate of what stands beside it."""
        return self.rate("product") / self.rate("beside")

    def plain(self) -> dict[str, object]:
        """Give everything for JSON."""
        ways = {
            way: [
                {"rows": run.rows, "wall": round(run.wall_seconds, 4), "cpu": round(run.cpu_seconds, 4)} for run in runs
            ]
            for way, runs in self.runs.items()
        }
        return {
            "name": self.name,
            "product": self.product,
            "beside": self.beside,
            "target": self.target,
            "ratio": round(self.ratio, 4),
            "peak_megabytes": self.peak_megabytes,
            **ways,
        }


def measure(case: Case, rounds: int, processes: Callable[[], Iterable[psutil.Process]]) -> Result:
    """Run both ways in turn, changing who goes first with each round."""
    runs: dict[str, list[Timed]] = {"product": [], "beside": []}
    for number in range(rounds):
        ways = ("product", "beside") if number % 2 == 0 else ("beside", "product")
        for way in ways:
            case.prepare(way)
            cpu, began = _cpu(processes()), time.monotonic()
            rows = case.run(way)
            wall = time.monotonic() - began
            runs[way].append(Timed(rows, wall, _cpu(processes()) - cpu))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Result(case.name, case.product, case.beside, case.target, peak, runs)


def require(found: int, wanted: int) -> int:
    """Give `found` where it is what the work comes to.

    Raises:
        RuntimeError: a way did less or more than it says; its time would mean nothing.
    """
    if found != wanted:
        message = f"the way did not do its work: expected {wanted:,} rows, found {found:,}"
        raise RuntimeError(message)
    return found


def _cpu(processes: Iterable[psutil.Process]) -> float:
    """Give the CPU seconds of this process and of the services, children that have ended included."""
    own = time.process_time()
    for process in processes:
        try:
            spent = process.cpu_times()
        except psutil.Error:
            continue
        own += spent.user + spent.system + spent.children_user + spent.children_system
    return own
