"""Books of two codes on one database; nothing a test writes is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sql.mart.conftest import mart_dsn, warehouse
from tests.sql.recon.books import Books

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

__all__ = ["mart_dsn", "warehouse"]

# An event whose codes were not given on site.
BARE = {"job": None, "extra": None, "cost_code": None, "category": None}


@pytest.fixture
def books(warehouse: Connection, company: str) -> Books:
    """A PO line that names no cost code, with 100 rebars received; whose codes come from mappings."""
    made = Books(warehouse, company)
    made.order("PO1", "100", "10", "2026-01-02")
    warehouse.execute("update core.commitment_item set cost_code = '', category = ''")
    made.happen("received", "R1", "2026-02-01", "100", "PO1", **BARE)
    return made
