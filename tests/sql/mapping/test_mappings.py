"""Mappings in the warehouse: proposed, approved by another, previewed exactly, explained, and blind to the past."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sage_bridge.errors import BadConfig
from sage_bridge.mappings import CodeMapping
from sage_hooks import ledger, mappings
from tests.sql.mapping.conftest import BARE
from tests.sql.recon.books import CODE, JOB, OTHER_CODE

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection
    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

FIRST = date(2026, 1, 1)


def propose(connection: Connection, code: str, start: str, *, job: str = "", end: str | None = None) -> int:
    row = connection.execute(
        "insert into core.mapping_proposal (company_id, material_class, job, cost_code, category, effective_from, "
        "effective_to, owner, proposed_by) values ('AW', 'steel', %s, %s, %s, %s, %s, 'pm', 'ann') "
        "returning proposal_no",
        (job, code, "M" if code else "", start, end),
    ).fetchone()
    assert row is not None
    return int(row["proposal_no"])


def decide(connection: Connection, proposal: int, decision: str = "approved", by: str = "bob") -> None:
    connection.execute("select core.decide_mapping(%s, %s, '', %s)", (proposal, decision, by))


def approve(connection: Connection, code: str, start: str, *, job: str = "", end: str | None = None) -> None:
    decide(connection, propose(connection, code, start, job=job, end=end))


def worth(connection: Connection) -> Counter[tuple[str, str]]:
    rows = connection.execute(
        "select measure, cost_code, sum(amount) as amount from ledger.value_entry group by measure, cost_code"
    ).fetchall()
    return Counter({(row["measure"], row["cost_code"]): row["amount"] for row in rows if row["amount"]})


def preview(connection: Connection, code: str, start: str, *, job: str = "") -> list[dict[str, Any]]:
    return connection.execute(
        "select * from core.preview_mapping('AW', 'steel', %s, '', %s, %s, %s) order by event_id, measure",
        (job, code, "M" if code else "", start),
    ).fetchall()


def tag(connection: Connection, event_id: str) -> tuple[str, str, str]:
    row = connection.execute(
        "select status, source, cost_code from ledger.event_tag where event_id = %s", (event_id,)
    ).fetchone()
    assert row is not None
    return row["status"], row["source"], row["cost_code"]


def test_an_event_without_codes_waits_until_its_mapping_is_approved(books: Books) -> None:
    books.value()
    assert tag(books.connection, "R1")[0] == "waiting"
    proposal = propose(books.connection, CODE, "2026-01-01")
    ledger.value_events(books.connection)
    assert tag(books.connection, "R1")[0] == "waiting"
    decide(books.connection, proposal)
    ledger.value_events(books.connection)
    assert tag(books.connection, "R1") == ("tagged", "mapping", CODE)


def test_nobody_approves_what_they_proposed_themselves(books: Books) -> None:
    proposal = propose(books.connection, CODE, "2026-01-01")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="RS-633"), books.connection.transaction():
        decide(books.connection, proposal, by="ann")
    decide(books.connection, proposal, "refused")
    with pytest.raises(psycopg.errors.NoDataFound, match="RS-632"), books.connection.transaction():
        decide(books.connection, proposal)
    assert books.connection.execute("select from core.mapping").fetchall() == []


def test_people_act_under_their_own_login_whatever_they_write(books: Books) -> None:
    connection = books.connection
    connection.execute("create role ann login in role finance; create role bob login in role finance")
    insert = (
        "insert into core.mapping_proposal (company_id, material_class, cost_code, category, effective_from, owner) "
        "values ('AW', 'steel', '05 05 23', 'M', '2026-01-01', 'bob') returning proposal_no, proposed_by"
    )
    connection.execute("set session authorization ann")
    row = connection.execute(insert.encode()).fetchone()
    assert row is not None
    assert row["proposed_by"] == "ann"
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="RS-633"), connection.transaction():
        connection.execute("select core.decide_mapping(%s, 'approved', '', 'bob')", (row["proposal_no"],))
    for statement in ("update core.mapping set owner = 'x'", "update core.mapping_proposal set decided_by = 'bob'"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(statement.encode())
    connection.execute("set session authorization bob")
    connection.execute("select core.decide_mapping(%s, 'approved', 'right')", (row["proposal_no"],))
    connection.execute("reset session authorization")
    kept = connection.execute("select proposed_by, approved_by, cost_code from mart.mapping").fetchall()
    assert kept == [{"proposed_by": "ann", "approved_by": "bob", "cost_code": CODE}]


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("material_class", "stel", "a class of the catalog: steel"),
        ("job", "22-999", f"a job of Sage: {JOB}"),
        ("cost_code", "99 99 99", f"{OTHER_CODE} / M, {CODE} / M"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(books: Books, column: str, value: str, allowed: str) -> None:
    values = {"material_class": "steel", "job": "", "cost_code": CODE, column: value}
    with pytest.raises(psycopg.errors.CheckViolation) as refused, books.connection.transaction():
        books.connection.execute(
            "insert into core.mapping_proposal (company_id, material_class, job, cost_code, category, effective_from, "
            "owner, proposed_by) values ('AW', %(material_class)s, %(job)s, %(cost_code)s, 'M', '2026-01-01', 'pm', "
            "'ann')",
            values,
        )
    sentence = str(refused.value)
    assert sentence.startswith("RS-131")
    assert f"column {column}" in sentence
    assert f"found: {value}" in sentence
    assert allowed in sentence


def test_the_preview_is_what_the_change_does_and_writes_nothing(books: Books) -> None:
    connection = books.connection
    approve(connection, CODE, "2026-01-01")
    books.happen("installed", "I1", "2026-02-10", "30", "PO1", receipt_event_id="R1", **BARE)
    books.happen("installed", "I2", "2026-03-10", "20", "PO1", receipt_event_id="R1", **BARE)
    books.happen("reversed", "B2", "2026-03-12", "5", "PO1", reverses_event_id="I2", **BARE)
    books.value()
    before = worth(connection)
    rows = preview(connection, OTHER_CODE, "2026-03-01")
    assert {(row["event_id"], row["measure"], row["units"], row["amount"]) for row in rows} == {
        ("I2", "installed", Decimal("15.0000"), Decimal("150.00"))
    }
    assert worth(connection) == before
    approve(connection, OTHER_CODE, "2026-03-01")
    ledger.value_events(connection)
    expected = Counter(before)
    for row in rows:
        expected[row["measure"], row["cost_code_now"]] -= row["amount"]
        expected[row["measure"], row["cost_code_then"]] += row["amount"]
    assert worth(connection) == expected
    assert worth(connection)["installed", OTHER_CODE] == Decimal("150.00")


def test_the_preview_says_what_waits_now(books: Books) -> None:
    books.value()
    (row,) = preview(books.connection, CODE, "2026-01-01")
    assert (row["event_id"], row["measure"], row["units"], row["cost_code_then"]) == ("R1", None, 100, CODE)
    assert preview(books.connection, CODE, "2026-03-01") == []


def test_a_mapping_of_a_job_goes_before_the_company_and_says_so(books: Books) -> None:
    connection = books.connection
    approve(connection, CODE, "2026-01-01")
    approve(connection, OTHER_CODE, "2026-01-01", job=JOB)
    books.value()
    assert tag(connection, "R1") == ("tagged", "mapping", OTHER_CODE)
    assert preview(connection, "", "2026-01-01") == []
    rows = connection.execute("select * from mart.explain_mapping('AW', 'steel', %s, '2026-02-01')", (JOB,)).fetchall()
    assert [(row["cost_code"], row["is_in_force"]) for row in rows] == [(OTHER_CODE, True), (CODE, False)]
    assert rows[1]["reason"] == f"job {JOB} has a mapping of its own, which goes first"


def test_an_event_says_why_it_has_its_codes(books: Books) -> None:
    connection = books.connection
    books.value()
    explain = "select * from mart.explain_event_codes('AW', 'R1')"
    rows = connection.execute(explain.encode()).fetchall()
    assert [row["source"] for row in rows] == ["event", "allocation", "commitment_item", "mapping"]
    assert [row["verdict"] for row in rows] == ["gives none"] * 4
    assert rows[2]["reason"] == "commitment PO1 item 1 names no cost code"
    assert rows[3]["reason"] == "no mapping of class steel holds on 2026-02-01"
    approve(connection, CODE, "2026-01-01")
    ledger.value_events(connection)
    connection.execute("set role analyst")
    row = connection.execute(explain.encode()).fetchall()[3]
    assert (row["verdict"], row["job"], row["cost_code"], row["category"]) == ("taken", JOB, CODE, "M")
    assert row["reason"] == "class steel, mapping of every job from 2026-01-01, approved by bob"


@pytest.mark.parametrize(
    "lock",
    [
        "insert into core.fiscal_period values ('AW', '2026-02', 'JC', 'Closed', 1)",
        "insert into ledger.period_close values ('AW', '2026-02', 1, 1, 'x', 'bob')",
    ],
)
def test_a_closed_month_keeps_its_mapping(books: Books, lock: str) -> None:
    connection = books.connection
    approve(connection, CODE, "2026-01-01")
    early = propose(connection, OTHER_CODE, "2026-02-28")
    connection.execute(lock.encode())
    with pytest.raises(psycopg.errors.CheckViolation, match="a day after 2026-02-28"), connection.transaction():
        decide(connection, early)
    with pytest.raises(psycopg.errors.CheckViolation, match="RS-131"), connection.transaction():
        propose(connection, OTHER_CODE, "2026-02-28")
    approve(connection, OTHER_CODE, "2026-03-01")
    kept = connection.execute("select cost_code, effective_to from core.mapping order by effective_from").fetchall()
    assert kept == [
        {"cost_code": CODE, "effective_to": date(2026, 2, 28)},
        {"cost_code": OTHER_CODE, "effective_to": None},
    ]
    for statement in (
        "update core.mapping set cost_code = '03 30 00' where effective_from = '2026-01-01'",
        "update core.mapping set effective_to = '2026-02-20' where effective_from = '2026-01-01'",
        "delete from core.mapping where effective_from = '2026-01-01'",
    ):
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="RS-132"), connection.transaction():
            connection.execute(statement.encode())


def test_what_is_on_its_way_to_sage_keeps_its_mapping(books: Books) -> None:
    connection = books.connection
    approve(connection, CODE, "2026-01-01")
    books.happen("installed", "I1", "2026-02-10", "30", "PO1", receipt_event_id="R1", **BARE)
    books.value()
    approve(connection, OTHER_CODE, "2026-02-10", end="2026-02-10")
    approve(connection, CODE, "2026-02-10", end="2026-02-10")
    ledger.value_events(connection)
    books.post()
    with pytest.raises(psycopg.errors.CheckViolation, match="a day after 2026-02-10"), connection.transaction():
        propose(connection, OTHER_CODE, "2026-02-10")
    with pytest.raises(psycopg.errors.CheckViolation, match="a day after 2026-02-10"), connection.transaction():
        propose(connection, OTHER_CODE, "2026-02-01", job=JOB)
    approve(connection, OTHER_CODE, "2026-02-11")


def test_what_is_in_force_follows_from_an_approval(books: Books) -> None:
    proposal = propose(books.connection, CODE, "2026-01-01")
    insert = (
        "insert into core.mapping (company_id, material_class, effective_from, cost_code, category, owner, "
        "approved_by, proposal_no) values ('AW', 'steel', '2026-01-01', '05 05 23', 'M', 'pm', 'bob', %s)"
    )
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="RS-631"), books.connection.transaction():
        books.connection.execute(insert.encode(), (proposal,))
    decide(books.connection, proposal)
    with pytest.raises(psycopg.errors.ExclusionViolation, match="RS-134"), books.connection.transaction():
        books.connection.execute(insert.replace("01-01", "05-01").encode(), (proposal,))
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="RS-133"), books.connection.transaction():
        books.connection.execute("update core.mapping_proposal set cost_code = 'x'")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("", JOB)),
        st.sampled_from((CODE, OTHER_CODE, "")),
        st.integers(0, 20),
        st.none() | st.integers(0, 8),
    ),
    max_size=7,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_on_every_day_the_proposal_approved_last_holds_the_jobs_own_first(
    books: Books, steps: list[tuple[str, str, int, int | None]]
) -> None:
    connection = books.connection
    days = [FIRST + timedelta(days=number) for number in range(30)]
    expected: dict[tuple[str, date], str] = {}
    with connection.transaction(force_rollback=True):
        for job, code, start, length in steps:
            begin = FIRST + timedelta(days=start)
            end = None if length is None else begin + timedelta(days=length)
            approve(connection, code, str(begin), job=job, end=end and str(end))
            expected |= {(job, day): code for day in days if begin <= day <= (end or date.max)}
        rows = connection.execute(
            "select d.day::date as day, m.cost_code from generate_series(%s::date, %s::date, interval '1 day') "
            "as d (day) left join lateral core.mapping_in_force('AW', 'steel', %s, d.day::date) as m on true",
            (days[0], days[-1], JOB),
        ).fetchall()
        found = {row["day"]: row["cost_code"] for row in rows}
    assert found == {day: expected.get((JOB, day)) or expected.get(("", day)) or None for day in days}


def lines(*wanted: tuple[str, str, str | None]) -> tuple[CodeMapping, ...]:
    return tuple(
        CodeMapping(
            *("steel", "", "", code, "M"),
            date.fromisoformat(start),
            date.fromisoformat(end) if end else None,
            "pm",
            "controller",
            place=f"aw.csv line {number}",
        )
        for number, (code, start, end) in enumerate(wanted, start=2)
    )


def test_a_file_comes_into_force_once_and_leaves_the_tables_alone(books: Books) -> None:
    connection = books.connection
    first = lines((CODE, "2026-01-01", None), (OTHER_CODE, "2026-04-01", "2026-04-30"))
    assert mappings.store_mappings(connection, "AW", (), first) == 3
    assert mappings.store_mappings(connection, "AW", first, first) == 0
    assert mappings.store_mappings(connection, "AW", (), first) == 0
    approve(connection, OTHER_CODE, "2026-06-01")
    assert mappings.store_mappings(connection, "AW", first, first) == 0
    assert mappings.store_mappings(connection, "AW", first, ()) == 0
    assert len(connection.execute("select from core.mapping where cost_code = %s", (OTHER_CODE,)).fetchall()) == 2
    origins = connection.execute("select distinct origin from mart.mapping order by origin").fetchall()
    assert [row["origin"] for row in origins] == ["aw.csv line 2", "aw.csv line 3", "table"]


def test_a_file_that_would_change_the_past_is_refused_with_its_line(books: Books) -> None:
    connection = books.connection
    first = lines((CODE, "2026-01-01", None))
    mappings.store_mappings(connection, "AW", (), first)
    connection.execute("insert into core.fiscal_period values ('AW', '2026-02', 'JC', 'Closed', 1)")
    with pytest.raises(BadConfig, match=r"RS-131.*aw.csv line 2, effective_from.*after 2026-02-28.*2026-01-01"):
        mappings.store_mappings(connection, "AW", first, lines((OTHER_CODE, "2026-01-01", None)))
    later = lines((CODE, "2026-01-01", None), (OTHER_CODE, "2026-03-01", None))
    assert mappings.store_mappings(connection, "AW", first, later) == 1
