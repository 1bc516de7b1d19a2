"""The end of a job: every demand of domain 7.8 under every policy, and what is proposed to meet it.

The month is `a_month`: 90 ordered, 75 accepted @ 10.00, 40 built in, 500.00 billed without units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from psycopg.types.json import Jsonb

from sage_bridge.errors import BadConfig, NotApproved
from sage_hooks import job_end
from tests.sql.recon.books import JOB
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import change, decide, propose, rows
from tests.sql.recon.test_journal import turn_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from sage_hooks.job_end import JobOutcome
    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "month_template"]

START = [
    ("no_stock_on_site", "PO-1/1", "35 EA on hand, 350.00"),
    ("nothing_owed", "PO-1/1", "received and not invoiced: 250.00"),
    ("nothing_to_receive", "PO-1/1", "15 EA, 150.00 to receive"),
]


def run(books: Books, mode: str = "preview", **over: Any) -> JobOutcome:
    terms = {"company_id": "AW", "job": JOB, "mode": mode, "prepared_by": "finance", "dag_run_id": "manual"}
    return job_end.reconcile_job(books.connection, {**terms, **over})


def missing(books: Books) -> list[tuple[str, str, str]]:
    run(books)
    found = rows(books, "select demand, record_key, found from mart.job_demand order by demand, record_key")
    return [(row["demand"], row["record_key"], row["found"]) for row in found]


def policy(books: Books, name: str) -> None:
    statement = "insert into core.cost_policy values ('AW', '', '2024-01-01', %s, 'controller')"
    books.connection.execute(statement.encode(), (name,))
    books.connection.commit()


@pytest.mark.parametrize("name", ["installation", "receipt", "invoice"])
def test_a_job_that_goes_on_lacks_the_same_under_every_policy(books: Books, name: str) -> None:
    policy(books, name)
    found = missing(books)
    assert [one for one in found if one[0] != "every_invoice_offset"] == START
    # Offsets that another policy made are to be taken back, and the job waits for that too.
    assert len(found) == len(START) + (name != "installation")


def test_a_job_that_is_done_lacks_nothing(books: Books) -> None:
    books.happen("installed", "I2", "2024-11-20", "35", "PO-1", receipt_event_id="R1")
    books.value()
    books.invoice("AP2", "2024-11-25", "250.00", "PO-1")
    books.post()
    change(books, "update core.commitment set is_closed = true")
    assert missing(books) == []
    assert job_end.lacks(books.connection, run(books).run_no) == []


def _invoice(books: Books) -> None:
    books.invoice("AP2", "2024-11-25", "30.00", "PO-1")


def _stranger(books: Books) -> None:
    books.invoice("AP3", "2024-11-25", "77.00", "", item=None, description="Unknown")


def _unposted(books: Books) -> None:
    books.sage_row("NEW1", "2024-11-25", "12.00", source="NEW")


def _on_its_way(books: Books) -> None:
    books.posting("consumption", "2024-11-25", "5.00", "PO-1")


def _credit(books: Books) -> None:
    change(books, "update core.job_cost_transaction set units = 75, amount = 750 where row_id = 'AP1'")
    change(books, "update outbox.cost_posting set amount = -750 where source_key = 'AP1'")
    books.happen("returned", "T1", "2024-11-20", "5", "PO-1", receipt_event_id="R1", disposition="credit")
    books.value()


def _exception(books: Books) -> None:
    for key, job in (("E9", JOB), ("E8", "99-999")):
        books.connection.execute(
            "insert into audit.exception (company_id, record_kind, record_key, rule, reason, remedy, owner, payload)"
            " values ('AW', 'event', %s, 'untagged', 'no code', 'map the material', 'site', %s)",
            (key, Jsonb({"job": job})),
        )


LACKS: dict[str, tuple[Callable[[Books], None], tuple[str, str, str]]] = {
    "invoice without offset": (_invoice, ("every_invoice_offset", "PO-1/1", "-500.00 of posted offsets")),
    "invoice of nobody": (
        _stranger,
        ("every_invoice_offset", "Sage row AP3", 'AP cost 77.00 "Unknown" that nothing explains'),
    ),
    "entry unposted": (
        _unposted,
        ("everything_posted", "Sage row NEW1", 'JC cost of 12.00 waits unposted in batch ""'),
    ),
    "line on its way": (_on_its_way, ("everything_posted", "X000000003", "consumption of 5.00 is eligible")),
    "credit awaited": (_credit, ("no_pending_credit", "PO-1/1", "credit for 5 EA not entered")),
    "exception open": (_exception, ("no_open_exception", "exception 1", "untagged on event E9: no code")),
}


@pytest.mark.parametrize(("spoil", "expected"), LACKS.values(), ids=LACKS)
def test_what_is_missing_is_named(books: Books, spoil: Callable[[Books], None], expected: tuple[str, str, str]) -> None:
    spoil(books)
    books.connection.commit()
    demand, record, found = expected
    named = {(one[0], one[2]) for one in missing(books)}
    assert (demand, found) in named
    sentences = job_end.lacks(books.connection, run(books).run_no)
    assert [one for one in sentences if found in one and "; next step: " in one]
    if not record.startswith("exception"):
        assert expected in missing(books)


def test_another_job_is_not_asked_for(books: Books) -> None:
    change(books, "insert into core.job values ('AW', '22-999', 'Empty', 'In progress', false, '', 1)")
    assert run(books, job="22-999").demands == 0
    with pytest.raises(BadConfig, match=r"RS-150 .*22-000"):
        run(books, job="22-000")


def test_a_preview_proposes_nothing_and_a_proposal_is_decided_by_another(books: Books) -> None:
    assert run(books).proposed_events == 0
    outcome = run(books, "propose")
    assert (outcome.demands, outcome.proposed_events) == (3, 2)
    subject, body = job_end.proposal(books.connection, outcome.run_no)
    assert "3 demands not met" in subject
    assert "commitment reduced" in body
    change(books, "update recon.proposed_event set quantity = 1 where event_type = 'counted'")
    with pytest.raises(NotApproved, match="RS-654"):
        decide(books, outcome.run_no)
    again = run(books, "propose", dag_run_id="second")
    assert decide(books, again.run_no)
    found = rows(books, "select event_type, quantity::text, state from recon.proposed_event where state = 'approved'")
    assert sorted((row["event_type"], row["quantity"]) for row in found) == [
        ("commitment_reduced", "15.0000"),
        ("counted", "35.0000"),
    ]
    assert run(books, "propose", dag_run_id="third").proposed_events == 0


def test_a_job_and_a_month_are_proposed_beside_each_other(books: Books) -> None:
    turn_on(books)
    job = run(books, "propose", dag_run_id="job")
    month = propose(books)
    assert {decide(books, job.run_no), decide(books, month.run_no)} == {True}
