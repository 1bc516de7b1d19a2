"""Entries of the general ledger itself: imported lines of record `GL`, entries by hand, and their posting.

The public layout: record id, transaction date, accounting date, description, a positive amount, debit account, credit
account; one of the two or both are filled. It stands in one file with direct cost and goes through the same import.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox import periods, values
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.layout import Layout
    from sandbox.store import Step

RECORD = "GL"
APPLICATION = "GL"
_LENGTHS = {"description": 30, "debit_account": 25, "credit_account": 25}
_AMOUNT = re.compile(r"[0-9]+(?:\.[0-9]{1,2})?", re.ASCII)
_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", re.ASCII)


class RefusedEntryError(Exception):
    """A line that does not become an entry; the message is the reason in the print file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: a positive amount, what it debits, what it credits ('' = nothing)."""

    transaction_date: str
    accounting_date: str
    description: str
    amount: str
    debit_account: str
    credit_account: str
    batch: str = ""


def read_fields(fields: dict[str, str], layout: Layout, open_months: frozenset[str]) -> Entry:
    """Make an entry of the fields of a line by their names; raises RefusedEntryError with the first reason found."""
    for name, longest in _LENGTHS.items():
        if len(fields.get(name, "")) > longest:
            raise RefusedEntryError(f"{name.replace('_', ' ')} is longer than {longest} characters: {fields[name]}")
    booked = _day(fields["accounting_date"], "accounting date")
    day = _day(fields["transaction_date"], "transaction date") if "transaction_date" in fields else booked
    text = fields["amount"]
    amount = values.exact(text, values.AMOUNT) if _AMOUNT.fullmatch(text) else None
    if not amount or amount > layout.amount_limit:
        raise RefusedEntryError(f"amount is not a positive number up to {layout.amount_limit}: {text or '(empty)'}")
    accounts = (fields.get("debit_account", ""), fields.get("credit_account", ""))
    if not any(accounts):
        raise RefusedEntryError("no account is named")
    for account in filter(None, accounts):
        if layout.account_pattern is not None and layout.account_pattern.fullmatch(account) is None:
            raise RefusedEntryError(f"account {account} does not fit the format of the general ledger")
    if booked[:7] not in open_months:
        raise RefusedEntryError(f"accounting date {fields['accounting_date']} is not in an open month")
    return Entry(day, booked, fields.get("description", ""), values.fixed(amount, values.AMOUNT), *accounts)


def _day(text: str, name: str) -> str:
    match = _DATE.fullmatch(text)
    day = f"{match[3]}-{match[1]}-{match[2]}" if match else ""
    if values.day(day) is None:
        raise RefusedEntryError(f"{name} is not a date mm/dd/yyyy: {text or '(empty)'}")
    return day


def enter(step: Step, entries: Iterable[Entry]) -> None:
    """Enter them, unposted."""
    step.run_many(
        "insert_new_journal",
        (
            {
                "Row_ID": step.next_row_id(), "Transaction_Date": one.transaction_date,
                "Accounting_Date": one.accounting_date, "Description": one.description, "Amount": one.amount,
                "Debit_Account": one.debit_account, "Credit_Account": one.credit_account, "Batch": one.batch,
            }
            for one in entries
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Posted:
    """Entries posted, and how many stay unposted per month that the general ledger has not open."""

    count: int
    left: dict[str, int]


def post(step: Step, batch: str | None) -> Posted:
    """Post the unposted entries (of one batch): a row for each account; those of a month not open stay."""
    left = {row["Period"]: row["Waiting"] for row in step.fetch("select_unposted_journals", {"batch": batch})}
    parameters = {"batch": batch}
    step.run("insert_journal_rows", parameters)
    return Posted(step.run("delete_posted_journals", parameters), left)


def enter_by_hand(step: Step, entry: Entry) -> None:
    """Enter and post one entry at once, as a clerk does in the general ledger.

    Raises:
        SandboxError: the month is not open there, or an account or the amount is missing.
    """
    periods.require_open(step.connection, entry.accounting_date, (APPLICATION,))
    if not (entry.debit_account and entry.credit_account) or values.cents(entry.amount) <= 0:
        raise SandboxError("an entry needs a positive amount and two accounts", do="name both accounts")
    enter(step, [entry])
    post(step, entry.batch)
