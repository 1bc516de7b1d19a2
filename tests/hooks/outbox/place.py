"""A company with its Sage side for tests of the outbox: real Postgres, a real file server, answers written by hand."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import signal
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from sage_bridge.sage_files import DirectCostLayout, DirectCostLine, parse_receipts
from sage_hooks import warehouse as hook
from sage_hooks.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sage_hooks.warehouse import Connection
    from tests.conftest import SftpPlace

COMPANY = "AW"
JOB, CODE, CATEGORY = "24-0012", "03 30 00", "M"
DAY = date(2026, 3, 2)


@dataclass
class Place:
    """One test's world; `sage` is what a Sage that imports everything it is given would hold."""

    dsn: str
    connection: Connection
    exchange: Exchange
    server: SftpPlace
    imported: list[DirectCostLine] = field(default_factory=list)
    numbers: int = 0

    @property
    def root(self) -> Path:
        """Give the company's folders on the server's disk."""
        return self.server.root / COMPANY

    def run(self, statement: str, **values: object) -> None:
        """Run a statement and commit."""
        self.connection.execute(statement.encode(), values)
        self.connection.commit()

    def rows(self, statement: str, **values: object) -> list[dict[str, Any]]:
        """Give the rows of a statement."""
        found = self.connection.execute(statement.encode(), values).fetchall()
        self.connection.commit()
        return found

    def one(self, statement: str, **values: object) -> Any:
        """Give the single value of a statement."""
        (row,) = self.rows(statement, **values)
        (value,) = row.values()
        return value

    def insert(self, table: str, **values: object) -> None:
        """Insert one row."""
        columns = ", ".join(values)
        marks = ", ".join(f"%({name})s" for name in values)
        self.run(f"insert into {table} ({columns}) values ({marks})", **values)  # noqa: S608 - names of this test

    def code(self, job: str = JOB, code: str = CODE, **over: object) -> None:
        """Set a postable code up, or one that is not as `over` says."""
        status = over.pop("status", "In progress")
        self.run(
            "insert into core.job (company_id, job, description, status, transfer_id)"
            " values ('AW', %(job)s, '', 'In progress', 1) on conflict do nothing",
            job=job,
        )
        self.insert(
            "core.cost_code",
            company_id=COMPANY,
            job=job,
            extra="",
            cost_code=code,
            description="",
            status=status,
            is_group=over.pop("is_group", False),
            accumulate_as="Material",
            unit="CY",
            cost_account="5-1000",
            transfer_id=1,
        )
        self.insert(
            "core.category",
            company_id=COMPANY,
            job=job,
            extra="",
            cost_code=code,
            category=CATEGORY,
            description="",
            status="In progress",
            accumulate_as="Material",
            unit=over.pop("unit", "CY"),
            cost_account="",
            transfer_id=1,
        )

    def line(self, item: int = 1, commitment: str = "PO-7", units: str = "100", **over: object) -> None:
        """Set a purchase order line up."""
        self.run(
            "insert into core.commitment (company_id, commitment, description, commitment_type, vendor, job,"
            " commitment_date, is_closed, amount_original, amount_approved_changes, amount_invoiced, transfer_id)"
            " values ('AW', %(c)s, '', 'Purchase order', 'V100', %(job)s, '2026-01-05', false, 0, 0, 0, 1)"
            " on conflict do nothing",
            c=commitment,
            job=JOB,
        )
        values: dict[str, object] = {
            "company_id": COMPANY,
            "commitment": commitment,
            "item_number": item,
            "description": "Concrete",
            "job": JOB,
            "extra": "",
            "cost_code": CODE,
            "category": CATEGORY,
            "standard_item": "CONC-3000",
            "units": units,
            "unit_cost": "150",
            "unit": "CY",
            "amount": "15000",
            "amount_tax": 0,
            "amount_approved_changes": 0,
            "amount_invoiced": 0,
            "units_invoiced": 0,
            "transfer_id": 1,
        }
        self.insert("core.commitment_item", **{**values, **over})

    def entry(self, amount: str, units: str = "0", day: date = DAY, **over: object) -> int:
        """Record a value entry; gives its id."""
        self.numbers += 1
        values: dict[str, object] = {
            "company_id": COMPANY,
            "event_id": f"E{self.numbers}",
            "cause_kind": "event",
            "cause_id": f"E{self.numbers}",
            "measure": "installed",
            "commitment": "PO-7",
            "item_number": 1,
            "job": JOB,
            "extra": "",
            "cost_code": CODE,
            "category": CATEGORY,
            "entry_date": day,
            "units": units,
            "amount": amount,
            "valuation_id": 1,
        }
        self.insert("ledger.value_entry", **{**values, **over})
        return int(self.one("select max(entry_id) from ledger.value_entry"))

    def sage_row(self, row_id: str, amount: str, **over: object) -> None:
        """Put a posted row into the mirror of Sage's job cost."""
        values: dict[str, object] = {
            "company_id": COMPANY,
            "source": "CURRENT",
            "row_id": row_id,
            "run": 1,
            "sequence": self.numbers,
            "job": JOB,
            "extra": "",
            "cost_code": CODE,
            "category": CATEGORY,
            "transaction_type": "AP cost",
            "transaction_date": DAY,
            "accounting_date": DAY,
            "description": "Concrete",
            "units": "1",
            "unit_cost": "0",
            "amount": amount,
            "debit_account": "5-1000",
            "credit_account": "2-1000",
            "application_of_origin": "AP",
            "batch": "",
            "vendor": "V100",
            "invoice": "INV-1",
            "distribution_sequence": 1,
            "commitment_type": "",
            "commitment": "PO-7",
            "item_number": 1,
            "tax_id": "",
            "amount_type": "",
            "standard_item": "",
            "ref_1": "",
            "ref_2": "",
            "operator_stamp": "",
            "transfer_id": 1,
        }
        self.numbers += 1
        self.insert("core.job_cost_transaction", **{**values, **over})

    def month(self, period: str, status: str = "Open", application: str = "JC") -> None:
        """Tell the mirror the state of a month."""
        self.run(
            "insert into core.fiscal_period values ('AW', %(p)s, %(a)s, %(s)s, 1)"
            " on conflict (company_id, period, application) do update set status = excluded.status",
            p=period,
            a=application,
            s=status,
        )

    def postings(self) -> list[dict[str, Any]]:
        """Give all cost lines in the order they came into being."""
        return self.rows("select * from outbox.cost_posting order by posting_id")

    def states(self) -> dict[str, int]:
        """Give the number of cost lines by state."""
        found = self.rows("select state, count(*) as n from outbox.cost_posting group by state")
        return {row["state"]: row["n"] for row in found}

    def open_rules(self) -> list[str]:
        """Give the rules of the open exceptions."""
        found = self.rows("select rule from audit.exception where closed_at is null order by rule, record_key")
        return [row["rule"] for row in found]

    def layout(self) -> DirectCostLayout:
        """Give the company's direct-cost layout."""
        from ops.companies import default_profile

        return DirectCostLayout(default_profile(COMPANY).direct_cost, "cp1252")

    def waiting(self) -> list[str]:
        """Give the data files that lie ready for Sage: those with their manifest."""
        names = {path.name for path in (self.root / "to_sage").glob("*")}
        return sorted(name for name in names if not name.endswith(".ok") and f"{name}.ok" in names)

    def take(self, name: str, folder: str = "processed") -> list[DirectCostLine]:
        """Do as the Sage side does: take a file with its manifest away and import it, every time it is there."""
        data = self.root / "to_sage" / name
        content = data.read_bytes()
        manifest = json.loads((self.root / "to_sage" / f"{name}.ok").read_bytes())
        assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
        assert manifest["bytes"] == len(content)
        (self.root / folder).mkdir(exist_ok=True)
        for path in (data, self.root / "to_sage" / f"{name}.ok"):
            path.rename(self.root / folder / path.name)
        lines = [] if name.startswith("RCV") else self.layout().parse(content)
        self.imported += lines
        return lines

    def references(self, name: str) -> list[str]:
        """Give the references of a file in line order."""
        for folder in ("processed", "to_sage"):
            path = self.root / folder / name
            if path.exists() and name.startswith("RCV"):
                return [line.event_id for line in parse_receipts(path.read_bytes())]
            if path.exists():
                return [line.ref_1 for line in self.layout().parse(path.read_bytes())]
        return []

    def acknowledge(self, name: str, **over: object) -> None:
        """Write a technical ack as the Sage side does."""
        content = next(
            (self.root / folder / name).read_bytes()
            for folder in ("processed", "rejected", "to_sage")
            if (self.root / folder / name).exists()
        )
        flow, company, environment, seq, rev = name.split(".", maxsplit=1)[0].split("_")
        document = {
            "format": 1,
            "file": name,
            "flow": flow,
            "company": company,
            "environment": environment,
            "seq": int(seq),
            "rev": int(rev[1:]),
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "rows": len(self.references(name)),
            "importer": "test",
            "received_at": "2026-03-03T06:00:00Z",
            "status": "received",
            "reason": "",
        }
        self.answer(f"{name}.ack.json", json.dumps({**document, **over}).encode(), 1)

    def report(self, name: str, rejected: dict[str, str] | None = None) -> None:
        """Write line results: all accepted but those of `rejected` (reference -> message)."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(["line", "reference", "result", "code", "message"])
        references = self.references(name)
        for number, reference in enumerate(references, 1):
            message = (rejected or {}).get(reference)
            writer.writerow(
                [number, reference, "REJECTED" if message else "ACCEPTED", "JC-1" if message else "", message or ""]
            )
        self.answer(f"{name}.res.csv", text.getvalue().encode(), len(references))

    def answer(self, name: str, content: bytes, rows: int, **over: object) -> None:
        """Write an answer with its proof."""
        folder = self.root / "ack"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        proof = {"format": 1, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "rows": rows}
        (folder / f"{name}.ok").write_text(json.dumps({**proof, **over}))

    def post(self, lines: list[DirectCostLine] | None = None, suffix: str = "") -> None:
        """Show imported lines as posted in the mirror."""
        for line in self.imported if lines is None else lines:
            self.sage_row(
                f"T-{line.ref_1}{suffix}",
                line.amount,
                transaction_type="JC cost",
                job=line.job,
                extra=line.extra,
                cost_code=line.cost_code,
                category=line.category,
                transaction_date=line.transaction_date,
                accounting_date=line.accounting_date,
                batch=line.batch,
                ref_1=line.ref_1,
                ref_2=line.ref_2,
                commitment="",
                item_number=None,
                vendor="",
                invoice="",
            )

    def start(self, work: Callable[[Connection, Exchange], object], kill_at: str = "") -> int:
        """Start work in a process of its own, killed at a checkpoint; gives its id."""
        self.connection.commit()
        return self.start_beside(work, kill_at)

    def start_beside(self, work: Callable[[Connection, Exchange], object], kill_at: str = "") -> int:
        """As `start`, while a transaction of this process stays open."""
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                if kill_at:
                    os.environ["SAGE_BRIDGE_KILL_AT"] = kill_at
                with hook.connect(self.dsn) as connection, open_exchange(self.server) as exchange:
                    work(connection, exchange)
                status = 0
            except BaseException:  # noqa: BLE001 - a child must never return into the test run
                traceback.print_exc()
            finally:
                os._exit(status)
        return pid

    def end(self, pid: int) -> int:
        """Wait for a process; gives the signal it died of, 0 when it did its work."""
        _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0

    def child(self, work: Callable[[Connection, Exchange], object], kill_at: str = "") -> int:
        """Run work in a process of its own to its end; gives the signal it died of."""
        return self.end(self.start(work, kill_at))

    def total(self) -> Decimal:
        """Give the sum of all value entries."""
        return Decimal(self.one("select coalesce(sum(amount), 0) from ledger.value_entry"))


KILLED = signal.SIGKILL


def open_exchange(server: SftpPlace) -> Exchange:
    """Connect to the test's file server."""
    return Exchange(server.host, server.port, server.user, key_file=str(server.key_file), host_key=server.host_key)


@contextmanager
def another_connection(dsn: str) -> Iterator[Connection]:
    """Open a second connection, as another worker has."""
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        yield connection


@contextmanager
def world(dsn: str, connection: Connection, server: SftpPlace) -> Iterator[Place]:
    """Give a company with one open code and one purchase order line, ready for entries."""
    with open_exchange(server) as exchange:
        place = Place(dsn, connection, exchange, server)
        place.code()
        place.line()
        yield place
