"""What a person does to master files in Sage: statuses, new codes, commitment closing, commitment change orders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from sandbox import masters, values
from sandbox.content import LENGTHS
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from sandbox.store import Step

STATUSES = ("Unstarted", "In progress", "Closed")
_NUMBERED_ACCOUNT = re.compile(r"1-5-(?P<code>[0-9]{4})\.(?P<job>[0-9]{2})")


def set_status(step: Step, job: str, cost_code: str, category: str, status: str) -> None:
    """Set the status of a job, of its cost code, or of that code's category."""
    if status not in STATUSES:
        raise SandboxError("the status is unknown", found=status, expected=", ".join(STATUSES), do="name one of these")
    if category:
        touched = step.connection.execute(
            "update JCM_MASTER__CATEGORY set Status = ? "
            "where Job = ? and Extra = '' and Cost_Code = ? and Category = ?",
            (status, job, cost_code, category),
        )
    elif cost_code:
        touched = step.connection.execute(
            "update JCM_MASTER__COST_CODE set Status = ? where Job = ? and Extra = '' and Cost_Code = ?",
            (status, job, cost_code),
        )
    else:
        touched = step.connection.execute("update JCM_MASTER__JOB set Status = ? where Job = ?", (status, job))
    _require(
        touched.rowcount,
        " / ".join(part for part in (job, cost_code, category) if part),
        "a job, cost code or category",
    )


def set_on_hold(step: Step, job: str, *, is_on_hold: bool) -> None:
    """Put a job on hold or take it off."""
    touched = step.connection.execute("update JCM_MASTER__JOB set On_Hold = ? where Job = ?", (int(is_on_hold), job))
    _require(touched.rowcount, job, "a job")


def set_commitment_closed(step: Step, commitment: str, *, is_closed: bool) -> None:
    """Close a commitment or open it again."""
    touched = step.connection.execute(
        "update JCM_MASTER__COMMITMENT set Closed = ? where Commitment = ?", (int(is_closed), commitment)
    )
    _require(touched.rowcount, commitment, "a commitment")


