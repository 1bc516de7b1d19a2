"""One line of an import file: taken apart, checked against the masters, made an entry or refused with a reason."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox import journal, masters, values
from sandbox.layout import LENGTHS
from sandbox.posting import Transaction

if TYPE_CHECKING:
    from sandbox.layout import Layout
    from sandbox.store import Connection

RECORD = "DC"
JC_COST_CODES = ("2", "JC cost")
OPERATOR = "IMPORT"
OPEN = "In progress"
_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)


class RefusedLineError(Exception):
    """A line that does not become an entry; the message is the reason in the print file."""


@dataclass(frozen=True, slots=True)
class Books:
    """What lines are checked against, read once per import inside its transaction."""

    jobs: dict[str, tuple[str, bool]]
    extras: frozenset[tuple[str, str]]
    codes: dict[tuple[str, str, str], tuple[bool, str]]
    categories: dict[tuple[str, str, str, str], tuple[str, str]]
    open_months: frozenset[str]
    open_ledger_months: frozenset[str] = frozenset()


def read_books(
    connection: Connection, open_months: frozenset[str], open_ledger_months: frozenset[str] = frozenset()
) -> Books:
    """Read jobs, extras, cost codes and categories with their statuses."""
    fetch = connection.execute
    return Books(
        {
            row["Job"]: (row["Status"], bool(row["On_Hold"]))
            for row in fetch("select Job, Status, On_Hold from JCM_MASTER__JOB")
        },
        frozenset((row["Job"], row["Extra"]) for row in fetch("select Job, Extra from JCM_MASTER__EXTRA")),
        {
            (row["Job"], row["Extra"], row["Cost_Code"]): (bool(row["Group_Cost_Code"]), row["Status"])
            for row in fetch("select Job, Extra, Cost_Code, Group_Cost_Code, Status from JCM_MASTER__COST_CODE")
        },
        {
            (row["Job"], row["Extra"], row["Cost_Code"], row["Category"]): (row["Status"], row["Cost_Account"])
            for row in fetch("select Job, Extra, Cost_Code, Category, Status, Cost_Account from JCM_MASTER__CATEGORY")
        },
        open_months,
        open_ledger_months,
    )


def read_line(raw: bytes, layout: Layout, books: Books) -> Transaction | journal.Entry:
    """Make an entry of one physical line; raises RefusedLineError with the first reason found."""
    fields = split(raw, layout)
    if fields["record"] == journal.RECORD:
        try:
            return journal.read_fields(fields, layout, books.open_ledger_months)
        except journal.RefusedEntryError as refused:
            raise RefusedLineError(str(refused)) from None
    if fields["record"] != RECORD:
        raise RefusedLineError(f"record id {fields['record'] or '(empty)'} is not {RECORD} or {journal.RECORD}")
    return read_fields(fields, layout, books)


def read_fields(fields: dict[str, str], layout: Layout, books: Books) -> Transaction:
    """Make an entry of the fields of a line by their names; raises RefusedLineError with the first reason found."""
    for name, longest in LENGTHS.items():
        if len(fields.get(name, "")) > longest:
            raise RefusedLineError(f"{name.replace('_', ' ')} is longer than {longest} characters: {fields[name]}")
    if fields.get("transaction_type", JC_COST_CODES[0]) not in JC_COST_CODES:
        raise RefusedLineError(f"transaction type {fields['transaction_type'] or '(empty)'} is not a job cost (2)")
    day = _day(fields["transaction_date"], "transaction date")
    period_day = _day(fields["accounting_date"], "accounting date") if "accounting_date" in fields else day
    amount = _number(fields["amount"], "amount", values.AMOUNT, layout.amount_limit)
    units = _number(fields.get("units") or "0", "units", values.UNITS, layout.units_limit)
    unit_cost = _number(fields.get("unit_cost") or "0", "unit cost", values.UNIT_COST, layout.unit_cost_limit)
    account = _check_codes(fields, books)
    if period_day[:7] not in books.open_months:
        raise RefusedLineError(
            f"accounting date {fields.get('accounting_date', fields['transaction_date'])} is not in an open month"
        )
    return Transaction(
        job=fields["job"], extra=fields.get("extra", ""), cost_code=fields["cost_code"], category=fields["category"],
        transaction_date=day, accounting_date=period_day, amount=values.fixed(amount, values.AMOUNT),
        description=fields.get("description", ""), units=values.fixed(units, values.UNITS),
        unit_cost=values.fixed(unit_cost, values.UNIT_COST),
        debit_account=_account(fields.get("debit_account", ""), account, layout),
        credit_account=_account(fields.get("credit_account", ""), masters.DEFAULT_CREDIT_ACCOUNT, layout),
        batch=fields.get("batch", ""), ref_1=fields.get("ref_1", ""), ref_2=fields.get("ref_2", ""), operator=OPERATOR,
    )  # fmt: skip


def split(raw: bytes, layout: Layout) -> dict[str, str]:
    """Take a physical line apart by the columns of its record."""
    try:
        text = raw.removesuffix(b"\n").removesuffix(b"\r").decode(layout.encoding)
    except UnicodeDecodeError as broken:
        raise RefusedLineError(f"byte {broken.start + 1} is no {layout.encoding} text") from None
    if not text.strip():
        raise RefusedLineError("the line is empty")
    if _CONTROL.search(text):
        raise RefusedLineError("the line holds a control character")
    try:
        record = next(csv.reader([text], strict=True))
    except csv.Error:
        raise RefusedLineError("the quotes do not match") from None
    columns = layout.columns_of(record[0].strip())
    if len(record) != len(columns):
        raise RefusedLineError(f"{len(record)} fields, expected {len(columns)}")
    return {name: field.strip() for name, field in zip(columns, record, strict=True)}


def _day(text: str, name: str) -> str:
    match = _DATE.fullmatch(text)
    day = f"{match[3]}-{match[1]}-{match[2]}" if match else ""
    if values.day(day) is None:
        raise RefusedLineError(f"{name} is not a date mm/dd/yyyy: {text or '(empty)'}")
    return day


def _number(text: str, name: str, places: int, limit: Decimal) -> Decimal:
    if _NUMBER.fullmatch(text) is None or len(text.partition(".")[2]) > places:
        raise RefusedLineError(f"{name} is not a number with at most {places} decimals: {text or '(empty)'}")
    value = Decimal(text)
    if abs(value) > limit:
        raise RefusedLineError(f"{name} is larger than {limit}: {text}")
    return value


def _check_codes(fields: dict[str, str], books: Books) -> str:
    """Refuse codes that do not exist or do not take cost; gives the category's cost account."""
    job, extra, cost_code, category = fields["job"], fields.get("extra", ""), fields["cost_code"], fields["category"]
    _check_job(job, extra, books)
    _check_code(job, extra, cost_code, books)
    if (job, extra, cost_code, category) not in books.categories:
        raise RefusedLineError(f"category {category or '(empty)'} does not exist on job {job}, cost code {cost_code}")
    status, account = books.categories[job, extra, cost_code, category]
    if status != OPEN:
        raise RefusedLineError(f"category {category} of cost code {cost_code} on job {job} is not {OPEN} ({status})")
    return account


