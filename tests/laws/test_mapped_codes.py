"""Mappings give the codes the oracle gives, whichever were approved before and which after the events came (L4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_hooks import ledger
from tests.laws import test_valuation
from tests.laws.found_histories import LINE, STOCK, happening
from tests.laws.histories import CODES
from tests.laws.model_records import ChangeOrder, CodeRule, Codes, Event, Line
from tests.laws.profile import LONGEST, settings_of
from tests.laws.test_valuation import COMPANY, arrive, empty, expected, know_lines, recorded, worlds

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

books = test_valuation.books
CLASSES = {"REBAR": "steel", "PIPE": "pipe"}
RULES = [
    CodeRule("steel", "", "2026-01-01", "", CODES[0]),
    CodeRule("steel", "", "2026-01-20", "2026-02-05", CODES[1]),
    CodeRule("steel", "J2", "2026-01-10", "", CODES[3]),
    CodeRule("pipe", "J1", "2026-01-05", "2026-02-10", CODES[1]),
    CodeRule("pipe", "J2", "2026-01-15", "", CODES[2]),
]


def known_items(connection: Connection) -> None:
    """Put the catalog into the mirror; forget the mappings of the example before."""
    with connection.transaction():
        connection.execute("truncate core.mapping, core.mapping_proposal, core.item")
        for item, material_class in CLASSES.items():
            connection.execute(
                "insert into core.item values (%s, %s, '', 'EA', %s, null, 0)", (COMPANY, item, material_class)
            )


def approve(connection: Connection, rule: CodeRule) -> None:
    """Propose a mapping and let another person approve it."""
    with connection.transaction():
        row = connection.execute(
            "insert into core.mapping_proposal (company_id, material_class, job, cost_code, category, effective_from, "
            "effective_to, owner, proposed_by) values (%s, %s, %s, %s, %s, %s, %s, 'pm', 'ann') returning proposal_no",
            (
                COMPANY, rule.material_class, rule.job, rule.codes.cost_code, rule.codes.category,
                rule.effective_from, rule.effective_to or None,
            ),
        ).fetchone()  # fmt: skip
        assert row is not None
        connection.execute("select core.decide_mapping(%s, 'approved', '', 'bob')", (row["proposal_no"],))


def in_force(rules: list[CodeRule]) -> list[CodeRule]:
    """Give the rules as approving them one after another leaves them: what held before is cut back by days."""
    kept: list[CodeRule] = []
    for rule in rules:
        cut = []
        for one in kept:
            if (one.material_class, one.job) != (rule.material_class, rule.job) or not one.covers(
                rule.material_class, rule.job, rule.effective_from
            ):
                cut.append(one)
                continue
            cut.append(one._replace(effective_to=day_before(rule.effective_from)))
            if rule.effective_to:
                cut.append(one._replace(effective_from=day_after(rule.effective_to)))
        kept = [*cut, rule]
    return kept


def day_before(day: str) -> str:
    return {"2026-01-20": "2026-01-19"}[day]


def day_after(day: str) -> str:
    return {"2026-02-05": "2026-02-06"}[day]


def bare(line: Line) -> Line:
    """The same line without a cost code."""
    return line._replace(codes=Codes(line.codes.job, "", "", ""))


def check(
    connection: Connection, known: list[Line], orders: list[ChangeOrder], moved: list[Event], rules: list[CodeRule]
) -> None:
    """Compare what is recorded and what waits with the oracle; valuing again records nothing."""
    wanted, waits = expected(known, orders, moved, code_rules=in_force(rules), material_classes=CLASSES)
    found = recorded(connection)
    waiting = connection.execute("select event_id from ledger.event_tag where status = 'waiting'").fetchall()
    connection.commit()
    assert found == wanted
    assert {row["event_id"] for row in waiting} == set(waits)
    again = ledger.value_events(connection)
    connection.commit()
    assert again.entries == 0


@pytest.mark.timeout(LONGEST)
@settings_of(examples=12)
@given(world=worlds(), bares=st.lists(st.booleans(), min_size=3, max_size=3), late=st.integers(0, len(RULES)))
def test_mappings_give_the_oracles_codes_whenever_they_are_approved(
    books: Connection,
    world: tuple[list[Line], list[list[list[ChangeOrder | Event]]]],
    bares: list[bool],
    late: int,
) -> None:
    drawn, parts = world
    batches = [batch for part in parts for batch in part]
    arrived = [one for batch in batches for one in batch]
    moved = [one for one in arrived if isinstance(one, Event)]
    orders = [one for one in arrived if not isinstance(one, Event)]
    known = [bare(line) if is_bare else line for line, is_bare in zip(drawn, bares, strict=False)]
    books.rollback()
    empty(books)
    known_items(books)
    with books.transaction():
        know_lines(books, known)
    for rule in RULES[:late]:
        approve(books, rule)
    for batch in batches:
        arrive(books, batch)
    for rule in RULES[late:]:
        approve(books, rule)
    ledger.value_events(books)
    check(books, known, orders, moved, RULES)


J1, J2 = Codes("J1", "", "", ""), Codes("J2", "", "", "")
CASES: dict[str, tuple[list[Line], list[Event], dict[tuple[str, Codes], int]]] = {
    "a draw by item and location on a line without codes is mapped on its own day": (
        [bare(LINE)],
        [
            happening("E0", "received", 2, "10", item_number=1, **STOCK),
            happening("E1", "installed", 25, "4", **STOCK),
            happening("E2", "installed", 15, "3", **STOCK),
        ],
        {("E1", CODES[1]): 4, ("E2", CODES[0]): 3},
    ),
    "an event that names only a job is mapped by that job's mapping": (
        [LINE],
        [
            happening("E0", "received", 2, "10", item_number=1),
            happening("E1", "installed", 12, "4", receipt_event_id="E0", codes=J2),
            happening("E2", "installed", 12, "3", item_number=1),
        ],
        {("E1", CODES[3]): 4, ("E2", CODES[0]): 3},
    ),
    "what is allocated by a mapping is consumed on its codes, though another holds by then": (
        [bare(LINE)],
        [
            happening("E0", "received", 2, "10", item_number=1),
            happening("E1", "allocated", 3, "4", receipt_event_id="E0"),
            happening("E2", "installed", 25, "6", receipt_event_id="E0"),
        ],
        {("E2", CODES[0]): 4, ("E2", CODES[1]): 2},
    ),
    "a transfer to a job goes on that job's mapping": (
        [LINE],
        [
            happening("E0", "received", 2, "10", item_number=1),
            happening("E1", "transferred", 12, "4", receipt_event_id="E0", to=J2),
            happening("E2", "installed", 25, "4", receipt_event_id="E1"),
        ],
        {("E2", CODES[3]): 4},
    ),
    "what was moved by a mapping is there for its job after the mapping has ended": (
        [LINE._replace(codes=CODES[2], standard_item="PIPE")],
        [
            happening("E0", "received", 2, "10", item_number=1),
            happening("E1", "transferred", 12, "4", receipt_event_id="E0", to=J1),
            happening("E2", "installed", 12, "4", receipt_event_id="E1", codes=J1)._replace(
                occurred_at="2026-02-15T12:00:00+00:00"
            ),
        ],
        {("E2", CODES[1]): 4},
    ),
}


@pytest.mark.parametrize("late", [0, len(RULES)])
@pytest.mark.parametrize(("known", "moved", "installed"), CASES.values(), ids=CASES)
def test_which_mapping_counts(
    books: Connection, known: list[Line], moved: list[Event], installed: dict[tuple[str, Codes], int], late: int
) -> None:
    books.rollback()
    empty(books)
    known_items(books)
    with books.transaction():
        know_lines(books, known)
    for rule in RULES[:late]:
        approve(books, rule)
    arrive(books, list(moved))
    for rule in RULES[late:]:
        approve(books, rule)
    ledger.value_events(books)
    rows = recorded(books)
    books.commit()
    found = {(key[1], tuple(key[4:8])): units for key, (units, _) in rows.items() if key[2] == "installed"}
    assert found == installed
    check(books, known, [], moved, RULES)
