"""A company profile is whole and consistent, or refused with file, key, value and what is allowed."""

from __future__ import annotations

import copy
import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_bridge.change_profile import HEAD_COLUMNS, LINE_COLUMNS
from sage_bridge.errors import BadConfig
from sage_bridge.flow_profile import FLOWS
from sage_bridge.journal_profile import JOURNAL_COLUMNS
from sage_bridge.profiles import DIRECT_COST_COLUMNS, Profile, document, read_profile

FILE = "aw.yaml"

POLICIES: dict[str, Any] = {
    "policy_changes": [
        {"job": "22-101", "effective_from": "2026-07-01", "policy": "invoice", "approved_by": "controller"}
    ],
    "cost_plus_jobs": [{"job": "22-102", "effective_from": "2026-07-01", "approved_by": "controller"}],
    "price_variance": "posted",
    "freight": "by value",
    "tax_on_lines": False,
    "opening_entry": "by hand",
    "managed_lines": [
        {"commitment_type": "Purchase order", "material_class": "", "cutover": "2026-07-01", "approved_by": "cfo"}
    ],
}

COST_PLUS = POLICIES["cost_plus_jobs"][0]

HOSTED: dict[str, Any] = {
    "connection": "sage_api",
    "serves": ["items", "sent"],
    "statuses": ["Unstarted", "In progress", "Closed"],
    "commitment_types": ["none", "Subcontract", "Purchase order"],
    "direct_cost_type": 1,
    "receipt_document_type": "e952e73a-f61a-5a44-b078-de3907321df1",
    "derived_changes": "units",
    "settle_seconds": 2,
}

GO_LIVE: dict[str, Any] = {
    "job": "22-900", "commitment": "PO-GO", "item_number": 1, "units": "2.5", "event_day": "2026-06-01",
    "masks": {"job": "99-999", "cost_code": "", "account": "9-9999"},
}  # fmt: skip

ACCOUNTS = {
    "clearing": "2-1490",
    "cost": "5-1000",
    "stored_materials": "1-1480",
    "received_not_invoiced": "2-1480",
    "vendor_claims": "1-1490",
}
TOLERANCES = {
    "over_receipt_pct": "5",
    "amount_materiality": "0.01",
    "extract_shrink_pct": "5",
    "rejected_lines_pct": "2",
    "amount_subsequent": "0",
}


CHANGE: dict[str, Any] = {
    "record_id": "CCO",
    "line_record_id": "CCOI",
    "date_format": "mm/dd/yyyy",
    "printed": "0",
    "type": "",
    "scope": "",
    "status": "5",
    "columns": list(HEAD_COLUMNS),
    "line_columns": list(LINE_COLUMNS),
}


def values() -> dict[str, Any]:
    return {
        "company_id": "AW",
        "company_name": "Adventure Works",
        "environment": "PROD",
        "time_zone": "America/New_York",
        "file_encoding": "cp1252",
        "policy": "installation",
        **POLICIES,
        "accounts": dict(ACCOUNTS),
        "direct_cost": {
            "record_id": "DC",
            "transaction_type": 2,
            "date_format": "mm/dd/yyyy",
            "batch_prefix": "RB",
            "columns": list(DIRECT_COST_COLUMNS),
        },
        "journal": {"record_id": "GL", "date_format": "mm/dd/yyyy", "columns": list(JOURNAL_COLUMNS)},
        "commitment_change": dict(CHANGE),
        "accruals": {"invoice_days": 30, "receipt_days": 21, "credit_days": 45, "release_days": 365},
        "tolerances": dict(TOLERANCES),
        "access": ["finance", "analyst"],
        "limits": {
            "batch_lines": 5000,
            "amount_batch": "99999999.99",
            "amount_line": "9999999.99",
            "file_bytes": 1000,
            "file_rows": 10,
            "file_seconds": 60,
        },
        "ap_rules": [
            {
                "kind": "tax",
                "tax_id": "",
                "debit_account": "",
                "cost_code": "",
                "description_pattern": "^tax",
                "approved_by": "controller",
            }
        ],
        "hosted": dict(HOSTED),
        "go_live": copy.deepcopy(GO_LIVE),
        "mappings": [
            {
                "material_class": "pipe",
                "job": "",
                "extra": "",
                "cost_code": "22 05 00",
                "category": "M",
                "effective_from": "2026-01-01",
                "effective_to": None,
                "owner": "pm",
                "approved_by": "controller",
            }
        ],
        "flows": {name: {"is_on": True, "rhythm": "hourly", "transport": "files"} for name in FLOWS},
    }


