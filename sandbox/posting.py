"""Posting: entries become job cost, and what that does to masters, commitments and the general ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox import journal, masters, values
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sandbox.store import Step

COST_TYPES = {
    "JC cost": "JC", "AP cost": "AP", "PR cost": "PR", "EQ cost": "EQ", "IV cost": "IV", "SM cost": "SM",
}  # fmt: skip
_EFFECTS = (
    "update_category_cost",
    "update_cost_code_cost",
    "update_cost_code_invoiced",
    "update_commitment_item_invoiced",
    "update_commitment_invoiced",
    "insert_gl_rows",
)


@dataclass(frozen=True, slots=True)
class Transaction:
    """One cost entry as Sage keeps it; amounts, units and unit cost are the store's fixed-scale texts."""

    job: str
    extra: str
    cost_code: str
    category: str
    transaction_date: str
    accounting_date: str
    amount: str
    description: str = ""
    units: str = "0.0000"
    unit_cost: str = "0.000000"
    transaction_type: str = "JC cost"
    debit_account: str = ""
    credit_account: str = ""
    batch: str = ""
    vendor: str = ""
    invoice: str = ""
    dist_sequence: int | None = None
    commitment: str = ""
    item_number: int | None = None
    tax_id: str = ""
    standard_item: str = ""
    ref_1: str = ""
    ref_2: str = ""
    operator: str = ""
    stamped_at: datetime | None = None

    def row(self, step: Step, run: int, sequence: int) -> dict[str, object]:
        """Give the row of this entry under Sage's column names, with a new row id."""
        date_stamp, time_stamp = values.stamps(self.stamped_at or step.now)
        return {
            "Row_ID": step.next_row_id(), "Run": run, "Sequence": sequence, "Job": self.job, "Extra": self.extra,
            "Cost_Code": self.cost_code, "Category": self.category, "Transaction_Type": self.transaction_type,
            "Transaction_Date": self.transaction_date, "Accounting_Date": self.accounting_date,
            "Description": self.description, "Units": self.units, "Unit_Cost": self.unit_cost, "Amount": self.amount,
            "Debit_Account": self.debit_account, "Credit_Account": self.credit_account,
            "Application_of_Origin": COST_TYPES[self.transaction_type], "Batch": self.batch, "Vendor": self.vendor,
            "Invoice": self.invoice, "Dist_Sequence": self.dist_sequence,
            "Commitment_Type": "Purchase order" if self.commitment else "", "Commitment": self.commitment,
            "Commitment_Line_Item": self.item_number, "Retainage": "0.00", "Tax_ID": self.tax_id, "Amount_Type": "",
            "Standard_Item": self.standard_item, "Ref_1": self.ref_1, "Ref_2": self.ref_2,
            "Operator_Stamp": self.operator, "Date_Stamp": date_stamp, "Time_Stamp": time_stamp,
            "Row_Version": step.next_version(),
        }  # fmt: skip


def choose(step: Step, row_ids: Iterable[str]) -> None:
    """Make these rows, in this order, the ones the next statements are about."""
    step.run("create_posting_choice")
    step.connection.execute("delete from posting_choice")
    step.connection.executemany(
        "insert into posting_choice (Row_ID, Place) values (?, ?)",
        ((row_id, place) for place, row_id in enumerate(row_ids, 1)),
    )


def gather(step: Step, sign: int = 1) -> None:
    """Add what the chosen posted rows do (sign 1) or take it back (sign -1)."""
    step.run("create_posting_effect")
    step.run("insert_posting_effect", {"sign": sign})


def apply_effects(step: Step) -> None:
    """Move masters, commitments and the general ledger by what was gathered, and forget it."""
    for name in _EFFECTS:
        step.run(name)
    step.connection.execute("delete from posting_effect")


def post_chosen(step: Step) -> int:
    """Post the chosen unposted entries under a new run; gives its number."""
    run = step.next_number("run")
    step.run("insert_posted_transactions", {"run": run})
    step.connection.execute("delete from JCT_NEW__TRANSACTION where Row_ID in (select Row_ID from posting_choice)")
    gather(step)
    apply_effects(step)
    return run


@dataclass(frozen=True, slots=True)
class Posted:
    """What a Post Entries step did: entries and cents posted, the run, entries left per closed month; the ledger's."""

    count: int
    amount: str
    run: int
    left: dict[str, int]
    ledger: journal.Posted


def post_entries(step: Step, batch: str | None = None) -> Posted:
    """Post the unposted entries (of one batch); those of a month closed in Job Cost (or the ledger) stay."""
    rows = step.fetch("select_unposted", {"batch": batch})
    ledger = journal.post(step, batch)
    if batch is not None and not rows and not ledger.count and not ledger.left:
        raise SandboxError(
            "the batch has no unposted entries",
            where=f"batch {batch}",
            do="look at JCT_NEW__TRANSACTION for the batches that wait",
        )
    ready = [row for row in rows if row["Is_Open"]]
    left: dict[str, int] = {}
    for row in rows:
        if not row["Is_Open"]:
            left[row["Period"]] = left.get(row["Period"], 0) + 1
    if not ready:
        return Posted(0, "0.00", 0, left, ledger)
    choose(step, (row["Row_ID"] for row in ready))
    run = post_chosen(step)
    return Posted(len(ready), values.money(sum(values.cents(row["Amount"]) for row in ready)), run, left, ledger)


def enter(step: Step, transactions: Iterable[Transaction]) -> list[str]:
    """Enter costs, unposted, under a new entry run; gives their row ids."""
    run = step.next_number("entry_run")
    rows = [transaction.row(step, run, place) for place, transaction in enumerate(transactions, 1)]
    step.run_many("insert_new_transaction", rows)
    return [str(row["Row_ID"]) for row in rows]


def default_accounts(step: Step, job: str, extra: str, cost_code: str, category: str, kind: str) -> tuple[str, str]:
    """Give the debit and credit account Sage retrieves where an entry leaves them empty."""
    row = step.connection.execute(
        "select Cost_Account from JCM_MASTER__CATEGORY where Job = ? and Extra = ? and Cost_Code = ? and Category = ?",
        (job, extra, cost_code, category),
    ).fetchone()
    credit = masters.PAYABLE_ACCOUNT if kind == "AP cost" else masters.DEFAULT_CREDIT_ACCOUNT
    return (row["Cost_Account"] if row else ""), credit
