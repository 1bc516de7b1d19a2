"""Fixtures of this room: one stand for all cases of a test, figures of the whole run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hooks.hardness.stand import Stand, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hooks.inbound_sender import Sender

FIGURES = "SAGE_BRIDGE_HARDNESS"
"""Names the folder for figures; when it is set, every case runs."""


@pytest.fixture(scope="session")
def tally() -> Tally:
    """The figures of this run; `make hardness` gathers them from the file each process leaves."""
    return Tally()


@pytest.fixture
def stand(sender: Sender, tally: Tally) -> Iterator[Stand]:
    """A company with a job and a vendor, and its folders, ready for malformed transfers."""
    sender.land("JOB")
    with sender.exchange() as exchange:
        found = Stand(sender, exchange, tally)
        found.clear()
        yield found
    # After every test, so that a run that is cut short leaves what it has.
    folder = os.environ.get(FIGURES, "")
    if folder:
        document = {"counts": tally.counts, "codes": tally.codes}
        (Path(folder) / f"{os.getpid()}.json").write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture(scope="session")
def is_whole() -> bool:
    """Whether all cases run (`make hardness`), or enough of them for every change of the code."""
    return bool(os.environ.get(FIGURES))


@pytest.fixture(scope="session")
def step(is_whole: bool) -> int:
    """From one place of a small transfer that is tried to the next: all of them, or enough to meet every field."""
    return 1 if is_whole else 5
