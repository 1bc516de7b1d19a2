"""Promises about an inbound transfer: one suite per feed, written by hand in `include/expectations/<flow>.json`.

A suite is a Great Expectations suite of stock expectations about the staged columns (all text, empty = null). What
stock expectations have no word for (references to what is landed already, control totals against the manifest) stands
beside them in `meta.rules`. Severity decides what a broken promise costs:

* critical: the whole transfer is refused,
* warning: the row is quarantined and the others land, while no more rows break than the suite allows,
* info: it is reported, the row lands.

This module reads suites; `rule_sql` turns them into SQL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, get_args

from sage_bridge.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sage_bridge.feeds import Feed

Severity = Literal["critical", "warning", "info"]

ROW_EXPECTATIONS: dict[str, frozenset[str]] = {
    "expect_column_values_to_not_be_null": frozenset({"column"}),
    "expect_column_value_lengths_to_be_between": frozenset({"column", "max_value"}),
    "expect_column_values_to_match_regex": frozenset({"column", "regex"}),
    "expect_column_values_to_not_match_regex": frozenset({"column", "regex"}),
    "expect_column_values_to_match_strftime_format": frozenset({"column", "strftime_format"}),
    "expect_column_values_to_be_in_set": frozenset({"column", "value_set"}),
    "expect_column_values_to_not_be_in_set": frozenset({"column", "value_set"}),
    "expect_column_values_to_be_unique": frozenset({"column"}),
    "expect_compound_columns_to_be_unique": frozenset({"column_list"}),
}
"""Stock expectations that can be judged row by row, with the arguments we use."""

UNIQUE_EXPECTATIONS = frozenset({"expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique"})

TABLE_EXPECTATIONS: dict[str, frozenset[str]] = {
    "expect_table_columns_to_match_ordered_list": frozenset({"column_list"}),
}
"""Stock expectations about the file, judged while it is staged."""

OWN_KINDS: dict[str, frozenset[str]] = {
    "reference": frozenset({"columns", "table", "keys"}),
    "code_mask": frozenset({"column", "mask"}),
    "no_control_characters": frozenset(),
    "json_object": frozenset(),
    "same_company": frozenset({"column"}),
    "control_totals": frozenset(),
    "quarantine_share": frozenset(),
}
FILE_KINDS = frozenset({"control_totals", "quarantine_share", *TABLE_EXPECTATIONS})

_TABLE = re.compile(r"core\.[a-z_]+", re.ASCII)
_KEY = re.compile(r"[a-z_0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise: `name` is unique, `promise` says what holds, `remedy` what to do where it does not.

    `kind` is the stock expectation's type or one of OWN_KINDS, `arguments` what it needs.
    """

    name: str
    kind: str
    severity: Severity
    promise: str
    remedy: str
    arguments: Mapping[str, Any]

    @property
    def is_about_rows(self) -> bool:
        """Tell whether single rows break it, not the file."""
        return self.kind not in FILE_KINDS

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the columns it speaks of."""
        given = self.arguments.get("columns") or self.arguments.get("column_list") or [self.arguments.get("column")]
        return tuple(column for column in given if column)


@dataclass(frozen=True, slots=True)
class Target:
    """Where rows of a feed are kept: table and key columns, in the order of the feed's key."""

    table: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suite:
    """The promises of one feed; `share` of the rows, but at least `rows` rows, may be quarantined."""

    flow: str
    feed: Feed
    owner: str
    rules: tuple[Rule, ...]
    share: Decimal
    rows: int
    target: Target | None

    def allowed(self, row_count: int) -> int:
        """Give how many of `row_count` rows may be quarantined."""
        return max(self.rows, int(self.share * row_count))

    def rule(self, name: str) -> Rule:
        """Give a rule by name; KeyError where there is none."""
        return {rule.name: rule for rule in self.rules}[name]


