"""What a Sage clerk does by hand in a scenario: the optional table sage_entries.csv, done month by month.

Columns besides entry_id, after_period and action: job_id, cost_code, category, transaction_date,
accounting_date, description, qty, amount, unit_cost, vendor_id, invoice_number, po_id, line_no,
debit_account, credit_account, tax_id, ref_1, ref_2, target (an invoice_id or an earlier entry_id), value,
entered_at (the stamp the entry gets, ISO with offset; empty = when it is done).
`after_period` is the month whose close must have passed, empty = before any close. Each entry is done once.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from sandbox import by_hand, masters_by_hand, posting, values
from sandbox.content import LENGTHS, know
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.content import Content
    from sandbox.scenario import Row, Scenario
    from sandbox.store import Step

_NUMBERS = {"qty": values.UNITS, "amount": values.AMOUNT, "unit_cost": values.UNIT_COST}
_TEXTS = {
    "job_id": LENGTHS["job_id"], "cost_code": LENGTHS["cost_code"], "category": LENGTHS["category"],
    "invoice_number": LENGTHS["invoice_number"], "debit_account": 25, "credit_account": 25, "tax_id": 6, "ref_1": 10,
    "ref_2": 10, "target": 0, "value": 0,
}  # fmt: skip
OPERATOR = "CLERK"

Entry = dict[str, str]


def check(scenario: Scenario, content: Content) -> None:
    """Check every entry; raises SandboxError for a malformed one, an unknown action or reference."""
    known = {invoice.invoice_id: 0 for invoice in content.invoices}
    for row in scenario.rows("sage_entries"):
        entry = _read(row, content)
        if row.text("entry_id") in known:
            raise row.error(
                "entry_id appears twice", found=row.text("entry_id"), expected="an id no invoice or entry has"
            )
        if entry.get("target"):
            know(row, "target", entry["target"], known, "invoices or an earlier entry")
        known[row.identity("entry_id")] = row.line


def keep_entries(step: Step, scenario: Scenario, content: Content) -> None:
    """Put the entries into the company folder, to be done later."""
    step.run_many(
        "insert_clerk_entry",
        (
            {"Entry_ID": row.text("entry_id"), "Position": row.line, "After_Period": row.text("after_period"),
             "Entry": json.dumps(_read(row, content), sort_keys=True)}
            for row in scenario.rows("sage_entries")
        ),
    )  # fmt: skip


def do_entries(step: Step, after: str) -> list[str]:
    """Do the entries due once `after` (YYYY-MM, '' = before any close) is closed, in order; gives their ids."""
    if after and not values.is_period(after):
        raise SandboxError("the month is no month", found=after, expected="YYYY-MM", do="correct --after")
    done = []
    clock = step.now
    for row in step.fetch("select_due_clerk_entries", {"after": after}):
        entry: Entry = json.loads(row["Entry"])
        step.now = values.moment(entry["entered_at"]) if "entered_at" in entry else clock
        try:
            row_id = ACTIONS[entry["action"]](step, entry)
        except SandboxError as refused:
            raise SandboxError(
                f"{refused} Nothing of this run was entered", where=f"clerk entry {row['Entry_ID']}"
            ) from refused
        if row_id:
            step.run("insert_source", {"Source_ID": row["Entry_ID"], "Row_ID": row_id})
        step.connection.execute(
            "update SANDBOX_CLERK_ENTRY set Done_At = ? where Entry_ID = ?", (clock.isoformat(), row["Entry_ID"])
        )
        done.append(str(row["Entry_ID"]))
    step.now = clock
    return done


def _read(row: Row, content: Content) -> Entry:
    entry = dict(_fields(row, content))
    action = row.text("action")
    if action not in ACTIONS:
        raise row.error("action is unknown", expected=", ".join(ACTIONS), found=action)
    missing = [name for name in NEEDED[action] if name not in entry]
    if missing:
        raise row.error(f"a row with action {action} lacks {', '.join(missing)}", expected=", ".join(NEEDED[action]))
    return {**entry, "action": action}


def _fields(row: Row, content: Content) -> Iterator[tuple[str, str]]:
    after = row.text("after_period")
    if after and not values.is_period(after):
        raise row.error("after_period is no month", expected="YYYY-MM or nothing", found=after)
    yield from _plain_fields(row)
    yield "description", values.descriptive(row.text("description"), 30)
    if row.text("po_id"):
        know(row, "po_id", row.text("po_id"), content.orders, "purchase_orders")
        yield "po_id", content.orders[row.text("po_id")].commitment
    if row.text("vendor_id"):
        know(row, "vendor_id", row.text("vendor_id"), content.vendors, "vendors")
        yield "vendor_id", content.vendors[row.text("vendor_id")].vendor
    if row.text("line_no"):
        yield "line_no", str(row.whole("line_no"))


def _plain_fields(row: Row) -> Iterator[tuple[str, str]]:
    for name, longest in _TEXTS.items():
        if row.text(name):
            yield name, row.identity(name, longest)
    for name, places in _NUMBERS.items():
        if row.text(name):
            yield name, values.fixed(row.decimal(name, places), places)
    for name in ("transaction_date", "accounting_date"):
        if row.text(name):
            yield name, row.day(name)
    if row.text("entered_at"):
        yield "entered_at", row.time("entered_at")


def _cost(kind: str, *, is_posted: bool = True) -> Callable[[Step, Entry], str]:
    def enter(step: Step, entry: Entry) -> str:
        return by_hand.enter_cost(step, _transaction(kind, entry), is_posted=is_posted)

    return enter


def _transaction(kind: str, entry: Mapping[str, str]) -> posting.Transaction:
    return posting.Transaction(
        job=entry["job_id"], extra="", cost_code=entry["cost_code"], category=entry["category"],
        transaction_date=entry["transaction_date"], accounting_date=entry.get("accounting_date", ""),
        amount=entry["amount"], description=entry["description"], units=entry.get("qty", "0.0000"),
        unit_cost=entry.get("unit_cost", "0.000000"), transaction_type=kind,
        debit_account=entry.get("debit_account", ""), credit_account=entry.get("credit_account", ""),
        vendor=entry.get("vendor_id", ""), invoice=entry.get("invoice_number", ""),
        commitment=entry.get("po_id", ""), item_number=int(entry["line_no"]) if "line_no" in entry else None,
        tax_id=entry.get("tax_id", ""), ref_1=entry.get("ref_1", ""), ref_2=entry.get("ref_2", ""), operator=OPERATOR,
    )  # fmt: skip


def _target(step: Step, entry: Entry) -> str:
    row = step.connection.execute(
        "select Row_ID from SANDBOX_SOURCE where Source_ID = ?", (entry["target"],)
    ).fetchone()
    if row is None:
        raise SandboxError(
            "the target left no transaction", found=entry["target"], expected="an invoice or an entry that was done"
        )
    return str(row["Row_ID"])


def _edit_amount(step: Step, entry: Entry) -> None:
    by_hand.edit(step, _target(step, entry), {"Amount": entry["amount"]}, even_closed=True)


def _edit_code(step: Step, entry: Entry) -> None:
    changes = {"Job": "job_id", "Cost_Code": "cost_code", "Category": "category"}
    by_hand.edit(
        step,
        _target(step, entry),
        {column: entry[name] for column, name in changes.items() if name in entry},
        even_closed=True,
    )


def _unlink(step: Step, entry: Entry) -> None:
    by_hand.edit(step, _target(step, entry), {"Commitment": "", "Commitment_Line_Item": ""}, even_closed=True)


def _delete(step: Step, entry: Entry) -> None:
    by_hand.delete(step, _target(step, entry), even_closed=True)


def _void(step: Step, entry: Entry) -> None:
    by_hand.void_invoice(step, entry["vendor_id"], entry["invoice_number"], entry["transaction_date"])


def _set_status(step: Step, entry: Entry) -> None:
    masters_by_hand.set_status(
        step, entry["job_id"], entry.get("cost_code", ""), entry.get("category", ""), entry["value"]
    )


def _set_on_hold(step: Step, entry: Entry) -> None:
    masters_by_hand.set_on_hold(step, entry["job_id"], is_on_hold=entry["value"] == "1")


def _set_closed(step: Step, entry: Entry) -> None:
    masters_by_hand.set_commitment_closed(step, entry["po_id"], is_closed=entry["value"] == "1")


def _add_code(step: Step, entry: Entry) -> None:
    masters_by_hand.add_cost_code(step, entry["job_id"], entry["cost_code"], entry["category"], entry["description"])


def _change_order(step: Step, entry: Entry) -> None:
    masters_by_hand.enter_change_order(
        step,
        masters_by_hand.ChangeOrder(
            entry["po_id"], int(entry["line_no"]), Decimal(entry.get("qty", "0")), Decimal(entry["amount"]),
            Decimal(entry["unit_cost"]) if "unit_cost" in entry else None, entry["transaction_date"],
            entry["description"] or "Change order", entry.get("value", "Approved"),
        ),
    )  # fmt: skip


def _post(step: Step, _entry: Entry) -> None:
    posting.post_entries(step)


def _to_history(step: Step, entry: Entry) -> None:
    by_hand.move_to_history(step, entry["value"])


ACTIONS: dict[str, Callable[[Step, Entry], str | None]] = {
    "enter-cost": _cost("JC cost"),
    "enter-unposted-cost": _cost("JC cost", is_posted=False),
    "enter-stock-cost": _cost("IV cost"),
    "enter-invoice": _cost("AP cost"),
    "edit-amount": _edit_amount,
    "edit-code": _edit_code,
    "unlink": _unlink,
    "delete": _delete,
    "void-invoice": _void,
    "set-status": _set_status,
    "set-on-hold": _set_on_hold,
    "close-commitment": _set_closed,
    "add-cost-code": _add_code,
    "change-order": _change_order,
    "post-entries": _post,
    "move-to-history": _to_history,
}
_COST = ("job_id", "cost_code", "category", "transaction_date", "amount")
NEEDED: dict[str, tuple[str, ...]] = {
    "enter-cost": _COST,
    "enter-unposted-cost": _COST,
    "enter-stock-cost": _COST,
    "enter-invoice": (*_COST, "vendor_id", "invoice_number"),
    "edit-amount": ("target", "amount"),
    "edit-code": ("target",),
    "unlink": ("target",),
    "delete": ("target",),
    "void-invoice": ("vendor_id", "invoice_number", "transaction_date"),
    "set-status": ("job_id", "value"),
    "set-on-hold": ("job_id", "value"),
    "close-commitment": ("po_id", "value"),
    "add-cost-code": ("job_id", "cost_code", "category"),
    "change-order": ("po_id", "line_no", "amount", "transaction_date"),
    "post-entries": (),
    "move-to-history": ("value",),
}
