"""One line per thing that happened: time, level, event, then `name=value` fields in a fixed order."""

from __future__ import annotations

import json
import logging
import re
import sys
import time

LOGGER = logging.getLogger("agent")
_PLAIN = re.compile(r"[\w.:/+@\\-]+")


def line(event: str, /, **fields: object) -> str:
    """Compose a log line; values with blanks are written as JSON strings, floats with 3 decimals."""
    return " ".join([event, *(f"{name}={_shown(value)}" for name, value in fields.items())])


def info(event: str, /, **fields: object) -> None:
    """Log what was done."""
    LOGGER.info(line(event, **fields))


def warning(event: str, /, **fields: object) -> None:
    """Log what a person should look at soon."""
    LOGGER.warning(line(event, **fields))


def error(event: str, /, **fields: object) -> None:
    """Log what waits for a person."""
    LOGGER.error(line(event, **fields))


def configure(*, verbose: bool = False) -> None:
    """Send the agent's log to standard error, times in UTC; asyncssh says only what went wrong."""
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    LOGGER.handlers[:] = [handler]
    LOGGER.setLevel(logging.DEBUG if verbose else logging.INFO)
    LOGGER.propagate = False
    logging.getLogger("asyncssh").setLevel(logging.WARNING)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
