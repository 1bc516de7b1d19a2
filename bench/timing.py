"""Interleaved rounds of several ways to do the same work: wall and CPU seconds and WAL of each, ratios of medians."""

from __future__ import annotations

import resource
import statistics
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol

import psutil

from bench.goals import Goal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.place import Place

PRODUCT = "product"
GROWTH_TIMES = 5
MOST_GROWTH = 5.5


class Case(ABC):
    """One comparison; each way is prepared outside the clock, run inside it, and says how many rows it moved.

    `ways` names what each way does, the product's first. Ways in `once` are so slow that they run once, on fewer rows:
    their rate is scaled and marked. `main_times` is how many times the wanted rows are measured in rounds; where
    `grows`, the product also runs once at the other size, and the ratio of the times must stay nearly straight.
    """

    name = ""
    title = ""
    ways: ClassVar[dict[str, str]] = {}
    once: frozenset[str] = frozenset()
    main_times = 1
    grows = True

    def __init__(self, place: Place, rows: int) -> None:
        """Prepare the ground for so many rows; `figures` takes what is found out beside times."""
        self.place, self.rows = place, rows
        self.figures: dict[str, float] = {}

    def prepare(self, way: str) -> None:
        """Make the state the way starts from; nothing, by default."""
        del way

    @abstractmethod
    def run(self, way: str) -> int:
        """Do the work; gives rows or events done."""

    def finish(self) -> None:  # noqa: B027 - not every case finds out more
        """Find out what is not a time of a way, after the rounds."""

    def close(self) -> None:  # noqa: B027 - not every case holds something
        """Let go of what the case holds, whatever became of it."""

    @abstractmethod
    def goals(self, result: Result) -> list[Goal]:
        """Give the targets with what was found."""

    def compared(self, other: Case) -> list[Goal]:
        """Give targets beside the same case at the other size, but for its time."""
        del other
        return []


class Meter(Protocol):
    """What is read before and after each way."""

    def processes(self) -> Iterable[psutil.Process]:
        """Give the processes whose CPU time counts beside our own."""

    def wal_bytes(self) -> int:
        """Give how much write-ahead log there is."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One run of one way."""

    rows: int
    wall_seconds: float
    cpu_seconds: float
    wal_bytes: int = 0


@dataclass(slots=True)
class Result:
    """All rounds of one case."""

    name: str
    title: str
    ways: Mapping[str, str]
    once: frozenset[str]
    rows: int
    runs: dict[str, list[Timed]] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    goals: list[Goal] = field(default_factory=list)
    peak_megabytes: int = 0

    def median(self, way: str, figure: str) -> float:
        """Give the median of `rows`, `wall_seconds`, `cpu_seconds` or `wal_bytes`."""
        return float(statistics.median(getattr(run, figure) for run in self.runs[way]))

    def rate(self, way: str = PRODUCT) -> float:
        """Give rows per second, by the median of the wall time."""
        return self.median(way, "rows") / self.median(way, "wall_seconds")

    def ratio(self, way: str) -> float:
        """Give the product's rate as a multiple of the rate of what stands beside it."""
        return self.rate() / self.rate(way)

    def plain(self) -> dict[str, object]:
        """Give everything for JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "rows": self.rows,
            "ways": dict(self.ways),
            "scaled": sorted(self.once),
            "peak_megabytes": self.peak_megabytes,
            "figures": {name: round(value, 4) for name, value in self.figures.items()},
            "goals": [goal.plain() for goal in self.goals],
            "runs": {
                way: [
                    {
                        "rows": run.rows,
                        "wall": round(run.wall_seconds, 4),
                        "cpu": round(run.cpu_seconds, 4),
                        "wal": run.wal_bytes,
                    }
                    for run in runs
                ]
                for way, runs in self.runs.items()
            },
        }


def measure(case: Case, rows: int, rounds: int, meter: Meter, missing: Iterable[str] = ()) -> Result:
    """Run all ways in turn, changing who goes first with each round; ways in `missing` are left out."""
    ways = [way for way in case.ways if way not in missing]
    result = Result(case.name, case.title, case.ways, case.once, rows, {way: [] for way in ways})
    try:
        for number in range(rounds):
            for way in _order(ways, number):
                if number == 0 or way not in case.once:
                    result.runs[way].append(timed(case, way, meter))
        case.finish()
    finally:
        case.close()
    result.figures |= case.figures
    result.peak_megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return result


def timed(case: Case, way: str, meter: Meter) -> Timed:
    """Run one way of a case after its preparation."""
    case.prepare(way)
    cpu, wal, began = _cpu(meter.processes()), meter.wal_bytes(), time.monotonic()
    rows = case.run(way)
    wall = time.monotonic() - began
    return Timed(rows, wall, _cpu(meter.processes()) - cpu, meter.wal_bytes() - wal)


def growth(smaller: Sequence[Timed], bigger: Sequence[Timed]) -> float:
    """Give how many times as long the bigger amount took."""
    one = statistics.median(run.wall_seconds for run in smaller)
    return statistics.median(run.wall_seconds for run in bigger) / one


def growth_goal(times: float) -> Goal:
    """Give the target of growth in a straight line."""
    return Goal(f"time for {GROWTH_TIMES} times the rows", times, at_most=MOST_GROWTH, unit="x")


def require(found: int, wanted: int) -> int:
    """Give `found` where it is what the work comes to.

    Raises:
        RuntimeError: a way did less or more than it says; its time would mean nothing.
    """
    if found != wanted:
        message = f"the way did not do its work: expected {wanted:,} rows, found {found:,}"
        raise RuntimeError(message)
    return found


def _order(ways: Sequence[str], number: int) -> Sequence[str]:
    return ways if number % 2 == 0 else ways[::-1]


def _cpu(processes: Iterable[psutil.Process]) -> float:
    """Give the CPU seconds of this process and of the services, children that have ended included."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = time.process_time() + ended.ru_utime + ended.ru_stime
    for process in processes:
        try:
            spent = process.cpu_times()
        except psutil.Error:
            continue
        own += spent.user + spent.system + spent.children_user + spent.children_system
    return own
