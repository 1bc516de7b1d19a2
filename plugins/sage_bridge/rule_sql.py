"""A feed's suite as set-based SQL: one statement finds every broken row rule of a whole transfer.

Written over the temp table `staged` (row_no and the feed's columns as text, empty = null); what it finds goes into
`staged_violation` (row_no, rule, found), and it gives the number of violations per rule. Values are bound parameters;
names of tables and columns come from suites that `suites.read_suite` has checked.

Two things keep it cheap on a million rows. A regular expression costs ten times what reading the value as its type
does, so a value that its type gives back letter for letter is looked at no further, and the expression decides about
all others. And what refers to a job, cost code and category at once is looked up once, by the whole; the parts only
where the whole is unknown.
"""

# ruff: noqa: S608 - a compiler of SQL: names are checked when a suite is read, values are bound

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sage_bridge.suites import UNIQUE_EXPECTATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sage_bridge.csv_proof import Proof
    from sage_bridge.feeds import Feed
    from sage_bridge.suites import Rule, Suite

CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?$"
COUNTED = re.compile(r"\^(-\?)?\[0-9\]\{1,(\d+)\}(?:\(\[\.\]\[0-9\]\{1,(\d+)\}\)\?)?\$")

_KEY_JOINT = "\x1f"
_CONTROLS = "[\x01-\x1f\x7f]"
# Control totals hash keys as transfers.key_hash does: the first four bytes of the sha256, unsigned.
_TWO_TO_32 = 4294967296
_WHOLE_DIGITS = 18


