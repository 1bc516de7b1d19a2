"""One site for the browser's tests and for those of `make up`, and a browser."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from ops.paths import REPOSITORY, var_dir
from tests.ops.demo_runs import Demo
from tests.pages.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

# The folder of another scenario, whose ended demo is then taken: SCENARIO=../shared/data/scenarios/aw_open
SCENARIO_VARIABLE = "SCENARIO"


@pytest.fixture(scope="session")
def site(demo_var: Path) -> Iterator[Site]:
    """The state that the tests of the demo left is taken, or made."""
    named = os.environ.get(SCENARIO_VARIABLE)
    demo = Demo(var_dir(), scenario=REPOSITORY / named) if named else Demo(demo_var)
    made = Site(demo.at_its_end())
    try:
        made.up()
        yield made
    finally:
        made.run("ops.down")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no browser; next step: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield made
        made.close()
