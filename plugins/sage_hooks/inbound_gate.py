"""The gate of the warehouse: every transfer is judged by Great Expectations before any of it lands.

The suite's rules are counted by one set-based statement (`sage_bridge.rule_sql`); Great Expectations then judges a
table of one row, the counts. That keeps its suite, severities and stored result and costs a tenth of a second, where a
query per expectation costs four to six times the one statement.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sage_bridge import csv_proof
from sage_bridge.errors import BadConfig
from sage_bridge.event_feed import INBOUND
from sage_bridge.suites import read_suite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sage_bridge.suites import Rule, Suite

SUITES_DIR = Path(__file__).resolve().parents[2] / "include" / "expectations"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What Great Expectations said: the rules broken, worst severity first, and its result for the audit table."""

    broken: tuple[Rule, ...]
    result: dict[str, Any]

    @property
    def refused(self) -> tuple[Rule, ...]:
        """Give the broken rules that refuse the whole transfer."""
        return tuple(rule for rule in self.broken if rule.severity == "critical")

    @property
    def quarantining(self) -> tuple[Rule, ...]:
        """Give the broken rules that keep single rows out."""
        return tuple(rule for rule in self.broken if rule.severity == "warning")


@cache
def suite(flow: str) -> Suite:
    """Give the suite of a feed from `include/expectations/<flow>.json`.

    Raises:
        BadConfig: RS-124 the file is missing or malformed.
    """
    path = SUITES_DIR / f"{flow}.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise BadConfig(
            "RS-124", "expectation suite cannot be read", record=str(path), found=str(error), do="restore the file"
        ) from error
    return read_suite(document, INBOUND[flow], path.name)


@cache
def line_shape(flow: str) -> csv_proof.Shape:
    """Give what lines of a feed look like that break no rule about single values."""
    return csv_proof.shape(suite(flow))


def warm_up() -> None:
    """Begin to import Great Expectations (3 s) in the background, while bytes still stream in."""
    threading.Thread(target=_great_expectations, name="import great_expectations", daemon=True).start()


def judge(wanted: Suite, violations: Mapping[str, int], row_count: int) -> Judgement:
    """Have Great Expectations judge the number of violations of every rule of a suite.

    Args:
        wanted: the suite.
        violations: rule name -> violations; a rule that is not named has none.
        row_count: rows of the transfer, kept in the result.
    """
    gx = _great_expectations()
    import pandas as pd

    context = _context(gx)
    counts = pd.DataFrame({rule.name: [int(violations.get(rule.name, 0))] for rule in wanted.rules})
    batch = (
        context.data_sources.add_pandas("staged")
        .add_dataframe_asset("violations")
        .add_batch_definition_whole_dataframe("transfer")
        .get_batch({"dataframe": counts})
    )
    expectations = [_expectation(rule) for rule in wanted.rules]
    told = batch.validate(gx.ExpectationSuite(name=wanted.flow, expectations=expectations))
    rules = [(one, wanted.rule(one.expectation_config.kwargs["column"])) for one in told.results]
    broken = [rule for one, rule in rules if not one.success]
    result = {
        "success": bool(told.success),
        "suite": wanted.flow,
        "great_expectations": gx.__version__,
        "rows": row_count,
        "statistics": {name: value for name, value in told.statistics.items() if value is not None},
        "results": [
            {
                "rule": rule.name,
                "type": rule.kind,
                "severity": rule.severity,
                "success": bool(one.success),
                "violations": int(one.result["observed_value"]),
            }
            for one, rule in rules
        ],
    }
    return Judgement(_by_severity(broken), result)


def _context(gx: Any) -> Any:
    """Give a context that keeps everything in memory; the default one makes a folder for documents at every call."""
    from great_expectations.data_context.types import base

    settings = base.DataContextConfig(
        store_backend_defaults=base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=base.ProgressBarsConfig(globally=False),
    )
    return gx.get_context(mode="ephemeral", project_config=settings)


def _by_severity(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    order = {"critical": 0, "warning": 1, "info": 2}
    return tuple(sorted(rules, key=lambda rule: order[rule.severity]))


def _expectation(rule: Rule) -> Any:
    meta = {"rule": rule.name, "promise": rule.promise, "counts": rule.kind}
    return _no_violations()(column=rule.name, min_value=0, max_value=0, severity=rule.severity, meta=meta)


@cache
def _no_violations() -> Any:
    gx = _great_expectations()
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    # Its base is imported late, as its import takes three seconds; for the type checker it is any class.
    class ExpectNoViolations(gx.expectations.ExpectColumnMaxToBeBetween):  # type: ignore[misc, name-defined]
        """A rule's count is zero.

        A validation asks an expectation for its configuration fifty times, which is made anew from all of its fields
        each time; from the three that matter it takes a tenth, and the whole judgement half of its time.
        """

        @property
        def configuration(self) -> ExpectationConfiguration:
            return ExpectationConfiguration(
                type="expect_no_violations",
                kwargs={"column": self.column, "min_value": 0, "max_value": 0},
                meta=dict(self.meta),
                severity=self.severity,
                id=self.id,
            )

    return ExpectNoViolations


@cache
def _great_expectations() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # It tells a hundred lines about itself while it is imported.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx

    return gx