def changed(path: str, value: object) -> dict[str, Any]:
    whole = copy.deepcopy(values())
    *inner, last = path.split(".")
    target: Any = whole
    for key in inner:
        target = target[int(key)] if key.isdigit() else target[key]
    target[last] = value
    return whole


def refusal(broken: object) -> str:
    with pytest.raises(BadConfig) as refused:
        read_profile(broken, FILE)
    return str(refused.value)


def test_a_good_profile_is_read_exactly() -> None:
    profile = read_profile(values(), FILE)
    assert profile.tolerances.amount_materiality == Decimal("0.01")
    assert profile.limits.amount_line == Decimal("9999999.99")
    assert profile.direct_cost.columns == DIRECT_COST_COLUMNS
    assert profile.flow("receipts").direction == "core_to_sage"
    assert profile.mappings[0].effective_from.isoformat() == "2026-01-01"


def test_the_stored_document_gives_the_same_profile() -> None:
    profile = read_profile(values(), FILE)
    assert read_profile(document(profile), FILE) == profile


def test_a_profile_cannot_be_changed() -> None:
    profile = read_profile(values(), FILE)
    with pytest.raises(dataclasses.FrozenInstanceError):
        profile.policy = "receipt"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("path", "value", "code", "allowed"),
    [
        ("company_id", "aw", "RS-112", "[A-Z0-9]{1,10}"),
        ("company_id", 7, "RS-112", "put it in quotes"),
        ("company_name", " padded", "RS-112", "without spaces around"),
        ("company_name", "two\nlines", "RS-112", "printable"),
        ("environment", "LIVE", "RS-113", "PROD, TEST"),
        ("file_encoding", "latin1", "RS-113", "cp1252, utf-8"),
        ("policy", "invoiced", "RS-113", "installation, receipt, invoice"),
        ("price_variance", "maybe", "RS-113", "posted, in clearing"),
        ("freight", "spread", "RS-113", "at its date, by value"),
        ("tax_on_lines", "no", "RS-113", "true or false"),
        ("access", "finance", "RS-113", "a list of names"),
        ("access", ["finance", "finance"], "RS-113", "at most once"),
        ("access", ["Finance"], "RS-113", "[a-z_]"),
        ("access", [["finance"]], "RS-113", "a list of names"),
        ("policy_changes.0.policy", "billing", "RS-113", "installation, receipt, invoice"),
        ("policy_changes.0.effective_from", "07/01/2026", "RS-115", "yyyy-mm-dd"),
        ("policy_changes.0.approved_by", "", "RS-112", "1 to 60"),
        ("cost_plus_jobs.0.job", "", "RS-112", "1 to 12"),
        ("cost_plus_jobs.0.effective_from", "July", "RS-115", "yyyy-mm-dd"),
        ("cost_plus_jobs.0.policy", "invoice", "RS-116", "only the keys approved_by, effective_from, job"),
        ("cost_plus_jobs", [COST_PLUS, COST_PLUS], "RS-117", "every job once"),
        ("managed_lines.0.commitment_type", "Contract", "RS-113", "Purchase order, Subcontract"),
        ("managed_lines.0.cutover", None, "RS-115", "yyyy-mm-dd"),
        ("time_zone", "New York", "RS-112", "of the form"),
        ("accounts", [], "RS-111", "keys with values"),
        ("accounts.clearing", "", "RS-112", "1 to 25"),
        ("accounts.clearing", "5-1000", "RS-117", "another account than the cost account"),
        ("direct_cost.date_format", "d.m.y", "RS-113", "mm/dd/yyyy"),
        ("direct_cost.columns", ["record_id", "job"], "RS-113", "also accounting_date"),
        ("direct_cost.columns", [*DIRECT_COST_COLUMNS, "job"], "RS-113", "at most once"),
        ("direct_cost.columns", [*DIRECT_COST_COLUMNS[1:], "record_id"], "RS-117", "record_id first"),
        ("journal.columns", ["record_id", "amount"], "RS-113", "also accounting_date"),
        ("journal.columns", [*JOURNAL_COLUMNS[1:], "record_id"], "RS-117", "record_id first"),
        ("accruals.credit_days", -1, "RS-114", "0 to 3650"),
        ("accruals.release_days", 29, "RS-117", "no less than invoice_days"),
        ("commitment_change.columns", ["record_id", "date"], "RS-113", "also change_order"),
        ("commitment_change.line_columns", [*LINE_COLUMNS[1:], "record_id"], "RS-117", "record_id first"),
        ("commitment_change.line_record_id", "CCO", "RS-117", "another than record_id"),
        ("commitment_change.status", "", "RS-112", "1 to 10"),
        ("flows.journals.transport", "api", "RS-117", "files, or is_on: false"),
        ("flows.commitment_changes.transport", "api", "RS-117", "files, or is_on: false"),
        ("direct_cost.transaction_type", True, "RS-114", "1 to 99"),
        ("tolerances.amount_materiality", 0.01, "RS-114", "in quotes"),
        ("tolerances.amount_materiality", "0.001", "RS-114", "at most 2 decimals"),
        ("tolerances.amount_materiality", "NaN", "RS-114", "in quotes"),
        ("tolerances.over_receipt_pct", "101", "RS-114", "from 0 to 100"),
        ("limits.batch_lines", 0, "RS-114", "1 to 100000"),
        ("ap_rules", {}, "RS-111", "a list"),
        ("ap_rules.0.kind", "duty", "RS-113", "tax, freight, unmanaged"),
        ("ap_rules.0.description_pattern", "(", "RS-112", "regular expression"),
        ("ap_rules.0.description_pattern", "", "RS-117", "match every row"),
        ("mappings.0.effective_from", "01/02/2026", "RS-115", "yyyy-mm-dd"),
        ("mappings.0.effective_from", None, "RS-115", "yyyy-mm-dd"),
        ("mappings.0.effective_to", "2025-12-31", "RS-117", "2026-01-01 or later"),
        ("flows.jobs.rhythm", "sometimes", "RS-117", "every <n> minutes"),
        ("flows.jobs.is_on", "yes", "RS-113", "true or false"),
        ("flows.jobs.transport", "fax", "RS-113", "files, api"),
        ("flows.holidays", {}, "RS-116", "jobs"),
        ("flows.results.transport", "api", "RS-117", "one transport for all of them"),
        ("hosted.serves", ["items", "weather"], "RS-113", "periods"),
        ("hosted.statuses", ["Closed"], "RS-113", "In progress"),
        ("hosted.receipt_document_type", "receipt", "RS-112", "text of the form"),
        ("go_live.units", "0", "RS-114", "from 0.0001"),
        ("go_live.event_day", "soon", "RS-115", "yyyy-mm-dd"),
        ("go_live.commitment", "", "RS-117", "or none of them"),
        ("go_live.masks.job", "(\\d+)", "RS-112", "text of the form"),
        ("polcy", "installation", "RS-116", "policy"),
    ],
)
def test_what_is_wrong_is_named(path: str, value: object, code: str, allowed: str) -> None:
    sentence = refusal(changed(path, value))
    assert sentence.startswith(code)
    assert FILE in sentence
    assert path.rsplit(".", maxsplit=1)[-1] in sentence
    assert allowed in sentence


