"""`mart.retainage`: what is held back beside what job cost shows gross."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sql.recon.books import Books

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

RETAIN = "update core.job_cost_transaction set amount_retainage = %s where invoice = %s"


def test_what_is_held_back_stands_beside_what_is_billed(warehouse: Connection, company: str) -> None:
    books = Books(warehouse, company)
    for commitment in ("PO-1", "PO-2"):
        books.order(commitment, "100", "10", "2024-01-02")
    for invoice, amount, commitment in (("AP1", "300.00", "PO-1"), ("AP2", "500.00", "PO-1"), ("AP3", "90.00", "PO-2")):
        books.invoice(invoice, f"2024-02-0{invoice[-1]}", amount, commitment)
    warehouse.execute(RETAIN, ("50.00", "AP2"))
    warehouse.execute("set local role analyst")
    (row,) = warehouse.execute("select * from mart.retainage").fetchall()
    warehouse.execute("reset role")
    assert (row["commitment"], row["item_number"], row["vendor_name"]) == ("PO-1", 1, "Vendor")
    assert [str(row[f"amount_{name}"]) for name in ("invoiced", "retained", "due")] == ["800.00", "50.00", "750.00"]
    assert str(row["oldest_invoice_date"]) == "2024-02-02"
    # A release is a row of its own in Sage that takes back what was held.
    books.invoice("AP4", "2024-03-01", "0.00", "PO-1")
    warehouse.execute(RETAIN, ("-50.00", "AP4"))
    assert warehouse.execute("select * from mart.retainage").fetchall() == []
