"""The results as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.timing import PRODUCT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bench.timing import Result


def lines(result: Result, *, is_quick: bool) -> list[str]:
    """Give one result in a few lines."""
    said = [
        f"{way}: {result.rate(way):,.0f}/s, cpu {result.median(way, 'cpu_seconds'):.2f} s, "
        f"wall {result.median(way, 'wall_seconds'):.2f} s"
        for way in result.runs
    ]
    return said if is_quick else [*said, *[f"{goal.words}: {goal.shown}, {goal.wanted}" for goal in result.goals]]


def page(facts: Mapping[str, str], run: Mapping[str, str], results: Iterable[Result], *, is_quick: bool) -> str:
    """Give the tables of a run with what it was measured on.

    In quick mode nothing is judged: so few rows say nothing about time.
    """
    results = list(results)
    text = [
        "# Bench",
        "",
        "; ".join(f"{name} {value}" for name, value in {**run, **facts}.items()),
        "",
        "| path | target | wanted | found | |",
        "|---|---|---:|---:|---|",
    ]
    for one in results:
        for goal in one.goals:
            verdict = "not judged" if is_quick else "met" if goal.is_met else "**missed**"
            text.append(f"| {one.title} | {goal.words} | {goal.wanted} | {goal.shown} | {verdict} |")
    text += [
        "",
        "Medians; * ran once on fewer rows, its rate is scaled.",
        "",
        "| path | way | rows | rows/s | times the product's | wall s | cpu s | WAL MB |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for one in results:
        for way in one.runs:
            beside = "" if way == PRODUCT else f"{one.ratio(way) ** -1:.2f}"
            mark = "*" if way in one.once else ""
            text.append(
                f"| {one.title if way == PRODUCT else ''} | {one.ways[way]}{mark} | {one.median(way, 'rows'):,.0f} "
                f"| {one.rate(way):,.0f} | {beside} | {one.median(way, 'wall_seconds'):.2f} "
                f"| {one.median(way, 'cpu_seconds'):.2f} | {one.median(way, 'wal_bytes') / 1e6:,.0f} |"
            )
    figures = [(one.title, name, value) for one in results for name, value in one.figures.items()]
    if figures:
        text += ["", "| path | figure | found |", "|---|---|---:|"]
        text += [f"| {title} | {name} | {value:,.2f} |" for title, name, value in figures]
    return "\n".join(text) + "\n"