def read_suite(document: Mapping[str, Any], feed: Feed, file: str) -> Suite:
    """Check a suite's document and give the suite.

    Args:
        document: what a JSON reader gave for the file.
        feed: the feed it makes promises about.
        file: name of the file, for the sentence of an error.

    Raises:
        BadConfig: RS-124 naming the rule and what is wrong with it.
    """
    try:
        meta = document["meta"]
        rules = [_stock_rule(entry, meta) for entry in document["expectations"]]
        rules += [_own_rule(entry, meta) for entry in meta["rules"]]
        target = meta.get("target")
        suite = Suite(
            flow=feed.flow,
            feed=feed,
            owner=meta["owner"],
            rules=tuple(rules),
            share=Decimal(meta["quarantine"]["share"]),
            rows=int(meta["quarantine"]["rows"]),
            target=Target(target["table"], tuple(target["keys"])) if target else None,
        )
    except KeyError as missing:
        raise _bad(file, "a key is missing", str(missing)) from missing
    names = [rule.name for rule in suite.rules]
    if document.get("name") != feed.flow or len(set(names)) != len(names):
        raise _bad(file, "names are not those of the feed, or a rule's name stands twice", str(document.get("name")))
    if suite.target is not None:
        _check_table(suite.target.table, suite.target.keys, len(feed.key), file)
    for rule in suite.rules:
        _check_rule(rule, feed, file)
    return suite


def _stock_rule(entry: Mapping[str, Any], meta: Mapping[str, Any]) -> Rule:
    words = entry["meta"]
    return Rule(
        name=words["rule"],
        kind=entry["type"],
        severity=entry["severity"],
        promise=words["promise"],
        remedy=words.get("remedy", meta["remedy"]),
        arguments=entry["kwargs"],
    )


def _own_rule(entry: Mapping[str, Any], meta: Mapping[str, Any]) -> Rule:
    told = {"rule", "kind", "severity", "promise", "remedy"}
    return Rule(
        name=entry["rule"],
        kind=entry["kind"],
        severity=entry["severity"],
        promise=entry["promise"],
        remedy=entry.get("remedy", meta["remedy"]),
        arguments={name: value for name, value in entry.items() if name not in told},
    )


def _check_rule(rule: Rule, feed: Feed, file: str) -> None:
    needed = {**ROW_EXPECTATIONS, **TABLE_EXPECTATIONS, **OWN_KINDS}.get(rule.kind)
    where = f"{file}, rule {rule.name}"
    if needed is None:
        raise _bad(where, "the kind of promise is unknown", rule.kind)
    if rule.severity not in get_args(Severity) or not rule.name.startswith(f"{feed.flow}."):
        raise _bad(where, "severity or name is not allowed", f"{rule.severity}, {rule.name}")
    if not needed <= set(rule.arguments) or set(rule.arguments) - needed - {"when"}:
        raise _bad(where, "arguments are missing or unknown", ", ".join(rule.arguments))
    unknown = set(rule.columns) | set(rule.arguments.get("when", ()))
    unknown -= set(feed.names)
    if unknown:
        raise _bad(where, "columns are not of this feed", ", ".join(sorted(unknown)))
    if rule.kind == "reference":
        _check_table(rule.arguments["table"], tuple(rule.arguments["keys"]), len(rule.columns), where)
    if rule.kind == "expect_column_values_to_match_strftime_format" and rule.arguments["strftime_format"] != "%Y-%m-%d":
        raise _bad(where, "dates of extracts are ISO dates", str(rule.arguments["strftime_format"]))


def _check_table(table: str, keys: tuple[str, ...], count: int, where: str) -> None:
    if not _TABLE.fullmatch(table) or not all(map(_KEY.fullmatch, keys)) or len(keys) != count:
        raise _bad(where, "table or key columns are not well formed", f"{table} ({', '.join(keys)})")


def _bad(record: str, what: str, found: str) -> BadConfig:
    return BadConfig(
        "RS-124", f"expectation suite is malformed: {what}", record=record, found=found, do="correct the file"
    )
