"""Steps of a month's reconciliation, and what a Sage user may do between them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from psycopg import sql

from sage_bridge.reconcile import Decision, Terms
from sage_hooks import reconciliation

if TYPE_CHECKING:
    from sage_hooks.reconciliation import Outcome
    from tests.sql.recon.books import Books

FIRST = "X000000001"
"""Reference of the consumption of 400.00."""


def propose(books: Books, **more: Any) -> Outcome:
    values = {
        "company_id": "AW", "period": "2024-11", "mode": "propose", "materiality": Decimal("0.01"),
        "prepared_by": "finance", "dag_run_id": "manual",
    }  # fmt: skip
    return reconciliation.reconcile(books.connection, Terms(**{**values, **more}))


def decide(
    books: Books,
    run_no: int,
    *,
    is_approved: bool = True,
    by: str = "controller",
    refused: tuple[tuple[str, str], ...] = (),
) -> bool:
    decision = Decision(by, is_approved, "looked at", datetime(2024, 12, 2, tzinfo=UTC), refused)
    return reconciliation.store_decision(books.connection, run_no, decision, "reconcile__period", "manual")


def rows(books: Books, query: str) -> list[dict[str, Any]]:
    found = books.connection.execute(query.encode()).fetchall()
    books.connection.commit()
    return found


def change(books: Books, statement: str, *values: object) -> None:
    books.connection.execute(statement.encode(), values or None)
    books.connection.commit()


def in_sage(books: Books, column: str, value: object, reference: str = FIRST) -> None:
    """Change what Sage shows of a posting."""
    statement = sql.SQL("update core.job_cost_transaction set {} = %s where ref_1 = %s").format(sql.Identifier(column))
    books.connection.execute(statement, (value, reference))
    books.connection.commit()


def differences(books: Books) -> list[tuple[str, ...]]:
    found = rows(
        books, "select cause, cost_code, amount_ours, amount_sage, state from mart.sage_difference order by 1, 2"
    )
    return [tuple(str(value) for value in row.values()) for row in found]
