"""The figures of the accounting page are the oracle's on the demo company, and its sums are sums."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tests.laws.model_totals import control_totals, decimal
from tests.laws.scenario_tools import Scenario, read_scenario

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "accounting.md").read_text(encoding="utf-8")
TABLE = r" -->\n\n((?:\|.*\n)+)"
ENTRIES = re.compile(r"<!-- computed: value entries of (\S+)/(\d+) through (\S+), without allocated" + TABLE)
TOTALS = re.compile(r"<!-- computed: totals of (\S+), (.+)" + TABLE)
JOB_COST = re.compile(r"<!-- computed: job cost" + TABLE)
MADE = re.compile(r"((?:[\d,]+\.\d\d [+-] )+[\d,]+\.\d\d) = ([\d,]+\.\d\d)")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(ROOT / "include" / "scenario")


def rows(table: str) -> list[list[str]]:
    """Give the cells of a table without its head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_every_marked_table_is_found() -> None:
    found = [len(kind.findall(PAGE)) for kind in (ENTRIES, TOTALS, JOB_COST)]
    assert (found, PAGE.count("<!-- computed:")) == ([4, 1, 1], 6)


@pytest.mark.parametrize(("commitment", "item", "through", "table"), ENTRIES.findall(PAGE))
def test_the_value_entries_are_the_oracles(
    scenario: Scenario, commitment: str, item: str, through: str, table: str
) -> None:
    wanted = [
        [
            entry.date,
            entry.cause_id if entry.cause_kind == "event" else f"change order {entry.cause_id}",
            entry.event_id, entry.measure, format(decimal(entry.units), "f"), format(decimal(entry.amount), ".2f"),
        ]
        for entry in scenario.valued().entries
        if entry.line == (commitment, int(item)) and entry.date <= through and entry.measure != "allocated"
    ]  # fmt: skip
    assert wanted
    assert sorted(rows(table)) == sorted(wanted)


@pytest.mark.parametrize(("job", "cost_code", "table"), TOTALS.findall(PAGE))
def test_the_month_ends_are_the_oracles(scenario: Scenario, job: str, cost_code: str, table: str) -> None:
    totals = control_totals(scenario.lines, scenario.change_orders, scenario.invoices, scenario.valued())
    shown = ("committed", "received", "installed", "on_hand", "open_commitment", "invoiced")
    wanted = [
        [end, *(format(getattr(total, measure), ".2f") for measure in shown)]
        for (end, *where), total in totals.items()
        if where == [job, cost_code]
    ]
    assert rows(table) == wanted


def test_the_job_cost_is_the_sum_of_its_rows_and_its_rows_are_the_months(scenario: Scenario) -> None:
    (table,) = JOB_COST.findall(PAGE)
    *parts, shown = [Decimal(amount.strip("*").replace(",", "")) for _, amount in rows(table)]
    totals = control_totals(scenario.lines, scenario.change_orders, scenario.invoices, scenario.valued())
    april = totals["2026-04-30", "26-101", "05 12 00"]
    assert sum(parts) == shown
    assert parts[:3] == [april.invoiced, -april.invoiced, april.installed]


def test_the_sums_written_out_are_right() -> None:
    found = MADE.findall(PAGE)
    assert len(found) >= 4
    for terms, result in found:
        words = f"+ {terms}".replace(",", "").split()
        signs = [Decimal(f"{sign}1") for sign in words[::2]]
        assert sum(sign * Decimal(term) for sign, term in zip(signs, words[1::2], strict=True)) == Decimal(
            result.replace(",", "")
        )
