"""Figures of the flows for an observer outside, through Airflow's own metrics (StatsD or OpenTelemetry)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk.observability import stats

from sage_hooks.warehouse import fetch_file

if TYPE_CHECKING:
    from sage_hooks.warehouse import Connection

PREFIX = "sage_bridge."


def publish(connection: Connection) -> int:
    """Set a gauge for each metric, company and subject (`audit/select_metrics`); gives their number.

    Where Airflow's `[metrics]` are off, nothing is sent. Company and subject are tags.
    """
    rows = fetch_file(connection, "audit/select_metrics")
    for row in rows:
        tags = {"company": row["company_id"], "subject": row["subject"]}
        # A gauge takes a float; ages and counts, no money.
        stats.gauge(PREFIX + row["metric"], float(row["value"]), tags=tags)
    return len(rows)