@dataclass(slots=True)
class Compiled:
    """A statement with its bound parameters; callers add `company_id`, where the text asks for it."""

    text: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: object) -> str:
        """Keep a value and give its placeholder."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s"


def row_rules(
    suite: Suite,
    masks: Mapping[str, str],
    *,
    may_hold_controls: bool,
    proof: Proof | None = None,
    references_hold: bool = False,
) -> Compiled:
    """Give the statement that finds the violations of all row rules of a suite.

    Args:
        suite: the feed's promises.
        masks: regular expressions for codes from the company's profile, by name; a mask not given is not looked at.
        may_hold_controls: False when the bytes were seen to hold no control character inside a field.
        proof: what the bytes have shown of single values; looked for in the suspect rows only.
        references_hold: True when every code was seen to be in the mirror already.
    """
    sql = Compiled()
    local, doubtful = _sorted_out(suite, masks, sql, proof, may_hold_controls=may_hold_controls)
    parts = {"local_violation": _local_part(local, sql)} if local else {}
    if doubtful and proof:
        parts["suspect_violation"] = _local_part(doubtful, sql, _suspect(proof, sql))
    for number, rule in enumerate(rule for rule in suite.rules if rule.kind in UNIQUE_EXPECTATIONS):
        parts[f"twice_{number}"] = _unique_part(rule, sql)
    references = _references(suite)
    for rule in references if not references_hold else ():
        parts[_unknown(references, rule)] = _reference_part(rule, references, sql)
    if not parts:
        sql.text = "select '' as rule, 0 as violations where false"
        return sql
    ctes = ",\n\n".join(f"{name} as materialized (\n{part}\n)" for name, part in parts.items())
    found = "\nunion all\n".join(f"select row_no, rule, found from {name}" for name in parts)
    sql.text = (
        f"with {ctes},\n\nkept as (\ninsert into staged_violation (row_no, rule, found)\n"
        f"select row_no, rule, left(found, 200) from (\n{found}\n) as violation\nreturning rule\n)\n\n"
        "select rule, count(*) as violations from kept group by rule"
    )
    return sql


def control_totals(feed: Feed) -> Compiled:
    """Give the statement for `row_count`, `debit`, `credit` and `key_hash_total` of the staged rows.

    An amount that is no number counts as nothing here; its own rule names the row.
    """
    sql = Compiled()
    key = f" || {sql.bind(_KEY_JOINT)} || ".join(_given(name) for name in feed.key)
    amount = "0"
    if feed.money:
        money = _name(feed.money)
        amount = f"case when pg_input_is_valid({money}, 'numeric') then {money}::numeric else 0 end"
    sql.text = (
        "select count(*) as row_count,\n"
        "coalesce(sum(amount) filter (where amount >= 0), 0) as debit,\n"
        "coalesce(-sum(amount) filter (where amount < 0), 0) as credit,\n"
        f"coalesce(sum(case when hash < 0 then hash + {_TWO_TO_32} else hash end), 0) as key_hash_total\n"
        f"from (select {amount} as amount, substr(sha256(convert_to({key}, 'UTF8')), 1, 4)::int4::int8 as hash\n"
        "from staged offset 0) as figure"
    )
    return sql


def trim(feed: Feed, proof: Proof | None = None) -> Compiled:
    """Give the statement that takes blanks off both sides of text columns; it touches only rows that have some."""
    sql = Compiled()
    names = [_name(column.name) for column in feed.columns if column.kind == "text"]
    padded = " or ".join(f"{name} like ' %%' or {name} like '%% '" for name in names)
    trimmed = ", ".join(f"{name} = nullif(btrim({name}), '')" for name in names)
    where = f"{_suspect(proof, sql)} and ({padded})" if proof else padded
    sql.text = f"update staged as s set {trimmed}\nwhere {where}"
    return sql


def spellings(suite: Suite) -> list[Compiled]:
    """Give statements that write codes as the mirror spells them where only upper and lower case differ.

    Sage takes `m` and `M` for one category; what others join on must be one spelling, the one that came first. Each
    gives `unmatched`, the rows whose code the mirror does not have in this spelling; 0 also for the key of the feed
    itself, which is new more often than not, and `respelled`, the rows it touched.
    """
    references = _references(suite)
    statements = [
        _spelling(rule.columns, rule.arguments["table"], rule.arguments["keys"], _when(rule, _finer(rule, references)))
        for rule in references
    ]
    if suite.target is not None:
        first = f"s.{_name(suite.feed.key[0])} is not null"
        statements.append(_spelling(suite.feed.key, suite.target.table, suite.target.keys, first, is_key=True))
    return statements


def _name(column: str) -> str:
    return f'"{column}"'


def _given(column: str) -> str:
    return f"coalesce({_name(column)}, '')"


def _broken(rule: Rule, feed: Feed, masks: Mapping[str, str], sql: Compiled, *, may_hold_controls: bool) -> str:
    """Give the condition that one row breaks a rule; '' for rules that need more than the row, or nothing now."""
    if rule.kind == "no_control_characters":
        texts = ", ".join(_name(column.name) for column in feed.columns if column.kind == "text")
        return f"concat({texts}) ~ {sql.bind(_CONTROLS)}" if may_hold_controls else ""
    if rule.kind == "json_object":
        return "not is_object"
    column = _name(rule.columns[0]) if rule.columns else ""
    if rule.kind == "code_mask":
        mask = masks.get(rule.arguments["mask"])
        return f"{column} !~ {sql.bind(mask)}" if mask else ""
    if rule.kind == "same_company":
        return f"{column} <> %(company_id)s"
    return _stock_broken(rule, column, sql)


def _sorted_out(
    suite: Suite, masks: Mapping[str, str], sql: Compiled, proof: Proof | None, *, may_hold_controls: bool
) -> tuple[list[tuple[Rule, str]], list[tuple[Rule, str]]]:
    """Give the rules about single rows with their conditions: those for all rows, those for suspect rows alone."""
    everywhere: list[tuple[Rule, str]] = []
    doubtful: list[tuple[Rule, str]] = []
    for rule in suite.rules:
        is_proven = proof is not None and rule.name in proof.rules
        if proof is not None and is_proven and not proof.suspects:
            continue
        if broken := _broken(rule, suite.feed, masks, sql, may_hold_controls=may_hold_controls):
            (doubtful if is_proven else everywhere).append((rule, broken))
    return everywhere, doubtful


def _suspect(proof: Proof, sql: Compiled) -> str:
    return f"s.row_no = any({sql.bind(list(proof.suspects))}::bigint[])"


def _stock_broken(rule: Rule, column: str, sql: Compiled) -> str:
    given = rule.arguments
    match rule.kind.removeprefix("expect_column_value"):
        case "s_to_not_be_null":
            broken = f"{column} is null"
        case "_lengths_to_be_between":
            most = sql.bind(given["max_value"])
            broken = f"octet_length({column}) > {most} and char_length({column}) > {most}"
        case "s_to_match_regex":
            broken = _unmatched(column, given["regex"], sql)
        case "s_to_not_match_regex":
            broken = f"{column} ~ {sql.bind(given['regex'])}"
        case "s_to_match_strftime_format":
            shape = sql.bind("^[0-9]+-[0-9]+-[0-9]+$")
            exact = f"not ({column} like '____-__-__' and {column} ~ {shape} and pg_input_is_valid({column}, 'date'))"
            broken = _unless_given_back(column, "date", f"{column} like '____-__-__'", exact)
        case "s_to_be_in_set":
            broken = f"{column} <> all({sql.bind(list(given['value_set']))}::text[])"
        case "s_to_not_be_in_set":
            broken = f"{column} = any({sql.bind(list(given['value_set']))}::text[])"
        case _:
            broken = ""
    return broken


def _unmatched(column: str, regex: str, sql: Compiled) -> str:
    """Give the condition that a value does not match, with a cheap way out for what surely does."""
    exact = f"{column} !~ {sql.bind(regex)}"
    if regex == CLOCK:
        # Postgres knows an hour 24.
        return _unless_given_back(column, "time(0)", f"{column} < '24' collate \"C\"", exact)
    counted = COUNTED.fullmatch(regex)
    if counted is None:
        return exact
    sign, digits, places = counted.groups()
    # `NaN` is a number too, and begins beyond the digits.
    begins = f"{column} < ':' collate \"C\""
    if not sign:
        begins += f" and {column} >= '0' collate \"C\""
    if places:
        return _unless_given_back(column, f"numeric({int(digits) + int(places)},{places})", begins, exact)
    if int(digits) > _WHOLE_DIGITS:
        return exact
    return _unless_given_back(column, "int8", f"{begins} and octet_length({column}) <= {digits}", exact)


def _unless_given_back(column: str, kind: str, also: str, exact: str) -> str:
    """Give `exact`, but for values of the right kind that Postgres writes as they stand: those are surely right.

    Nested cases, since only these are sure to be taken in order: a cast of what is no such value would raise.
    """
    return (
        f"case when {also} and pg_input_is_valid({column}, '{kind}')\n"
        f"then case when {column}::{kind}::text = {column} then false else {exact} end\nelse {exact} end"
    )


def _local_part(local: Sequence[tuple[Rule, str]], sql: Compiled, among: str = "") -> str:
    values = ",\n".join(f"({sql.bind(rule.name)}, {_found(rule)}, {broken})" for rule, broken in local)
    # Looked at twice for rows that break a rule, once for all others.
    suspect = " or\n".join(f"({broken})" for _, broken in local)
    return (
        f"select s.row_no, v.rule, v.found\nfrom staged as s\ncross join lateral (values\n{values}\n"
        f") as v (rule, found, is_broken)\nwhere {among and among + ' and '}(\n{suspect}\n)\nand v.is_broken"
    )


def _found(rule: Rule) -> str:
    if rule.kind == "json_object":
        return "line"
    if not rule.columns:
        return "null::text"
    return _name(rule.columns[0]) if len(rule.columns) == 1 else _joined(rule.columns)


def _joined(columns: Sequence[str]) -> str:
    return "concat_ws(' / ', " + ", ".join(f"s.{_name(column)}" for column in columns) + ")"


def _unique_part(rule: Rule, sql: Compiled) -> str:
    keys = ", ".join(f"upper({_given(column)})" for column in rule.columns)
    return (
        f"select s.row_no, {sql.bind(rule.name)}::text as rule, {_joined(rule.columns)} as found\nfrom staged as s\n"
        f"where ({keys}) in (select {keys} from staged group by {keys} having count(*) > 1)"
    )


def _references(suite: Suite) -> list[Rule]:
    """Give the references of a suite, those of most columns first."""
    references = [rule for rule in suite.rules if rule.kind == "reference"]
    return sorted(references, key=lambda rule: -len(rule.columns))


def _finer(rule: Rule, references: Sequence[Rule]) -> Rule | None:
    """Give the next finer reference: same columns first, then more."""
    longer = [
        one
        for one in references
        if len(one.columns) > len(rule.columns) and one.columns[: len(rule.columns)] == rule.columns
    ]
    return longer[-1] if longer else None


def _unknown(references: Sequence[Rule], rule: Rule) -> str:
    return f"unknown_{references.index(rule)}"


def _all_given(rule: Rule) -> str:
    columns = rule.arguments.get("when", rule.columns[:1])
    return " and ".join(f"s.{_name(column)} is not null" for column in columns)


def _when(rule: Rule, finer: Rule | None) -> str:
    """Give the condition that a rule has to be looked at for a row, whatever the finer one finds."""
    return _all_given(rule) if finer is None else f"{_all_given(rule)} and not ({_all_given(finer)})"


def _reference_part(rule: Rule, references: Sequence[Rule], sql: Compiled) -> str:
    finer = _finer(rule, references)
    pairs = zip(rule.arguments["keys"], rule.columns, strict=True)
    same = " and ".join(f"m.{key} = coalesce(s.{_name(column)}, '')" for key, column in pairs)
    looked_at = _all_given(rule)
    if finer is not None:
        failed = f"s.row_no in (select u.row_no from {_unknown(references, finer)} as u)"
        looked_at += f"\nand (not ({_all_given(finer)}) or {failed})"
    return (
        f"select s.row_no, {sql.bind(rule.name)}::text as rule, {_joined(rule.columns)} as found\n"
        f"from staged as s\nwhere {looked_at}\nand not exists (\n"
        f"select from {rule.arguments['table']} as m where m.company_id = %(company_id)s and {same}\n)"
    )


def _spelling(columns: Sequence[str], table: str, keys: Sequence[str], when: str, *, is_key: bool = False) -> Compiled:
    pairs = list(zip(columns, keys, strict=True))
    same = " and ".join(f"m.{key} = coalesce(s.{_name(column)}, '')" for column, key in pairs)
    alike = " and ".join(f"upper(m.{key}) = upper(coalesce(u.{_name(column)}, ''))" for column, key in pairs)
    taken = ", ".join(f"s.{_name(column)}" for column in columns)
    spelled = ", ".join(f"{_name(column)} = nullif(f.{key}, '')" for column, key in pairs)
    found = ", ".join(f"m.{key}" for key in keys)
    counted = "0" if is_key else "(select count(*) from unmatched)"
    return Compiled(
        f"with unmatched as materialized (\nselect s.row_no, {taken}\nfrom staged as s\nwhere {when}\n"
        "and not exists (\n"
        f"select from {table} as m where m.company_id = %(company_id)s and {same}\n)\n),\n\n"
        f"respelled as (\nupdate staged as t set {spelled}\nfrom (\nselect distinct on (u.row_no) u.row_no, {found}\n"
        f"from unmatched as u\ninner join {table} as m on m.company_id = %(company_id)s and {alike}\n"
        f"order by u.row_no, {found}\n) as f\nwhere f.row_no = t.row_no\nreturning t.row_no\n)\n\n"
        f"select {counted} as unmatched, (select count(*) from respelled) as respelled"
    )
