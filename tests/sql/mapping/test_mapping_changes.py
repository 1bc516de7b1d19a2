"""Changes of mappings asked for in Airflow: kept once, refused in words, shown with what moves, decided by another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sage_bridge.errors import BadConfig, NotApproved
from sage_bridge.reconcile import Decision
from sage_hooks import ledger, mapping_changes
from tests.sql.mapping.test_mappings import propose, tag
from tests.sql.recon.books import CODE, JOB, OTHER_CODE

if TYPE_CHECKING:
    from tests.sql.recon.books import Books

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def wanted(**other: Any) -> dict[str, Any]:
    asked = {
        "company_id": "AW", "material_class": "steel", "job": "", "extra": "", "cost_code": CODE, "category": "M",
        "effective_from": "2026-01-01", "effective_to": None, "proposal_no": None,
    }  # fmt: skip
    return {**asked, **other}


def answer(is_approved: bool, by: str = "controller") -> Decision:
    return Decision(by, is_approved, "as agreed", NOON)


def test_a_run_has_one_proposal_and_what_is_approved_holds(books: Books) -> None:
    books.value()
    found = mapping_changes.propose(books.connection, wanted(), "finance", "r1")
    assert mapping_changes.propose(books.connection, wanted(), "finance", "r1") == found
    assert found.proposed_by == "finance"
    subject, body = mapping_changes.question(books.connection, found.proposal_no)
    assert subject == "Mapping of steel, AW"
    assert f"**{CODE} / M**" in body
    assert f"| {JOB} | waits | {CODE} / M | not valued yet | 1 | 100.0000 |" in body
    assert mapping_changes.decide(books.connection, found.proposal_no, answer(True))
    # The task that is tried again.
    assert mapping_changes.decide(books.connection, found.proposal_no, answer(True))
    ledger.value_events(books.connection)
    assert tag(books.connection, "R1") == ("tagged", "mapping", CODE)


def test_what_is_refused_changes_nothing(books: Books) -> None:
    books.value()
    found = mapping_changes.propose(books.connection, wanted(), "finance", "r1")
    assert not mapping_changes.decide(books.connection, found.proposal_no, answer(False))
    with pytest.raises(NotApproved, match=r"RS-632 .*found: refused by controller"):
        mapping_changes.decide(books.connection, found.proposal_no, answer(True, "another"))
    ledger.value_events(books.connection)
    assert tag(books.connection, "R1")[0] == "waiting"


def test_a_proposal_of_the_table_is_asked_about(books: Books) -> None:
    number = propose(books.connection, CODE, "2026-01-01")
    found = mapping_changes.propose(books.connection, wanted(proposal_no=number), "finance", "r1")
    assert (found.proposal_no, found.proposed_by) == (number, "ann")
    mapping_changes.decide(books.connection, number, answer(True))
    with pytest.raises(NotApproved, match=r"RS-632 .*found: approved"):
        mapping_changes.propose(books.connection, wanted(proposal_no=number), "finance", "r2")
    with pytest.raises(NotApproved, match="no such proposal"):
        mapping_changes.propose(books.connection, wanted(proposal_no=number + 1), "finance", "r2")


def test_the_database_refuses_the_proposer_whoever_calls(books: Books) -> None:
    found = mapping_changes.propose(books.connection, wanted(), "finance", "r1")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="RS-633"):
        mapping_changes.decide(books.connection, found.proposal_no, answer(True, "finance"))


@pytest.mark.parametrize(
    ("other", "setting"),
    [
        ({"material_class": ""}, "material_class"),
        ({"company_id": ""}, "company_id"),
        ({"effective_from": None}, "effective_from"),
        ({"category": ""}, "category"),
        ({"cost_code": ""}, "cost_code"),
        ({"effective_to": "2025-12-31"}, "effective_to"),
        ({"material_class": "gold"}, "material_class"),
        ({"cost_code": "99 99 99"}, "cost_code"),
        ({"job": "nowhere", "cost_code": OTHER_CODE}, "job"),
    ],
)
def test_what_cannot_be_is_named(books: Books, other: dict[str, Any], setting: str) -> None:
    faults = mapping_changes.faults(books.connection, wanted(**other))
    assert setting in {fault["setting"] for fault in faults}
    assert all(fault["allowed"] for fault in faults)
    with pytest.raises(BadConfig, match=f"RS-131 .*{faults[0]['setting']}"):
        mapping_changes.propose(books.connection, wanted(**other), "finance", "r1")


def test_nobody_proposes_without_a_name(books: Books) -> None:
    with pytest.raises(BadConfig, match="RS-159"):
        mapping_changes.propose(books.connection, wanted(), "", "r1")
