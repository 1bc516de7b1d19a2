"""Units convert by exact fractions, are known by many spellings, and are refused where nobody knows them (domain 3)."""

from __future__ import annotations

import csv
import gzip
import re
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sql.mart.conftest import mart_dsn, warehouse
from tests.sql.recon.books import Books

if TYPE_CHECKING:
    from pathlib import Path

    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

__all__ = ["mart_dsn", "warehouse"]

INCH = Fraction(254, 10000)
FOOT, POUND = 12 * INCH, Fraction(45359237, 10**8)
DEFINED = {
    "length": {
        "IN": INCH, "FT": FOOT, "YD": 3 * FOOT, "MI": 5280 * FOOT, "MM": Fraction(1, 1000), "CM": Fraction(1, 100),
        "M": Fraction(1), "KM": Fraction(1000),
    },
    "area": {
        "SI": INCH**2, "SF": FOOT**2, "SY": 9 * FOOT**2, "SQ": 100 * FOOT**2, "ACRE": 43560 * FOOT**2,
        "M2": Fraction(1), "HA": Fraction(10_000),
    },
    "volume": {
        "CF": FOOT**3, "CY": 27 * FOOT**3, "GAL": 231 * INCH**3, "QT": Fraction(231, 4) * INCH**3,
        "L": Fraction(1, 1000), "M3": Fraction(1),
    },
    "lumber": {"BF": Fraction(1), "MBF": Fraction(1000)},
    "mass": {
        "OZ": POUND / 16, "LB": POUND, "CWT": 100 * POUND, "TON": 2000 * POUND, "G": Fraction(1, 1000),
        "KG": Fraction(1), "MT": Fraction(1000),
    },
    "count": {n: Fraction(v) for n, v in (("EA", 1), ("PR", 2), ("DOZ", 12), ("HUN", 100), ("THOU", 1000))},
}  # fmt: skip
"""What the units are by their definitions, written apart from the table."""
ALL = [(name, dimension) for dimension, units in DEFINED.items() for name in units]
quantities = st.integers(1, 10**10).map(lambda n: Decimal(n).scaleb(-4))
SETTINGS = settings(max_examples=150, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


def ratio(connection: Connection, start: str, end: str, item: str = "", day: str = "2024-11-01") -> dict[str, Any]:
    found = connection.execute(
        "select * from ledger.unit_ratio('AW', %s, %s, %s, %s::date)", (item, start, end, day)
    ).fetchone()
    assert found is not None
    return found


def unit_of(connection: Connection, written: str) -> str | None:
    found = connection.execute("select core.unit_of('AW', %s) as unit", (written,)).fetchone()
    assert found is not None
    return found["unit"]


def rounded(value: Fraction) -> Decimal:
    """Round to four places, half away from zero, without a quotient between."""
    number = (value * 10_000 * 2 + 1) // 2
    return Decimal(int(number)).scaleb(-4)


def test_every_unit_is_what_its_definition_says(warehouse: Connection) -> None:
    rows = warehouse.execute(b"select unit, dimension, numerator, denominator from core.unit").fetchall()
    held = {(row["unit"], row["dimension"]): Fraction(row["numerator"]) / Fraction(row["denominator"]) for row in rows}
    assert {key: held[key] for key in ALL} == {(unit, kind): DEFINED[kind][unit] for unit, kind in ALL}
    # The rest measures nothing but itself.
    assert {value for key, value in held.items() if key not in ALL} == {Fraction(1)}


@SETTINGS
@given(
    pair=st.sampled_from(ALL).flatmap(
        lambda one: st.tuples(st.just(one), st.sampled_from([(unit, one[1]) for unit in DEFINED[one[1]]]))
    ),
    quantity=quantities,
)
def test_a_quantity_is_converted_exactly_and_rounded_once(
    warehouse: Connection, pair: tuple[tuple[str, str], tuple[str, str]], quantity: Decimal
) -> None:
    (start, dimension), (end, _) = pair
    wanted = DEFINED[dimension][start] / DEFINED[dimension][end]
    there, back = ratio(warehouse, start, end), ratio(warehouse, end, start)
    assert Fraction(there["numerator"]) / Fraction(there["denominator"]) == wanted
    assert Fraction(back["numerator"]) / Fraction(back["denominator"]) == 1 / wanted
    exact = Fraction(quantity) * wanted
    if exact < 10**13:
        found = warehouse.execute(
            "select ledger.convert_units(%s, %s, %s) as units, ledger.convert_units(-%s::numeric, %s, %s) as minus",
            (quantity, there["numerator"], there["denominator"]) * 2,
        ).fetchone()
        assert found == {"units": rounded(exact), "minus": -rounded(exact)}
        assert abs(Fraction(found["units"]) - exact) <= Fraction(1, 20_000)


@pytest.fixture
def agreed(company: str) -> str:
    """The company, for all examples of a property."""
    return company


@SETTINGS
@given(
    holds=st.tuples(st.integers(1, 10**9), st.integers(1, 10**6)),
    ends=st.tuples(st.sampled_from(["LB", "TON", "KG", "OZ"]), st.sampled_from(["LB", "TON", "KG", "OZ"])),
)
@pytest.mark.usefixtures("agreed")
def test_the_catalog_is_read_forwards_and_backwards_and_the_rest_of_the_way_is_exact(
    warehouse: Connection, holds: tuple[int, int], ends: tuple[str, str]
) -> None:
    inner, wanted = ends
    with warehouse.transaction(force_rollback=True):
        know(warehouse, "CEMENT", "BAG", inner, str(holds[0]), str(holds[1]))
        there, back = ratio(warehouse, "bags", wanted, "CEMENT"), ratio(warehouse, wanted, "bag", "CEMENT")
    due = Fraction(*holds) * DEFINED["mass"][inner] / DEFINED["mass"][wanted]
    assert Fraction(there["numerator"]) / Fraction(there["denominator"]) == due
    assert Fraction(back["numerator"]) / Fraction(back["denominator"]) == 1 / due


def know(
    connection: Connection, item: str, start: str, end: str, top: str, bottom: str = "1", *,
    since: str = "2024-01-01", until: str | None = None,
) -> None:  # fmt: skip
    connection.execute(
        "insert into core.unit_conversion values ('AW', %s, %s, %s, %s, %s, %s, %s, 'purchasing')",
        (item, start, end, since, until, top, bottom),
    )


@pytest.mark.usefixtures("company")
def test_a_conversion_holds_from_its_day_and_that_of_an_item_goes_first(warehouse: Connection) -> None:
    know(warehouse, "", "PLT", "BAG", "40")
    know(warehouse, "CEMENT", "PLT", "BAG", "35", since="2024-01-01", until="2024-06-30")
    know(warehouse, "CEMENT", "PLT", "BAG", "42", since="2024-07-01")
    found = [
        ratio(warehouse, "Pallets", "BAG", item, day)["numerator"]
        for item, day in (("GROUT", "2024-05-01"), ("CEMENT", "2024-06-30"), ("CEMENT", "2024-07-01"))
    ]
    assert found == [40, 35, 42]
    assert ratio(warehouse, "Pallets", "BAG", "CEMENT", "2023-12-31")["rule"] == "unit_without_factor"
    assert ratio(warehouse, "SF", "CY")["rule"] == "unit_without_factor"
    assert ratio(warehouse, "wagonful", "CY")["rule"] == "unit_unknown"
    assert ratio(warehouse, "Wagon-ful", "wagonful")["rule"] is None


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("C.Y.", "CY"), ("cu. yd.", "CY"), ("Lin. Ft.", "FT"), ("L.F.", "FT"), ("sq ft", "SF"), ("S.Y.", "SY"),
        ("Ton ", "TON"), ("Each", "EA"), ("LBS", "LB"), ("Gal.", "GAL"), ("m²", "M2"), ("M-3", "M3"), ("C62", "EA"),
        ("#REF!", None), ("", None), ("CYLINDER", None), ("K", None),
    ],
)  # fmt: skip
def test_what_people_write(warehouse: Connection, written: str, unit: str | None) -> None:
    assert unit_of(warehouse, written) == unit


