"""The books of a company folder added up again: every total is the sum of what it rests on."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from tests.sandbox.company_files import Sage

ZERO = Decimal(0)


def assert_ties(sage: Sage) -> None:
    """Masters, commitments and general ledger equal the posted transactions to the cent."""
    posted = [*sage.table("JCT_CURRENT__TRANSACTION"), *sage.table("JCT_HISTORY__TRANSACTION")]
    _assert_job_cost(sage, posted)
    _assert_relief(sage, posted)
    _assert_double_entry(sage, posted)


def _assert_job_cost(sage: Sage, posted: list[dict[str, Any]]) -> None:
    by_category = _sums(((row["Job"], row["Cost_Code"], row["Category"]), row["Amount"]) for row in posted)
    by_code = _sums(((row["Job"], row["Cost_Code"]), row["Amount"]) for row in posted)
    for row in sage.table("JCM_MASTER__CATEGORY"):
        key = (row["Job"], row["Cost_Code"], row["Category"])
        assert Decimal(row["JTD_Cost"]) == by_category.get(key, ZERO), key
    for row in sage.table("JCM_MASTER__COST_CODE"):
        assert Decimal(row["JTD_Cost"]) == by_code.get((row["Job"], row["Cost_Code"]), ZERO), row


def _assert_relief(sage: Sage, posted: list[dict[str, Any]]) -> None:
    relieving = [
        row for row in posted if row["Transaction_Type"] == "AP cost" and row["Commitment_Line_Item"] is not None
    ]
    lines = [((row["Commitment"], row["Commitment_Line_Item"]), row) for row in relieving]
    amounts = _sums((key, row["Amount"]) for key, row in lines)
    units = _sums((key, row["Units"]) for key, row in lines)
    totals = _sums((row["Commitment"], row["Amount"]) for row in relieving)
    for row in sage.table("JCM_MASTER__COMMITMENT_ITEM"):
        key = (row["Commitment"], row["Item"])
        assert Decimal(row["Amount_Invoiced"]) == amounts.get(key, ZERO), key
        assert Decimal(row["Units_Invoiced"]) == units.get(key, ZERO), key
    for row in sage.table("JCM_MASTER__COMMITMENT"):
        assert Decimal(row["Amount_Invoiced"]) == totals.get(row["Commitment"], ZERO), row


def _assert_double_entry(sage: Sage, posted: list[dict[str, Any]]) -> None:
    wanted = _sums((row["Debit_Account"], row["Amount"]) for row in posted)
    for account, amount in _sums((row["Credit_Account"], row["Amount"]) for row in posted).items():
        wanted[account] = wanted.get(account, ZERO) - amount
    ledger = sage.table("GLT_CURRENT__TRANSACTION")
    booked = _sums((row["Account"], Decimal(row["Debit"]) - Decimal(row["Credit"])) for row in ledger)
    assert _without_zero(booked) == _without_zero(wanted)
    assert all(min(Decimal(row["Debit"]), Decimal(row["Credit"])) == ZERO for row in ledger)


def _sums(pairs: Iterable[tuple[Hashable, str | Decimal]]) -> dict[Hashable, Decimal]:
    found: dict[Hashable, Decimal] = {}
    for key, amount in pairs:
        found[key] = found.get(key, ZERO) + Decimal(amount)
    return found


def _without_zero(sums: dict[Hashable, Decimal]) -> dict[Hashable, Decimal]:
    return {key: amount for key, amount in sums.items() if amount}
