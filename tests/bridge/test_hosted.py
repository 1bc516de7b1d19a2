"""Rules of the hosted link: documents as rows, lines as bodies, answers as acknowledgements."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import yaml

from ops.companies import DEFAULT_FILE, default_profile, hosted_profile
from sage_bridge import answers, hosted_writes
from sage_bridge.errors import BadConfig, RefusedTransfer
from sage_bridge.feeds import FEEDS
from sage_bridge.hosted_documents import NEEDED, RESOURCES, Held, is_served
from sage_bridge.hosted_rows import MAKERS, feed_rows
from sage_bridge.profiles import document, read_profile
from sage_bridge.sage_files import DirectCostLine

PROFILE = default_profile("AW")
HOSTED = PROFILE.hosted
DOCUMENTS: dict[str, dict[str, Any]] = {
    "jobs": {"j": {"Id": "j", "Code": " 24-101 ", "Name": "Deck", "Status": 1, "IsOnHold": False}},
    "extras": {"x": {"Id": "x", "JobId": "j", "Code": "E1", "Name": "Extra", "Status": 1}},
    "accounts": {"a": {"Id": "a", "Code": "5-1000"}, "b": {"Id": "b", "Code": "2-1490"}},
    "cost_codes": {
        "c": {"Id": "c", "JobId": "j", "ExtraId": None, "Code": "03 30 00", "Name": "Concrete", "CostCodeStatus": 1},
    },
    "categories": {
        "m": {"Id": "m", "JobId": "j", "CostCodeId": "c", "Code": "M", "JobToDateCost": "12.30", "Status": 1},
        "l": {"Id": "l", "JobId": "j", "CostCodeId": "c", "Code": "L", "JobToDateCost": "7", "Status": 1},
        "o": {"Id": "o", "JobId": "j", "CostCodeId": "c", "Code": "O", "Status": 1, "IsArchived": True},
    },
}
LINE = DirectCostLine(
    "24-101", "", "03 30 00", "M", "2026-01-02", "2026-01-31", "Installed", "1.5000", "", "-1234.50", "5-1000",
    "2-1490", "RBD0000001", "C7K2M9QXAB", "RBD0000001",
)  # fmt: skip


def held(**changes: dict[str, Any]) -> Held:
    return Held(HOSTED, {**DOCUMENTS, **changes})


def test_every_feed_of_sage_but_the_ledger_is_made_of_documents() -> None:
    assert set(MAKERS) == set(NEEDED) == set(FEEDS) - {"GLT"}
    assert {name for needed in NEEDED.values() for name in needed} <= set(RESOURCES)


def test_a_row_has_codes_without_blanks_in_place_of_ids() -> None:
    rows = feed_rows("CATEGORY", held())
    assert [(row["Job"], row["Cost_Code"], row["Category"], row["JTD_Cost"]) for row in rows] == [
        ("24-101", "03 30 00", "L", "7.00"),
        ("24-101", "03 30 00", "M", "12.30"),
    ]
    assert set(rows[0]) == set(FEEDS["CATEGORY"].names)


def test_a_total_that_is_not_served_is_the_sum_of_what_is_below() -> None:
    assert [row["JTD_Cost"] for row in feed_rows("COSTCODE", held())] == ["19.30"]


def test_an_id_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(RefusedTransfer, match="RS-218"):
        feed_rows("EXTRA", held(jobs={}))


@pytest.mark.parametrize("status", [3, -1, None, "1"])
def test_a_number_without_meaning_is_refused(status: object) -> None:
    with pytest.raises(RefusedTransfer, match="RS-219"):
        feed_rows("JOB", held(jobs={"j": {**DOCUMENTS["jobs"]["j"], "Status": status}}))


def test_a_feed_is_made_only_of_what_a_link_serves() -> None:
    bare = replace(HOSTED, serves=())
    assert {flow for flow in NEEDED if is_served(flow, HOSTED)} == set(NEEDED)
    assert {flow for flow in NEEDED if not is_served(flow, bare)} == {
        *("EXTRA", "ITEM", "PERIOD", "JCN", "JCH"),
    }


def test_a_body_says_every_digit_of_a_line() -> None:
    body = hosted_writes.cost_body(LINE, hosted_writes.Directory(held()), PROFILE)
    assert '"Amount": -1234.50' in body
    found = json.loads(body, parse_float=Decimal)
    assert (found["CategoryId"], found["DebitAccountId"], found["Units"]) == ("m", "a", Decimal("1.5000"))
    assert hosted_writes.reference_of(found) == LINE.ref_1


def test_a_line_on_a_code_that_is_not_shown_cannot_be_written() -> None:
    with pytest.raises(hosted_writes.Unwritable, match="no category 24-101 / 99 / M"):
        hosted_writes.cost_body(LINE._replace(cost_code="99"), hosted_writes.Directory(held()), PROFILE)


def test_what_stands_under_our_reference_is_compared_field_by_field() -> None:
    body = hosted_writes.cost_body(LINE, hosted_writes.Directory(held()), PROFILE)
    same = {**json.loads(body, parse_float=Decimal), "Id": "1", "Version": 7}
    assert hosted_writes.differs(body, same) == ""
    assert hosted_writes.differs(body, {**same, "Amount": Decimal("-1234.5")}) == ""
    assert hosted_writes.differs(body, {**same, "Amount": Decimal("-1234.51")}) == "Amount"
    assert hosted_writes.differs(body, {**same, "CategoryId": "l"}) == "CategoryId"


def test_ids_of_earlier_versions_are_not_taken_for_ours() -> None:
    documents = [{"Id": "1", "Reference1": "R"}, {"Id": "2", "Reference1": "R"}]
    assert hosted_writes.by_reference(documents, frozenset({"1"})) == {"R": documents[1:]}


def test_answers_of_the_service_pass_the_comparisons_of_files() -> None:
    sealed = answers.Sealed("DC_AW_PROD_00000001_v1.txt", "DC", "AW", "PROD", 1, 1, "ab", 10, 2)
    ack = hosted_writes.acknowledgement(sealed, "2026-01-01T00:00:00Z")
    assert answers.read_ack(ack, sealed).importer == "hosted service"
    results = [
        answers.LineResult(1, "R1", "ACCEPTED", "", ""),
        answers.LineResult(2, "R2", "REJECTED", "hosted", "job, closed"),
    ]
    content = hosted_writes.result_file(results)
    answers.check_proof(content, hosted_writes.proof(content, 2), "x", 2)
    assert answers.read_result(content, sealed, ["R1", "R2"]) == results


def test_the_flows_to_sage_have_one_transport() -> None:
    assert read_profile(document(hosted_profile(PROFILE)), "x").flow("receipts").transport == "api"
    values = yaml.safe_load(DEFAULT_FILE.read_text(encoding="utf-8"))
    values["flows"]["receipts"]["transport"] = "api"
    with pytest.raises(BadConfig, match=r"RS-117 .* one transport for all of them"):
        read_profile(values, "x")
