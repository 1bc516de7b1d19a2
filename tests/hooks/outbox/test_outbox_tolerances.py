"""Over-receipts: what is tolerated by line, vendor, company or profile, exactly; a decision lets one through."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.errors import IntegrityError

from tests.hooks.outbox.test_outbox_receipts import event, held, seal

if TYPE_CHECKING:
    from tests.hooks.outbox.place import Place

pytestmark = pytest.mark.slow

LEVELS = {"line": ("PO-7", 1, ""), "vendor": ("", 0, "V100"), "company": ("", 0, ""), "other": ("", 0, "V999")}
rules = st.dictionaries(
    st.sampled_from(list(LEVELS)),
    st.tuples(st.sampled_from(["percent", "units"]), st.integers(0, 300_000).map(lambda n: Decimal(n).scaleb(-4))),
)


def tolerate(place: Place, level: str, kind: str, tolerance: Decimal) -> None:
    commitment, item, vendor = LEVELS[level]
    place.insert(
        "core.receipt_tolerance", company_id="AW", commitment=commitment, item_number=item, vendor=vendor, kind=kind,
        tolerance=tolerance, approved_by="purchasing",
    )  # fmt: skip


def allowed(found: dict[str, tuple[str, Decimal]], ordered: int = 100) -> Fraction:
    """Say how many units may be confirmed: by the nearest rule; the profile tolerates five percent."""
    kind, tolerance = next(
        (found[level] for level in ("line", "vendor", "company") if level in found), ("percent", Decimal(5))
    )
    more = Fraction(tolerance)
    return ordered * (1 + more / 100) if kind == "percent" else ordered + more


@settings(
    max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)  # fmt: skip
@given(found=rules, above=st.sampled_from([-1, 0, 1]))
@example(found={"line": ("units", Decimal(0))}, above=1)
@example(found={"vendor": ("percent", Decimal("0.0001")), "company": ("units", Decimal(30))}, above=1)
def test_exactly_what_is_tolerated_is_confirmed(
    place: Place, found: dict[str, tuple[str, Decimal]], above: int
) -> None:
    """A ten-thousandth more than tolerated is held, what is tolerated and less is not."""
    place.run("delete from core.receipt_tolerance")
    for level, rule in found.items():
        tolerate(place, level, *rule)
    most = allowed(found)
    units = Decimal(int(most * 10_000) + above).scaleb(-4)
    place.numbers += 1
    name = f"R{place.numbers}"
    event(place, name, "received", str(units))
    sealed = [one for one, _ in seal(place)]
    is_over = Fraction(units) > most
    assert (name in sealed, held(place).get(name)) == (not is_over, "over_receipt" if is_over else None)
    # The next example starts with nothing received.
    event(place, f"V{name}", "reversed", str(units), reverses_event_id=name)
    seal(place)
    assert held(place) == {}


def test_nothing_tolerated_means_nothing(place: Place) -> None:
    tolerate(place, "company", "percent", Decimal(0))
    event(place, "R1", "received", "100")
    event(place, "R2", "received", "0.0001")
    assert seal(place) == [("R1", "100.0000")]
    assert held(place) == {"R2": "over_receipt"}
    # The fact is kept: the event counts, only its confirmation waits.
    assert place.one("select count(*) from ledger.event_tag where event_id = 'R2' and status = 'tagged'") == 1


def test_a_decision_lets_a_held_receipt_through_and_stays_recorded(place: Place) -> None:
    event(place, "R1", "received", "120")
    assert seal(place) == []
    place.run("insert into outbox.receipt_decision values ('AW', 'R1', 'purchasing', 'spare parts, agreed')")
    assert seal(place) == [("R1", "120.0000")]
    assert (held(place), place.open_rules()) == ({}, [])
    with pytest.raises(IntegrityError, match="RS-450"):
        place.run("delete from outbox.receipt_decision")
    place.connection.rollback()
    event(place, "R2", "received", "1")
    assert seal(place) == []
    assert held(place) == {"R2": "over_receipt"}
