"""A company folder made of the small scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.company_files import Sage, tables, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """The small scenario's directory."""
    return write(tmp_path / "aw_small", tables())


@pytest.fixture
def sage(tmp_path: Path, scenario: Path) -> Sage:
    """Company AW, loaded."""
    company = Sage(tmp_path / "sage")
    company.do("create", "--company", "AW", "--scenario", scenario)
    return company
