"""What every part of one agent works with: its configuration, its memory, the two sides, the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from agent.config import Config
    from agent.handover import MacroSlot
    from agent.publish import Publisher
    from agent.source import Source
    from agent.state import State
    from agent.transport import FileServer


@dataclass(frozen=True, slots=True)
class Tools:
    """Made once per agent; `at` is told the name of every step right after it (crash tests hang on to it)."""

    config: Config
    state: State
    server: FileServer
    publisher: Publisher
    source: Source
    slot: MacroSlot
    now: Callable[[], dt.datetime]
    at: Callable[[str], None]