def test_freight_is_spread_only_where_price_variance_is_posted() -> None:
    sentence = refusal(changed("price_variance", "in clearing"))
    assert sentence.startswith("RS-117")
    assert "price_variance: posted" in sentence
    assert read_profile(values() | {"price_variance": "in clearing", "freight": "at its date"}, FILE)


@pytest.mark.parametrize("key", sorted(values()))
def test_nothing_may_be_missing(key: str) -> None:
    broken = values()
    del broken[key]
    sentence = refusal(broken)
    assert sentence.startswith("RS-118")
    assert f"key {key}" in sentence


@pytest.mark.parametrize("whole", [None, [], "text", 3])
def test_what_is_no_mapping_is_refused(whole: object) -> None:
    assert refusal(whole).startswith("RS-111")


@pytest.mark.parametrize(
    ("rhythm", "seconds"),
    [("continuous", 0), ("every 15 minutes", 900), ("hourly", 3600), ("daily", 86400), ("on demand", None)],
)
def test_rhythms_are_words(rhythm: str, seconds: int | None) -> None:
    assert read_profile(changed("flows.jobs.rhythm", rhythm), FILE).flow("jobs").every_seconds == seconds


LEAVES = st.none() | st.booleans() | st.integers() | st.text()
CONTENT = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(content=CONTENT)
def test_no_content_whatever_raises_anything_else(content: object) -> None:
    for key in values():
        broken = {**values(), key: content}
        try:
            assert isinstance(read_profile(broken, FILE), Profile)
        except BadConfig as refused:
            assert FILE in str(refused)  # noqa: PT017 - either outcome is right
