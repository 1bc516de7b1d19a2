"""Accounts Payable: the invoices of a scenario, posted as `AP cost` against their commitments."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from sandbox import masters, posting, values
from sandbox.posting import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.content import Content
    from sandbox.records import Invoice, Line
    from sandbox.store import Step

OPERATOR = "AP"
TAX_ID = "TAX"


def post_invoices(step: Step, content: Content) -> None:
    """Post every AP row of a scenario in the order of its time, one run per day."""
    accounts = {
        (row["Job"], row["Cost_Code"], row["Category"]): row["Cost_Account"]
        for row in step.connection.execute("select Job, Cost_Code, Category, Cost_Account from JCM_MASTER__CATEGORY")
    }
    transactions = _transactions(content, accounts)
    for _day, group in groupby(transactions, key=lambda pair: pair[1].transaction_date):
        pairs = list(group)
        row_ids = posting.enter(step, (transaction for _invoice, transaction in pairs))
        posting.choose(step, row_ids)
        posting.post_chosen(step)
        step.run_many(
            "insert_source",
            (
                {"Source_ID": invoice.invoice_id, "Row_ID": row_id}
                for (invoice, _transaction), row_id in zip(pairs, row_ids, strict=True)
            ),
        )


def codes_without_line(content: Content, po_id: str) -> tuple[str, str, str]:
    """Give job, code and category of a row without line: the header's job and its lines' first code on that job."""
    job_id = content.orders[po_id].job_id
    lines = content.lines_of[po_id]
    for line in lines:
        found = content.codes.get((job_id, line.cost_code))
        if found:
            return job_id, line.cost_code, line.category if line.category in found else min(found)
    return lines[0].job_id, lines[0].cost_code, lines[0].category


def _transactions(content: Content, accounts: dict[tuple[str, str, str], str]) -> Iterator[tuple[Invoice, Transaction]]:
    lines = {(line.commitment, line.number): line for line in content.lines.values()}
    distributions: dict[tuple[str, str], int] = {}
    for invoice in content.invoices:
        line = None if invoice.line_number is None else lines[invoice.commitment, invoice.line_number]
        where = (line.job_id, line.cost_code, line.category) if line else codes_without_line(content, invoice.po_id)
        number = distributions[invoice.vendor, invoice.number] = (
            distributions.get((invoice.vendor, invoice.number), 0) + 1
        )
        yield invoice, _transaction(invoice, line, where, accounts[where], number)


def _transaction(
    invoice: Invoice, line: Line | None, where: tuple[str, str, str], account: str, distribution: int
) -> Transaction:
    day = values.local_date(invoice.posted_time)
    unit_cost = round(invoice.amount / invoice.quantity, values.UNIT_COST) if invoice.quantity else invoice.quantity
    return Transaction(
        job=where[0], extra="", cost_code=where[1], category=where[2], transaction_date=day, accounting_date=day,
        amount=values.fixed(invoice.amount, values.AMOUNT), description=_description(invoice, line),
        units=values.fixed(invoice.quantity, values.UNITS), unit_cost=values.fixed(unit_cost, values.UNIT_COST),
        transaction_type="AP cost", debit_account=account, credit_account=masters.PAYABLE_ACCOUNT,
        vendor=invoice.vendor, invoice=invoice.number, dist_sequence=distribution, commitment=invoice.commitment,
        item_number=invoice.line_number, tax_id=TAX_ID if invoice.nature == "tax" else "",
        standard_item=line.standard_item if line else "", operator=OPERATOR,
        stamped_at=values.moment(invoice.posted_time),
    )  # fmt: skip


def _description(invoice: Invoice, line: Line | None) -> str:
    if invoice.nature in ("tax", "freight") or line is None:
        return values.descriptive(f"{invoice.nature.capitalize()} {invoice.number}", 30)
    return values.descriptive(line.description, 30)
