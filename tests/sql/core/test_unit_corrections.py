"""Several steps of the catalog make one way; a corrected unit moves the lines it concerns and no other (domain 3)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from tests.sql.core.test_units import POUND, books, know, ratio, waiting
from tests.sql.mart.conftest import mart_dsn, warehouse

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection
    from tests.sql.recon.books import Books

pytestmark = pytest.mark.slow

__all__ = ["books", "mart_dsn", "warehouse"]


def know_all(connection: Connection, *steps: tuple[str, str, str]) -> None:
    for start, end, top in steps:
        know(connection, "REBAR", start, end, top)


@pytest.mark.usefixtures("company")
def test_a_way_over_several_steps_of_the_catalog_is_exact(warehouse: Connection) -> None:
    know(warehouse, "NAIL", "BOX", "EA", "24")
    know(warehouse, "NAIL", "KG", "EA", "7", "3")
    know(warehouse, "NAIL", "PLT", "BOX", "40", since="2024-07-01")
    box, pallet = ratio(warehouse, "box", "LB", "NAIL"), ratio(warehouse, "PLT", "KG", "NAIL")
    kilograms = Fraction(24 * 3, 7)
    assert Fraction(box["numerator"]) / Fraction(box["denominator"]) == kilograms / POUND
    assert Fraction(pallet["numerator"]) / Fraction(pallet["denominator"]) == 40 * kilograms
    assert ratio(warehouse, "PLT", "KG", "NAIL", "2024-06-30")["rule"] == "unit_without_factor"
    assert ratio(warehouse, "box", "LB", "SCREW")["rule"] == "unit_without_factor"
    # What is stated itself goes before what follows from steps.
    know(warehouse, "NAIL", "BOX", "KG", "10")
    assert (
        ratio(warehouse, "box", "KG", "NAIL")["numerator"] / ratio(warehouse, "box", "KG", "NAIL")["denominator"] == 10
    )


@pytest.mark.usefixtures("company")
def test_what_is_said_of_an_item_goes_before_what_is_said_of_all_on_every_step(warehouse: Connection) -> None:
    know(warehouse, "", "BOX", "EA", "100")
    know(warehouse, "", "DOZ", "KG", "1")
    know(warehouse, "NAIL", "BOX", "DOZ", "4")
    found = [ratio(warehouse, "BOX", "KG", item) for item in ("NAIL", "SCREW")]
    assert [Fraction(one["numerator"]) / Fraction(one["denominator"]) for one in found] == [4, Fraction(100, 12)]


def test_ways_that_differ_are_refused_by_name_until_one_is_ended(books: Books) -> None:
    books.connection.execute(b"update core.commitment_item set unit = 'KG'")
    know_all(books.connection, ("BOX", "EA", "24"), ("EA", "KG", "0.2"), ("BOX", "BAG", "2"), ("BAG", "KG", "2.4"))
    books.happen("received", "R1", "2024-11-02", "2", "PO-1", unit="box")
    books.value()
    assert units_of(books) == {"R1": Decimal("9.6")}
    books.connection.execute(b"update core.unit_conversion set numerator = 2.5 where from_unit = 'BAG'")
    books.value()
    (found,) = books.connection.execute(b"select record_key, rule, owner, reason from mart.open_exception").fetchall()
    assert (found["record_key"], found["rule"], found["owner"]) == ("R1", "unit_ambiguous", "purchasing")
    assert found["reason"].endswith("ways that differ: BOX -> BAG -> KG = 5; BOX -> EA -> KG = 4.8")
    assert units_of(books) == {}
    books.connection.execute(b"update core.unit_conversion set effective_to = '2024-10-31' where from_unit = 'BAG'")
    books.value()
    assert (units_of(books), waiting(books)) == ({"R1": Decimal("9.6")}, {})


def units_of(books: Books) -> dict[str, Decimal]:
    rows = books.connection.execute(
        b"select event_id, sum(units) as units from ledger.value_entry where measure <> 'allocated' group by event_id"
    ).fetchall()
    return {row["event_id"]: row["units"] for row in rows if row["units"]}


def touched(books: Books) -> set[str]:
    rows = books.connection.execute(b"select commitment from ledger.touched_line").fetchall()
    return {row["commitment"] for row in rows}


@pytest.fixture
def stock(books: Books) -> Books:
    """Three lines in bags: PO-1 received by the pallet, PO-2 by the bag, PO-3 another item by the pallet."""
    for commitment in ("PO-2", "PO-3"):
        books.order(commitment, "100", "10", "2024-10-01")
    books.connection.execute(b"insert into core.item values ('AW', 'GROUT', 'Grout', 'EA', 'grout', null, 1)")
    books.connection.execute(b"update core.commitment_item set unit = 'BAG'")
    books.connection.execute(b"update core.commitment_item set standard_item = 'GROUT' where commitment = 'PO-3'")
    know(books.connection, "", "PLT", "BAG", "40")
    books.happen("received", "R1", "2024-11-02", "2", "PO-1", unit="PLT")
    books.happen("received", "R2", "2024-11-02", "2", "PO-2", unit="BAG")
    books.happen("received", "R3", "2024-11-02", "2", "PO-3", unit="PLT", standard_item="GROUT")
    books.value()
    assert units_of(books) == {"R1": 80, "R2": 2, "R3": 80}
    return books


@pytest.mark.parametrize(
    ("correction", "concerned"),
    [
        ("update core.unit_conversion set numerator = 35", {"PO-1": 70, "PO-3": 70}),
        ("update core.unit_conversion set approved_by = approved_by", {}),
        ("insert into core.unit_conversion values ('AW', 'REBAR', 'PLT', 'BAG', '2024-11-01', null, 35, 1, 'p')",
         {"PO-1": 70}),
        ("insert into core.unit_conversion values ('AW', 'REBAR', 'PLT', 'BAG', '2024-11-03', null, 35, 1, 'p')", {}),
        ("insert into core.unit_conversion values ('AW', 'REBAR', 'ROLL', 'KG', '2024-11-01', null, 35, 1, 'p')", {}),
        ("insert into core.unit_spelling values ('AW', 'PLT', 'BAG')", {"PO-1": 2, "PO-3": 2}),
        ("insert into core.unit_spelling values ('AW', 'ROLLE', 'ROLL')", {}),
        ("update core.unit_spelling set unit = 'BAG' where spelling in ('PLT', 'PALLET')", {"PO-1": 2, "PO-3": 2}),
    ],
)  # fmt: skip
def test_a_correction_of_units_touches_the_lines_it_concerns_and_no_other(
    stock: Books, correction: str, concerned: dict[str, int]
) -> None:
    assert touched(stock) == set()
    stock.connection.execute(correction.encode())
    assert touched(stock) == set(concerned)
    stock.value()
    names = {"PO-1": "R1", "PO-2": "R2", "PO-3": "R3"}
    wanted = {"R1": 80, "R2": 2, "R3": 80} | {names[line]: units for line, units in concerned.items()}
    assert units_of(stock) == wanted


def test_a_factor_taken_away_lets_wait_what_it_converted_and_draws_of_the_item_too(stock: Books) -> None:
    stock.happen("installed", "I1", "2024-11-03", "1", "", item_number=None, unit="PLT")
    stock.value()
    assert units_of(stock)["I1"] == 40
    stock.connection.execute(b"update core.unit_conversion set numerator = 41")
    assert touched(stock) == {"PO-1", "PO-2", "PO-3"}
    stock.value()
    assert units_of(stock)["I1"] == 41
    stock.connection.execute(b"delete from core.unit_conversion")
    stock.value()
    assert set(waiting(stock)) == {"R1", "R3", "I1"}


def test_a_line_is_worth_its_tax_from_the_moment_the_profile_says_so(books: Books) -> None:
    books.connection.execute(b"update core.commitment_item set amount = amount + 80, amount_tax = 80")
    whole = books.connection.execute(b"select units, unit, amount from core.commitment_item").fetchone()
    assert whole is not None
    books.happen("received", "R1", "2024-11-02", "10", "PO-1", unit=str(whole["unit"]))
    books.value()
    received = "select sum(amount) as amount from ledger.value_entry where measure = 'received'"
    before = books.connection.execute(received.encode()).fetchone()
    assert before is not None
    assert before["amount"] == round((whole["amount"] - 80) * 10 / whole["units"], 2)
    for is_on_lines, amount in ((True, whole["amount"]), (False, whole["amount"] - 80)):
        books.connection.execute(
            b"update core.company set profile = jsonb_set(profile, '{tax_on_lines}', to_jsonb(%s::boolean))",
            (is_on_lines,),
        )
        books.value()
        found = books.connection.execute(received.encode()).fetchone()
        assert found == {"amount": round(amount * 10 / whole["units"], 2)}
