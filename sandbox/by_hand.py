"""What a person does to cost in Sage: enter, edit, delete, void. Each function is one part of a step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox import periods, posting, values
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from sandbox.posting import Transaction
    from sandbox.store import Step

# What a person may change on a posted or waiting row, and how its new value is read.
EDITABLE = {
    "Job": 12, "Extra": 10, "Cost_Code": 13, "Category": 3, "Description": 30, "Debit_Account": 25,
    "Credit_Account": 25, "Batch": 10, "Vendor": 10, "Invoice": 15, "Commitment": 12, "Tax_ID": 6, "Ref_1": 10,
    "Ref_2": 10,
}  # fmt: skip
EDITABLE_NUMBERS = {"Amount": values.AMOUNT, "Units": values.UNITS, "Unit_Cost": values.UNIT_COST}
EDITABLE_DAYS = ("Transaction_Date", "Accounting_Date")
EDITABLE_WHOLE = "Commitment_Line_Item"


@dataclass(frozen=True, slots=True)
class Found:
    """A transaction and the table it stands in."""

    table: str
    row: sqlite3.Row


def enter_cost(step: Step, entry: Transaction, *, is_posted: bool = True) -> str:
    """Enter one cost as a clerk, and post it unless told otherwise; gives its row id.

    An empty accounting date takes the day's month or, where that is closed, the first open one. Empty
    accounts are retrieved from the category and the settings.
    """
    _require_codes(step, entry.job, entry.extra, entry.cost_code, entry.category)
    if entry.vendor:
        _require_vendor(step, entry.vendor)
    if entry.commitment:
        _require_line(step, entry.commitment, entry.item_number)
    applications = ("JC", "AP") if entry.transaction_type == "AP cost" else ("JC",)
    if entry.accounting_date:
        periods.require_open(step.connection, entry.accounting_date, applications)
    debit, credit = posting.default_accounts(
        step, entry.job, entry.extra, entry.cost_code, entry.category, entry.transaction_type
    )
    entry = replace(
        entry,
        accounting_date=entry.accounting_date
        or periods.accounting_date(step.connection, entry.transaction_date, applications),
        debit_account=entry.debit_account or debit,
        credit_account=entry.credit_account or credit,
        dist_sequence=_next_distribution(step, entry) if entry.invoice else None,
    )
    row_ids = posting.enter(step, [entry])
    if is_posted:
        posting.choose(step, row_ids)
        posting.post_chosen(step)
    return row_ids[0]


def edit(step: Step, row_id: str, changes: Mapping[str, str], *, even_closed: bool = False) -> None:
    """Change a transaction in place; what it did to masters and ledger follows. Closed months only if told so."""
    found = find(step, row_id)
    new = {**dict(found.row), **{column: _new_value(column, text) for column, text in changes.items()}}
    _require_codes(step, str(new["Job"]), str(new["Extra"]), str(new["Cost_Code"]), str(new["Category"]))
    if new["Commitment"] and new[EDITABLE_WHOLE] is not None:
        _require_line(step, str(new["Commitment"]), int(str(new[EDITABLE_WHOLE])))
    if not even_closed:
        for day in (found.row["Accounting_Date"], str(new["Accounting_Date"])):
            periods.require_open(step.connection, day, ("JC",))
    new["Row_Version"] = step.next_version()
    if found.table == "JCT_NEW__TRANSACTION":
        step.run("update_new_transaction", new)
        return
    posting.choose(step, [row_id])
    posting.gather(step, sign=-1)
    step.run("update_current_transaction", new)
    posting.gather(step)
    posting.apply_effects(step)


def delete(step: Step, row_id: str, *, even_closed: bool = False) -> None:
    """Take a transaction away; what it did to masters and ledger is undone. Closed months only if told so."""
    found = find(step, row_id)
    if not even_closed:
        periods.require_open(step.connection, found.row["Accounting_Date"], ("JC",))
    if found.table == "JCT_NEW__TRANSACTION":
        step.connection.execute("delete from JCT_NEW__TRANSACTION where Row_ID = ?", (row_id,))
        return
    posting.choose(step, [row_id])
    posting.gather(step, sign=-1)
    posting.apply_effects(step)
    step.connection.execute("delete from JCT_CURRENT__TRANSACTION where Row_ID = ?", (row_id,))


def void_invoice(step: Step, vendor: str, invoice: str, day: str) -> list[str]:
    """Void a posted AP invoice: each row is posted again with the other sign, dated `day`; gives the new row ids."""
    rows = step.fetch("select_invoice", {"vendor": vendor, "invoice": invoice})
    if not rows:
        raise SandboxError(
            "no AP cost of this invoice is posted",
            where=f"vendor {vendor} invoice {invoice}",
            do="give vendor and invoice as they stand in JCT_CURRENT__TRANSACTION",
        )
    if not any(row["Is_Standing"] for row in rows):
        raise SandboxError(
            "the invoice is void already",
            where=f"vendor {vendor} invoice {invoice}",
            expected="a remaining amount",
            do="nothing is left to void",
        )
    moved = periods.accounting_date(step.connection, day, ("JC", "AP"))
    last = max(row["Dist_Sequence"] or 0 for row in rows)
    entries = [_mirror(row, day, moved, last + place) for place, row in enumerate(rows, 1)]
    row_ids = posting.enter(step, entries)
    posting.choose(step, row_ids)
    posting.post_chosen(step)
    return row_ids


def move_to_history(step: Step, through: str) -> int:
    """Move the posted rows up to a closed month out of the current file; ids stay, versions rise."""
    if not values.is_period(through) or through in periods.open_periods(step.connection, "JC"):
        raise SandboxError(
            "the month is not closed", found=through, expected="a month closed in JC as YYYY-MM", do="close it first"
        )
    moved = step.run("insert_history_transactions", {"through": through})
    step.connection.execute("delete from JCT_CURRENT__TRANSACTION where substr(Accounting_Date, 1, 7) <= ?", (through,))
    return moved


def find(step: Step, row_id: str) -> Found:
    """Give a current or unposted transaction by its row id; raises SandboxError when there is none."""
    for table, sql in (
        ("JCT_CURRENT__TRANSACTION", "select * from JCT_CURRENT__TRANSACTION where Row_ID = ?"),
        ("JCT_NEW__TRANSACTION", "select * from JCT_NEW__TRANSACTION where Row_ID = ?"),
    ):
        row = step.connection.execute(sql, (row_id,)).fetchone()
        if row is not None:
            return Found(table, row)
    raise SandboxError(
        "no current or unposted transaction has this row id",
        found=row_id,
        expected="a Row_ID of JCT_CURRENT or JCT_NEW",
        do="export the tables and take the id from there",
    )


def _mirror(row: sqlite3.Row, day: str, accounting_date: str, distribution: int) -> Transaction:
    return posting.Transaction(
        job=row["Job"], extra=row["Extra"], cost_code=row["Cost_Code"], category=row["Category"],
        transaction_date=day, accounting_date=accounting_date, amount=values.money(-values.cents(row["Amount"])),
        description=row["Description"], units=values.units(-values.parts(row["Units"])), unit_cost=row["Unit_Cost"],
        transaction_type=row["Transaction_Type"], debit_account=row["Debit_Account"],
        credit_account=row["Credit_Account"], batch=row["Batch"], vendor=row["Vendor"], invoice=row["Invoice"],
        dist_sequence=distribution, commitment=row["Commitment"], item_number=row["Commitment_Line_Item"],
        tax_id=row["Tax_ID"], standard_item=row["Standard_Item"], ref_1=row["Ref_1"], ref_2=row["Ref_2"], operator="AP",
    )  # fmt: skip


def _new_value(column: str, text: str) -> str | int | None:
    if column in EDITABLE_NUMBERS:
        places = EDITABLE_NUMBERS[column]
        number = values.exact(text, places)
        _fit(column, text, number is not None, f"a plain number with at most {places} decimals")
        return values.fixed(number or Decimal(0), places)
    if column in EDITABLE_DAYS:
        _fit(column, text, values.day(text) is not None, "a date YYYY-MM-DD")
        return text
    if column == EDITABLE_WHOLE:
        _fit(column, text, not text or (text.isascii() and text.isdigit()), "a whole number or nothing")
        return int(text) if text else None
    if column in EDITABLE:
        longest = EDITABLE[column]
        _fit(column, text, len(text) <= longest and values.is_identity(text), f"at most {longest} printable characters")
        return text
    allowed = ", ".join((*EDITABLE_NUMBERS, *EDITABLE_DAYS, EDITABLE_WHOLE, *EDITABLE))
    raise SandboxError("the column cannot be edited", found=column, expected=allowed, do="name one of these")


def _fit(column: str, text: str, is_fit: bool, expected: str) -> None:  # noqa: FBT001  the condition itself
    if not is_fit:
        raise SandboxError(f"{column} cannot be this", found=text, expected=expected, do="correct the new value")


def _require_codes(step: Step, job: str, extra: str, cost_code: str, category: str) -> None:
    row = step.connection.execute(
        "select 1 from JCM_MASTER__CATEGORY where Job = ? and Extra = ? and Cost_Code = ? and Category = ?",
        (job, extra, cost_code, category),
    ).fetchone()
    if row is None:
        raise SandboxError(
            "the category does not exist",
            found=f"{job} / {extra} / {cost_code} / {category}",
            expected="job, extra, cost code and category of JCM_MASTER__CATEGORY",
            do="add the cost code first or correct it",
        )


def _require_vendor(step: Step, vendor: str) -> None:
    if step.connection.execute("select 1 from APM_MASTER__VENDOR where Vendor = ?", (vendor,)).fetchone() is None:
        raise SandboxError("the vendor does not exist", found=vendor, expected="a vendor in Sage", do="correct it")


def _require_line(step: Step, commitment: str, item_number: int | None) -> None:
    sql, found = "select 1 from JCM_MASTER__COMMITMENT where Commitment = ?", [commitment]
    if item_number is not None:
        sql, found = (
            "select 1 from JCM_MASTER__COMMITMENT_ITEM where Commitment = ? and Item = ?",
            [commitment, str(item_number)],
        )
    if step.connection.execute(sql, found).fetchone() is None:
        raise SandboxError(
            "the commitment line does not exist",
            found=" / ".join(found),
            expected="a commitment and line in Sage",
            do="correct it",
        )


def _next_distribution(step: Step, entry: Transaction) -> int:
    row = step.connection.execute(
        "select coalesce(max(Dist_Sequence), 0) + 1 from JCT_CURRENT__TRANSACTION where Vendor = ? and Invoice = ?",
        (entry.vendor, entry.invoice),
    ).fetchone()
    return int(row[0])
