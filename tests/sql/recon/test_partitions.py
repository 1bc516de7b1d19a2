"""Figures of the bridges lie in a partition for each company and month; replaced previews are removed after weeks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from sage_hooks import maintenance
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import change, propose, rows

if TYPE_CHECKING:
    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]

PLACES = "select tableoid::regclass::text as place, count(*) as n from recon.variance group by place order by place"


def places(books: Books) -> dict[str, int]:
    return {row["place"]: row["n"] for row in rows(books, PLACES)}


def figures(books: Books) -> dict[int, int]:
    found = rows(books, "select run_no, count(*) as n from recon.variance group by run_no order by run_no")
    return {row["run_no"]: row["n"] for row in found}


def preview(books: Books, number: int) -> int:
    run_no: int = propose(books, mode="preview", dag_run_id=f"look {number}").run_no
    return run_no


def test_a_month_s_first_run_makes_its_partition(books: Books) -> None:
    preview(books, 1)
    assert list(places(books)) == ["figures.variance_aw_2024_11"]
    preview(books, 2)
    propose(books, period="2024-12", mode="preview", dag_run_id="december")
    assert list(places(books)) == ["figures.variance_aw_2024_11", "figures.variance_aw_2024_12"]


def test_a_month_is_read_from_its_partition_alone(books: Books) -> None:
    preview(books, 1)
    propose(books, period="2024-12", mode="preview", dag_run_id="december")
    plan = rows(books, "explain select * from recon.variance where company_id = 'AW' and period = '2024-12'")
    said = "\n".join(row["QUERY PLAN"] for row in plan)
    assert "variance_aw_2024_12" in said
    assert "variance_aw_2024_11" not in said


@pytest.mark.parametrize("role", ["pipeline", "finance", "auditor", "analyst"])
def test_a_partition_is_read_through_its_table_alone(books: Books, role: str) -> None:
    preview(books, 1)
    books.connection.execute(f"set role {role}".encode())
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        books.connection.execute("select * from figures.variance_aw_2024_11")
    books.connection.rollback()


def test_a_month_without_partition_is_refused_and_no_other_text_makes_one(books: Books) -> None:
    run_no = preview(books, 1)
    with pytest.raises(psycopg.errors.CheckViolation, match="no partition"):
        books.connection.execute(
            'insert into recon.variance select (jsonb_populate_record(v, \'{"period": "2031-01"}\')).* '
            "from recon.variance as v where v.run_no = %s",
            (run_no,),
        )
    books.connection.rollback()
    with pytest.raises(psycopg.errors.CheckViolation):
        books.connection.execute("select recon.make_partition('AW', '2031-01; drop table core.job')")
    books.connection.rollback()


def test_replaced_previews_lose_their_figures_after_weeks(books: Books) -> None:
    old, new, proposed = preview(books, 1), preview(books, 2), propose(books).run_no
    before = figures(books)
    assert set(before) == {old, new, proposed}
    age(books, old, 34)
    assert maintenance.remove_replaced_figures(books.connection) == 0
    age(books, old, 36)
    age(books, proposed, 400)
    assert maintenance.remove_replaced_figures(books.connection) == before[old]
    assert figures(books) == {run: before[run] for run in (new, proposed)}
    # The run and what it found stay.
    kept = books.connection.execute("select tie_out from recon.run where run_no = %s", (old,)).fetchall()
    assert kept[0]["tie_out"]["bridges"]


def test_the_only_look_at_a_month_stays_however_old(books: Books) -> None:
    only = preview(books, 1)
    age(books, only, 400)
    assert maintenance.remove_replaced_figures(books.connection) == 0


def age(books: Books, run_no: int, days: int) -> None:
    change(
        books, "update recon.run set finished_at = now() - make_interval(days => %s) where run_no = %s", days, run_no
    )