def _check_job(job: str, extra: str, books: Books) -> None:
    if job not in books.jobs:
        raise RefusedLineError(f"job {job or '(empty)'} does not exist")
    status, is_on_hold = books.jobs[job]
    if status != OPEN:
        raise RefusedLineError(f"job {job} is not {OPEN} ({status})")
    if is_on_hold:
        raise RefusedLineError(f"job {job} is on hold")
    if extra and (job, extra) not in books.extras:
        raise RefusedLineError(f"extra {extra} does not exist on job {job}")


def _check_code(job: str, extra: str, cost_code: str, books: Books) -> None:
    if (job, extra, cost_code) not in books.codes:
        raise RefusedLineError(f"cost code {cost_code or '(empty)'} does not exist on job {job}")
    is_group, status = books.codes[job, extra, cost_code]
    if is_group:
        raise RefusedLineError(f"cost code {cost_code} is a group cost code")
    if status != OPEN:
        raise RefusedLineError(f"cost code {cost_code} on job {job} is not {OPEN} ({status})")


def _account(given: str, default: str, layout: Layout) -> str:
    account = given or default
    if layout.account_pattern is not None and layout.account_pattern.fullmatch(account) is None:
        raise RefusedLineError(f"account {account} does not fit the format of the general ledger")
    return account
