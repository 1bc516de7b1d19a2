"""The page of a month, filled from a warehouse, without a browser: what it shows of the roll-forward and dismissals."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

import sage_pages
from sage_hooks.warehouse import fetch_file
from sage_pages import charts, formats
from sage_pages.store import Page
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import in_sage, propose, rows

if TYPE_CHECKING:
    from tests.sql.recon.books import Books

__all__ = ["books", "month_template"]


def shown(books: Books) -> str:
    """Give the words of the page, without what marks them up."""
    folder = Path(sage_pages.__file__).parent / "templates"
    made = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=True)
    made.filters.update(formats.FILTERS)
    made.globals.update(prefix="", share=charts.share)
    month = {"company_id": "AW", "period": "2024-11", "page_rows": 50, "rows_before": 0}
    found = {
        name: fetch_file(books.connection, f"pages/select_period_{name}", month)
        for name in ("runs", "bridges", "approvals", "roll_forward", "differences")
    }
    text = made.get_template("period.html").render(
        company="AW",
        period="2024-11",
        active="reconciliation",
        asked={},
        runs=found["runs"],
        approvals=found["approvals"],
        bridges=[],
        statements=[(name, list(part)) for name, part in groupby(found["roll_forward"], key=itemgetter("statement"))],
        page=Page(found["differences"], len(found["differences"]), 1),
    )
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))


def test_the_month_shows_where_it_comes_from_and_what_may_stand(books: Books) -> None:
    in_sage(books, "amount", Decimal("388.00"))
    propose(books, mode="preview", dag_run_id="preview")
    number = rows(books, "select difference_id from mart.sage_difference")[0]["difference_id"]
    propose(books, dismiss_differences=((number, "the clerk keeps it so"),))
    text = shown(books)
    # Consumed 400.00, of which Sage shows 388.00; tax 40.00.
    assert "From the month signed last" in text
    assert "Job cost in Sage opening 0 0.00 consumed 0 400.00 tax freight 0 40.00 differences 0 −12.00" in text
    assert "closing 0 428.00 residual 0 0.00" in text
    assert "dismissed: the clerk keeps it so" in text
