"""The results as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bench.timing import Result


def line(result: Result) -> str:
    """Give one result in a line."""
    return (
        f"{result.name}: {result.rate('product'):,.0f} rows/s beside {result.rate('beside'):,.0f}, "
        f"ratio {result.ratio:.2f} (target {result.target}), "
        f"cpu {result.median('product', 'cpu_seconds'):.2f} s beside {result.median('beside', 'cpu_seconds'):.2f} s"
    )


def page(facts: Mapping[str, str], rows: int, rounds: int, results: Iterable[Result]) -> str:
    """Give the table of a run with what it was measured on."""
    lines = [
        f"# Bench: {rows:,} rows, medians of {rounds} rounds",
        "",
        "; ".join(f"{name} {value}" for name, value in facts.items()),
        "",
        "| path | beside it | rows/s | rows/s beside | ratio | target | cpu s | cpu s beside | own memory MB |",
        "|---|---|---:|---:|---:|---|---:|---:|---:|",
    ]
    lines += [
        f"| {one.product} | {one.beside} | {one.rate('product'):,.0f} | {one.rate('beside'):,.0f} | {one.ratio:.2f} "
        f"| {one.target} | {one.median('product', 'cpu_seconds'):.2f} | {one.median('beside', 'cpu_seconds'):.2f} "
        f"| {one.peak_megabytes} |"
        for one in results
    ]
    return "\n".join(lines) + "\n"
