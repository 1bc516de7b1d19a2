"""The state of one scenario under `var/demo/<scenario>/`: its folders, what has been done, who works on it.

One content per name: another one is refused, because its numbers would mix with those already in the books. One
conductor at a time: a lock of the operating system, which a killed conductor cannot leave behind.
"""

from __future__ import annotations

import fcntl
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ops.paths import kept_secret, private_dir, var_dir, write_private
from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ops.scenario import Scenario


# The mark of a scenario whose content stands in Sage's books.
LOADED = "sandbox_created"
HOSTED_SUFFIX = "_hosted"


class State:
    """The folders and marks of a scenario; nothing is written before `lock` or `claim`."""

    def __init__(self, folder: Path) -> None:
        """Name the folder."""
        self.folder = folder
        self.runs = folder / "run"
        self.logs = folder / "logs"
        self.secrets = folder / "secrets"
        self.sftp_root = folder / "sftp"
        self.sandbox = folder / "sandbox"
        self.agent = folder / "agent"
        self._file = folder / "state.json"
        self._marking = threading.Lock()

    @classmethod
    def of(cls, scenario_name: str, *, is_hosted: bool = False) -> State:
        """Give the state of a scenario by its name; one whose Sage is hosted has a state of its own."""
        return cls(var_dir() / "demo" / (f"{scenario_name}{HOSTED_SUFFIX}" if is_hosted else scenario_name))

    @classmethod
    def every(cls) -> list[State]:
        """Give all states there are, by name."""
        return [cls(path.parent) for path in sorted((var_dir() / "demo").glob("*/state.json"))]

    def secret(self, name: str) -> str:
        """Give a password of this state, made at the first call."""
        return kept_secret(private_dir(self.secrets) / name)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Work on this state alone.

        Raises:
            BadConfig: RS-185 somebody else is at work on it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise BadConfig(
                    "RS-185",
                    "another demo of this scenario is under way",
                    record=str(self.folder),
                    do="wait for its end, or stop it with Ctrl-C, then run the same command again",
                ) from error
            yield

    def claim(self, scenario: Scenario) -> None:
        """Take the folder for this scenario; once its content is loaded, no other one is taken.

        Raises:
            BadConfig: RS-184 the folder belongs to other content of the same name.
        """
        fingerprint = scenario.fingerprint()
        known = self.marked("fingerprint")
        # A scenario that was refused as malformed is in no books: its corrected content may take the place.
        if self.marked(LOADED) and known != fingerprint:
            raise BadConfig(
                "RS-184",
                f"the name {scenario.name} is taken by a scenario with other content",
                record=str(self.folder),
                expected=f"sha256 {known[:12]}",
                found=f"sha256 {fingerprint[:12]} in {scenario.folder}",
                do=f"rename the scenario's directory, or remove {self.folder} to forget the other one",
            )
        self.mark("fingerprint", fingerprint)
        self.mark("company_id", scenario.company_id)
        self.mark("scenario", str(scenario.folder))

    def mark(self, name: str, value: object = True) -> None:  # noqa: FBT002 - a mark is a flag unless it says more
        """Remember that something is done; survives a kill at any moment."""
        with self._marking:
            content = self._content()
            if content.get(name) != value:
                write_private(self._file, json.dumps({**content, name: value}, indent=2) + "\n")

    def marked(self, name: str) -> Any:
        """Give what was remembered under a name, None when nothing was."""
        return self._content().get(name)

    def _content(self) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return content
