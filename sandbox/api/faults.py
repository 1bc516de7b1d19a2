"""Faults of the hosted service, switched on from outside: what networks and busy services do.

| kind           | what the caller sees                                              | was the work done |
|----------------|-------------------------------------------------------------------|-------------------|
| too-many       | 429 with Retry-After                                              | no                |
| error-before   | 500                                                               | no                |
| error-after    | 500                                                               | yes               |
| timeout-after  | nothing for `seconds`                                             | yes               |
| broken-after   | 200 with a body that is cut                                       | yes               |
| expired        | 401, every session has ended                                      | no                |
| drift          | a document moved to the end between two pages; one is not shown   | read only         |
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

KINDS = ("too-many", "error-before", "error-after", "timeout-after", "broken-after", "expired", "drift")


@dataclass(slots=True)
class Fault:
    """A fault that waits: the next `count` requests of this method whose path holds `path` have it, after `skip`."""

    kind: str
    method: str = "POST"
    path: str = ""
    count: int = 1
    skip: int = 0
    seconds: int = 1


class Faults:
    """The faults that wait, oldest first."""

    def __init__(self) -> None:
        """Start without any."""
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, given: dict[str, Any]) -> None:
        """Take a fault as a mapping; raises ValueError for one that is none."""
        fault = Fault(**given)
        if fault.kind not in KINDS:
            raise ValueError(fault.kind)
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._waiting.clear()

    def left(self) -> int:
        """Give how many requests will still have a fault."""
        with self._lock:
            return sum(fault.count for fault in self._waiting)

    def take(self, method: str, path: str, *, drifts: bool) -> Fault | None:
        """Give the fault of this request, if it has one; drift is asked for by readers of pages only."""
        with self._lock:
            for fault in self._waiting:
                if (fault.kind == "drift") != drifts or fault.method != method or fault.path not in path:
                    continue
                if fault.skip:
                    fault.skip -= 1
                    return None
                fault.count -= 1
                if not fault.count:
                    self._waiting.remove(fault)
                return fault
        return None
