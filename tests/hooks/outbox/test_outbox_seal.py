"""Sealing: the exact bytes of a file, its number in the chain, and the gate before it."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sage_bridge.errors import BrokenLaw
from sage_bridge.transfers import FileName, Manifest, key_hash
from sage_hooks import outbox
from tests.hooks.outbox.approvals import adjustment
from tests.hooks.outbox.place import COMPANY, Place

GOLDEN = Path(__file__).parents[2] / "golden" / "outbound"


def files(place: Place) -> list[dict[str, Any]]:
    return place.rows("select * from outbox.batch order by batch_id")


def test_a_cost_file_is_byte_for_byte_the_golden_one(place: Place) -> None:
    place.line(item=2, standard_item="REBAR-60KSI")
    place.month("2026-02", "Closed")
    place.month("2026-03")
    place.entry("4500.00", "30")
    place.entry("-150.00", "-1", day=date(2026, 3, 4))
    place.entry("12.50", "0.25", measure="wasted", day=date(2026, 2, 27), item_number=2)
    place.sage_row("A1", "1500.00", units="10")
    outbox.seal_costs(place.connection, COMPANY)
    (row,) = files(place)
    assert bytes(row["content"]) == (GOLDEN / "DC_AW_PROD_00000001_v1.txt").read_bytes()


def test_the_manifest_says_what_is_in_the_file(place: Place) -> None:
    place.entry("4500.00", "30")
    place.entry("-150.25", "-1", day=date(2026, 3, 4))
    outbox.seal_costs(place.connection, COMPANY)
    (row,) = files(place)
    content = bytes(row["content"])
    manifest = Manifest.from_bytes(bytes(row["manifest"]), "test")
    references = [line.ref_1 for line in place.layout().parse(content)]
    assert FileName.parse(str(row["file_name"])) == FileName("DC", "AW", "PROD", 1, 1, "txt")
    assert manifest.sha256 == hashlib.sha256(content).hexdigest() == row["sha256"]
    assert (manifest.rows, manifest.bytes, manifest.encoding) == (2, len(content), "cp1252")
    assert (manifest.debit, manifest.credit, manifest.net) == ("4500.00", "150.25", "4349.75")
    assert manifest.key_hash_total == str(sum(key_hash((reference,)) for reference in references))
    assert (manifest.previous_seq, manifest.previous_sha256, manifest.extent) == (0, "", "delta")
    shown = place.rows("select state, row_count, sha256, validation from audit.transfer")
    assert [(one["state"], one["row_count"], one["sha256"]) for one in shown] == [("sealed", 2, row["sha256"])]
    assert shown[0]["validation"]["success"] is True


def test_files_are_chained_and_bounded(place: Place) -> None:
    place.run("update core.company set profile = jsonb_set(profile, '{limits,batch_lines}', '2')")
    for number in range(1, 6):
        place.entry("10.00", "1", day=date(2026, 3, number))
    counts = outbox.seal_costs(place.connection, COMPANY)
    assert (counts.files, counts.lines, counts.amount) == (3, 5, Decimal("50.00"))
    found = files(place)
    manifests = [json.loads(bytes(row["manifest"])) for row in found]
    assert [(one["seq"], one["previous_seq"]) for one in manifests] == [(1, 0), (2, 1), (3, 2)]
    assert [one["previous_sha256"] for one in manifests] == ["", found[0]["sha256"], found[1]["sha256"]]
    batches = {line.batch for row in found for line in place.layout().parse(bytes(row["content"]))}
    assert batches == {"RBD0000001", "RBD0000002", "RBD0000003"}


def test_a_file_ends_before_its_money_limit(place: Place) -> None:
    place.run("update core.company set profile = jsonb_set(profile, '{limits,amount_batch}', '\"25.00\"')")
    for number, amount in enumerate(("10.00", "-10.00", "10.00", "90.00"), 1):
        place.entry(amount, "1", day=date(2026, 3, number))
    assert outbox.seal_costs(place.connection, COMPANY).files == 3


def test_lines_go_in_key_order(place: Place) -> None:
    place.code(code="05 50 00")
    for code, day in (("05 50 00", 2), ("03 30 00", 2), ("05 50 00", 1)):
        place.entry("10.00", "1", cost_code=code, day=date(2026, 3, day))
    outbox.seal_costs(place.connection, COMPANY)
    lines = place.layout().parse(bytes(files(place)[0]["content"]))
    assert [(line.transaction_date, line.cost_code) for line in lines] == [
        ("2026-03-01", "05 50 00"),
        ("2026-03-02", "03 30 00"),
        ("2026-03-02", "05 50 00"),
    ]


def test_a_value_sage_cannot_take_stays_behind_with_its_reason_and_follows_when_cured(place: Place) -> None:
    place.line(item=2, standard_item="Łódź-1")
    place.entry("10.00", "1", item_number=2)
    place.entry("20.00", "1")
    counts = outbox.seal_costs(place.connection, COMPANY)
    assert (counts.lines, counts.unwritable) == (1, 1)
    assert place.open_rules() == ["unwritable_line"]
    held = place.rows("select hold_reason from outbox.cost_posting where state = 'held'")
    assert held[0]["hold_reason"].startswith("RS-301 text holds a character that cp1252 lacks")
    outbox.seal_costs(place.connection, COMPANY)
    assert place.open_rules() == ["unwritable_line"]
    place.run("update outbox.cost_posting set description = 'Installed PO-7/2' where state = 'held'")
    assert outbox.seal_costs(place.connection, COMPANY).lines == 1
    assert place.open_rules() == []


def test_a_description_leaves_out_what_has_no_room(place: Place) -> None:
    place.line(commitment="PO-123456789", item=12345)
    place.entry("10.00", "1", commitment="PO-123456789", item_number=12345)
    place.sage_row("A1", "10.00", invoice="INV-2026-000042", vendor="V-10000001")
    outbox.seal_costs(place.connection, COMPANY)
    lines = place.layout().parse(bytes(files(place)[0]["content"]))
    assert {line.description for line in lines} == {"Installed PO-123456789/12345", "Offset INV-2026-000042"}


def test_a_long_reason_is_cut_and_logged(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    adjustment(place, reason="invoice priced above its order by mistake")
    outbox.seal_adjustments(place.connection, COMPANY)
    (line,) = place.layout().parse(bytes(files(place)[0]["content"]))
    assert line.description == "Adjust 2026-03 invoice priced"
    assert f"1 descriptions were cut to 30 characters, first {line.ref_1}" in caplog.text


def test_a_line_that_sage_holds_already_is_not_sent(place: Place) -> None:
    place.entry("10.00", "1")
    outbox.seal_costs(place.connection, COMPANY)
    (row,) = place.postings()
    place.run("update outbox.cost_posting set state = 'eligible'")
    place.sage_row("X1", "10.00", ref_1=row["posting_reference"], transaction_type="JC cost", source="NEW")
    assert outbox.seal_costs(place.connection, COMPANY).lines == 0
    assert place.open_rules() == ["already_in_sage"]


BREAKING = {
    "DC-05": "update outbox.cost_posting set posting_reference = 'X' || substr(posting_reference, 2)",
    "DC-06": "update outbox.cost_posting set amount = amount + 1",
    "DC-07": "update outbox.cost_posting set state = 'accepted'",
    "DC-08": "update core.cost_code set is_group = true",
    "DC-09": "update outbox.cost_posting set credit_account = ''",
    "DC-10": "update core.fiscal_period set status = 'Closed'",
    "DC-11": "update outbox.posting_entry set posting_id = (select min(posting_id) from outbox.cost_posting)",
    "DC-12": "update outbox.cost_posting set kind = 'adjustment'",
    "DC-13": "update core.job_cost_transaction set ref_1 = (select min(posting_reference) from outbox.cost_posting)",
    "DC-01": "update outbox.batch set row_count = 3",
    "DC-02": "update outbox.batch set amount_debit = amount_debit + 0.01",
    "DC-03": "update outbox.batch_line set line_number = line_number + 10",
    "DC-04": "update outbox.batch_line set reference = (select min(reference) from outbox.batch_line)",
    "ADJ-14": "",
}


@pytest.mark.parametrize("rule", sorted(BREAKING))
def test_the_suite_refuses_a_file_that_breaks_a_promise(place: Place, rule: str) -> None:
    from sage_hooks import outbox_gate

    place.month("2026-03")
    place.sage_row("J1", "1.00", transaction_type="JC cost", ref_1="foreign")
    place.entry("10.00", "1")
    place.entry("20.00", "1", day=date(2026, 3, 3))
    outbox.seal_costs(place.connection, COMPANY)
    number = place.one("select batch_id from outbox.batch")
    flow = rule.split("-", maxsplit=1)[0]
    if flow == "ADJ":
        place.run("update outbox.cost_posting set kind = 'adjustment'")
        place.run("update outbox.batch set flow = 'ADJ'")
    else:
        outbox_gate.pass_gate(place.connection, COMPANY, flow, number, "file")
        place.run(BREAKING[rule])
    with pytest.raises(BrokenLaw, match=f"RS-443.*{rule} "):
        outbox_gate.pass_gate(place.connection, COMPANY, flow, number, "file")


def test_a_seal_that_does_not_pass_the_gate_leaves_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from sage_hooks import outbox_gate

    def refuse(*_: object) -> None:
        raise BrokenLaw("RS-443", "refused by the test")

    monkeypatch.setattr(outbox_gate, "pass_gate", refuse)
    place.entry("10.00", "1")
    with pytest.raises(BrokenLaw, match="RS-443"):
        outbox.seal_costs(place.connection, COMPANY)
    place.connection.rollback()
    assert files(place) == []
    assert place.states() == {"eligible": 1}
    assert place.one("select coalesce(max(last_seq), 0) from outbox.file_counter") == 0
