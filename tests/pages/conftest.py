"""One site for the browser's tests and for those of `make up`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ops.demo_runs import Demo
from tests.pages.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def site(test_var: Path) -> Iterator[Site]:
    """The state that the tests of the demo left is taken, or made."""
    demo = Demo(test_var / "demo-var")
    demo.var.mkdir(exist_ok=True)
    if not (demo.folder / "tie_out.json").is_file():
        assert demo.run() == 0, demo.said()
    made = Site(demo)
    try:
        made.up()
        yield made
    finally:
        made.run("ops.down")
