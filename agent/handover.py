"""Putting a guarded file where Sage's import reads it, and watching the macro that imports it.

The file is laid down under a temporary name before the state says `handed_over`, and renamed after:
a missing temporary file then proves that the hand-over took place, even when a person has taken the
file away already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent import logs
from agent.files import copy_synced, move, sha256_of
from agent.macro import MacroRun, is_running
from sage_bridge.errors import LaneStopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.config import Config
    from agent.state import Delivery


class MacroSlot:
    """Room for one macro: Sage is driven by one at a time."""

    def __init__(self) -> None:
        """Start empty."""
        self._run: MacroRun | None = None
        self._owner = ""

    @property
    def is_free(self) -> bool:
        """Tell whether no macro of ours is under way."""
        return self._run is None

    def start(self, owner: str, run: MacroRun) -> None:
        """Hold a run."""
        self._run, self._owner = run, owner

    def of(self, owner: str) -> MacroRun | None:
        """Give the run of an owner, if it has one."""
        return self._run if self._owner == owner else None

    def clear(self) -> None:
        """Let go of a run that has ended."""
        self._run, self._owner = None, ""

    def wait(self, seconds: float) -> None:
        """Give a run some time to end before the agent stops; it goes on without us if it needs longer."""
        if self._run is not None and not self._run.wait(seconds):
            logs.warning("macro_left_running", macro=self._owner, seconds=self._run.seconds)


class Places:
    """The local paths of one delivery."""

    def __init__(self, config: Config, delivery: Delivery) -> None:
        """Derive all paths from the configuration and the delivery's name."""
        name, imports = delivery.name, config.imports
        is_receipt = delivery.flow == "RCV"
        folder = config.receipts_dir if is_receipt else imports.inbox_dir
        self.guarded = config.state_dir / "guarded" / name
        self.file = folder / (name if is_receipt else imports.file_name.replace("{name}", name))
        self.part = folder / f".{name}.part"
        self.reject = folder / imports.reject_name.replace("{name}", name)
        self.print = folder / imports.print_name.replace("{name}", name)
        self.log = config.state_dir / "runs" / f"{name}.log"
        self.evidence = config.state_dir / "evidence" / name

    def stage(self) -> None:
        """Lay the guarded bytes down under a temporary name."""
        self.part.parent.mkdir(parents=True, exist_ok=True)
        copy_synced(self.guarded, self.part)

    def place(self, sha256: str) -> None:
        """Give the staged file its name; done already when the temporary file is gone.

        Raises:
            LaneStopped: RS-562 another file lies under that name.
        """
        if not self.part.is_file():
            return
        if self.file.exists() and sha256_of(self.file) != sha256:
            raise LaneStopped(
                "RS-562",
                "another file lies where the import file belongs",
                record=str(self.file),
                expected=sha256,
                found=sha256_of(self.file),
                do="find out who put it there and move it away",
            )
        move(self.part, self.file)

    def clear_traces(self) -> None:
        """Remove what a run left that imported nothing, so that the next run's traces are its own."""
        for path in (self.reject, self.print):
            path.unlink(missing_ok=True)

    def keep_evidence(self) -> None:
        """Take the import file out of Sage's reach and keep what the import wrote."""
        self.file.unlink(missing_ok=True)
        self.part.unlink(missing_ok=True)
        for path in (self.reject, self.print, self.log):
            if path.exists():
                self.evidence.mkdir(parents=True, exist_ok=True)
                move(path, self.evidence / path.name)

    def is_running(self) -> bool:
        """Tell whether a macro started by an agent that died is still at work."""
        return is_running(self.log)


def start_macro(argv: Sequence[str], config: Config, delivery: Delivery, places: Places) -> MacroRun:
    """Start the import macro of a delivery; raises BadConfig RS-167 when it cannot be started."""
    values = {
        "file": str(places.file),
        "reject": str(places.reject),
        "print": str(places.print),
        "name": delivery.name,
        "flow": delivery.flow,
        "company": config.company,
    }
    return MacroRun(argv, values, places.log, config.imports.cwd, config.imports.timeout_seconds)
