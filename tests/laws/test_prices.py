"""Price variance and accrual by day are the oracle's, however the facts became known; running again adds nothing."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sage_hooks.prices import value_prices
from tests.laws.model_covers import Book, Moved, Price, covered
from tests.laws.model_prices import ApRow, Codes, Draw, Layer, open_accrual, variance_by_codes
from tests.laws.model_totals import decimal
from tests.sql.mart.conftest import mart_dsn, warehouse
from tests.sql.recon.books import CODE, JOB, OTHER_CODE, Books

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

__all__ = ["mart_dsn", "warehouse"]

# The last days of the month that is signed, and the first of the next.
DAYS = [f"2024-11-{day}" for day in range(27, 31)] + [f"2024-12-{day:02d}" for day in range(1, 4)]
CODES: list[Codes] = [(JOB, "", CODE, "M"), (JOB, "", OTHER_CODE, "M")]
COST = Fraction(10)
MOVEMENT = """
insert into ledger.layer_movement values ('AW', 'PO-1', 1, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

SIGN, SIGNED = "insert into ledger.period_close values ('AW', '2024-11', 1, 1, 'h', 'controller')", DAYS[3]


class Movement(NamedTuple):
    """A row of `ledger.layer_movement`."""

    layer: int
    track: str
    day: str
    codes: Codes
    units: Fraction
    amount: Fraction
    closes: int = 0


class Facts(NamedTuple):
    """What is known of the line; `changes`: how much dearer a unit becomes, and when; `signed`: last days of months."""

    movements: list[Movement]
    rows: list[ApRow]
    changes: Sequence[Price] = ()
    signed: Sequence[str] = ()


units = st.integers(1, 400).map(lambda n: Fraction(n, 4))
money = st.integers(-20_000, 90_000).map(lambda n: Fraction(n, 100))
days = st.sampled_from(DAYS)


def merged(movements: list[Movement]) -> list[Movement]:
    """Add up what moves on a layer, day and codes, as a valuation does; nothing is left out but zeros."""
    sums: dict[Movement, list[Fraction]] = {}
    for one in movements:
        both = sums.setdefault(one._replace(units=Fraction(0), amount=Fraction(0)), [Fraction(0), Fraction(0)])
        both[0] += one.units
        both[1] += one.amount
    return [key._replace(units=number, amount=worth) for key, (number, worth) in sums.items() if number or worth]


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Receipts, cuts and revaluations of up to three layers, consumption from them, what is billed for them."""
    movements = []
    for layer in range(1, draw(st.integers(0, 3)) + 1):
        number = draw(units)
        day = draw(days)
        movements.append(Movement(layer, "Q", day, ("", "", "", ""), number, number * COST))
        if draw(st.booleans()):
            cut = draw(st.one_of(st.just(number), units.map(lambda n, most=number: min(n, most))))
            later = draw(st.sampled_from(DAYS[DAYS.index(day) :]))
            movements.append(Movement(layer, "Q", later, ("", "", "", ""), -cut, -cut * COST))
            number -= cut
        if draw(st.booleans()):
            movements.append(Movement(layer, "Q", draw(days), ("", "", "", ""), Fraction(0), draw(money)))
        for _ in range(draw(st.integers(0, 3))):
            part = min(draw(units), number)
            movements.append(Movement(layer, "C", draw(days), draw(st.sampled_from(CODES)), part, Fraction(0)))
            number -= part
    changes = []
    for layer in {one.layer for one in movements if one.track == "Q"}:
        change = Price(draw(days), Fraction(draw(st.sampled_from([0, 0, 0, -250, 37, 100])), 100))
        if change.cost:
            # What lies there is worth something else from that day on.
            changes.append(change)
            movements.append(Movement(layer, "Q", change.day, ("", "", "", ""), Fraction(0), change.cost * 7))
    return Facts(merged(movements), draw(bills()), changes[:2])


@st.composite
def bills(draw: st.DrawFn) -> list[ApRow]:
    """Bills and credits, with and without units."""
    rows = []
    for _ in range(draw(st.integers(0, 5))):
        billed = draw(st.one_of(st.just(Fraction(0)), units, units.map(lambda n: -n / 4)))
        price = Fraction(draw(st.integers(900, 1100)), 100)
        amount = round(billed * price, 2) if billed else draw(money)
        if amount:
            rows.append(ApRow(draw(st.sampled_from("PQR")), draw(days), billed, Fraction(amount)))
    return rows


def learn(connection: Connection, some: Facts, first_row: int) -> None:
    """Write facts as valuation and extracts would have."""
    books = Books(connection, is_new=False)
    for one in some.movements:
        values = (f"R{one.layer}", one.layer, one.track, one.day, *one.codes, str(decimal(one.units)), cent(one.amount))
        connection.execute(MOVEMENT.encode(), values)
    for number, row in enumerate(some.rows, start=first_row):
        books.invoice(f"AP{number}", row.day, cent(row.amount), "PO-1", invoice=row.bill, units=str(decimal(row.units)))
    for number, change in enumerate(some.changes, start=first_row):
        books.change("PO-1", str(number + 1), change.day, "0", cent(change.cost * 100))


def cent(amount: Fraction) -> str:
    return f"{amount.numerator / amount.denominator:.2f}"


def wanted(some: Facts, policy: str, day: str) -> dict[Codes, Fraction]:
    layers = {
        one.layer: Layer(Fraction(0), Fraction(0)) for one in some.movements if one.track == "Q" and one.day <= day
    }
    sums: dict[tuple[int, str, Codes], Fraction] = {}
    for one in some.movements:
        if one.day <= day and one.track == "Q":
            layers[one.layer].units += one.units
            layers[one.layer].value += Fraction(cent(one.amount))
        elif one.day <= day and one.layer in layers:
            key = (one.layer, one.day, one.codes)
            sums[key] = sums.get(key, Fraction(0)) + one.units
    for (layer, drawn_on, codes), number in sums.items():
        layers[layer].draws.append(Draw(drawn_on, codes, number))
    moved = [Moved(one.day, one.layer, one.units, one.closes) for one in some.movements if one.track == "Q"]
    prices = [Price("", COST), *some.changes]
    rows = covered(Book(moved, some.rows, prices, [*some.signed]), day)
    ordered = [layers[number] for number in sorted(layers)]
    if policy == "installation":
        return variance_by_codes(rows, ordered, CODES[0])
    accrual = open_accrual(rows, ordered, sum(one.cost for one in prices if one.day <= day))
    return {CODES[0]: accrual} if accrual else {}


def recorded(connection: Connection, day: str) -> dict[Codes, Fraction]:
    found = connection.execute(
        "select job, extra, cost_code, category, sum(amount) as amount from ledger.cost_entry where entry_date <= %s "
        "group by 1, 2, 3, 4 having sum(amount) <> 0",
        (day,),
    ).fetchall()
    return {
        tuple(row[name] for name in ("job", "extra", "cost_code", "category")): Fraction(row["amount"]) for row in found
    }


# A unit becomes cheaper the day after its bill without units came; what that did to its layer is known after the close.
_CHEAPER = Facts(
    [
        Movement(1, "Q", DAYS[0], ("", "", "", ""), Fraction(1, 4), Fraction(5, 2)),
        Movement(1, "Q", DAYS[1], ("", "", "", ""), Fraction(0), Fraction(-35, 2)),
    ],
    [ApRow("P", DAYS[0], Fraction(0), Fraction(3, 100))],
    [Price(DAYS[1], Fraction(-5, 2))],
)

# A credit without units is signed with the month; a bill that becomes known later has a day before the credit's.
_BEFORE_A_SIGNED_CREDIT = Facts(
    [
        Movement(1, "Q", DAYS[0], ("", "", "", ""), Fraction(191, 4), Fraction(955, 2)),
        Movement(1, "C", DAYS[0], CODES[1], Fraction(95, 2), Fraction(0)),
    ],
    [
        ApRow("Q", DAYS[0], Fraction(-1, 4), Fraction(-5, 2)),
        ApRow("Q", DAYS[3], Fraction(0), Fraction(-629, 100)),
        ApRow("P", DAYS[1], Fraction(0), Fraction(65536, 100)),
    ],
    [],
)


@pytest.mark.parametrize("policy", ["installation", "receipt"])
def test_every_day_is_the_oracles(warehouse: Connection, company: str, policy: str) -> None:
    Books(warehouse, company).order("PO-1", "100", "10", "2024-10-01")
    posted = '{"price_variance": "posted"}'
    warehouse.execute("update core.company set policy = %s, profile = profile || %s::jsonb", (policy, posted))

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(known=facts(), cut=st.integers(0, 12), is_signed=st.booleans())
    @example(known=_CHEAPER, cut=1, is_signed=True)
    @example(known=_BEFORE_A_SIGNED_CREDIT, cut=2, is_signed=True)
    def check(known: Facts, cut: int, is_signed: bool) -> None:
        early = Facts(known.movements[:cut], known.rows[:cut], known.changes[:1])
        late = [
            [one._replace(closes=int(is_signed)) for one in some]
            for some in (known.movements[cut:], known.rows[cut:], known.changes[1:])
        ]
        with warehouse.transaction(force_rollback=True):
            learn(warehouse, early, 0)
            value_prices(warehouse, company)
            if is_signed:
                warehouse.execute(SIGN.encode())
            learn(warehouse, Facts(*late), 100)
            value_prices(warehouse, company)
            known = Facts(*(one + two for one, two in zip(early, late, strict=False)), [SIGNED] * is_signed)
            for day in DAYS:
                assert recorded(warehouse, day) == wanted(known, policy, day)
            assert value_prices(warehouse, company) == 0

    check()