@pytest.mark.usefixtures("company")
def test_a_company_may_write_units_its_own_way(warehouse: Connection) -> None:
    warehouse.execute("insert into core.unit_spelling values ('AW', 'CY', 'DRUM'), ('AW', 'STUECK', 'EA')")
    assert (unit_of(warehouse, "C.Y."), unit_of(warehouse, "Stueck")) == ("DRUM", "EA")


def test_the_units_of_real_bids_are_known_and_what_is_no_unit_is_refused(
    warehouse: Connection, foreign_data: Path
) -> None:
    with gzip.open(foreign_data / "portland_bid_tabs" / "bid_items_raw.csv.gz", "rt", encoding="utf-8") as file:
        written = {row["unit_code_raw"] for row in csv.DictReader(file)}
    with gzip.open(foreign_data / "portland_bid_tabs" / "items.csv.gz", "rt", encoding="utf-8") as file:
        written |= {row["unit_norm"] for row in csv.DictReader(file)}
    found = {one: unit_of(warehouse, one) for one in written}
    assert {one for one, unit in found.items() if unit is None} == {"#REF!", ""}
    assert len(found) > 10
    assert {found[one] for one in ("Each", "EACH")} == {"EA"}


def test_codes_of_recommendation_20_mean_what_it_says(warehouse: Connection, foreign_data: Path) -> None:
    with (foreign_data / "reference" / "unece_rec20_units.csv").open(encoding="utf-8") as file:
        codes = {row["CommonCode"]: row for row in csv.DictReader(file)}
    rows = warehouse.execute(
        b"select s.spelling, u.dimension, u.numerator, u.denominator, u.unit_name from core.unit_spelling as s "
        b"inner join core.unit as u on u.unit = s.unit where s.company_id = ''"
    ).fetchall()
    off, checked = {}, 0
    for row in rows:
        said = codes.get(row["spelling"])
        if said is None:
            continue
        checked += 1
        theirs = factor(said["ConversionFactor"])
        ours = Fraction(row["numerator"]) / Fraction(row["denominator"])
        words = {word.rstrip("s") for word in said["Name"].lower().replace("(", " ").split()}
        is_named = bool(words & {word.rstrip("s") for word in row["unit_name"].lower().split()})
        if not is_named or (theirs is not None and row["dimension"] in DEFINED and not near(ours, theirs)):
            off[row["spelling"]] = (row["unit_name"], said["Name"])
    assert checked > 30
    assert off == OTHER_MEANING


