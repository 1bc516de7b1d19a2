"""The statements of reconciliation share the marts' database; nothing a test writes is committed."""

from __future__ import annotations

from tests.sql.mart.conftest import mart_dsn, warehouse

__all__ = ["mart_dsn", "warehouse"]