def add_cost_code(step: Step, job: str, cost_code: str, category: str, description: str) -> None:
    """Set up a cost code with a category on a job; an existing code gets the category."""
    connection = step.connection
    if connection.execute("select 1 from JCM_MASTER__JOB where Job = ?", (job,)).fetchone() is None:
        _require(0, job, "a job")
    standard = connection.execute(
        "select * from JCM_MASTER__STANDARD_CATEGORY where Category = ?", (category,)
    ).fetchone()
    if standard is None:
        _require(0, category, "a standard category")
    if not (0 < len(cost_code) <= LENGTHS["cost_code"] and values.is_identity(cost_code)):
        raise SandboxError(
            "the cost code does not fit", found=cost_code, expected="1 to 13 printable characters", do="correct it"
        )
    common = {
        "Job": job, "Cost_Code": cost_code, "Status": "In progress", "Accumulate_As": standard["Accumulate_As"],
        "Cost_Unit_Description": "", "Cost_Account": _account(step, job, cost_code), "Original_Estimate": "0.00",
    }  # fmt: skip
    known = connection.execute(
        "select Group_Cost_Code from JCM_MASTER__COST_CODE where Job = ? and Extra = '' and Cost_Code = ?",
        (job, cost_code),
    ).fetchone()
    if known is not None and known["Group_Cost_Code"]:
        raise SandboxError(
            "the cost code is a group", found=cost_code, expected="a code that takes cost", do="use one below it"
        )
    if known is None:
        shown = values.descriptive(description, 30)
        step.run(
            "insert_cost_code", {**common, "Description": shown, "Group_Cost_Code": 0, "Revised_Commitment": "0.00"}
        )
    if connection.execute(
        "select 1 from JCM_MASTER__CATEGORY where Job = ? and Extra = '' and Cost_Code = ? and Category = ?",
        (job, cost_code, category),
    ).fetchone():
        raise SandboxError(
            "the category exists already", found=f"{job} / {cost_code} / {category}", do="nothing is left to do"
        )
    step.run("insert_category", {**common, "Category": category, "Description": standard["Description"]})
    step.run(
        "insert_account",
        {"Account": common["Cost_Account"], "Account_Title": f"Job cost {cost_code} {job}", "Account_Type": "Expense"},
    )


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line of a purchase order; the first one of a commitment enters the commitment with it."""

    commitment: str
    item_number: int
    vendor: str
    job: str
    cost_code: str
    category: str
    standard_item: str
    units: Decimal
    unit_cost: Decimal
    unit: str
    day: str
    description: str


def enter_order_line(step: Step, line: OrderLine) -> None:
    """Enter a line of a purchase order, and the order where it is the first; the code's commitment follows."""
    connection = step.connection
    known = (
        ("vendor", "select 1 from APM_MASTER__VENDOR where Vendor = ?", (line.vendor,)),
        ("category",
         "select 1 from JCM_MASTER__CATEGORY where Job = ? and Extra = '' and Cost_Code = ? and Category = ?",
         (line.job, line.cost_code, line.category)),
    )  # fmt: skip
    for kind, sql, key in known:
        if connection.execute(sql, key).fetchone() is None:
            _require(0, " / ".join(key), f"a {kind}")
    number = (line.commitment, line.item_number)
    there = "select 1 from JCM_MASTER__COMMITMENT_ITEM where Commitment = ? and Item = ?"
    if connection.execute(there, number).fetchone():
        raise SandboxError(
            "the line exists already", found=f"{line.commitment} / {line.item_number}", do="enter a change order"
        )
    exact = (line.units * line.unit_cost).quantize(Decimal("0.01"), ROUND_HALF_UP)
    amount = values.fixed(exact, values.AMOUNT)
    zero = values.fixed(Decimal(0), values.AMOUNT)
    if connection.execute("select 1 from JCM_MASTER__COMMITMENT where Commitment = ?", number[:1]).fetchone():
        connection.execute(
            "update JCM_MASTER__COMMITMENT set Amount = money(cents(Amount) + cents(?)) where Commitment = ?",
            (amount, line.commitment),
        )
    else:
        step.run(
            "insert_commitment",
            {"Commitment": line.commitment, "Description": values.descriptive(line.description, 30),
             "Vendor": line.vendor, "Job": line.job, "Commitment_Date": line.day, "Amount": amount,
             "Approved_Changes": zero},
        )  # fmt: skip
    step.run(
        "insert_commitment_item",
        {"Commitment": line.commitment, "Item": line.item_number, "Job": line.job, "Cost_Code": line.cost_code,
         "Description": values.descriptive(line.description, 30), "Category": line.category,
         "Standard_Item": line.standard_item, "Units": values.fixed(line.units, values.UNITS),
         "Unit_Cost": values.fixed(line.unit_cost, values.UNIT_COST), "Unit_Description": line.unit,
         "Amount": amount, "Approved_Changes": zero},
    )  # fmt: skip
    connection.execute(
        "update JCM_MASTER__COST_CODE set Revised_Commitment = money(cents(Revised_Commitment) + cents(?)) "
        "where Job = ? and Extra = '' and Cost_Code = ?",
        (amount, line.job, line.cost_code),
    )


@dataclass(frozen=True, slots=True)
class ChangeOrder:
    """A commitment change order with one line; deltas are signed, `unit_cost` is None where the price stays."""

    commitment: str
    item_number: int
    units: Decimal
    amount: Decimal
    unit_cost: Decimal | None
    day: str
    description: str
    status: str