def factor(text: str) -> Fraction | None:
    """Read '9,290 304 x 10⁻² m²' or '10³ kg' as a number; None where it is none."""
    mantissa, power = re.match(r"([0-9][0-9 ,]*)? ?(?:x )?(?:(10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+))?", text).groups()  # type: ignore[union-attr]
    raised = re.match(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)", text)
    if raised is not None:
        mantissa, power = "1", raised[0]
    if mantissa is None:
        return None
    exponent = (power or "10")[2:].translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
    return Fraction(mantissa.replace(" ", "").replace(",", ".")) * Fraction(10) ** int(exponent or 0)


def near(ours: Fraction, theirs: Fraction) -> bool:
    """Tell whether two factors are one: theirs are printed with seven digits, some by the older survey foot."""
    return abs(ours - theirs) <= ours / 10**5


OTHER_MEANING = {
    "C62": ("each", "one"),
    "CTN": ("carton", "content ton (metric)"),
    "CY": ("cubic yard", "cylinder"),
    "H87": ("each", "piece"),
    "HA": ("hectare", "hank"),
    "KG": ("kilogram", "keg"),
    "MT": ("metric ton", "mat"),
    "PK": ("package", "pack"),
    "RL": ("roll", "reel"),
    "SHT": ("sheet", "shipping ton"),
    "STK": ("stick", "stick, cigarette"),
    "TN": ("short ton of 2000 pounds", "tin"),
}
"""Where trade on site says or means something else by the letters of a code; ours, theirs."""


@pytest.fixture
def books(warehouse: Connection, company: str) -> Books:
    """One line of 100 bags at 10.00."""
    books = Books(warehouse, company)
    books.order("PO-1", "100", "10", "2024-10-01")
    warehouse.execute("update core.commitment_item set unit = 'BAG'")
    return books


