"""The worked cases of the accounting page as facts, and the steps that let them happen in the warehouse."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg.types.json import Jsonb

from ops.companies import default_profile
from sage_hooks import ledger
from sage_hooks.outbox_company import Company
from sage_hooks.outbox_postings import prepare_costs
from sage_hooks.warehouse import fetch_file, run_file
from tests.sql.recon.books import OTHER_CODE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sql.recon.books import Books

PAGE = Path(__file__).parents[2] / "docs" / "accounting.md"
TABLE = re.compile(r"<!-- cases -->\n\n\|.*\n\|.*\n((?:\|.*\n)+)")
EVENTS = {
    "receive": "received", "install": "installed", "waste": "wasted", "return": "returned", "reject": "rejected",
    "uninstall": "uninstalled", "transfer": "transferred", "count": "counted", "reverse": "reversed",
}  # fmt: skip
# Under another row id, as where Sage numbers its history anew.
MOVED = """
insert into core.job_cost_transaction
select (jsonb_populate_record(t, jsonb_build_object('row_id', 'H/' || t.row_id, 'source', 'HISTORY'))).*
from core.job_cost_transaction as t where t.invoice = %s
"""
AGREED = {
    "opening-posted": """update core.company set profile = profile || '{"opening_entry": "posted"}'::jsonb""",
    "freight-by-value": """update core.company set profile = profile || '{"freight": "by value"}'::jsonb""",
    "short": "update core.commitment set is_closed = true",
    "no-policy": "delete from core.cost_policy",
}
LETTERS = {"consumption": "C", "invoice_offset": "F", "price_variance": "P", "accrual": "A", "accrual_reversal": "B"}


class Case(NamedTuple):
    """One row: what happens, and per policy the lines we post and the job cost in Sage; `open` waits for a person."""

    number: str
    name: str
    facts: list[str]
    lines: dict[str, list[str]]
    job_cost: dict[str, Decimal]
    open: Decimal


def cases() -> Iterator[Case]:
    """Read the table; under policy `invoice` job cost is what AP posted, which is what we did not."""
    (table,) = TABLE.findall(PAGE.read_text(encoding="utf-8"))
    for row in table.splitlines():
        number, name, facts, installation, cost, receipt, accrued, still_open = (
            cell.strip() for cell in row.strip("|").split("|")
        )
        lines = {"installation": split(installation), "receipt": split(receipt)}
        if not re.search(r"policy [0-9-]+ [a-z]", facts):
            lines["invoice"] = []
        billed = Decimal(accrued) - sum((Decimal(line.split()[2]) for line in lines["receipt"]), Decimal(0))
        costs = {"installation": Decimal(cost), "receipt": Decimal(accrued), "invoice": billed}
        yield Case(number, name, split(facts), lines, costs, Decimal(still_open))


def split(cell: str) -> list[str]:
    """Give the parts of a cell."""
    return [] if cell == "none" else [part.strip() for part in cell.split(";")]


class Story:
    """Lets the facts of a case happen on PO-1, 100 @ 10.00, as the feeds would have brought them."""

    def __init__(self, books: Books) -> None:
        """Order the line; `B` of the page is the other cost code, a rule declares rentals unmanaged."""
        self.books, self.changes, self.rows = books, 0, 0
        books.order("PO-1", "100", "10", "2024-10-01")
        self.run("insert into core.ap_rule values ('AW', 9, 'unmanaged', null, null, null, '^rental', 'controller')")

    def run(self, statement: str, *values: object) -> None:
        self.books.connection.execute(statement.encode(), values)

    def tell(self, fact: str) -> None:
        """Let one fact happen."""
        words = fact.split()
        if words == ["post"]:
            self.post()
        elif words[0] in ("close", "delete", "edit", "history", "retain"):
            self.change_in_sage(*words)
        elif words[0] == "link":
            self.link(words[1])
        elif words[0] == "sign":
            self.sign(words[1])
        elif not words[0][0].isdigit():
            self.agree(*words)
        else:
            self.happen(f"2024-{words[0]}", words[1:])

    def happen(self, day: str, words: list[str]) -> None:
        """Let an event, invoice, charge or change order happen on a day."""
        code = {"code": OTHER_CODE} if words[-2:] == ["on", "B"] else {}
        if words[0] in EVENTS:
            self.move(day, words, {"cost_code": OTHER_CODE} if code else {})
        elif words[0] == "invoice":
            self.rows += 1
            booked = {"booked": f"2024-{words[-1]}"} if "booked" in words else {}
            self.books.invoice(
                f"{words[1]}{self.rows}", day, words[3], "PO-1", invoice=words[1], units=words[2], **code, **booked
            )
        elif words[0] == "change":
            self.changes += 1
            self.books.change("PO-1", str(self.changes), day, words[1], words[2])
            self.run("insert into ledger.touched_line values ('AW', 'PO-1', 1) on conflict do nothing")
        elif words[0] == "stray":
            self.stray(day, words[1], words[2])
        else:
            self.charge(day, *words)

    def move(self, day: str, words: list[str], more: dict[str, Any]) -> None:
        """Let an event happen."""
        if "of" in words:
            name = "reverses_event_id" if words[0] == "reverse" else "receipt_event_id"
            more[name] = words[words.index("of") + 1]
            if more[name].startswith("T"):
                # What a transfer brought counts on the codes it was brought to.
                more |= {"job": None, "cost_code": None, "category": None}
        if words[-2:] == ["to", "B"]:
            more["to_cost_code"] = OTHER_CODE
        if words[0] in ("return", "reject"):
            more |= {"disposition": "pay" if words[-1] == "pay" else "credit", "reason": "damaged"}
        if words[2].endswith("%"):
            more["unit"] = "%"
        self.books.happen(EVENTS[words[0]], words[1], day, words[2].rstrip("%"), "PO-1", **more)

    def charge(self, day: str, what: str, amount: str, of: str = "", whose: str = "") -> None:
        """Let AP enter a charge without a PO line: apart, on an invoice (`of A`), or naming the order (`of order`)."""
        self.rows += 1
        said = {"tax": "Tax A", "freight": "Freight A", "rental": "Rental of a crane"}[what]
        named = {"commitment": "PO-1"} if whose == "order" else {"invoice": whose} if of else {}
        self.books.sage_row(
            f"{what}{self.rows}", day, amount, type="AP cost", origin="AP", description=said, vendor="V1", **named
        )

    def stray(self, day: str, invoice: str, amount: str) -> None:
        """Let AP enter an invoice without its commitment."""
        self.rows += 1
        self.books.sage_row(
            f"AP {invoice}{self.rows}", day, amount, type="AP cost", origin="AP", description="Steel", vendor="V1",
            invoice=invoice,
        )  # fmt: skip

    def link(self, invoice: str) -> None:
        """Decide, with an approval, that a stray invoice belongs to the line, as a reconciliation writes it down."""
        connection = self.books.connection
        query = b"select row_id from core.job_cost_transaction where invoice = %s"
        (row,) = connection.execute(query, (invoice,)).fetchall()
        values: dict[str, object] = {
            "company_id": "AW", "period": "2024-11", "period_end": "2024-11-30", "mode": "propose", "materiality": 0,
            "prepared_by": "finance", "dag_run_id": f"link {invoice}", "accept_entries": [], "reverse_entries": [],
            "link_rows": [row["row_id"]], "link_commitments": ["PO-1"], "link_items": [1], "proves_run_no": None,
            "approval_id": None, "tie_out": Jsonb({}), "content_hash": "0" * 64, "decided_by": "controller",
            "decision": "approved", "comment": "", "dag_id": "reconcile__period", "decided_at": "2024-12-01T00:00:00Z",
        }  # fmt: skip
        values |= fetch_file(connection, "recon/insert_run", values)[0]
        assert run_file(connection, "recon/insert_foreign_decisions", values) == 1
        run_file(connection, "recon/update_run_proposed", values)
        values |= fetch_file(connection, "recon/select_proposal_hash", values)[0]
        self.run("update recon.run set content_hash = %s where run_no = %s", values["content_hash"], values["run_no"])
        values |= fetch_file(connection, "recon/insert_approval", values)[0]
        run_file(connection, "recon/insert_line_decisions", values | {"refused_lines": [], "refused_reasons": []})
        run_file(connection, "recon/update_run_decided", values)

    def sign(self, month: str) -> None:
        """Sign a month off, as the last step of a sign-off writes it."""
        values = {"company_id": "AW", "period": f"2024-{month}", "sign_off_hash": "h", "decided_by": "controller"}
        run_file(self.books.connection, "recon/insert_period_close", values)

    def agree(self, what: str, said: str = "", *more: str) -> None:
        """Set up what a case differs in: the line, or what is agreed with the company."""
        if what == "lump":
            self.run("update core.commitment_item set units = 0, unit_cost = 0")
            whole = "1" if said == "%" else said
            self.run(
                "insert into core.expected_quantity values ('AW', 'PO-1', 1, %s, 'controller', now(), %s)",
                whole, said == "%",
            )  # fmt: skip
        elif what == "open":
            received, consumed, billed, amount = more
            self.run(
                "insert into ledger.opening_balance values ('AW', 'PO-1', 1, %s, %s, 0, %s, %s, %s, 'controller')",
                f"2024-{said}", received, consumed, billed, amount,
            )  # fmt: skip
            self.run("discard temp")
            ledger.land_inbox(self.books.connection)
        elif what == "approve":
            self.run("insert into ledger.count_decision values ('AW', %s, 'controller', 'counted twice')", said)
        elif what == "manage":
            kind, day = ("Subcontract", "2024-01-01") if said == "subcontracts" else ("", f"2024-{said}")
            self.run("insert into core.managed_rule values ('AW', 1, %s, '', %s, 'controller')", kind, day)
        elif what == "policy":
            new = (*more, "invoice")[0]
            self.run("insert into core.cost_policy values ('AW', '22-101', %s, %s, 'controller')", f"2024-{said}", new)
        elif what in AGREED:
            self.run(AGREED[what])
        else:
            self.run("update core.commitment_item set amount = amount + %s, amount_tax = %s", said, said)
            profile = '{"tax_on_lines": true}' if what == "tax-on-line" else '{"tax_on_lines": false}'
            self.run("update core.company set profile = profile || %s::jsonb", profile)

    def change_in_sage(self, what: str, name: str, amount: str = "") -> None:
        """Do what a clerk does in Sage to an invoice or a month."""
        if what == "close":
            for month, status in (("10", "Closed"), (name, "Closed"), ("12", "Open")):
                self.run("insert into core.fiscal_period values ('AW', %s, 'JC', %s, 1)", f"2024-{month}", status)
        elif what == "edit":
            self.run("update core.job_cost_transaction set amount = %s where invoice = %s", amount, name)
        elif what == "retain":
            self.run("update core.job_cost_transaction set amount_retainage = %s where invoice = %s", amount, name)
        else:
            if what == "history":
                self.run(MOVED, name)
            self.run(
                "update core.job_cost_transaction set gone_at = now() where row_id !~ '^H/' and invoice = %s", name
            )

    def post(self) -> int:
        """Value, prepare, and let Sage post what came; gives the new lines."""
        self.books.value()
        created = self.prepare()
        for row in self.rows_of("select * from outbox.cost_posting where state = 'eligible' order by posting_id"):
            self.books.confirm(row["posting_reference"], booked=row["accounting_date"])
        return created

    def prepare(self) -> int:
        """Prepare the company's cost lines; gives the number of new ones."""
        self.run("discard temp")
        company = Company(default_profile("AW"), "2024-12-05T00:00:00Z")
        return prepare_costs(self.books.connection, company, None).created

    def rows_of(self, query: str) -> list[dict[str, object]]:
        return self.books.connection.execute(query.encode()).fetchall()

    def lines(self) -> list[str]:
        """Give our lines in the words of the page."""
        return sorted(
            f"{row['transaction_date']:%m-%d} {LETTERS[str(row['kind'])]} {row['amount']}"
            + (" on B" if row["cost_code"] == OTHER_CODE else "")
            + (" late" if row["is_late"] else "")
            for row in self.rows_of("select * from outbox.cost_posting")
        )
