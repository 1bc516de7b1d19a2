"""One suite per inbound feed: whole, true to the feed, and seen to fail on a row of its own for every rule."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sage_bridge.csv_proof import LineProof, Proof
from sage_bridge.errors import BadConfig
from sage_bridge.event_feed import INBOUND
from sage_bridge.feeds import FEEDS
from sage_bridge.suites import FILE_KINDS, ROW_EXPECTATIONS, UNIQUE_EXPECTATIONS, Rule, read_suite
from sage_hooks import inbound_gate
from sage_hooks.inbound_landing import Context, _count
from tests.expectations.staging import stage, violations
from tests.hooks.inbound_sender import GOOD, Row

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

pytestmark = pytest.mark.slow

FORMS = {"amount", "units", "unit_cost", "date", "time", "integer", "boolean"}
MASKS = dict.fromkeys(("job", "extra", "cost_code", "category"), "^[0-9A-Z ]*[0-9A-Z-]*$")
CSV_FLOWS = list(FEEDS)


BAD_VALUES: dict[str, str] = {
    "expect_column_values_to_not_be_null": "",
    "expect_column_values_to_match_regex": "1,5",
    "expect_column_values_to_match_strftime_format": "2026-02-29",
    "expect_column_values_to_be_in_set": "Nope",
    "expect_column_values_to_not_match_regex": "0.00",
    "code_mask": "a*",
    "same_company": "XX",
}


def bad_row(rule: Rule, good: Row) -> Any:
    """Give a row that breaks a rule; for an event, the line where it is no object."""
    if rule.kind in UNIQUE_EXPECTATIONS:
        return good
    if rule.kind == "json_object":
        return "[1]"
    if rule.kind == "reference":
        return {**good, **dict.fromkeys([*rule.columns, *rule.arguments.get("when", [])], "NO")}
    if rule.kind == "no_control_characters":
        feed = INBOUND[rule.name.partition(".")[0]]
        texts = [one.name for one in feed.columns if one.kind == "text" and one.name not in feed.key]
        return {**good, (texts or list(feed.key))[0]: "a\tb"}
    if rule.kind == "expect_column_value_lengths_to_be_between":
        return {**good, rule.columns[0]: "X" * (rule.arguments["max_value"] + 1)}
    is_closed = rule.kind == "expect_column_values_to_not_be_in_set"
    return {**good, rule.columns[0]: rule.arguments["value_set"][0] if is_closed else BAD_VALUES[rule.kind]}


def row_rules(flow: str) -> list[Rule]:
    return [rule for rule in inbound_gate.suite(flow).rules if rule.is_about_rows]


@pytest.mark.parametrize("flow", INBOUND)
def test_a_suite_fails_on_its_own_bad_rows(landed: Connection, flow: str) -> None:
    rules, good = row_rules(flow), GOOD[flow]
    rows = [good, *(bad_row(rule, good) for rule in rules)]
    with landed.transaction(force_rollback=True):
        found = violations(landed, flow, rows, MASKS)

    unique = {rule.name for rule in rules if rule.kind in UNIQUE_EXPECTATIONS}
    assert {rule for number, rule in found if number == 1} <= unique, "the good row breaks a rule"
    missed = {rule.name for number, rule in enumerate(rules, start=2) if (number, rule.name) not in found}
    assert missed == set()


@pytest.mark.parametrize("flow", INBOUND)
def test_great_expectations_judges_every_rule_by_its_severity(flow: str) -> None:
    suite = inbound_gate.suite(flow)
    good = inbound_gate.judge(suite, {}, 10)
    assert (good.broken, good.result["success"]) == ((), True)
    for severity, found in (("critical", "refused"), ("warning", "quarantining")):
        rules = [rule for rule in suite.rules if rule.severity == severity]
        judgement = inbound_gate.judge(suite, {rule.name: 1 for rule in rules}, 10)
        assert {rule.name for rule in getattr(judgement, found)} == {rule.name for rule in rules}
        assert len(judgement.broken) == len(rules)


@pytest.mark.filterwarnings("ignore:This pattern is interpreted as a regular expression:UserWarning")
@pytest.mark.parametrize("flow", CSV_FLOWS)
def test_the_compiled_rules_count_as_great_expectations_itself_does(landed: Connection, flow: str) -> None:
    """The suite file is a suite of Great Expectations: run by it as it stands, row by row, it counts the same."""
    import pandas as pd

    stock = [rule for rule in row_rules(flow) if rule.kind in ROW_EXPECTATIONS]
    rows = [GOOD[flow], *(bad_row(rule, GOOD[flow]) for rule in stock)]
    with landed.transaction(force_rollback=True):
        found = violations(landed, flow, rows)
    counted = {rule.name: sum(name == rule.name for _, name in found) for rule in stock}

    gx = inbound_gate._great_expectations()
    document = json.loads((inbound_gate.SUITES_DIR / f"{flow}.json").read_text(encoding="utf-8"))
    frame = pd.DataFrame([[row.get(name) or None for name in INBOUND[flow].names] for row in rows], dtype=object)
    frame.columns = list(INBOUND[flow].names)
    context = inbound_gate._context(gx)
    asset = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("rows").get_batch({"dataframe": frame})
    told = batch.validate(gx.ExpectationSuite(**document))
    judged = {
        one.expectation_config.meta["rule"]: one.result["unexpected_count"]
        for one in told.results
        if "unexpected_count" in one.result
    }

    assert judged == counted
    assert all(judged.values())


@pytest.mark.parametrize("flow", CSV_FLOWS)
def test_a_suite_is_true_to_its_feed(flow: str) -> None:
    feed, suite = INBOUND[flow], inbound_gate.suite(flow)
    by_column: dict[str, list[Rule]] = {}
    for rule in suite.rules:
        for name in rule.columns:
            by_column.setdefault(name, []).append(rule)
    for column in feed.columns:
        kinds = {rule.kind: rule for rule in by_column.get(column.name, [])}
        length = kinds.get("expect_column_value_lengths_to_be_between")
        if column.kind == "text" and length is not None:
            assert length.arguments["max_value"] == column.length, column.name
        elif column.kind == "text":
            closed = kinds.get("expect_column_values_to_be_in_set")
            assert closed is not None or "expect_column_values_to_match_regex" in kinds, column.name
            assert closed is None or max(map(len, closed.arguments["value_set"])) <= column.length
        else:
            assert set(kinds) & {
                "expect_column_values_to_match_regex",
                "expect_column_values_to_match_strftime_format",
                "expect_column_values_to_be_in_set",
            }, column.name
    unique = [rule for rule in suite.rules if rule.kind in UNIQUE_EXPECTATIONS]
    assert [rule.columns for rule in unique] == [feed.key]
    columns = next(rule for rule in suite.rules if rule.kind == "expect_table_columns_to_match_ordered_list")
    assert tuple(columns.arguments["column_list"]) == feed.names


@pytest.mark.parametrize("flow", INBOUND)
def test_every_suite_ties_to_its_manifest_and_limits_its_quarantine(flow: str) -> None:
    suite = inbound_gate.suite(flow)
    kinds = {rule.kind: rule for rule in suite.rules}
    assert kinds["control_totals"].severity == "critical"
    has_warnings = any(rule.severity == "warning" and rule.is_about_rows for rule in suite.rules)
    assert has_warnings == ("quarantine_share" in kinds)
    assert all(rule.severity == "critical" for rule in suite.rules if rule.kind in FILE_KINDS)
    assert all(rule.promise and rule.remedy for rule in suite.rules)
    assert suite.owner


@pytest.mark.parametrize("flow", ["JCT", "JCH", "JCN", "GLT", "PERIOD"])
def test_money_is_kept_out_by_row_only_where_a_row_stands_alone(flow: str) -> None:
    for rule in row_rules(flow):
        assert rule.severity == {"reference": "warning"}.get(rule.kind, rule.severity)
        if rule.kind != "reference" and rule.severity != "info":
            assert rule.severity == "critical", rule.name


def test_every_suite_is_a_feeds() -> None:
    outbound = {"DC", "ADJ", "RCV", "GLJ", "CMT"}
    assert {path.stem for path in inbound_gate.SUITES_DIR.glob("*.json")} - outbound == set(INBOUND)


DECIMALS = [
    "1",
    "-1.5",
    "0.00",
    "12345678901234",
    "1e5",
    "NaN",
    "Infinity",
    "1_0",
    " 1",
    "+1",
    "-",
    "",
    "\u0661",
    "1.",
    ".5",
    "1.23456",
    "-0.00",
    "007",
    "1e3",
    "0x1F",
    "-Infinity",
    "-1",
    "1.2500000",
]
DATES = [
    *("2026-01-31", "2026-02-28", "2024-02-29", "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "26-01-01"),
    *("1899-12-31", "2026-1-5", "", "infinity", "today", "02-26-2026", "20260-1-01", "2026-1- 5", "J245-11-87"),
]


def is_date(text: str) -> bool:
    try:
        return bool(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                name: st.sampled_from(DECIMALS)
                for name in ("Units", "Unit_Cost", "Amount", "Run", "Commitment_Line_Item")
            }
            | {name: st.sampled_from(DATES) for name in ("Transaction_Date", "Accounting_Date", "Date_Stamp")}
            | {
                "Time_Stamp": st.sampled_from(
                    ["00:00:00", "23:59:59.5", "23:59:60", "24:00:00", "1:00:00", "", "12:60:00"]
                )
            }
            | {"Description": st.text(alphabet="a\x1f\x02|,", max_size=4)}
        ),
        min_size=1,
        max_size=20,
    )
)
def test_the_guard_lets_nothing_by(landed: Connection, rows: list[Row]) -> None:
    """One joined expression guards all columns; whatever their values are, each column is judged as if alone."""
    with landed.transaction(force_rollback=True):
        found = violations(landed, "JCT", rows)

    rules = [
        rule for rule in row_rules("JCT") if rule.columns and rule.kind.startswith("expect_column_values_to_match")
    ]
    expected = set()
    for number, row in enumerate(rows, start=1):
        for rule in rules:
            value = row.get(rule.columns[0]) or None
            is_regex = "regex" in rule.arguments
            good = value is None or (bool(re.search(rule.arguments["regex"], value)) if is_regex else is_date(value))
            if not good:
                expected.add((number, rule.name))
    names = {rule.name for rule in rules}
    assert {(number, rule) for number, rule in found if rule in names} == expected


def as_csv(flow: str, rows: list[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(INBOUND[flow].names)
    writer.writerows([row.get(name, "") for name in INBOUND[flow].names] for row in rows)
    return text.getvalue().encode()


def judged(landed: Connection, flow: str, rows: list[Row], proof: Proof | None) -> tuple[Any, ...]:
    """Give what stands in the stage, what rows break and the counts, by the way a landing goes."""
    context = Context("AW", "UTC", MASKS, 1, "test", "UTC", is_complete=False)
    with landed.transaction(force_rollback=True):
        stage(landed, flow, rows)
        counts = _count(landed, inbound_gate.suite(flow), context, may_hold_controls=True, proof=proof)
        staged = landed.execute("select * from staged order by row_no").fetchall()
        broken = landed.execute("select * from staged_violation order by row_no, rule, found").fetchall()
    return counts, broken, staged


def compare_with_proof(landed: Connection, flow: str, rows: list[Row]) -> Proof | None:
    lines = LineProof(inbound_gate.line_shape(flow))
    lines.look(as_csv(flow, rows))
    proof = lines.finish(len(rows))
    assert judged(landed, flow, rows, proof) == judged(landed, flow, rows, None)
    return proof


@pytest.mark.parametrize("flow", CSV_FLOWS)
def test_what_the_bytes_show_changes_no_judgement(landed: Connection, flow: str) -> None:
    """Every rule broken once, codes in another spelling, blanks around text; and nothing but good rows."""
    good = GOOD[flow]
    rows = [good, *(bad_row(rule, good) for rule in row_rules(flow))]
    rows += [{name: value.lower() for name, value in good.items()}, {name: f" {value}" for name, value in good.items()}]
    proof = compare_with_proof(landed, flow, rows)
    assert proof is not None
    assert 1 not in proof.suspects
    assert compare_with_proof(landed, flow, [good]) == Proof(inbound_gate.line_shape(flow).rules)


MESSY = [
    "",
    " ",
    "1",
    "Total",
    "J1 ",
    '2" x 4"',
    "a,b",
    "\u00c4\u00d6",
    "x" * 13,
    "x" * 31,
    "m",
    "\t",
    "0.005",
    *DATES,
    *DECIMALS,
]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(
        st.dictionaries(st.sampled_from(INBOUND["JCT"].names), st.sampled_from(MESSY), max_size=3), max_size=8
    )
)
def test_what_the_bytes_show_of_messy_rows_changes_no_judgement(landed: Connection, changes: list[Row]) -> None:
    compare_with_proof(landed, "JCT", [{**GOOD["JCT"], "Row_ID": str(at), **one} for at, one in enumerate(changes)])


def test_control_characters_are_not_looked_for_where_bytes_show_none(landed: Connection) -> None:
    from sage_bridge import rule_sql

    suite = inbound_gate.suite("JOB")
    with landed.transaction(force_rollback=True):
        stage(landed, "JOB", [{**GOOD["JOB"], "Description": "a\tb"}])
        compiled = rule_sql.row_rules(suite, {}, may_hold_controls=False)
        rows = landed.execute(compiled.text.encode(), {**compiled.parameters, "company_id": "AW"}).fetchall()
    assert rows == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.update(name="JOBS"), "names"),
        (lambda d: d["meta"].pop("owner"), "owner"),
        (lambda d: d["expectations"][2].update(severity="fatal"), "severity"),
        (lambda d: d["expectations"][2]["kwargs"].update(column="Colour"), "Colour"),
        (lambda d: d["expectations"][2]["kwargs"].update(mostly=0.5), "arguments"),
        (lambda d: d["expectations"][2].update(type="expect_column_to_exist"), "unknown"),
        (lambda d: d["expectations"].append(d["expectations"][2]), "twice"),
        (lambda d: d["meta"]["rules"][0].update(table="core.job; drop table x", kind="reference"), "JOB"),
        (lambda d: d["meta"]["target"].update(keys=["job", "x"]), "well formed"),
    ],
)
def test_a_malformed_suite_is_refused(change: Any, words: str) -> None:
    document = json.loads((inbound_gate.SUITES_DIR / "JOB.json").read_text(encoding="utf-8"))
    change(document)
    with pytest.raises(BadConfig, match=rf"RS-124 .*{words}"):
        read_suite(document, INBOUND["JOB"], "JOB.json")


def test_a_missing_suite_is_named() -> None:
    with pytest.raises(BadConfig, match=r"RS-124 .*NONE\.json"):
        inbound_gate.suite("NONE")