def enter_change_order(step: Step, change: ChangeOrder) -> str:
    """Enter a commitment change order; approved it moves the commitment. Gives its number, used once per commitment."""
    if change.day > step.now.date().isoformat():
        raise SandboxError(
            "a change order cannot be dated in the future", found=change.day, do="date it today or before"
        )
    item = step.connection.execute(
        "select Description from JCM_MASTER__COMMITMENT_ITEM where Commitment = ? and Item = ?",
        (change.commitment, change.item_number),
    ).fetchone()
    if item is None:
        _require(0, f"{change.commitment} / {change.item_number}", "a commitment line")
    number = next_change_order(step, change.commitment)
    date_stamp, time_stamp = values.stamps(step.now)
    step.run(
        "insert_commitment_co",
        {"Commitment": change.commitment, "Commitment_CO": number, "Date": change.day, "Status": change.status,
         "Description": values.descriptive(change.description, 30), "Date_Stamp": date_stamp, "Time_Stamp": time_stamp},
    )  # fmt: skip
    step.run(
        "insert_commitment_co_item",
        {"Commitment": change.commitment, "Commitment_CO": number, "Item": change.item_number,
         "Description": item["Description"], "Units": values.fixed(change.units, values.UNITS),
         "Unit_Cost": None if change.unit_cost is None else values.fixed(change.unit_cost, values.UNIT_COST),
         "Amount": values.fixed(change.amount, values.AMOUNT)},
    )  # fmt: skip
    if change.status == "Approved":
        move_commitment(step, change.commitment, number)
    return number


def approve_change_order(step: Step, commitment: str, number: str) -> None:
    """Approve a pending change order; it moves the commitment now."""
    date_stamp, time_stamp = values.stamps(step.now)
    touched = step.connection.execute(
        "update JCM_MASTER__COMMITMENT_CO set Status = 'Approved', Date_Stamp = ?, Time_Stamp = ? "
        "where Commitment = ? and Commitment_CO = ? and Status = 'Pending'",
        (date_stamp, time_stamp, commitment, number),
    )
    _require(touched.rowcount, f"{commitment} / {number}", "a pending change order")
    move_commitment(step, commitment, number)


def next_change_order(step: Step, commitment: str) -> str:
    """Give the number Sage counts a new change order of a commitment with; numbers of other forms count for nothing."""
    row = step.connection.execute(
        "select coalesce(max(cast(Commitment_CO as integer)), 0) + 1 "
        "from JCM_MASTER__COMMITMENT_CO where Commitment = ?",
        (commitment,),
    ).fetchone()
    return str(row[0])


def move_commitment(step: Step, commitment: str, number: str) -> None:
    """Let an approved change order move its lines, its commitment and their codes."""
    what = {"commitment": commitment, "number": number}
    for name in ("update_item_changes", "update_commitment_changes", "update_cost_code_commitment"):
        step.run(name, what)


def _account(step: Step, job: str, cost_code: str) -> str:
    """Give a cost account in the mask: the code's and the job's numbers where they have any, else the next ones."""
    codes: dict[str, int] = {}
    jobs: dict[str, int] = {}
    for row in step.connection.execute("select Job, Cost_Code, Cost_Account from JCM_MASTER__COST_CODE"):
        match = _NUMBERED_ACCOUNT.fullmatch(row["Cost_Account"])
        if match:
            codes[row["Cost_Code"]], jobs[row["Job"]] = int(match["code"]), int(match["job"])
    code_number = codes.get(cost_code, max(codes.values(), default=0) + 1)
    return masters.cost_account(code_number, jobs.get(job, max(jobs.values(), default=0) + 1))


def _require(touched: int, found: str, kind: str) -> None:
    if not touched:
        raise SandboxError(f"{kind} of this name does not exist", found=found, expected=kind, do="correct the name")


def add_account(step: Step, account: str, title: str, kind: str) -> bool:
    """Set up an account of the general ledger; False when it is there already."""
    held = step.connection.execute("select 1 from GLM_MASTER__ACCOUNT where Account = ?", (account,)).fetchone()
    if held is None:
        step.run("insert_account", {"Account": account, "Account_Title": title, "Account_Type": kind})
    return held is None
