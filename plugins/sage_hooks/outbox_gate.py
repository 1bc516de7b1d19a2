"""The gate before a seal: counts of violations from one SQL statement, judged by the flow's Great Expectations suite.

Postgres counts over all lines at once; Great Expectations keeps the promises readable, versioned and reported.
Nothing is sealed when a promise is broken.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from sage_bridge.errors import BadConfig, BrokenLaw
from sage_hooks.warehouse import fetch_file, run_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sage_hooks.warehouse import Connection

SUITES = Path(__file__).resolve().parents[2] / "include" / "expectations"
_CHECKS = {
    "DC": "outbox/check_cost_batch",
    "ADJ": "outbox/check_cost_batch",
    "RCV": "outbox/check_receipt_batch",
    "GLJ": "outbox/check_journal_batch",
    "CMT": "outbox/check_change_batch",
}
# The context of a flow serves the whole process, and Great Expectations guards it from no second thread.
_judging = threading.Lock()


@cache
def _suite(flow: str) -> tuple[Any, Any]:
    """Give the context and the suite of a flow.

    Raises:
        BadConfig: RS-145 the suite is missing or no suite.
    """
    gx = _great_expectations()
    path = SUITES / f"{flow}.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        suite = context.suites.add(gx.ExpectationSuite(**document))
    except (OSError, ValueError, TypeError, KeyError) as broken:
        raise BadConfig(
            "RS-145", "expectation suite cannot be read", record=str(path), found=str(broken), do="restore the file"
        ) from broken
    return context, suite


@cache
def _great_expectations() -> Any:
    """Import Great Expectations, once per process, without its chatter."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx

    return gx


def load(flow: str) -> None:
    """Make the suite ready before a transaction begins: importing Great Expectations takes seconds."""
    _suite(flow)


def judge_counts(flow: str, counts: Mapping[str, object]) -> tuple[list[str], dict[str, object]]:
    """Judge one row of counts.

    Returns:
        The broken promises in words, none if all hold, and the result for the audit table.
    """
    import pandas as pd

    context, suite = _suite(flow)
    with _judging:
        asset = context.data_sources.add_or_update_pandas(f"counts_{flow}").add_dataframe_asset("counts")
        frame = pd.DataFrame([dict(counts)])
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})
        told = batch.validate(suite)
    broken = []
    for one in told.results:
        if not one.success:
            config = one.expectation_config
            column = config.kwargs["column"]
            broken.append(f"{config.meta['rule']} {config.meta['why']} ({column} = {counts.get(column)})")
    result = {"success": bool(told.success), "suite": flow, "counts": dict(counts), "broken": broken}
    return broken, result


def pass_gate(connection: Connection, company_id: str, flow: str, batch_id: int, file_name: str) -> None:
    """Let a sealed batch through, inside the transaction that seals it; the result is kept with the transfer.

    Raises:
        BrokenLaw: RS-443 a promise is broken; the caller's transaction must not commit.
    """
    one = {"company_id": company_id, "batch_id": batch_id}
    counts = fetch_file(connection, _CHECKS[flow], one)[0]
    broken, result = judge_counts(flow, counts)
    if broken:
        raise BrokenLaw(
            "RS-443",
            "a file for Sage breaks its promises; nothing was sealed",
            record=file_name,
            expected=f"suite {flow}",
            found="; ".join(broken),
            do="cure the lines named by their exceptions, then run again",
        )
    run_file(connection, "outbox/update_transfer_validation", {**one, "validation": Jsonb(result)})
