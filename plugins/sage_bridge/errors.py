"""What can go wrong, and whether trying again can help.

BridgeError
├── Terminal            a person or a repair is needed; retrying changes nothing
│   ├── BadConfig       RS-1xx  a profile, mapping or setting is wrong
│   ├── RefusedTransfer RS-2xx  an inbound file breaks its promise; nothing of it landed
│   ├── RefusedLine     RS-3xx  a value cannot be written to Sage as it is
│   ├── BrokenLaw       RS-4xx  sums, references or states contradict each other
│   ├── LaneStopped     RS-5xx  the outcome of a send is unknown; a person decides
│   └── NotApproved     RS-6xx  nothing is posted without a matching approval
└── Transient           RS-9xx  the other side is away or busy; the same work is tried again

Every message is one sentence a person can act on: what, which record, expected, found, next step.
Codes are listed in `docs/errors.md`.
"""

from __future__ import annotations


class BridgeError(Exception):
    """Root of all errors the bridge raises itself; `code` is stable across releases.

    The parts of the sentence stay readable as `what`, `record`, `expected`, `found` and `do`, for reports that show
    them apart.
    """

    def __init__(
        self, code: str, what: str, *, record: str = "", expected: str = "", found: str = "", do: str = ""
    ) -> None:
        """Compose the sentence from its parts; empty parts are left out."""
        self.code, self.what, self.record = code, what, record
        self.expected, self.found, self.do = expected, found, do
        parts = [f"{code} {what}"]
        if record:
            parts.append(f"record: {record}")
        if expected:
            parts.append(f"expected: {expected}")
        if found:
            parts.append(f"found: {found}")
        if do:
            parts.append(f"next step: {do}")
        super().__init__("; ".join(parts))


class Terminal(BridgeError):  # noqa: N818 - says what follows: nobody tries again; the name stands in DAGs and docs
    """Retrying cannot help."""


class Transient(BridgeError):  # noqa: N818 - says what follows: the work is tried again; same
    """Retrying the same work can help."""


class BadConfig(Terminal):
    """A profile, mapping or setting is wrong."""


class RefusedTransfer(Terminal):
    """An inbound file breaks its promise; nothing of it landed."""


class RefusedLine(Terminal):
    """A value cannot be written for Sage as it is."""


class BrokenLaw(Terminal):
    """Sums, references or states contradict each other; nothing is sent."""


class LaneStopped(Terminal):
    """The outcome of a send is unknown; the lane waits for a person."""


class NotApproved(Terminal):
    """A posting lacks an approval of exactly this content."""
