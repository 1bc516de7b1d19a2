"""All laws together, L4 proven by valuing everything once more; and a whole month with no rights but the pipeline's."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from sage_bridge.errors import BrokenLaw
from sage_bridge.reconcile import Decision, Terms
from sage_hooks import evidence, laws, reconciliation, sign_off
from tests.sql.recon.month import books, month_template
from tests.sql.recon.steps import change, rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sql.recon.books import Books

__all__ = ["books", "month_template"]


def test_all_laws_hold_and_say_what_they_rest_on(books: Books) -> None:
    verdict = laws.laws(books.connection, "AW")
    assert {law: figures["holds"] for law, figures in verdict.items()} == {
        f"L{number}": True for number in range(1, 10)
    }
    assert (verdict["L1"]["events_landed"], verdict["L2"]["lines_posted"]) == (4, 2)
    assert verdict["L3"]["amount_consumed"] == verdict["L3"]["amount_on_lines"] == "400.00"
    assert verdict["L4"]["entries_added_by_revaluation"] == 0
    laws.require("AW", verdict)


def test_a_value_that_no_longer_follows_is_found_and_nothing_of_the_proof_stays(books: Books) -> None:
    before = rows(books, "select count(*) as entries from ledger.value_entry")
    change(books, "update core.commitment_item set unit_cost = 11, amount = 1100")
    verdict = laws.laws(books.connection, "AW")
    assert verdict["L4"]["lines_off"] == 1
    assert verdict["L4"]["entries_added_by_revaluation"] > 0
    assert rows(books, "select count(*) as entries from ledger.value_entry") == before
    assert rows(books, "select from ledger.touched_line") == []
    with pytest.raises(BrokenLaw, match="RS-455"):
        laws.require("AW", verdict)


def test_a_month_is_done_with_the_pipelines_rights(books: Books, tmp_path: Path) -> None:
    connection = books.connection
    connection.execute("set session authorization pipeline")
    connection.commit()
    terms = Terms("AW", "2024-11", "propose", Decimal("0.01"), "finance", "manual")
    run_no = reconciliation.reconcile(connection, terms).run_no
    reconciliation.proposal(connection, run_no)
    decision = Decision("controller", True, "", datetime(2024, 12, 2, tzinfo=UTC))
    assert reconciliation.store_decision(connection, run_no, decision, "reconcile__period", "manual")
    signed = sign_off.sign_off(connection, run_no)
    assert evidence.write_evidence(connection, signed.run_no, tmp_path).path.is_file()
    assert sign_off.lapse_sign_offs(connection, "AW") == []
    laws.require("AW", laws.laws(connection, "AW"))
