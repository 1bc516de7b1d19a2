"""What a person sees while something long goes on, and the figures kept of it in `timings.json`."""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sage_bridge.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A line at least this often, so that nobody takes work for a hang.
REPORT_SECONDS = 5.0


@dataclass
class Phase:
    """A step of the work: seconds it took, counts it reports."""

    name: str
    begin: float
    seconds: float = 0.0
    counts: dict[str, int | str] = field(default_factory=dict)
    doing: str = ""
    is_done: bool = False

    def count(self, **counts: int | str) -> None:
        """Report counts; the same name again replaces its figure."""
        self.counts.update(counts)

    def say(self, doing: str) -> None:
        """Tell what goes on right now; shown with the next regular line."""
        self.doing = doing


class Progress:
    """Prints a line when a phase ends and every few seconds while it lasts; phases may run beside each other."""

    def __init__(self) -> None:
        """Begin to count the time."""
        self._begin = time.monotonic()
        self._lock = threading.Lock()
        self.phases: list[Phase] = []

    @contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Time a step; a step that fails is printed as failed and its error goes on."""
        phase = Phase(name, time.monotonic())
        self.phases.append(phase)
        ended = threading.Event()
        reporter = threading.Thread(target=self._report, args=(phase, ended), daemon=True)
        reporter.start()
        try:
            yield phase
            phase.is_done = True
        finally:
            phase.seconds = time.monotonic() - phase.begin
            ended.set()
            reporter.join()
            self._print(phase.name, phase.seconds, _words(phase.counts) if phase.is_done else "FAILED")

    def say(self, sentence: str) -> None:
        """Print a sentence of its own."""
        with self._lock:
            print(f"[{time.monotonic() - self._begin:7.1f} s] {sentence}", flush=True)

    def write(self, path: Path, **more: object) -> None:
        """Keep the figures as JSON: phases in order with seconds and counts, the seconds of the whole, and `more`."""
        content = {
            "seconds": round(time.monotonic() - self._begin, 2),
            **more,
            "phases": [
                {"phase": phase.name, "seconds": round(phase.seconds, 2), "done": phase.is_done, **phase.counts}
                for phase in self.phases
            ],
        }
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    def _report(self, phase: Phase, ended: threading.Event) -> None:
        while not ended.wait(REPORT_SECONDS):
            words = " ".join(part for part in (phase.doing, _words(phase.counts)) if part)
            self._print(phase.name, time.monotonic() - phase.begin, f"... {words}".rstrip())

    def _print(self, name: str, seconds: float, words: str) -> None:
        self.say(f"{name:<34} {seconds:6.1f} s  {words}".rstrip())


def fail(error: BaseException) -> None:
    """Print the sentence of an error where errors belong."""
    print(f"\n{error}", file=sys.stderr, flush=True)


def stopped_by(error: Exception) -> Transient:
    """Give the sentence for what the machine or the database refused while services were started or used."""
    return Transient(
        "RS-990",
        "the machine or the database refused something",
        record=type(error).__name__,
        found=" ".join(str(error).split()),
        do="see to space, rights and memory, then run the same command again",
    )


def _words(counts: dict[str, int | str]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {value:,}" if isinstance(value, int) else f"{name.replace('_', ' ')} {value}"
        for name, value in counts.items()
    )
