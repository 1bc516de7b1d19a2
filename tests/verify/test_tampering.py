"""Everything somebody with all rights and triggers off can do to the event log is found."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from ops.tamper import ATTACKS, Tamperer
from ops.tamper_drill import Drill, change_one
from sage_hooks import warehouse as hook

if TYPE_CHECKING:
    from tests.verify.conftest import Log

pytestmark = pytest.mark.slow

CHANGES = 300
WORDS = {
    "changed byte": "event differs from its leaf hash",
    "deleted row": "39 events, the head counts 40",
    "inserted row": "41 events, the head counts 40",
    "swapped rows": "event differs from its leaf hash",
    "cut tail": "published head is not in the database any more",
    "full rewrite": "event differs from its leaf hash",
}


def test_an_untouched_log_is_intact(tamperer: Tamperer) -> None:
    with tamperer.tampering():
        verdict = tamperer.judge()
    assert verdict.findings == []
    assert verdict.chains["AW"].events == 240
    assert (verdict.published_files, verdict.published_heads, verdict.unpublished_heads) == (2, 5, 1)


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_found_and_named(tamperer: Tamperer, attack: str) -> None:
    with tamperer.tampering():
        tamperer.attack(attack)
        verdict = tamperer.judge()
    assert WORDS[attack] in " | ".join(map(str, verdict.findings))


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_with_all_hashes_made_anew_is_found_by_the_published_heads(tamperer: Tamperer, attack: str) -> None:
    with tamperer.tampering():
        tamperer.attack(attack, is_rehashed=True)
        inside = tamperer.judge(with_published=False)
        verdict = tamperer.judge()
    assert inside.is_intact, "the database agrees with itself, or the attack is none"
    assert not verdict.is_intact
    assert {finding.batch for finding in verdict.findings} <= set(range(1, 7))
    assert "published" in str(verdict.findings[0])


def test_single_bytes_changed_by_chance_are_all_found(tamperer: Tamperer) -> None:
    drill, random = Drill(), Random(1)
    places = {change_one(tamperer, random, drill).column for _ in range(CHANGES)}
    assert drill.missed == []
    assert drill.changes == CHANGES
    assert len(places) > 25, "too few columns were tried"


def test_a_verifier_that_overlooks_a_column_would_not_pass(tamperer: Tamperer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The drill itself can fail: a verdict that is always good is noticed at once."""
    from verify.findings import Verdict

    monkeypatch.setattr(Tamperer, "judge", lambda *_, **__: Verdict())
    drill = Drill()
    change_one(tamperer, Random(1), drill)
    assert len(drill.missed) == 1


@pytest.mark.parametrize(
    "change",
    [
        """
        update ledger.material_event set to_job = e'\\x1e'
        where event_id = (select min(event_id) from ledger.material_event)
        """,
        """
        update ledger.material_event
        set actor = '', device = actor || e'\\x1f' || device where actor = '' and batch_position < 10
        """,
    ],
)
def test_bytes_moved_between_columns_are_found_by_both_verifications(tamperer: Tamperer, change: str) -> None:
    with tamperer.tampering():
        tamperer.connection.execute(change.encode())
        assert not tamperer.judge(with_published=False).is_intact
        assert tamperer.connection.execute("select finding from ledger.verify_chain('AW')").fetchall()


def test_a_column_that_no_leaf_covers_is_found(log: Log) -> None:
    from verify.verifier import verify

    with hook.connect(log.dsn) as connection:
        connection.execute("alter table ledger.material_event add column amount numeric(14, 2)")
    verdict = verify(log.dsn, [log.files])
    assert "column amount of ledger.material_event is covered by no leaf" in str(verdict.findings[0])


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_the_database_can_see_by_itself_its_own_check_sees_too(tamperer: Tamperer, attack: str) -> None:
    """L8 rests on ledger.verify_chain; only what agrees with itself needs the published heads."""
    with tamperer.tampering():
        tamperer.attack(attack)
        found = tamperer.connection.execute("select finding from ledger.verify_chain('AW')").fetchall()
        outside = tamperer.judge(with_published=False).is_intact
    assert bool(found) == (not outside) == (attack != "cut tail")
