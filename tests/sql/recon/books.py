"""Small books to reconcile: orders, events through the real valuation, invoices, postings, and what Sage shows."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from sage_hooks import ledger
from sage_hooks.warehouse import run_file

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

JOB, CODE, OTHER_CODE = "22-101", "05 05 23", "03 30 00"

_SAGE_ROW = """
insert into core.job_cost_transaction (
    company_id, source, row_id, job, extra, cost_code, category, transaction_type, transaction_date, accounting_date,
    description, units, unit_cost, amount, debit_account, credit_account, application_of_origin, batch, vendor, invoice,
    commitment_type, commitment, item_number, tax_id, amount_type, standard_item, ref_1, ref_2, operator_stamp,
    stamped_at, transfer_id
)
values (
    %(company)s, %(source)s, %(row_id)s, %(job)s, '', %(code)s, %(category)s, %(type)s, %(day)s, %(booked)s,
    %(description)s, %(units)s, 0, %(amount)s, '5-1000', '2-1490', %(origin)s, '', %(vendor)s, %(invoice)s, '',
    %(commitment)s, %(item)s, '', '', '', %(ref)s, '', 'mary', now(), 1
)
"""
_POSTING = """
insert into outbox.cost_posting (
    company_id, posting_reference, kind, transaction_date, accounting_date, accounting_date_wanted, is_late, job, extra,
    cost_code, category, commitment, item_number, source_key, difference_no, description, units, amount, debit_account,
    credit_account, adjustment_id
)
values (
    %(company)s, %(reference)s, %(kind)s, %(day)s, %(day)s, %(day)s, false, %(job)s, '', %(code)s, 'M', %(commitment)s,
    %(item)s, %(source_key)s, 1, 'posting', 0, %(amount)s, '5-1000', '2-1490', %(adjustment)s
)
returning posting_id
"""


class Books:
    """Everything is written as the feeds would have written it; `AW` with one job and two material codes."""

    def __init__(self, connection: Connection, company: str = "AW", *, is_new: bool = True) -> None:
        """Set up job, codes, vendor and item, unless they are there already."""
        self.connection = connection
        self.company = company
        self._documents: list[dict[str, Any]] = []
        if is_new:
            self._set_up()

    def _set_up(self) -> None:
        company = self.company
        self._run("insert into core.job values (%s, %s, 'Taxiway', 'In progress', false, '', 1)", company, JOB)
        for code in (CODE, OTHER_CODE):
            self._run(
                "insert into core.cost_code values (%s, %s, '', %s, 'Code', false, 'In progress', '', '', '5-1000', "
                "null, null, null, null, 1)",
                company,
                JOB,
                code,
            )
            self.category(code, "M", "Material")
        self._run("insert into core.vendor values (%s, 'V1', 'Vendor', '', '', '', '', true, 1)", company)
        self._run("insert into core.item values (%s, 'REBAR', 'Rebar', 'EA', 'steel', null, 1)", company)

    def category(self, code: str, category: str, accumulate_as: str) -> None:
        self._run(
            "insert into core.category values (%s, %s, '', %s, %s, 'Category', 'In progress', %s, '', '5-1000', null, "
            "null, 1)",
            self.company,
            JOB,
            code,
            category,
            accumulate_as,
        )

    def order(
        self,
        commitment: str,
        units: str,
        unit_cost: str,
        day: str,
        *,
        item: int = 1,
        is_closed: bool = False,
        amount: str = "",
    ) -> None:
        """Commit one PO line on job and code; its amount is units x unit cost unless given."""
        self._run(
            "insert into core.commitment values (%s, %s, '', 'Purchase order', 'V1', %s, %s, %s, 0, 0, 0, 1) "
            "on conflict do nothing",
            self.company,
            commitment,
            JOB,
            day,
            is_closed,
        )
        total = Decimal(amount) if amount else round(Decimal(units) * Decimal(unit_cost), 2)
        self._run(
            "insert into core.commitment_item values (%s, %s, %s, 'Rebar', %s, '', %s, 'M', 'REBAR', %s, %s, 'EA', %s, "
            "0, 0, 0, 0, 1)",
            self.company,
            commitment,
            item,
            JOB,
            CODE,
            units,
            unit_cost,
            total,
        )

    def change(self, commitment: str, number: str, day: str, units: str, amount: str, status: str = "Approved") -> None:
        """Change line 1 of a commitment."""
        self._run(
            "insert into core.change_order values (%s, %s, %s, '', %s, %s, %s, 0, 1)",
            self.company,
            commitment,
            number,
            day,
            status,
            f"{day}T08:00:00+00:00",
        )
        self._run(
            "insert into core.change_order_item values (%s, %s, %s, 1, %s, null, %s, 1)",
            self.company,
            commitment,
            number,
            units,
            amount,
        )

    def happen(self, event_type: str, event_id: str, day: str, quantity: str, commitment: str, **more: Any) -> None:
        """Note an event on line 1; `value` lands it."""
        self._documents.append(
            {
                "event_id": event_id,
                "event_type": event_type,
                "occurred_at": f"{day}T10:00:00+00:00",
                "recorded_at": f"{day}T11:00:00+00:00",
                "actor": "sam",
                "device": "phone",
                "commitment": commitment,
                "item_number": 1,
                "standard_item": "REBAR",
                "location": JOB,
                "quantity": quantity,
                "unit": "EA",
                "job": JOB,
                "extra": "",
                "cost_code": CODE,
                "category": "M",
                **more,
            }
        )

    def value(self) -> None:
        """Land and value what has happened; working tables of the call before, in an open transaction, are dropped."""
        self._run("discard temp")
        with self.connection.transaction():
            run_file(self.connection, "ledger/create_staged_event")
            for number, document in enumerate(self._documents, start=1):
                self._run(
                    "insert into staged_event values (%s, %s, %s, %s)",
                    number,
                    self.company,
                    document["event_id"],
                    Jsonb(document),
                )
            ledger.land_staged_events(self.connection, self.company)
        self._documents.clear()
        ledger.value_events(self.connection)

    def sage_row(self, row_id: str, day: str, amount: str | Decimal, **more: Any) -> None:
        """Put a posted row into the mirror: a manual JC cost unless told otherwise."""
        values = {
            "company": self.company, "source": "CURRENT", "row_id": row_id, "job": JOB, "code": CODE, "category": "M",
            "type": "JC cost", "day": day, "booked": day, "description": "Crane hire", "units": 0, "amount": amount,
            "origin": "JC", "vendor": "", "invoice": "", "commitment": "", "item": None, "ref": "",
        }  # fmt: skip
        self.connection.execute(_SAGE_ROW, values | more)

    def invoice(self, row_id: str, day: str, amount: str, commitment: str, **more: Any) -> None:
        """Put an AP cost row on line 1 of a commitment into the mirror."""
        values = {"type": "AP cost", "origin": "AP", "vendor": "V1", "invoice": row_id, "item": 1}
        self.sage_row(row_id, day, amount, commitment=commitment, **(values | more))

    def posting(self, kind: str, day: str, amount: str | Decimal, commitment: str = "", **more: Any) -> tuple[int, str]:
        """Make one posting, eligible; gives its id and reference."""
        number = self._rows("select count(*) + 1 as number from outbox.cost_posting")[0]["number"]
        values = {
            "company": self.company, "reference": f"X{number:09d}", "kind": kind, "day": day, "job": JOB,
            "code": CODE, "commitment": commitment, "item": 1 if commitment else None, "amount": amount,
            "source_key": f"{kind} {number}", "adjustment": None,
        } | more  # fmt: skip
        row = self.connection.execute(_POSTING, values).fetchone()
        assert row is not None
        return row["posting_id"], values["reference"]

    def post(self) -> list[str]:
        """Put all consumption and all offsets on postings that Sage shows as posted; gives the references made now."""
        made = []
        for entry in self._rows(
            "select v.commitment, v.entry_date, v.cost_code, sum(v.amount) as amount, array_agg(v.entry_id) as entries "
            "from ledger.value_entry as v left join outbox.posting_entry as l using (entry_id) "
            "where v.measure in ('installed', 'wasted') and l.entry_id is null group by 1, 2, 3 order by 1, 2, 3"
        ):
            posting_id, reference = self.posting(
                "consumption", entry["entry_date"], entry["amount"], entry["commitment"], code=entry["cost_code"]
            )
            self._run(
                "insert into outbox.posting_entry (company_id, entry_id, posting_id) "
                "select p.company_id, unnest(%s::bigint []), p.posting_id from outbox.cost_posting as p "
                "where p.posting_id = %s",
                entry["entries"], posting_id,
            )  # fmt: skip
            made.append(self.confirm(reference))
        for row in self._rows(
            "select s.* from recon.sage_cost_row as s where s.kind = 'invoice' and not exists "
            "(select from outbox.cost_posting as p where p.source_key = s.row_id) order by s.row_id"
        ):
            _, reference = self.posting(
                "invoice_offset", row["transaction_date"], -row["amount"], row["commitment"], source_key=row["row_id"]
            )
            made.append(self.confirm(reference))
        return made

    def confirm(self, reference: str, **more: Any) -> str:
        """Show a posting in Sage and note that it was read back; gives the reference."""
        posting = self._rows("select * from outbox.cost_posting where posting_reference = %s", reference)[0]
        self.sage_row(
            f"S{posting['posting_id']}", posting["transaction_date"], posting["amount"],
            **({"ref": reference, "code": posting["cost_code"], "description": posting["description"]} | more),
        )  # fmt: skip
        self.state(reference, "posted")
        return reference

    def state(self, reference: str, state: str) -> None:
        """Move a posting to a state; posted ones lead to their row in Sage."""
        self._run(
            "update outbox.cost_posting set state = %s, posted_at = now(), sage_transaction_id = 'S' || posting_id "
            "where posting_reference = %s",
            state,
            reference,
        )

    def adjust(self) -> None:
        """Send, post and read back what is approved, as the outbox and Sage do."""
        for row in self._rows("select * from recon.adjustment where state = 'approved' order by adjustment_id"):
            _, reference = self.posting(
                "adjustment", row["transaction_date"], row["amount"], row["commitment"], code=row["cost_code"],
                adjustment=row["adjustment_id"],
            )  # fmt: skip
            self.confirm(reference)
        self._run("update recon.adjustment set state = 'posted' where state = 'approved'")
        self.connection.commit()

    def _rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        return self.connection.execute(query.encode(), values).fetchall()

    def _run(self, query: str, *values: object) -> None:
        self.connection.execute(query.encode(), values)


def a_month(books: Books) -> None:
    """A PO of 100 @ 10; in November 2024: 80 received, 5 rejected, 40 installed, 500.00 invoiced, tax; all posted."""
    books.order("PO-1", "100", "10", "2024-10-01")
    books.change("PO-1", "1", "2024-11-02", "-10", "-100.00")
    books.happen("received", "R1", "2024-11-03", "80", "PO-1")
    books.happen(
        "rejected", "J1", "2024-11-04", "5", "PO-1", receipt_event_id="R1", disposition="credit", reason="damaged"
    )
    books.happen("allocated", "A1", "2024-11-05", "60", "PO-1", receipt_event_id="R1")
    books.happen("installed", "I1", "2024-11-06", "40", "PO-1", receipt_event_id="R1")
    books.value()
    books.invoice("AP1", "2024-11-10", "500.00", "PO-1")
    books.sage_row("TAX1", "2024-11-10", "40.00", type="AP cost", origin="AP", description="Tax AP1", commitment="PO-1")
    books.post()
