"""Whatever happens on site, in purchasing, in AP and on the wire, in any order: the laws hold after every step.

The whole product runs: real Postgres, a real file server, its own sealing, delivery, answers, reconciliation and
sign-off. Only Sage is written by hand, and beside it stands the oracle. docs/laws.md says how to run it for longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.hooks.outbox.home import Home, home
from tests.laws.profile import LONGEST, settings_of
from tests.laws.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shared(
    postgres_server: str, warehouse_template: str, _sftp_keys: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    """A database and a file server for all stories."""
    with home(postgres_server, warehouse_template, _sftp_keys, tmp_path_factory.mktemp("sftp")) as found:
        yield found


@pytest.mark.timeout(LONGEST)
def test_the_laws_hold_after_every_step(shared: Home) -> None:
    Story.home = shared
    run_state_machine_as_test(Story, settings=settings_of(examples=10, steps=20))
