"""The page of a month, filled from a warehouse, without a browser: what it shows of the roll-forward and dismissals."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import pytest

import sage_pages
from sage_hooks import sign_off
from sage_hooks.warehouse import fetch_file
from sage_pages import charts, formats
from sage_pages.store import Page
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import change, decide, in_sage, propose, rows

if TYPE_CHECKING:
    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]


def shown(books: Books) -> str:
    """Give the words of the page, without what marks them up."""
    folder = Path(sage_pages.__file__).parent / "templates"
    made = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=True)
    made.filters.update(formats.FILTERS)
    made.globals.update(prefix="", share=charts.share, may_see=lambda _: True, may_start=lambda _: True)
    month = {"company_id": "AW", "period": "2024-11", "page_rows": 50, "rows_before": 0}
    found = {
        name: fetch_file(books.connection, f"pages/select_period_{name}", month)
        for name in (
            "runs",
            "bridges",
            "approvals",
            "roll_forward",
            "differences",
            "refused",
            "sign_offs",
            "subsequent",
        )
    }
    text = made.get_template("period.html").render(
        company="AW",
        period="2024-11",
        active="reconciliation",
        asked={},
        runs=found["runs"],
        approvals=found["approvals"],
        refused=found["refused"],
        sign_offs=found["sign_offs"],
        subsequent=found["subsequent"],
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


def test_the_month_shows_what_was_refused_and_why(books: Books) -> None:
    in_sage(books, "amount", Decimal("388.00"))
    run_no = propose(books).run_no
    line = rows(books, "select line from mart.proposal_line")[0]["line"]
    decide(books, run_no, refused=((line, "the clerk corrects it"),))
    text = shown(books)
    assert "Refused lines" in text
    assert (
        f"{line} adjustment 22-101 / 05 05 23 / M 12.00 Row was changed in Sage after posting the clerk corrects it"
        in text
    )


def test_a_sign_off_that_lapsed_names_the_line_on_the_page_and_to_those_who_are_told(books: Books) -> None:
    run_no = propose(books).run_no
    decide(books, run_no)
    sign_off.sign_off(books.connection, run_no)
    assert "lapsed" not in shown(books)
    change(books, "update core.job_cost_transaction set amount = 501 where row_id = 'AP1'")
    sign_off.lapse_sign_offs(books.connection, "AW")
    text = shown(books)
    assert "2024-11 lapsed" in text
    assert "Sage row AP1 moved. Reconcile the month anew" in text
    listed = fetch_file(
        books.connection, "pages/select_reconciliations", {"company_id": "", "page_rows": 9, "rows_before": 0}
    )
    assert [row["state"] for row in listed] == ["lapsed"]
    told = rows(books, "select message from audit.notable where kind = 'sign_off_lapsed'")
    assert told == [
        {
            "message": "The sign-off of 2024-11 lapsed: Sage row AP1 moved. Reconcile the month anew; "
            "its page shows what was signed."
        }
    ]


def test_what_comes_after_the_sign_off_is_listed_and_above_the_limit_lets_it_lapse(books: Books) -> None:
    run_no = propose(books).run_no
    decide(books, run_no)
    sign_off.sign_off(books.connection, run_no)
    for event_id, units in (("LATE-1", "1"), ("LATE-2", "3")):
        books.happen("installed", event_id, "2024-11-30", units, "PO-1", receipt_event_id="R1")
        books.value()
    books.connection.commit()
    assert sign_off.lapse_sign_offs(books.connection, "AW") == []
    text = shown(books)
    assert "Known only after the sign-off" in text
    assert re.search("LATE-2 installed .* 30.00 LATE-1 installed .* 10.00", text)
    for limit, lapsed in (("40.00", []), ("39.99", ["sign-off of 2024-11 lapsed: event LATE-2 and 1 others moved"])):
        books.connection.execute(
            "update core.company "
            "set profile = jsonb_set(profile, '{tolerances,amount_subsequent}', to_jsonb(%s::text))",
            (limit,),
        )
        books.connection.commit()
        assert sign_off.lapse_sign_offs(books.connection, "AW") == lapsed
    assert "event LATE-2 and 1 others moved. Reconcile the month anew" in shown(books)