def test_events_count_in_the_unit_of_the_line(books: Books) -> None:
    know(books.connection, "REBAR", "PLT", "BAG", "40")
    know(books.connection, "REBAR", "BAG", "LB", "94")
    books.happen("received", "R1", "2024-11-02", "2", "PO-1", unit="Pallet")
    books.happen("installed", "I1", "2024-11-03", "235", "PO-1", unit="lbs.")
    books.happen("installed", "I2", "2024-11-04", "1", "PO-1", unit="bags")
    books.value()
    found = books.connection.execute(
        b"select event_id, units, amount from ledger.value_entry order by event_id"
    ).fetchall()
    assert [(row["event_id"], row["units"], row["amount"]) for row in found] == [
        ("I1", Decimal("2.5"), Decimal("25.00")), ("I2", 1, Decimal("10.00")), ("R1", 80, Decimal("800.00")),
    ]  # fmt: skip


def test_an_unknown_unit_waits_with_its_remedy_until_its_spelling_is_listed(books: Books) -> None:
    books.happen("received", "R1", "2024-11-02", "2", "PO-1", unit="sackful")
    books.happen("received", "R2", "2024-11-02", "2", "PO-1", unit="CY")
    books.happen("received", "R3", "2024-11-02", "0.0001", "PO-1", unit="OZ")
    know(books.connection, "REBAR", "BAG", "TON", "1")
    books.value()
    assert waiting(books) == {"R1": "unit_unknown", "R2": "unit_without_factor", "R3": "unit_too_small"}
    books.connection.execute("insert into core.unit_spelling values ('AW', 'SACKFUL', 'BAG')")
    books.value()
    assert set(waiting(books)) == {"R2", "R3"}


def waiting(books: Books) -> dict[str, str]:
    rows = books.connection.execute(b"select record_key, rule from mart.open_exception").fetchall()
    return {row["record_key"]: row["rule"] for row in rows}


def test_stock_of_an_item_in_several_units_is_drawn_by_its_line_only(books: Books) -> None:
    books.order("PO-2", "100", "10", "2024-10-01")
    books.happen("received", "R1", "2024-11-02", "2", "PO-1", unit="BAG")
    books.happen("received", "R2", "2024-11-02", "2", "PO-2", unit="EA")
    books.happen("installed", "I1", "2024-11-03", "1", "", item_number=None, unit="EA")
    books.value()
    assert waiting(books) == {"I1": "unit_without_factor"}
    books.connection.execute("update core.commitment_item set unit = 'BAG'")
    books.connection.execute("insert into core.unit_spelling values ('AW', 'EA', 'BAG')")
    books.value()
    assert waiting(books) == {}


def test_stock_in_one_unit_spelled_in_two_ways_is_one_stock(books: Books) -> None:
    books.order("PO-2", "100", "10", "2024-10-01")
    books.connection.execute("update core.commitment_item set unit = 'Bags' where commitment = 'PO-2'")
    books.happen("received", "R1", "2024-11-02", "2", "PO-1", unit="BAG")
    books.happen("received", "R2", "2024-11-02", "2", "PO-2", unit="bag.")
    books.happen("installed", "I1", "2024-11-03", "3", "", item_number=None, unit="bag")
    books.value()
    assert waiting(books) == {}


def test_a_reversal_undoes_at_the_factor_of_what_it_undoes(books: Books) -> None:
    know(books.connection, "REBAR", "PLT", "BAG", "40", until="2024-11-10")
    know(books.connection, "REBAR", "PLT", "BAG", "35", since="2024-11-11")
    books.happen("received", "R1", "2024-11-02", "2", "PO-1", unit="PLT")
    books.happen("reversed", "U1", "2024-11-20", "2", "PO-1", unit="PLT", reverses_event_id="R1")
    books.value()
    found = books.connection.execute(b"select event_id, units from ledger.value_entry order by event_id").fetchall()
    assert [(row["event_id"], row["units"]) for row in found] == [("R1", 80), ("U1", -80)]
